"""Showing credentials to a verifier who asks: who asks for what, the learner's choice, the signed answer.

look      the request is read and checked; the learner sees who asks, and what fits
answer    the learner chose and agreed: the presentations are signed and posted
decline   the learner does not agree: the verifier is told, and gets nothing
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from cryptography.x509 import Certificate
from sqlmodel import Session, col, delete, select

from keys.fetching import FetchError, NotReached
from kit.problems import NotFound
from vc import openid4vp as vp
from wallet_demo.credentials import service as credentials
from wallet_demo.credentials.service import Kept
from wallet_demo.learners.service import SignedIn
from wallet_demo.outgoing import MAX_ANSWER, Outgoing, Unreadable, json_of, post_form
from wallet_demo.presentation import signed_presentation
from wallet_demo.presenting.models import PresentationRequest, Shown
from wallet_demo.receiving.conversation import host_of
from wallet_demo.standing import service as standing
from wallet_demo.tools import Tools

REQUEST_LIFETIME = timedelta(hours=1)


class RequestFailed(Exception):
    """The request cannot be answered. `code` says why, `host` to whom it would have gone."""

    def __init__(self, code: str, *, host: str = "", detail: str = "") -> None:
        super().__init__(f"{code} {host} {detail}".strip())
        self.code = code
        self.host = host
        self.detail = detail


@dataclass(frozen=True)
class Asked:
    """A checked request. `authenticated`: a signature proved the verifier's name."""

    id: str
    request: vp.AuthorizationRequest

    @property
    def host(self) -> str:
        """Where the answer goes: the one thing about a verifier that cannot be pretended."""
        return host_of(self.request.response_uri)


@dataclass(frozen=True)
class Wish:
    """One thing the verifier asks for, and the learner's credentials that would answer it."""

    query_id: str
    candidates: tuple[Kept, ...]
    bound: bool
    """Whether the verifier wants the proof that the credential is the learner's; some do not."""


@dataclass(frozen=True)
class Line:
    """One line of the log: who saw which credentials, when."""

    host: str
    name: str | None
    credential_ids: tuple[str, ...]
    at: datetime


def look(tools: Tools, who: SignedIn, link: str, *, now: datetime) -> str:
    """Read and check the request behind `link`, remember it, and return its id. Raises `RequestFailed`."""
    request = read_request(link, http=tools.http, authorities=tools.certificate_authorities(), now=now)
    row = PresentationRequest(learner_id=who.learner.id, sealed=b"", created_at=now)
    kept = {**request.parameters(), "authenticated": request.authenticated}
    row.sealed = who.vault.seal_json(kept, place=_request_place(row.id))
    with tools.database.unit() as session:
        old = col(PresentationRequest.created_at) <= now - REQUEST_LIFETIME
        session.exec(delete(PresentationRequest).where(old))
        session.add(row)
    return row.id


def read_request(
    link: str, *, http: Outgoing, authorities: Sequence[Certificate], now: datetime
) -> vp.AuthorizationRequest:
    """Return the checked request behind a link; a signed one is fetched, once. Raises `RequestFailed`.

    `authorities`: those whose certificates prove a verifier's host.
    """
    try:
        parsed = vp.parse_request_link(link)
    except vp.Oid4vpError as error:
        code = "not_a_request" if error.error == vp.ErrorName.INVALID_REQUEST else "refused"
        raise RequestFailed(code, detail=error.description) from error
    if isinstance(parsed, vp.AuthorizationRequest):
        return parsed
    host = host_of(parsed.request_uri)
    wallet_nonce = secrets.token_urlsafe(32) if parsed.method == "post" else None
    try:
        jwt = _request_object(parsed, wallet_nonce, http)
        return vp.check_request_object(
            jwt,
            client_id=parsed.client_id,
            fetcher=http,
            authorities=authorities,
            now=now,
            wallet_nonce=wallet_nonce,
            request_uri=parsed.request_uri,
        )
    except FetchError as error:
        raise RequestFailed("unreachable", host=host) from error
    except vp.Oid4vpError as error:
        raise RequestFailed("refused", host=host, detail=error.description) from error


