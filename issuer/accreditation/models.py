"""Accreditation: an authority's dated, signed, revocable decision about one programme of one institution, or that
another authority may decide in its turn."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import LargeBinary, UniqueConstraint
from sqlmodel import Field

from issuer.base import Base, new_id
from kit.database import UtcDateTime
from vc.recognition import Conditions


class AccreditationState(StrEnum):
    """Where an accreditation stands now; its history is in the audit record and the signed editions."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    WITHDRAWN = "withdrawn"


class Accreditation(Base, table=True):
    """The decision. Institution and programme are named by DID and achievement id, so that an institution whose
    issuer runs elsewhere can be accredited too.

    A decision `to_recognise` is about an authority: no achievement, limits instead (`limits_of`), and titles that say
    what it may do.
    """

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
    track_fr: str = ""
    """What the authority's scheme calls the track; empty for tracks that we have words for."""
    track_en: str = ""
    stream: str = ""
    territory: str = ""
    to_recognise: bool = False
    """Whether it is an authority that is recognised, to recognise others; then `track`, `stream` and `territory` may
    each hold several values with spaces between."""
    programmes: str = ""
    """Achievement identifiers, with spaces between, that a recognised authority is limited to."""
    max_depth: int | None = None
    """How many further authorities may follow below a recognised authority."""
    valid_from: datetime = Field(sa_type=UtcDateTime)
    valid_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    state: AccreditationState = AccreditationState.ACTIVE
    state_since: datetime = Field(sa_type=UtcDateTime)
    """The date from which suspension, reinstatement or withdrawal takes effect."""
    reason: str = ""
    decided_by: str
    decided_at: datetime = Field(sa_type=UtcDateTime)


def limits_of(accreditation: Accreditation) -> Conditions:
    """Return the conditions of a decision, as recognitions state them."""
    return Conditions(
        territories=tuple(accreditation.territory.split()),
        tracks=tuple(accreditation.track.split()),
        streams=tuple(accreditation.stream.split()),
        programmes=tuple((accreditation.programmes or accreditation.achievement_id).split()),
        max_depth=accreditation.max_depth,
    )


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
    digest: str = Field(default="", index=True)
    """SHA-256 of the canonical form of `body`, in hexadecimal, as in the history; empty until that is published."""
