"""One chunk of a job: taken under a lease, issued, its outcomes written in the unit that makes them true.

The two units of issuing (`issuer.issuance.service`) carry the chunk's own story along:

    (1) with the intents: the chunk is taken, what a dead worker left of it is voided, its register rows are written
    (5) with the credentials: the lease still stands, one outcome for each row is inserted, the chunk ends

So a kill at any moment leaves a chunk that is open or one that has ended, and nothing in between. Whoever takes over
a chunk whose lease ran out knows that its intents are nobody's, and need not wait until they are old.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import timedelta
from enum import Enum
from typing import Any

from sqlalchemy import or_, update
from sqlmodel import Session, col, select

from issuer.cohorts import register, rows
from issuer.cohorts.headings import LABELS, RegisterField
from issuer.cohorts.models import Cohort
from issuer.cohorts.rows import CellError, Learner
from issuer.issuance import intents
from issuer.issuance import service as issuance
from issuer.issuance.intents import Intent
from issuer.issuance.outcomes import Outcome, OutcomeKind
from issuer.jobs import entries
from issuer.jobs.entries import Entry
from issuer.jobs.leases import LEASE, Leases
from issuer.jobs.models import Job, JobChunk, JobRow, JobState, RowOutcome
from issuer.office import Office
from issuer.programmes.models import Programme
from kit.database import is_unavailable
from kit.i18n import N_
from kit.many import insert_many
from kit.telemetry import log_event

MOST_FAULTS = 5
"""After so many faults in a row on one chunk the job pauses and says so: somebody has to look."""
SOON = timedelta(seconds=2)

Reasons = tuple[tuple[str, str, int], ...]
"""Why a row was refused: what it is about (a source text, or nothing), the sentence, another line it collides with."""

_OUTCOMES = {
    OutcomeKind.ISSUED: RowOutcome.ISSUED,
    OutcomeKind.ALREADY_ISSUED: RowOutcome.ALREADY_ISSUED,
    OutcomeKind.REFUSED: RowOutcome.REFUSED,
    OutcomeKind.UNKNOWN: RowOutcome.REFUSED,
}
_GONE = N_("The completion is no longer on record.")
_NOT_COMPLETED = N_("The day of completion is missing. Example: 2026-06-12")


class Step(Enum):
    """What came of looking for a chunk to work on."""

    DONE = "done"
    """One was worked on."""
    WAIT = "wait"
    """There are open ones, none of them free now."""
    OVER = "over"
    """None is open, or the job does not run."""


class _NothingToTake(Exception):
    def __init__(self, step: Step) -> None:
        super().__init__(step.value)
        self.step = step


class LeaseLost(Exception):
    """Somebody else works on the chunk by now; nothing of ours was written."""


def work_on_next(office: Office, job_id: str, leases: Leases) -> Step:
    """Issue the next chunk of the job that is free. Never raises for a fault: the chunk will be free again later."""
    errand = _ChunkErrand(office, job_id, leases.new())
    try:
        with leases.holding(errand.lease):
            issuance.carry_out(office, errand)
    except _NothingToTake as nothing:
        return nothing.step
    except LeaseLost:
        log_event("job_chunk_lost", job=job_id, chunk=errand.chunk_id)
    except Exception as fault:  # noqa: BLE001 - a bug in one chunk must not end the worker, nor be tried without end
        if is_unavailable(fault):
            log_event("job_chunk_waits", job=job_id, chunk=errand.chunk_id, reason=type(fault).__name__)
            return Step.WAIT
        log_event("job_chunk_failed", job=job_id, chunk=errand.chunk_id, fault=fault)
        _note_fault(office, errand, fault)
    return Step.DONE


class _ChunkErrand(issuance.Errand):
    """The errand of issuing one chunk; which one is found out in its first unit."""

    def __init__(self, office: Office, job_id: str, lease: str) -> None:
        super().__init__("", "")  # known once the job is read
        self.office = office
        self.job_id = job_id
        self.lease = lease
        self.chunk_id = ""
        self._entries: list[Entry] = []
        self._completions: dict[int, str] = {}
        self._refused: dict[int, Reasons] = {}

    # --- in the unit of the intents ---

    def wanted(self, session: Session) -> Sequence[str]:
        """Take a chunk, and return the completions of its rows. Raises `_NothingToTake`."""
        job = session.get_one(Job, self.job_id)
        chunk = self._taken(session, job)
        self.chunk_id, self.organisation_id, self.actor = chunk.id, job.organisation_id, job.created_by
        self._void_what_was_left(session, chunk)
        self._entries, self._refused = open_entries(session, chunk), {}
        self._completions = {entry.line: entry.completion_id for entry in self._entries if entry.cells is None}
        self._enrol(session, session.get_one(Cohort, job.cohort_id))
        return list(dict.fromkeys(self._completions.values()))

    def _taken(self, session: Session, job: Job) -> JobChunk:
        now = self.office.clock()
        is_open = select(JobChunk).where(JobChunk.job_id == job.id, col(JobChunk.ended_at).is_(None))
        if job.state is not JobState.RUNNING:
            raise _NothingToTake(Step.OVER)
        free = is_open.where(JobChunk.ready_at <= now, lapsed(now)).order_by(col(JobChunk.number)).limit(1)
        chunk = session.exec(free.with_for_update(skip_locked=True)).first()
        if chunk is None:
            raise _NothingToTake(Step.WAIT if session.exec(is_open.limit(1)).first() else Step.OVER)
        chunk.lease, chunk.lease_until = self.lease, now + LEASE
        session.add(chunk)
        return chunk

    def _void_what_was_left(self, session: Session, chunk: JobChunk) -> None:
        left = intents.locked(session, json.loads(chunk.intents))
        intents.void(session, sorted(left), actor="system", now=self.office.clock(), why="worker lost")

    def _enrol(self, session: Session, cohort: Cohort) -> None:
        """Write the register rows that are good; note why the others are not."""
        now = self.office.clock()
        programme = session.get_one(Programme, cohort.programme_id)
        language = programme.language if programme.language in ("fr", "en") else "fr"
        learners: list[Learner] = []
        for entry in self._entries:
            if entry.cells is not None:
                found = _checked(entry, cohort, now.date(), language)
                if isinstance(found, Learner):
                    learners.append(found)
                else:
                    self._refuse(entry.line, found)
        if not learners:
            return
        present = register.known(session, cohort, {learner.learner_number for learner in learners})
        first: dict[str, Learner] = {}
        good: list[Learner] = []
        for learner in learners:
            before = first.setdefault(learner.learner_number, learner)
            earlier = learner.line if _same(before, learner) else before.line
            clash = register.clash(learner, earlier, present.get(learner.learner_number))
            if clash is None:
                good.append(learner)
            else:
                self._refuse(learner.line, [clash])
        once = {learner.learner_number: learner for learner in good}
        recorded = register.write(session, cohort, list(once.values()), present, actor=self.actor, now=now)
        self._completions |= {learner.line: recorded[learner.learner_number] for learner in good}

    def _refuse(self, line: int, errors: Sequence[CellError]) -> None:
        self._refused[line] = tuple((LABELS[one.field], one.reason, one.other_line) for one in errors)

    def begun(self, session: Session, begun: Sequence[Intent]) -> None:
        """Note on the chunk what was begun, for whoever may have to take it over."""
        chunk = session.get_one(JobChunk, self.chunk_id)
        chunk.intents = json.dumps([intent.id for intent in begun])
        session.add(chunk)
        session.flush()

    # --- in the unit of the credentials ---

    def settling(self, session: Session) -> None:
        """Lock the chunk. Raises `LeaseLost` where it is no longer ours."""
        chunk = session.get_one(JobChunk, self.chunk_id, with_for_update=True, populate_existing=True)
        if chunk.lease != self.lease:
            raise LeaseLost

    def ended(self, session: Session, outcomes: Mapping[str, Outcome]) -> None:
        """Write one outcome for each row. Rows that somebody else issues for just now stay open for a moment."""
        now = self.office.clock()
        found = list(self._rows(outcomes))
        if found:
            insert_many(session, JobRow, found)
        chunk = session.get_one(JobChunk, self.chunk_id)
        count(chunk, found)
        if len(found) == len(self._entries):
            chunk.ended_at, chunk.entries, chunk.lease_until = now, "", None
        else:
            chunk.ready_at = now + SOON
        chunk.lease, chunk.intents, chunk.faults = None, "[]", 0
        session.add(chunk)

    def _rows(self, outcomes: Mapping[str, Outcome]) -> list[dict[str, Any]]:
        made, told = [], set()
        for entry in self._entries:
            if entry.line in self._refused:
                made.append(row(self.job_id, entry, RowOutcome.REFUSED, reasons=self._refused[entry.line]))
                continue
            outcome = outcomes[self._completions[entry.line]]
            became = _OUTCOMES.get(outcome.kind)
            if became is None:
                continue
            if became is RowOutcome.ISSUED and outcome.completion_id in told:  # the same person in two rows
                became = RowOutcome.ALREADY_ISSUED
            told.add(outcome.completion_id)
            reasons = outcome.reasons if outcome.kind is OutcomeKind.REFUSED else (_GONE,)
            made.append(
                row(
                    self.job_id,
                    entry,
                    became,
                    credential_id=outcome.credential,
                    reasons=tuple(("", reason, 0) for reason in reasons),
                )
            )
        return made


def lapsed(now: Any) -> Any:
    """The condition that nobody holds a chunk at the moment `now`."""
    return or_(col(JobChunk.lease_until).is_(None), col(JobChunk.lease_until) < now)


def open_entries(session: Session, chunk: JobChunk) -> list[Entry]:
    """Return the rows of a chunk that have no outcome yet."""
    waiting = entries.opened(chunk.entries)
    first, last = waiting[0].line, waiting[-1].line
    query = select(JobRow.line).where(JobRow.job_id == chunk.job_id, col(JobRow.line).between(first, last))
    told = set(session.exec(query))
    return [entry for entry in waiting if entry.line not in told]


def row(
    job_id: str, entry: Entry, outcome: RowOutcome, *, credential_id: str | None = None, reasons: Reasons = ()
) -> dict[str, Any]:
    """Return the values of a `JobRow`. A refused row keeps what it takes to try it again."""
    refused = outcome is RowOutcome.REFUSED
    return {
        "job_id": job_id,
        "line": entry.line,
        "learner_number": entry.learner_number,
        "outcome": outcome,
        "credential_id": credential_id,
        "reasons": json.dumps(reasons, ensure_ascii=False) if refused else "",
        "entry": json.dumps(entry.plain(), ensure_ascii=False) if refused else "",
    }


def count(chunk: JobChunk, found: Sequence[Mapping[str, Any]]) -> None:
    """Add the outcomes to the chunk's figures."""
    for outcome, number in Counter(one["outcome"] for one in found).items():
        setattr(chunk, outcome.value, getattr(chunk, outcome.value) + number)


