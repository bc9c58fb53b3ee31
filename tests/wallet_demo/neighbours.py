"""Whom a wallet talks to: a college that offers, an employer who asks, in memory behind one `Outgoing`.

    town = Town()
    offer = town.college.offer(tx_code="482913")     # a link
    request = town.employer.ask()                    # a link
    town.employer.answers                            # what wallets posted, verified

Both speak the product's own wire messages over real signatures; the network between them is a dictionary.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any, Literal
from urllib.parse import parse_qsl

from keys import KeyType, PrivateKey
from keys.fetching import Fetched, FetchFailed, NotReached
from kit.fetching import Answered
from tests.certificates import CertificateAuthority
from tests.world import World
from vc import openid4vci as vci
from vc import openid4vp as vp
from vc.findings import PresentationReport

PROGRAMME = "Data analysis 101"


class Town:
    """A world with the two neighbours in it. `now` is the world's."""

    def __init__(self, world: World | None = None) -> None:
        self.world = world or World()
        self.college = College(self)
        self.employer = Employer(self)
        self.posts: dict[str, Any] = {}
        self.posted: list[str] = []
        self.down: set[str] = set()
        self.college.open()
        self.employer.open()

    @property
    def now(self) -> datetime:
        return self.world.now

    def fetch(self, url: str, *, accept: tuple[str, ...], max_bytes: int) -> Fetched:
        return self.world.net.fetch(url, accept=accept, max_bytes=max_bytes)

    def post(
        self,
        url: str,
        *,
        body: bytes,
        content_type: str,  # noqa: ARG002 (protocol)
        accept: tuple[str, ...],  # noqa: ARG002 (protocol)
        max_bytes: int,  # noqa: ARG002 (protocol)
        authorization: str | None = None,
    ) -> Answered:
        self.posted.append(url)
        if url not in self.posts:
            raise NotReached(url, "nobody is there")
        if url in self.down:
            raise FetchFailed(url, "no answer")
        status, answer = self.posts[url](body, authorization)
        body = answer if isinstance(answer, bytes) else b"" if answer is None else json.dumps(answer).encode()
        return Answered(status, "application/json", body)


@dataclass
class College:
    """Northern College, with an OpenID4VCI issuer. `hand_over` can be replaced to hand over something else."""

    town: Town
    offers: dict[str, str | None] = field(default_factory=dict)
    tokens: set[str] = field(default_factory=set)
    nonces: set[str] = field(default_factory=set)
    notices: list[vci.Notification] = field(default_factory=list)
    issued: list[dict[str, Any]] = field(default_factory=list)
    hand_over: Any = None

    @property
    def origin(self) -> str:
        return self.town.world.institution.origin

    def open(self) -> None:
        configuration = vci.credential_configuration(
            name={"fr": "Analyse de données 101", "en": PROGRAMME},
            context=["https://www.w3.org/ns/credentials/v2"],
            types=["VerifiableCredential", "OpenBadgeCredential"],
            cryptosuites=["eddsa-rdfc-2022"],
        )
        metadata = vci.issuer_metadata(
            credential_issuer=self.origin,
            credential_endpoint=f"{self.origin}/credential",
            nonce_endpoint=f"{self.origin}/nonce",
            token_endpoint=f"{self.origin}/token",
            notification_endpoint=f"{self.origin}/notification",
            configurations={"badge": configuration},
            name={"fr": "Collège du Nord", "en": "Northern College"},
        )
        server = vci.authorization_server_metadata(issuer=self.origin, token_endpoint=f"{self.origin}/token")
        [issuer_url] = vci.well_known_urls(self.origin, vci.ISSUER_METADATA)
        [server_url] = vci.well_known_urls(self.origin, vci.AUTHORIZATION_SERVER_METADATA)
        self.town.world.net.serve(issuer_url, metadata)
        self.town.world.net.serve(server_url, server)
        self.town.posts.update(
            {
                f"{self.origin}/token": self._token,
                f"{self.origin}/nonce": self._nonce,
                f"{self.origin}/credential": self._credential,
                f"{self.origin}/notification": self._notification,
            }
        )

    def offer(self, *, tx_code: str | None = None, by_reference: bool = False) -> str:
        code = secrets.token_urlsafe(16)
        self.offers[code] = tx_code
        wanted = vci.TxCode(length=len(tx_code)) if tx_code else None
        offer = vci.CredentialOffer(self.origin, ("badge",), pre_authorized_code=code, tx_code=wanted)
        if not by_reference:
            return offer.link()
        self.town.world.net.serve(f"{self.origin}/offers/{code}", offer.as_json())
        return vci.offer_link_by_reference(f"{self.origin}/offers/{code}")

    def _token(self, body: bytes, _authorization: str | None) -> tuple[int, Any]:
        request = vci.parse_token_request(parse_qsl(body.decode()))
        if self.offers.get(request.pre_authorized_code, "?") != request.tx_code:
            return 400, vci.Oid4vciError(vci.ErrorName.INVALID_GRANT, "wrong or used").body()
        del self.offers[request.pre_authorized_code]
        token = secrets.token_urlsafe(16)
        self.tokens.add(token)
        return 200, vci.token_response(token, expires_in=300)

    def _nonce(self, _body: bytes, _authorization: str | None) -> tuple[int, Any]:
        nonce = secrets.token_urlsafe(16)
        self.nonces.add(nonce)
        return 200, vci.nonce_response(nonce)

    def _spend(self, nonce: str) -> bool:
        known = nonce in self.nonces
        self.nonces.discard(nonce)
        return known

    def _credential(self, body: bytes, authorization: str | None) -> tuple[int, Any]:
        assert (authorization or "").removeprefix("Bearer ") in self.tokens
        request = vci.parse_credential_request(json.loads(body))
        try:
            proven = vci.check_key_proof(
                request.proofs[0],
                audience=self.origin,
                nonce_is_ours=self._spend,
                now=self.town.now,
                accepted_algs=frozenset({"EdDSA", "ES256"}),
            )
        except vci.Oid4vciError as refused:
            return refused.status, refused.body()
        credential = self.issue_to(proven.holder)
        self.issued.append(credential)
        handed = self.hand_over(credential) if self.hand_over else credential
        return 200, vci.credential_response([handed], notification_id="notice-1")

    def issue_to(self, holder: str, programme: str = PROGRAMME, **options: Any) -> dict[str, Any]:
        draft = self.town.world.draft(programme, **options)
        draft["credentialSubject"] = {**draft["credentialSubject"], "id": holder}
        return self.town.world.sign(draft)

    def _notification(self, body: bytes, _authorization: str | None) -> tuple[int, Any]:
        self.notices.append(vci.parse_notification_request(json.loads(body)))
        return 204, None


