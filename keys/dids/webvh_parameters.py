"""The parameters of a did:webvh log: what each entry may set, and what is in force after it (did:webvh 1.0,
section "did:webvh DID Method Parameters")."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from keys.dids.webvh_entry import EntryRefused, key_hash, update_key

METHOD = "did:webvh:1.0"
MAX_KEYS = 20
_LARGEST_TTL = 2**31


class WitnessesNotRead(Exception):
    """The log asks for witnesses, whose approvals are not read here: nothing is known about it."""


@dataclass(frozen=True)
class Parameters:
    """What is in force after an entry."""

    scid: str = ""
    update_keys: tuple[str, ...] = ()
    next_key_hashes: tuple[str, ...] = ()
    portable: bool = False
    deactivated: bool = False

    @property
    def rotates_in_advance(self) -> bool:
        """Whether the keys of the next entry are fixed already (pre-rotation)."""
        return bool(self.next_key_hashes)


def after(before: Parameters | None, given: Mapping[str, Any]) -> tuple[Parameters, tuple[str, ...]]:
    """What is in force after an entry that sets `given`, and the keys that may sign that entry.

    `before`: None for the first entry. Raises `EntryRefused`, `WitnessesNotRead`.
    """
    _check_shape(given, first=before is None)
    now = Parameters(scid=given["scid"]) if before is None else before
    now = replace(
        now,
        update_keys=tuple(given.get("updateKeys", now.update_keys)),
        next_key_hashes=tuple(given.get("nextKeyHashes", now.next_key_hashes)),
        portable=given.get("portable", now.portable),
        deactivated=given.get("deactivated", now.deactivated),
    )
    if before is None:
        return now, now.update_keys
    if before.deactivated:
        raise EntryRefused("the identifier had been given up before it")
    if not before.rotates_in_advance:
        return now, before.update_keys
    if "updateKeys" not in given or "nextKeyHashes" not in given:
        raise EntryRefused("keys are rotated in advance, so each entry names its keys and the next ones")
    if any(key_hash(update_key(key)) not in before.next_key_hashes for key in now.update_keys):
        raise EntryRefused("it uses a key that the entry before it did not announce")
    return now, now.update_keys


def _check_shape(given: Mapping[str, Any], *, first: bool) -> None:
    unknown = given.keys() - _SHAPES.keys()
    if unknown:
        raise EntryRefused(f"there is no parameter {min(unknown)[:40]!a}")
    for name, value in given.items():
        if not _SHAPES[name](value):
            raise EntryRefused(f"the parameter {name} is not acceptable")
    if first and not {"method", "scid", "updateKeys"} <= given.keys():
        raise EntryRefused("the first entry gives method, scid and updateKeys")
    if not first and ("scid" in given or given.get("portable") is True):
        raise EntryRefused("scid and portability are for the first entry to set")
    if given.get("witness"):
        raise WitnessesNotRead
    for key in given.get("updateKeys", ()):
        update_key(key)


def _is_flag(value: Any) -> bool:
    return isinstance(value, bool)


def _is_texts(value: Any) -> bool:
    return (
        isinstance(value, list)
        and len(value) <= MAX_KEYS
        and all(isinstance(text, str) and 0 < len(text) <= 500 for text in value)
        and len(set(value)) == len(value)
    )


_SHAPES: Mapping[str, Callable[[Any], bool]] = {
    "method": lambda value: value == METHOD,
    "scid": lambda value: isinstance(value, str) and len(value) == 46,
    "updateKeys": _is_texts,
    "nextKeyHashes": _is_texts,
    "witness": lambda value: isinstance(value, dict),
    "watchers": _is_texts,
    "portable": _is_flag,
    "deactivated": _is_flag,
    "ttl": lambda value: isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _LARGEST_TTL,
}
