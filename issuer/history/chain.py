"""The chain of versions as others see it: what is hashed, and whether a chain holds. Pure, so that anyone can check.

    hash = SHA-256 of the canonical JSON (RFC 8785) of the version's members, the hash before it among them

Whoever keeps the last hash (a watcher, an auditor, a verifier that asked last month) can say later whether what was
published up to then is still what was published.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from vc.canonical import jcs

GENESIS = "0" * 64


@dataclass(frozen=True)
class Version:
    """One line of the index. `published` is a time in UTC, to the second; `digest` that of the bytes served."""

    organisation: str
    sequence: int
    kind: str
    subject: str
    published: str
    digest: str
    previous: str
    hash: str

    def computed_hash(self) -> str:
        """Return the hash that the members demand."""
        return chained_hash({name: value for name, value in asdict(self).items() if name != "hash"})


@dataclass(frozen=True)
class Head:
    """The end of a chain at one moment."""

    sequence: int
    hash: str


class NotAnIndex(Exception):
    """This is no index of published versions."""


class ChainBroken(Exception):
    """The chain does not hold; `sequence` is the first version that does not fit."""

    def __init__(self, sequence: int, reason: str) -> None:
        super().__init__(f"version {sequence}: {reason}")
        self.sequence = sequence
        self.reason = reason


def versions_in(index: Any) -> list[Version]:
    """Return the versions that an index lists, unchecked. Raises `NotAnIndex`."""
    listed = index.get("versions") if isinstance(index, dict) else None
    if not isinstance(listed, list):
        raise NotAnIndex
    return [_version(one) for one in listed]


def _version(listed: Any) -> Version:
    try:
        members = {name: listed[name] for name in Version.__dataclass_fields__}
    except (KeyError, TypeError):
        raise NotAnIndex from None
    number = members.pop("sequence")
    if type(number) is not int or not all(isinstance(value, str) for value in members.values()):
        raise NotAnIndex
    return Version(sequence=number, **members)


def chained_hash(members: dict[str, Any]) -> str:
    """Return the hash of a version whose other members these are."""
    return hashlib.sha256(jcs.canonicalize(members)).hexdigest()


def digest(body: bytes) -> str:
    """Return the digest under which `body` stands in the chain."""
    return hashlib.sha256(body).hexdigest()


def check(versions: Sequence[Version], *, known: Head | None = None) -> None:
    """Raise `ChainBroken` unless `versions` are a whole chain from its beginning.

    `known`: the end that somebody kept from an earlier look; the chain must still pass through it.
    Whether the bodies have their digests is the caller's to see.
    """
    previous, time = GENESIS, ""
    for number, version in enumerate(versions, start=1):
        if version.sequence != number:
            raise ChainBroken(number, "is missing, or not in its place")
        if version.organisation != versions[0].organisation:
            raise ChainBroken(number, "is another organisation's")
        if version.previous != previous or version.computed_hash() != version.hash:
            raise ChainBroken(number, "was changed after it was published")
        if version.published < time:
            raise ChainBroken(number, "is older than the version before it")
        previous, time = version.hash, version.published
    if known is None:
        return
    if known.sequence > len(versions):
        raise ChainBroken(known.sequence, "was there before and is missing now")
    if known.sequence and versions[known.sequence - 1].hash != known.hash:
        raise ChainBroken(known.sequence, "is not what it was when it was last seen")
