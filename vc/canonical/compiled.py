"""Canonicalisation that goes the long way once per shape of document, and not once per document.

The reference path (`vc.canonical.rdfc`: JSON-LD expansion, quads, RDFC-1.0) spends nearly all of its time deriving
from the contexts what it derived for the document before. Credentials of one programme differ in their strings
only, so:

1. split the document into its shape and its leaves (`compiled_shapes`);
2. the first document of a shape goes the reference way; its answer is remembered;
3. for the second, the reference path is shown the shape with markers for leaves, and a template is learnt from what
   it does (`compiled_templates`); the template must reproduce the remembered answer before it is trusted;
4. every further document fills the template.

The fast path answers, or it steps aside; it never refuses a document. What it does not know for certain, every
refusal, and every other error is the reference path's to give, so the two cannot be told apart by their results.
What it remembers is bounded (`compiled_cache`).

A shape's first document costs the reference path plus a few per cent, the second about the same, as learning runs
the reference path once, on the markers, in place of running it on the document.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from contexts import Profile
from vc.canonical import rdfc
from vc.canonical.compiled_cache import Answered, Known, Limits, ShapeCache, Sighting
from vc.canonical.compiled_learning import learn, marker
from vc.canonical.compiled_shapes import Leaves, Shape, ShapeUnknown, shape_of, with_leaves
from vc.canonical.compiled_templates import HASHES, NoTemplate, Template
from vc.canonical.repeats import check_said_once
from vc.errors import VcError


@dataclass
class Statistics:
    """What became of the documents so far. Counts are exact for one thread and close for several."""

    filled: int = 0
    """Answered from a template."""
    repeated: int = 0
    """The very document answered before."""
    referred: int = 0
    """Left to the reference path."""
    learnt: int = 0
    """Templates made."""
    not_learnt: int = 0
    """Shapes found to have none."""
    contradicted: int = 0
    """Templates thrown away because they did not reproduce the reference's answer. More than 0 is a bug of ours."""


