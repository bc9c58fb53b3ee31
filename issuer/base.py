"""The issuer's own table base: its metadata stays apart from the other services'."""

from __future__ import annotations

import os
import time
import uuid
from datetime import datetime

from sqlalchemy.orm import registry
from sqlmodel import SQLModel


class Base(SQLModel, registry=registry()):
    """Base of every issuer table."""


def new_id() -> str:
    """Return a fresh primary key: a UUID of this millisecond. Not a secret, and nothing that a credential shows."""
    return _uuid(time.time_ns() // 1_000_000)


def new_urn() -> str:
    """Return a fresh random `urn:uuid:`, which tells nothing."""
    return uuid.uuid4().urn


def new_urn_of(moment: datetime) -> str:
    """Return a fresh random `urn:uuid:` that tells the second in which it was made, and nothing else.

    For what tells that second anyway: a credential's `id` beside its `validFrom`. Those made in one second are in no
    order.
    """
    return f"urn:uuid:{_uuid(int(moment.timestamp()) * 1000)}"


def _uuid(milliseconds: int) -> str:
    """Return a UUID of version 7 (RFC 9562, section 5.7): a moment and 74 random bits.

    Rows that are made together so lie together in every index; with wholly random keys a unit of a thousand rows
    would write nearly each page of each.
    """
    moment = f"{milliseconds:012x}"
    chance = int.from_bytes(os.urandom(10), "big")
    high, low = chance >> 68, 1 << 63 | chance >> 2 & (1 << 62) - 1
    return f"{moment[:8]}-{moment[8:]}-7{high:03x}-{low >> 48:04x}-{low & 0xFFFF_FFFF_FFFF:012x}"