def _checked(entry: Entry, cohort: Cohort, today: Any, language: str) -> Learner | list[CellError]:
    cells = {RegisterField(name): value for name, value in (entry.cells or {}).items()}
    found = rows.checked(entry.line, cells, starts_on=cohort.starts_on, today=today, language=language)
    if isinstance(found, Learner) and found.completed_on is None:
        return [CellError(entry.line, RegisterField.COMPLETED_ON, "", _NOT_COMPLETED)]
    return found


def _same(first: Learner, other: Learner) -> bool:
    names = (*register.PERSON, "completed_on", "result")
    return all(getattr(first, name) == getattr(other, name) for name in names)


def _note_fault(office: Office, errand: _ChunkErrand, fault: Exception) -> None:
    """Give the chunk back for later; when it keeps failing, pause the job and say why."""
    now = office.clock()
    with office.database.unit() as session:
        chunk = session.get(JobChunk, errand.chunk_id, with_for_update=True)
        if chunk is None or chunk.ended_at is not None or chunk.lease not in (None, errand.lease):
            return
        chunk.faults += 1
        chunk.lease, chunk.lease_until, chunk.ready_at = None, None, now + SOON * chunk.faults
        session.add(chunk)
        if chunk.faults >= MOST_FAULTS:
            session.exec(
                update(Job)
                .where(col(Job.id) == errand.job_id, col(Job.state) == JobState.RUNNING)
                .values(state=JobState.PAUSED, trouble=type(fault).__name__)
            )
