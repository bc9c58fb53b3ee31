"""1EdTechRevocationList (Open Badges 3.0): read only, and worth less than the other lists.

A JSON object that anybody who controls the address can change: nothing in it is signed, and it tells its host which
credential is being looked at. It is read because badges of others name it, and the report says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from keys.fetching import Fetcher, FetchError
from vc import strict_json
from vc.credential import entries
from vc.errors import MalformedValueError, ParsingError, StatusRetrievalError, StatusVerificationError
from vc.vocabulary import is_url

ENTRY_TYPE = "1EdTechRevocationList"
ACCEPT = ("application/json", "application/ld+json")


@dataclass(frozen=True)
class RevocationAnswer:
    """What the list says about one credential. `reason` is the list's own text, if it gives one."""

    list_url: str
    revoked: bool
    reason: str | None = None


def check(entry: Mapping[str, Any], *, credential_id: str | None, fetcher: Fetcher, max_bytes: int) -> RevocationAnswer:
    """Whether the list that `entry` names revokes the credential: it is listed, and `revoked` is true or absent.

    Raises `MalformedValueError`, `StatusRetrievalError` or `StatusVerificationError`: then nothing is known.
    """
    address = entry.get("id")
    if not is_url(address):
        raise MalformedValueError("the id of the entry is the list's address", path="/credentialStatus/id")
    assert isinstance(address, str)  # noqa: S101 - is_url said so
    if credential_id is None:
        raise StatusVerificationError("the credential has no id by which the list could name it")
    try:
        fetched = fetcher.fetch(address, accept=ACCEPT, max_bytes=max_bytes)
        listed = strict_json.parse_object(fetched.body)
    except FetchError as error:
        raise StatusRetrievalError(f"the list at {address} was not obtained: {error.reason}") from error
    except ParsingError as error:
        raise StatusRetrievalError(f"what is served at the list's address is no list: {error.detail}") from error
    for item in _items(listed, address):
        if item.get("id") == credential_id and item.get("revoked", True):
            reason = item.get("revocationReason")
            return RevocationAnswer(address, True, reason[:500] if isinstance(reason, str) else None)
    return RevocationAnswer(address, False)


def _items(listed: Mapping[str, Any], address: str) -> list[Mapping[str, Any]]:
    """The entries of the list; anything unexpected means that it does not answer."""
    items = entries(listed.get("revokedCredential"))
    if "revokedCredential" not in listed or listed.get("id", address) != address:
        raise StatusVerificationError("not a revocation list, or not the one at this address")
    for item in items:
        if not isinstance(item, dict) or not isinstance(item.get("id"), str):
            raise StatusVerificationError("the revocation list has an entry without id")
        if not isinstance(item.get("revoked", True), bool):
            raise StatusVerificationError("the revocation list does not say plainly what is revoked")
    return items
