"""Who applies from elsewhere, and what was sent to them."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import UniqueConstraint
from sqlmodel import Field

from issuer.base import Base, new_id
from kit.database import UtcDateTime


class OutsideApplicant(Base, table=True):
    """Somebody who filled in the public form. What they say counts once they proved control of the DID.

    Until then there is no application: nobody can begin one in the name of somebody else. Afterwards several links
    may lead to one application, all of whose holders proved the same DID.
    """

    __tablename__ = "outside_applicant"

    id: str = Field(default_factory=new_id, primary_key=True)
    scheme_id: str = Field(foreign_key="scheme.id", index=True)
    link_digest: str = Field(unique=True)
    """Digest of the link's token; the token itself is worked out anew for letters."""
    language: str = Field(max_length=2)
    applicant_did: str
    applicant_name: str
    contact_name: str
    contact_email: str = Field(max_length=254)
    achievement_id: str
    programme_title_fr: str
    programme_title_en: str
    challenge: str = ""
    """What the answer has to repeat; empty once it was answered."""
    challenge_expires_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    proven_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    application_id: str | None = Field(default=None, foreign_key="application.id", index=True)
    told: str = ""
    """The state of the application that the last letter was about."""
    delivery_url: str = ""
    """Where signed recognitions are sent, now and later; empty for nowhere."""
    created_at: datetime = Field(sa_type=UtcDateTime)


class DeliveryState(StrEnum):
    """What became of a delivery."""

    PENDING = "pending"
    DELIVERED = "delivered"
    GIVEN_UP = "given_up"


class Delivery(Base, table=True):
    """One signed edition for one applicant: to be sent until it is taken, or given up."""

    __tablename__ = "recognition_delivery"
    __table_args__ = (UniqueConstraint("applicant_id", "recognition_id"),)

    id: str = Field(default_factory=new_id, primary_key=True)
    applicant_id: str = Field(foreign_key="outside_applicant.id", index=True)
    recognition_id: str = Field(foreign_key="recognition.id", index=True)
    state: DeliveryState = DeliveryState.PENDING
    attempts: int = 0
    next_try_at: datetime | None = Field(default=None, sa_type=UtcDateTime, index=True)
    """None when it is not tried again."""
    answer: str = ""
    """What the last attempt met with, in English."""
    created_at: datetime = Field(sa_type=UtcDateTime)
    delivered_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
