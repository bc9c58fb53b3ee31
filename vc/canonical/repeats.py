"""What RDF forgets: that something was said twice.

Statements are a set, so a signature over them holds as well when a tag, a type or a reference in an array is doubled
after signing. Whoever counts what is shown would count wrongly: such arrays are refused (threat V-TAM-1). Objects
without an identifier are not among them: each is a thing of its own, also to RDF.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from typing import Any

from vc.canonical.compiled_shapes import repeatable_members
from vc.errors import DataLossDetectionError


def check_said_once(document: Mapping[str, Any]) -> None:
    """Raises `DataLossDetectionError` where an array that stands for a set holds equal values, or one name twice."""
    twice = list(_twice(document, repeatable_members()))
    if twice:
        raise DataLossDetectionError([f"{name} (says the same twice)" for name in twice])


def _twice(value: Any, repeatable: frozenset[str], name: str = "") -> Iterator[str]:
    if isinstance(value, dict):
        for member, inner in value.items():
            if member not in repeatable and isinstance(inner, (dict, list)):
                yield from _twice(inner, repeatable, member)
    elif isinstance(value, list):
        said = [what for what in map(_what, value) if what is not None]
        if len(set(said)) != len(said):
            yield name
        for item in value:
            if isinstance(item, (dict, list)):
                yield from _twice(item, repeatable, name)


def _what(item: Any) -> Hashable | None:
    """What an item says or names, as RDF compares it; None for things of their own."""
    if not isinstance(item, dict):
        return None if item is None or isinstance(item, list) else (type(item).__name__, item)
    if "@value" in item:
        return tuple(sorted((member, repr(inner)) for member, inner in item.items()))
    name = item.get("id")
    return ("named", name) if isinstance(name, str) else None
