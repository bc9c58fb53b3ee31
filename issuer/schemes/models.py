"""Schemes that authorities run: the file as it was adopted, and what the authority set for itself."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import BigInteger, UniqueConstraint
from sqlmodel import Field

from issuer.base import Base, new_id
from kit.database import UtcDateTime


class Scheme(Base, table=True):
    """A scheme of one authority. `source` never changes, so that answers keep the questions that they answer."""

    __tablename__ = "scheme"
    __table_args__ = (UniqueConstraint("authority_id", "slug"),)

    id: str = Field(default_factory=new_id, primary_key=True)
    authority_id: str = Field(foreign_key="organisation.id", index=True)
    slug: str = Field(max_length=60)
    source: str
    """The scheme's file (TOML)."""
    name_fr: str
    name_en: str
    summary_fr: str
    summary_en: str
    territories: str
    """Space-separated; those of the file or some of them."""
    validity_months: int | None = None
    promise_days: int
    answer_by: date | None = None
    opinions: int
    zone: str
    opens_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    closes_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """The end of the last minute in which applications are taken."""
    is_open: bool = False
    """Whether the authority takes applications at all, dates apart."""
    committed: int = Field(default=0, sa_type=BigInteger)
    """What approvals have taken from the envelope, in whole units of its currency."""
    last_number: int = 0
    """The running number of the last application that was sent."""
    created_at: datetime = Field(sa_type=UtcDateTime)
