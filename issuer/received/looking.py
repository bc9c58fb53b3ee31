"""What an institution received, looked up: with the authority, and the documents that came of each recognition."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from issuer.organisations.models import Organisation
from issuer.programmes.models import Programme
from issuer.received.models import (
    Acceptance,
    ListedStatus,
    ReceivedEdition,
    ReceivedRecognition,
    RecognisingAuthority,
)
from kit.problems import NotFound

STALE_AFTER = timedelta(days=7)
"""Without a full answer of the authority for so long, a recognition no longer counts as in force on our pages."""


class UnknownRecognition(NotFound):
    """The institution received no such thing."""


@dataclass(frozen=True)
class Received:
    """One recognition with its authority and the documents that came of it, oldest first."""

    recognition: ReceivedRecognition
    authority: RecognisingAuthority
    editions: tuple[ReceivedEdition, ...]

    @property
    def original(self) -> ReceivedEdition | None:
        """The newest edition that was not closed."""
        return next((one for one in reversed(self.editions) if not one.end_reason), None)

    @property
    def ending(self) -> ReceivedEdition | None:
        """The closed copy that ends it last; of two for one day, the withdrawal that followed a suspension."""
        closed = [one for one in self.editions if one.end_reason]
        return max(
            closed, key=lambda one: (one.valid_until or one.received_at, one.end_reason == "withdrawn"), default=None
        )

    def holds(self, now: datetime) -> bool:
        """Whether it is in force at `now`, as far as the authority has answered lately."""
        row, original = self.recognition, self.original
        if original is None or self.ending is not None or row.status is not ListedStatus.GOOD:
            return False
        fresh = self.authority.checked_at is not None and now - self.authority.checked_at <= STALE_AFTER
        until = original.valid_until
        return fresh and row.valid_from <= now and (until is None or now <= until)


def of_organisation(
    session: Session, organisation_id: str, *acceptances: Acceptance, achievement_id: str = ""
) -> list[Received]:
    """Return what the institution received, newest first: of these acceptances (all when none is named)."""
    query = (
        select(ReceivedRecognition, RecognisingAuthority)
        .join(RecognisingAuthority, col(RecognisingAuthority.id) == ReceivedRecognition.authority_id)
        .where(ReceivedRecognition.organisation_id == organisation_id)
        .order_by(col(ReceivedRecognition.received_at).desc(), col(ReceivedRecognition.id))
    )
    if acceptances:
        query = query.where(col(ReceivedRecognition.acceptance).in_(acceptances))
    if achievement_id:
        query = query.where(ReceivedRecognition.achievement_id == achievement_id)
    return _with_editions(session, session.exec(query).all())


def one(session: Session, organisation: Organisation, received_id: str) -> Received:
    """Return one of them. Raises `UnknownRecognition`."""
    row = session.get(ReceivedRecognition, received_id)
    if row is None or row.organisation_id != organisation.id:
        raise UnknownRecognition
    return _with_editions(session, [(row, session.get_one(RecognisingAuthority, row.authority_id))])[0]


def _with_editions(
    session: Session, rows: Sequence[tuple[ReceivedRecognition, RecognisingAuthority]]
) -> list[Received]:
    query = (
        select(ReceivedEdition)
        .where(col(ReceivedEdition.received_id).in_([row.id for row, _ in rows]))
        .order_by(col(ReceivedEdition.received_at), col(ReceivedEdition.id))
    )
    editions: dict[str, list[ReceivedEdition]] = {}
    for edition in session.exec(query):
        editions.setdefault(edition.received_id, []).append(edition)
    return [Received(row, authority, tuple(editions.get(row.id, ()))) for row, authority in rows]


# --- what is published ---


def published(session: Session, organisation: Organisation, *, now: datetime) -> list[tuple[bool, bytes]]:
    """For the institution's whois: each published document, and whether it is in force; newest first.

    Of each recognition the original and the last closed copy are given, as for those signed on this service.
    """
    found: list[tuple[bool, bytes]] = []
    for received in of_organisation(session, organisation.id, Acceptance.PUBLISHED):
        holds = received.holds(now)
        found.extend((holds, each.body) for each in (received.original, received.ending) if each is not None)
    return found


def in_force(session: Session, achievement_id: str, *, now: datetime) -> list[Received]:
    """Return what recognises a training at `now`, for cards and programme pages."""
    query = select(Programme.organisation_id).where(Programme.achievement_id == achievement_id)
    owner = session.exec(query).first()
    if owner is None:
        return []
    found = of_organisation(session, owner, Acceptance.PUBLISHED, achievement_id=achievement_id)
    return [received for received in found if received.holds(now)]
