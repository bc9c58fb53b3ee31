"""The life of a request to a candidate: made, opened by a wallet, answered or refused, forgotten."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, update
from sqlmodel import Session, col, select

from keys import KeyType, PublicKey
from keys.dids import did_web
from keys.dids.document import PublishedKey
from keys.store import KeyStore
from kit.i18n import N_
from kit.problems import Gone, NotFound
from kit.tokens import digest, new_token, short_code
from vc import openid4vp
from vc.findings import PresentationReport
from vc.openid4vp import AuthorizationRequest, ErrorName, Oid4vpError, ResponseKey
from verifier.asking.wanted import CHOICES, QUERY_ID
from verifier.base import PresentationRequest, RequestState
from verifier.desk import Desk

LIFETIME = timedelta(minutes=10)
KEY_NAME = "requests"
LONGEST_REASON = 200


class RequestEnded(Gone):
    """The request was answered, refused, or its time is over."""

    slug, title = "request-ended", N_("This request has ended")
    advice = N_("Make a new request.")


# --- the verifier's own identity ---


def machine_origin(desk: Desk) -> str:
    """Return the https origin by which machines know this verifier."""
    return f"https://{desk.settings.host}"


def own_did(desk: Desk) -> str:
    """Return the verifier's DID."""
    return did_web.did_for(machine_origin(desk))


def own_key(keys: KeyStore) -> PublicKey:
    """Return the public half of the key that signs requests, making it on first use."""
    if KEY_NAME not in keys.names():
        keys.create(KEY_NAME, KeyType.P256)
    return keys.public_key(KEY_NAME)


def did_document(desk: Desk) -> dict[str, Any]:
    """Return the verifier's DID document."""
    key = PublishedKey(own_key(desk.keys), KEY_NAME, purposes=("authentication", "assertionMethod"))
    return did_web.document(own_did(desk), methods=[key])


# --- requests ---


def ask(desk: Desk, session: Session, *, wanted: str, reason: str, browser: str) -> PresentationRequest:
    """Make a request that belongs to the browser session `browser`, and forget those whose time is over."""
    now = desk.clock()
    session.exec(delete(PresentationRequest).where(col(PresentationRequest.expires_at) < now - LIFETIME))
    made = PresentationRequest(
        reference=f"V-{short_code(4)}-{short_code(4)}",
        browser_digest=digest(browser),
        nonce=new_token(),
        wanted=wanted if wanted in CHOICES else "one",
        reason=reason.strip()[:LONGEST_REASON],
        created_at=now,
        expires_at=now + LIFETIME,
    )
    session.add(made)
    session.flush()
    return made


def of_browser(session: Session, request_id: str, browser: str) -> PresentationRequest:
    """Return a request that this browser made. Raises `NotFound`, for everybody else's too."""
    query = select(PresentationRequest).where(
        PresentationRequest.id == request_id, PresentationRequest.browser_digest == digest(browser)
    )
    made = session.exec(query).first()
    if made is None:
        raise NotFound
    return made


def open_request(session: Session, request_id: str, *, now: datetime) -> PresentationRequest:
    """Return a request that still waits for an answer. Raises `NotFound` or `RequestEnded`."""
    made = session.get(PresentationRequest, request_id)
    if made is None:
        raise NotFound
    if made.expires_at <= now or made.state not in (RequestState.WAITING, RequestState.OPENED):
        raise RequestEnded
    return made


def link(desk: Desk, made: PresentationRequest) -> str:
    """Return the link for wallets: it names the verifier by its DID and says where the signed request is."""
    return openid4vp.request_link_by_reference(_signed_form(desk, made).client_id, _request_address(desk, made))


def certified_link(desk: Desk, made: PresentationRequest) -> str:
    """Return the same for wallets that know verifiers by certificate; the answer to that form comes encrypted."""
    address = f"{_request_address(desk, made)}/certified"
    return openid4vp.request_link_by_reference(_certified_form(desk, made).client_id, address, method="post")


def plain_link(desk: Desk, made: PresentationRequest) -> str:
    """Return the link that carries the whole request unsigned, for wallets that fetch none."""
    return _plain_form(desk, made).link()


def request_object(desk: Desk, made: PresentationRequest, *, wallet_nonce: str | None) -> str:
    """Return the request signed in the name of the verifier's DID."""
    form = _signed_form(desk, made)
    kid = f"{own_did(desk)}#{KEY_NAME}"
    return form.signed(signer=desk.keys.signer(KEY_NAME), kid=kid, now=desk.clock(), wallet_nonce=wallet_nonce)


def certified_request_object(desk: Desk, made: PresentationRequest, *, wallet_nonce: str | None) -> str:
    """Return the request signed in the name of the verifier's host."""
    form, own = _certified_form(desk, made), desk.certificate
    return form.certified(signer=own.signer, chain=own.chain, now=desk.clock(), wallet_nonce=wallet_nonce)


