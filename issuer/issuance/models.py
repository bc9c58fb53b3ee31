"""Issued credentials: one per completion, held by the database, with every signed form kept as it left."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Index, LargeBinary, UniqueConstraint
from sqlmodel import Field

from issuer.base import Base, new_id
from kit.database import UtcDateTime


class CredentialState(StrEnum):
    """The life of a credential."""

    INTENT = "intent"
    """Recorded, indexes taken, not signed yet (I-DUR-4)."""
    VOID = "void"
    """The intent came to nothing; its indexes are burnt."""
    ISSUED = "issued"
    SUSPENDED = "suspended"
    REVOKED = "revoked"


class IssuedCredential(Base, table=True):
    """A credential of one completion.

    `active_for` is the completion's id while this is its credential and NULL once void or replaced: its unique
    index is what makes "one credential per completion" true, whatever runs at the same time.
    """

    __tablename__ = "issued_credential"
    __table_args__ = (
        Index("ix_issued_credential_newest", "organisation_id", "created_at", "id"),
        Index("ix_issued_credential_newest_in_state", "organisation_id", "state", "created_at", "id"),
        Index("ix_issued_credential_left_behind", "state", "created_at"),
    )

    id: str = Field(default_factory=new_id, primary_key=True)
    organisation_id: str = Field(foreign_key="organisation.id")
    completion_id: str = Field(foreign_key="completion.id", index=True)
    active_for: str | None = Field(default=None, unique=True)
    credential_id: str = Field(unique=True)
    """The `id` member: urn:uuid:…"""
    subject_id: str
    """How the first signed form names the person: a pairwise urn:uuid:…"""
    public_id: str = Field(unique=True)
    """Handle of the public page: unguessable from the day that the page is opened, and until then just the `id`, whose
    place in the index is beside its neighbours'."""
    number: str = Field(unique=True)
    """What people read on the card: territory, year and month, random part (QC-2606-7F3K-92MD)."""
    state: CredentialState
    state_since: datetime = Field(sa_type=UtcDateTime)
    reason: str = ""
    revocation_list_id: str = Field(foreign_key="status_list.id")
    revocation_index: int
    suspension_list_id: str = Field(foreign_key="status_list.id")
    suspension_index: int
    replaces_id: str | None = Field(default=None, index=True)
    """The revoked credential that this one corrects."""
    public_page: bool = False
    """The learner's or institution's choice; off by default."""
    created_at: datetime = Field(sa_type=UtcDateTime)
    issued_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class SignedDocument(Base, table=True):
    """A signed form of a credential, byte for byte as it left (I-DUR-1): the first names the person by a pairwise
    urn, later ones are bound to the holder's own DID when a wallet takes the credential over."""

    __tablename__ = "signed_document"
    __table_args__ = (UniqueConstraint("credential_id", "subject_id"),)

    id: str = Field(default_factory=new_id, primary_key=True)
    credential_id: str = Field(foreign_key="issued_credential.id")
    subject_id: str
    holder_bound: bool
    body: bytes = Field(sa_type=LargeBinary)
    signed_at: datetime = Field(sa_type=UtcDateTime)


class LearnerRecord(Base, table=True):
    """The whole and its parts as one signed document (CLR 2.0), as it stood when it was made."""

    __tablename__ = "learner_record"

    id: str = Field(default_factory=new_id, primary_key=True)
    credential_id: str = Field(foreign_key="issued_credential.id", unique=True)
    """The credential of the whole, whose places in the status lists the record shares."""
    body: bytes = Field(sa_type=LargeBinary)
    parts: int
    made_by: str
    made_at: datetime = Field(sa_type=UtcDateTime)


class IdempotencyKey(Base, table=True):
    """A key under which an organisation's system asked for a credential: the same key again gets the same answer
    (I-DBL-1). It points at the completion, whose one credential is the answer, also after a crash in between."""

    __tablename__ = "idempotency_key"

    organisation_id: str = Field(foreign_key="organisation.id", primary_key=True)
    key_digest: str = Field(primary_key=True)
    request_digest: str
    completion_id: str = Field(foreign_key="completion.id")
    created_at: datetime = Field(sa_type=UtcDateTime)


class IssuingBasis(Base, table=True):
    """One row, whose `token` is another after any change of what issuing depends on beside the register: organisations
    and their keys, programmes and all that belongs to them, cohorts, published lists, API keys.

    Triggers write it (migration 0012), so that no writer can forget to; on a server as the writer commits. So no unit
    issues by what it has changed itself.
    """

    __tablename__ = "issuing_basis"

    id: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    token: str
