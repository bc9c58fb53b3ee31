"""Which statements of a document JSON pointers select (VC-DI-ECDSA 1.0, sections 3.4.8 to 3.4.13).

The reference way follows the specification: every blank node gets an address, the document is compacted again, and
what the pointers choose of that becomes statements in turn. It goes through JSON-LD four times and more. What comes out
depends, but for the strings at the leaves, on the document's shape and the pointers alone; so for a shape that comes
again it is learnt, as `vc.canonical.compiled` learns canonical forms, with the same templates and on the same terms:

- a template must reproduce the reference's answer for a whole document before it is trusted;
- strings in the place of identifiers must be such as the template `takes`;
- where identifiers are equal, the reference has let a document pass in which the same ones are;
- no document is refused here: whatever is not known for certain goes the reference way.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from cachetools import LRUCache
from pyld import jsonld

import contexts
from contexts import Profile
from vc.canonical import rdfc
from vc.canonical.compiled_cache import MOST_JOINS
from vc.canonical.compiled_learning import learn, marker
from vc.canonical.compiled_shapes import Leaves, ShapeUnknown, shape_of, size_of, with_leaves
from vc.canonical.compiled_templates import Joins, NoTemplate, Template
from vc.canonical.rdfc10 import Quad
from vc.errors import ProofGenerationError, VcError
from vc.proofs import pointers

_SKOLEM = "urn:bnid:"
_MOST_SHAPES = 128
_LARGEST_SHAPE = 256 * 2**10  # bytes, estimated; at most 32 MiB are kept in all

Groups: TypeAlias = tuple[tuple[str, ...], ...]
"""JSON pointers in groups: what each group selects is asked for by itself."""


@dataclass(frozen=True)
class Statements:
    """A document as statements (blank nodes named in one way throughout), and those that each group selects."""

    all: frozenset[Quad]
    selected: tuple[frozenset[Quad], ...]


def statements(document: Mapping[str, Any], groups: Groups, *, profile: Profile = Profile.STANDARD) -> Statements:
    """The statements of `document` and of its parts, by the quickest way that is provably the same as `by_reference`.

    Raises as `by_reference`.
    """
    return _QUICKEST.statements(document, groups, profile)


def by_reference(document: Mapping[str, Any], groups: Groups, *, profile: Profile = Profile.STANDARD) -> Statements:
    """The statements of `document` and of its parts, by the steps of the specification.

    Raises `ProofGenerationError` for a pointer that leads nowhere, for addresses that are reserved, and for documents
    with ordered lists (a list's cells have no name that a part of the document could keep); and what JSON-LD refuses
    (`vc.canonical.rdfc`).
    """
    compact = _skolemized(document, profile)
    everything = frozenset(_quads(compact, profile))
    selected = []
    for group in groups:
        places = [pointers.located(pointer, document, compact) for pointer in group]
        selected.append(frozenset(_quads(pointers.select(compact, places), profile)) if group else frozenset[Quad]())
    return Statements(everything, tuple(selected))


# --- the reference way ----------------------------------------------------------------------------


def _skolemized(document: Mapping[str, Any], profile: Profile) -> dict[str, Any]:
    """`document` with every blank node given an address, so that parts of it can be told apart (section 3.4)."""
    expanded = rdfc.expand(document, profile=profile)
    counter = iter(range(1 << 31))
    compact: dict[str, Any] = jsonld.compact(
        [_with_ids(node, counter) for node in expanded],
        document["@context"],
        {"base": None, "documentLoader": contexts.document_loader_for(profile), "skipExpansion": True},
    )
    return compact


def _with_ids(value: Any, counter: Iterator[int]) -> Any:
    if isinstance(value, list):
        return [_with_ids(item, counter) for item in value]
    if not isinstance(value, dict) or "@value" in value:
        return value
    if "@list" in value:
        raise ProofGenerationError("a document with ordered lists cannot be shown in parts")
    if str(value.get("@id", "")).startswith(_SKOLEM):
        raise ProofGenerationError(f"identifiers beginning with {_SKOLEM} are reserved")
    node = {name: item if name == "@id" else _with_ids(item, counter) for name, item in value.items()}
    node.setdefault("@id", f"{_SKOLEM}b{next(counter)}")
    return node


def _quads(document: Mapping[str, Any], profile: Profile) -> Iterator[Quad]:
    for subject, predicate, value, graph in rdfc.quads(rdfc.expand(document, profile=profile)):
        yield (_deskolemized(subject), predicate, _deskolemized(value), _deskolemized(graph))


def _deskolemized(term: str) -> str:
    return "_:" + term[len(_SKOLEM) + 1 : -1] if term.startswith(f"<{_SKOLEM}") else term


# --- the quick way --------------------------------------------------------------------------------


@dataclass
class _Known:
    """What is known of a shape and groups. `template` is None where only the reference can answer."""

    template: Template | None
    selected: tuple[tuple[int, ...], ...] = ()
    """For each group the numbers of the quads, as the template numbers them."""
    allowed: set[Joins] = field(default_factory=set)
    """Ways of joining nodes that the reference has let pass."""

    def statements(self, leaves: Leaves) -> Statements | None:
        """The statements of the document with these leaves, or None where it is the reference's to answer."""
        template = self.template
        if template is None or not template.takes(leaves):
            return None
        if any(name.startswith(_SKOLEM) for name in template.identifiers(leaves)):
            return None
        try:
            joins = template.joins(leaves)
        except NoTemplate:
            return None
        return None if joins is not None and joins not in self.allowed else self.unasked(template, leaves)

    def unasked(self, template: Template, leaves: Leaves) -> Statements | None:
        """As `statements`, whatever may be the matter with the leaves."""
        quads = template.statements(leaves)
        if quads is None:
            return None
        return Statements(frozenset(quads), tuple(frozenset(quads[n] for n in group) for group in self.selected))

    def learn(self, leaves: Leaves, answer: Statements) -> None:
        """Remember how these leaves join nodes, if the template comes to the reference's `answer` on them."""
        template = self.template
        if template is None or len(self.allowed) >= MOST_JOINS or not template.takes(leaves):
            return
        try:
            joins = template.joins(leaves)
        except NoTemplate:
            return
        if joins is not None and self.unasked(template, leaves) == answer:
            self.allowed.add(joins)


class CompiledSelection:
    """The reference behind a bounded memory of shapes, for all threads of a process."""

    def __init__(self) -> None:
        self._known: LRUCache[Any, _Known | None] = LRUCache(_MOST_SHAPES)
        self._lock = threading.Lock()
        self.filled = 0
        """Answered from a template."""

    def statements(self, document: Mapping[str, Any], groups: Groups, profile: Profile) -> Statements:
        """Exactly what `by_reference` answers or raises."""
        try:
            shape, leaves = shape_of(document)
        except ShapeUnknown:
            return by_reference(document, groups, profile=profile)
        key = (profile.name, groups, shape)
        with self._lock:
            seen, known = key in self._known, self._known.get(key)
        filled = known.statements(leaves) if known else None
        if filled is not None:
            self.filled += 1
            return filled
        answer = by_reference(document, groups, profile=profile)
        if known is not None:
            known.learn(leaves, answer)
        elif size_of(key) < _LARGEST_SHAPE:
            learnt = _learnt(document, groups, profile, leaves, answer) if seen else None
            with self._lock:
                self._known[key] = learnt
        return answer


def _learnt(
    document: Mapping[str, Any], groups: Groups, profile: Profile, leaves: Leaves, answer: Statements
) -> _Known:
    """What is to know of the shape of `document`; a template only if it comes to the reference's `answer`."""
    known = _tried(with_leaves(document, marker), groups, profile, len(leaves))
    if known.template is None or known.template.size > _LARGEST_SHAPE or not known.template.takes(leaves):
        return _Known(None)
    if known.unasked(known.template, leaves) != answer:
        return _Known(None)
    known.learn(leaves, answer)
    return known


def _tried(marked: Mapping[str, Any], groups: Groups, profile: Profile, leaf_count: int) -> _Known:
    try:
        answer = by_reference(marked, groups, profile=profile)
        template = learn(marked, rdfc.expand(marked, profile=profile), sorted(answer.all), leaf_count)
    except (NoTemplate, VcError):
        return _Known(None)
    quads: Sequence[Quad] = template.statements([marker(leaf) for leaf in range(leaf_count)]) or ()
    number = {quad: place for place, quad in enumerate(quads)}
    return _Known(template, tuple(tuple(number[quad] for quad in group) for group in answer.selected))


_QUICKEST = CompiledSelection()
