"""Tables of presentation requests and of what was shown to whom."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Field

from kit.database import UtcDateTime
from wallet_demo.base import Base, new_id


class PresentationRequest(Base, table=True):
    """A verifier's request that the learner is looking at, until it is answered or declined."""

    __tablename__ = "presentation_request"

    id: str = Field(default_factory=new_id, primary_key=True)
    learner_id: str = Field(foreign_key="learner.id", index=True, ondelete="CASCADE")
    sealed: bytes
    created_at: datetime = Field(sa_type=UtcDateTime)


class Shown(Base, table=True):
    """One line of the learner's own log: what was presented to whom."""

    __tablename__ = "shown"

    id: str = Field(default_factory=new_id, primary_key=True)
    learner_id: str = Field(foreign_key="learner.id", index=True, ondelete="CASCADE")
    sealed: bytes
    at: datetime = Field(sa_type=UtcDateTime)