@dataclass
class Employer:
    """An employer that asks for one badge; every answer is verified as it comes in."""

    town: Town
    origin: str = "https://employer.example"
    requests: dict[str, vp.AuthorizationRequest] = field(default_factory=dict)
    answers: list[PresentationReport] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)
    forms: list[list[tuple[str, str]]] = field(default_factory=list)
    """What was posted, as it came."""

    def open(self) -> None:
        self.party = self.town.world.organisation("Employer")
        self.authority = CertificateAuthority(self.town.now)
        self.host_key = PrivateKey.generate(KeyType.P256)

    def ask(
        self,
        *,
        by: Literal["address", "did", "certificate"] = "address",
        query: Mapping[str, Any] | None = None,
        method: str | None = None,
        takes_recognitions: bool = False,
        encrypted: bool = False,
    ) -> str:
        """A link to a request; signed ones are fetched by reference, by POST when `method` says so."""
        number = secrets.token_hex(4)
        asking: vp.Asking = {
            "response_uri": f"{self.origin}/answers/{number}",
            "nonce": secrets.token_urlsafe(32),
            "dcql_query": query or {"credentials": [vp.ldp_vc_query("badge")]},
            "state": number,
            "client_name": "Ateliers Montcalme",
            "takes_recognitions": takes_recognitions,
            "encrypt_to": self._key(number) if encrypted else None,
        }
        kinds: dict[str, Callable[..., vp.AuthorizationRequest]] = {
            "address": vp.redirect_uri_request,
            "did": partial(vp.decentralized_identifier_request, did=self.party.did),
            "certificate": partial(vp.x509_san_dns_request, host="employer.example"),
        }
        request = kinds[by](**asking)
        self.requests[number] = request
        self.town.posts[request.response_uri] = lambda body, _auth: self._answered(number, body)
        if by == "address":
            return request.link()
        request_uri = f"{self.origin}/requests/{number}"
        self.town.world.net.serve(request_uri, lambda: self._signed(request))
        self.town.posts[request_uri] = lambda body, _auth: (
            200,
            self._signed(request, dict(parse_qsl(body.decode()))["wallet_nonce"]),
        )
        return vp.request_link_by_reference(request.client_id, request_uri, method=method)

    def _key(self, number: str) -> vp.ResponseKey:
        return vp.ResponseKey.derive(b"employer" * 4, request=number)

    def _signed(self, request: vp.AuthorizationRequest, wallet_nonce: str | None = None) -> bytes:
        now = self.town.now
        if request.client_id.startswith("x509_san_dns:"):
            chain = [self.authority.certify(self.host_key, names=("employer.example",))]
            return request.certified(signer=self.host_key, chain=chain, now=now, wallet_nonce=wallet_nonce).encode()
        kid = self.party.verification_method
        return request.signed(signer=self.party.key, kid=kid, now=now, wallet_nonce=wallet_nonce).encode()

    def _answered(self, number: str, body: bytes) -> tuple[int, Any]:
        request = self.requests[number]
        form = parse_qsl(body.decode())
        self.forms.append(form)
        response = vp.parse_response(form, query=request.query, key=self._key(number))
        if isinstance(response, vp.ErrorResponse):
            self.refusals.append(response.error)
            return 200, {}
        for presentations in response.vp_token.values():
            for presentation in presentations:
                report = self.town.world.verify_presentation(
                    presentation, challenge=request.nonce, domain=request.client_id
                )
                self.answers.append(report)
        return 200, vp.accepted(f"{self.origin}/done?response_code=abc")
