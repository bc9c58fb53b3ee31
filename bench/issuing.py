"""`python -m bench issuing`: whole credentials, from the register to the committed, checked signature.

`issuer.issuance.service.issue` for many completions, one process and one thread, on SQLite and on PostgreSQL, both
waiting for the disk at each commit as in production. How a register becomes a bulk job is measured by `bench.bulk`,
single calls by `bench.http`.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from bench.sections import Figures, Pace
from issuer.issuance.outcomes import OutcomeKind
from kit.clock import SettableClock
from tests import databases
from tests.issuer.college import College

WARM_UP = 100
BULKS = (1000, 5000)


@dataclass(frozen=True)
class Bulk:
    """How quickly many were issued: per second of the process's own time, and of the clock on the wall."""

    per_processor_second: float
    per_second: float


def bulk(folder: Path, database_url: str, count: int) -> Bulk:
    """Issue for `count` completions, after a few that teach the shapes."""
    clock = SettableClock(datetime.now(UTC))
    college = College.open(folder, learners=count + WARM_UP, clock=clock, database_url=database_url)
    college.issue(college.completions[:WARM_UP])
    processor, wall = time.process_time(), time.perf_counter()
    outcomes = college.issue(college.completions[WARM_UP:])
    processor, wall = time.process_time() - processor, time.perf_counter() - wall
    assert all(one.kind is OutcomeKind.ISSUED for one in outcomes)
    college.office.database.dispose()
    return Bulk(count / processor, count / wall)


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
    """Issued per second on each database."""
    figures = Figures()
    with each_database() as ways:
        for name, way in ways.items():
            for count in BULKS:
                with tempfile.TemporaryDirectory() as folder:
                    done = bulk(Path(folder), way(Path(folder)), count)
                figures.ops_per_s[f"issue.bulk.{count}.{name}"] = done.per_processor_second
                figures.ops_per_s[f"issue.bulk.{count}.{name}.wall"] = done.per_second
    return figures
