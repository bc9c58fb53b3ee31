"""Completions: the recorded fact that a participant finished a programme."""

from __future__ import annotations

from datetime import date, datetime

from sqlmodel import Field

from issuer.base import Base, new_id
from kit.database import UtcDateTime


class Completion(Base, table=True):
    """At most one per participant; a credential is issued once for each."""

    __tablename__ = "completion"

    id: str = Field(default_factory=new_id, primary_key=True)
    participant_id: str = Field(foreign_key="participant.id", unique=True)
    programme_id: str = Field(foreign_key="programme.id")
    """Without an index: nothing looks for completions by programme, and SQLite would, for a thousand of them."""
    completed_on: date
    result: str = ""
    """Mark or level as the institution writes it; empty when there is none."""
    recorded_at: datetime = Field(sa_type=UtcDateTime)
    recorded_by: str
