"""OpenID for Verifiable Presentations 1.0: the wire messages, built, parsed and checked.

Pure: links, documents, forms and tokens go in, frozen dataclasses or an `Oid4vpError` come out. The verifier
and the wallet do the talking; both use these messages.

Request (section 5)
    `AuthorizationRequest(client_id, response_uri, nonce, state, dcql_query, client_metadata)`;
    `redirect_uri_request(response_uri=, nonce=, dcql_query=, ...)` then `.link()`: unsigned, inline;
    `decentralized_identifier_request(did=, response_uri=, nonce=, dcql_query=, ...)` then
    `.signed(signer=, kid=, now=) -> jwt` served as `REQUEST_OBJECT_MEDIA_TYPE` at the `request_uri` of
    `request_link_by_reference(client_id, request_uri, method=None)`
In the wallet
    `parse_request_link(text) -> AuthorizationRequest | RequestReference(client_id, request_uri, method)`
    `check_request_object(jwt, *, client_id, fetcher, now, wallet_nonce) -> AuthorizationRequest`
DCQL (section 6)
    `parse_query(document) -> Query`; `ldp_vc_query(id, type_values, claims=...) -> dict`;
    `OPEN_BADGE_TYPES` the expanded types of an Open Badges credential;
    `query.candidates(credentials) -> dict[query id, tuple[index, ...]]` and `query.choices(...)` for the wallet;
    `check_answer(query, credentials_by_id)` for the verifier, who never trusts the wallet with the query
Response (section 8)
    `response_form(vp_token, state) -> form`, `error_form(error, state)`,
    `parse_response(pairs) -> Response | ErrorResponse` (`.vp_token`: query id -> tuple of presentations),
    `accepted(redirect_uri=None) -> dict` the JSON that answers the wallet's post
Errors
    `Oid4vpError(error, description)`: `.error` an `ErrorName`; `.body()`
"""
