"""Jobs as people and systems see them: asked for, looked at, paused, resumed, cancelled, tried again."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import func, insert, update
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from issuer.audit import service as audit
from issuer.cohorts.models import Cohort, Participant
from issuer.completions.models import Completion
from issuer.issuance import intents
from issuer.issuance.models import IssuedCredential
from issuer.issuance.one_call import KeyUsedOtherwise
from issuer.jobs import chunks, entries
from issuer.jobs.entries import Entry
from issuer.jobs.models import Job, JobChunk, JobRow, JobState, RowOutcome
from issuer.office import Office
from issuer.programmes.models import Programme
from kit.i18n import N_
from kit.many import insert_many
from kit.problems import Conflict, NotFound, Unprocessable
from kit.tokens import digest

RATE_WINDOW = timedelta(seconds=30)
PAGE = 50
_AT_ONCE = 5_000  # rows read in one piece


class UnknownJob(NotFound):
    """The organisation has no such job."""


class NothingToIssue(Unprocessable):
    """Everybody of the cohort who completed has a credential."""

    slug, title = "nothing-to-issue", N_("There is nothing to issue")
    advice = N_("Import the register first, or record who completed the program.")


class WrongMoment(Conflict):
    """The job's present state does not allow this act."""

    advice = N_("Reload the page to see the present state.")


class Standing(StrEnum):
    """Where a job stands, in one word."""

    RUNNING = "running"
    PAUSED = "paused"
    CANCELLED = "cancelled"
    DONE = "done"


@dataclass(frozen=True)
class Progress:
    """How far a job is. `per_second`: rows, over the last half minute; `seconds_left`: None where nobody can tell."""

    job: Job
    total: int
    issued: int
    already_issued: int
    refused: int
    cancelled: int
    is_open: bool
    per_second: float
    last_ended: datetime | None

    @property
    def done(self) -> int:
        """Rows that have their outcome."""
        return self.issued + self.already_issued + self.refused + self.cancelled

    @property
    def percent(self) -> int:
        """The same in hundredths, rounded down: a hundred means all."""
        return 100 * self.done // self.total if self.total else 100

    @property
    def standing(self) -> Standing:
        """Where the job stands."""
        if not self.is_open:
            return Standing.CANCELLED if self.job.state is JobState.CANCELLED else Standing.DONE
        return Standing(self.job.state.value)

    @property
    def seconds_left(self) -> int | None:
        """How long it will take at the present rate."""
        if self.standing is not Standing.RUNNING or self.per_second <= 0:
            return None
        return round((self.total - self.done) / self.per_second)


# --- asking for one ---


@dataclass(frozen=True)
class Request:
    """Who asks for what. `key`: the idempotency key that came with it, `digest` of what was asked for."""

    organisation_id: str
    cohort: Cohort
    actor: str
    file_name: str = ""
    key: str | None = None
    digest: str = ""


def start_for_cohort(office: Office, request: Request) -> Job:
    """Start a job for everybody of the cohort who completed and has no credential. Opens its own unit.

    Raises `NothingToIssue`, `KeyUsedOtherwise`.
    """
    return _started(office, request, None)


def start_for_register(office: Office, request: Request, rows: Iterator[Entry]) -> Job:
    """Start a job for the rows of a register. Opens its own unit, after all rows have been read.

    Raises `KeyUsedOtherwise`, and whatever reading the rows raises.
    """
    return _started(office, request, [(len(chunk), entries.kept(chunk)) for chunk in entries.in_chunks(rows)])


def _started(office: Office, request: Request, chunked: Sequence[tuple[int, str]] | None) -> Job:
    try:
        return _start(office, request, chunked)
    except IntegrityError:  # the same key came at the same moment: by now its job is there
        return _start(office, request, chunked)


