"""Tables of share links and their openings."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Field

from kit.database import UtcDateTime
from wallet_demo.base import Base, new_id


class Share(Base, table=True):
    """A link that shows a selection. The presentation opens with the link's token, which only the link carries."""

    __tablename__ = "share"

    id: str = Field(default_factory=new_id, primary_key=True)
    learner_id: str = Field(foreign_key="learner.id", index=True, ondelete="CASCADE")
    token_digest: str = Field(unique=True)
    sealed_presentation: bytes
    """Sealed by the token."""
    sealed_for_owner: bytes
    """Sealed by the learner's vault: the token again, for whom, and which credentials."""
    created_at: datetime = Field(sa_type=UtcDateTime)
    expires_at: datetime = Field(sa_type=UtcDateTime)
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class ShareOpening(Base, table=True):
    """Somebody opened a share link: when, and as a page or as data. Nothing about who."""

    __tablename__ = "share_opening"

    id: str = Field(default_factory=new_id, primary_key=True)
    share_id: str = Field(foreign_key="share.id", index=True, ondelete="CASCADE")
    as_data: bool
    at: datetime = Field(sa_type=UtcDateTime)
