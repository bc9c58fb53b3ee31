"""Bounded memory of shapes, made so that a stranger's documents cannot push out the ones in daily use.

A shape has two stages. *Sighted*: one document of it was canonicalised by the reference path; its leaves and the
digest of the answer are kept, to try a template on. *Known*: there is a template, or the knowledge that there can be
none. Both stages are bounded in entries and in bytes.

Whoever sends each shape once only turns over the sightings. Whoever sends it twice pays (and has us pay) the
reference path both times, and takes the place of the known shape that was used least recently among those which have
answered fewer than `ESTABLISHED` documents. An established shape gives way to new ones only while established shapes
hold more than three quarters of the room, and then the least recently used of them.
"""

from __future__ import annotations

import sys
import threading
from collections import OrderedDict
from dataclasses import dataclass, field
from itertools import count

from vc.canonical.compiled_shapes import Leaves, Shape, size_of
from vc.canonical.compiled_templates import HASHES, Joins, Template

ESTABLISHED = 16
"""Documents that a shape has answered before it is protected."""

LONGEST_KEPT_ANSWER = 32 * 1024
"""Bytes of the last answer of a shape, if it is to be kept; over all known shapes at most 16 MiB."""

MOST_JOINS = 32
"""Ways of joining nodes that are remembered with a shape; more than one or two mean unusual documents."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How much is remembered. Bytes are estimates of what Python uses, on the high side."""

    known_shapes: int = 512
    known_bytes: int = 32 * 2**20
    sighted_shapes: int = 256
    sighted_bytes: int = 8 * 2**20
    shape_bytes: int = 256 * 2**10
    """A shape or a sighting above this is not remembered at all: its documents go the reference way."""


@dataclass(frozen=True, slots=True)
class Sighting:
    """What the reference path made of one document, by hash name and digest of the N-Quads."""

    leaves: Leaves
    hash_name: str
    digest: bytes


@dataclass(slots=True)
class Answered:
    """The canonical form of one document, and of what shape's leaves it is."""

    leaves: Leaves
    hash_name: str
    answer: str
    _digest: bytes | None = None

    @property
    def digest(self) -> bytes:
        """The hash of the form's bytes, worked out once. Raises `UnicodeEncodeError` for what UTF-8 cannot express."""
        if self._digest is None:
            self._digest = HASHES[self.hash_name](self.answer.encode()).digest()
        return self._digest


@dataclass(slots=True)
class Known:
    """A shape that was looked into. `template` is None where only the reference path can answer."""

    template: Template | None
    size: int
    answered: int = 0
    last_used: int = 0
    allowed: set[Joins] = field(default_factory=set)
    """Ways of joining nodes that the reference has let pass."""
    last: Answered | None = None
    """A document is often canonicalised several times in a row (before it is signed, to sign it, to check it), and the
    options of proofs made in one second are all the same."""

    def keep(self, answered: Answered) -> None:
        """Remember an answer, unless it is too long, until the next."""
        self.last = answered if sys.getsizeof(answered.answer) <= LONGEST_KEPT_ANSWER else None

    def answer_to(self, leaves: Leaves, hash_name: str) -> Answered | None:
        """The last answer, if it was to the very same document."""
        last = self.last
        same = last is not None and last.leaves == leaves and last.hash_name == hash_name
        return last if same else None

    def allow(self, joins: Joins) -> None:
        """Remember that the reference lets nodes be joined like this. Of many ways, the later ones are not kept."""
        if len(self.allowed) < MOST_JOINS:
            self.allowed.add(joins)


@dataclass
class ShapeCache:
    """Safe for use by several threads: reading is one dictionary look-up, changing takes the lock."""

    limits: Limits = field(default_factory=Limits)
    _known: dict[Shape, Known] = field(default_factory=dict)
    _sighted: OrderedDict[Shape, tuple[Sighting, int]] = field(default_factory=OrderedDict)
    _known_bytes: int = 0
    _sighted_bytes: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _clock: count[int] = field(default_factory=count)

    @property
    def known_shapes(self) -> int:
        return len(self._known)

    @property
    def sighted_shapes(self) -> int:
        return len(self._sighted)

    @property
    def bytes_used(self) -> int:
        """Bytes that both stages occupy, estimated."""
        return self._known_bytes + self._sighted_bytes

    def known(self, shape: Shape) -> Known | None:
        """What is known of `shape`; asking counts as using it."""
        known = self._known.get(shape)
        if known is not None:
            known.last_used = next(self._clock)
        return known

    def sight(self, shape: Shape, sighting: Sighting) -> None:
        """Remember one answer of the reference path."""
        size = size_of(shape) + size_of(sighting.leaves)
        if size > self.limits.shape_bytes:
            return
        with self._lock:
            self._forget_sighting(shape)
            self._sighted[shape] = (sighting, size)
            self._sighted_bytes += size
            while len(self._sighted) > self.limits.sighted_shapes or self._sighted_bytes > self.limits.sighted_bytes:
                self._sighted_bytes -= self._sighted.popitem(last=False)[1][1]

    def sighting(self, shape: Shape) -> Sighting | None:
        """The remembered answer for `shape`, which is forgotten with this call."""
        with self._lock:
            return self._forget_sighting(shape)

    def learn(self, shape: Shape, template: Template | None) -> Known:
        """Remember what was found out about `shape`."""
        size = size_of(shape) + (template.size if template else 0)
        if size > self.limits.shape_bytes:
            template, size = None, size_of(shape)
        with self._lock:
            replaced = self._known.pop(shape, None)
            self._known_bytes += size - (replaced.size if replaced else 0)
            while self._known and (
                len(self._known) >= self.limits.known_shapes or self._known_bytes > self.limits.known_bytes
            ):
                self._known_bytes -= self._known.pop(self._least_worth_keeping()).size
            known = self._known[shape] = Known(template, size, last_used=next(self._clock))
        return known

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._known.clear()
            self._sighted.clear()
            self._known_bytes = self._sighted_bytes = 0

    def _forget_sighting(self, shape: Shape) -> Sighting | None:
        sighting, size = self._sighted.pop(shape, (None, 0))
        self._sighted_bytes -= size
        return sighting

    def _least_worth_keeping(self) -> Shape:
        established = [shape for shape, known in self._known.items() if known.answered >= ESTABLISHED]
        others = [shape for shape, known in self._known.items() if known.answered < ESTABLISHED]
        if not others or 4 * len(established) > 3 * self.limits.known_shapes:
            others = established
        return min(others, key=lambda shape: self._known[shape].last_used)
