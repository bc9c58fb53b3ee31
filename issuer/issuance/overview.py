"""Credentials beside the register: who is ready, who has one, and finding one among many."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, tuple_, union_all
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from issuer.cohorts.models import Cohort, Participant, by_name
from issuer.completions.models import Completion
from issuer.issuance.models import CredentialState, IssuedCredential
from issuer.programmes.models import Programme
from kit.problems import NotFound
from kit.searching import has_word, words

PAGE = 50
COUNTED = 10_000
"""How far a list is counted, turned page by page and looked through for names; whoever reads more of it goes on from
the last one seen."""


class UnknownCohort(NotFound):
    """The organisation has no such cohort."""


@dataclass(frozen=True)
class Row:
    """A person of a cohort who completed the programme, and the credential if there is one."""

    participant: Participant
    completion: Completion
    credential: IssuedCredential | None

    @property
    def ready(self) -> bool:
        """True when nothing was issued for this completion, nor is about to be."""
        return self.credential is None


@dataclass(frozen=True)
class Found:
    """One credential in a list."""

    credential: IssuedCredential
    participant: Participant
    completion: Completion
    programme: Programme


@dataclass(frozen=True)
class Page:
    """One page of a list; `number` counts from 1."""

    found: tuple[Found, ...]
    total: int
    """How many there are, counted up to `COUNTED`."""
    number: int
    more: bool = False
    """There are more than were counted."""
    not_searched: bool = False
    """There are older ones, which were not looked through for names."""

    @property
    def last(self) -> int:
        """The number of the last page."""
        return max(1, -(-self.total // PAGE))


def cohort_of(session: Session, organisation_id: str, cohort_id: str) -> tuple[Cohort, Programme]:
    """Return a cohort of the organisation with its programme. Raises `UnknownCohort`."""
    query = (
        select(Cohort, Programme)
        .join(Programme, col(Programme.id) == Cohort.programme_id)
        .where(Cohort.id == cohort_id, Programme.organisation_id == organisation_id)
    )
    found = session.exec(query).first()
    if found is None:
        raise UnknownCohort
    return found


def counts(session: Session, cohort_id: str) -> tuple[int, int]:
    """Return how many of the cohort completed, and for how many of them nothing was issued."""
    query = (
        select(func.count(), func.count(col(IssuedCredential.id)))
        .select_from(Completion)
        .join(Participant, col(Participant.id) == Completion.participant_id)
        .join(IssuedCredential, col(IssuedCredential.active_for) == Completion.id, isouter=True)
        .where(Participant.cohort_id == cohort_id)
    )
    completed, issued = session.exec(query).one()
    return completed, completed - issued


def of_cohort(session: Session, cohort_id: str, *, limit: int | None = None, ready_only: bool = False) -> list[Row]:
    """Return those of the cohort who completed, by name: at most `limit`; with `ready_only`, who has no credential."""
    query = (
        select(Participant, Completion, IssuedCredential)
        .join(Completion, col(Completion.participant_id) == Participant.id)
        .join(IssuedCredential, col(IssuedCredential.active_for) == Completion.id, isouter=True)
        .where(Participant.cohort_id == cohort_id)
        .order_by(*by_name())
        .limit(limit)
    )
    if ready_only:
        query = query.where(col(IssuedCredential.id).is_(None))
    return [Row(participant, completion, credential) for participant, completion, credential in session.exec(query)]


def find(session: Session, organisation_id: str, *, q: str = "", state: str = "", page: int = 1) -> Page:
    """Return credentials of the organisation, newest first: by number, name or learner number, and by state.

    `q` is looked for in the newest `COUNTED`; a whole number or learner number finds its credential among all.
    """
    query = _matching(session, organisation_id, q=q, state=state)
    counted = session.exec(select(func.count()).select_from(query.limit(COUNTED + 1).subquery())).one()
    total = min(counted, COUNTED)
    number = min(max(1, page), max(1, -(-total // PAGE)))
    ids = session.exec(_newest_first(query).offset((number - 1) * PAGE).limit(PAGE)).all()
    not_searched = bool(words(q)) and _reaches_past(session, _in_state(organisation_id, state))
    return Page(tuple(_found(session, ids)), total, number, more=counted > COUNTED, not_searched=not_searched)


def older_than(
    session: Session, organisation_id: str, credential_id: str, *, q: str = "", state: str = ""
) -> list[Found]:
    """Return the page that follows a credential seen before, at the same cost however deep in the list that is.

    Raises `NotFound` for a credential that is not the organisation's.
    """
    last = session.get(IssuedCredential, credential_id)
    if last is None or last.organisation_id != organisation_id:
        raise NotFound
    place = tuple_(col(IssuedCredential.created_at), col(IssuedCredential.id))
    query = _matching(session, organisation_id, q=q, state=state).where(place < (last.created_at, last.id))
    return _found(session, session.exec(_newest_first(query).limit(PAGE)).all())


def one(session: Session, organisation_id: str, credential_id: str) -> Found:
    """Return one credential with what belongs to it. Raises `NotFound`."""
    credential = session.get(IssuedCredential, credential_id)
    if credential is None or credential.organisation_id != organisation_id:
        raise NotFound
    [found] = _found(session, [credential_id])
    return found


def _newest_first(query: SelectOfScalar[str]) -> SelectOfScalar[str]:
    return query.order_by(col(IssuedCredential.created_at).desc(), col(IssuedCredential.id).desc())


def _matching(session: Session, organisation_id: str, *, q: str, state: str) -> SelectOfScalar[str]:
    of_it = _in_state(organisation_id, state)
    wanted = words(q)
    if not wanted:
        return of_it
    # people are looked at only where somebody is looked for, and of very many credentials only the newest
    newest = _newest_first(of_it).limit(COUNTED).subquery()
    exact = select(IssuedCredential.id).where(
        col(IssuedCredential.id).in_(_exactly(session, organisation_id, q.strip(), state))
    )
    query = (
        select(IssuedCredential.id)
        .join(Completion, col(Completion.id) == IssuedCredential.completion_id)
        .join(Participant, col(Participant.id) == Completion.participant_id)
        .where(col(IssuedCredential.id).in_(union_all(select(newest.c.id), exact)))
    )
    for word in wanted:
        number, person = IssuedCredential.number, Participant
        query = query.where(
            has_word(word, number, person.given_name, person.family_name, person.learner_number, person.email)
        )
    return query


def _exactly(session: Session, organisation_id: str, typed: str, state: str) -> list[str]:
    """The organisation's credentials of exactly the number or the learner number that was typed, however old.

    Whose they are is asked afterwards: with that in the query, SQLite would begin with all that the organisation has.
    """
    what = (col(IssuedCredential.id), col(IssuedCredential.organisation_id), col(IssuedCredential.state))
    of_number = select(*what).where(IssuedCredential.number == typed.upper())
    of_learner = (
        select(*what)
        .join(Completion, col(Completion.id) == IssuedCredential.completion_id)
        .join(Participant, col(Participant.id) == Completion.participant_id)
        .where(Participant.learner_number == typed)
    )
    wanted = {state} if state in list(CredentialState) else set(CredentialState) - {CredentialState.VOID}
    found = (*session.exec(of_number), *session.exec(of_learner))
    return [one for one, owner, stands in found if owner == organisation_id and stands in wanted]


def _in_state(organisation_id: str, state: str) -> SelectOfScalar[str]:
    query = select(IssuedCredential.id).where(IssuedCredential.organisation_id == organisation_id)
    if state in list(CredentialState):
        return query.where(IssuedCredential.state == CredentialState(state))
    return query.where(IssuedCredential.state != CredentialState.VOID)


def _reaches_past(session: Session, query: SelectOfScalar[str]) -> bool:
    """Whether there are more of them than are looked through."""
    return session.exec(query.offset(COUNTED).limit(1)).first() is not None


def _found(session: Session, credential_ids: Sequence[str]) -> list[Found]:
    query = (
        select(IssuedCredential, Participant, Completion, Programme)
        .join(Completion, col(Completion.id) == IssuedCredential.completion_id)
        .join(Participant, col(Participant.id) == Completion.participant_id)
        .join(Programme, col(Programme.id) == Completion.programme_id)
        .where(col(IssuedCredential.id).in_(credential_ids))
    )
    by_id = {found[0].id: Found(*found) for found in session.exec(query)}
    return [by_id[credential_id] for credential_id in credential_ids]
