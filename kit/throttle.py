"""Counted attempts, kept in the database so that they hold over restarts and replicas.

Each service makes its own table with `attempts_table(Base)`; the counting is done here.
"""

from __future__ import annotations

import math
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlmodel import Field, Session, SQLModel, select

from kit.database import UtcDateTime
from kit.problems import TooManyRequests


def attempts_table(base: type[SQLModel]) -> type[Any]:
    """Return the table class of attempts for one service, in that service's own metadata."""

    class Attempt(base, table=True):  # type: ignore[valid-type, misc, call-arg]  # the service chooses the base
        __tablename__ = "attempt"

        key: str = Field(primary_key=True, max_length=200)
        window_start: datetime = Field(sa_type=UtcDateTime)
        count: int = 0

    return Attempt


def count_attempt(
    session: Session, table: type[Any], key: str, *, limit: int, window: timedelta, now: datetime
) -> None:
    """Count one attempt under `key`.

    Raises `TooManyRequests` with `Retry-After` when more than `limit` fall into one `window`.
    The caller's unit must be committed also when the attempt itself fails, else nothing is counted.
    """
    while (row := _locked(session, table, key)) is None:
        with suppress(IntegrityError):  # somebody else's first attempt under this key is being written: look again
            with session.begin_nested():
                session.add(table(key=key, window_start=now, count=1))
            return
    start = row.window_start
    if now - start >= window or now < start:
        row.window_start, row.count = now, 1
        return
    if row.count >= limit:
        wait = math.ceil((start + window - now).total_seconds())
        raise TooManyRequests(headers={"Retry-After": str(wait)})
    row.count += 1


def _locked(session: Session, table: type[Any], key: str) -> Any:
    return session.exec(
        select(table).where(table.key == key).with_for_update().execution_options(populate_existing=True)
    ).first()


def forget_attempts(session: Session, table: type[Any], key: str) -> None:
    """Start `key` afresh, after a success."""
    row = session.get(table, key)
    if row is not None:
        session.delete(row)
