"""`python -m bench growth`: what a credential costs when there are a thousand of them, and when there are a million.

On each database one college is filled with `BENCH_ROWS` credentials (a million unless set; `tests.issuer.crowd` writes
rows as issuing leaves them), and one for each turn with a thousand. Few and many take turns at the same steps, so that
what the neighbours on the machine do meets both alike; a ratio is the median of the ratios of the turns.

A step has two figures, in milliseconds: on the clock, each commit waiting for the disk, and of the processor, that of
this process and of the database server together. What is revoked in a turn has to be in the list that is served one
stated interval later; the section fails where it is not.
"""

from __future__ import annotations

import gc
import json
import os
import statistics
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import chain, islice
from pathlib import Path
from typing import Any

from sqlmodel import col, select

from bench.issuing import each_database
from bench.processes import Stopwatch
from bench.sections import Figures, Pace
from issuer.base import new_id
from issuer.figures import service as figures
from issuer.issuance import states
from issuer.issuance.models import CredentialState, IssuedCredential
from issuer.jobs import service as jobs
from issuer.jobs.chunks import work_on_next
from issuer.jobs.entries import CHUNK, Entry
from issuer.jobs.leases import Leases
from issuer.staff.models import Role
from issuer.status import publishing
from tests.issuer.college import ACTOR, College
from tests.issuer.crowd import fill
from vc.status.bitstring import Bitstring

FEW, MANY = 1_000, 1_000_000
TURNS = 8
EACH = 8
"""How often a small step is done in a turn."""
WARM_UP = 20
OFFICE = {
    "home": "/fr/office/",
    "credentials": "/fr/office/credentials",
    "search": "/fr/office/credentials?q=boréalis-3",
}


@dataclass(frozen=True)
class Cost:
    """Milliseconds, for one credential, page or act."""

    clock: float
    processor: float


Turn = Mapping[str, Sequence[Cost]]
"""What each step cost, by its name."""


def measure(_pace: Pace) -> Figures:
    """Each step among few and among many on each database, and the one over the other."""
    found, many = Figures(), int(os.environ.get("BENCH_ROWS", str(MANY)))
    with each_database() as ways:
        for database, way in ways.items():
            with _filled(way, many) as crowded:
                turns = [_both(way, crowded) for _ in range(TURNS)]
            for step in turns[0][0]:
                _tell(found, f"growth.{database}.{step}", many, [(few[step], lot[step]) for few, lot in turns])
    return found


def _both(way: Callable[[Path], str], crowded: Ground) -> tuple[Turn, Turn]:
    with _filled(way, FEW) as quiet:
        gc.collect()
        return quiet.turn(), crowded.turn()


def _tell(found: Figures, name: str, many: int, turns: Sequence[tuple[Sequence[Cost], Sequence[Cost]]]) -> None:
    for figure in ("clock", "processor"):
        few, lot = ([[getattr(cost, figure) for cost in turn[place]] for turn in turns] for place in (0, 1))
        for rows, costs in ((FEW, few), (many, lot)):
            found.other[f"{name}.{rows}.{figure}_ms"] = statistics.median(chain.from_iterable(costs))
        ratios = [statistics.median(more) / statistics.median(less) for less, more in zip(few, lot, strict=True)]
        found.ratios[f"{name}.{figure}.{many}/{FEW}"] = statistics.median(ratios)
    found.other[f"{name}.{many}.slowest_ms"] = max(cost.clock for _, lot in turns for cost in lot)


# --- where it is measured ---


@contextmanager
def _filled(way: Callable[[Path], str], count: int) -> Iterator[Ground]:
    with tempfile.TemporaryDirectory() as name:
        url = way(Path(name))
        college = College.open(Path(name), learners=WARM_UP, database_url=url)
        fill(college, count)
        college.issue()
        figures.count_due(college.office)  # as upkeep does
        ground = Ground(college, Stopwatch(url))
        ground.turn(WARM_UP)  # by which statements are composed and pages made ready, once for all
        yield ground
        college.office.database.dispose()


