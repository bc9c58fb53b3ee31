"""Which trainings a programme is made of, who is placed with which host, and the learner records made of it all."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import UniqueConstraint
from sqlmodel import Field

from issuer.base import Base, new_id
from kit.database import UtcDateTime


class PartKind(StrEnum):
    """What a part is to the whole."""

    CLASSES = "classes"
    INTERNSHIP = "internship"
    """Attested by the host, who signs as its own organisation."""
    STAGE = "stage"
    """A qualifying stage: a credential that is worth something by itself."""


class ProgrammePart(Base, table=True):
    """A training that belongs to another. Each has its own achievement, and its own credential for each learner."""

    __tablename__ = "programme_part"
    __table_args__ = (UniqueConstraint("whole_id", "part_id"),)

    id: str = Field(default_factory=new_id, primary_key=True)
    whole_id: str = Field(foreign_key="programme.id", index=True)
    part_id: str = Field(foreign_key="programme.id", index=True)
    """A programme of the same organisation, or of the host."""
    kind: PartKind
    required: bool = True
    """Whether the whole is issued only to who has completed it."""
    position: int


class Placement(Base, table=True):
    """A participant of the whole who does a part with somebody else, and stands in the host's register for that."""

    __tablename__ = "placement"
    __table_args__ = (UniqueConstraint("participant_id", "programme_part_id"),)

    id: str = Field(default_factory=new_id, primary_key=True)
    participant_id: str = Field(foreign_key="participant.id", index=True)
    programme_part_id: str = Field(foreign_key="programme_part.id")
    host_participant_id: str = Field(foreign_key="participant.id", unique=True)
    placed_by: str
    placed_at: datetime = Field(sa_type=UtcDateTime)
