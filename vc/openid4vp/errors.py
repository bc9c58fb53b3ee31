"""The names that OpenID4VP gives to what went wrong (section 8.5), as one error type."""

from __future__ import annotations

from enum import StrEnum


class ErrorName(StrEnum):
    """Values of `error` in an authorization error response."""

    INVALID_REQUEST = "invalid_request"
    INVALID_CLIENT = "invalid_client"
    ACCESS_DENIED = "access_denied"
    VP_FORMATS_NOT_SUPPORTED = "vp_formats_not_supported"
    INVALID_REQUEST_URI_METHOD = "invalid_request_uri_method"
    INVALID_TRANSACTION_DATA = "invalid_transaction_data"
    WALLET_UNAVAILABLE = "wallet_unavailable"


class Oid4vpError(Exception):
    """A message is refused; `.error` and `.description` are what the other side may be told."""

    def __init__(self, error: ErrorName | str, description: str) -> None:
        super().__init__(f"{error}: {description}")
        self.error = str(error)
        self.description = description

    def body(self) -> dict[str, str]:
        """Return the JSON error of the response endpoint."""
        return {"error": self.error, "error_description": self.description}
