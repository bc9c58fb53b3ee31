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


def new_number(territory: str, *, now: datetime) -> str:
    """Return a number such as QC-2606-7F3K-92MD: territory, year and month, forty random bits."""
    code = short_code(8)
    return f"{territory.rpartition('-')[2]}-{now:%y%m}-{code[:4]}-{code[4:]}"


def fresh(session: Session, territory: str, *, count: int, now: datetime) -> list[str]:
    """Return `count` numbers that no credential has."""
    found: dict[str, None] = {}
    while len(found) < count:
        tried = {new_number(territory, now=now) for _ in range(count - len(found))}
        query = select(col(IssuedCredential.number)).where(among(IssuedCredential.number, tried))
        taken = set(session.connection().scalars(query))
        found |= dict.fromkeys(tried - taken)
    return list(found)