class Ground:
    """A college with its credentials, and somebody of its office; every turn meets other credentials, at random."""

    def __init__(self, college: College, watch: Stopwatch) -> None:
        self._college = college
        self._watch = watch
        self._staff = college.visit(college.organisation, role=Role.REGISTRAR)
        self._credentials = iter(self._at_random(2 * EACH * (TURNS + 1)))

    def _at_random(self, count: int) -> Sequence[IssuedCredential]:
        """Issued credentials with a public page: those whose addresses, which are random, come first."""
        with self._college.office.database.reading() as session:
            query = select(IssuedCredential).where(
                col(IssuedCredential.public_page), IssuedCredential.state == CredentialState.ISSUED
            )
            return session.exec(query.order_by(col(IssuedCredential.public_id)).limit(count)).all()

    def turn(self, rows: int = CHUNK) -> Turn:
        """Do every step, the bulk job's with so many rows; returns what each cost."""
        college = self._college
        college.office.database.checkpoint()  # as upkeep does
        some, revoked = (list(islice(self._credentials, EACH)) for _ in range(2))
        forms = [json.loads(college.bodies(one.id)[0]) for one in some]
        completions = college.enrol(EACH)
        return {
            "issue.bulk": [self._chunk(rows)],
            "issue.one": [self._cost(partial(college.issue, [one])) for one in completions],
            "page": [self._cost(partial(self._public_page, one)) for one in some],
            "verify": [self._cost(partial(college.verify, one)) for one in forms],
            "revoke": [self._cost(partial(self._revoke, one)) for one in revoked],
            "list": self._published(revoked),
            **{f"office.{name}": self._costs(partial(self._look, path)) for name, path in OFFICE.items()},
        }

    def _cost(self, work: Callable[[], object], count: int = 1) -> Cost:
        clock, processor = self._watch.now()
        work()
        clock_after, processor_after = self._watch.now()
        return Cost((clock_after - clock) * 1000 / count, (processor_after - processor) * 1000 / count)

    def _costs(self, work: Callable[[], object]) -> list[Cost]:
        return [self._cost(work) for _ in range(3)]

    def _chunk(self, rows: int) -> Cost:
        """A bulk job's chunk, as a worker takes it: from the rows of a register to their outcomes."""
        college = self._college
        request = jobs.Request(college.organisation.id, college.cohort, ACTOR)
        job = jobs.start_for_register(college.office, request, (_row(number) for number in range(rows)))
        return self._cost(partial(work_on_next, college.office, job.id, Leases()), rows)

    def _public_page(self, one: IssuedCredential) -> None:
        self._college.client.get(f"/fr/c/{one.public_id}", headers={"accept": "text/html"}).raise_for_status()

    def _look(self, path: str) -> None:
        self._staff.look(path).raise_for_status()

    def _revoke(self, one: IssuedCredential) -> None:
        with self._college.office.database.unit() as session:
            states.revoke(self._college.office, session, one, reason="Erreur", actor=ACTOR)

    def _published(self, revoked: Sequence[IssuedCredential]) -> list[Cost]:
        """Let the stated interval pass, and ask for each list with a new bit: the first to ask has it signed."""
        self._college.clock.advance(seconds=publishing.interval(self._college.office).total_seconds())
        by_list: dict[str, list[int]] = defaultdict(list)
        for one in revoked:
            by_list[one.revocation_list_id].append(one.revocation_index)
        costs = []
        for list_id, indexes in by_list.items():
            costs.append(self._cost(partial(self._list, list_id)))
            bits = Bitstring.from_encoded(self._list(list_id)["credentialSubject"]["encodedList"])
            assert all(bits[index] for index in indexes)
        return costs

    def _list(self, list_id: str) -> dict[str, Any]:
        answer = self._college.client.get(f"/o/{self._college.organisation.slug}/status/{list_id}")
        signed: dict[str, Any] = answer.raise_for_status().json()
        return signed


def _row(number: int) -> Entry:
    cells = {
        "learner_number": f"N-{new_id()}",
        "given_name": "Éloïse",
        "family_name": f"Boréalis-{number}",
        "email": f"eloise{number}@courriel.example",
        "language": "",
        "completed_on": "2026-06-12",
        "result": f"{50 + number % 50} %",
    }
    return Entry(number + 1, cells["learner_number"], cells=cells)
