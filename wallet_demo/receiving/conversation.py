"""The wallet's half of OpenID4VCI: what is asked of an issuer, in which order, and what can go wrong.

No table and no page in here: addresses and answers in, values or `ConversationFailed` out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from keys.fetching import FetchError
from keys.signers import Signer
from vc import openid4vci as vci
from wallet_demo.outgoing import Outgoing, Unreadable, get_json, json_of, post_form, post_json

FORMAT = "ldp_vc"


class ConversationFailed(Exception):
    """The offer leads nowhere. `code` says why, `host` with whom, `said` the issuer's own error name."""

    def __init__(self, code: str, *, host: str = "", said: str = "") -> None:
        super().__init__(f"{code} {host} {said}".strip())
        self.code = code
        self.host = host
        self.said = said


@dataclass(frozen=True)
class Offered:
    """An offer and what its issuer publishes, all of it the issuer's own claim.

    `tx_code` is None when no code is needed, else `input_mode`, `length` and `description`.
    """

    credential_issuer: str
    configuration_id: str
    pre_authorized_code: str
    tx_code: Mapping[str, Any] | None
    issuer_names: Mapping[str, str]
    titles: Mapping[str, str]
    token_endpoint: str
    credential_endpoint: str
    nonce_endpoint: str | None
    notification_endpoint: str | None

    @property
    def host(self) -> str:
        """Who is really asked: host and port of the issuer's address, internationalised names in their raw form."""
        return host_of(self.credential_issuer)

    def as_json(self) -> dict[str, Any]:
        """Return the form in which it is kept, sealed."""
        return asdict(self)


@dataclass(frozen=True)
class Obtained:
    """A credential as the issuer handed it over, unverified, and how to tell the issuer what became of it."""

    document: Any
    access_token: str
    notification_id: str | None


def host_of(url: str) -> str:
    """Return host and port of `url`, in ASCII, so that a look-alike name shows."""
    try:
        return urlsplit(url).netloc.rpartition("@")[2].encode("idna").decode("ascii")
    except (ValueError, UnicodeError):
        return "?"


def read_offer(link: str, *, http: Outgoing) -> Offered:
    """Follow an offer link to what it offers; nothing is spent by this.

    Raises `ConversationFailed`: `not_an_offer`, `unreachable`, `unreadable`, `not_supported`.
    """
    offer = _offer(link, http)
    host = host_of(offer.credential_issuer)
    if offer.pre_authorized_code is None:
        raise ConversationFailed("not_supported", host=host)
    try:
        metadata = _issuer_metadata(offer.credential_issuer, http)
        server = _authorization_server(offer, metadata, http)
    except vci.UnreadableMessage as error:
        raise ConversationFailed("unreadable", host=host) from error
    configuration = _configuration(offer, metadata)
    tx_code = offer.tx_code.as_json() if offer.tx_code else None
    return Offered(
        offer.credential_issuer,
        configuration.id,
        offer.pre_authorized_code,
        tx_code,
        dict(metadata.names),
        dict(configuration.names),
        server.token_endpoint,
        metadata.credential_endpoint,
        metadata.nonce_endpoint,
        metadata.notification_endpoint,
    )


def obtain(offered: Offered, *, tx_code: str | None, signer: Signer, http: Outgoing, now: datetime) -> Obtained:
    """Ask for the credential: token, nonce, key proof, credential. Spends the offer.

    (1) the offer's code, with the learner's transaction code, gives an access token
    (2) the issuer gives a nonce for the key proof; an outdated one is replaced once
    (3) the credential comes, bound to the key of `signer`

    Raises `ConversationFailed`: `code_refused` (wrong or spent), `refused`, `deferred`, `unreachable`,
    `unreadable`.
    """
    try:
        token = _token(offered, tx_code, http)
        answer = _credential(offered, token, signer=signer, http=http, now=now)
    except vci.Oid4vciError as error:
        raise ConversationFailed("refused", host=offered.host, said=error.error) from error
    except (vci.UnreadableMessage, Unreadable) as error:
        raise ConversationFailed("unreadable", host=offered.host) from error
    except FetchError as error:
        raise ConversationFailed("unreachable", host=offered.host) from error
    if answer.transaction_id is not None:
        raise ConversationFailed("deferred", host=offered.host)
    return Obtained(answer.credentials[0], token.access_token, answer.notification_id)


def notify(
    offered: Offered,
    *,
    access_token: str,
    notification_id: str | None,
    event: vci.NotificationEvent,
    description: str | None,
    http: Outgoing,
) -> bool:
    """Tell the issuer what became of the credential; return whether it was told (not every issuer listens)."""
    endpoint = offered.notification_endpoint
    if endpoint is None or notification_id is None:
        return False
    notice = vci.notification_request(vci.Notification(notification_id, event, description))
    try:
        answer = post_json(http, endpoint, notice, bearer=access_token)
    except FetchError:
        return False
    return 200 <= answer.status < 300


