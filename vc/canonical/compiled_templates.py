"""The canonical form of one shape, with holes where the leaves go.

A template is learnt from the reference path (`compiled_learning`), which is given a document of the shape with a marker
in each leaf: where a marker turns up in the quads, and as what (identifier, or literal of some datatype), is where that
leaf goes.
Filling the holes then takes the place of JSON-LD expansion, and the blank nodes are labelled by their first-degree
hashes (RDFC-1.0, section 4.6).

Why filling gives what the reference gives:

- A leaf in a literal's place is carried along unseen. The one exception, the datatype `xsd:double`, gets no template.
- Of a leaf in an identifier's place, JSON-LD looks at the part before the first colon, and leaves the string alone if
  `//` follows or no term has that name. The pattern `_IRIS` lets nothing else through.
- Canonical labels follow from first-degree hashes alone, or else from the reference's own RDFC-1.0 (`_at_length`).
- What remains is that leaves may be equal where markers never are. Equal literals may say the same thing twice; equal
  identifiers join two nodes into one. Either way the quads are the same, and the reference counts equal quads once.
  Whether nodes may be joined at all is the reference's to say, and it says so by comparing what they hold: `joins`
  describes such a case, and whoever fills a template must know that the reference has let one like it pass.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from operator import eq
from typing import Any, TypeAlias

from vc.canonical import rdfc
from vc.canonical.compiled_shapes import Leaves, defined_terms, size_of
from vc.canonical.rdfc10 import Quad, canonicalize_dataset

HASHES: Mapping[str, Callable[[bytes], Any]] = {"sha256": hashlib.sha256, "sha384": hashlib.sha384}

_OWN_SCHEMES = sorted({"did", "urn", "mailto", "tel", "data"} - defined_terms())
_IRIS = re.compile(
    r"(?>(?>[A-Za-z][A-Za-z0-9+.-]*+://|(?>" + "|".join(_OWN_SCHEMES) + r"):)"
    r"""[^\s\x00-\x20\x7f<>"{}|\\^`]*+\n)*+"""
)
"""Absolute IRIs, each ended by a line feed, that JSON-LD leaves as they are under every context of the catalogue."""

_SEPARATOR = "\x1f"
"""Keeps literals apart while all are looked at, and escaped, at one go. It stands in no text that people write."""

_ESCAPES = [(character, rdfc.escaped(character)) for character in ["\\", '"', *map(chr, range(31)), "\x7f"]]
"""How a literal's characters are written where not as themselves; first the one that the others are written with."""

_AS_THEMSELVES = bytes(set(range(256)) - {ord(character) for character, _ in _ESCAPES} - {ord(_SEPARATOR)})
"""Every byte of UTF-8 but those characters."""

Picker: TypeAlias = Callable[[Sequence[str]], tuple[str, ...]]


class NoTemplate(Exception):
    """The shape has something that a template cannot express."""


@dataclass(frozen=True, slots=True)
class Lines:
    """Quads as text with holes: the pieces around the holes, nothing in the holes, and which values go there."""

    pieces: tuple[str, ...]
    pick: Picker
    in_order: bool
    """Whether the quads are in order whatever the values, each pair differing before its first hole."""

    def text(self, values: Sequence[str]) -> str:
        """The quads in order, each with its line feed."""
        if not self.in_order:
            return _text(self.filled(values))
        pieces = list(self.pieces)
        pieces[1::2] = self.pick(values)
        pieces.append("\n")
        return "".join(pieces)

    def filled(self, values: Sequence[str]) -> list[str]:
        """The quads as they come."""
        pieces = list(self.pieces)
        pieces[1::2] = self.pick(values)
        return "".join(pieces).split("\n")


