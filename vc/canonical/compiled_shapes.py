"""The shape of a document: everything that may steer its canonicalisation, apart from its leaves.

Documents of one shape go through JSON-LD expansion by the same steps and come out as the same quads, but for the
strings at their leaves. A shape is an exact value (nested tuples), never a digest: two documents are taken for alike
only when they are. It holds

* the members of every object, in their order, and the length of every array;
* the JSON type of every value; of numbers, booleans and null the value too;
* every string that JSON-LD does more with than carry it along: context addresses, types, languages, and whatever
  stands under a term to which a context of the catalogue gives the type `@vocab` or `@json` or a keyword's meaning.

All other strings are leaves. Whether a leaf is an identifier or a literal is not known here:
`vc.canonical.compiled_templates` learns that from the reference path.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from itertools import count
from typing import Any, TypeAlias

import contexts

Shape: TypeAlias = tuple[Any, ...]
"""Nested tuples of strings and None. Equal if and only if the documents are alike."""

Leaves: TypeAlias = list[str]
"""The strings of a document that are not part of its shape, in document order."""

_CARRIED = frozenset({"@id", "@value", "@graph", "@list", "@set"})
"""Keywords whose strings are carried along as they are, or that only hold other members."""

_STEERING = frozenset(
    {"@base", "@container", "@context", "@default", "@direction", "@embed", "@explicit", "@first", "@import"}
    | {"@included", "@index", "@json", "@language", "@nest", "@none", "@omitDefault", "@propagate", "@protected"}
    | {"@preserve", "@requireAll", "@reverse", "@type", "@version", "@vocab"}
)
"""Keywords whose values belong to the shape."""


class ShapeUnknown(Exception):
    """The document holds something that shapes do not describe, such as a context written in place."""


class Like(dict[str, Any]):
    """A document that was made with its shape and leaves (`Kind.document`), and is not to be changed."""

    __slots__ = ("leaves", "shape")
    shape: Shape
    leaves: Leaves


class Kind:
    """What documents share that differ only in a few strings; worked out once for all of them."""

    def __init__(self, document: Mapping[str, Any], marks: Sequence[str]) -> None:
        """`document` has each of `marks` at most once, as the whole of a string that is to differ.

        Raises `ShapeUnknown`, also where one of them would belong to the shape.
        """
        self._shape, self._leaves = shape_of(document)
        self._places = [(self._leaves.index(mark), number) for number, mark in enumerate(marks) if mark in self._leaves]
        if any(mark in text for mark in marks for text in _strings(self._shape)):
            raise ShapeUnknown

    def document(self, document: Mapping[str, Any], texts: Sequence[str]) -> Like:
        """Return `document`, which is the kind's with `texts` in the places of its marks."""
        like = Like(document)
        like.shape, like.leaves = self._shape, self._leaves.copy()
        for place, number in self._places:
            like.leaves[place] = texts[number]
        return like


def _strings(shape: Any) -> Iterator[str]:
    if isinstance(shape, str):
        yield shape
    elif isinstance(shape, tuple):
        for part in shape:
            yield from _strings(part)


def shape_of(document: Any) -> tuple[Shape, Leaves]:
    """What `document` has in common with its like, and what is its own.

    Raises `ShapeUnknown` for contexts that are not addresses, for anything but plain JSON types, and for nesting
    beyond what Python can follow.
    """
    if type(document) is Like:
        return document.shape, document.leaves
    if type(document) is not dict:
        raise ShapeUnknown
    leaves: Leaves = []
    try:
        return _shape(document, leaves, pinned_members()), leaves
    except (RecursionError, ValueError) as problem:  # ValueError: an integer of over 4,300 digits has no repr
        raise ShapeUnknown from problem


