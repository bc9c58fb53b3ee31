"""The leases that this process holds: put off while somebody works under them, left to run out otherwise."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from sqlalchemy import update
from sqlmodel import Session, col

from issuer.jobs.models import JobChunk

LEASE = timedelta(seconds=8)
"""How long a chunk stays with a worker that is not heard of: a few missed beats."""


class Leases:
    """The leases of one process. A thread beside the work puts them off (`renew`)."""

    def __init__(self) -> None:
        self._held: set[str] = set()
        self._guard = threading.Lock()

    @staticmethod
    def new() -> str:
        """Return a word that nobody else knows."""
        return secrets.token_hex(16)

    @contextmanager
    def holding(self, lease: str) -> Iterator[None]:
        """Hold `lease` while the block runs."""
        with self._guard:
            self._held.add(lease)
        try:
            yield
        finally:
            with self._guard:
                self._held.discard(lease)

    @property
    def any_held(self) -> bool:
        """True while somebody works under one."""
        return bool(self._held)

    def renew(self, session: Session, *, now: datetime) -> None:
        """Put off the end of every lease that is held, in the caller's unit."""
        with self._guard:
            held = list(self._held)
        if held:
            session.exec(update(JobChunk).where(col(JobChunk.lease).in_(held)).values(lease_until=now + LEASE))
