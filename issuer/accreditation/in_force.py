"""Who accredits a training now, for cards and pages: authorities on this service and elsewhere, in one shape."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from issuer.accreditation.models import Accreditation, AccreditationState
from issuer.organisations.models import Organisation
from issuer.received import looking as received


@dataclass(frozen=True)
class InForce:
    """One accreditation that holds now.

    `number` is the authority's file number and `list_of` its short name in addresses; both are empty for an
    authority elsewhere, of which we have what it signed and no more.
    """

    authority_fr: str
    authority_en: str
    number: str
    list_of: str
    valid_from: datetime
    valid_until: datetime | None

    def authority(self, language: str) -> str:
        """The authority's name in `language`."""
        return self.authority_fr if language == "fr" else self.authority_en


def of_training(session: Session, achievement_id: str, *, now: datetime) -> list[InForce]:
    """Return who accredits a training at `now`."""
    return [
        *_from_here(session, achievement_id, now),
        *map(_from_elsewhere, received.in_force(session, achievement_id, now=now)),
    ]


def _from_here(session: Session, achievement_id: str, now: datetime) -> list[InForce]:
    query = (
        select(Accreditation, Organisation)
        .join(Organisation, col(Organisation.id) == Accreditation.authority_id)
        .where(Accreditation.achievement_id == achievement_id, Accreditation.state == AccreditationState.ACTIVE)
        .where(Accreditation.valid_from <= now)
        .order_by(col(Organisation.slug))
    )
    return [
        InForce(by.name_fr, by.name_en, one.number, by.slug, one.valid_from, one.valid_until)
        for one, by in session.exec(query)
        if one.valid_until is None or now <= one.valid_until
    ]


def _from_elsewhere(one: received.Received) -> InForce:
    until = one.original.valid_until if one.original else None
    return InForce(one.authority.name_fr, one.authority.name_en, "", "", one.recognition.valid_from, until)


def authorities(session: Session, achievement_id: str, language: str, *, now: datetime) -> list[str]:
    """Return the names of those who accredit a training at `now`, as cards show them."""
    return [one.authority(language) for one in of_training(session, achievement_id, now=now)]
