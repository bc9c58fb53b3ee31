"""The authorities' signed lists, fetched now and then and held: with them an answer is there also while an
institution or an authority cannot be reached.

A list is kept if it is whole and as its authority signed it, in date when it is fetched. It only brings documents: each
recognition in it is verified when it is used, its status list included.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from keys import dids
from keys.fetching import Fetcher, FetchError
from kit.telemetry import log_event
from vc import strict_json
from vc.credential import entries
from vc.errors import ProofVerificationError, VcError
from vc.held_recognition import signed_list_addresses
from vc.recognition import NOTHING_HELD, Held
from vc.recognition.signed_list import read_list
from vc.securing import EVERYTHING_READ
from vc.strict_json import Limits

MAX_LIST_BYTES = 20 * 1024 * 1024
_LIMITS = Limits(members=1_000_000)
_TYPES = ("application/vp", "application/json", "application/ld+json")


class HeldLists:
    """The newest list of each authority, in `folder` (None: nowhere) and in memory."""

    def __init__(self, folder: Path | None = None, *, every: timedelta = timedelta(0)) -> None:
        self.held: Held = NOTHING_HELD
        self._folder = folder
        self._every = every
        self._refreshed: datetime | None = None

    def refresh_when_due(self, authorities: Iterable[str], *, fetcher: Fetcher, now: datetime) -> bool:
        """Fetch the list of each authority (by DID) that publishes one, if it is time; says whether it was.

        A list that cannot be had now leaves the earlier one in its place.
        """
        due = self._refreshed is None or now - self._refreshed >= self._every
        if self._folder is None or not self._every or not due:
            return False
        self._refreshed = now
        self._folder.mkdir(exist_ok=True)
        for did in authorities:
            self._refresh(did, self._folder, fetcher, now)
        self._read(self._folder)
        return True

    def _refresh(self, did: str, folder: Path, fetcher: Fetcher, now: datetime) -> None:
        resolver = cache(lambda name: dids.resolve(name, fetcher=fetcher, now=now))
        try:
            for url in signed_list_addresses(did, resolver=resolver):
                body = fetcher.fetch(url, accept=_TYPES, max_bytes=MAX_LIST_BYTES).body
                listed = read_list(body, resolver=resolver, accepted_suites=EVERYTHING_READ, now=now)
                if listed.authority != did:
                    raise ProofVerificationError("the list is another authority's")
                _replace(folder / f"{sha256(did.encode()).hexdigest()}.json", body)
        except (dids.DidError, FetchError, VcError) as error:
            log_event("authority_list_not_fetched", authority=did, reason=type(error).__name__)

    def _read(self, folder: Path) -> None:
        self.held = Held(
            document for path in sorted(folder.glob("*.json")) for document in _documents(path.read_bytes())
        )


def _documents(body: bytes) -> Iterator[dict[str, Any]]:
    """The credentials in a list. Raises `ParsingError`."""
    presentation = strict_json.parse_object(body, limits=_LIMITS)
    yield from (one for one in entries(presentation.get("verifiableCredential")) if isinstance(one, dict))


def _replace(path: Path, body: bytes) -> None:
    """Put a file in its place whole: whoever reads finds the old one or the new one."""
    fresh = path.with_suffix(".new")
    fresh.write_bytes(body)
    fresh.replace(path)