@dataclass(frozen=True, slots=True)
class Blocks:
    """All quads as text with holes, those about one subject together, each with its line feed.

    Subjects end where nothing in them can go on, so blocks of different subjects sort as their lines do.
    """

    pieces: tuple[str, ...]
    pick: Picker
    spans: tuple[tuple[int, int, bool], ...]
    """Of each block its place among the pieces, and whether its lines are in order whatever the values."""
    subjects: Picker
    named: int
    """How many blocks, the first ones, have no blank node."""

    def text(self, values: list[str]) -> str | None:
        """The quads in order, equal blocks once; None where only a look at each quad can tell what is to be done.

        That is where two blocks about one subject differ, where one says something twice, and where equal ones have
        blank nodes, since then the labels may be wrong.
        """
        pieces = list(self.pieces)
        pieces[1::2] = self.pick([*values, ""])
        blocks = [
            "".join(pieces[start:stop]) if in_order else _in_order("".join(pieces[start:stop]))
            for start, stop, in_order in self.spans
        ]
        blocks.sort()
        if not blocks[0]:
            return None
        subjects = self.subjects(values)
        different = len(set(subjects))
        if different < len(blocks):
            blocks = [block for block, before in zip(blocks, ["", *blocks], strict=False) if block != before]
            unnamed = subjects[self.named :]
            if different < len(blocks) or len(set(unnamed)) < len(unnamed):
                return None
        return "".join(blocks)

    def filled(self, values: Sequence[str]) -> list[str]:
        """The quads as they come."""
        pieces = list(self.pieces)
        pieces[1::2] = self.pick([*values, ""])
        return "".join(pieces).split("\n")[:-1]


def _in_order(block: str) -> str:
    """The lines of a block, sorted; nothing if two are equal."""
    lines = block.split("\n")
    lines.sort()  # what comes first is the nothing behind the last line feed
    if any(map(eq, lines, lines[1:])):
        return ""
    return "\n".join([*lines[1:], ""])


Joins: TypeAlias = tuple[tuple[int, ...], tuple[int, ...]]
"""Which identifiers are equal, and which leaves are equal in the nodes that these identifiers join."""


