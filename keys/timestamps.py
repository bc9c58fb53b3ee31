"""Dates as credentials, proofs and identifier documents write them: XML Schema dateTimeStamp."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache
from typing import Any

_DATE_TIME = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})T([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.([0-9]{1,30}))?"
    r"(Z|[+-][0-9]{2}:[0-9]{2})?"
)
_LARGEST_OFFSET = timedelta(hours=14)
_FIRST_SECOND = datetime(1, 1, 1, tzinfo=UTC)
_LAST_SECOND = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)


class InvalidTimestamp(ValueError):
    """A value that is not a point in time."""


def parse(text: Any, *, missing_offset_is_utc: bool = False) -> datetime:
    """The point in time, in UTC, that `text` names. Raises `InvalidTimestamp`.

    `24:00:00` is midnight at the day's end; digits past the microsecond are dropped. A time without `Z` or
    offset is refused unless the caller reads it as UTC. What its offset takes out of the years 1 to 9999, as that of
    Québec does with `9999-12-31T23:59:59-05:00`, is their first or last second.
    """
    if not isinstance(text, str) or len(text) > 64:
        raise InvalidTimestamp("not a date and time")
    return _parsed(text, missing_offset_is_utc)


@lru_cache(maxsize=1024)
def _parsed(text: str, missing_offset_is_utc: bool) -> datetime:
    match = _DATE_TIME.fullmatch(text)
    if match is None:
        raise InvalidTimestamp("not a date and time")
    year, month, day, hour, minute, second = (int(part) for part in match.groups()[:6])
    fraction, zone = match.group(7) or "", match.group(8)
    if zone is None and not missing_offset_is_utc:
        raise InvalidTimestamp("a date and time without Z or offset")
    end_of_day = hour == 24
    if end_of_day and (minute or second or fraction.strip("0")):
        raise InvalidTimestamp("a time past 24:00:00")
    try:
        local = datetime(
            year,
            month,
            day,
            0 if end_of_day else hour,
            minute,
            second,
            int(fraction[:6].ljust(6, "0")),
            timezone(_offset(zone)),
        )
    except ValueError:
        raise InvalidTimestamp("no such date or time") from None
    try:
        return (local + timedelta(days=end_of_day)).astimezone(UTC)
    except OverflowError:
        return _FIRST_SECOND if year == 1 else _LAST_SECOND


def write(moment: datetime) -> str:
    """`moment`, which must know its zone, in UTC with `Z`, to the second."""
    if moment.tzinfo is None:
        raise ValueError("a moment without zone cannot be written")
    return moment.astimezone(UTC).isoformat(timespec="seconds").removesuffix("+00:00") + "Z"


def _offset(zone: str | None) -> timedelta:
    if zone is None or zone == "Z":
        return timedelta()
    hours, minutes = int(zone[1:3]), int(zone[4:6])
    offset = timedelta(hours=hours, minutes=minutes)
    if minutes > 59 or offset > _LARGEST_OFFSET:
        raise InvalidTimestamp("no such offset from UTC")
    return -offset if zone[0] == "-" else offset
