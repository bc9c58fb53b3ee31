"""The register of a cohort, seen from rows that come in: who is in it, what a row would change, and writing it.

Used by the import, where a person looks first, and by jobs, where a system sends thousands.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlmodel import Session, col, select

from issuer.base import new_id
from issuer.cohorts.headings import RegisterField
from issuer.cohorts.models import Cohort, Participant
from issuer.cohorts.rows import CellError, Learner
from issuer.completions.models import Completion
from issuer.issuance.models import IssuedCredential
from kit.i18n import N_
from kit.many import among, insert_many

PERSON = ("given_name", "family_name", "email", "language")
"""What a row says about the person themselves."""


class Change(StrEnum):
    """What taking a good row over would do."""

    NEW = "new"
    UPDATE = "update"
    SAME = "same"


@dataclass(frozen=True)
class Known:
    """A participant who is in the register already."""

    participant: Participant
    completion: Completion | None
    has_credential: bool


def known(session: Session, cohort: Cohort, numbers: Collection[str] | None = None) -> dict[str, Known]:
    """Return the participants of a cohort by learner number: all, or those among `numbers`."""
    query = (
        select(Participant, Completion, IssuedCredential.id)
        .outerjoin(Completion, col(Completion.participant_id) == Participant.id)
        .outerjoin(IssuedCredential, col(IssuedCredential.active_for) == Completion.id)
        .where(Participant.cohort_id == cohort.id)
    )
    if numbers is not None:
        query = query.where(among(Participant.learner_number, numbers))
    return {
        participant.learner_number: Known(participant, completion, credential is not None)
        for participant, completion, credential in session.exec(query)
    }


def change(learner: Learner, present: Known | None) -> Change:
    """Say what taking the row over would do."""
    if present is None:
        return Change.NEW
    person, completion = present.participant, present.completion
    same_person = all(getattr(person, name) == getattr(learner, name) for name in PERSON)
    recorded = (completion.completed_on, completion.result) if completion else (None, "")
    same_completion = learner.completed_on is None or recorded == (learner.completed_on, learner.result)
    return Change.SAME if same_person and same_completion else Change.UPDATE


def clash(learner: Learner, earlier: int, present: Known | None) -> CellError | None:
    """Return what forbids the row: another row of that number (in line `earlier`), or a credential that stands."""
    field, number = RegisterField.LEARNER_NUMBER, learner.learner_number
    if earlier != learner.line:
        reason = N_("This learner number stands in line %(line)s already.")
        return CellError(learner.line, field, number, reason, other_line=earlier)
    if present is not None and present.has_credential and change(learner, present) is Change.UPDATE:
        reason = N_("This person has the credential already. Revoke it and issue a corrected version instead.")
        return CellError(learner.line, field, number, reason)
    return None


def write(
    session: Session,
    cohort: Cohort,
    learners: Sequence[Learner],
    present: Mapping[str, Known],
    *,
    actor: str,
    now: datetime,
) -> dict[str, str]:
    """Write good rows, each of a learner number of its own, with their completions.

    Returns the completion of each learner number. Rows must have their day of completion.
    """
    cohort_id, programme_id = cohort.id, cohort.programme_id
    people: list[dict[str, Any]] = []
    completions: list[dict[str, Any]] = []
    found: dict[str, str] = {}
    for learner in learners:
        here = present.get(learner.learner_number)
        if here is None:
            participant_id = new_id()
            people.append(_new_person(participant_id, cohort_id, learner, now))
        else:
            participant_id = here.participant.id
            _update(session, here, learner)
        if here is not None and here.completion is not None:
            found[learner.learner_number] = here.completion.id
        else:
            made = _new_completion(participant_id, programme_id, learner, actor, now)
            completions.append(made)
            found[learner.learner_number] = made["id"]
    insert_many(session, Participant, people)
    insert_many(session, Completion, completions)
    return found


def _new_person(participant_id: str, cohort_id: str, learner: Learner, now: datetime) -> dict[str, Any]:
    return {
        "id": participant_id,
        "cohort_id": cohort_id,
        "learner_number": learner.learner_number,
        **{name: getattr(learner, name) for name in PERSON},
        "created_at": now,
    }


def _new_completion(
    participant_id: str, programme_id: str, learner: Learner, actor: str, now: datetime
) -> dict[str, Any]:
    return {
        "id": new_id(),
        "participant_id": participant_id,
        "programme_id": programme_id,
        "completed_on": learner.completed_on,
        "result": learner.result,
        "recorded_at": now,
        "recorded_by": actor,
    }


def _update(session: Session, here: Known, learner: Learner) -> None:
    if change(learner, here) is Change.SAME:
        return
    for name in PERSON:
        setattr(here.participant, name, getattr(learner, name))
    session.add(here.participant)
    if here.completion is not None:
        here.completion.completed_on, here.completion.result = learner.completed_on, learner.result  # type: ignore[assignment] # rows here have their day
        session.add(here.completion)
