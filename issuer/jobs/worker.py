"""A worker: what one process contributes to the jobs, beside a service or alone (`passport issuer worker`).

A thread beats once a second, and as soon as it sees a new job: it says that the process is alive, puts off the leases
of the chunks that are worked on, sees to it that every open job has its lanes, and carries on the lanes of processes
that no longer beat. Starting a job is therefore nothing but committing its rows; whoever lives finds it.
"""

from __future__ import annotations

import gc
import logging
import threading
import time
from datetime import timedelta

from sqlalchemy import delete
from sqlmodel import Session, col, select

from issuer.base import new_id
from issuer.jobs import service
from issuer.jobs.chunks import Step, work_on_next
from issuer.jobs.leases import LEASE, Leases
from issuer.jobs.models import JobWorker
from issuer.office import Office
from kit.telemetry import log_event

BEAT_SECONDS = 1.0
LOOK_SECONDS = 0.25
"""How often a worker looks for a new job between its beats: one small query."""
IDLE_SECONDS = 0.5
DEAD_AFTER = LEASE
"""A process that has not been heard of for so long is gone."""
TURN = timedelta(seconds=5)
"""How long a lane works on one job while others wait."""


class Worker:
    """Works on jobs from `start` until `stop`."""

    def __init__(self, office: Office) -> None:
        self.id = new_id()
        self._office = office
        self._leases = Leases()
        self._stopping = threading.Event()
        self._launched = False
        self._seen: set[str] = set()
        """The open jobs, when last looked at."""
        self._thread = threading.Thread(target=self._beats, name="jobs", daemon=True)

    def start(self) -> None:
        """Begin to beat. dbos is loaded when the first job appears: until then a worker only looks for one."""
        self._thread.start()

    def stop(self) -> None:
        """End after the chunk that is worked on."""
        self._stopping.set()
        self._thread.join(30)

    def _beats(self) -> None:
        next_beat = time.monotonic()
        while not self._stopping.wait(LOOK_SECONDS):
            try:
                if time.monotonic() >= next_beat or self._sees_new_job():
                    next_beat = time.monotonic() + BEAT_SECONDS
                    self._beat()
            except Exception as fault:  # noqa: BLE001 - one failed beat (a busy database, a bug) must not end all later ones
                log_event("job_beat_failed", level=logging.ERROR, fault=fault)
                self._stopping.wait(BEAT_SECONDS)
        if self._launched:
            from issuer.jobs import carrier  # as below

            carrier.stop()
            with self._office.database.unit() as session:
                session.exec(delete(JobWorker).where(col(JobWorker.id) == self.id))

    def _sees_new_job(self) -> bool:
        if self._leases.any_held:  # who is at work looks at the next beat
            return False
        before, self._seen = self._seen, set(self._open_jobs())
        return not self._seen <= before

    def _open_jobs(self) -> list[str]:
        with self._office.database.reading() as session:
            return service.open_jobs(session)

    def _beat(self) -> None:
        service.end_cancelled(self._office)
        jobs = self._open_jobs()
        if not jobs and not self._leases.any_held:
            return
        from issuer.jobs import carrier  # dbos takes half a second to load: only where there is something to do

        living, dead = self._roll()
        if not self._launched:
            carrier.start(self._office.database, self.id, self._walk)
            self._launched = True
            _leave_alone_what_stays()
        for worker_id in dead:
            carrier.take_over(worker_id)
            with self._office.database.unit() as session:
                session.exec(delete(JobWorker).where(col(JobWorker.id) == worker_id))
        for job_id in jobs:
            carrier.ensure_lanes(job_id, living)

    def _roll(self) -> tuple[int, list[str]]:
        """Sign in, and put off our leases; return how many workers live, and which do no longer."""
        now = self._office.clock()
        with self._office.database.unit() as session:
            session.merge(JobWorker(id=self.id, seen_at=now))
            self._leases.renew(session, now=now)
            workers = session.exec(select(JobWorker)).all()
        dead = [one.id for one in workers if one.seen_at < now - DEAD_AFTER]
        return len(workers) - len(dead), dead

    def _walk(self, job_id: str) -> bool:
        """Work on the job's chunks until none is left; say whether to come back because other jobs wait."""
        until = time.monotonic() + TURN.total_seconds()
        while not self._stopping.is_set():
            step = work_on_next(self._office, job_id, self._leases)
            if step is Step.OVER:
                return False
            if step is Step.WAIT:
                self._stopping.wait(IDLE_SECONDS)
            if time.monotonic() > until:
                with self._office.database.reading() as session:
                    if self._others_wait(session, job_id):
                        return True
                until = time.monotonic() + TURN.total_seconds()
        return False

    def _others_wait(self, session: Session, job_id: str) -> bool:
        return any(other != job_id for other in service.open_jobs(session))


def _leave_alone_what_stays() -> None:
    """Have the garbage collector pass over all that is loaded by now, and look for circles less often: a chunk makes
    and drops a hundred thousand objects and hardly a circle."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(200_000)