def asked(session: Session, who: SignedIn, request_id: str) -> Asked:
    """Return the request that the learner is looking at. Raises `NotFound`."""
    row = _row(session, who, request_id)
    kept = who.vault.open_json(row.sealed, place=_request_place(row.id))
    return Asked(
        row.id,
        vp.AuthorizationRequest(
            kept["client_id"],
            kept["response_uri"],
            kept["nonce"],
            kept["dcql_query"],
            kept.get("state"),
            kept.get("client_metadata"),
            kept["authenticated"],
            kept["response_mode"],
        ),
    )


def wishes(session: Session, who: SignedIn, request: vp.AuthorizationRequest) -> tuple[Wish, ...] | None:
    """Return what is asked for, with what would answer it; None when the learner cannot answer."""
    kept = credentials.passport(session, who)
    query = request.query
    fitting = query.candidates([one.document for one in kept])
    due = query.choice(query_id for query_id, indexes in fitting.items() if indexes)
    if not due:
        return None
    return tuple(
        Wish(query_id, tuple(kept[i] for i in fitting[query_id]), query[query_id].holder_binding) for query_id in due
    )


def answer(tools: Tools, who: SignedIn, request_id: str, *, chosen: Mapping[str, str], now: datetime) -> str | None:
    """Sign and send what the learner chose (query id -> credential id); the request is spent.

    What is shown is in the log before it leaves: nobody saw it of whom the learner does not know, whatever breaks off
    here, and whatever the verifier says of what it got, or does not say. Only what reached nobody is taken out again.

    Return the address at which the verifier wants the learner to go on, if any. Raises `RequestFailed`
    (`not_chosen`: a choice is missing or does not fit; `unreachable`: nobody got it; `unanswered`: the verifier may
    have it; `not_taken`: it says that it did not take it; `refused`: the answer cannot be encrypted for it).
    """
    with tools.database.reading() as session:
        known = asked(session, who, request_id)
        due = wishes(session, who, known.request)
        picked = _picked(due, chosen)
        beside = {kept.id: _stapled(session, who, known.request, kept) for _, kept in picked}
    vp_token = {
        wish.query_id: [_presented(who, known.request, wish, [kept.document, *beside[kept.id]], now)]
        for wish, kept in picked
    }
    form = _response(known, vp_token)
    with tools.database.unit() as session:
        line_id = _log(session, who, known, tuple(kept.id for _, kept in picked), now)
    try:
        redirect = _posted(tools.http, known, form)
    except RequestFailed as failed:
        if failed.code == "unreachable":
            _forget(tools, Shown, line_id)
        raise
    _forget(tools, PresentationRequest, request_id)
    return redirect


def decline(tools: Tools, who: SignedIn, request_id: str) -> None:
    """Tell the verifier no, if it can be reached, and forget the request."""
    with tools.database.unit() as session:
        known = asked(session, who, request_id)
        session.delete(_row(session, who, request_id))
    form = vp.error_form(vp.ErrorName.ACCESS_DENIED, state=known.request.state)
    try:
        post_form(tools.http, known.request.response_uri, form)
    except FetchError:
        return  # the verifier's page will run out of time by itself


def log(session: Session, who: SignedIn) -> list[Line]:
    """Return what was presented to whom, the latest first."""
    rows = session.exec(select(Shown).where(Shown.learner_id == who.learner.id).order_by(col(Shown.at).desc())).all()
    return [_line(who, row) for row in rows]


def _request_object(reference: vp.RequestReference, wallet_nonce: str | None, http: Outgoing) -> str:
    accept = (vp.REQUEST_OBJECT_MEDIA_TYPE,)
    if wallet_nonce is None:
        body = http.fetch(reference.request_uri, accept=accept, max_bytes=MAX_ANSWER).body
    else:
        answered = post_form(http, reference.request_uri, {"wallet_nonce": wallet_nonce}, accept=accept)
        if answered.status != 200:
            raise RequestFailed("unreachable", host=host_of(reference.request_uri))
        body = answered.body
    return body.decode("ascii", "replace").strip()


