"""Workers and the service killed again and again while jobs run; afterwards the books are checked.

Two workers and one service, which works on jobs too, are processes of their own. Registers are sent to the service
over HTTP with idempotency keys, again until they are answered, as a system does whose other side dies. A seed draws
who is killed and when: at a random moment, or at a named crash point. The dead are started anew at once, as a service
manager would. After the last kill the jobs are left to finish, and then every row, credential, signed form, status
place and act is counted.
"""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from multiprocessing.process import BaseProcess
from pathlib import Path

import httpx
import uvicorn
from sqlmodel import Session, col, func, select

from issuer import crash_points
from issuer.app import build_app, build_office
from issuer.audit import service as audit
from issuer.issuance.models import CredentialState, IssuedCredential, SignedDocument
from issuer.jobs.models import Job, JobChunk, JobRow, RowOutcome
from issuer.jobs.worker import Worker
from issuer.staff.service import Scope
from kit.clock import SettableClock
from tests.issuer.books import places_given_twice
from tests.issuer.college import College, settings
from tests.serving import free_port

HEADINGS = "Matricule;Prénom;Nom;Courriel;Date de réussite;Résultat"
EVERY_BAD = 25
"""Every so many rows there is one that must be refused."""
WORKERS = 2
LONGEST_SECONDS = 0.6
"""A kill at a random moment comes at most so long after the one before it."""
FINISH_SECONDS = 240
POINTS = (
    *("before-intent", "indexes-taken", "after-intent", "draft-linted", "before-signing", "after-signing"),
    *("before-commit", "after-commit"),
)
_PRELOAD = ["issuer.app", "issuer.jobs.carrier", "uvicorn", "tests.issuer.jobs.kills"]


@dataclass(frozen=True)
class Books:
    """What is there at the end. All but the first line must be zero or true."""

    kills: int
    rows: int
    issued: int
    refused: int
    voided: int
    seconds: float
    lost: int
    """Rows that should have a credential and have none, or have no outcome."""
    doubled: int
    """Completions with two credentials, credentials with two first forms, rows told twice."""
    places_given_twice: int
    left_open: int
    """Chunks without an end and intents that nobody ended."""
    unexplained: int
    """Credentials that no row's outcome names, or outcomes whose credential is not in force."""


@dataclass
class Town:
    """The processes, and who is told what."""

    folder: Path
    database_url: str
    draw: random.Random
    port: int = field(default_factory=free_port)
    processes: dict[str, BaseProcess] = field(default_factory=dict)
    kills: int = 0

    def start(self, name: str, point: str = "", passes: int = 0) -> None:
        """Start (again) the service or a worker; it kills itself when it passes a crash point for the n-th time."""
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(_PRELOAD)
        target = _serve if name == "service" else _work
        self.processes[name] = context.Process(
            target=target, args=(str(self.folder), self.database_url, self.port, point, passes), daemon=True
        )
        self.processes[name].start()

    def one_kill(self) -> None:
        """Kill one of them, by the seed, and start it again."""
        name = self.draw.choice(list(self.processes))
        if self.draw.random() < 0.5:
            time.sleep(self.draw.uniform(0, LONGEST_SECONDS))
        else:  # this one dies by itself at the named point, if it gets there
            self.kill(name)
            self.start(name, self.draw.choice(POINTS), self.draw.randint(1, 60))
            self.processes[name].join(LONGEST_SECONDS * 5)
        self.kill(name)
        self.start(name)
        self.kills += 1

    def kill(self, name: str) -> None:
        """Kill -9."""
        process = self.processes[name]
        if process.pid is not None and process.is_alive():
            os.kill(process.pid, signal.SIGKILL)
        process.join()


def _die_at(point: str, passes: int) -> None:
    left = passes

    def die(name: str) -> None:
        nonlocal left
        left -= name == point
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    if point:
        crash_points.install(die)


def _work(folder: str, database_url: str, _port: int, point: str, passes: int) -> None:
    _die_at(point, passes)
    Worker(build_office(settings(Path(folder), database_url=database_url))).start()
    threading.Event().wait()


def _serve(folder: str, database_url: str, port: int, point: str, passes: int) -> None:
    _die_at(point, passes)
    app = build_app(settings(Path(folder), database_url=database_url))
    uvicorn.run(app, port=port, log_level="critical", access_log=False)


@contextmanager
def town(folder: Path, database_url: str, seed: int) -> Iterator[tuple[College, Town]]:
    """A college on the machine's own time, a service and workers; all are gone afterwards."""
    college = College.open(folder, learners=0, clock=SettableClock(datetime.now(UTC)), database_url=database_url)
    place = Town(folder, database_url, random.Random(seed))  # noqa: S311 - a drawing that can be repeated
    for name in ("service", *(f"worker-{number}" for number in range(1, WORKERS + 1))):
        place.start(name)
    try:
        yield college, place
    finally:
        for name in place.processes:
            place.kill(name)
        college.office.database.dispose()


