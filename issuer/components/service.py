"""What a programme is made of, and how far each participant is with its parts.

A part is complete for a person when its credential is in force. Parts taught by the same institution are found by the
learner number; a part done with somebody else by the placement that put the person into the host's register. The
credential of the whole is not issued before (`missing`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Protocol

from sqlmodel import Session, col, select

from issuer.audit import service as audit
from issuer.cohorts import service as cohorts
from issuer.cohorts.models import Cohort, Participant
from issuer.completions.models import Completion
from issuer.components.models import PartKind, Placement, ProgrammePart
from issuer.issuance.models import CredentialState, IssuedCredential
from issuer.office import Office
from issuer.organisations.models import Organisation, OrganisationKind
from issuer.programmes.models import Programme
from kit.i18n import N_
from kit.problems import Conflict, NotFound, Unprocessable

MOST_PARTS = 20


class NotAPart(Unprocessable):
    """The programme cannot be a part of this one."""

    title = N_("This training cannot be a part of this program")
    advice = N_("Choose a training that is offered now, is not this program itself and has no parts of its own.")


class UnknownPart(NotFound):
    """The programme has no such part."""


class PartState(StrEnum):
    """How far a person is with a part."""

    NOT_STARTED = "not_started"
    UNDER_WAY = "under_way"
    COMPLETE = "complete"
    NOT_IN_FORCE = "not_in_force"
    """Its credential was revoked or is suspended."""


@dataclass(frozen=True)
class Part:
    """A part with the training it is and who teaches or hosts it."""

    link: ProgrammePart
    programme: Programme
    organisation: Organisation


@dataclass(frozen=True)
class Standing:
    """How far one person is with one part."""

    part: Part
    state: PartState
    completed_on: date | None = None
    credential: IssuedCredential | None = None


# --- what a programme is made of ---


def parts_of(session: Session, programme_ids: Sequence[str]) -> dict[str, list[Part]]:
    """Return the parts of each programme that has any, in their order."""
    query = (
        select(ProgrammePart, Programme, Organisation)
        .join(Programme, col(Programme.id) == ProgrammePart.part_id)
        .join(Organisation, col(Organisation.id) == Programme.organisation_id)
        .where(col(ProgrammePart.whole_id).in_(programme_ids))
        .order_by(col(ProgrammePart.position))
    )
    found: dict[str, list[Part]] = {}
    for row in session.exec(query):
        found.setdefault(row[0].whole_id, []).append(Part(*row))
    return found


def wholes_of(session: Session, programme: Programme) -> Sequence[tuple[Programme, Organisation]]:
    """Return the programmes that `programme` is a part of, with who offers them."""
    query = (
        select(Programme, Organisation)
        .join(ProgrammePart, col(ProgrammePart.whole_id) == Programme.id)
        .join(Organisation, col(Organisation.id) == Programme.organisation_id)
        .where(ProgrammePart.part_id == programme.id)
        .order_by(col(Programme.title_fr))
    )
    return session.exec(query).all()


def choices(session: Session, whole: Programme) -> Sequence[tuple[Programme, Organisation]]:
    """Return the trainings that could become a part of `whole`: those of its institution, then those of hosts."""
    taken = select(ProgrammePart.part_id).where(ProgrammePart.whole_id == whole.id)
    wholes = select(ProgrammePart.whole_id)
    own = Programme.organisation_id == whole.organisation_id
    query = (
        select(Programme, Organisation)
        .join(Organisation, col(Organisation.id) == Programme.organisation_id)
        .where(own | (Organisation.kind == OrganisationKind.PARTNER), Programme.id != whole.id)
        .where(col(Programme.archived_at).is_(None), col(Programme.id).not_in(taken), col(Programme.id).not_in(wholes))
        .order_by(col(Organisation.kind), col(Organisation.name_fr), col(Programme.title_fr))
    )
    return session.exec(query).all()


def add(
    office: Office, session: Session, whole: Programme, *, part_id: str, kind: PartKind, required: bool, actor: str
) -> ProgrammePart:
    """Make a training the last part of `whole`. Raises `NotAPart`, `Conflict` past `MOST_PARTS`."""
    present = parts_of(session, [whole.id]).get(whole.id, [])
    if len(present) >= MOST_PARTS:
        raise Conflict(advice=N_("This program has as many parts as a program may have. Remove one first."))
    if wholes_of(session, whole) or part_id not in {programme.id for programme, _ in choices(session, whole)}:
        raise NotAPart
    position = max((one.link.position for one in present), default=-1) + 1
    made = ProgrammePart(whole_id=whole.id, part_id=part_id, kind=kind, required=required, position=position)
    session.add(made)
    session.flush()
    _recorded(office, session, whole, "part.added", made.part_id, actor)
    return made


def remove(office: Office, session: Session, whole: Programme, part_link_id: str, *, actor: str) -> None:
    """Take a part out of `whole`. Raises `UnknownPart`, `Conflict` once somebody was placed for it."""
    part = get(session, whole, part_link_id)
    if session.exec(select(Placement.id).where(Placement.programme_part_id == part.link.id)).first() is not None:
        raise Conflict(advice=N_("People were placed for this part already: it stays."))
    session.delete(part.link)
    _recorded(office, session, whole, "part.removed", part.programme.id, actor)


def get(session: Session, whole: Programme, part_link_id: str) -> Part:
    """Return a part of `whole`. Raises `UnknownPart`."""
    for part in parts_of(session, [whole.id]).get(whole.id, []):
        if part.link.id == part_link_id:
            return part
    raise UnknownPart


# --- how far people are ---


class Enrolled(Protocol):
    """A participant, as far as parts are looked up by it."""

    @property
    def id(self) -> str:
        """The participant's id."""

    @property
    def learner_number(self) -> str:
        """The institution's own number."""


