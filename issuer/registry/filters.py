"""What the address of a page or a table asks for, read once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from issuer.organisations.models import Organisation
from issuer.registry.register import Query, moment_of
from kit.problems import Unprocessable

_LONGEST = 200


class NoSuchDay(Unprocessable):
    """The day that somebody asks about cannot be read."""


@dataclass(frozen=True)
class Filters:
    """The query parameters as typed; a dependency of FastAPI."""

    q: str = ""
    institution: str = ""
    territory: str = ""
    track: str = ""
    stream: str = ""
    state: str = ""
    on: str = ""
    """The day that is asked about, as year-month-day; today when empty."""

    def query(self, now: datetime, authority: Organisation | None) -> Query:
        """Return what is asked of the register. Raises `NoSuchDay`."""
        return Query(
            moment_of(self.day(), now),
            authority_id=authority.id if authority else "",
            text=self.q[:_LONGEST],
            institution=self.institution,
            territory=self.territory,
            track=self.track,
            stream=self.stream,
            standing=self.state,
        )

    def day(self) -> date | None:
        """Return the day that is asked about. Raises `NoSuchDay`."""
        try:
            return date.fromisoformat(self.on.strip()) if self.on.strip() else None
        except ValueError:
            raise NoSuchDay("a day is written year-month-day, for example 2026-06-12") from None

    def given(self) -> dict[str, str]:
        """Return what was typed, empty members left out: the query string of the next page."""
        return {name: value for name, value in vars(self).items() if value}