def _start(office: Office, request: Request, chunked: Sequence[tuple[int, str]] | None) -> Job:
    now = office.clock()
    with office.database.unit() as session:
        known = _known_by(session, request)
        if known is not None:
            return known
        job = Job(
            organisation_id=request.organisation_id,
            cohort_id=request.cohort.id,
            file_name=request.file_name[:200],
            state=JobState.RUNNING,
            key_digest=digest(request.key) if request.key else None,
            request_digest=request.digest,
            created_by=request.actor,
            created_at=now,
        )
        session.add(job)
        session.flush()
        found = _ready(session, request.cohort.id) if chunked is None else iter(chunked)
        total = _add_chunks(session, job, found, first=1, now=now)
        if not total:
            raise NothingToIssue
        _record(office, session, job, "job.started", request.actor, rows=total)
        return job


def _known_by(session: Session, request: Request) -> Job | None:
    if request.key is None:
        return None
    query = select(Job).where(Job.organisation_id == request.organisation_id, Job.key_digest == digest(request.key))
    known = session.exec(query).first()
    if known is not None and known.request_digest != request.digest:
        raise KeyUsedOtherwise
    return known


def _ready(session: Session, cohort_id: str) -> Iterator[tuple[int, str]]:
    """Yield the chunks of everybody of the cohort who completed and has no credential, by learner number."""
    last, line = "", 0
    while True:
        query = (
            select(Completion.id, Participant.learner_number)
            .join(Participant, col(Participant.id) == Completion.participant_id)
            .outerjoin(IssuedCredential, col(IssuedCredential.active_for) == Completion.id)
            .where(Participant.cohort_id == cohort_id, col(IssuedCredential.id).is_(None))
            .where(Participant.learner_number > last)
            .order_by(col(Participant.learner_number))
            .limit(_AT_ONCE)
        )
        found = session.exec(query).all()
        if not found:
            return
        last = found[-1][1]
        piece = (Entry(line + place, number, completion_id) for place, (completion_id, number) in enumerate(found, 1))
        line += len(found)
        yield from ((len(chunk), entries.kept(chunk)) for chunk in entries.in_chunks(piece))


def _add_chunks(session: Session, job: Job, chunked: Iterator[tuple[int, str]], *, first: int, now: datetime) -> int:
    total = 0
    for number, (size, kept) in enumerate(chunked, first):
        chunk = JobChunk(job_id=job.id, number=number, size=size, ready_at=now, entries=kept)
        session.connection().execute(insert(JobChunk), chunk.model_dump())
        total += size
    return total


# --- looking ---


def get(session: Session, organisation_id: str, job_id: str) -> Job:
    """Return a job of the organisation. Raises `UnknownJob`."""
    job = session.get(Job, job_id)
    if job is None or job.organisation_id != organisation_id:
        raise UnknownJob
    return job


def progress(session: Session, jobs: Sequence[Job], *, now: datetime) -> list[Progress]:
    """Return how far each job is, in two queries whatever their number."""
    ids = [job.id for job in jobs]
    figures = [JobChunk.size, JobChunk.issued, JobChunk.already_issued, JobChunk.refused, JobChunk.cancelled]
    sums = [func.sum(col(figure)) for figure in figures]
    is_open = func.count() - func.count(col(JobChunk.ended_at))
    query: Any = (
        select(JobChunk.job_id, is_open, func.max(col(JobChunk.ended_at)), *sums)
        .where(col(JobChunk.job_id).in_(ids))
        .group_by(col(JobChunk.job_id))
    )
    found = {job_id: rest for job_id, *rest in session.exec(query)}
    rates = _rates(session, jobs, now=now)
    return [_progress(job, found.get(job.id, [0, None, 0, 0, 0, 0, 0]), rates.get(job.id, 0.0)) for job in jobs]


def _progress(job: Job, found: Sequence[Any], per_second: float) -> Progress:
    is_open, last_ended, total, issued, already_issued, refused, cancelled = found
    return Progress(job, total, issued, already_issued, refused, cancelled, is_open > 0, per_second, last_ended)