def standing(session: Session, enrolled: Mapping[str, Sequence[Enrolled]]) -> dict[str, list[Standing]]:
    """Return, by participant, how far each of `enrolled` (participants by programme) is with the programme's parts.

    Participants of programmes without parts are left out; then one query is all that this costs.
    """
    parts = parts_of(session, list(enrolled))
    if not parts:
        return {}
    people = [(one, part) for programme_id, found in parts.items() for one in enrolled[programme_id] for part in found]
    own = _own(session, {part.programme.id for _, part in people}, {one.learner_number for one, _ in people})
    placed = _placed(session, {one.id for one, _ in people})
    told: dict[str, list[Standing]] = {}
    for person, part in people:
        found = placed.get((person.id, part.link.id)) or own.get((part.programme.id, person.learner_number))
        told.setdefault(person.id, []).append(_told(part, found))
    return told


def missing(told: Sequence[Standing]) -> list[Standing]:
    """Return the required parts without which the whole is not issued."""
    return [one for one in told if one.part.link.required and one.state is not PartState.COMPLETE]


_Found = tuple[Completion | None, IssuedCredential | None]


def _own(session: Session, programme_ids: set[str], numbers: set[str]) -> dict[tuple[str, str], _Found]:
    """By part and learner number. Hosts number people themselves, by placements: theirs never match by chance."""
    query = (
        select(Cohort.programme_id, Participant.learner_number, Completion, IssuedCredential)
        .join(Cohort, col(Cohort.id) == Participant.cohort_id)
        .outerjoin(Placement, col(Placement.host_participant_id) == Participant.id)
        .outerjoin(Completion, col(Completion.participant_id) == Participant.id)
        .outerjoin(IssuedCredential, col(IssuedCredential.active_for) == Completion.id)
        .join(Programme, col(Programme.id) == Cohort.programme_id)
        .join(Organisation, col(Organisation.id) == Programme.organisation_id)
        .where(col(Cohort.programme_id).in_(programme_ids), col(Participant.learner_number).in_(numbers))
        .where(Organisation.kind != OrganisationKind.PARTNER, col(Placement.id).is_(None))
    )
    found: dict[tuple[str, str], _Found] = {}
    for programme_id, number, completion, credential in session.exec(query):
        if (programme_id, number) not in found or credential is not None:  # who repeated it has the credential of one
            found[programme_id, number] = (completion, credential)
    return found


def _placed(session: Session, participant_ids: set[str]) -> dict[tuple[str, str], _Found]:
    query = (
        select(Placement.participant_id, Placement.programme_part_id, Completion, IssuedCredential)
        .outerjoin(Completion, col(Completion.participant_id) == Placement.host_participant_id)
        .outerjoin(IssuedCredential, col(IssuedCredential.active_for) == Completion.id)
        .where(col(Placement.participant_id).in_(participant_ids))
    )
    return {(person, part): (completion, credential) for person, part, completion, credential in session.exec(query)}


