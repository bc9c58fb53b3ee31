"""The wallet's own table base: its metadata stays apart from the other services'."""

from __future__ import annotations

import uuid

from sqlalchemy.orm import registry
from sqlmodel import SQLModel


class Base(SQLModel, registry=registry()):
    """Base of every wallet table."""


def new_id() -> str:
    """Return a fresh random primary key."""
    return str(uuid.uuid4())
