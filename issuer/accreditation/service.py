"""Accrediting: an authority's decision, signed as a `RecognizedEntityCredential` and published for everybody.

Each act is planned, signed, and put into effect (`issuer.accreditation.editions`). How an accreditation ends, and why
two documents say so, is told in `vc.recognition`:

    accredit    signs the recognition
    withdraw    sets its revocation bit and publishes a closed copy that says until when it held, and why
    suspend     the same, with the reason "suspended"
    reinstate   signs a new recognition, from the day it holds again

An authority that is itself recognised keeps within its own recognition (`issuer.accreditation.limits`); how authorities
recognise authorities stands in `issuer.accreditation.authorities`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from issuer.accreditation import editions, limits
from issuer.accreditation.models import Accreditation, AccreditationState, Recognition
from issuer.accreditation.rules import (
    Decision,
    NotAnAuthority,
    NumberTaken,
    UnknownAccreditation,
    WrongState,
    check,
    effect_of,
    needed_reason,
)
from issuer.office import Office
from issuer.organisations.models import Organisation, OrganisationKind
from vc.text import composed

# --- acts ---


def accredit(office: Office, authority: Organisation, decision: Decision, *, actor: str) -> Accreditation:
    """Record the decision, sign the recognition and publish it. Opens its own units. Raises as `plan` does."""
    with office.database.unit() as session:
        planned = plan(office, session, authority, decision, actor=actor)
    return editions.carry_out(office, planned)


def plan(office: Office, session: Session, authority: Organisation, decision: Decision, *, actor: str) -> Recognition:
    """Record the decision and what is to be signed, in a unit that may record more (an application's end).

    Hand the result to `editions.carry_out` once the unit is committed; what a crash leaves between,
    `editions.finish_planned` carries on. Raises `NotAnAuthority`, `NumberTaken`, `Incomplete`, `BeyondRecognition`,
    `NotToBeSigned`.
    """
    check(decision)
    return record(office, session, authority, vars(decision), actor=actor)


_NAMES = ("institution_name", "programme_title_fr", "programme_title_en")  # as somebody typed or pasted them


def record(
    office: Office, session: Session, authority: Organisation, decided: Mapping[str, Any], *, actor: str
) -> Recognition:
    """As `plan`, for a decision of either kind by its columns, checked by the caller for what it must say."""
    if authority.kind is not OrganisationKind.AUTHORITY:
        raise NotAnAuthority
    if number_is_taken(session, authority.id, decided["number"]):
        raise NumberTaken
    names = {name: composed(decided[name]) for name in _NAMES if name in decided}
    accreditation = Accreditation(
        authority_id=authority.id,
        state_since=decided["valid_from"],
        decided_by=actor,
        decided_at=office.clock(),
        **{**decided, **names},
    )
    limits.keep_within(session, authority, accreditation, since=accreditation.valid_from)
    session.add(accreditation)
    try:
        session.flush()
    except IntegrityError:  # the same number, in another unit at the same time
        raise NumberTaken from None
    return editions.plan(
        office,
        session,
        accreditation,
        becomes=AccreditationState.ACTIVE,
        effective_at=accreditation.valid_from,
        reason="",
        actor=actor,
    )


def suspend(
    office: Office, authority: Organisation, accreditation_id: str, *, reason: str, at: datetime, actor: str
) -> Accreditation:
    """Take out of force from `at` on, until reinstated. Raises `UnknownAccreditation`, `WrongState`, `Incomplete`."""
    return _end(
        office,
        authority,
        accreditation_id,
        becomes=AccreditationState.SUSPENDED,
        allowed=(AccreditationState.ACTIVE,),
        reason=reason,
        at=at,
        actor=actor,
    )


def withdraw(
    office: Office, authority: Organisation, accreditation_id: str, *, reason: str, at: datetime, actor: str
) -> Accreditation:
    """End for good from `at` on; what was completed before stays accredited.

    Raises `UnknownAccreditation`, `WrongState`, `Incomplete`.
    """
    return _end(
        office,
        authority,
        accreditation_id,
        becomes=AccreditationState.WITHDRAWN,
        allowed=(AccreditationState.ACTIVE, AccreditationState.SUSPENDED),
        reason=reason,
        at=at,
        actor=actor,
    )


def reinstate(
    office: Office, authority: Organisation, accreditation_id: str, *, reason: str, at: datetime, actor: str
) -> Accreditation:
    """Put a suspended accreditation back in force from `at` on. Raises as `suspend` does, and `BeyondRecognition`."""
    with office.database.unit() as session:
        accreditation = _locked(session, authority, accreditation_id, allowed=(AccreditationState.SUSPENDED,))
        limits.keep_within(session, authority, accreditation, since=max(at, accreditation.valid_from))
        planned = editions.plan(
            office,
            session,
            accreditation,
            becomes=AccreditationState.ACTIVE,
            effective_at=effect_of(accreditation, at, not_before=accreditation.state_since),
            reason=needed_reason(reason),
            actor=actor,
        )
    return editions.carry_out(office, planned)


def _end(
    office: Office,
    authority: Organisation,
    accreditation_id: str,
    *,
    becomes: AccreditationState,
    allowed: tuple[AccreditationState, ...],
    reason: str,
    at: datetime,
    actor: str,
) -> Accreditation:
    with office.database.unit() as session:
        accreditation = _locked(session, authority, accreditation_id, allowed=allowed)
        if accreditation.state is AccreditationState.SUSPENDED:
            at = accreditation.state_since  # it has not held since then, and withdrawing does not bring that time back
        planned = editions.plan(
            office,
            session,
            accreditation,
            becomes=becomes,
            effective_at=effect_of(accreditation, at, not_before=accreditation.valid_from),
            reason=needed_reason(reason),
            actor=actor,
        )
    return editions.carry_out(office, planned)


def _locked(
    session: Session, authority: Organisation, accreditation_id: str, *, allowed: tuple[AccreditationState, ...]
) -> Accreditation:
    found = session.get(Accreditation, accreditation_id, with_for_update=True)
    if found is None or found.authority_id != authority.id:
        raise UnknownAccreditation
    if found.state not in allowed or editions.unsigned(session, found.id):
        raise WrongState(f"the accreditation is {found.state.value}")
    return found


# --- checks ---


def number_is_taken(session: Session, authority_id: str, number: str) -> bool:
    """Say whether the authority has used this file number."""
    query = select(Accreditation.id).where(Accreditation.authority_id == authority_id, Accreditation.number == number)
    return session.exec(query).first() is not None


def foresee(session: Session, authority: Organisation, decision: Decision) -> None:
    """Raise whatever `accredit` would raise for what stands in the database now."""
    check(decision)
    if number_is_taken(session, authority.id, decision.number):
        raise NumberTaken
    check_limits(session, authority, decision)


def check_limits(session: Session, authority: Organisation, decision: Decision) -> None:
    """Raise `BeyondRecognition` for a decision for which the authority is not itself recognised."""
    proposed = Accreditation(authority_id=authority.id, **vars(decision))
    limits.keep_within(session, authority, proposed, since=decision.valid_from)


# --- looking ---


def of_authority(session: Session, authority: Organisation) -> Sequence[Accreditation]:
    """Return the authority's accreditations that were signed, newest decision first."""
    signed = select(Recognition.accreditation_id).where(col(Recognition.body).is_not(None))
    query = select(Accreditation).where(Accreditation.authority_id == authority.id, col(Accreditation.id).in_(signed))
    return session.exec(query.order_by(col(Accreditation.decided_at).desc())).all()


def accreditation_of(session: Session, authority_id: str, accreditation_id: str) -> Accreditation:
    """Return a decision of the authority. Raises `UnknownAccreditation`."""
    found = session.get(Accreditation, accreditation_id)
    if found is None or found.authority_id != authority_id:
        raise UnknownAccreditation
    return found
