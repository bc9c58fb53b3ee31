"""Organisations: institutions that train, authorities that accredit, partners that endorse or host."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import UniqueConstraint
from sqlmodel import Field

from issuer.base import Base, new_id
from kit.database import UtcDateTime


class OrganisationKind(StrEnum):
    """What an organisation may do here."""

    INSTITUTION = "institution"
    AUTHORITY = "authority"
    PARTNER = "partner"


class KeyUse(StrEnum):
    """What a key signs; uses never share a key (K-USE-1)."""

    CREDENTIAL = "credential"
    STATUS = "status"
    CONTROL = "control"
    """Answers whoever asks the organisation to prove that its DID is its own (`vc.control`)."""


class Organisation(Base, table=True):
    """One organisation with its own DID (did:web under this service's address)."""

    __tablename__ = "organisation"

    id: str = Field(default_factory=new_id, primary_key=True)
    slug: str = Field(unique=True, max_length=60)
    kind: OrganisationKind
    did: str = Field(unique=True)
    name_fr: str
    name_en: str
    territory: str = Field(max_length=10)
    """ISO 3166 code of the country or its part: CA-QC, CA-ON, BE."""
    url: str = ""
    created_at: datetime = Field(sa_type=UtcDateTime)


class OrganisationKey(Base, table=True):
    """A public key of an organisation; the secret half lives in the key store under `signer`.

    Rotated keys stay published with their dates, so that what they signed keeps verifying (K-ROT-1).
    """

    __tablename__ = "organisation_key"
    __table_args__ = (UniqueConstraint("organisation_id", "fragment"),)

    id: str = Field(default_factory=new_id, primary_key=True)
    organisation_id: str = Field(foreign_key="organisation.id", index=True)
    use: KeyUse
    fragment: str
    """The part behind # in the verification method."""
    multikey: str
    signer: str
    """URI for `keys.signers.signer_for`."""
    created_at: datetime = Field(sa_type=UtcDateTime)
    retired_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """No new signatures from here on; old ones stay good."""
    revoked_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """Compromised: nothing signed from here on counts."""
