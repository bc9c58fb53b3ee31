"""Status lists in memory: they live as long as the process, at addresses that no other process had.

What was issued before a restart is then "not obtainable", never "in force". A deployment that people rely on keeps its
lists in the database (`issuer.status`).
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from threading import Lock

from kit.problems import NotFound
from vc.status.bitstring import MINIMUM_ENTRIES, Bitstring


@dataclass(frozen=True)
class Place:
    """Where the status of one credential, for one purpose, stands."""

    list_id: str
    index: int
    purpose: str


class UnknownList(NotFound):
    """There is no such list, or it belonged to a process that ended."""


@dataclass
class _List:
    purpose: str
    bits: Bitstring = field(default_factory=Bitstring)
    free: list[int] = field(default_factory=lambda: _shuffled(MINIMUM_ENTRIES))


def _shuffled(count: int) -> list[int]:
    return secrets.SystemRandom().sample(range(count), count)


class Lists:
    """The lists of one issuer. Safe for several threads."""

    def __init__(self) -> None:
        self._lists: dict[str, _List] = {}
        self._places: dict[str, list[Place]] = {}
        self._lock = Lock()

    def take(self, purpose: str, *, credential_id: str | None) -> Place:
        """Return a place that nobody had before, at random, so that it tells no order."""
        with self._lock:
            list_id, found = self._open_list(purpose)
            place = Place(list_id, found.free.pop(), purpose)
            if credential_id is not None:
                self._places.setdefault(credential_id, []).append(place)
            return place

    def places_of(self, credential_id: str, purpose: str) -> list[Place]:
        """Return every place that was taken for the credential: one for each time it was issued."""
        with self._lock:
            return [place for place in self._places.get(credential_id, ()) if place.purpose == purpose]

    def set(self, list_id: str, index: int, *, value: bool) -> None:
        """Raises `UnknownList`, `IndexError`."""
        with self._lock:
            self._of(list_id).bits.set(index, int(value))

    def published(self, list_id: str) -> tuple[str, Bitstring]:
        """Return the purpose of a list and a copy of its bits. Raises `UnknownList`."""
        with self._lock:
            found = self._of(list_id)
            return found.purpose, Bitstring.from_encoded(found.bits.encoded())

    def _of(self, list_id: str) -> _List:
        if list_id not in self._lists:
            raise UnknownList
        return self._lists[list_id]

    def _open_list(self, purpose: str) -> tuple[str, _List]:
        for list_id, found in self._with_room(purpose):
            return list_id, found
        list_id = f"{purpose}-{secrets.token_hex(8)}"
        self._lists[list_id] = _List(purpose)
        return list_id, self._lists[list_id]

    def _with_room(self, purpose: str) -> Iterator[tuple[str, _List]]:
        return ((name, one) for name, one in self._lists.items() if one.purpose == purpose and one.free)