def _shape(value: Any, leaves: Leaves, pinned: frozenset[str]) -> Shape:
    """An object's shape: its members' names, then what is to say of each value; an array's: that of each item."""
    if type(value) is dict:
        parts: list[Any] = ["{", *value]
        for member, inner in value.items():
            if member in pinned:
                parts.append(_pinned(inner) if member != "@context" else _addresses(inner))
                continue
            kind = type(inner)
            if kind is str:
                leaves.append(inner)
                parts.append(None)
            elif kind is dict or kind is list:
                parts.append(_shape(inner, leaves, pinned))
            else:
                parts.append(_scalar(inner))
        return tuple(parts)
    parts = ["["]
    for inner in value:
        kind = type(inner)
        if kind is str:
            leaves.append(inner)
            parts.append(None)
        elif kind is dict or kind is list:
            parts.append(_shape(inner, leaves, pinned))
        else:
            parts.append(_scalar(inner))
    return tuple(parts)


def _scalar(value: Any) -> Shape:
    """A number, boolean or null. 1, 1.0 and true are equal to Python, hence the text with the type."""
    if value is None or type(value) in (bool, int, float):
        return ("#", type(value).__name__, repr(value))
    raise ShapeUnknown


def _pinned(value: Any) -> Shape | str:
    """A value that belongs to the shape altogether; a string stands for itself."""
    kind = type(value)
    if kind is str:
        text: str = value
        return text
    if kind is list:
        return ("[", *[inner if type(inner) is str else _pinned(inner) for inner in value])
    if kind is dict:
        return ("{", *[(member, _pinned(inner)) for member, inner in value.items()])
    return _scalar(value)


def _addresses(value: Any) -> Shape:
    """The value of `@context`, where it names contexts of the catalogue and defines none in place."""
    addresses = value if type(value) is list else [value]
    if all(type(address) is str for address in addresses):
        return ("=", *addresses) if addresses is value else ("@", value)
    raise ShapeUnknown


def with_leaves(document: Mapping[str, Any], leaf: Callable[[int], str]) -> dict[str, Any]:
    """A document of the same shape as `document`, whose leaf number i is `leaf(i)`."""
    rebuilt: dict[str, Any] = _rebuilt(dict(document), map(leaf, count()), pinned_members())
    return rebuilt


def _rebuilt(value: Any, leaves: Iterator[str], pinned: frozenset[str]) -> Any:
    if type(value) is dict:
        return {
            member: inner if member in pinned else _rebuilt(inner, leaves, pinned) for member, inner in value.items()
        }
    if type(value) is list:
        return [_rebuilt(inner, leaves, pinned) for inner in value]
    return next(leaves) if type(value) is str else value


def size_of(value: Any) -> int:
    """Bytes of nested tuples, lists and strings, as if nothing were shared."""
    if isinstance(value, tuple | list):
        return sys.getsizeof(value) + sum(map(size_of, value))
    return sys.getsizeof(value)


@cache
def pinned_members() -> frozenset[str]:
    """The members whose values belong to the shape, over all contexts of the catalogue together.

    Taking them together pins a little more than one document's contexts ask for, and can never pin too little.
    """
    return _STEERING | {term for term, definition in contexts.definitions() if _steers(definition)}


@cache
def defined_terms() -> frozenset[str]:
    """Every term and prefix that some context of the catalogue defines, at whatever depth."""
    return frozenset(term for term, _ in contexts.definitions())


@cache
def repeatable_members() -> frozenset[str]:
    """The members under which equal items do not run into one: lists, JSON, whole graphs; and `@context`."""
    return frozenset({"@context", *(term for term, definition in contexts.definitions() if _keeps_repeats(definition))})


def _keeps_repeats(definition: Any) -> bool:
    if not isinstance(definition, dict):
        return False
    container = definition.get("@container") or []
    containers = container if isinstance(container, list) else [container]
    return not {"@list", "@graph"}.isdisjoint(containers) or definition.get("@type") == "@json"


def _steers(definition: Any) -> bool:
    meaning, coercion = definition, None
    if isinstance(definition, dict):
        meaning, coercion = definition.get("@id"), definition.get("@type")
    return _is_steering_keyword(meaning) or (isinstance(coercion, str) and coercion in {"@vocab", "@json"})


def _is_steering_keyword(meaning: Any) -> bool:
    return isinstance(meaning, str) and meaning.startswith("@") and meaning not in _CARRIED
