"""Authorization requests (OpenID4VP 1.0 section 5): made by the verifier, read and checked by the wallet.

Three kinds of verifier are told apart by the prefix of `client_id` (section 5.9):

`redirect_uri:`
    unsigned, parameters inline; the verifier *is* its response address
`decentralized_identifier:`
    signed with a key of that DID, fetched by reference
`x509_san_dns:`
    signed with the key that a certificate names as this host's, fetched by reference
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, NotRequired, TypedDict, Unpack
from urllib.parse import parse_qsl, urlencode, urlsplit

from cryptography.x509 import Certificate

from keys import PublicKey, dids
from keys.dids import DidError, VerificationMethod
from keys.fetching import Fetcher
from keys.signers import Signer
from vc import strict_json
from vc.errors import ParsingError
from vc.jose import jws
from vc.openid4vp.certificates import certified_key, key_of, x5c
from vc.openid4vp.dcql import Query, parse_query
from vc.openid4vp.encryption import Recipient, ResponseKey
from vc.openid4vp.errors import ErrorName, Oid4vpError
from vc.wire import UnreadableMessage, members, optional_text, required_text, single_parameters

REQUEST_SCHEME = "openid4vp"
REQUEST_OBJECT_TYPE = "oauth-authz-req+jwt"
REQUEST_OBJECT_MEDIA_TYPE = "application/oauth-authz-req+jwt"
REQUEST_AUDIENCE = "https://self-issued.me/v2"
DIRECT_POST = "direct_post"
DIRECT_POST_JWT = "direct_post.jwt"
REDIRECT_URI = "redirect_uri:"
DECENTRALIZED_IDENTIFIER = "decentralized_identifier:"
X509_SAN_DNS = "x509_san_dns:"

VP_FORMATS = {"ldp_vc": {"proof_type_values": ["DataIntegrityProof"]}}
"""`vp_formats_supported` of a verifier that takes Data Integrity presentations, by any cryptosuite that it reads: the
optional `cryptosuite_values` (appendix B.1.3) would narrow that, and a widespread wallet refuses a request with it."""

STAPLED_RECOGNITIONS = "stapled_recognitions"
"""Member of our own in `client_metadata`: true says that recognitions may stand beside the credentials presented.
Wallets that do not know it ignore it (section 5.1); verifiers that do not say it get exactly what they asked for."""

CLOCK_TOLERANCE = timedelta(seconds=60)
_SIGNING_ALGS = frozenset(jws.ALGORITHMS.values())
_OTHER_FORMS = ("presentation_definition", "presentation_definition_uri", "scope", "request", "redirect_uri")


@dataclass(frozen=True)
class AuthorizationRequest:
    """What a verifier asks for, and where the answer is to be posted.

    `client_id` with its prefix is the verifier's name and the `domain` that a presentation is made for.
    `authenticated` says whether a signature of that name was checked; a `redirect_uri:` client proves
    nothing beyond owning the address that is answered.
    """

    client_id: str
    response_uri: str
    nonce: str
    dcql_query: Mapping[str, Any]
    state: str | None = None
    client_metadata: Mapping[str, Any] | None = None
    authenticated: bool = False
    response_mode: str = DIRECT_POST

    @property
    def recipient(self) -> Recipient | None:
        """Whom the answer is encrypted to; None where it is posted as it is. Raises `Oid4vpError`."""
        return Recipient.of_metadata(self.client_metadata or {}) if self.response_mode == DIRECT_POST_JWT else None

    @property
    def query(self) -> Query:
        """The query, parsed; raises `Oid4vpError`."""
        return parse_query(self.dcql_query)

    @property
    def client_name(self) -> str | None:
        """The name that the verifier gives itself; unproven text."""
        name = (self.client_metadata or {}).get("client_name")
        return name if isinstance(name, str) else None

    @property
    def takes_recognitions(self) -> bool:
        """Whether the verifier says that it reads recognitions stapled to the credentials."""
        return (self.client_metadata or {}).get(STAPLED_RECOGNITIONS) is True

    def parameters(self) -> dict[str, Any]:
        """Return the request parameters, structured ones as JSON values."""
        parameters: dict[str, Any] = {
            "response_type": "vp_token",
            "response_mode": self.response_mode,
            "client_id": self.client_id,
            "response_uri": self.response_uri,
            "nonce": self.nonce,
            "dcql_query": dict(self.dcql_query),
        }
        if self.state is not None:
            parameters["state"] = self.state
        if self.client_metadata is not None:
            parameters["client_metadata"] = dict(self.client_metadata)
        return parameters

    def link(self, *, scheme: str = REQUEST_SCHEME) -> str:
        """Return the link that carries the whole request, for a `redirect_uri:` client only."""
        if not self.client_id.startswith(REDIRECT_URI):
            raise ValueError("only a redirect_uri: client may send its request unsigned")
        parameters = {
            name: value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))
            for name, value in self.parameters().items()
        }
        return f"{scheme}://?{urlencode(parameters)}"

    def signed(
        self,
        *,
        signer: Signer,
        kid: str,
        now: datetime,
        lifetime: timedelta = timedelta(minutes=5),
        wallet_nonce: str | None = None,
    ) -> str:
        """Return the request object of a DID's client, to be served as `REQUEST_OBJECT_MEDIA_TYPE`.

        `kid` is the DID URL of the signer's key. `wallet_nonce` is repeated from the wallet's post. There is no `iss`:
        wallets ignore it (section 5), and some refuse one that is not the bare DID.
        """
        if not kid.startswith(f"{self.client_id.removeprefix(DECENTRALIZED_IDENTIFIER)}#"):
            raise ValueError("the key id is a URL of the DID in the client_id")
        claims = self._claims(now, lifetime, wallet_nonce)
        return jws.sign(claims, signer=signer, typ=REQUEST_OBJECT_TYPE, kid=kid)

    def certified(
        self,
        *,
        signer: Signer,
        chain: Sequence[Certificate],
        now: datetime,
        lifetime: timedelta = timedelta(minutes=5),
        wallet_nonce: str | None = None,
    ) -> str:
        """Return the request object of a certificate's client, to be served as `REQUEST_OBJECT_MEDIA_TYPE`.

        `chain` begins with the certificate of the signer's key and leaves the trusted root out.
        """
        if not self.client_id.startswith(X509_SAN_DNS) or key_of(chain[0]) != signer.public_key:
            raise ValueError("the chain begins with the certificate of the key that signs for an x509_san_dns client")
        claims = self._claims(now, lifetime, wallet_nonce)
        return jws.sign(claims, signer=signer, typ=REQUEST_OBJECT_TYPE, header={"x5c": x5c(chain)})

    def _claims(self, now: datetime, lifetime: timedelta, wallet_nonce: str | None) -> dict[str, Any]:
        claims = {
            **self.parameters(),
            "aud": REQUEST_AUDIENCE,
            "iat": int(now.timestamp()),
            "exp": int((now + lifetime).timestamp()),
        }
        return claims if wallet_nonce is None else {**claims, "wallet_nonce": wallet_nonce}


@dataclass(frozen=True)
class RequestReference:
    """A link that only says where the signed request is fetched, by GET or by POST (section 5.10)."""

    client_id: str
    request_uri: str
    method: str = "get"


class Asking(TypedDict):
    """What every kind of request says."""

    response_uri: str
    """Where the wallet posts its answer."""
    nonce: str
    """At least 128 random bits, in text."""
    dcql_query: Mapping[str, Any]
    state: NotRequired[str | None]
    client_name: NotRequired[str | None]
    takes_recognitions: NotRequired[bool]
    """Whether recognitions may be stapled to the credentials."""
    encrypt_to: NotRequired[ResponseKey | None]
    """Ask for an answer encrypted to this key (`direct_post.jwt`)."""


def redirect_uri_request(**asking: Unpack[Asking]) -> AuthorizationRequest:
    """Return an unsigned request of the verifier that receives the answer at `response_uri`."""
    return _request(f"{REDIRECT_URI}{asking['response_uri']}", **asking)


def decentralized_identifier_request(*, did: str, **asking: Unpack[Asking]) -> AuthorizationRequest:
    """Return a request to be `.signed(...)` with a key of the verifier's `did`."""
    return _request(f"{DECENTRALIZED_IDENTIFIER}{did}", **asking)