def _rates(session: Session, jobs: Sequence[Job], *, now: datetime) -> dict[str, float]:
    ended = col(JobChunk.issued) + col(JobChunk.already_issued) + col(JobChunk.refused)
    query = (
        select(JobChunk.job_id, func.sum(ended))
        .where(col(JobChunk.job_id).in_([job.id for job in jobs]), col(JobChunk.ended_at) > now - RATE_WINDOW)
        .group_by(col(JobChunk.job_id))
    )
    rows = dict(session.exec(query).all())
    ages = {job.id: min(RATE_WINDOW, now - job.created_at).total_seconds() for job in jobs}
    return {job_id: count / max(ages[job_id], 1.0) for job_id, count in rows.items()}


def of_organisation(session: Session, organisation_id: str, *, cohort_id: str = "", page: int = 1) -> list[Job]:
    """Return one page of the organisation's jobs, newest first; all, or those of one cohort."""
    query = select(Job).where(Job.organisation_id == organisation_id).order_by(col(Job.created_at).desc(), col(Job.id))
    if cohort_id:
        query = query.where(Job.cohort_id == cohort_id)
    return list(session.exec(query.offset((page - 1) * PAGE).limit(PAGE)))


def rows_of(
    session: Session, job: Job, *, after: int = 0, outcome: RowOutcome | None = None, limit: int = _AT_ONCE
) -> Sequence[tuple[JobRow, str | None]]:
    """Return rows that have their outcome, from line `after` on, each with its credential's number."""
    query = (
        select(JobRow, IssuedCredential.number)
        .outerjoin(IssuedCredential, col(IssuedCredential.id) == JobRow.credential_id)
        .where(JobRow.job_id == job.id, JobRow.line > after)
        .order_by(col(JobRow.line))
        .limit(limit)
    )
    if outcome is not None:
        query = query.where(JobRow.outcome == outcome)
    return session.exec(query).all()


def reasons_of(row: JobRow) -> chunks.Reasons:
    """Return why a row was refused."""
    return tuple((about, sentence, line) for about, sentence, line in json.loads(row.reasons or "[]"))


# --- deciding ---


def pause(office: Office, organisation_id: str, job_id: str, *, actor: str) -> None:
    """Let no further chunk begin. Raises `UnknownJob`, `WrongMoment`."""
    _decide(office, organisation_id, job_id, JobState.PAUSED, "job.paused", actor, allowed=(JobState.RUNNING,))


def resume(office: Office, organisation_id: str, job_id: str, *, actor: str) -> None:
    """Go on with a paused job. Raises `UnknownJob`, `WrongMoment`."""
    _decide(office, organisation_id, job_id, JobState.RUNNING, "job.resumed", actor, allowed=(JobState.PAUSED,))


def cancel(office: Office, organisation_id: str, job_id: str, *, actor: str) -> None:
    """Issue for no further row: what is issued stays, the rest ends as cancelled.

    Raises `UnknownJob`, `WrongMoment`.
    """
    both = (JobState.RUNNING, JobState.PAUSED)
    _decide(office, organisation_id, job_id, JobState.CANCELLED, "job.cancelled", actor, allowed=both)
    end_cancelled(office)


def _decide(
    office: Office,
    organisation_id: str,
    job_id: str,
    to: JobState,
    act: str,
    actor: str,
    *,
    allowed: tuple[JobState, ...],
) -> None:
    with office.database.unit() as session:
        get(session, organisation_id, job_id)
        job = session.get_one(Job, job_id, with_for_update=True, populate_existing=True)
        [far] = progress(session, [job], now=office.clock())
        if job.state not in allowed or not far.is_open:
            raise WrongMoment(f"the job is {far.standing.value}")
        job.state, job.trouble = to, ""
        session.add(job)
        session.exec(
            update(JobChunk).where(col(JobChunk.job_id) == job_id, col(JobChunk.ended_at).is_(None)).values(faults=0)
        )
        _record(office, session, job, act, actor)


