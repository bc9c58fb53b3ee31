"""Time enters here, once per decision, so that no decision ever sees two clocks."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

Clock = Callable[[], datetime]
"""A callable that returns the present moment: aware, in UTC."""


def system_clock() -> datetime:
    """Return the machine's present moment in UTC."""
    return datetime.now(UTC)


class SettableClock:
    """A clock that stands still until it is told otherwise; for tests and rehearsals."""

    def __init__(self, start: datetime) -> None:
        if start.tzinfo is None:
            raise ValueError("a clock needs an aware datetime")
        self._now = start.astimezone(UTC)

    def __call__(self) -> datetime:
        return self._now

    def set(self, moment: datetime) -> None:
        """Jump to `moment`."""
        self._now = moment.astimezone(UTC)

    def advance(self, **delta: float) -> None:
        """Move on by a `timedelta` given by its keywords, for example ``advance(minutes=5)``."""
        self._now += timedelta(**delta)
