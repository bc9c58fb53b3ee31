"""Status lists: per organisation and purpose, indexes given out at random, each once and for ever (I-DUR-2)."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import LargeBinary, UniqueConstraint
from sqlmodel import Field

from issuer.base import Base, new_id
from kit.database import UtcDateTime


class Purpose(StrEnum):
    """Bitstring Status List 1.0 purposes that we publish."""

    REVOCATION = "revocation"
    SUSPENSION = "suspension"


class StatusList(Base, table=True):
    """One bitstring. Indexes come from a keyed permutation of `next_position`, so their order tells nothing."""

    __tablename__ = "status_list"
    __table_args__ = (UniqueConstraint("organisation_id", "purpose", "number"),)

    id: str = Field(default_factory=new_id, primary_key=True)
    organisation_id: str = Field(foreign_key="organisation.id", index=True)
    purpose: Purpose
    number: int
    length: int
    permutation_key: bytes = Field(sa_type=LargeBinary)
    next_position: int = 0
    bits: bytes = Field(sa_type=LargeBinary)
    version: int = 0
    """Goes up with every change of a bit."""
    published: str = ""
    """The signed list credential last published."""
    published_version: int = -1
    published_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
