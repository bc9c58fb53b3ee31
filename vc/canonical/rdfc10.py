"""RDFC-1.0: canonical labels for the blank nodes of an RDF dataset (W3C Recommendation, 2024-05-21).

A quad is a tuple of four N-Quads terms, already serialised: `("_:b0", "<https://…>", '"text"@fr', "")`, with an
empty graph name for the default graph. Section numbers in comments are the Recommendation's.

A hostile graph can make the algorithm run for longer than the universe lasts. `Work` counts what is done, in
units of one permutation of one list of neighbours, and stops it.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import permutations
from math import factorial

from vc.errors import ProofTransformationError

Quad = tuple[str, str, str, str]

# An ordinary credential needs none: its blank nodes differ at first sight. The costliest of the public test graphs
# that must pass uses a few thousand; the poisoned ones pass ten thousand within a second.
WORK_LIMIT = 10_000
QUAD_LIMIT = 20_000
BLANK_NODE_LIMIT = 5_000
DEPTH_LIMIT = 150  # nodes on one path; each costs two frames of Python's stack


@dataclass
class Work:
    """How much of `limit` was used, and how deep the algorithm stands now."""

    limit: int = WORK_LIMIT
    done: int = 0
    depth: int = 0

    def spend(self, units: int) -> None:
        self.done += units
        if self.done > self.limit or self.depth > DEPTH_LIMIT:
            raise ProofTransformationError("the document's graph is too entangled to be canonicalised")

    @contextmanager
    def deeper(self) -> Iterator[None]:
        """One node further along a path."""
        self.depth += 1
        self.spend(1)
        yield
        self.depth -= 1


@dataclass
class _Issuer:
    """Gives out identifiers in order of first request (4.5)."""

    prefix: str
    issued: dict[str, str] = field(default_factory=dict)

    def issue(self, node: str) -> str:
        return self.issued.setdefault(node, f"{self.prefix}{len(self.issued)}")

    def copy(self) -> _Issuer:
        return _Issuer(self.prefix, dict(self.issued))


@dataclass(frozen=True)
class Canonical:
    """`nquads` in canonical form; `labels` maps the input's blank nodes to their canonical labels."""

    nquads: str
    labels: dict[str, str]


def canonicalize_dataset(quads: Iterable[Quad], *, hash_name: str = "sha256", work: Work | None = None) -> Canonical:
    """The canonical form of a dataset. Equal quads count once.

    Raises `ProofTransformationError` when the dataset is too large or too entangled.
    """
    state = _State(sorted(set(quads)), hash_name, work or Work())
    labels = state.label()
    return Canonical("".join(sorted(_line(_relabelled(quad, labels)) for quad in state.quads)), labels)


def _line(quad: Quad) -> str:
    subject, predicate, value, graph = quad
    return f"{subject} {predicate} {value} {graph} .\n" if graph else f"{subject} {predicate} {value} .\n"


def _relabelled(quad: Quad, labels: dict[str, str]) -> Quad:
    subject, predicate, value, graph = quad
    return (labels.get(subject, subject), predicate, labels.get(value, value), labels.get(graph, graph))


def _is_blank(term: str) -> bool:
    return term.startswith("_:")


