"""Status lists: per organisation and purpose, indexes given out at random, each once and for ever (I-DUR-2).

Three tables, because three things happen to a list at the same time and must not wait for one another: indexes
are taken (`StatusList`), bits change (`StatusBits`), the signed list is published (`PublishedList`).
"""

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
    """One list and how far it is given out.

    Indexes come from a keyed permutation of `next_position`, so their order tells nothing.
    """

    __tablename__ = "status_list"
    __table_args__ = (UniqueConstraint("organisation_id", "purpose", "number"),)

    id: str = Field(default_factory=new_id, primary_key=True)
    organisation_id: str = Field(foreign_key="organisation.id", index=True)
    purpose: Purpose
    number: int
    length: int
    permutation_key: bytes = Field(sa_type=LargeBinary)
    next_position: int = 0
    created_at: datetime = Field(sa_type=UtcDateTime)


class StatusBits(Base, table=True):
    """The bits of a list as they stand; index 0 is the most significant bit of byte 0."""

    __tablename__ = "status_bits"

    list_id: str = Field(foreign_key="status_list.id", primary_key=True)
    bits: bytes = Field(sa_type=LargeBinary)
    version: int = 0
    """Goes up with every change of a bit."""


class PublishedList(Base, table=True):
    """The signed list credential as last published, byte for byte."""

    __tablename__ = "published_list"

    list_id: str = Field(foreign_key="status_list.id", primary_key=True)
    body: bytes = Field(sa_type=LargeBinary)
    version: int
    """The version of the bits that it shows."""
    published_at: datetime = Field(sa_type=UtcDateTime)
    valid_until: datetime = Field(sa_type=UtcDateTime)
