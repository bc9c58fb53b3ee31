"""Jobs, their chunks, and the outcome of each row."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Index, Text, UniqueConstraint
from sqlmodel import Field

from issuer.base import Base, new_id
from kit.database import UtcDateTime


class JobState(StrEnum):
    """What people decided about a job. That it is over is not stored: it is when no chunk is open."""

    RUNNING = "running"
    PAUSED = "paused"
    CANCELLED = "cancelled"


class RowOutcome(StrEnum):
    """How a row ended."""

    ISSUED = "issued"
    ALREADY_ISSUED = "already_issued"
    REFUSED = "refused"
    CANCELLED = "cancelled"


class Job(Base, table=True):
    """Credentials for many completions of one cohort, asked for in one act."""

    __tablename__ = "job"
    __table_args__ = (UniqueConstraint("organisation_id", "key_digest"),)

    id: str = Field(default_factory=new_id, primary_key=True)
    organisation_id: str = Field(foreign_key="organisation.id", index=True)
    cohort_id: str = Field(foreign_key="cohort.id", index=True)
    file_name: str = ""
    """The register that came with it; empty when it issues for completions that are recorded already."""
    state: JobState
    trouble: str = ""
    """Why the job paused by itself: a fault that came back; empty while there is none."""
    key_digest: str | None = None
    """Digest of the idempotency key that it was asked for with."""
    request_digest: str = ""
    created_by: str
    created_at: datetime = Field(sa_type=UtcDateTime)


class JobChunk(Base, table=True):
    """Rows that are issued together. It is open until `ended_at`.

    Whoever works on it holds its lease: a word that nobody else knows, until a moment that is put off again and
    again. What is written at the end is written under that word, so a worker that was taken for dead changes nothing.
    """

    __tablename__ = "job_chunk"
    __table_args__ = (
        UniqueConstraint("job_id", "number"),
        Index("ix_job_chunk_open", "ended_at", "job_id", "number"),
    )

    id: str = Field(default_factory=new_id, primary_key=True)
    job_id: str = Field(foreign_key="job.id")
    number: int
    size: int
    lease: str | None = None
    lease_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    faults: int = 0
    """How often in a row the work on it broke off with a fault."""
    ready_at: datetime = Field(sa_type=UtcDateTime)
    """Not before this moment, after a fault or while somebody else issues for one of its rows."""
    issued: int = 0
    already_issued: int = 0
    refused: int = 0
    cancelled: int = 0
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    intents: str = Field(default="[]", sa_type=Text)
    """JSON: the credentials that were begun under the last lease and have not ended."""
    entries: str = Field(sa_type=Text)
    """JSON: the rows as they came in (`issuer.jobs.entries`); empty once the chunk has ended. The long texts are the
    table's last columns: SQLite reads the figures without passing through them."""


class JobRow(Base, table=True):
    """What became of one row. The primary key is what makes "one outcome per row" true."""

    __tablename__ = "job_row"

    job_id: str = Field(foreign_key="job.id", primary_key=True)
    line: int = Field(primary_key=True)
    """Its line in the file, or its place in the cohort, from 1."""
    learner_number: str = ""
    outcome: RowOutcome
    credential_id: str | None = None
    """Database id of the credential that the row has now."""
    reasons: str = Field(default="", sa_type=Text)
    """JSON: why it was refused, English sentences; empty for none."""
    entry: str = Field(default="", sa_type=Text)
    """JSON: the row as it came in, kept while it is refused, so that it can be tried again."""


class JobWorker(Base, table=True):
    """A worker process that is alive, or was a moment ago."""

    __tablename__ = "job_worker"

    id: str = Field(primary_key=True)
    """Its executor id for dbos; new with every start."""
    seen_at: datetime = Field(sa_type=UtcDateTime)