def x509_san_dns_request(*, host: str, **asking: Unpack[Asking]) -> AuthorizationRequest:
    """Return a request to be `.certified(...)` with the key that a certificate names as `host`'s, a name without port.

    The answer goes to that host: wallets refuse anything else (section 5.9.3).
    """
    if _host_of(asking["response_uri"]) != host:
        raise ValueError("the answer goes to the host that the certificate names")
    return _request(f"{X509_SAN_DNS}{host}", **asking)


def request_link_by_reference(
    client_id: str, request_uri: str, *, method: str | None = None, scheme: str = REQUEST_SCHEME
) -> str:
    """Return the link to a signed request; `method="post"` lets the wallet send a nonce of its own."""
    parameters = {"client_id": client_id, "request_uri": request_uri}
    if method is not None:
        parameters["request_uri_method"] = method
    return f"{scheme}://?{urlencode(parameters)}"


def parse_request_link(link: str) -> AuthorizationRequest | RequestReference:
    """Read a request link of any scheme in the wallet.

    Raises `Oid4vpError`: `invalid_request` when it cannot be read or mixes forms, `invalid_client` when an
    unsigned request comes from a client that must sign.
    """
    try:
        query = urlsplit(link.strip()).query
        parameters = single_parameters(parse_qsl(query, strict_parsing=True, max_num_fields=50))
        client_id = required_text(parameters, "client_id")
        if "request_uri" in parameters:
            return _reference(client_id, parameters)
        claims: dict[str, Any] = {
            name: strict_json.parse(value) if name in ("dcql_query", "client_metadata", "transaction_data") else value
            for name, value in parameters.items()
        }
    except (ValueError, UnreadableMessage, ParsingError) as error:
        raise Oid4vpError(ErrorName.INVALID_REQUEST, f"not a presentation request: {error}") from error
    if not client_id.startswith(REDIRECT_URI):
        raise Oid4vpError(ErrorName.INVALID_CLIENT, "an unsigned request can only come from a redirect_uri: client")
    request = _checked_request(claims, authenticated=False)
    if request.response_uri != client_id.removeprefix(REDIRECT_URI):
        raise Oid4vpError(ErrorName.INVALID_CLIENT, "the answer would go to another address than the client's")
    return request


