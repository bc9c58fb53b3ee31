"""What can be done with cohorts: create, find, look at their registers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func
from sqlmodel import Session, col, select

from issuer.audit import service as audit
from issuer.cohorts.models import Cohort, Participant, by_name
from issuer.completions.models import Completion
from issuer.issuance.models import CredentialState, IssuedCredential
from issuer.office import Office
from issuer.organisations.models import Organisation
from issuer.programmes.models import Programme
from kit.i18n import N_
from kit.problems import Conflict, NotFound, Unprocessable

LONGEST_CODE = 60
PAGE = 50
"""Cohorts on one page of a programme."""
_ISSUED = (CredentialState.ISSUED, CredentialState.SUSPENDED, CredentialState.REVOKED)


class InvalidCohort(Unprocessable):
    """A field is not acceptable: `field` and a sentence (source text)."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(sentence, errors=[{"at": field, "reason": sentence}])
        self.field = field
        self.sentence = sentence


@dataclass(frozen=True)
class Overview:
    """A cohort with how far it is."""

    cohort: Cohort
    participants: int
    completions: int
    credentials: int


@dataclass(frozen=True)
class OverviewPage:
    """Some of a programme's cohorts; `number` counts from 1, `more` says whether there are older ones."""

    cohorts: tuple[Overview, ...]
    number: int
    more: bool


@dataclass(frozen=True)
class RegisterLine:
    """A participant with what was recorded and issued for them."""

    participant: Participant
    completion: Completion | None
    credential: IssuedCredential | None


def create(
    office: Office, session: Session, programme: Programme, *, code: str, starts_on: date, ends_on: date, actor: str
) -> Cohort:
    """Create a cohort of a programme. Raises `InvalidCohort`, `Conflict` when the code is taken."""
    code = code.strip()
    if not 1 <= len(code) <= LONGEST_CODE:
        raise InvalidCohort("code", N_("A cohort has a name of 1 to 60 characters. Example: 2026-PRINTEMPS"))
    if ends_on < starts_on:
        raise InvalidCohort("ends_on", N_("The last day is before the first."))
    taken = select(Cohort).where(Cohort.programme_id == programme.id, Cohort.code == code)
    if session.exec(taken).first() is not None:
        raise Conflict(advice=N_("There is a cohort of this name."))
    cohort = Cohort(
        programme_id=programme.id, code=code, starts_on=starts_on, ends_on=ends_on, created_at=office.clock()
    )
    session.add(cohort)
    session.flush()
    audit.record(
        session,
        actor=actor,
        organisation_id=programme.organisation_id,
        act="cohort.created",
        subject=cohort.id,
        now=office.clock(),
    )
    return cohort


def get(session: Session, organisation: Organisation, cohort_id: str) -> tuple[Cohort, Programme]:
    """Return a cohort of this organisation with its programme. Raises `NotFound`, for somebody else's too."""
    query = (
        select(Cohort, Programme)
        .join(Programme, col(Programme.id) == Cohort.programme_id)
        .where(Cohort.id == cohort_id, Programme.organisation_id == organisation.id)
    )
    found = session.exec(query).first()
    if found is None:
        raise NotFound
    return found


def overview(session: Session, programme: Programme, *, page: int = 1) -> OverviewPage:
    """Return one page of the cohorts of a programme, newest first, with their numbers; `page` counts from 1."""
    of_it = select(Cohort).where(Cohort.programme_id == programme.id)
    newest = of_it.order_by(col(Cohort.starts_on).desc(), col(Cohort.id).desc())
    cohorts = session.exec(newest.offset((page - 1) * PAGE).limit(PAGE + 1)).all()
    query = (
        select(
            Participant.cohort_id,
            func.count(),
            func.count(col(Completion.id)),
            func.count(col(IssuedCredential.id)),
        )
        .outerjoin(Completion, col(Completion.participant_id) == Participant.id)
        .outerjoin(
            IssuedCredential,
            (col(IssuedCredential.active_for) == Completion.id) & col(IssuedCredential.state).in_(_ISSUED),
        )
        .where(col(Participant.cohort_id).in_([cohort.id for cohort in cohorts[:PAGE]]))
        .group_by(col(Participant.cohort_id))
    )
    numbers = {cohort_id: counted for cohort_id, *counted in session.exec(query)}
    shown = tuple(Overview(cohort, *numbers.get(cohort.id, (0, 0, 0))) for cohort in cohorts[:PAGE])
    return OverviewPage(shown, page, more=len(cohorts) > PAGE)


def counts(session: Session, cohort: Cohort) -> tuple[int, int]:
    """Return how many people the register has, and how many of them completed and have no credential."""
    query = (
        select(func.count(), func.count(col(Completion.id)), func.count(col(IssuedCredential.id)))
        .select_from(Participant)
        .outerjoin(Completion, col(Completion.participant_id) == Participant.id)
        .outerjoin(IssuedCredential, col(IssuedCredential.active_for) == Completion.id)
        .where(Participant.cohort_id == cohort.id)
    )
    people, completed, issued = session.exec(query).one()
    return people, completed - issued


def register(session: Session, cohort: Cohort, *, limit: int | None = None) -> Sequence[RegisterLine]:
    """Return the cohort's register by family name, with completions and active credentials; at most `limit` lines."""
    query = (
        select(Participant, Completion, IssuedCredential)
        .outerjoin(Completion, col(Completion.participant_id) == Participant.id)
        .outerjoin(IssuedCredential, col(IssuedCredential.active_for) == Completion.id)
        .where(Participant.cohort_id == cohort.id)
        .order_by(*by_name())
        .limit(limit)
    )
    return [RegisterLine(*row) for row in session.exec(query).all()]
