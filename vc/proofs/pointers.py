"""Choosing parts of a JSON-LD document by JSON Pointers (RFC 6901; VC-DI-ECDSA 1.0, section 3.4)."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from typing import Any

from vc.errors import ProofGenerationError

Pointer = tuple[str | int, ...]


def parse(pointer: object) -> tuple[str, ...]:
    """Return the reference tokens of `pointer`. Raises `ProofGenerationError` when it is malformed."""
    if not isinstance(pointer, str) or (pointer and not pointer.startswith("/")):
        raise ProofGenerationError(f"{pointer!r} is not a JSON Pointer")
    return tuple(token.replace("~1", "/").replace("~0", "~") for token in pointer.split("/")[1:])


def located(pointer: str, document: Any, other: Any) -> Pointer:
    """Return where `pointer` leads in `other`, the same document with arrays of one written without brackets.

    Raises `ProofGenerationError` when it points at nothing in `document`, or when `other` names a member in another
    way (which it does only for documents that are not in the form JSON-LD itself would give them).
    """
    place: list[str | int] = []
    for token in parse(pointer):
        if isinstance(document, list):
            index = _index(token, len(document))
            if index is None:
                raise ProofGenerationError(f"{pointer!r} points at nothing in the document")
            if isinstance(other, list):
                if len(other) != len(document):
                    raise ProofGenerationError(f"{pointer!r} points into arrays that are one in compact form")
                place.append(index)
                other = other[index]
            document = document[index]
        elif isinstance(document, dict) and token in document:
            if not isinstance(other, dict) or token not in other:
                raise ProofGenerationError(f"{pointer!r} points at something that has another name in compact form")
            place.append(token)
            document, other = document[token], other[token]
        else:
            raise ProofGenerationError(f"{pointer!r} points at nothing in the document")
    return tuple(place)


def _index(token: str, length: int) -> int | None:
    if not token.isascii() or not token.isdigit() or (len(token) > 1 and token[0] == "0") or len(token) > 9:
        return None
    return int(token) if int(token) < length else None


class _Sparse(dict[int, Any]):
    """An array of which only some places are chosen; its gaps close at the end."""


def select(document: Mapping[str, Any], places: Sequence[Pointer]) -> dict[str, Any]:
    """Return the part of `document` at `places`, with the ids and types of everything on the way.

    `()` chooses everything. The places must exist, as `located` makes sure.
    """
    if () in places:
        return copy.deepcopy(dict(document))
    selection = {"@context": copy.deepcopy(document["@context"]), **_identity(document)}
    for place in places:
        _add(selection, document, place)
    closed: dict[str, Any] = _closed(selection)
    return closed


def _identity(node: Mapping[str, Any]) -> dict[str, Any]:
    kept = {name: copy.deepcopy(node[name]) for name in ("id", "type") if name in node}
    if str(kept.get("id", "")).startswith("_:"):
        del kept["id"]
    return kept


def _add(selection: dict[Any, Any], value: Any, place: Pointer) -> None:
    for step in place[:-1]:
        value = value[step]
        if step not in selection:
            selection[step] = _Sparse() if isinstance(value, list) else _identity(value)
        elif isinstance(selection[step], list):
            return  # the whole array was chosen before
        selection = selection[step]
    selection[place[-1]] = copy.deepcopy(value[place[-1]])


def _closed(value: Any) -> Any:
    if isinstance(value, _Sparse):
        return [_closed(value[index]) for index in sorted(value)]
    if isinstance(value, dict):
        return {name: _closed(item) for name, item in value.items()}
    return value