@dataclass(frozen=True, slots=True)
class Template:
    """The canonical form of a shape. Values are numbered: literals, identifiers, then the labels of the blank nodes."""

    quads: Blocks
    first_degree: tuple[Lines, ...]
    """For each blank node the quads it occurs in, itself as `_:a` and all others as `_:z`."""
    of_blank_node: tuple[tuple[int, ...], ...]
    """For each blank node the numbers of these quads."""
    unnamed: Picker
    """The quads that have a blank node."""
    identifiers: Picker
    literals: Picker
    literal_count: int
    contents: tuple[tuple[int, ...], ...]
    """For each identifier the leaves in the node that it names."""
    constants: frozenset[str]
    """Every other string that the reference might compare with a leaf: what stands where leaves stand, as a value or a
    name."""
    differing: tuple[Picker, ...] | None
    """Groups of leaves: where those of each group differ, nothing is said twice. None: nobody knows."""
    in_graph: tuple[bool, ...]
    """Of each quad, whether it names a graph."""
    reference_labels: tuple[str, ...]
    """What the reference calls the blank nodes before it gives them canonical labels: they are numbered in document
    order, whatever the leaves."""

    @property
    def size(self) -> int:
        """About how many bytes the template occupies."""
        contents = 8 * sum(map(len, self.contents)) + size_of(list(self.constants))
        texts = [self.quads.pieces, *(lines.pieces for lines in self.first_degree)]
        return 2048 + contents + sum(size_of(pieces) + 512 for pieces in texts)

    def fill(self, leaves: Leaves, hash_name: str) -> str | None:
        """The canonical N-Quads of the document with these leaves, or None for such as only the reference can tell.

        The leaves must be such as the template `takes`, and their `joins` known to be allowed. Raises
        `UnicodeEncodeError` for text that UTF-8 cannot express.
        """
        texts = self._escaped(leaves)
        if texts is None:
            return None
        values = [*texts, *self.identifiers(leaves)]
        labels = _labels([lines.text(values) for lines in self.first_degree], hash_name)
        if labels is None:
            return self._at_length(values, hash_name)
        return self.quads.text(values + labels) or self._by_line(values, labels, hash_name)

    def statements(self, leaves: Leaves) -> list[Quad] | None:
        """The quads of the document with these leaves, blank nodes named as by the reference; some may be equal.

        None, and what the leaves must be: as `fill`.
        """
        try:
            texts = self._escaped(leaves)
        except UnicodeEncodeError:
            return None
        return None if texts is None else list(self._quads([*texts, *self.identifiers(leaves)]))

    def _quads(self, values: Leaves) -> Iterator[Quad]:
        return map(_quad, self.quads.filled([*values, *self.reference_labels]), self.in_graph)

    def takes(self, leaves: Leaves) -> bool:
        """Whether the leaves in the places of identifiers are IRIs that JSON-LD leaves as they are."""
        identifiers = self.identifiers(leaves)
        joined = "\n".join((*identifiers, ""))
        return joined.count("\n") == len(identifiers) and _IRIS.fullmatch(joined) is not None

    def says_once(self, leaves: Leaves) -> bool:
        """Whether `vc.canonical.repeats.check_said_once` is known to let a document with these leaves pass."""
        if self.differing is None:
            return False
        for pick in self.differing:
            group = pick(leaves)
            if len(set(group)) != len(group):
                return False
        return True

    def joins(self, leaves: Leaves) -> Joins | None:
        """How these leaves join nodes; None where no identifier comes twice.

        What the reference makes of joined nodes depends on this alone, as long as none of the leaves in them equals a
        string that belongs to the shape. Raises `NoTemplate` if one does.
        """
        identifiers = self.identifiers(leaves)
        if len(set(identifiers)) == len(identifiers):
            return None
        equal = _first_places(identifiers)
        repeated = {number for place, number in enumerate(equal) if place != number}
        inside = [
            leaves[leaf] for place, number in enumerate(equal) if number in repeated for leaf in self.contents[place]
        ]
        if not self.constants.isdisjoint(inside):
            raise NoTemplate
        return equal, _first_places(inside)

    def _escaped(self, leaves: Leaves) -> Sequence[str] | None:
        """The literals as they are written in quads; None if one holds the separator.

        Raises `UnicodeEncodeError` for such as cannot be written as UTF-8.
        """
        texts = self.literals(leaves)
        joined = _SEPARATOR.join(texts)
        special = joined.encode().translate(None, _AS_THEMSELVES).decode()
        separators = max(self.literal_count - 1, 0)
        if len(special) == separators:
            return texts
        if special.count(_SEPARATOR) != separators:
            return None
        for character, written in _ESCAPES:
            if character in special:
                joined = joined.replace(character, written)
        return joined.split(_SEPARATOR)

    def _by_line(self, values: Leaves, labels: list[str], hash_name: str) -> str:
        """As `fill`, looking at each quad."""
        quads = self.quads.filled(values + labels)
        unnamed = self.unnamed(quads)
        if len(set(unnamed)) == len(unnamed):
            return _text(list(dict.fromkeys(quads)))
        return self._said_once(values, quads, hash_name)

    def _at_length(self, values: Leaves, hash_name: str) -> str:
        """As `fill`, where blank nodes look alike at first sight: the whole of RDFC-1.0, on the filled quads.

        With the blank nodes labelled as the reference labels them, it works on the very same dataset, and comes to
        the same end, or to the same limit (`ProofTransformationError`).
        """
        return canonicalize_dataset(self._quads(values), hash_name=hash_name).nquads

    def _said_once(self, values: Leaves, quads: list[str], hash_name: str) -> str:
        """As `fill`, where some of `quads` with blank nodes are equal, and so the labels may be wrong."""
        first: dict[str, int] = {}
        kept = {first.setdefault(quad, number) for number, quad in enumerate(quads)}
        labels = _labels(
            (
                _text([line for line, number in zip(lines.filled(values), numbers, strict=True) if number in kept])
                for lines, numbers in zip(self.first_degree, self.of_blank_node, strict=True)
            ),
            hash_name,
        )
        if labels is None:
            return self._at_length(values, hash_name)
        return _text([quad for number, quad in enumerate(self.quads.filled(values + labels)) if number in kept])


def _first_places(strings: Iterable[str]) -> tuple[int, ...]:
    """For each string the place where it came first."""
    places: dict[str, int] = {}
    return tuple(map(places.setdefault, strings, count()))


def _labels(first_degree: Iterable[str], hash_name: str) -> list[str] | None:
    """The canonical label of each blank node, or None if two of them look alike."""
    hash_ = HASHES[hash_name]
    digests = [hash_(text.encode()).digest() for text in first_degree]
    ranks = {digest: rank for rank, digest in enumerate(sorted(digests))}
    if len(ranks) != len(digests):
        return None
    return [f"_:c14n{ranks[digest]}" for digest in digests]


def _quad(line: str, in_graph: bool) -> Quad:
    """The terms of a quad. Only a literal has spaces inside."""
    subject, predicate, rest = line.removesuffix(" .").split(" ", 2)
    value, graph = rest.rsplit(" ", 1) if in_graph else (rest, "")
    return (subject, predicate, value, graph)


def _text(quads: list[str]) -> str:
    quads.sort()
    quads.append("")
    return "\n".join(quads)
