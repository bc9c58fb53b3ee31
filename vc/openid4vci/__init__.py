"""OpenID for Verifiable Credential Issuance 1.0: the wire messages, built, parsed and checked.

Pure: documents, forms and tokens go in, frozen dataclasses or an `Oid4vciError` come out. No request is
made, nothing is stored, no clock is read. The issuer and the wallet do the talking; both use these messages.

What a session needs, in the order of the protocol:

Credential offer (section 4)
    `CredentialOffer(credential_issuer, credential_configuration_ids, pre_authorized_code, tx_code)`
    `.as_json()`, `.link()` (by value), `offer_link_by_reference(uri)`,
    `parse_offer_link(text) -> CredentialOffer | OfferReference(uri)`, `parse_offer(document)`, `TxCode`
Metadata (section 12; RFC 8414)
    `issuer_metadata(...) -> dict`, `credential_configuration(...) -> dict`, `parse_issuer_metadata(...)`,
    `authorization_server_metadata(...) -> dict`, `parse_authorization_server_metadata(...)`,
    `well_known_urls(identifier, name)` (the inserted form first, then the appended one that some clients ask)
Token (section 6)
    `token_request(code, tx_code) -> form`, `parse_token_request(pairs)`,
    `token_response(...) -> dict`, `parse_token_response(document)`
Nonce (section 7)
    `nonce_response(c_nonce) -> dict`, `parse_nonce_response(document)`
Credential (section 8)
    `credential_request(...) -> dict`, `parse_credential_request(document)` (also the older `proof` object),
    `credential_response(credentials) -> dict`, `parse_credential_response(document)`
Notification (section 11)
    `notification_request(Notification(id, event, description)) -> dict`, `parse_notification_request(document)`
Key proofs (appendix F)
    `make_key_proof(...) -> jwt`, `check_key_proof(jwt, *, audience, nonce_is_ours, now, accepted_algs) -> ProvenKey`
    (`.public_key`, `.holder`: the DID that the credential is to be bound to, `.nonce`);
    `vc.openid4vci.di_vp.check_di_vp_proof(presentation, *, audience, nonce_is_ours, now, accepted_suites)`
Errors
    `Oid4vciError(error, description)`: `.error` an `ErrorName`, `.status` (400, or 401 for `invalid_token`),
    `.body()` the JSON to answer with; `parse_error(document)` for the wallet, to whom an issuer's message
    that cannot be read is an `UnreadableMessage`
"""

from vc.openid4vci.credential import (
    CredentialRequest,
    CredentialResponse,
    credential_request,
    credential_response,
    parse_credential_request,
    parse_credential_response,
)
from vc.openid4vci.errors import ErrorName, Oid4vciError, parse_error
from vc.openid4vci.metadata import (
    AUTHORIZATION_SERVER_METADATA,
    ISSUER_METADATA,
    OPENID_CONFIGURATION,
    AuthorizationServerMetadata,
    CredentialConfiguration,
    IssuerMetadata,
    authorization_server_metadata,
    credential_configuration,
    issuer_metadata,
    parse_authorization_server_metadata,
    parse_issuer_metadata,
    well_known_urls,
)
from vc.openid4vci.notification import (
    Notification,
    NotificationEvent,
    notification_request,
    parse_notification_request,
)
from vc.openid4vci.offer import (
    OFFER_SCHEME,
    PRE_AUTHORIZED_CODE,
    CredentialOffer,
    OfferReference,
    TxCode,
    offer_link_by_reference,
    parse_offer,
    parse_offer_link,
)
from vc.openid4vci.proof import ProvenKey, check_key_proof, make_key_proof
from vc.openid4vci.token import (
    TokenRequest,
    TokenResponse,
    nonce_response,
    parse_nonce_response,
    parse_token_request,
    parse_token_response,
    token_request,
    token_response,
)
from vc.wire import UnreadableMessage

__all__ = [
    "AUTHORIZATION_SERVER_METADATA",
    "ISSUER_METADATA",
    "OFFER_SCHEME",
    "OPENID_CONFIGURATION",
    "PRE_AUTHORIZED_CODE",
    "AuthorizationServerMetadata",
    "CredentialConfiguration",
    "CredentialOffer",
    "CredentialRequest",
    "CredentialResponse",
    "ErrorName",
    "IssuerMetadata",
    "Notification",
    "NotificationEvent",
    "OfferReference",
    "Oid4vciError",
    "ProvenKey",
    "TokenRequest",
    "TokenResponse",
    "TxCode",
    "UnreadableMessage",
    "authorization_server_metadata",
    "check_key_proof",
    "credential_configuration",
    "credential_request",
    "credential_response",
    "issuer_metadata",
    "make_key_proof",
    "nonce_response",
    "notification_request",
    "offer_link_by_reference",
    "parse_authorization_server_metadata",
    "parse_credential_request",
    "parse_credential_response",
    "parse_error",
    "parse_issuer_metadata",
    "parse_nonce_response",
    "parse_notification_request",
    "parse_offer",
    "parse_offer_link",
    "parse_token_request",
    "parse_token_response",
    "token_request",
    "token_response",
    "well_known_urls",
]
