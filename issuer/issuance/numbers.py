"""The names of a credential: the number that people read, and the identifiers that machines use."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import select
from sqlmodel import Session, col

from issuer.issuance.models import IssuedCredential
from kit.many import among
from kit.tokens import short_code


def new_urn() -> str:
    """Return a fresh random `urn:uuid:`."""
    return uuid.uuid4().urn


def new_numbers(territory: str, *, count: int, now: datetime) -> set[str]:
    """Return numbers such as QC-2606-7F3K-92MD: territory, year and month, forty random bits."""
    begins = f"{territory.rpartition('-')[2]}-{now:%y%m}"
    codes = (short_code(8) for _ in range(count))
    return {f"{begins}-{code[:4]}-{code[4:]}" for code in codes}


def fresh(session: Session, territory: str, *, count: int, now: datetime) -> list[str]:
    """Return `count` numbers that no credential has."""
    found: dict[str, None] = {}
    while len(found) < count:
        tried = new_numbers(territory, count=count - len(found), now=now)
        query = select(col(IssuedCredential.number)).where(among(IssuedCredential.number, tried))
        taken = set(session.connection().scalars(query))
        found |= dict.fromkeys(tried - taken)
    return list(found)
