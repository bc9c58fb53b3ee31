"""OpenID for Verifiable Presentations 1.0: the wire messages, built, parsed and checked.

Pure: links, documents, forms and tokens go in, frozen dataclasses or an `Oid4vpError` come out. The verifier
and the wallet do the talking; both use these messages.

Request (section 5), at the verifier
    `redirect_uri_request(response_uri=, nonce=, dcql_query=, state=, client_name=) -> AuthorizationRequest`,
    unsigned, then `.link()`; or `decentralized_identifier_request(did=, response_uri=, nonce=, ...)`, then
    `.signed(signer=, kid=, now=, wallet_nonce=) -> jwt`; or `x509_san_dns_request(host=, ...)`, then
    `.certified(signer=, chain=, now=, wallet_nonce=) -> jwt`; both served as `REQUEST_OBJECT_MEDIA_TYPE` at the address
    in `request_link_by_reference(client_id, request_uri, method=None)`. `encrypt_to=ResponseKey.derive(secret,
    request=)` asks for an encrypted answer
Request, in the wallet
    `parse_request_link(text) -> AuthorizationRequest | RequestReference(client_id, request_uri, method)`,
    `check_request_object(jwt, *, client_id, fetcher, authorities, now, wallet_nonce) -> AuthorizationRequest`
DCQL (sections 6 and 7)
    `ldp_vc_query(id, type_values=, claims=, multiple=) -> dict`, `OPEN_BADGE_TYPES`, `OPEN_BADGE`,
    `parse_query(document) -> Query`; `Query.candidates(credentials)` and `Query.choice(available)` for the
    wallet; `check_answer(query, {id: verified credentials})` for the verifier, who trusts no wallet with it
Response (section 8)
    `response_form(vp_token, state=, recipient=request.recipient) -> form`, `error_form(error, state=) -> form`,
    `parse_response(pairs, query=, key=) -> Response | ErrorResponse`,
    `accepted(redirect_uri=None) -> dict`, the JSON that answers the wallet's post
Errors
    `Oid4vpError(error, description)`: `.error` an `ErrorName`; `.body()`

An `ldp_vp` is made with purpose `authentication`, `challenge` the request's `nonce` and `domain` its full `client_id`.
"""

from vc.openid4vp.dcql import (
    LDP_VC,
    OPEN_BADGE,
    OPEN_BADGE_TYPES,
    ClaimQuery,
    CredentialQuery,
    CredentialSet,
    Query,
    check_answer,
    expanded_types,
    ldp_vc_query,
    parse_query,
)
from vc.openid4vp.encryption import Recipient, ResponseKey
from vc.openid4vp.errors import ErrorName, Oid4vpError
from vc.openid4vp.request import (
    REQUEST_OBJECT_MEDIA_TYPE,
    REQUEST_OBJECT_TYPE,
    REQUEST_SCHEME,
    Asking,
    AuthorizationRequest,
    RequestReference,
    check_request_object,
    decentralized_identifier_request,
    parse_request_link,
    redirect_uri_request,
    request_link_by_reference,
    x509_san_dns_request,
)
from vc.openid4vp.response import (
    ErrorResponse,
    Response,
    accepted,
    error_form,
    parse_response,
    response_form,
)

__all__ = [
    "LDP_VC",
    "OPEN_BADGE",
    "OPEN_BADGE_TYPES",
    "REQUEST_OBJECT_MEDIA_TYPE",
    "REQUEST_OBJECT_TYPE",
    "REQUEST_SCHEME",
    "Asking",
    "AuthorizationRequest",
    "ClaimQuery",
    "CredentialQuery",
    "CredentialSet",
    "ErrorName",
    "ErrorResponse",
    "Oid4vpError",
    "Query",
    "Recipient",
    "RequestReference",
    "Response",
    "ResponseKey",
    "accepted",
    "check_answer",
    "check_request_object",
    "decentralized_identifier_request",
    "error_form",
    "expanded_types",
    "ldp_vc_query",
    "parse_query",
    "parse_request_link",
    "parse_response",
    "redirect_uri_request",
    "request_link_by_reference",
    "response_form",
    "x509_san_dns_request",
]