def check_request_object(
    jwt: object,
    *,
    client_id: str,
    fetcher: Fetcher,
    authorities: Sequence[Certificate],
    now: datetime,
    wallet_nonce: str | None = None,
    request_uri: str | None = None,
) -> AuthorizationRequest:
    """Return the request that was fetched from `request_uri`, after these checks:

    (1) it is a signed token of the request object type, and its `client_id` is the one of the link
    (2) the signing key is the client's: for a DID, `kid` names a verification method of it that the wallet can resolve;
        for a host, `x5c` leads from one of the certificate `authorities` to a certificate of that host
    (3) the signature is that key's
    (4) it is meant for a wallet (section 5.8), or for the very address it was fetched from, as a widespread library has
        it; it is in date, and repeats `wallet_nonce` when one was sent
    (5) it asks for a `vp_token` by `direct_post` or `direct_post.jwt` with a DCQL query; a host's client has it sent to
        that host

    Raises `Oid4vpError`; `keys.fetching.FetchError` never: an unreachable DID is `invalid_client`.
    """
    try:
        token = jws.read(jwt, typ=REQUEST_OBJECT_TYPE)
        if token.unverified_claims().get("client_id") != client_id:
            raise Oid4vpError(ErrorName.INVALID_REQUEST, "the request is of another `client_id` than the link")
        key = _key_of_client(client_id, token, fetcher=fetcher, authorities=authorities, now=now)
        claims = token.verify(key, accepted_algs=_SIGNING_ALGS)
    except jws.InvalidJws as error:
        raise Oid4vpError(ErrorName.INVALID_REQUEST, str(error)) from error
    _check_claims(claims, now=now, wallet_nonce=wallet_nonce, audiences=_audiences(request_uri))
    request = _checked_request(claims, authenticated=True)
    if client_id.startswith(X509_SAN_DNS) and _host_of(request.response_uri) != client_id.removeprefix(X509_SAN_DNS):
        raise Oid4vpError(ErrorName.INVALID_CLIENT, "the answer would go to another host than the certificate's")
    return request


def _key_of_client(
    client_id: str,
    token: jws.UnverifiedJws,
    *,
    fetcher: Fetcher,
    authorities: Sequence[Certificate],
    now: datetime,
) -> PublicKey:
    if client_id.startswith(DECENTRALIZED_IDENTIFIER):
        return _key_of_did(client_id.removeprefix(DECENTRALIZED_IDENTIFIER), token.kid, fetcher=fetcher, now=now)
    if client_id.startswith(X509_SAN_DNS):
        host = client_id.removeprefix(X509_SAN_DNS)
        return certified_key(token.header.get("x5c"), host=host, authorities=authorities, now=now)
    raise Oid4vpError(ErrorName.INVALID_CLIENT, "this kind of client is not supported")


def _key_of_did(did: str, kid: str | None, *, fetcher: Fetcher, now: datetime) -> PublicKey:
    if kid is None or not kid.startswith(f"{did}#"):
        raise Oid4vpError(ErrorName.INVALID_CLIENT, "the key id is not one of the client's DID")
    try:
        method = dids.resolve(did, fetcher=fetcher, now=now).verification_method(kid, purpose="authentication")
    except DidError as error:
        raise Oid4vpError(ErrorName.INVALID_CLIENT, f"the client's DID: {error}") from error
    _check_key_in_use(method, now)
    return method.public_key


