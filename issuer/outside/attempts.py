"""How often somebody without an account may begin, look up a training or answer the question: counted by address."""

from __future__ import annotations

from datetime import timedelta

from starlette.requests import Request

from issuer.office import Office
from issuer.staff.models import Attempt
from kit.throttle import count_attempt
from kit.web import client_address

PER_HOUR = {"begin": 10, "fill-in": 30, "proof": 30}


def count(office: Office, request: Request, act: str) -> None:
    """Count one more. Raises `TooManyRequests`."""
    key = f"apply-{act}:{client_address(request)}"
    with office.database.unit() as session:
        count_attempt(session, Attempt, key, limit=PER_HOUR[act], window=timedelta(hours=1), now=office.clock())
