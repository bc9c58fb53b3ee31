"""The token endpoint with the pre-authorized code grant (OpenID4VCI 1.0 section 6)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from vc import strict_json
from vc.errors import ParsingError
from vc.openid4vci.errors import ErrorName, Oid4vciError
from vc.openid4vci.metadata import AUTHORIZATION_DETAIL
from vc.openid4vci.offer import PRE_AUTHORIZED_CODE
from vc.wire import UnreadableMessage, members, optional_text, required_text, seconds, single_parameters


@dataclass(frozen=True)
class TokenRequest:
    """A learner's wallet asks for an access token with the code of an offer.

    `requested_configurations` are the credential configurations named in `authorization_details`, which
    the response must then repeat with `credential_identifiers`; None when the member was not sent.
    """

    pre_authorized_code: str
    tx_code: str | None
    requested_configurations: tuple[str, ...] | None = None


@dataclass(frozen=True)
class TokenResponse:
    """An access token; `credential_identifiers` are to be used in the credential request when present."""

    access_token: str
    expires_in: int | None
    credential_identifiers: Mapping[str, tuple[str, ...]]


def token_request(pre_authorized_code: str, tx_code: str | None = None) -> dict[str, str]:
    """Return the form to post to the token endpoint."""
    form = {"grant_type": PRE_AUTHORIZED_CODE, "pre-authorized_code": pre_authorized_code}
    return form if tx_code is None else {**form, "tx_code": tx_code}


def parse_token_request(pairs: Iterable[tuple[str, str]]) -> TokenRequest:
    """Read the posted form, given as name-value pairs so that a doubled parameter is seen.

    Unknown parameters (`client_id`, `user_pin`, ...) are ignored, and so is `resource`, the one that may come more than
    once (RFC 8707 section 2). Whether a `tx_code` is due is
    the caller's check (6.3: `invalid_request` when missing or not expected). Raises `Oid4vciError`.
    """
    try:
        form = single_parameters((name, value) for name, value in pairs if name != "resource")
        if required_text(form, "grant_type") != PRE_AUTHORIZED_CODE:
            raise Oid4vciError(ErrorName.UNSUPPORTED_GRANT_TYPE, "only the pre-authorized code grant is offered")
        code = required_text(form, "pre-authorized_code")
    except UnreadableMessage as error:
        raise Oid4vciError(ErrorName.INVALID_REQUEST, str(error)) from error
    try:
        details = _requested_configurations(form.get("authorization_details"))
    except (UnreadableMessage, ParsingError) as error:
        raise Oid4vciError(ErrorName.INVALID_AUTHORIZATION_DETAILS, str(error)) from error
    return TokenRequest(code, form.get("tx_code"), details)


def token_response(
    access_token: str, *, expires_in: int, credential_identifiers: Mapping[str, Sequence[str]] | None = None
) -> dict[str, Any]:
    """Return the answer; `credential_identifiers` (by configuration) only when details were asked for.

    Serve it with `Cache-Control: no-store`. `token_type` is in lower case because a client insists.
    """
    response: dict[str, Any] = {"access_token": access_token, "token_type": "bearer", "expires_in": expires_in}
    if credential_identifiers is not None:
        response["authorization_details"] = [
            {
                "type": AUTHORIZATION_DETAIL,
                "credential_configuration_id": configuration,
                "credential_identifiers": list(identifiers),
            }
            for configuration, identifiers in credential_identifiers.items()
        ]
    return response


def parse_token_response(document: object) -> TokenResponse:
    """Read the answer in the wallet; bearer tokens only. Raises `UnreadableMessage`."""
    response = members(document, "token response")
    if required_text(response, "token_type").lower() != "bearer":
        raise UnreadableMessage("`token_type` is not bearer")
    identifiers: dict[str, tuple[str, ...]] = {}
    details = response.get("authorization_details", [])
    for entry in details if isinstance(details, list) else ():
        configuration = optional_text(members(entry, "authorization_details"), "credential_configuration_id")
        if configuration is not None and isinstance(entry.get("credential_identifiers"), list):
            identifiers[configuration] = tuple(str(one) for one in entry["credential_identifiers"])
    return TokenResponse(required_text(response, "access_token"), seconds(response, "expires_in"), identifiers)


def nonce_response(c_nonce: str) -> dict[str, str]:
    """Return the answer of the nonce endpoint (section 7.2); serve it with `Cache-Control: no-store`."""
    return {"c_nonce": c_nonce}


def parse_nonce_response(document: object) -> str:
    """Return the nonce for the key proof. Raises `UnreadableMessage`."""
    return required_text(members(document, "nonce response"), "c_nonce")


def _requested_configurations(text: str | None) -> tuple[str, ...] | None:
    if text is None:
        return None
    details = strict_json.parse(text)
    if not isinstance(details, list) or not details:
        raise UnreadableMessage("`authorization_details` is not a list")
    names = []
    for detail in details:
        entry = members(detail, "authorization_details")
        if entry.get("type") != AUTHORIZATION_DETAIL:
            raise UnreadableMessage("`authorization_details` of an unknown type")
        names.append(required_text(entry, "credential_configuration_id"))
    return tuple(names)
