"""Who accredits a training now, for cards and pages: authorities on this service and elsewhere, in one shape."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from issuer.accreditation import service
from issuer.received import service as received


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
    here = [
        InForce(by.name_fr, by.name_en, one.number, by.slug, one.valid_from, one.valid_until)
        for one, by in service.in_force(session, achievement_id, now=now)
    ]
    return [*here, *map(_from_elsewhere, received.in_force(session, achievement_id, now=now))]


def _from_elsewhere(one: received.Received) -> InForce:
    until = one.original.valid_until if one.original else None
    return InForce(one.authority.name_fr, one.authority.name_en, "", "", one.recognition.valid_from, until)


def authorities(session: Session, achievement_id: str, language: str, *, now: datetime) -> list[str]:
    """Return the names of those who accredit a training at `now`, as cards show them."""
    return [one.authority(language) for one in of_training(session, achievement_id, now=now)]
