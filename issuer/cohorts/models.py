"""Cohorts and their registers: one run of a programme, who took part, and the imports that said so."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, Index, UniqueConstraint
from sqlmodel import Field, col

from issuer.base import Base, new_id
from kit.database import UtcDateTime
from kit.searching import folded


class Cohort(Base, table=True):
    """One run of a programme."""

    __tablename__ = "cohort"
    __table_args__ = (
        UniqueConstraint("programme_id", "code"),
        Index("ix_cohort_newest", "programme_id", "starts_on", "id"),
    )

    id: str = Field(default_factory=new_id, primary_key=True)
    programme_id: str = Field(foreign_key="programme.id")
    code: str = Field(max_length=60)
    starts_on: date
    ends_on: date
    created_at: datetime = Field(sa_type=UtcDateTime)


class Participant(Base, table=True):
    """A person in a cohort's register. `learner_number` is the institution's own and tells people apart."""

    __tablename__ = "participant"
    __table_args__ = (UniqueConstraint("cohort_id", "learner_number"),)

    id: str = Field(default_factory=new_id, primary_key=True)
    cohort_id: str = Field(foreign_key="cohort.id")
    learner_number: str = Field(max_length=60, index=True)
    given_name: str
    family_name: str
    email: str = ""
    language: str = "fr"
    created_at: datetime = Field(sa_type=UtcDateTime)


def by_name() -> tuple[ColumnElement[str], ...]:
    """The order of a register: by family name as people look it up (É among the E), then given name and number."""
    return folded(Participant.family_name), folded(Participant.given_name), col(Participant.learner_number).asc()


class ImportState(StrEnum):
    """A register file is looked at first, then taken over; nothing in between."""

    PREVIEWED = "previewed"
    COMMITTED = "committed"
    UNDONE = "undone"


class RegisterImport(Base, table=True):
    """An uploaded class register: its cells wait here until somebody takes the good rows over."""

    __tablename__ = "register_import"

    id: str = Field(default_factory=new_id, primary_key=True)
    cohort_id: str = Field(foreign_key="cohort.id", index=True)
    file_name: str
    state: ImportState
    sheet: str
    """JSON: heading cells, and rows with their line numbers, as they were read and since corrected."""
    columns: str
    """JSON: which column of the sheet is which field."""
    undo: str = "{}"
    """JSON: what the take-over created and changed, to be able to take it back."""
    created_by: str
    created_at: datetime = Field(sa_type=UtcDateTime)
    committed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
