"""What can be done with completions by hand: record, correct, take back; imports do the same for whole registers."""

from __future__ import annotations

from datetime import date

from sqlmodel import Session, col, select

from issuer.audit import service as audit
from issuer.cohorts.models import Cohort, Participant
from issuer.completions.models import Completion
from issuer.issuance.models import IssuedCredential
from issuer.office import Office
from issuer.programmes.models import Programme
from kit.i18n import N_
from kit.problems import Conflict, Unprocessable

LONGEST_RESULT = 60


def record(
    office: Office,
    session: Session,
    cohort: Cohort,
    participant: Participant,
    *,
    completed_on: date,
    result: str,
    actor: str,
) -> Completion:
    """Record that a participant finished, or correct what was recorded.

    Raises `Unprocessable` for a day outside the cohort's time or a result that is too long, `Conflict` once a
    credential rests on it.
    """
    if not cohort.starts_on <= completed_on <= office.clock().date():
        raise Unprocessable(advice=N_("A completion lies between the first day of the cohort and today."))
    if len(result) > LONGEST_RESULT:
        raise Unprocessable(advice=N_("The result is too long. Example: 92 %"))
    completion = of_participant(session, participant)
    if completion is None:
        completion = Completion(
            participant_id=participant.id,
            programme_id=cohort.programme_id,
            completed_on=completed_on,
            recorded_at=office.clock(),
            recorded_by=actor,
        )
    else:
        _only_before_issuing(session, completion)
    completion.completed_on, completion.result = completed_on, result.strip()
    session.add(completion)
    session.flush()
    _recorded(office, session, cohort, completion, "completion.recorded", actor)
    return completion


def take_back(office: Office, session: Session, cohort: Cohort, completion: Completion, *, actor: str) -> None:
    """Remove a completion. Raises `Conflict` once a credential rests on it."""
    _only_before_issuing(session, completion)
    _recorded(office, session, cohort, completion, "completion.taken-back", actor)
    session.delete(completion)


def of_participant(session: Session, participant: Participant) -> Completion | None:
    """Return what is recorded for a participant."""
    return session.exec(select(Completion).where(Completion.participant_id == participant.id)).first()


def _only_before_issuing(session: Session, completion: Completion) -> None:
    issued = select(IssuedCredential.id).where(col(IssuedCredential.completion_id) == completion.id)
    if session.exec(issued).first() is not None:
        raise Conflict(
            advice=N_("A credential was issued for this completion: revoke it, then correct and issue anew.")
        )


def _recorded(office: Office, session: Session, cohort: Cohort, completion: Completion, act: str, actor: str) -> None:
    organisation_id = session.get_one(Programme, cohort.programme_id).organisation_id
    audit.record(
        session, actor=actor, organisation_id=organisation_id, act=act, subject=completion.id, now=office.clock()
    )