def run(folder: Path, database_url: str, *, kills: int, seed: int, rows: int = 3000) -> Books:
    """Kill `kills` times while registers of `rows` rows are issued one after the other; return the books."""
    began = time.monotonic()
    with town(folder, database_url, seed) as (college, place):
        sender = _Sender(college, place.port, rows)
        while place.kills < kills:
            place.one_kill()
            sender.keep_busy()
        sender.stop()
        _await_end(college)
        return _books(college, place.kills, sender.sent, time.monotonic() - began)


class _Sender:
    """A system that sends registers, each under its own key, until it hears that it was taken."""

    def __init__(self, college: College, port: int, rows: int) -> None:
        self.sent: dict[str, int] = {}
        self._college, self._rows = college, rows
        self._key = college.api(Scope.ISSUE).headers["authorization"]
        self._address = f"http://localhost:{port}/api/v1/jobs"
        self._thread: threading.Thread | None = None
        self.keep_busy()

    def keep_busy(self) -> None:
        """Send another register where less than half a one is left to do."""
        if self._thread is not None and self._thread.is_alive():
            return
        with self._college.office.database.reading() as session:
            left = session.exec(select(func.sum(col(JobChunk.size))).where(col(JobChunk.ended_at).is_(None))).one()
        if (left or 0) < self._rows:
            self._thread = threading.Thread(target=self._send, args=(len(self.sent),))
            self._thread.start()

    def stop(self) -> None:
        """Wait until the last register was taken."""
        if self._thread is not None:
            self._thread.join()

    def _send(self, number: int) -> None:
        lines = [HEADINGS, *(_row(number, line) for line in range(2, self._rows + 2))]
        body = ("\n".join(lines) + "\n").encode()
        headers = {"authorization": self._key, "content-type": "text/csv", "idempotency-key": f"register-{number:04}"}
        query = {"programme": self._college.programme.slug, "cohort": self._college.cohort.code}
        while True:
            try:
                answer = httpx.post(self._address, content=body, headers=headers, params=query, timeout=30)
            except httpx.HTTPError:
                time.sleep(0.1)
                continue
            if answer.status_code == 202:
                self.sent[answer.json()["id"]] = self._rows
                return
            if answer.status_code != 503:
                raise RuntimeError(answer.text)


def _row(register: int, line: int) -> str:
    family = "" if line % EVERY_BAD == 0 else f"Boréalis-{line}"
    return f"R{register:03}-{line:05};Éloïse;{family};e{line}@courriel.example;2026-06-12;{50 + line % 50} %"


def _await_end(college: College) -> None:
    deadline = time.monotonic() + FINISH_SECONDS
    while time.monotonic() < deadline:
        with college.office.database.reading() as session:
            if _left_open(session) == 0:
                return
        time.sleep(0.5)


def _left_open(session: Session) -> int:
    chunks = session.exec(select(func.count()).select_from(JobChunk).where(col(JobChunk.ended_at).is_(None))).one()
    intents = select(func.count()).select_from(IssuedCredential).where(IssuedCredential.state == CredentialState.INTENT)
    return chunks + session.exec(intents).one()


def _books(college: College, kills: int, sent: dict[str, int], seconds: float) -> Books:
    with college.office.database.reading() as session:
        told = session.exec(select(JobRow.job_id, JobRow.line, JobRow.outcome, JobRow.credential_id)).all()
        everything = session.exec(select(IssuedCredential)).all()
        forms = Counter(session.exec(select(SignedDocument.credential_id)))
        jobs = session.exec(select(Job.id)).all()
        left_open = _left_open(session)
        audit.verify_chain(session)
    expected = {(job, line): line % EVERY_BAD != 0 for job, rows in sent.items() for line in range(2, rows + 2)}
    outcomes = {(job, line): outcome for job, line, outcome, _ in told}
    in_force = {one.id for one in everything if one.state is CredentialState.ISSUED}
    per_completion = Counter(one.completion_id for one in everything if one.id in in_force)
    named = Counter(credential for _, _, outcome, credential in told if outcome is RowOutcome.ISSUED)
    wanted = {True: RowOutcome.ISSUED, False: RowOutcome.REFUSED}
    return Books(
        kills=kills,
        rows=len(expected),
        issued=len(in_force),
        refused=sum(one is RowOutcome.REFUSED for one in outcomes.values()),
        voided=sum(one.state is CredentialState.VOID for one in everything),
        seconds=round(seconds, 1),
        lost=sum(outcomes.get(row) is not wanted[good] for row, good in expected.items()),
        doubled=sum(count > 1 for tally in (per_completion, forms, named) for count in tally.values())
        + len(told)
        - len(outcomes)
        + len(set(jobs) - sent.keys()),
        places_given_twice=places_given_twice(everything),
        left_open=left_open,
        unexplained=len(in_force ^ named.keys()) + len(in_force ^ forms.keys()),
    )
