"""Tables of learner accounts and their sessions."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Field

from kit.database import UtcDateTime
from kit.throttle import attempts_table
from wallet_demo.base import Base, new_id


class Learner(Base, table=True):
    """A person with a passport here. Everything about their trainings is sealed; see `wallet_demo.vault`."""

    __tablename__ = "learner"

    id: str = Field(default_factory=new_id, primary_key=True)
    email: str = Field(unique=True, max_length=254)
    name: str = Field(max_length=200)
    passphrase_hash: str
    salt: bytes
    """Of the key that the passphrase opens; unrelated to the salt inside `passphrase_hash`."""
    sealed_vault_key: bytes
    holder: str
    """The did:key under which credentials are issued to this learner."""
    sealed_holder_key: bytes
    created_at: datetime = Field(sa_type=UtcDateTime)


class LearnerSession(Base, table=True):
    """One signed-in browser. The cookie's token, kept nowhere, opens the vault key."""

    __tablename__ = "learner_session"

    token_digest: str = Field(primary_key=True)
    learner_id: str = Field(foreign_key="learner.id", index=True, ondelete="CASCADE")
    sealed_vault_key: bytes
    created_at: datetime = Field(sa_type=UtcDateTime)
    expires_at: datetime = Field(sa_type=UtcDateTime)


Attempt = attempts_table(Base)
