"""The table of kept credentials."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import UniqueConstraint
from sqlmodel import Field

from kit.database import UtcDateTime
from wallet_demo.base import Base, new_id


class KeptCredential(Base, table=True):
    """A credential that the learner accepted. A deleted one can be restored until it is swept away."""

    __tablename__ = "kept_credential"
    __table_args__ = (UniqueConstraint("learner_id", "fingerprint"),)

    id: str = Field(default_factory=new_id, primary_key=True)
    learner_id: str = Field(foreign_key="learner.id", index=True, ondelete="CASCADE")
    fingerprint: str
    """Equal for equal credentials of one learner (keyed, so it tells nobody else anything)."""
    sealed_document: bytes
    """The credential exactly as the issuer signed it."""
    sealed_check: bytes
    """What the last check found; see `wallet_demo.checking.Checked`."""
    received_at: datetime = Field(sa_type=UtcDateTime)
    deleted_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
