"""The issuer's own table base: its metadata stays apart from the other services'."""

from __future__ import annotations

import os
import time

from sqlalchemy.orm import registry
from sqlmodel import SQLModel


class Base(SQLModel, registry=registry()):
    """Base of every issuer table."""


def new_id() -> str:
    """Return a fresh primary key: a UUID of version 7 (RFC 9562, section 5.7), the time and 74 random bits.

    Rows that are made together so lie together in every index; with wholly random keys a unit of a thousand rows
    would write nearly each page of each. Not a secret, and nothing that a credential shows.
    """
    moment = f"{time.time_ns() // 1_000_000:012x}"
    chance = int.from_bytes(os.urandom(10), "big")
    high, low = chance >> 68, 1 << 63 | chance >> 2 & (1 << 62) - 1
    return f"{moment[:8]}-{moment[8:]}-7{high:03x}-{low >> 48:04x}-{low & 0xFFFF_FFFF_FFFF:012x}"
