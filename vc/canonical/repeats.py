"""What RDF forgets: that something was said twice, or in a list of its own.

Statements are a set, so a signature over them holds as well when a tag, a type or a reference in an array is doubled
after signing, or when items are put into an array inside the array. Whoever counts or reads what is shown would do it
wrongly: such arrays are refused (threat V-TAM-1). Objects without an identifier are not among them: each is a thing of
its own, also to RDF.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from typing import Any

from vc.canonical.compiled_shapes import repeatable_members
from vc.errors import DataLossDetectionError


def check_said_once(document: Mapping[str, Any]) -> None:
    """Raises `DataLossDetectionError` where an array that stands for a set holds equal values, one name twice, or a
    further array."""
    sets = list(_sets(document, repeatable_members()))
    refused = [f"{name} (says the same twice)" for name, items in sets if _repeats(items)]
    refused += [f"{name} (an array in an array)" for name, items in sets if _nests(items)]
    if refused:
        raise DataLossDetectionError(refused)


def must_differ(document: Mapping[str, Any], numbers: Mapping[str, int]) -> list[list[int]] | None:
    """What `check_said_once` comes down to for all documents that differ from `document` in some strings only.

    `numbers` names these strings, which are all different here. Returns groups of numbers: a document in which the
    strings of each group are different says nothing twice. None if `document` itself is refused, whatever its strings.

    Two equal items have a string in common, so it is enough to look at those. An item whose string may vary never
    equals one without such strings: texts in arrays vary all together, or (under words that steer) not at all.
    """
    groups = []
    for _, items in _sets(document, repeatable_members()):
        if _repeats(items) or _nests(items):
            return None
        group = [numbers[text] for item in items for text in _texts(item) if text in numbers]
        if len(group) > 1:
            groups.append(group)
    return groups


def _sets(value: Any, repeatable: frozenset[str], name: str = "") -> Iterator[tuple[str, list[Any]]]:
    """Every array that stands for a set, with the member that it is the value of."""
    if isinstance(value, dict):
        for member, inner in value.items():
            if member not in repeatable and isinstance(inner, (dict, list)):
                yield from _sets(inner, repeatable, member)
    elif isinstance(value, list):
        yield name, value
        for item in value:
            if isinstance(item, (dict, list)):
                yield from _sets(item, repeatable, name)


def _nests(items: list[Any]) -> bool:
    return any(isinstance(item, list) for item in items)


def _repeats(items: list[Any]) -> bool:
    said = [what for what in map(_what, items) if what is not None]
    return len(set(said)) != len(said)


def _what(item: Any) -> Hashable | None:
    """What an item says or names, as RDF compares it; None for things of their own.

    A text by itself and an object with this text as its only value, or as its name, may be one and the same.
    """
    if not isinstance(item, dict):
        return None if item is None or isinstance(item, list) else (type(item).__name__, item)
    if "@value" in item:
        value = item["@value"]
        if len(item) == 1 and not isinstance(value, (dict, list)):
            return (type(value).__name__, value)
        return tuple(sorted((member, repr(inner)) for member, inner in item.items()))
    name = item.get("id")
    return ("str", name) if isinstance(name, str) else None


def _texts(item: Any) -> Iterator[str]:
    """The strings in what an item says or names."""
    if isinstance(item, str):
        yield item
    elif isinstance(item, dict) and "@value" in item:
        yield from _strings(item)
    elif isinstance(item, dict) and isinstance(item.get("id"), str):
        yield item["id"]


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _strings(inner)