def _picked(due: tuple[Wish, ...] | None, chosen: Mapping[str, str]) -> list[tuple[Wish, Kept]]:
    picked = []
    for wish in due or ():
        kept = next((one for one in wish.candidates if one.id == chosen.get(wish.query_id)), None)
        if kept is None:
            raise RequestFailed("not_chosen")
        picked.append((wish, kept))
    if not picked:
        raise RequestFailed("not_chosen")
    return picked


def _stapled(
    session: Session, who: SignedIn, request: vp.AuthorizationRequest, kept: Kept
) -> Sequence[Mapping[str, Any]]:
    """The recognitions kept beside the credential, for a verifier that says that it reads them; else none."""
    return standing.stapled(session, who, [kept.id]) if request.takes_recognitions else ()


def _presented(
    who: SignedIn,
    request: vp.AuthorizationRequest,
    wish: Wish,
    documents: Sequence[Mapping[str, Any]],
    now: datetime,
) -> Mapping[str, Any]:
    """A presentation bound to the request; the bare credential, which comes first of `documents`, where no binding is
    asked for (appendix B.1.3)."""
    if not wish.bound:
        return documents[0]
    return signed_presentation(who, documents, challenge=request.nonce, domain=request.client_id, now=now)


def _response(known: Asked, vp_token: Mapping[str, Sequence[Any]]) -> Mapping[str, str]:
    """The form to post, encrypted where the verifier asks for that."""
    try:
        return vp.response_form(vp_token, state=known.request.state, recipient=known.request.recipient)
    except vp.Oid4vpError as error:
        raise RequestFailed("refused", host=known.host, detail=error.description) from error


def _posted(http: Outgoing, known: Asked, form: Mapping[str, str]) -> str | None:
    try:
        answered = post_form(http, known.request.response_uri, form)
    except NotReached as error:
        raise RequestFailed("unreachable", host=known.host) from error
    except FetchError as error:
        raise RequestFailed("unanswered", host=known.host) from error
    if answered.status != 200:
        raise RequestFailed("not_taken", host=known.host)
    try:
        body = json_of(answered) if answered.body else {}
    except Unreadable:
        return None
    redirect = body.get("redirect_uri") if isinstance(body, Mapping) else None
    return redirect if isinstance(redirect, str) and urlsplit(redirect).scheme in ("https", "http") else None


def _log(session: Session, who: SignedIn, known: Asked, credential_ids: tuple[str, ...], now: datetime) -> str:
    row = Shown(learner_id=who.learner.id, sealed=b"", at=now)
    entry = {"host": known.host, "name": known.request.client_name, "credentials": list(credential_ids)}
    row.sealed = who.vault.seal_json(entry, place=_shown_place(row.id))
    session.add(row)
    return row.id


def _forget(tools: Tools, kind: type[PresentationRequest | Shown], row_id: str) -> None:
    """Delete a row in a unit of its own, if it is there still: a second answer may have been quicker."""
    with tools.database.unit() as session:
        session.exec(delete(kind).where(col(kind.id) == row_id))


def _line(who: SignedIn, row: Shown) -> Line:
    entry: dict[str, Any] = who.vault.open_json(row.sealed, place=_shown_place(row.id))
    return Line(entry["host"], entry["name"], tuple(entry["credentials"]), row.at)


def _row(session: Session, who: SignedIn, request_id: str) -> PresentationRequest:
    row = session.get(PresentationRequest, request_id)
    if row is None or row.learner_id != who.learner.id:
        raise NotFound
    return row


def _request_place(request_id: str) -> str:
    return f"presentation_request/{request_id}"


def _shown_place(shown_id: str) -> str:
    return f"shown/{shown_id}"
