"""Notifications: the wallet tells the issuer what became of a credential (OpenID4VCI 1.0 section 11)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from vc.openid4vci.errors import ErrorName, Oid4vciError
from vc.wire import UnreadableMessage, members, optional_text, required_text


class NotificationEvent(StrEnum):
    """What became of the credential: kept, not usable, or turned down or deleted by the person."""

    CREDENTIAL_ACCEPTED = "credential_accepted"
    CREDENTIAL_FAILURE = "credential_failure"
    CREDENTIAL_DELETED = "credential_deleted"


@dataclass(frozen=True)
class Notification:
    """One notice; `description` is free text of the wallet or the person, for a human at the issuer."""

    notification_id: str
    event: NotificationEvent
    description: str | None = None


def notification_request(notification: Notification) -> dict[str, str]:
    """Return the JSON to post to the notification endpoint with the access token."""
    request = {"notification_id": notification.notification_id, "event": str(notification.event)}
    if notification.description is not None:
        request["event_description"] = notification.description
    return request


def parse_notification_request(document: object) -> Notification:
    """Read a notice at the issuer; answer it with 204, the same notice again too (it is idempotent).

    Raises `Oid4vciError` (`invalid_notification_request`); an unknown id is the caller's
    `invalid_notification_id`.
    """
    try:
        request = members(document, "notification request")
        event = NotificationEvent(required_text(request, "event"))
        return Notification(
            required_text(request, "notification_id"), event, optional_text(request, "event_description")
        )
    except (UnreadableMessage, ValueError) as error:
        raise Oid4vciError(ErrorName.INVALID_NOTIFICATION_REQUEST, "the notice cannot be read") from error
