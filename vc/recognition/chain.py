"""Chains: from an authority that the verifier trusts, by way of authorities that it recognised, to an institution.

Chains are first looked for by text alone, upward. Only those that reach an anchor are examined, and downward: each
key is asked for only once somebody trusted has vouched for its owner. An organisation never stands twice in a chain,
and no chain is longer than the policy allows.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice, pairwise

from vc.policy import Anchors
from vc.recognition.building import ISSUE, RECOGNISE
from vc.recognition.examination import Examiner, NotProven
from vc.recognition.shelf import Edition, Grant, Shelf

_MOST = 200
"""So many steps are looked at in all; who needs more has built a maze."""


@dataclass(frozen=True, eq=False)
class Chain:
    """Recognitions from the anchor's own down to that of the institution, all signed as they say."""

    grants: tuple[Grant, ...]

    @property
    def anchor(self) -> str:
        """The DID of the authority at the top."""
        return self.grants[0].by

    @property
    def last(self) -> Grant:
        """The recognition of the institution itself."""
        return self.grants[-1]

    def of_editions(self, editions: Sequence[Edition]) -> Chain:
        """The same chain, with only these editions of the recognition of the institution."""
        return Chain((*self.grants[:-1], Grant(tuple(editions))))

    def widened(self, programme: str | None) -> int | None:
        """The position of the first recognition that goes beyond the one above it, or that stands too deep.

        `programme`: the one that the last recognition is known to be about; None takes it at its word.
        """
        for position, (parent, child) in enumerate(pairwise(self.grants), 1):
            known = programme if child is self.last else None
            if not _covers(parent, child, known):
                return position
        for position, grant in enumerate(self.grants):
            below = sum(one.kind == RECOGNISE for one in self.grants[position + 1 :])
            if any(depth < below for depth in _depths(grant)):
                return position + 1
        return None


def _covers(parent: Grant, child: Grant, programme: str | None) -> bool:
    """Whether every edition of `child` keeps within every edition of `parent`."""
    limits = [edition.statement.conditions for edition in parent.editions]
    taken = [edition.statement.conditions for edition in child.editions]
    if programme is not None:
        taken = [replace(one, programmes=(programme,)) for one in taken]
    return all(above.cover(below) for above in limits for below in taken)


def _depths(grant: Grant) -> Iterator[int]:
    for edition in grant.editions:
        if edition.statement.conditions.max_depth is not None:
            yield edition.statement.conditions.max_depth


def to_anchors(institution: str, shelf: Shelf, anchors: Anchors, *, links: int) -> Iterator[tuple[Grant, ...]]:
    """What would be a chain of at most `links`, by its text: from an anchor down to `institution`."""
    for upward in islice(_upward((), institution, shelf, links), _MOST):
        top = upward[-1]
        again = top.by in {grant.entity for grant in upward} and not _own_word(upward)
        if top.by in anchors and not again:
            yield tuple(reversed(upward))


def strangers_above(institution: str, shelf: Shelf, anchors: Anchors, *, links: int) -> list[Grant]:
    """What was signed, on the ways up, by authorities that the verifier does not know: one recognition of each."""
    found: dict[str, Grant] = {}
    for upward in islice(_upward((), institution, shelf, links - 1), _MOST):
        if upward[-1].by not in anchors and not _own_word(upward):
            found.setdefault(upward[-1].by, upward[-1])
    return list(found.values())


def _upward(below: tuple[Grant, ...], entity: str, shelf: Shelf, links: int) -> Iterator[tuple[Grant, ...]]:
    """Every way up from `entity`, one link at a time."""
    if links <= 0:
        return
    for grant in shelf.grants(entity, RECOGNISE if below else ISSUE):
        here = (*below, grant)
        yield here
        if grant.by not in {one.entity for one in here}:
            yield from _upward(here, grant.by, shelf, links - 1)


def _own_word(upward: Sequence[Grant]) -> bool:
    """An authority that teaches itself recognises itself: allowed to an anchor, and to nobody else."""
    return len(upward) == 1 and upward[0].by == upward[0].entity


def proven(grants: Sequence[Grant], examiner: Examiner) -> Chain:
    """The chain with those editions that their authorities signed, from the anchor down. Raises `NotProven`."""
    kept = []
    for grant in grants:
        signed, refusal = [], NotProven(None)
        for edition in grant.editions:
            try:
                examiner.prove(edition.statement)
            except NotProven as unproven:
                refusal = unproven if unproven.unknown else refusal
            else:
                signed.append(edition)
        if not signed:
            raise refusal
        kept.append(Grant(tuple(signed)))
    return Chain(tuple(kept))
