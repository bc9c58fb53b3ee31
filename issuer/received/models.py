"""What an institution received from authorities elsewhere: the bytes as they came, and where each stands."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import LargeBinary, UniqueConstraint
from sqlmodel import Field

from issuer.base import Base, new_id
from kit.database import UtcDateTime


class Acceptance(StrEnum):
    """Whether the institution publishes it as its own."""

    AWAITING = "awaiting"
    """It was sent to us by somebody; staff have not looked at it yet."""
    PUBLISHED = "published"
    REMOVED = "removed"


class ListedStatus(StrEnum):
    """What the authority's status lists said when they were last read."""

    GOOD = "good"
    SUSPENDED = "suspended"
    WITHDRAWN = "withdrawn"


class CameBy(StrEnum):
    """How a document reached us."""

    FILE = "file"
    LINK = "link"
    POST = "post"
    """Delivered to our address for recognitions."""
    LIST = "list"
    """Found in the authority's own list, when we looked."""


class RecognisingAuthority(Base, table=True):
    """An authority elsewhere that recognised an institution here; asked now and then whether that still stands.

    It is asked only once something of it is published: a stranger cannot make us ask addresses of their choice.
    """

    __tablename__ = "recognising_authority"
    __table_args__ = (UniqueConstraint("organisation_id", "did"),)

    id: str = Field(default_factory=new_id, primary_key=True)
    organisation_id: str = Field(foreign_key="organisation.id", index=True)
    did: str
    name_fr: str
    name_en: str
    """By its own word, in what it signed."""
    checked_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """When it last answered in full."""
    trouble: str = ""
    """Why the last try gave no full answer, in English; empty when it did."""
    next_check_at: datetime | None = Field(default=None, sa_type=UtcDateTime, index=True)


class ReceivedRecognition(Base, table=True):
    """One recognition of one training, whatever editions of it came."""

    __tablename__ = "received_recognition"
    __table_args__ = (UniqueConstraint("authority_id", "credential_id"),)

    id: str = Field(default_factory=new_id, primary_key=True)
    organisation_id: str = Field(foreign_key="organisation.id", index=True)
    authority_id: str = Field(foreign_key="recognising_authority.id", index=True)
    credential_id: str
    """The `id` member, which closed copies share."""
    achievement_id: str = Field(index=True)
    acceptance: Acceptance
    status: ListedStatus = ListedStatus.GOOD
    valid_from: datetime = Field(sa_type=UtcDateTime)
    received_at: datetime = Field(sa_type=UtcDateTime)


class ReceivedEdition(Base, table=True):
    """One document, byte for byte as it came; it was verified before it was kept."""

    __tablename__ = "received_edition"
    __table_args__ = (UniqueConstraint("received_id", "digest"),)

    id: str = Field(default_factory=new_id, primary_key=True)
    received_id: str = Field(foreign_key="received_recognition.id", index=True)
    digest: str
    """SHA-256 of the body, hexadecimal."""
    body: bytes = Field(sa_type=LargeBinary)
    came_by: CameBy
    valid_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    end_reason: str = ""
    """Set on a closed copy: withdrawn or suspended, at `valid_until`."""
    received_at: datetime = Field(sa_type=UtcDateTime)
