"""`python -m bench growth`: what a credential costs when there are a thousand of them, and when there are a million.

One database grows (`tests.issuer.crowd` writes rows as issuing leaves them); at each size the same things are done as
ever: a chunk is issued, somebody's public page and the office's list are opened, a credential is checked with status
list and identifier document from that database, one is revoked and the list published. Times are medians on the clock,
in milliseconds; for issuing also this process's own time. `BENCH_ROWS` says how far to grow, 100,000 unless set.
"""

from __future__ import annotations

import json
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from sqlmodel import col, select

from bench.issuing import each_database
from bench.sections import Figures, Pace
from issuer.issuance import overview, states
from issuer.issuance.models import CredentialState, IssuedCredential
from issuer.status import publishing
from tests.issuer.college import ACTOR, College
from tests.issuer.crowd import fill

SIZES = (1_000, 10_000, 100_000, 1_000_000)
CHUNKS = 8
CHUNK = 100
EACH = 60


@dataclass(frozen=True)
class Costs:
    """Milliseconds."""

    issue: float
    issue_processor: float
    page: float
    office_list: float
    verify: float
    revoke: float
    revoke_slowest: float
    publish: float


def measure(_pace: Pace) -> Figures:
    """Each cost at each size, and at the largest over at the smallest."""
    figures = Figures()
    sizes = [size for size in SIZES if size <= int(os.environ.get("BENCH_ROWS", "100000"))]
    with each_database() as ways:
        for database, way in ways.items():
            with tempfile.TemporaryDirectory() as folder:
                costs = _grown(Path(folder), way(Path(folder)), sizes)
            for size, cost in zip(sizes, costs, strict=True):
                for name, milliseconds in vars(cost).items():
                    figures.other[f"growth.{database}.{size}.{name}_ms"] = milliseconds
            for name in ("issue", "issue_processor", "page", "verify", "revoke"):
                grown = getattr(costs[-1], name) / getattr(costs[0], name)
                figures.ratios[f"growth.{database}.{name}.{sizes[-1]}/{sizes[0]}"] = grown
    return figures


def _grown(folder: Path, database_url: str, sizes: Sequence[int]) -> list[Costs]:
    college = College.open(folder, learners=CHUNK, database_url=database_url)
    college.issue()  # by which the shapes are learnt
    there, costs = 0, []
    for size in sizes:
        fill(college, size - there)
        there = size
        costs.append(_costs(college))
    college.office.database.dispose()
    return costs


def _costs(college: College) -> Costs:
    college.clock.advance(hours=1)
    some = _sample(college)
    issue, processor = _issuing(college)
    revoke = [_seconds(partial(_revoke, college, one)) for one in some[:EACH]]
    slug, list_id = college.organisation.slug, some[0].revocation_list_id
    publish = _seconds(lambda: publishing.publish(college.office, slug, list_id))
    return Costs(
        issue=issue,
        issue_processor=processor,
        page=_median(some[EACH:], lambda one: college.client.get(f"/c/{one.public_id}").raise_for_status()),
        office_list=_median(some[EACH:], lambda _: _list(college)),
        verify=_median(some[EACH : EACH + 20], lambda one: college.verify(json.loads(college.bodies(one.id)[0]))),
        revoke=statistics.median(revoke) * 1000,
        revoke_slowest=max(revoke) * 1000,
        publish=publish * 1000,
    )


def _sample(college: College) -> list[IssuedCredential]:
    """Some of all, by their random ids."""
    with college.office.database.reading() as session:
        query = select(IssuedCredential).where(
            col(IssuedCredential.public_page), IssuedCredential.state == CredentialState.ISSUED
        )
        return list(session.exec(query.order_by(col(IssuedCredential.id)).limit(2 * EACH)))


def _issuing(college: College) -> tuple[float, float]:
    """Milliseconds for each credential: on the clock, and of this process."""
    completions = college.enrol(CHUNKS * CHUNK)
    walls, processors = [], []
    for first in range(0, len(completions), CHUNK):
        processor = time.process_time()
        walls.append(_seconds(partial(college.issue, completions[first : first + CHUNK])))
        processors.append(time.process_time() - processor)
    return statistics.median(walls) * 1000 / CHUNK, statistics.median(processors) * 1000 / CHUNK


def _revoke(college: College, one: IssuedCredential) -> None:
    with college.office.database.unit() as session:
        states.revoke(college.office, session, one, reason="Erreur", actor=ACTOR)


def _list(college: College) -> None:
    with college.office.database.reading() as session:
        overview.find(session, college.organisation.id, page=2)


def _median(some: Sequence[IssuedCredential], look: Callable[[IssuedCredential], object]) -> float:
    return statistics.median(_seconds(partial(look, one)) for one in some) * 1000


def _seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start