def opened(session: Session, made: PresentationRequest) -> None:
    """Note that a wallet fetched the request; one that was answered meanwhile stays answered."""
    mine = col(PresentationRequest.id) == made.id
    waiting = col(PresentationRequest.state) == RequestState.WAITING
    session.exec(update(PresentationRequest).where(mine, waiting).values(state=RequestState.OPENED))


def answer(desk: Desk, request_id: str, pairs: list[tuple[str, str]]) -> None:
    """Take what a wallet posted, once. Raises `Oid4vpError`, `NotFound`, `RequestEnded`.

    The presentations are kept only if they were made for this request by the holder of what they hold; whether the
    credentials convince is for the verdict page.
    """
    now = desk.clock()
    with desk.database.reading() as session:
        made = open_request(session, request_id, now=now)
    query = openid4vp.parse_query(CHOICES[made.wanted].query)
    came = openid4vp.parse_response(pairs, query=query, key=_response_key(desk, made))
    if isinstance(came, openid4vp.ErrorResponse):
        _settle(desk, made, {"state": RequestState.REFUSED, "answered_at": now})
        return
    presentations = list(came.vp_token.get(QUERY_ID, ()))
    client_id = _answered_client(desk, made, presentations)
    reports = [desk.checker.presentation(one, challenge=made.nonce, domain=client_id) for one in presentations]
    if not reports or not all(report.holder is not None for report in reports):
        raise Oid4vpError(ErrorName.INVALID_REQUEST, "the presentation was not made for this request by its holder")
    shown = [one.credential for report in reports for one in report.credentials if one.credential is not None]
    openid4vp.check_answer(query, {QUERY_ID: shown})
    kept = json.dumps(presentations, ensure_ascii=False)
    _settle(desk, made, {"state": RequestState.ANSWERED, "answer": kept, "answered_to": client_id, "answered_at": now})


def report_of(desk: Desk, made: PresentationRequest) -> PresentationReport:
    """Check a kept answer again, as of now; several presentations make one set."""
    reports = [
        desk.checker.presentation(one, challenge=made.nonce, domain=made.answered_to) for one in json.loads(made.answer)
    ]
    return PresentationReport(
        findings=tuple(finding for report in reports for finding in report.findings),
        credentials=tuple(one for report in reports for one in report.credentials),
        holder=reports[0].holder,
        presentation=reports[0].presentation,
    )


def _settle(desk: Desk, made: PresentationRequest, values: Mapping[str, Any]) -> None:
    """Record the end of a request; of two answers at once, one wins and the other is refused."""
    waiting = (RequestState.WAITING, RequestState.OPENED)
    with desk.database.unit() as session:
        done = session.exec(
            update(PresentationRequest)
            .where(col(PresentationRequest.id) == made.id, col(PresentationRequest.state).in_(waiting))
            .values(**values)
        )
        if done.rowcount != 1:
            raise RequestEnded


def _request_address(desk: Desk, made: PresentationRequest) -> str:
    return f"{desk.settings.public_url}/oid4vp/{made.id}/request"


def _response_key(desk: Desk, made: PresentationRequest) -> ResponseKey:
    """The key of the encrypted answers to this request and no other; every replica derives the same."""
    return ResponseKey.derive(desk.settings.secret, request=f"{made.id} {made.nonce}")


def _signed_form(desk: Desk, made: PresentationRequest) -> AuthorizationRequest:
    return openid4vp.decentralized_identifier_request(did=own_did(desk), **_asking(desk, made))


def _certified_form(desk: Desk, made: PresentationRequest) -> AuthorizationRequest:
    key = _response_key(desk, made)
    return openid4vp.x509_san_dns_request(host=desk.certificate.host, **_asking(desk, made, encrypt_to=key))


def _plain_form(desk: Desk, made: PresentationRequest) -> AuthorizationRequest:
    return openid4vp.redirect_uri_request(**_asking(desk, made))


def _asking(desk: Desk, made: PresentationRequest, *, encrypt_to: ResponseKey | None = None) -> openid4vp.Asking:
    """What the forms of a request have in common."""
    return {
        "response_uri": f"{desk.settings.public_url}/oid4vp/{made.id}/response",
        "nonce": made.nonce,
        "dcql_query": CHOICES[made.wanted].query,
        "state": made.reference,
        "client_name": _client_name(desk, made),
        "takes_recognitions": True,
        "encrypt_to": encrypt_to,
    }


def _client_name(desk: Desk, made: PresentationRequest) -> str:
    name = desk.settings.name or desk.settings.host
    return f"{name}: {made.reason}" if made.reason else name


def _answered_client(desk: Desk, made: PresentationRequest, presentations: list[Any]) -> str:
    """Which form of the request was answered: the presentation names it as its domain. The signed one if none."""
    first = presentations[0] if presentations else None
    proof = first.get("proof") if isinstance(first, dict) else None
    domain = proof.get("domain") if isinstance(proof, dict) else None
    signed = _signed_form(desk, made).client_id
    others = (_plain_form(desk, made).client_id, _certified_form(desk, made).client_id)
    return next((one for one in others if domain in (one, [one])), signed)
