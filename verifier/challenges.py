"""One-time challenges: given out, spent once, short-lived."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import delete
from sqlmodel import Session, col

from kit.tokens import digest, new_token
from verifier.base import Challenge

LIFETIME = timedelta(minutes=5)
_MARK = "once."


def is_ours(challenge: str) -> bool:
    """Whether it looks like one that was given out here, so that it counts only while it is unspent."""
    return challenge.startswith(_MARK)


def give_out(session: Session, *, now: datetime) -> str:
    """Return a fresh challenge of 256 random bits, and forget those that have expired."""
    session.exec(delete(Challenge).where(col(Challenge.expires_at) < now))
    challenge = _MARK + new_token()
    session.add(Challenge(digest=digest(challenge), expires_at=now + LIFETIME))
    return challenge


def spend(session: Session, challenge: str, *, now: datetime) -> bool:
    """Take a challenge out of the world; True for the one caller that did (one DELETE decides the race)."""
    gone = session.exec(
        delete(Challenge).where(col(Challenge.digest) == digest(challenge), col(Challenge.expires_at) >= now)
    )
    return gone.rowcount == 1
