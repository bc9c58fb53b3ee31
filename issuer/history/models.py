"""Published versions: what an organisation made public, byte for byte, each chained to the one before it."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Index, LargeBinary, UniqueConstraint
from sqlmodel import Field

from issuer.base import Base, new_id
from kit.database import UtcDateTime


class PublishedKind(StrEnum):
    """What was published."""

    DID_DOCUMENT = "did-document"
    DID_LOG = "did-log"
    """One entry of a did:webvh log; all of them, in order, are the log."""
    SIGNED_LIST = "signed-list"
    RECOGNITION = "recognition"


class PublishedVersion(Base, table=True):
    """One version of something published. `sequence` counts through all that the organisation ever published."""

    __tablename__ = "published_version"
    __table_args__ = (
        UniqueConstraint("organisation_id", "sequence"),
        Index("ix_published_version_subject", "organisation_id", "kind", "subject", "sequence"),
    )

    id: str = Field(default_factory=new_id, primary_key=True)
    organisation_id: str = Field(foreign_key="organisation.id")
    sequence: int
    kind: PublishedKind
    subject: str
    """What it is a version of: an identifier, or the address of a list or of an accreditation."""
    published_at: datetime = Field(sa_type=UtcDateTime)
    """From this moment on it is what is served; whole seconds."""
    digest: str
    """SHA-256 of `body`, in hexadecimal."""
    body: bytes = Field(sa_type=LargeBinary)
    previous_hash: str
    hash: str


class UpdateKey(Base, table=True):
    """A key that signs one line of an organisation's did:webvh log; the line before it announced the key by its hash.

    It is made with that line, so the next one always exists already. It signs nothing else (K-USE-1).
    """

    __tablename__ = "update_key"

    organisation_id: str = Field(foreign_key="organisation.id", primary_key=True)
    line: int = Field(primary_key=True)
    """The line that it signs, counted from 1."""
    multikey: str
    signer: str
    """URI for `keys.signers.signer_for`."""


class HistoryHead(Base, table=True):
    """The end of an organisation's chain: the row that two writers of one chain wait for."""

    __tablename__ = "history_head"

    organisation_id: str = Field(foreign_key="organisation.id", primary_key=True)
    sequence: int
    hash: str
