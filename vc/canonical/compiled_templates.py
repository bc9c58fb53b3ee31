"""The canonical form of one shape, with holes where the leaves go.

A template is learnt from the reference path, which is given a document of the shape with a marker in each leaf: where
a marker turns up in the quads, and as what (identifier, or literal of some datatype), is where that leaf goes.
Filling the holes then replaces JSON-LD expansion; blank nodes are labelled by their first-degree hashes (RDFC-1.0,
section 4.6), and where these do not tell the nodes apart, the template has no answer.

Why filling gives what the reference gives. For a leaf in an identifier's place, PyLD's expansion looks at the part
before the first colon, and leaves the string alone if `//` follows or no term has that name: the pattern `_IRIS` lets
nothing else through. A leaf in a literal's place is carried along unseen, except where its datatype is `xsd:double`:
no template is made then. What remains is that two leaves may be equal where the markers never are. Equal identifiers
join two nodes into one, equal literals may say the same thing twice: the quads are then the same, less the
repetitions. `_repetitions_vanish` says when PyLD drops these repetitions; where it might keep one, the template has
no answer either.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any, TypeAlias

from vc.canonical import rdfc
from vc.canonical.compiled_shapes import Leaves, defined_terms

Dataset: TypeAlias = Mapping[str, Sequence[Mapping[str, Any]]]
"""Quads as PyLD has them: graph name (or `@default`) to triples."""

HASHES: Mapping[str, Callable[[bytes], Any]] = {"sha256": hashlib.sha256, "sha384": hashlib.sha384}

_MARKER = f"https://leaf.invalid/{secrets.token_hex(16)}/"
"""Nobody outside this process can write a marker into a document."""

_XSD = "http://www.w3.org/2001/XMLSchema#"
_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"

_OWN_SCHEMES = sorted({"did", "urn", "mailto", "tel", "data"} - defined_terms())
_IRIS = re.compile(
    r"(?>(?>[A-Za-z][A-Za-z0-9+.-]*+://|(?>" + "|".join(_OWN_SCHEMES) + r"):)"
    r"""[^\s\x00-\x20\x7f<>"{}|\\^`]*+\n)*+"""
)
"""Absolute IRIs, each ended by a line feed, that JSON-LD leaves as they are under every context of the catalogue."""

_MUST_BE_ESCAPED = re.compile(r'[\x00-\x1f\x7f"\\]')


class NoTemplate(Exception):
    """The shape has something that a template cannot express."""


