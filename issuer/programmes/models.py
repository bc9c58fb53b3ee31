"""Programmes: what is taught, by whom, for how long, towards which skills."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import UniqueConstraint
from sqlmodel import Field

from issuer.base import Base, new_id
from kit.database import UtcDateTime


class Stream(StrEnum):
    """fr. volet: perfectionnement or requalification."""

    UPSKILLING = "upskilling"
    RESKILLING = "reskilling"


class Programme(Base, table=True):
    """A training of one institution. `achievement_id` is its name in credentials and never changes."""

    __tablename__ = "programme"
    __table_args__ = (UniqueConstraint("organisation_id", "slug"),)

    id: str = Field(default_factory=new_id, primary_key=True)
    organisation_id: str = Field(foreign_key="organisation.id", index=True)
    slug: str = Field(max_length=60)
    achievement_id: str = Field(unique=True)
    title_fr: str
    title_en: str
    description_fr: str
    description_en: str
    criteria_fr: str
    criteria_en: str
    hours: int
    stream: Stream
    language: str = Field(max_length=10)
    """Language of instruction (BCP 47)."""
    valid_months: int | None = None
    """How long a credential stays in force; None means without end."""
    created_at: datetime = Field(sa_type=UtcDateTime)
    archived_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class ProgrammeSkill(Base, table=True):
    """A skill of a public framework that the programme leads to (Open Badges `alignment`)."""

    __tablename__ = "programme_skill"

    id: str = Field(default_factory=new_id, primary_key=True)
    programme_id: str = Field(foreign_key="programme.id", index=True)
    position: int
    name_fr: str
    name_en: str
    framework: str
    """For example "ESCO v1.2" or "NOC 2021 v1.0"."""
    code: str
    url: str
    target_type: str = "ceasn:Competency"
