"""Refreshing a badge (1EdTechCredentialRefresh): its issuer may offer a newer one at an address that it names.

Only after the badge in hand was proven, once, and never for the worse: what cannot be fetched, does not verify, or is
not the same badge of the same issuer leaves the original as it was. `vc.verify` never does this on its own (V-SSRF-3);
whoever wants it calls `newest`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from keys.fetching import Fetcher, FetchError
from vc import times
from vc.credential import entries, issuer_of
from vc.errors import MalformedValueError
from vc.findings import Report
from vc.vocabulary import is_url

SERVICE_TYPE = "1EdTechCredentialRefresh"
ACCEPT = ("application/vc", "application/vc+jwt", "application/vc+ld+json", "application/json", "text/plain")
_LARGEST = 1024 * 1024


def newest(report: Report, *, verify: Callable[[bytes], Report], fetcher: Fetcher) -> Report:
    """The report about the newer badge, if `report`'s offers one that verifies; else `report`.

    `verify` checks what was fetched with the caller's choices (a `functools.partial` of `verify_credential`).
    Newer: same issuer, same `id`, later `validFrom` (Open Badges 3.0, section 9.2).
    """
    original = report.credential
    address = _address(original) if original is not None else None
    if original is None or address is None:
        return report
    try:
        fetched = fetcher.fetch(address, accept=ACCEPT, max_bytes=_LARGEST)
    except FetchError:
        return report
    renewed = verify(fetched.body)
    if not renewed.verified or renewed.credential is None or not _replaces(renewed.credential, original):
        return report
    return renewed


def _address(document: Mapping[str, Any]) -> str | None:
    services = [service for service in entries(document.get("refreshService")) if isinstance(service, dict)]
    addresses = [service.get("id") for service in services if SERVICE_TYPE in entries(service.get("type"))]
    address = addresses[0] if addresses else None
    return address if isinstance(address, str) and is_url(address) else None


def _replaces(newer: Mapping[str, Any], older: Mapping[str, Any]) -> bool:
    same = issuer_of(newer) == issuer_of(older) and newer.get("id") == older.get("id") and older.get("id") is not None
    begins, began = _begins(newer), _begins(older)
    return same and begins is not None and began is not None and begins > began


def _begins(document: Mapping[str, Any]) -> datetime | None:
    try:
        return times.parse(document.get("validFrom", document.get("issuanceDate")), path="/validFrom")
    except MalformedValueError:
        return None
