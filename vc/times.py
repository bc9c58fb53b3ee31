"""Times in credentials: XML Schema 1.1 dateTimeStamp, with the data model's errors."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from keys import timestamps
from vc.errors import MalformedValueError

stamp = timestamps.write
"""A point in time as this system writes it: UTC, whole seconds, `Z`."""


def parse(text: Any, *, path: str, zone_required: bool = False) -> datetime:
    """Read a dateTimeStamp, in UTC. Raises `MalformedValueError`.

    Fractions are kept to the microsecond; `24:00:00` is the next midnight. Unless `zone_required`, a text without
    offset is taken as UTC.
    """
    try:
        return timestamps.parse(text, missing_offset_is_utc=not zone_required)
    except timestamps.InvalidTimestamp as refused:
        raise MalformedValueError(f"{refused}, such as 2026-11-22T10:00:00Z", path=path) from refused
