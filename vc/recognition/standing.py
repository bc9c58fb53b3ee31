"""Whether one recognition held on a day, by its dates, its closed copies and, for today, its status list."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from vc.credential import Credential
from vc.errors import VcError
from vc.recognition.answers import Standing
from vc.recognition.reading import Statement
from vc.recognition.shelf import Edition
from vc.status.bitstring import StatusAnswer

StatusOf = Callable[[Statement], tuple[Standing, str]]
AskList = Callable[[Mapping[str, Any], str], StatusAnswer]

_LISTED = {"revocation": Standing.WITHDRAWN, "suspension": Standing.SUSPENDED}
_ENDS = {"withdrawn": Standing.WITHDRAWN, "suspended": Standing.SUSPENDED, None: Standing.EXPIRED}


@dataclass(frozen=True)
class Stood:
    """The answer for a day, and the edition that gave it.

    `detail`: why it could not be found out; "" for NOT_CHECKED where it has ended and nobody says when.
    """

    standing: Standing
    edition: Edition
    detail: str = ""


@dataclass(frozen=True)
class Day:
    """A day to judge by. `tolerance`: how far off the clock may be that said so; nothing for a stated date."""

    at: datetime
    tolerance: timedelta = timedelta(0)
    is_today: bool = False

    def is_before(self, start: datetime | None) -> bool:
        """Whether something that begins at `start` has not begun."""
        return start is not None and self.at + self.tolerance < start

    def is_after(self, edition: Edition) -> bool:
        """Whether an edition is over. An end by decision is exact; one that was foreseen has the tolerance."""
        end = edition.statement.copy.credential.valid_until
        late = timedelta(0) if edition.statement.end_reason else self.tolerance
        return end is not None and self.at - late > end


def stood_on(editions: Sequence[Edition], day: Day, status: StatusOf) -> Stood:
    """Whether a recognition held on a day that may be long past.

    A status list knows only of today; so where it says no, a closed copy must say until when the recognition held.
    For today, what the list says is the answer.
    """
    over = [one for one in editions if day.is_after(one)]
    closed = [one for one in over if one.statement.end_reason]
    if closed:
        last = max(closed, key=end_of)
        return Stood(_by_dates(last, day), last)
    in_force = [one for one in editions if _by_dates(one, day) is Standing.RECOGNISED]
    listed = [(one, *status(one.statement)) for one in in_force]
    for one, standing, _ in listed:
        if standing is Standing.RECOGNISED:
            return Stood(standing, one)
    if listed:
        one, standing, detail = listed[0]
        if day.is_today:
            return Stood(standing, one, detail)
        return Stood(Standing.NOT_CHECKED, one, detail)
    last = max(over, key=end_of) if over else editions[0]
    return Stood(_by_dates(last, day), last)


def listed(recognition: Credential, ask: AskList) -> tuple[Standing, str]:
    """What the status lists say today: RECOGNISED, WITHDRAWN, SUSPENDED, or NOT_CHECKED with the reason.

    Withdrawn beats suspended beats unknown. `ask` answers one entry by its list, and raises `VcError` where it cannot.
    """
    found: dict[Standing, str] = {}
    for entry in recognition.status:
        try:
            answer = ask(entry, recognition.issuer)
        except VcError as error:
            found[Standing.NOT_CHECKED] = error.detail
            continue
        if answer.value and answer.purpose in _LISTED:
            found[_LISTED[answer.purpose]] = ""
    for standing in (Standing.WITHDRAWN, Standing.SUSPENDED, Standing.NOT_CHECKED):
        if standing in found:
            return standing, found[standing]
    return Standing.RECOGNISED, ""


def end_of(edition: Edition) -> float:
    """When it ends, to compare by; infinity where it does not."""
    end = edition.statement.copy.credential.valid_until
    return end.timestamp() if end is not None else math.inf


def _by_dates(edition: Edition, day: Day) -> Standing:
    if day.is_before(edition.statement.copy.credential.valid_from):
        return Standing.NOT_YET
    return _ENDS[edition.statement.end_reason] if day.is_after(edition) else Standing.RECOGNISED
