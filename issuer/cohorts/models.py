"""Cohorts and their registers: one run of a programme, who took part, and the imports that said so."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import UniqueConstraint
from sqlmodel import Field

from issuer.base import Base, new_id
from kit.database import UtcDateTime


class Cohort(Base, table=True):
    """One run of a programme."""

    __tablename__ = "cohort"
    __table_args__ = (UniqueConstraint("programme_id", "code"),)

    id: str = Field(default_factory=new_id, primary_key=True)
    programme_id: str = Field(foreign_key="programme.id", index=True)
    code: str = Field(max_length=60)
    starts_on: date
    ends_on: date
    created_at: datetime = Field(sa_type=UtcDateTime)


class Participant(Base, table=True):
    """A person in a cohort's register. `learner_number` is the institution's own and tells people apart."""

    __tablename__ = "participant"
    __table_args__ = (UniqueConstraint("cohort_id", "learner_number"),)

    id: str = Field(default_factory=new_id, primary_key=True)
    cohort_id: str = Field(foreign_key="cohort.id", index=True)
    learner_number: str = Field(max_length=60)
    given_name: str
    family_name: str
    email: str = ""
    language: str = "fr"
    created_at: datetime = Field(sa_type=UtcDateTime)


class ImportState(StrEnum):
    """A register file is looked at first, then taken over whole or not at all."""

    PREVIEWED = "previewed"
    COMMITTED = "committed"
    DISCARDED = "discarded"


class RegisterImport(Base, table=True):
    """An uploaded class register: parsed rows wait here (as JSON lines) until somebody commits them."""

    __tablename__ = "register_import"

    id: str = Field(default_factory=new_id, primary_key=True)
    cohort_id: str = Field(foreign_key="cohort.id", index=True)
    file_name: str
    sha256: str = Field(index=True)
    state: ImportState
    rows: str
    """JSON: the rows that can be taken over."""
    errors: str
    """JSON: the rows that cannot, each with line, column, value and reason code."""
    created_by: str
    created_at: datetime = Field(sa_type=UtcDateTime)
    committed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