def _offer(link: str, http: Outgoing) -> vci.CredentialOffer:
    try:
        parsed = vci.parse_offer_link(link)
        return parsed if isinstance(parsed, vci.CredentialOffer) else _fetched_offer(parsed.uri, http)
    except vci.UnreadableMessage as error:
        raise ConversationFailed("not_an_offer") from error


def _fetched_offer(uri: str, http: Outgoing) -> vci.CredentialOffer:
    try:
        return vci.parse_offer(get_json(http, uri))
    except Unreadable as error:
        raise ConversationFailed("unreadable", host=host_of(uri)) from error
    except FetchError as error:
        raise ConversationFailed("unreachable", host=host_of(uri)) from error


def _issuer_metadata(issuer: str, http: Outgoing) -> vci.IssuerMetadata:
    document = _well_known(vci.well_known_urls(issuer, vci.ISSUER_METADATA), http)
    return vci.parse_issuer_metadata(document, credential_issuer=issuer)


def _authorization_server(
    offer: vci.CredentialOffer, metadata: vci.IssuerMetadata, http: Outgoing
) -> vci.AuthorizationServerMetadata:
    """The server that the offer names must be one that the issuer names too; else the issuer is its own."""
    servers = metadata.authorization_servers or (offer.credential_issuer,)
    server = offer.authorization_server or servers[0]
    if server not in servers:
        raise ConversationFailed("unreadable", host=host_of(offer.credential_issuer))
    names = (vci.AUTHORIZATION_SERVER_METADATA, vci.OPENID_CONFIGURATION)
    document = _well_known([url for name in names for url in vci.well_known_urls(server, name)], http)
    return vci.parse_authorization_server_metadata(document, issuer=server)


def _well_known(urls: Sequence[str], http: Outgoing) -> Any:
    """The metadata at the first address that has any: the specification's, then those that others use."""
    failure: Exception | None = None
    for url in urls:
        try:
            return get_json(http, url)
        except (FetchError, Unreadable) as error:
            failure = failure or error
    code = "unreadable" if isinstance(failure, Unreadable) else "unreachable"
    raise ConversationFailed(code, host=host_of(urls[0])) from failure


def _configuration(offer: vci.CredentialOffer, metadata: vci.IssuerMetadata) -> vci.CredentialConfiguration:
    for configuration_id in offer.credential_configuration_ids:
        configuration = metadata.configurations.get(configuration_id)
        if configuration is not None and configuration.format == FORMAT:
            return configuration
    raise ConversationFailed("not_supported", host=host_of(offer.credential_issuer))


def _token(offered: Offered, tx_code: str | None, http: Outgoing) -> vci.TokenResponse:
    answer = post_form(http, offered.token_endpoint, vci.token_request(offered.pre_authorized_code, tx_code))
    if answer.status == 200:
        return vci.parse_token_response(json_of(answer))
    said = vci.parse_error(json_of(answer)).error
    codes = (vci.ErrorName.INVALID_GRANT, vci.ErrorName.INVALID_REQUEST)
    raise ConversationFailed("code_refused" if said in codes else "refused", host=offered.host, said=said)


def _credential(
    offered: Offered, token: vci.TokenResponse, *, signer: Signer, http: Outgoing, now: datetime
) -> vci.CredentialResponse:
    try:
        return _request(offered, token, signer=signer, http=http, now=now)
    except vci.Oid4vciError as error:
        if error.error != vci.ErrorName.INVALID_NONCE:
            raise
        return _request(offered, token, signer=signer, http=http, now=now)


def _request(
    offered: Offered, token: vci.TokenResponse, *, signer: Signer, http: Outgoing, now: datetime
) -> vci.CredentialResponse:
    nonce = None
    if offered.nonce_endpoint is not None:
        nonce = vci.parse_nonce_response(json_of(post_form(http, offered.nonce_endpoint, {})))
    proof = vci.make_key_proof(signer=signer, audience=offered.credential_issuer, nonce=nonce, now=now)
    identifiers = token.credential_identifiers.get(offered.configuration_id)
    request = vci.credential_request(
        credential_configuration_id=None if identifiers else offered.configuration_id,
        credential_identifier=identifiers[0] if identifiers else None,
        jwt_proofs=[proof],
    )
    answer = post_json(http, offered.credential_endpoint, request, bearer=token.access_token)
    if answer.status in (200, 202):
        return vci.parse_credential_response(json_of(answer))
    raise vci.parse_error(json_of(answer))
