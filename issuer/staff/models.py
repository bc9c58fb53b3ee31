"""Staff of the organisations: accounts, sessions, roles and the API keys of their systems."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Index
from sqlmodel import Field

from issuer.base import Base, new_id
from kit.database import UtcDateTime
from kit.throttle import attempts_table


class Role(StrEnum):
    """Each role may do what those after it may."""

    ADMINISTRATOR = "administrator"
    REGISTRAR = "registrar"
    MEMBER = "member"
    """Sits on an authority's committee: gives opinions, signs nothing."""
    READER = "reader"


class StaffMember(Base, table=True):
    """A person who works for one organisation."""

    __tablename__ = "staff_member"

    id: str = Field(default_factory=new_id, primary_key=True)
    organisation_id: str = Field(foreign_key="organisation.id", index=True)
    email: str = Field(unique=True, max_length=254)
    name: str
    role: Role
    password_hash: str
    created_at: datetime = Field(sa_type=UtcDateTime)
    disabled_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class StaffSession(Base, table=True):
    """One signed-in browser; only the digest of its token is kept."""

    __tablename__ = "staff_session"

    token_digest: str = Field(primary_key=True)
    staff_member_id: str = Field(foreign_key="staff_member.id", index=True)
    created_at: datetime = Field(sa_type=UtcDateTime)
    expires_at: datetime = Field(sa_type=UtcDateTime, index=True)


class ApiKey(Base, table=True):
    """A key for an organisation's own systems, limited to its scopes; only the digest is kept."""

    __tablename__ = "api_key"

    id: str = Field(default_factory=new_id, primary_key=True)
    organisation_id: str = Field(foreign_key="organisation.id", index=True)
    name: str
    prefix: str
    """The first characters, by which people recognise the key."""
    key_digest: str = Field(unique=True)
    scopes: str
    """Space-separated: credentials:issue credentials:status credentials:read."""
    created_at: datetime = Field(sa_type=UtcDateTime)
    revoked_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


Attempt = attempts_table(Base)
Index("ix_attempt_window_start", Attempt.window_start)
