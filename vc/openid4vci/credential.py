"""Credential requests and responses (OpenID4VCI 1.0 section 8)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from vc.openid4vci.errors import ErrorName, Oid4vciError
from vc.wire import UnreadableMessage, members, optional_text, required_text, seconds

MAX_PROOFS = 100
"""More proofs in one request are refused before any of them is looked at."""


@dataclass(frozen=True)
class CredentialRequest:
    """What a wallet asks for: one configuration or identifier, with one proof for each key to bind to.

    `proof_type` is None when no proof was sent; the `jwt` proofs are texts, the `di_vp` proofs objects.
    """

    credential_configuration_id: str | None
    credential_identifier: str | None
    proof_type: str | None
    proofs: tuple[Any, ...]


@dataclass(frozen=True)
class CredentialResponse:
    """The credentials, or the promise of them (`transaction_id`, to be asked again after `interval` seconds)."""

    credentials: tuple[Any, ...]
    transaction_id: str | None = None
    interval: int | None = None
    notification_id: str | None = None


def credential_request(
    *,
    credential_configuration_id: str | None = None,
    credential_identifier: str | None = None,
    jwt_proofs: Sequence[str] = (),
) -> dict[str, Any]:
    """Return the JSON to post to the credential endpoint; exactly one of the two names is given."""
    if (credential_configuration_id is None) == (credential_identifier is None):
        raise ValueError("either the configuration or the identifier")
    name = "credential_configuration_id" if credential_identifier is None else "credential_identifier"
    request: dict[str, Any] = {name: credential_identifier or credential_configuration_id}
    if jwt_proofs:
        request["proofs"] = {"jwt": list(jwt_proofs)}
    return request


def parse_credential_request(document: object) -> CredentialRequest:
    """Read a credential request; the `proof` object of older drafts counts as a list of one, null as left out.

    Whether the configuration is known and belongs to the access token is the caller's check. Encrypted
    responses are not offered, so asking for one is `invalid_encryption_parameters`. Raises `Oid4vciError`.
    """
    try:
        request = members(document, "credential request")
        configuration = optional_text(request, "credential_configuration_id")
        identifier = optional_text(request, "credential_identifier")
    except UnreadableMessage as error:
        raise Oid4vciError(ErrorName.INVALID_CREDENTIAL_REQUEST, str(error)) from error
    if (configuration is None) == (identifier is None):
        raise Oid4vciError(
            ErrorName.INVALID_CREDENTIAL_REQUEST,
            "send either `credential_configuration_id` or `credential_identifier`",
        )
    if request.get("credential_response_encryption") is not None:
        raise Oid4vciError(ErrorName.INVALID_ENCRYPTION_PARAMETERS, "encrypted responses are not offered")
    proof_type, proofs = _proofs(request)
    return CredentialRequest(configuration, identifier, proof_type, proofs)


def credential_response(credentials: Sequence[Any], *, notification_id: str | None = None) -> dict[str, Any]:
    """Return the answer with credentials: objects for `ldp_vc`, texts for the token formats."""
    response: dict[str, Any] = {"credentials": [{"credential": credential} for credential in credentials]}
    if notification_id is not None:
        response["notification_id"] = notification_id
    return response


def parse_credential_response(document: object) -> CredentialResponse:
    """Read the answer in the wallet. Raises `UnreadableMessage`; nothing in it is verified here."""
    response = members(document, "credential response")
    transaction_id = optional_text(response, "transaction_id")
    entries = response.get("credentials")
    if (transaction_id is None) == (entries is None):
        raise UnreadableMessage("either `credentials` or `transaction_id`")
    if transaction_id is not None:
        return CredentialResponse((), transaction_id, seconds(response, "interval"))
    if not isinstance(entries, list) or not entries:
        raise UnreadableMessage("`credentials` is not a list")
    credentials = tuple(_credential(members(entry, "credentials")) for entry in entries)
    return CredentialResponse(credentials, notification_id=optional_text(response, "notification_id"))


def _credential(entry: Mapping[str, Any]) -> Any:
    if not isinstance(entry.get("credential"), Mapping | str):
        raise UnreadableMessage("`credential` is missing")
    return entry["credential"]


def _proofs(request: Mapping[str, Any]) -> tuple[str | None, tuple[Any, ...]]:
    try:
        if request.get("proof") is not None:
            return _older_proof(request)
        if request.get("proofs") is None:
            return None, ()
        proofs = members(request["proofs"], "proofs")
        proof_type = next(iter(proofs), "")
        return _checked_proofs(proof_type, proofs.get(proof_type), alone=len(proofs) == 1)
    except UnreadableMessage as error:
        raise Oid4vciError(ErrorName.INVALID_PROOF, str(error)) from error


def _older_proof(request: Mapping[str, Any]) -> tuple[str, tuple[Any, ...]]:
    proof = members(request["proof"], "proof")
    proof_type = required_text(proof, "proof_type")
    return _checked_proofs(proof_type, [proof.get(proof_type)], alone=request.get("proofs") is None)


def _checked_proofs(proof_type: str, values: object, *, alone: bool) -> tuple[str, tuple[Any, ...]]:
    if not alone:
        raise UnreadableMessage("proofs are sent in exactly one form")
    expected: dict[str, type] = {"jwt": str, "di_vp": dict}
    if proof_type not in expected:
        raise UnreadableMessage("the proof type is not supported")
    if not isinstance(values, list) or not 0 < len(values) <= MAX_PROOFS:
        raise UnreadableMessage(f"`proofs` holds 1 to {MAX_PROOFS} proofs")
    if not all(isinstance(value, expected[proof_type]) for value in values):
        raise UnreadableMessage(f"a proof of type {proof_type} has another shape")
    return proof_type, tuple(values)