@dataclass
class CompiledCanonicalization:
    """The reference path behind a memory of shapes. One instance serves a process, all its threads."""

    cache: ShapeCache = field(default_factory=ShapeCache)
    statistics: Statistics = field(default_factory=Statistics)
    keeps_answers: bool = False
    """Whether the last answer of each shape is kept, for a document that comes several times in a row."""

    @classmethod
    def limited(cls, limits: Limits) -> CompiledCanonicalization:
        """An instance that remembers no more than `limits` allow."""
        return cls(ShapeCache(limits))

    def canonicalize(
        self,
        document: Mapping[str, Any],
        *,
        hash_name: str = "sha256",
        profile: Profile = Profile.STANDARD,
        said_once: bool = False,
    ) -> str:
        """Exactly what `vc.canonical.rdfc.canonicalize` answers or raises; `said_once`: after `check_said_once`."""
        return self._answered(document, hash_name, profile, said_once).answer

    def digest(
        self,
        document: Mapping[str, Any],
        *,
        hash_name: str = "sha256",
        profile: Profile = Profile.STANDARD,
        said_once: bool = False,
    ) -> bytes:
        """The hash of what `canonicalize` answers, as UTF-8; raises what that raises, and `UnicodeEncodeError`."""
        return self._answered(document, hash_name, profile, said_once).digest

    def _answered(self, document: Mapping[str, Any], hash_name: str, profile: Profile, said_once: bool) -> Answered:
        try:
            shape, leaves = shape_of(document)
        except ShapeUnknown:
            if said_once:
                check_said_once(document)
            return Answered([], hash_name, self._refer(document, hash_name, profile))
        shape = (profile.name, shape)
        known = self.cache.known(shape)
        if said_once and not (known and known.template and known.template.says_once(leaves)):
            check_said_once(document)
        known = known or self._looked_into(document, shape, leaves, profile)
        if known is None:
            answer = self._refer(document, hash_name, profile)
            self.cache.sight(shape, Sighting(leaves, hash_name, _digest(answer)))
            return Answered(leaves, hash_name, answer)
        given = known.answer_to(leaves, hash_name)
        if given is not None:
            known.answered += 1
            self.statistics.repeated += 1
            return given
        filled = _filled(known, leaves, hash_name)
        if filled is None:
            answer = self._refer(document, hash_name, profile)
            _learn_joins(known, leaves, hash_name, answer)
        else:
            answer = filled
            known.answered += 1
            self.statistics.filled += 1
        answered = Answered(leaves, hash_name, answer)
        if self.keeps_answers:
            known.keep(answered)
        return answered

    def check_data_loss(self, document: Mapping[str, Any], *, profile: Profile = Profile.STANDARD) -> None:
        """Raises exactly what `vc.canonical.rdfc.check_data_loss` raises."""
        try:
            shape, leaves = shape_of(document)
        except ShapeUnknown:
            rdfc.check_data_loss(document, profile=profile)
            return
        known = self.cache.known((profile.name, shape))
        if known is not None and _is_known_to_pass(known, leaves):
            known.answered += 1
            self.statistics.filled += 1
            return
        rdfc.check_data_loss(document, profile=profile)
        if known is None or known.template is not None:
            with suppress(VcError, UnicodeEncodeError):  # no loss, but no canonical form either
                self.canonicalize(document, profile=profile)

    def _looked_into(self, document: Mapping[str, Any], shape: Shape, leaves: Leaves, profile: Profile) -> Known | None:
        """What there is to know of `shape`, or None if no document of it was answered yet."""
        sighting = self.cache.sighting(shape)
        if sighting is None:
            return None
        template = _template(with_leaves(document, marker), len(leaves), profile)
        answer = None
        if template is not None and template.takes(sighting.leaves):
            answer = _filled_unasked(template, sighting.leaves, sighting.hash_name)
        if answer is None or _digest(answer) != sighting.digest:
            self.statistics.not_learnt += 1
            self.statistics.contradicted += answer is not None
            return self.cache.learn(shape, None)
        self.statistics.learnt += 1
        known = self.cache.learn(shape, template)
        _learn_joins(known, sighting.leaves, sighting.hash_name, answer)
        return known

    def _refer(self, document: Mapping[str, Any], hash_name: str, profile: Profile) -> str:
        self.statistics.referred += 1
        return rdfc.canonicalize(document, hash_name=hash_name, profile=profile)


def _template(marked: Mapping[str, Any], leaf_count: int, profile: Profile) -> Template | None:
    try:
        expanded = rdfc.expand(marked, profile=profile)
        return learn(marked, expanded, rdfc.quads(expanded), leaf_count)
    except (NoTemplate, VcError):
        return None


def _is_known_to_pass(known: Known, leaves: Leaves) -> bool:
    """Whether the reference refuses nothing in a document of this shape with these leaves."""
    template = known.template
    if template is None or not template.takes(leaves):
        return False
    try:
        joins = template.joins(leaves)
    except NoTemplate:
        return False
    return joins is None or joins in known.allowed


def _filled(known: Known, leaves: Leaves, hash_name: str) -> str | None:
    if known.template is None or hash_name not in HASHES or not _is_known_to_pass(known, leaves):
        return None
    return _filled_unasked(known.template, leaves, hash_name)


def _filled_unasked(template: Template, leaves: Leaves, hash_name: str) -> str | None:
    try:
        return template.fill(leaves, hash_name)
    except UnicodeEncodeError:  # a lone surrogate; what to say of it is the reference's to decide
        return None


def _learn_joins(known: Known, leaves: Leaves, hash_name: str, answer: str) -> None:
    """Remember how `leaves` join nodes, if the template comes to the reference's `answer` on them."""
    if known.template is None or not known.template.takes(leaves):
        return
    try:
        joins = known.template.joins(leaves)
    except NoTemplate:
        return
    if joins is not None and _filled_unasked(known.template, leaves, hash_name) == answer:
        known.allow(joins)


def _digest(answer: str) -> bytes:
    return hashlib.sha256(answer.encode("utf-8", "surrogatepass")).digest()
