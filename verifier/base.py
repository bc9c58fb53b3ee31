"""The verifier's tables: one-time challenges, the presentations it asked for, and what it checks in bulk."""

from __future__ import annotations

import uuid
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Index, LargeBinary
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

from kit.database import UtcDateTime
from kit.throttle import attempts_table


class Base(SQLModel, registry=registry()):
    """Base of every verifier table."""


class Challenge(Base, table=True):
    """A challenge that was given out; spent at most once, over all replicas (P-RPL-1)."""

    __tablename__ = "challenge"

    digest: str = Field(primary_key=True)
    expires_at: datetime = Field(sa_type=UtcDateTime)


class RequestState(StrEnum):
    """Where a request to a candidate stands."""

    WAITING = "waiting"
    OPENED = "opened"
    ANSWERED = "answered"
    REFUSED = "refused"


class PresentationRequest(Base, table=True):
    """What was asked of a candidate, and for a short time what came back.

    `browser_digest` binds the answer to the browser session that asked: nobody else sees it.
    """

    __tablename__ = "presentation_request"

    id: str = Field(default_factory=lambda: str(uuid.uuid4()), primary_key=True)
    reference: str = Field(unique=True)
    browser_digest: str = Field(index=True)
    nonce: str
    wanted: str
    """Which of `verifier.asking.wanted.CHOICES` was asked for."""
    reason: str
    created_at: datetime = Field(sa_type=UtcDateTime)
    expires_at: datetime = Field(sa_type=UtcDateTime)
    state: RequestState = RequestState.WAITING
    answer: str = ""
    """The presentations as they came (JSON), until `expires_at`."""
    answered_to: str = ""
    """The client identifier that the answer was made for."""
    answered_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class BrowserTrust(Base, table=True):
    """Whom one employer trusts, where that differs from what the operator offers."""

    __tablename__ = "browser_trust"

    owner_digest: str = Field(primary_key=True)
    left_out: str = "[]"
    """JSON list of the packs that do not count."""
    own: str = "[]"
    """JSON list of authorities that were added (`kit.anchors`)."""
    changed_at: datetime = Field(index=True, sa_type=UtcDateTime)


Attempt = attempts_table(Base)
"""Uploads of many credentials, counted by address."""


class ScreeningState(StrEnum):
    """Where the check of many credentials stands."""

    RECEIVING = "receiving"
    """Its items are still being kept; a crash leaves it like this until it expires."""
    CHECKING = "checking"
    DONE = "done"
    CANCELLED = "cancelled"


class Screening(Base, table=True):
    """Many credentials that one employer wants checked. `owner_digest` binds it to the browser or program that asked.

    Whoever checks the next few holds `taken_until`; on several replicas each takes what nobody holds, the one that
    waited longest first. Everything is forgotten at `expires_at`.
    """

    __tablename__ = "screening"
    __table_args__ = (Index("ix_screening_waiting", "state", "served_at"),)

    id: str = Field(default_factory=lambda: str(uuid.uuid4()), primary_key=True)
    owner_digest: str = Field(index=True)
    name: str
    """Of the file that was uploaded."""
    trusted: str = "[]"
    """Whose word counts for it, as JSON list (`kit.anchors`)."""
    total: int
    state: ScreeningState = ScreeningState.CHECKING
    created_at: datetime = Field(sa_type=UtcDateTime)
    served_at: datetime = Field(sa_type=UtcDateTime)
    """When its last few were checked."""
    taken_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    finished_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    expires_at: datetime = Field(index=True, sa_type=UtcDateTime)


class ScreenedItem(Base, table=True):
    """One of them, and the answers about the credentials in it once they are there."""

    __tablename__ = "screened_item"
    __table_args__ = (Index("ix_screened_item_kind", "screening_id", "kind", "position"),)

    screening_id: str = Field(foreign_key="screening.id", primary_key=True)
    position: int = Field(primary_key=True)
    label: str
    link: str = ""
    document: bytes = Field(default=b"", sa_type=LargeBinary)
    trouble: str = ""
    """Why it cannot be looked at, as a source text; empty where it can."""
    kind: str = ""
    """`ok`, `bad`, `warn` or `unk` by the gravest answer; empty until it was checked."""
    results: str = ""
    """The answers as JSON (`verifier.screening.results`)."""
