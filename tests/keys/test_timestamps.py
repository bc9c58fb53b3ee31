"""Points in time, read strictly (V-TIM-3)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keys.timestamps import InvalidTimestamp, parse, write

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-03-01T12:00:00Z", NOON),
        ("2026-03-01T12:00:00+00:00", NOON),
        ("2026-03-01T07:00:00-05:00", NOON),
        ("2026-03-02T02:00:00+14:00", NOON),
        ("2026-03-01T12:00:00.000Z", NOON),
        ("2026-03-01T12:00:00.1234567899Z", NOON.replace(microsecond=123456)),
        ("2026-02-28T24:00:00Z", datetime(2026, 3, 1, tzinfo=UTC)),
        ("2026-02-28T24:00:00.000Z", datetime(2026, 3, 1, tzinfo=UTC)),
        ("2024-02-29T00:00:00Z", datetime(2024, 2, 29, tzinfo=UTC)),
        ("9999-12-31T23:59:59-05:00", datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)),
        ("9999-12-31T24:00:00Z", datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)),
        ("0001-01-01T00:00:00+14:00", datetime(1, 1, 1, tzinfo=UTC)),
    ],
)
def test_dates_that_name_one_moment_are_read(text: str, moment: datetime) -> None:
    assert parse(text) == moment
    assert parse(text).tzinfo is UTC


@pytest.mark.parametrize(
    "text",
    [
        "2026-03-01",
        "2026-03-01T12:00Z",
        "2026-03-01 12:00:00Z",
        "2026-03-01t12:00:00z",
        "2026-03-01T12:00:00Z\n",
        " 2026-03-01T12:00:00Z",
        "2026-02-30T12:00:00Z",
        "2025-02-29T12:00:00Z",
        "2026-13-01T12:00:00Z",
        "2026-00-01T12:00:00Z",
        "0000-01-01T12:00:00Z",
        "-2026-03-01T12:00:00Z",
        "12026-03-01T12:00:00Z",
        "2026-03-01T24:00:01Z",
        "2026-03-01T24:00:00.1Z",
        "2026-03-01T25:00:00Z",
        "2026-03-01T12:60:00Z",
        "2026-03-01T12:00:60Z",
        "2026-03-01T12:00:00+14:01",
        "2026-03-01T12:00:00+1:00",
        "2026-03-01T12:00:00+01:60",
        "2026-03-01T12:00:00.Z",
        "2026-03-01T12:00:00." + "1" * 60 + "Z",
        "٢٠٢٦-03-01T12:00:00Z",
        "yesterday",
        "",
        None,
        0,
        1e18,
        ["2026-03-01T12:00:00Z"],
        True,
    ],
)
def test_V_TIM_3_everything_else_is_refused(text: Any) -> None:
    with pytest.raises(InvalidTimestamp):
        parse(text)
    with pytest.raises(InvalidTimestamp):
        parse(text, missing_offset_is_utc=True)


def test_a_missing_offset_is_read_only_on_request() -> None:
    with pytest.raises(InvalidTimestamp):
        parse("2026-03-01T12:00:00")
    assert parse("2026-03-01T12:00:00", missing_offset_is_utc=True) == NOON


@given(st.datetimes(min_value=datetime(1, 1, 2), max_value=datetime(9999, 12, 30)), st.integers(-840, 840))  # noqa: DTZ001 (hypothesis wants them so)
def test_what_is_written_is_read_to_the_second(naive: datetime, minutes: int) -> None:
    moment = naive.replace(tzinfo=timezone(timedelta(minutes=minutes)))
    assert parse(write(moment)) == moment.replace(microsecond=0)


def test_a_moment_without_zone_is_not_written() -> None:
    with pytest.raises(ValueError, match="zone"):
        write(NOON.replace(tzinfo=None))
