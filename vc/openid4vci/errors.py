"""The names that OpenID4VCI, OAuth and RFC 6750 give to what went wrong, as one error type."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from vc.wire import UnreadableMessage


class ErrorName(StrEnum):
    """Values of `error` in a token (RFC 6749 5.2, RFC 9396 5), credential (8.3.1) or deferred (9.3) error."""

    INVALID_REQUEST = "invalid_request"
    INVALID_AUTHORIZATION_DETAILS = "invalid_authorization_details"
    INVALID_CLIENT = "invalid_client"
    INVALID_GRANT = "invalid_grant"
    UNSUPPORTED_GRANT_TYPE = "unsupported_grant_type"
    INVALID_TOKEN = "invalid_token"  # noqa: S105 - the name of an error, not a secret
    INVALID_CREDENTIAL_REQUEST = "invalid_credential_request"
    UNKNOWN_CREDENTIAL_CONFIGURATION = "unknown_credential_configuration"
    UNKNOWN_CREDENTIAL_IDENTIFIER = "unknown_credential_identifier"
    INVALID_PROOF = "invalid_proof"
    INVALID_NONCE = "invalid_nonce"
    INVALID_ENCRYPTION_PARAMETERS = "invalid_encryption_parameters"
    CREDENTIAL_REQUEST_DENIED = "credential_request_denied"
    INVALID_TRANSACTION_ID = "invalid_transaction_id"
    INVALID_NOTIFICATION_ID = "invalid_notification_id"
    INVALID_NOTIFICATION_REQUEST = "invalid_notification_request"
    SERVER_ERROR = "server_error"


class Oid4vciError(Exception):
    """A message is refused; `.body()` is what the other side is told, `.status` with which HTTP status."""

    def __init__(self, error: ErrorName | str, description: str) -> None:
        super().__init__(f"{error}: {description}")
        self.error = str(error)
        self.description = description

    @property
    def status(self) -> int:
        """401 for faults of the access token (RFC 6750 section 3.1), 400 for everything else."""
        return 401 if self.error == ErrorName.INVALID_TOKEN else 400

    def body(self) -> dict[str, str]:
        """Return the JSON error response."""
        return {"error": self.error, "error_description": self.description}

    def www_authenticate(self) -> str:
        """Return the `WWW-Authenticate` value that goes with a 401 (RFC 6750 section 3)."""
        return f'Bearer error="{self.error}", error_description="{self.description}"'


def parse_error(document: object) -> Oid4vciError:
    """Return the error that an endpoint answered with.

    Raises `UnreadableMessage` when `document` is no error response. An unknown name is kept as it came:
    the specification lets servers add their own.
    """
    if not isinstance(document, Mapping) or not isinstance(document.get("error"), str):
        raise UnreadableMessage("not an error response")
    description = document.get("error_description")
    return Oid4vciError(document["error"], description if isinstance(description, str) else "")
