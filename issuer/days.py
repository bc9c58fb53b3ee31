"""Days that people type for what begins or ends with them."""

from __future__ import annotations

from datetime import UTC, date, datetime, time


def moment_of(text: str, *, last_moment: bool = False) -> datetime:
    """Read year-month-day (UTC): from midnight on, or as an end up to the last second. Raises `ValueError`."""
    day = date.fromisoformat(text.strip())
    return datetime.combine(day, time(23, 59, 59) if last_moment else time(), UTC)
