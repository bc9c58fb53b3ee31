"""The record of acts: hash-chained, one entry per act, in the same transaction as the act (I-DUR-5, K-LOG-1)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index
from sqlmodel import Field

from issuer.base import Base
from kit.database import UtcDateTime


class AuditEntry(Base, table=True):
    """One act. `hash` covers every other member and the hash before it."""

    __tablename__ = "audit_entry"
    __table_args__ = (Index("ix_audit_entry_of_organisation", "organisation_id", "sequence"),)

    sequence: int = Field(primary_key=True)
    at: datetime = Field(sa_type=UtcDateTime)
    actor: str
    """staff:ID, api-key:ID, wallet (a learner's claim) or system."""
    organisation_id: str = ""
    act: str
    subject: str
    """Identifier of the thing acted upon."""
    detail: str = "{}"
    """JSON without personal data."""
    previous_hash: str
    hash: str


class AuditHead(Base, table=True):
    """The end of the chain: one row, locked by whoever appends."""

    __tablename__ = "audit_head"

    id: int = Field(primary_key=True)
    sequence: int
    hash: str
