"""The table of offers that a learner is looking at."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Field

from kit.database import UtcDateTime
from wallet_demo.base import Base, new_id


class Receipt(Base, table=True):
    """An offer on its way to being accepted, or refused. Sealed: the offer holds a code that is worth a credential."""

    __tablename__ = "receipt"

    id: str = Field(default_factory=new_id, primary_key=True)
    learner_id: str = Field(foreign_key="learner.id", index=True, ondelete="CASCADE")
    sealed: bytes
    created_at: datetime = Field(sa_type=UtcDateTime)
