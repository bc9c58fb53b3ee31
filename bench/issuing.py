"""`python -m bench issuing`: whole credentials, from the register to the committed, checked signature.

Bulk: `issuer.issuance.service.issue` for many completions, one process, on SQLite and on PostgreSQL, both waiting for
the disk at each commit as in production. One by one: `POST /api/v1/credentials` to one server process from 16 clients
at once.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import httpx

from bench.sections import Figures, Pace
from issuer.issuance.outcomes import OutcomeKind
from issuer.staff import service as staff
from issuer.staff.service import Scope
from kit.clock import SettableClock
from tests import databases
from tests.issuer.college import ACTOR, College
from tests.serving import free_port

CLIENTS = 16
WARM_UP = 100
BULKS = (1000, 5000)
REQUESTS = 1600

SERVER = """
import sys
from pathlib import Path
import uvicorn
from issuer.app import build_app
from tests.issuer.college import settings
folder, database_url, port = sys.argv[1:]
app = build_app(settings(Path(folder), database_url=database_url))
uvicorn.run(app, port=int(port), log_level="critical", access_log=False)
"""


@dataclass(frozen=True)
class Bulk:
    """How quickly many were issued: per second of the process's own time, and of the clock on the wall."""

    per_processor_second: float
    per_second: float


@dataclass(frozen=True)
class OneByOne:
    """How long clients waited, in milliseconds, and what the server got done."""

    p50: float
    p99: float
    per_second: float
    client_share: float
    """Processor time of the clients, as a share of one core."""


def bulk(folder: Path, database_url: str, count: int) -> Bulk:
    """Issue for `count` completions, after a few that teach the shapes."""
    college = _college(folder, database_url, learners=count + WARM_UP)
    college.issue(college.completions[:WARM_UP])
    processor, wall = time.process_time(), time.perf_counter()
    outcomes = college.issue(college.completions[WARM_UP:])
    processor, wall = time.process_time() - processor, time.perf_counter() - wall
    assert all(one.kind is OutcomeKind.ISSUED for one in outcomes)
    college.office.database.dispose()
    return Bulk(count / processor, count / wall)


def one_by_one(folder: Path, database_url: str, count: int) -> OneByOne:
    """Issue for `count` completions over HTTP, each in a request of its own."""
    college = _college(folder, database_url, learners=count + CLIENTS)
    with college.office.database.unit() as session:
        _, secret = staff.create_api_key(
            session, college.organisation, name="bench", scopes=[Scope.ISSUE], actor=ACTOR, now=college.clock()
        )
    waits: list[float] = []
    with _served(folder, database_url) as address:
        headers = {"authorization": f"Bearer {secret}"}

        def work(completions: list[str], measured: list[float]) -> None:
            with httpx.Client(base_url=address, headers=headers, timeout=60) as client:
                for completion in completions:
                    start = time.perf_counter()
                    answer = client.post("/api/v1/credentials", json={"completionId": completion})
                    measured.append(time.perf_counter() - start)
                    assert answer.status_code == 201, answer.text

        shares = [college.completions[number::CLIENTS] for number in range(CLIENTS)]
        _at_once([partial(work, own[:1], []) for own in shares])
        processor, wall = time.process_time(), time.perf_counter()
        _at_once([partial(work, own[1:], waits) for own in shares])
        processor, wall = time.process_time() - processor, time.perf_counter() - wall
    college.office.database.dispose()
    hundredths = statistics.quantiles(waits, n=100)
    return OneByOne(hundredths[49] * 1000, hundredths[98] * 1000, len(waits) / wall, processor / wall)


def _college(folder: Path, database_url: str, *, learners: int) -> College:
    return College.open(folder, learners=learners, clock=SettableClock(datetime.now(UTC)), database_url=database_url)


def _at_once(works: list[Callable[[], None]]) -> None:
    threads = [threading.Thread(target=work) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


@contextmanager
def _served(folder: Path, database_url: str) -> Iterator[str]:
    port = free_port()
    with subprocess.Popen(  # noqa: S603 - our own interpreter, our own text
        [sys.executable, "-c", SERVER, folder, database_url, str(port)], stderr=subprocess.DEVNULL
    ) as process:
        address = f"http://localhost:{port}"
        try:
            while process.poll() is None:
                try:
                    httpx.get(f"{address}/readyz").raise_for_status()
                    break
                except httpx.HTTPError:
                    time.sleep(0.1)
            yield address
        finally:
            process.terminate()


@contextmanager
def each_database() -> Iterator[dict[str, Callable[[Path], str]]]:
    """Ways to an empty database, by name; PostgreSQL where its wheel is installed."""
    ways: dict[str, Callable[[Path], str]] = {"sqlite": lambda folder: f"sqlite:///{folder / 'passport.sqlite3'}"}
    wheel = databases.find()
    if wheel is None:
        yield ways
        return
    with databases.running(wheel, durable=True) as server:
        yield {**ways, "postgresql": lambda _folder: server.create()}


def measure(_pace: Pace) -> Figures:
    """Issued per second, in bulk and one by one, on each database, and how long clients waited (milliseconds)."""
    figures = Figures()
    with each_database() as ways:
        for name, way in ways.items():
            for count in BULKS:
                with tempfile.TemporaryDirectory() as folder:
                    done = bulk(Path(folder), way(Path(folder)), count)
                figures.ops_per_s[f"issue.bulk.{count}.{name}"] = done.per_processor_second
                figures.ops_per_s[f"issue.bulk.{count}.{name}.wall"] = done.per_second
            with tempfile.TemporaryDirectory() as folder:
                asked = one_by_one(Path(folder), way(Path(folder)), REQUESTS)
            figures.ops_per_s[f"issue.http.{name}"] = asked.per_second
            figures.other |= {f"issue.http.{name}.{figure}": value for figure, value in vars(asked).items()}
    return figures
