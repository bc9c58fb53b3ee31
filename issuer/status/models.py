"""Status lists: per organisation and purpose, indexes given out at random, each once and for ever (I-DUR-2).

Several tables, because several things happen to a list at the same time and must not wait for one another: indexes
are taken (`StatusList`), bits change (`StatusSegment`), one replica signs (`SigningTurn`), and all of them serve what
was signed last (`PublishedList`).
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


class StatusSegment(Base, table=True):
    """4,096 neighbouring bits of a list as they stand; a segment without a row has none set.

    So a revocation changes half a kilobyte however long the list is, and two of them rarely meet. Bit 0 of a list is
    the most significant bit of byte 0 of segment 0.
    """

    __tablename__ = "status_segment"

    list_id: str = Field(foreign_key="status_list.id", primary_key=True)
    number: int = Field(primary_key=True)
    bits: bytes = Field(sa_type=LargeBinary)
    changes: int
    """How often a bit of the segment changed; over all segments, the version of the list. Only goes up."""


class SigningTurn(Base, table=True):
    """Whose turn it is to sign a list: somebody's until `until`, anybody's from then on."""

    __tablename__ = "signing_turn"

    list_id: str = Field(foreign_key="status_list.id", primary_key=True)
    until: datetime = Field(sa_type=UtcDateTime)


class PublishedList(Base, table=True):
    """The signed list credential as last published, byte for byte."""

    __tablename__ = "published_list"

    list_id: str = Field(foreign_key="status_list.id", primary_key=True)
    body: bytes = Field(sa_type=LargeBinary)
    version: int
    """The version of the bits that it shows."""
    published_at: datetime = Field(sa_type=UtcDateTime)
    valid_until: datetime = Field(sa_type=UtcDateTime)
