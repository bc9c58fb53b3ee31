"""Learning a template: the reference path is watched while it works on a document with a marker in each leaf.

Where a marker turns up in the quads, and as what, is where that leaf goes. `compiled_templates` says why that is
enough.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise, takewhile
from operator import itemgetter
from typing import Any, TypeAlias

from vc.canonical.compiled_templates import Blocks, Lines, NoTemplate, Picker, Template
from vc.canonical.rdfc10 import Quad
from vc.canonical.repeats import must_differ

_MARKER = f"https://leaf.invalid/{secrets.token_hex(16)}/"
"""Nobody outside this process can write a marker into a document."""


def marker(leaf: int) -> str:
    """What stands for leaf number `leaf` while the reference path is watched. No marker is part of another."""
    return f"{_MARKER}{leaf}/"


def learn(marked: Mapping[str, Any], expanded: list[Any], quads: Iterable[Quad], leaf_count: int) -> Template:
    """The template of a shape, from what the reference made of `marked`, a document with markers for leaves.

    Raises `NoTemplate` if a leaf did not come out whole, or came out in a place where its value has consequences.
    """
    return _Learner(marked, expanded, quads, leaf_count).template()


_Part: TypeAlias = str | int
"""A piece of a quad: text, or the number of a value."""

_RDF_TYPE = "<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>"
_XSD_DOUBLE = "^^<http://www.w3.org/2001/XMLSchema#double>"


@dataclass(frozen=True, slots=True)
class _Quad:
    """A quad with the numbers of leaves and blank nodes in their places."""

    parts: tuple[_Part, ...]
    subject: int
    after_subject: int
    """The first part behind the number of the subject."""
    in_graph: bool

    def head_after_subject(self) -> str:
        """What comes between the subject and the next hole."""
        return _head(self.parts[self.after_subject :])


class _Learner:
    def __init__(self, marked: Mapping[str, Any], expanded: list[Any], quads: Iterable[Quad], leaf_count: int) -> None:
        self._marked = marked
        self._expanded = expanded
        self._leaf_count = leaf_count
        self._leaf_of = {marker(leaf): leaf for leaf in range(leaf_count)}
        self._blank_nodes: dict[str, int] = {}
        self._as_identifier: set[int] = set()
        self._as_literal: set[int] = set()
        about: dict[int, list[_Quad]] = {}
        for quad in dict.fromkeys(quads):
            parts = self._quad(quad)
            about.setdefault(parts.subject, []).append(parts)
        self._blocks = [sorted(block, key=_Quad.head_after_subject) for block in about.values()]
        self._blocks.sort(key=lambda block: any(map(self._has_blank_node, block)))
        self._quads = [quad for block in self._blocks for quad in block]

    def template(self) -> Template:
        if self._as_identifier & self._as_literal or not self._quads:
            raise NoTemplate
        if len(self._as_identifier | self._as_literal) != self._leaf_count:
            raise NoTemplate
        order = (*sorted(self._as_literal), *sorted(self._as_identifier), *self._blank_nodes.values())
        self._place = {number: place for place, number in enumerate(order)}
        first_degree = [self._first_degree(number) for number in self._blank_nodes.values()]
        differing = must_differ(self._marked, self._leaf_of)
        return Template(
            quads=self._all_blocks(),
            first_degree=tuple(lines for lines, _ in first_degree),
            of_blank_node=tuple(places for _, places in first_degree),
            unnamed=_picker([place for place, quad in enumerate(self._quads) if self._has_blank_node(quad)]),
            identifiers=_picker(sorted(self._as_identifier)),
            literals=_picker(sorted(self._as_literal)),
            literal_count=len(self._as_literal),
            contents=tuple(self._contents()),
            constants=self._constants(),
            differing=None if differing is None else tuple(map(_picker, differing)),
            in_graph=tuple(quad.in_graph for quad in self._quads),
            reference_labels=tuple(self._blank_nodes),
        )

    def _first_degree(self, number: int) -> tuple[Lines, tuple[int, ...]]:
        """The quads about a blank node as RDFC-1.0 hashes them, and their numbers."""

        def label(part: _Part) -> _Part:
            if isinstance(part, str) or part < self._leaf_count:
                return part
            return "_:a" if part == number else "_:z"

        seen = [
            ([label(part) for part in quad.parts], place)
            for place, quad in enumerate(self._quads)
            if number in quad.parts
        ]
        seen.sort(key=lambda parts_and_place: _head(parts_and_place[0]))
        lines = [parts for parts, _ in seen]
        pieces, numbers = _pieces(
            part for place, line in enumerate(lines) for part in (["\n", *line] if place else line)
        )
        in_order = _are_in_order(map(_head, lines))
        return Lines(tuple(pieces), self._picker(numbers), in_order), tuple(place for _, place in seen)

    def _all_blocks(self) -> Blocks:
        nothing = self._leaf_count + len(self._blank_nodes)
        pieces: list[str] = []
        places: list[int] = []
        spans = []
        for block in self._blocks:
            if pieces:  # every other piece is a hole, so between two blocks is one for nothing
                pieces.append("")
                places.append(nothing)
            within, numbers = _pieces(part for quad in block for part in (*quad.parts, "\n"))
            in_order = _are_in_order(map(_Quad.head_after_subject, block))
            spans.append((len(pieces), len(pieces) + len(within), in_order))
            pieces += within
            places += [self._place[number] for number in numbers]
        return Blocks(
            pieces=tuple(pieces),
            pick=_picker(places),
            spans=tuple(spans),
            subjects=self._picker([block[0].subject for block in self._blocks]),
            named=sum(not any(map(self._has_blank_node, block)) for block in self._blocks),
        )

    def _picker(self, numbers: Iterable[int]) -> Picker:
        """Picks values by the numbers that they have here."""
        return _picker([self._place[number] for number in numbers])

    def _has_blank_node(self, quad: _Quad) -> bool:
        return any(isinstance(part, int) and part >= self._leaf_count for part in quad.parts)

    def _quad(self, quad: Quad) -> _Quad:
        subject, predicate, value, graph = quad
        if predicate == _RDF_TYPE and value[1:-1] in self._leaf_of:
            raise NoTemplate  # a type chooses contexts, and is looked up among the terms
        about = [*self._term(subject)]
        rest = [" ", *self._term(predicate), " ", *self._term(value)]
        if graph:
            rest += [" ", *self._term(graph)]
        number = next((part for part in about if isinstance(part, int)), None)
        if number is None:
            raise NoTemplate  # a leaf could join a node that belongs to the shape
        return _Quad((*about, *rest, " ."), number, about.index(number) + 1, bool(graph))

    def _term(self, term: str) -> Iterator[_Part]:
        if term.startswith("_:"):
            yield self._blank_nodes.setdefault(term, self._leaf_count + len(self._blank_nodes))
            return
        before, found, after = term.partition(_MARKER)
        if found:
            number, _, after = after.partition("/")
            if before not in ("<", '"') or not after.startswith({"<": ">", '"': '"'}[before]):
                raise NoTemplate
            if after[1:] == _XSD_DOUBLE:
                raise NoTemplate  # rewritten to its canonical form if it reads as a number
            (self._as_identifier if before == "<" else self._as_literal).add(int(number))
            yield from (_constant(before), int(number), _constant(after))
        else:
            yield _constant(term)

    def _constants(self) -> frozenset[str]:
        strings = (item.get(place) for item in _objects(self._expanded) for place in ("@value", "@id"))
        return frozenset(string for string in strings if isinstance(string, str) and string not in self._leaf_of)

    def _contents(self) -> Iterator[tuple[int, ...]]:
        nodes = [node for node in _objects(self._expanded) if "@id" in node]
        if any(len(node) > 1 and node["@id"] not in self._leaf_of for node in nodes):
            raise NoTemplate  # a leaf could join a node that belongs to the shape
        named = {node["@id"]: node for node in nodes}
        for identifier in sorted(self._as_identifier):
            strings = _strings(named.get(marker(identifier)))
            yield tuple(self._leaf_of[string] for string in strings if string in self._leaf_of)


def _constant(text: str) -> str:
    """Text of a quad that all documents of the shape share."""
    if _MARKER in text or "\n" in text:
        raise NoTemplate
    return text


def _pieces(parts: Iterable[_Part]) -> tuple[list[str], list[int]]:
    """The text around the holes, in which each hole is an empty piece, and the numbers of the holes."""
    pieces, numbers = [""], []
    for part in parts:
        if isinstance(part, int):
            numbers.append(part)
            pieces += ["", ""]
        else:
            pieces[-1] += part
    return pieces, numbers


def _are_in_order(heads: Iterable[str]) -> bool:
    """Whether texts that begin with these are in order, each after all before it."""
    return all(head < following and not following.startswith(head) for head, following in pairwise(heads))


def _head(quad: Sequence[_Part]) -> str:
    """What comes before the first hole."""
    return "".join(map(str, takewhile(lambda part: isinstance(part, str), quad)))


def _picker(numbers: Sequence[int]) -> Picker:
    """A function that picks the values of these numbers. `itemgetter` gives a tuple from two on only."""
    if not numbers:
        return lambda _: ()
    if len(numbers) == 1:
        (number,) = numbers
        return lambda values: (values[number],)
    return itemgetter(*numbers)


def _objects(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
    if isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _objects(inner)


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _strings(inner)
