"""Tables of the last look behind a credential, and of what had changed."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Field

from kit.database import UtcDateTime
from wallet_demo.base import Base, new_id


class LastLook(Base, table=True):
    """What the last look behind a credential found; see `wallet_demo.standing.looking.Standing`."""

    __tablename__ = "last_look"

    credential_id: str = Field(primary_key=True, foreign_key="kept_credential.id", ondelete="CASCADE")
    sealed: bytes | None = None
    """None while the first look is under way."""
    at: datetime = Field(sa_type=UtcDateTime)


class Notice(Base, table=True):
    """Something changed about a kept credential. What it was is sealed; that there was something is not."""

    __tablename__ = "notice"

    id: str = Field(default_factory=new_id, primary_key=True)
    learner_id: str = Field(foreign_key="learner.id", index=True, ondelete="CASCADE")
    credential_id: str = Field(foreign_key="kept_credential.id", index=True, ondelete="CASCADE")
    sealed: bytes
    at: datetime = Field(sa_type=UtcDateTime)
    seen_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