def _told(part: Part, found: _Found | None) -> Standing:
    if found is None:
        return Standing(part, PartState.NOT_STARTED)
    completion, credential = found
    if completion is None or credential is None:
        return Standing(part, PartState.UNDER_WAY)
    states = {
        CredentialState.ISSUED: PartState.COMPLETE,
        CredentialState.SUSPENDED: PartState.NOT_IN_FORCE,
        CredentialState.REVOKED: PartState.NOT_IN_FORCE,
    }
    return Standing(part, states.get(credential.state, PartState.UNDER_WAY), completion.completed_on, credential)


# --- acts on a cohort ---


def place(
    office: Office,
    session: Session,
    cohort: Cohort,
    part: Part,
    *,
    participant_ids: Sequence[str],
    starts_on: date,
    ends_on: date,
    actor: str,
) -> int:
    """Put participants into the host's register for `part`; returns how many that were not there before.

    The host then records who completed it and issues, like for any cohort of its own. It gets names, language and
    e-mail, which it needs to hand its credential over, and nothing else.

    Raises `Unprocessable` for dates that lie the wrong way round, for a part of the same institution, and for people
    who are not of the cohort.
    """
    whole = session.get_one(Programme, cohort.programme_id)
    if part.programme.organisation_id == whole.organisation_id:
        raise Unprocessable(advice=N_("A part of your own institution needs no placement: import its register."))
    people = _of_cohort(session, cohort, participant_ids)
    placed = set(
        session.exec(select(Placement.participant_id).where(Placement.programme_part_id == part.link.id)).all()
    )
    waiting = [one for one in people if one.id not in placed]
    if not waiting:
        return 0
    host = _host_cohort(office, session, cohort, whole, part, starts_on=starts_on, ends_on=ends_on, actor=actor)
    for person in waiting:
        copy = Participant(
            cohort_id=host.id,
            learner_number=f"{whole.slug}-{person.learner_number}"[:60],
            given_name=person.given_name,
            family_name=person.family_name,
            email=person.email,
            language=person.language,
            created_at=office.clock(),
        )
        session.add(copy)
        session.flush()
        session.add(
            Placement(
                participant_id=person.id,
                programme_part_id=part.link.id,
                host_participant_id=copy.id,
                placed_by=actor,
                placed_at=office.clock(),
            )
        )
    _recorded(office, session, whole, "participants.placed", host.id, actor)
    return len(waiting)


def complete(office: Office, session: Session, cohort: Cohort, *, actor: str) -> int:
    """Record the completion of the whole for everybody who lacks only that; returns how many.

    The day is that of the last part.
    """
    lines = cohorts.register(session, cohort)
    told = standing(session, {cohort.programme_id: [line.participant for line in lines]})
    now, count = office.clock(), 0
    for line in lines:
        parts = told.get(line.participant.id, [])
        days = [one.completed_on for one in parts if one.state is PartState.COMPLETE and one.completed_on]
        if line.completion is None and days and not missing(parts):
            session.add(
                Completion(
                    participant_id=line.participant.id,
                    programme_id=cohort.programme_id,
                    completed_on=max(days),
                    recorded_at=now,
                    recorded_by=actor,
                )
            )
            count += 1
    if count:
        _recorded(office, session, session.get_one(Programme, cohort.programme_id), "parts.completed", cohort.id, actor)
    return count


def _of_cohort(session: Session, cohort: Cohort, participant_ids: Sequence[str]) -> Sequence[Participant]:
    wanted = set(participant_ids)
    query = select(Participant).where(Participant.cohort_id == cohort.id, col(Participant.id).in_(wanted))
    found = session.exec(query.order_by(col(Participant.id)).with_for_update()).all()
    if not wanted or len(found) != len(wanted):
        raise Unprocessable(advice=N_("Choose people of this cohort."))
    return found


def _host_cohort(
    office: Office,
    session: Session,
    cohort: Cohort,
    whole: Programme,
    part: Part,
    *,
    starts_on: date,
    ends_on: date,
    actor: str,
) -> Cohort:
    """The host's cohort for those who come from `cohort`, made with the first of them."""
    code = f"{whole.slug} {cohort.code}"[: cohorts.LONGEST_CODE]
    query = select(Cohort).where(Cohort.programme_id == part.programme.id, Cohort.code == code)
    present = session.exec(query).first()
    if present is not None:
        return present
    return cohorts.create(office, session, part.programme, code=code, starts_on=starts_on, ends_on=ends_on, actor=actor)


def _recorded(office: Office, session: Session, whole: Programme, act: str, subject: str, actor: str) -> None:
    audit.record(
        session, actor=actor, organisation_id=whole.organisation_id, act=act, subject=subject, now=office.clock()
    )