Picker: TypeAlias = Callable[[Sequence[str]], tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class _Lines:
    """Quads as text: a `%` format with one hole per value, and which values go there."""

    text: str
    pick: Picker

    def filled(self, values: Sequence[str]) -> list[str]:
        return (self.text % self.pick(values)).split("\n")


@dataclass(frozen=True, slots=True)
class Template:
    """What `fill` needs. Values are numbered: first the leaves, then the labels of the blank nodes."""

    quads: _Lines
    first_degree: tuple[_Lines, ...]
    """For each blank node the quads it occurs in, itself as `_:a` and all others as `_:z`."""
    of_blank_node: tuple[tuple[int, ...], ...]
    """For each blank node the numbers of these quads."""
    identifiers: Picker
    literals: Picker
    literal_leaves: tuple[int, ...]
    repetitions_vanish: bool

    @property
    def size(self) -> int:
        """About how many bytes the template occupies."""
        return 4 * sum(len(lines.text) for lines in (self.quads, *self.first_degree)) + 1024

    def fill(self, leaves: Leaves, hash_name: str) -> str | None:
        """The canonical N-Quads of the document with these leaves, or None where only the reference knows."""
        identifiers = self.identifiers(leaves)
        joined = "\n".join((*identifiers, ""))
        if joined.count("\n") != len(identifiers) or not _IRIS.fullmatch(joined):
            return None
        if not self.repetitions_vanish and len(set(identifiers)) != len(identifiers):
            return None
        values = self._escaped(leaves)
        labels = self._labels([lines.filled(values) for lines in self.first_degree], hash_name)
        if labels is None:
            return None
        quads = self.quads.filled(values + labels)
        if len(set(quads)) != len(quads):
            return self._without_repetitions(values, quads, hash_name)
        return _document(quads)

    def _escaped(self, leaves: Leaves) -> Leaves:
        if not _MUST_BE_ESCAPED.search("".join(self.literals(leaves))):
            return leaves
        values = list(leaves)
        for number in self.literal_leaves:
            values[number] = rdfc.escape(values[number])
        return values

    def _labels(self, first_degree: Iterable[list[str]], hash_name: str) -> list[str] | None:
        """The canonical label of each blank node, or None if two of them look alike."""
        hashes = [_hash(quads, hash_name) for quads in first_degree]
        if len(hashes) < 2:
            return ["_:c14n0"] * len(hashes)
        ranks = {digest: rank for rank, digest in enumerate(sorted(hashes))}
        if len(ranks) != len(hashes):
            return None
        return [f"_:c14n{ranks[digest]}" for digest in hashes]

    def _without_repetitions(self, values: Leaves, quads: list[str], hash_name: str) -> str | None:
        """As `fill`, where some of `quads` (right but for the order of labels) say the same."""
        if not self.repetitions_vanish:
            return None
        first_seen: dict[str, int] = {}
        kept = {first_seen.setdefault(quad, number) for number, quad in enumerate(quads)}
        labels = self._labels(
            (
                [line for line, number in zip(lines.filled(values), numbers, strict=True) if number in kept]
                for lines, numbers in zip(self.first_degree, self.of_blank_node, strict=True)
            ),
            hash_name,
        )
        if labels is None:
            return None
        return _document([quad for n, quad in enumerate(self.quads.filled(values + labels)) if n in kept])


def _hash(quads: list[str], hash_name: str) -> str:
    digest: str = HASHES[hash_name](_document(quads).encode()).hexdigest()
    return digest


def _document(quads: list[str]) -> str:
    quads.sort()
    quads.append("")
    return "\n".join(quads)


# Learning a template


def marker(leaf: int) -> str:
    """What stands for leaf number `leaf` while the reference path is watched. No marker is part of another."""
    return f"{_MARKER}{leaf}/"


def learn(expanded: list[Any], dataset: Dataset, leaf_count: int) -> Template:
    """The template of a shape, from what the reference made of a document with markers for leaves.

    Raises `NoTemplate` if a leaf did not come out whole, or came out in a place where its value has consequences.
    """
    return _Learner(dataset, leaf_count).template(_repetitions_vanish(expanded))


_Part: TypeAlias = str | int
"""A piece of a quad: text, or the number of a value."""


class _Learner:
    def __init__(self, dataset: Dataset, leaf_count: int) -> None:
        self._leaf_count = leaf_count
        self._leaf_by_marker = {marker(leaf): leaf for leaf in range(leaf_count)}
        self._blank_nodes: dict[str, int] = {}
        self._as_identifier: set[int] = set()
        self._as_literal: set[int] = set()
        self._quads = [list(self._quad(triple, graph)) for graph, triples in dataset.items() for triple in triples]

    def template(self, repetitions_vanish: bool) -> Template:
        leaves = set(range(self._leaf_count))
        if self._as_identifier | self._as_literal != leaves or self._as_identifier & self._as_literal:
            raise NoTemplate
        if not self._quads or len({tuple(quad) for quad in self._quads}) != len(self._quads):
            raise NoTemplate
        if any(len(set(nodes)) != len(nodes) for nodes in map(self._blank_nodes_in, self._quads)):
            raise NoTemplate  # PyLD counts such a quad twice
        numbers = [self._leaf_count + node for node in self._blank_nodes.values()]
        return Template(
            quads=_lines(self._quads),
            first_degree=tuple(_lines(self._first_degree(number)) for number in numbers),
            of_blank_node=tuple(
                tuple(n for n, quad in enumerate(self._quads) if number in quad) for number in numbers
            ),
            identifiers=_picker(sorted(self._as_identifier)),
            literals=_picker(sorted(self._as_literal)),
            literal_leaves=tuple(sorted(self._as_literal)),
            repetitions_vanish=repetitions_vanish,
        )

    def _blank_nodes_in(self, quad: list[_Part]) -> list[int]:
        return [part for part in quad if isinstance(part, int) and part >= self._leaf_count]

    def _first_degree(self, number: int) -> list[list[_Part]]:
        def label(part: _Part) -> _Part:
            if isinstance(part, str) or part < self._leaf_count:
                return part
            return "_:a" if part == number else "_:z"

        return [[label(part) for part in quad] for quad in self._quads if number in quad]

    def _quad(self, triple: Mapping[str, Any], graph: str) -> Iterator[_Part]:
        if triple["predicate"]["type"] != "IRI":
            raise NoTemplate
        predicate = triple["predicate"]["value"]
        if predicate == _RDF + "type" and triple["object"]["value"] in self._leaf_by_marker:
            raise NoTemplate  # a type chooses contexts, and is looked up among the terms
        yield from self._resource(triple["subject"]["value"])
        yield f" <{_constant(predicate)}> "
        if triple["object"]["type"] == "literal":
            yield from self._literal(triple["object"])
        else:
            yield from self._resource(triple["object"]["value"])
        if graph != "@default":
            yield " "
            yield from self._resource(graph)
        yield " ."

    def _resource(self, name: str) -> Iterator[_Part]:
        if name.startswith("_:"):
            yield self._leaf_count + self._blank_nodes.setdefault(name, len(self._blank_nodes))
            return
        yield "<"
        if name in self._leaf_by_marker:
            self._as_identifier.add(self._leaf_by_marker[name])
            yield self._leaf_by_marker[name]
        else:
            yield _constant(name)
        yield ">"

    def _literal(self, literal: Mapping[str, Any]) -> Iterator[_Part]:
        datatype, language = literal["datatype"], literal.get("language")
        yield '"'
        if literal["value"] in self._leaf_by_marker:
            if datatype == _XSD + "double":
                raise NoTemplate  # rewritten to its canonical form if it reads as a number
            self._as_literal.add(self._leaf_by_marker[literal["value"]])
            yield self._leaf_by_marker[literal["value"]]
        else:
            yield _constant(rdfc.escape(literal["value"]))
        yield '"'
        if datatype == _RDF + "langString":
            yield f"@{_constant(language)}" if language else ""
        elif datatype != _XSD + "string":
            yield f"^^<{_constant(datatype)}>"


def _constant(text: str) -> str:
    """Text of a quad that all documents of the shape share."""
    if _MARKER in text or "\n" in text:
        raise NoTemplate
    return text


def _lines(quads: Sequence[Sequence[_Part]]) -> _Lines:
    text = "\n".join("".join("%s" if isinstance(part, int) else part.replace("%", "%%") for part in quad) for quad in quads)
    return _Lines(text, _picker([part for quad in quads for part in quad if isinstance(part, int)]))


def _picker(numbers: Sequence[int]) -> Picker:
    """A function that picks the values of these numbers. `itemgetter` gives a tuple from two on only."""
    if not numbers:
        return lambda _: ()
    if len(numbers) == 1:
        (number,) = numbers
        return lambda values: (values[number],)
    return itemgetter(*numbers)


def _repetitions_vanish(expanded: list[Any]) -> bool:
    """Whether two statements of `expanded` that become the same quad are always the same to PyLD, and so written once.

    PyLD compares them before they are quads: by identifier, or by value, type, language and index. Statements may
    therefore differ there and not as quads (an index; a number beside a string; the datatype of strings left out or
    written out; `@type` beside `rdf:type`), or the reverse (1 and true inside a JSON literal are equal to it).
    """
    of_strings: set[str | None] = set()
    of_others: set[str | None] = set()
    for node in _objects(expanded):
        if "@index" in node or "@direction" in node or _RDF + "type" in node or node.get("@language") == "":
            return False
        if "@value" in node:
            datatype = node.get("@type")
            if datatype in ("@json", _XSD + "string"):
                return False
            if isinstance(node["@value"], str):
                of_strings.add(datatype)
            else:
                of_others |= {datatype} if datatype else {_XSD + name for name in ("boolean", "integer", "double")}
    return not of_strings & of_others


def _objects(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
        for inner in value.values():
            yield from _objects(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _objects(inner)