def _host_of(address: str) -> str | None:
    try:
        return urlsplit(address).hostname
    except ValueError:
        return None


def _request(
    client_id: str,
    *,
    response_uri: str,
    nonce: str,
    dcql_query: Mapping[str, Any],
    state: str | None = None,
    client_name: str | None = None,
    takes_recognitions: bool = False,
    encrypt_to: ResponseKey | None = None,
) -> AuthorizationRequest:
    parse_query(dcql_query)  # a verifier never sends a query that its own check would refuse
    if len(nonce) < 22:
        raise ValueError("a nonce has at least 128 random bits")
    metadata: dict[str, Any] = {"vp_formats_supported": VP_FORMATS}
    if client_name is not None:
        metadata["client_name"] = client_name
    if takes_recognitions:
        metadata[STAPLED_RECOGNITIONS] = True
    mode = DIRECT_POST
    if encrypt_to is not None:
        metadata.update(encrypt_to.metadata())
        mode = DIRECT_POST_JWT
    return AuthorizationRequest(client_id, response_uri, nonce, dcql_query, state, metadata, response_mode=mode)


def _reference(client_id: str, parameters: Mapping[str, str]) -> RequestReference:
    method = parameters.get("request_uri_method", "get")
    if method not in ("get", "post"):
        raise Oid4vpError(ErrorName.INVALID_REQUEST_URI_METHOD, "`request_uri_method` is get or post")
    return RequestReference(client_id, parameters["request_uri"], method)


def _check_key_in_use(method: VerificationMethod, now: datetime) -> None:
    if any(end is not None and end <= now for end in (method.expires, method.revoked)):
        raise Oid4vpError(ErrorName.INVALID_CLIENT, "the client's key is no longer in use")


def _check_claims(claims: Mapping[str, Any], *, now: datetime, wallet_nonce: str | None, audiences: list[str]) -> None:
    aud = claims.get("aud")
    if aud not in audiences and aud not in [[one] for one in audiences]:
        raise Oid4vpError(ErrorName.INVALID_REQUEST, "the request is not meant for a wallet")
    if wallet_nonce is not None and claims.get("wallet_nonce") != wallet_nonce:
        raise Oid4vpError(ErrorName.INVALID_REQUEST, "the request does not repeat the wallet's nonce")
    ends, begins = _time(claims, "exp"), _time(claims, "nbf")
    if (ends and ends + CLOCK_TOLERANCE < now) or (begins and begins - CLOCK_TOLERANCE > now):
        raise Oid4vpError(ErrorName.INVALID_REQUEST, "the request is no longer, or not yet, in date")


def _audiences(request_uri: str | None) -> list[str]:
    return [REQUEST_AUDIENCE] if request_uri is None else [REQUEST_AUDIENCE, request_uri]


def _time(claims: Mapping[str, Any], name: str) -> datetime | None:
    value = claims.get(name)
    if value is None:
        return None
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 < value < 2**40:
        raise Oid4vpError(ErrorName.INVALID_REQUEST, f"`{name}` is no time")
    return datetime.fromtimestamp(min(value, 2**37), UTC)


def _checked_request(claims: Mapping[str, Any], *, authenticated: bool) -> AuthorizationRequest:
    _check_form(claims)
    try:
        metadata = claims.get("client_metadata")
        request = AuthorizationRequest(
            required_text(claims, "client_id"),
            required_text(claims, "response_uri"),
            required_text(claims, "nonce"),
            members(claims.get("dcql_query"), "dcql_query"),
            optional_text(claims, "state"),
            None if metadata is None else members(metadata, "client_metadata"),
            authenticated,
            claims["response_mode"],
        )
    except UnreadableMessage as error:
        raise Oid4vpError(ErrorName.INVALID_REQUEST, str(error)) from error
    parse_query(request.dcql_query)
    _ = request.recipient  # raises where the encrypted answer that is asked for could not be made
    return request


def _check_form(claims: Mapping[str, Any]) -> None:
    if claims.get("response_type") != "vp_token" or claims.get("response_mode") not in (DIRECT_POST, DIRECT_POST_JWT):
        raise Oid4vpError(ErrorName.INVALID_REQUEST, "only a vp_token by direct_post or direct_post.jwt is supported")
    if any(name in claims for name in _OTHER_FORMS):
        raise Oid4vpError(ErrorName.INVALID_REQUEST, "the request mixes in members of another form")
    if "transaction_data" in claims:
        raise Oid4vpError(ErrorName.INVALID_TRANSACTION_DATA, "no type of transaction data is supported")
