"""What changed between two looks behind a credential, as codes that the pages put into words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from vc.recognition import Standing as Answered
from wallet_demo.cards import day_of
from wallet_demo.standing.looking import Accreditation, Standing

REVOKED, SUSPENDED, REINSTATED = "revoked", "suspended", "reinstated"
EXPIRED = "expired"
ACCREDITED, ACCREDITATION_ENDED, ACCREDITATION_GONE = "accredited", "accreditation_ended", "accreditation_gone"
KEYS_CHANGED = "keys_changed"
NEWER_EDITION = "newer_edition"

_OF_STATUS = {"revoked": REVOKED, "suspended": SUSPENDED, "in_force": REINSTATED}


@dataclass(frozen=True)
class Change:
    """One thing that changed. `names`: of the authority, by language; `how` and `since`: of an ended accreditation."""

    code: str
    names: Mapping[str, str] | None = None
    how: str = ""
    since: datetime | None = None

    @property
    def since_on(self) -> date | None:
        """`since`, as people read it."""
        return day_of(self.since)

    def as_json(self) -> dict[str, Any]:
        """Return the form in which it is kept."""
        return {
            "code": self.code,
            "names": dict(self.names) if self.names else None,
            "how": self.how,
            "since": self.since.isoformat() if self.since else None,
        }

    @classmethod
    def of_json(cls, kept: Mapping[str, Any]) -> Change:
        """Read what `as_json` wrote."""
        since = datetime.fromisoformat(kept["since"]) if kept["since"] else None
        return cls(kept["code"], kept["names"], kept["how"], since)


def between(before: Standing, after: Standing, *, until: datetime | None) -> tuple[Change, ...]:
    """Return what is new in `after`. `until` is the credential's own last moment.

    What a look could not find out is no change: `Standing` keeps the answer of the look before.
    """
    return tuple(_between(before, after, until))


def _between(before: Standing, after: Standing, until: datetime | None) -> Iterator[Change]:
    if before.status and after.status != before.status:
        yield Change(_OF_STATUS[after.status])
    if until is not None and before.at < until <= after.at:
        yield Change(EXPIRED, since=until)
    yield from _accreditations(before, after)
    if before.keys and after.keys != before.keys:
        yield Change(KEYS_CHANGED)
    if after.newer is not None and after.newer != before.newer:
        yield Change(NEWER_EDITION)


def _accreditations(before: Standing, after: Standing) -> Iterator[Change]:
    known = {one.authority: one for one in before.accreditations}
    for one in after.accreditations:
        held, holds = _holds(known.pop(one.authority, None)), _holds(one)
        if holds and not held:
            yield Change(ACCREDITED, one.names, since=one.since)
        elif held and not holds:
            yield Change(ACCREDITATION_ENDED, one.names, how=one.today, since=one.until)
    for gone in known.values():
        if _holds(gone):
            yield Change(ACCREDITATION_GONE, gone.names)


def _holds(one: Accreditation | None) -> bool:
    return one is not None and one.today == Answered.RECOGNISED.value
