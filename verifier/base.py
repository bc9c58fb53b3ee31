"""The verifier's tables: one-time challenges, and the presentations it asked for."""

from __future__ import annotations

import uuid
from datetime import datetime
from enum import StrEnum

from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

from kit.database import UtcDateTime


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
