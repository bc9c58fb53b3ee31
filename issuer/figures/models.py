"""Figures that were counted and kept, for institutions with so many credentials that no page should count them."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Field

from issuer.base import Base
from kit.database import UtcDateTime


class KeptFigures(Base, table=True):
    """The figures of one institution as they were at `counted_at`."""

    __tablename__ = "kept_figures"

    organisation_id: str = Field(foreign_key="organisation.id", primary_key=True)
    issued: int = 0
    """Credentials that were ever signed."""
    taken: int = 0
    """Of those, how many are in a wallet."""
    suspended: int = 0
    revoked: int = 0
    counted_at: datetime = Field(sa_type=UtcDateTime)
