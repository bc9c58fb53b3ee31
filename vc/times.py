"""Times in credentials: XML Schema 1.1 dateTimeStamp, read strictly and in linear time."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from vc.errors import MalformedValueError

# ASCII digits only, one alternative at each position: matching is linear. `\Z`, since `$` lets a newline through.
_STAMP = re.compile(
    r"(?P<year>[0-9]{4})-(?P<month>[0-9]{2})-(?P<day>[0-9]{2})"
    r"T(?P<hour>[0-9]{2}):(?P<minute>[0-9]{2}):(?P<second>[0-9]{2})(?:\.(?P<fraction>[0-9]{1,30}))?"
    r"(?P<zone>Z|(?P<sign>[+-])(?P<zone_hour>[0-9]{2}):(?P<zone_minute>[0-9]{2}))?\Z"
)
_EARLIEST = datetime.min.replace(tzinfo=UTC)
_LATEST = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Stamp:
    """A point in time, in UTC. `zoned` is False where the text named no offset and UTC was taken."""

    at: datetime
    zoned: bool


def parse(text: Any, *, path: str, zone_required: bool = False) -> Stamp:
    """Read a dateTimeStamp. Raises `MalformedValueError`.

    Fractions are kept to the microsecond, `24:00:00` is the next midnight, and a time beyond what a computer's
    calendar holds after conversion to UTC becomes the calendar's end. Years have four digits.
    """
    match = _STAMP.match(text) if isinstance(text, str) else None
    if match is None:
        raise MalformedValueError("not a date and time such as 2026-11-22T10:00:00Z", path=path)
    if match["zone"] is None and zone_required:
        raise MalformedValueError("the time names no time zone", path=path)
    try:
        local, over = _local(match)
        zone = _zone(match)
    except ValueError as error:
        raise MalformedValueError(f"not a point in time ({error})", path=path) from None
    return Stamp(_in_utc(local, over, zone), zoned=match["zone"] is not None)


def _local(match: re.Match[str]) -> tuple[datetime, timedelta]:
    hour, fraction = int(match["hour"]), match["fraction"] or ""
    over = timedelta()
    if hour == 24:
        if int(match["minute"]) or int(match["second"]) or fraction.strip("0"):
            raise ValueError("24:00:00 is the end of the day")
        hour, over = 0, timedelta(days=1)
    local = datetime(  # noqa: DTZ001 - the zone is added with the offset
        int(match["year"]),
        int(match["month"]),
        int(match["day"]),
        hour,
        int(match["minute"]),
        int(match["second"]),
        int(fraction[:6].ljust(6, "0")),
    )
    return local, over


def _zone(match: re.Match[str]) -> timezone:
    if match["sign"] is None:
        return UTC
    minutes = int(match["zone_hour"]) * 60 + int(match["zone_minute"])
    if int(match["zone_minute"]) > 59 or minutes > 14 * 60:
        raise ValueError("offsets reach from -14:00 to +14:00")
    return timezone(timedelta(minutes=-minutes if match["sign"] == "-" else minutes))


def _in_utc(local: datetime, over: timedelta, zone: timezone) -> datetime:
    try:
        return (local + over).replace(tzinfo=zone).astimezone(UTC)
    except OverflowError:
        return _LATEST if local.year > 5000 else _EARLIEST


def stamp(at: datetime) -> str:
    """`at` as this system writes it: UTC, whole seconds, `Z`. `at` must be aware."""
    if at.tzinfo is None:
        raise ValueError("a time without zone cannot be written into a credential")
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