class _State:
    """The canonicalisation state (4.3) and the algorithms that read it."""

    def __init__(self, quads: list[Quad], hash_name: str, work: Work) -> None:
        if len(quads) > QUAD_LIMIT:
            raise ProofTransformationError(f"more than {QUAD_LIMIT} statements")
        self.quads = quads
        self.work = work
        self.hash = _hasher(hash_name)
        self.mentions: dict[str, list[Quad]] = defaultdict(list)
        for quad in quads:
            for node in {term for term in quad if _is_blank(term)}:
                self.mentions[node].append(quad)
        if len(self.mentions) > BLANK_NODE_LIMIT:
            raise ProofTransformationError(f"more than {BLANK_NODE_LIMIT} blank nodes")
        self.first_degree: dict[str, str] = {}
        self.canonical = _Issuer("_:c14n")

    def label(self) -> dict[str, str]:
        """4.4: nodes that differ at first degree in order of their hash, then the others by their neighbours."""
        alike: dict[str, list[str]] = defaultdict(list)
        for node in self.mentions:
            alike[self.hash_first_degree(node)].append(node)
        for digest in sorted(digest for digest, nodes in alike.items() if len(nodes) == 1):
            self.canonical.issue(alike.pop(digest)[0])
        for digest in sorted(alike):
            results = []
            for node in alike[digest]:
                if node not in self.canonical.issued:
                    issuer = _Issuer("_:b")
                    issuer.issue(node)
                    results.append(self.hash_n_degree(node, issuer))
            for _, issuer in sorted(results, key=lambda result: result[0]):
                for node in issuer.issued:
                    self.canonical.issue(node)
        return self.canonical.issued

    def hash_first_degree(self, node: str) -> str:
        """4.6: the hash of the statements about `node`, all other blank nodes looking alike."""
        if node not in self.first_degree:
            lines = sorted(_line(_seen_from(node, quad)) for quad in self.mentions[node])
            self.first_degree[node] = self.hash("".join(lines))
        return self.first_degree[node]

    def hash_related(self, node: str, quad: Quad, issuer: _Issuer, position: str) -> str:
        """4.7: the hash of a neighbour, by the best name it has so far."""
        name = self.canonical.issued.get(node) or issuer.issued.get(node) or self.hash_first_degree(node)
        return self.hash(position + (name if position == "g" else quad[1] + name))

    def neighbours(self, node: str, issuer: _Issuer) -> Iterator[tuple[str, list[str]]]:
        """The blank nodes beside `node`, grouped by hash, in order of hash (4.8, steps 1 to 3)."""
        related: dict[str, list[str]] = defaultdict(list)
        for quad in self.mentions[node]:
            for position, term in (("s", quad[0]), ("o", quad[2]), ("g", quad[3])):
                if _is_blank(term) and term != node:
                    related[self.hash_related(term, quad, issuer, position)].append(term)
        yield from sorted(related.items())

    def hash_n_degree(self, node: str, issuer: _Issuer) -> tuple[str, _Issuer]:
        """4.8: the hash of `node` by its neighbours, taking the least of all paths through those that look alike."""
        data = ""
        for digest, group in self.neighbours(node, issuer):
            self.work.spend(factorial(min(len(group), 20)))
            chosen: tuple[str, _Issuer] | None = None
            for order in permutations(group):
                candidate = self.path(order, issuer.copy(), chosen[0] if chosen else None)
                if candidate is not None and (chosen is None or candidate[0] < chosen[0]):
                    chosen = candidate
            assert chosen is not None  # noqa: S101 - the first order always yields one
            data += digest + chosen[0]
            issuer = chosen[1]
        return self.hash(data), issuer

    def path(self, order: tuple[str, ...], issuer: _Issuer, best: str | None) -> tuple[str, _Issuer] | None:
        """One way through a group of neighbours (4.8, step 5.4); None as soon as it cannot beat `best`."""
        path = ""
        pending = []
        for node in order:
            if node in self.canonical.issued:
                path += self.canonical.issued[node]
            else:
                if node not in issuer.issued:
                    pending.append(node)
                path += issuer.issue(node)
            if _hopeless(path, best):
                return None
        for node in pending:
            with self.work.deeper():
                digest, onward = self.hash_n_degree(node, issuer)
            path += f"{issuer.issue(node)}<{digest}>"
            issuer = onward
            if _hopeless(path, best):
                return None
        return path, issuer


def _hopeless(path: str, best: str | None) -> bool:
    return best is not None and len(path) >= len(best) and path > best


def _seen_from(node: str, quad: Quad) -> Quad:
    def name(term: str) -> str:
        return term if not _is_blank(term) else "_:a" if term == node else "_:z"

    return (name(quad[0]), quad[1], name(quad[2]), name(quad[3]))


def _hasher(hash_name: str) -> Callable[[str], str]:
    if hash_name not in ("sha256", "sha384"):
        raise ValueError(f"RDFC-1.0 is used with sha256 or sha384, not {hash_name}")
    return lambda text: hashlib.new(hash_name, text.encode()).hexdigest()
