"""Times in credentials: XML Schema 1.1 dateTimeStamp, with the data model's errors."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from keys import timestamps
from vc.errors import MalformedValueError

stamp = timestamps.write
"""A point in time as this system writes it: UTC, whole seconds, `Z`."""


@dataclass(frozen=True)
class Stamp:
    """A point in time, in UTC. `zoned` is False where the text named no offset and UTC was taken."""

    at: datetime
    zoned: bool


def parse(text: Any, *, path: str, zone_required: bool = False) -> Stamp:
    """Read a dateTimeStamp. Raises `MalformedValueError`.

    Fractions are kept to the microsecond; `24:00:00` is the next midnight.
    """
    try:
        return Stamp(timestamps.parse(text), zoned=True)
    except timestamps.InvalidTimestamp as refused:
        reason = str(refused)
    if not zone_required:
        try:
            return Stamp(timestamps.parse(text, missing_offset_is_utc=True), zoned=False)
        except timestamps.InvalidTimestamp as refused:
            reason = str(refused)
    raise MalformedValueError(f"{reason}, such as 2026-11-22T10:00:00Z", path=path)
