"""The issuing side of chains: may this authority sign that? Asked before it does, so that nobody has to find out later.

The answer is drawn from the recognitions that the authority itself holds, as they were signed, closed copies included;
no status list is read, since whoever asks has the newest edition of each.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from vc.policy import PUBLIC
from vc.recognition.answers import Source
from vc.recognition.building import RECOGNISE
from vc.recognition.conditions import Conditions
from vc.recognition.shelf import NOTHING_HELD, Grant, Shelf

Part = Literal["territory", "track", "stream", "programme", "max_depth", "valid_from", "valid_until"]


@dataclass(frozen=True)
class Proposal:
    """What an authority is about to sign. `conditions.max_depth` None: about an institution, not an authority."""

    conditions: Conditions
    valid_from: datetime
    valid_until: datetime | None


@dataclass(frozen=True)
class Beyond:
    """A proposal goes beyond the recognition of its authority by `by`: in these parts."""

    by: str
    parts: tuple[Part, ...]


@dataclass(frozen=True)
class Permitted:
    """A proposal keeps within these recognitions of its authority, by their `id`s. None: it stands for itself."""

    within: tuple[str, ...]


def permitted(authority: str, proposal: Proposal, held: Iterable[Mapping[str, Any]]) -> Permitted | Beyond:
    """Whether `authority` (a DID) may sign `proposal`, by the recognitions it holds.

    An authority that nobody ever recognised is bound by nobody. One that was must keep within at least one
    recognition; where none reaches, the answer names the one that comes nearest.
    """
    shelf = Shelf(PUBLIC, NOTHING_HELD)
    shelf.put(held, Source.HELD)
    beyond = {grant: _beyond(grant, proposal) for grant in shelf.grants(authority, RECOGNISE)}
    within = [grant.editions[0].statement.copy.credential.id for grant, parts in beyond.items() if not parts]
    if within or not beyond:
        return Permitted(tuple(one for one in within if one is not None))
    nearest = min(beyond, key=lambda grant: len(beyond[grant]))
    return Beyond(nearest.editions[0].statement.by_name, beyond[nearest])


def _beyond(parent: Grant, proposal: Proposal) -> tuple[Part, ...]:
    found: dict[Part, None] = {}
    for edition in parent.editions:
        period, limits = edition.statement.copy.credential, edition.statement.conditions
        if period.valid_from is not None and proposal.valid_from < period.valid_from:
            found["valid_from"] = None
        if period.valid_until is not None and not _ends_by(proposal, period.valid_until):
            found["valid_until"] = None
        found.update(dict.fromkeys(_parts(limits, proposal.conditions)))
    return tuple(found)


def _ends_by(proposal: Proposal, end: datetime) -> bool:
    return proposal.valid_until is not None and proposal.valid_until <= end


def _parts(limits: Conditions, taken: Conditions) -> list[Part]:
    parts: list[Part] = []
    if not Conditions(territories=limits.territories).cover(taken):
        parts.append("territory")
    if not Conditions(tracks=limits.tracks).cover(taken):
        parts.append("track")
    if not Conditions(streams=limits.streams).cover(taken):
        parts.append("stream")
    if not Conditions(programmes=limits.programmes).cover(taken):
        parts.append("programme")
    if taken.max_depth is not None and limits.max_depth is not None and taken.max_depth >= limits.max_depth:
        parts.append("max_depth")
    return parts
