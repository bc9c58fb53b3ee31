"""What partners said for trainings, whether the institution shows it, and the signed forms."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import LargeBinary
from sqlmodel import Field

from issuer.base import Base, new_id
from kit.database import UtcDateTime


class EndorsementState(StrEnum):
    """The life of an endorsement."""

    PLANNED = "planned"
    """Recorded, not signed yet."""
    ACTIVE = "active"
    WITHDRAWN = "withdrawn"


class Endorsement(Base, table=True):
    """One partner's word for one programme, as an `EndorsementCredential`.

    `active_for` names endorser and programme until it is withdrawn: its unique index lets a partner have one word for
    each. Credentials carry an endorsement only where the institution chose to show it (`shown`).
    """

    __tablename__ = "endorsement"

    id: str = Field(default_factory=new_id, primary_key=True)
    endorser_id: str = Field(foreign_key="organisation.id", index=True)
    programme_id: str = Field(foreign_key="programme.id", index=True)
    active_for: str | None = Field(default=None, unique=True)
    credential_id: str = Field(unique=True)
    comment: str
    state: EndorsementState = EndorsementState.PLANNED
    shown: bool | None = None
    """The institution's answer; None until it gave one."""
    reason: str = ""
    revocation_list_id: str = Field(foreign_key="status_list.id")
    revocation_index: int
    body: bytes | None = Field(default=None, sa_type=LargeBinary)
    planned_by: str
    planned_at: datetime = Field(sa_type=UtcDateTime)
    signed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    withdrawn_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
