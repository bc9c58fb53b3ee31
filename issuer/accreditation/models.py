"""Accreditation: an authority's dated, signed, revocable decision about one programme of one institution."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import LargeBinary, UniqueConstraint
from sqlmodel import Field

from issuer.base import Base, new_id
from kit.database import UtcDateTime


class AccreditationState(StrEnum):
    """Where an accreditation stands now; its history is in the audit record and the signed editions."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    WITHDRAWN = "withdrawn"


class Accreditation(Base, table=True):
    """The decision. Institution and programme are named by DID and achievement id, so that an institution whose
    issuer runs elsewhere can be accredited too."""

    __tablename__ = "accreditation"
    __table_args__ = (UniqueConstraint("authority_id", "number"),)

    id: str = Field(default_factory=new_id, primary_key=True)
    authority_id: str = Field(foreign_key="organisation.id", index=True)
    institution_did: str = Field(index=True)
    institution_name: str
    achievement_id: str = Field(index=True)
    programme_title_fr: str
    programme_title_en: str
    number: str = Field(max_length=60)
    """The authority's own file number."""
    track: str = ""
    stream: str = ""
    territory: str = ""
    valid_from: datetime = Field(sa_type=UtcDateTime)
    valid_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    state: AccreditationState = AccreditationState.ACTIVE
    state_since: datetime = Field(sa_type=UtcDateTime)
    """The date from which suspension, reinstatement or withdrawal takes effect."""
    reason: str = ""
    decided_by: str
    decided_at: datetime = Field(sa_type=UtcDateTime)


class Recognition(Base, table=True):
    """One edition of an accreditation as a `RecognizedEntityCredential`; editions are kept as they were signed.

    An edition is planned first (the intent: no body yet), then signed, and takes effect in the same unit as its
    signature is stored. A closing edition (`closes_id`) is the copy of an earlier one that says when it ended.
    """

    __tablename__ = "recognition"
    __table_args__ = (UniqueConstraint("accreditation_id", "edition"),)

    id: str = Field(default_factory=new_id, primary_key=True)
    accreditation_id: str = Field(foreign_key="accreditation.id", index=True)
    edition: int
    credential_id: str = Field(index=True)
    """The `id` member; a closing edition has that of the edition it closes."""
    becomes: AccreditationState
    """The state of the accreditation once this edition is signed."""
    reason: str = ""
    effective_at: datetime = Field(sa_type=UtcDateTime)
    closes_id: str | None = Field(default=None, foreign_key="recognition.id")
    revocation_list_id: str | None = Field(default=None, foreign_key="status_list.id")
    revocation_index: int | None = None
    planned_by: str
    planned_at: datetime = Field(sa_type=UtcDateTime)
    body: bytes | None = Field(default=None, sa_type=LargeBinary)
    signed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
