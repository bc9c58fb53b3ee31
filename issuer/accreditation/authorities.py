"""Authorities recognised by authorities: a ministry recognises a council, which recognises institutions.

Such a decision is a row like every other (`Accreditation.to_recognise`): suspended, reinstated, withdrawn and published
by the same acts, in the same list.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session

from issuer.accreditation import editions, limits, service
from issuer.accreditation.models import Accreditation
from issuer.accreditation.rules import Incomplete, NumberTaken
from issuer.office import Office
from issuer.organisations.models import Organisation
from vc.recognition import Conditions

TITLES = {"fr": "Accréditer des formations", "en": "Accredit trainings"}
"""What the recognised authority may do, where lists of decisions show the title of a training."""


@dataclass(frozen=True)
class AuthorityDecision:
    """What an authority decides about another: within which limits it may recognise, and for how long.

    `conditions.max_depth`: how many further authorities may follow below it; 0 for institutions only, which is also
    what None means here.
    """

    authority_did: str
    authority_name: str
    number: str
    conditions: Conditions
    valid_from: datetime
    valid_until: datetime | None


def recognise_authority(
    office: Office, authority: Organisation, decision: AuthorityDecision, *, actor: str
) -> Accreditation:
    """Record that `authority` recognises another one, sign the recognition and publish it. Opens its own units.

    Raises `NotAnAuthority`, `NumberTaken`, `Incomplete`, and `BeyondRecognition` where `authority` is itself recognised
    for less.
    """
    check(authority, decision)
    with office.database.unit() as session:
        planned = service.record(office, session, authority, _columns(decision), actor=actor)
    return editions.carry_out(office, planned)


def foresee(session: Session, authority: Organisation, decision: AuthorityDecision) -> None:
    """Raise whatever `recognise_authority` would raise for what stands in the database now."""
    check(authority, decision)
    if service.number_is_taken(session, authority.id, decision.number):
        raise NumberTaken
    proposed = Accreditation(authority_id=authority.id, **_columns(decision))
    limits.keep_within(session, authority, proposed, since=decision.valid_from)


def _columns(decision: AuthorityDecision) -> dict[str, Any]:
    conditions = decision.conditions
    return {
        "institution_did": decision.authority_did,
        "institution_name": decision.authority_name,
        "achievement_id": "",
        "programme_title_fr": TITLES["fr"],
        "programme_title_en": TITLES["en"],
        "number": decision.number,
        "track": " ".join(conditions.tracks),
        "stream": " ".join(conditions.streams),
        "territory": " ".join(conditions.territories),
        "to_recognise": True,
        "programmes": " ".join(conditions.programmes),
        "max_depth": conditions.max_depth or 0,
        "valid_from": decision.valid_from,
        "valid_until": decision.valid_until,
    }


def check(authority: Organisation, decision: AuthorityDecision) -> None:
    """Raise `Incomplete`, naming the field, for a decision that cannot be signed."""
    for name in ("authority_did", "authority_name", "number"):
        if not getattr(decision, name):
            raise Incomplete("this is needed", at=name)
    if not decision.authority_did.startswith("did:"):
        raise Incomplete("an identifier that begins with did: is needed", at="authority_did")
    if decision.authority_did == authority.did:
        raise Incomplete("an authority does not recognise itself", at="authority_did")
    if decision.valid_until is not None and decision.valid_until <= decision.valid_from:
        raise Incomplete("the end lies before the beginning", at="valid_until")
    conditions = decision.conditions
    for values in (conditions.territories, conditions.tracks, conditions.streams, conditions.programmes):
        if any(not value or value.split() != [value] for value in values):
            raise Incomplete("a condition is one word or address", at="conditions")
