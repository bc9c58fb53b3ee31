"""What register and catalogue say about completions, as far as credentials tell.

Each time that is asked of the database what may be another one's or have changed: the completions themselves, in one
statement however many they are, and with it the token that changes with all the rest (`IssuingBasis`). The rest is read
where that is another than it was: most who are issued for together, and one after the other, completed the same.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import Row, Select, bindparam, exists
from sqlalchemy import select as select_columns
from sqlmodel import Session, col

from issuer.cohorts.models import Cohort, Participant
from issuer.completions.models import Completion
from issuer.components import service as components
from issuer.components.models import ProgrammePart
from issuer.components.service import Standing
from issuer.endorsements import shown
from issuer.endorsements.models import Endorsement
from issuer.issuance.models import CredentialState, IssuedCredential, IssuingBasis
from issuer.office import Office
from issuer.organisations.models import Organisation
from issuer.programmes.models import Programme, ProgrammeSkill
from kit.many import among, texts
from kit.rows import columns_of, made_of

WAITED = 0.1
"""Seconds after which the statement that locks is taken to have waited for somebody: what it read may be over."""


class Completed(NamedTuple):
    """A completion, whose it is, as far as credentials tell, and the credential that it has. `id` is the participant's:
    one completion each."""

    id: str
    learner_number: str
    given_name: str
    family_name: str
    cohort_id: str
    completion_id: str
    programme_id: str
    completed_on: date
    result: str
    credential_id: str | None = None
    """The credential that is active for it, by its id in the database."""
    credential_state: CredentialState | None = None

    basis: str | None = None
    """The token of all that issuing depends on beside the register (`IssuingBasis`)."""

    @classmethod
    def locked(cls, session: Session, organisation_id: str, completion_ids: Sequence[str]) -> dict[str, Completed]:
        """Return those of the completions that are the organisation's, by id, their rows locked in that order.

        On a server a statement sees what was committed before it began, though it waits for a row. So where it may
        have waited it is asked again: the rows are ours by then, and it sees whose key was revoked meanwhile. In a
        shorter wait somebody may have recorded a credential: recording another fails, and who tries again sees it.
        """
        session.flush()
        asked = {"organisation": organisation_id, "completions": completion_ids}
        began = time.monotonic()
        rows = session.connection().execute(_OF_THE_ORGANISATION, asked).all()
        if time.monotonic() - began > WAITED:
            rows = session.connection().execute(_OF_THE_ORGANISATION, asked).all()
        return {one.completion_id: one for one in (cls(*row) for row in rows)}

    @property
    def name(self) -> str:
        """The person's name as it stands in a credential."""
        return f"{self.given_name} {self.family_name}".strip()


_OF_THE_ORGANISATION = (
    select_columns(
        col(Participant.id),
        col(Participant.learner_number),
        col(Participant.given_name),
        col(Participant.family_name),
        col(Participant.cohort_id),
        col(Completion.id),
        col(Completion.programme_id),
        col(Completion.completed_on),
        col(Completion.result),
        col(IssuedCredential.id),
        col(IssuedCredential.state),
        select_columns(col(IssuingBasis.token)).scalar_subquery(),
    )
    .join(Completion, col(Completion.participant_id) == Participant.id)
    .join(Programme, col(Programme.id) == Completion.programme_id)
    .outerjoin(IssuedCredential, col(IssuedCredential.active_for) == Completion.id)
    .where(col(Programme.organisation_id) == bindparam("organisation"), among(Completion.id, texts("completions")))
    .order_by(col(Completion.id))
    .with_for_update(of=Completion, key_share=True)
)


class Facts(NamedTuple):
    """Everything the register and the catalogue say about one completion."""

    completion: Completed
    offered: Offered
    parts: Sequence[Standing] = ()
    """How far the person is with the programme's parts; empty for one that has none."""
    endorsements: tuple[Mapping[str, Any], ...] = ()
    """What partners signed for the programme, as far as the institution shows it."""

    @classmethod
    def gather(cls, office: Office, session: Session, completions: Sequence[Completed]) -> dict[str, Facts]:
        """Return the facts of each completion, by its id: a query for each cohort of which something may have changed,
        and where programmes have parts or are endorsed, a few."""
        offered = {cohort_id: _offered(office, session, cohort_id, basis) for cohort_id, basis in _cohorts(completions)}
        enrolled: dict[str, list[Completed]] = {}
        for one in completions:
            if offered[one.cohort_id].has_parts:
                enrolled.setdefault(one.programme_id, []).append(one)
        parts = components.standing(session, enrolled) if enrolled else {}
        endorsed = sorted({one.programme.id for one in offered.values() if one.is_endorsed})
        endorsements = shown.inside_credentials(session, endorsed) if endorsed else {}
        return {
            one.completion_id: cls(
                one, offered[one.cohort_id], parts.get(one.id, ()), endorsements.get(one.programme_id, ())
            )
            for one in completions
        }


@dataclass(frozen=True, slots=True)
class Offered:
    """What a cohort completed, and whether there is more to know about that.

    A completion is written with the programme of its person's cohort, and neither ever changes: the cohort tells all.
    The objects are shared and belong to no session: nobody changes them.
    """

    cohort: Cohort
    programme: Programme
    organisation: Organisation
    skills: tuple[ProgrammeSkill, ...]
    has_parts: bool
    is_endorsed: bool
    digest: bytes
    """Of everything that the database says here."""


_OFFERED: Select[Any] = (
    select_columns(
        *columns_of(Cohort),
        *columns_of(Programme),
        *columns_of(Organisation),
        exists().where(col(ProgrammePart.whole_id) == Programme.id),
        exists().where(col(Endorsement.programme_id) == Programme.id),
        *columns_of(ProgrammeSkill),
    )
    .join(Programme, col(Programme.id) == Cohort.programme_id)
    .join(Organisation, col(Organisation.id) == Programme.organisation_id)
    .outerjoin(ProgrammeSkill, col(ProgrammeSkill.programme_id) == Programme.id)
    .where(col(Cohort.id) == bindparam("cohort"))
    .order_by(col(ProgrammeSkill.position))
)
_SKILL_COLUMNS = len(columns_of(ProgrammeSkill))


def _cohorts(completions: Sequence[Completed]) -> set[tuple[str, str | None]]:
    return {(one.cohort_id, one.basis) for one in completions}


def _offered(office: Office, session: Session, cohort_id: str, basis: str | None) -> Offered:
    """What the cohort completes, looked up again only where the basis is another than it was then.

    The basis was read before, so that what is found may be newer than it, and never older.
    """

    def look_up() -> Offered:
        return _made_of(session.connection().execute(_OFFERED, {"cohort": cohort_id}).all())

    found: Offered = office.offered.of(cohort_id, basis, look_up)
    return found


def _made_of(rows: Sequence[Row[Any]]) -> Offered:
    values = iter(rows[0])
    cohort, programme = made_of(Cohort, values), made_of(Programme, values)
    organisation = made_of(Organisation, values)
    has_parts, is_endorsed = next(values), next(values)
    skills = [row[-_SKILL_COLUMNS:] for row in rows if row[-_SKILL_COLUMNS] is not None]
    return Offered(
        cohort,
        programme,
        organisation,
        tuple(made_of(ProgrammeSkill, iter(skill)) for skill in skills),
        has_parts,
        is_endorsed,
        hashlib.sha256(repr(rows).encode()).digest(),
    )