def retry(office: Office, organisation_id: str, job_id: str, *, actor: str) -> None:
    """Try the refused rows again, as they came in, by the rules and the catalogue of today.

    Raises `UnknownJob`, `WrongMoment` when there are none or the job was cancelled.
    """
    now = office.clock()
    with office.database.unit() as session:
        get(session, organisation_id, job_id)
        job = session.get_one(Job, job_id, with_for_update=True, populate_existing=True)
        refused = session.exec(
            select(JobRow.line, JobRow.entry)
            .where(JobRow.job_id == job_id, JobRow.outcome == RowOutcome.REFUSED)
            .order_by(col(JobRow.line))
        ).all()
        if not refused or job.state is JobState.CANCELLED:
            raise WrongMoment("no row of this job can be tried again")
        _forget_refusals(session, job_id)
        again = (Entry(*json.loads(entry)) for _, entry in refused)
        chunked = ((len(chunk), entries.kept(chunk)) for chunk in entries.in_chunks(again))
        last = session.exec(select(func.max(col(JobChunk.number))).where(JobChunk.job_id == job_id)).one()
        _add_chunks(session, job, chunked, first=last + 1, now=now)
        _record(office, session, job, "job.retried", actor, rows=len(refused))


def _forget_refusals(session: Session, job_id: str) -> None:
    """The refused rows leave their chunks; they come back in new ones."""
    session.connection().execute(
        JobRow.__table__.delete().where(  # type: ignore[attr-defined] # every table has it; the models do not say so
            col(JobRow.job_id) == job_id, col(JobRow.outcome) == RowOutcome.REFUSED
        )
    )
    session.exec(
        update(JobChunk).where(col(JobChunk.job_id) == job_id).values(size=JobChunk.size - JobChunk.refused, refused=0)
    )


def end_cancelled(office: Office) -> None:
    """End the open chunks of cancelled jobs, each in a unit of its own; one that somebody works on ends with that.

    Done when a job is cancelled, and by every worker from time to time, in case of a kill in between.
    """
    now = office.clock()
    query = (
        select(JobChunk.id)
        .join(Job, col(Job.id) == JobChunk.job_id)
        .where(Job.state == JobState.CANCELLED, col(JobChunk.ended_at).is_(None), chunks.lapsed(now))
    )
    with office.database.reading() as session:
        left = session.exec(query).all()
    for chunk_id in left:
        _end_cancelled(office, chunk_id)


def _end_cancelled(office: Office, chunk_id: str) -> None:
    now = office.clock()
    with office.database.unit() as session:
        query = select(JobChunk).where(JobChunk.id == chunk_id, col(JobChunk.ended_at).is_(None), chunks.lapsed(now))
        chunk = session.exec(query.with_for_update(skip_locked=True)).first()
        if chunk is None:
            return
        left = intents.locked(session, json.loads(chunk.intents))
        intents.void(session, sorted(left), actor="system", now=now, why="job cancelled")
        found = [chunks.row(chunk.job_id, one, RowOutcome.CANCELLED) for one in chunks.open_entries(session, chunk)]
        if found:
            insert_many(session, JobRow, found)
        chunks.count(chunk, found)
        chunk.ended_at, chunk.entries, chunk.intents, chunk.lease = now, "", "[]", None
        session.add(chunk)


def _record(office: Office, session: Session, job: Job, act: str, actor: str, **detail: Any) -> None:
    audit.record(
        session,
        actor=actor,
        organisation_id=job.organisation_id,
        act=act,
        subject=job.id,
        now=office.clock(),
        **detail,
    )


# --- for workers ---


def open_jobs(session: Session) -> list[str]:
    """Return the jobs that run and have an open chunk, oldest first."""
    query = (
        select(Job.id)
        .join(JobChunk, col(JobChunk.job_id) == Job.id)
        .where(col(JobChunk.ended_at).is_(None), Job.state == JobState.RUNNING)
        .group_by(col(Job.id), col(Job.created_at))
        .order_by(col(Job.created_at))
    )
    return list(session.exec(query))


def programme_of(session: Session, job: Job) -> tuple[Cohort, Programme]:
    """Return the cohort and programme that a job issues for."""
    cohort = session.get_one(Cohort, job.cohort_id)
    return cohort, session.get_one(Programme, cohort.programme_id)
