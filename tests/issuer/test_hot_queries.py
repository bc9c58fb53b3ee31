"""What people and machines ask for all day costs the same among many rows: no such query reads a big table through.

The doors are used as always, every statement that they send is taken down, and the database is asked how it would go
about it (`EXPLAIN`), on either kind.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Connection, event

from issuer import dashboard
from issuer.audit import service as audit
from issuer.audit.models import AuditEntry
from issuer.cohorts import service as cohorts
from issuer.cohorts.models import Participant
from issuer.completions.models import Completion
from issuer.figures import service as figures
from issuer.hand_over.models import ClaimInvitation
from issuer.issuance import overview, states
from issuer.issuance.models import IssuedCredential, SignedDocument
from issuer.jobs import service as jobs
from issuer.jobs.chunks import Step, work_on_next
from issuer.jobs.entries import Entry
from issuer.jobs.leases import Leases
from issuer.staff.models import Role
from issuer.staff.service import Scope
from issuer.upkeep import tidy
from kit.database import Database
from tests import databases
from tests.issuer.college import ACTOR, College
from tests.issuer.crowd import fill
from tests.issuer.hand_over.wallet import Invitation, Wallet, invite

ROWS = 6_000
SOME = 100
BIG = frozenset(
    table.__tablename__
    for table in (AuditEntry, Participant, Completion, ClaimInvitation, IssuedCredential, SignedDocument)
)
_BY_THE_SHARED = re.compile(r"SEARCH (\w+) USING (?:COVERING )?INDEX \w+ \(programme_id=")
"""What SQLite, which counts nothing, takes for a narrow choice: a column that very many rows have in common."""
_CELLS = {
    "given_name": "Éloïse",
    "family_name": "Boréalis",
    "email": "eloise@courriel.example",
    "language": "fr",
    "completed_on": "2026-06-12",
    "result": "",
}
Statement = tuple[str, Any]
"""A text and its parameters."""


@dataclass
class Crowd:
    """A college of many, and whom the doors are opened for."""

    college: College
    someone: IssuedCredential
    invited: Invitation
    count: int

    @property
    def client(self) -> TestClient:
        return self.college.client


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def crowd(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Crowd]:
    folder = tmp_path_factory.mktemp("crowd")
    if request.param == "sqlite":
        yield _filled(folder, "")
        return
    server: databases.Server = request.getfixturevalue("postgresql")
    with server.database() as url:
        yield _filled(folder, url)


def _filled(folder: Path, url: str) -> Crowd:
    college = College.open(folder, learners=20, database_url=url)
    [outcome, *_] = college.issue(college.completions[:1])
    fill(college, ROWS)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(figures, "FEW", 100)
        figures.count_due(college.office)
    everybody = college.credentials()
    public = next(one for one in everybody if one.public_page)
    return Crowd(college, public, invite(college, outcome.credential or ""), len(everybody))


@contextmanager
def taken_down(database: Database) -> Iterator[list[Statement]]:
    """Every statement that is sent while the block runs."""
    statements: list[Statement] = []

    def hear(_connection: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, many: bool) -> None:
        statements.append((statement, parameters[0] if many and parameters else parameters))

    event.listen(database.engine, "before_cursor_execute", hear)
    yield statements
    event.remove(database.engine, "before_cursor_execute", hear)


def read_through(connection: Connection, text: str, parameters: Any) -> set[str]:
    """The big tables that the database would read from end to end for this statement."""
    if not re.match(r"\s*(SELECT|UPDATE|DELETE|INSERT)\b", text):
        return set()
    if connection.dialect.name == "sqlite":
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}", parameters).all()
        scans = (re.match(r"SCAN (\w+)", row[3]) or _BY_THE_SHARED.match(row[3]) for row in plan)
        return {scan[1] for scan in scans if scan} & BIG
    connection.exec_driver_sql("SET LOCAL random_page_cost = 1.1")  # as on a disk without moving parts
    [found] = connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {text}", parameters).one()
    plans = found if isinstance(found, list) else json.loads(found)
    return {
        str(node["Relation Name"])
        for node in _unbounded(plans[0]["Plan"])
        if node.get("Relation Name") in BIG
        and (node["Node Type"] == "Seq Scan" or ("Index" in node["Node Type"] and "Index Cond" not in node))
    }


def _unbounded(plan: Mapping[str, Any], *, limited: bool = False) -> Iterator[Mapping[str, Any]]:
    """The steps that are carried out to their end: not those that stop once a `LIMIT` has enough."""
    kind = plan["Node Type"]
    limited = kind == "Limit" or (limited and kind in ("Nested Loop", "Subquery Scan", "Result"))
    if not limited and kind != "Bitmap Index Scan":  # its condition stands with it, not with the heap scan above
        yield plan
    for below in plan.get("Plans", ()):
        yield from _unbounded(below, limited=limited) if not (limited and _is_scan(below)) else ()


def _is_scan(plan: Mapping[str, Any]) -> bool:
    return "Scan" in plan["Node Type"] and not plan.get("Plans")


# --- doors ---


def public_page(crowd: Crowd) -> None:
    page = f"/c/{crowd.someone.public_id}"
    assert crowd.client.get(page).status_code == 200
    assert crowd.client.get(f"/fr{page}", headers={"accept": "text/html"}).status_code == 200


def status_list(crowd: Crowd) -> None:
    assert crowd.client.get(f"/o/riviere/status/{crowd.someone.revocation_list_id}").status_code == 200


def issuing(crowd: Crowd) -> None:
    system = crowd.college.api(Scope.ISSUE)
    body = {"completionId": crowd.college.completions[1]}
    assert system.post("/api/v1/credentials", json=body).status_code == 201
    assert system.post("/api/v1/credentials", json=body).status_code == 409


def issuing_a_chunk(crowd: Crowd) -> None:
    college = crowd.college
    rows = [Entry(n, f"B{n}", cells={**_CELLS, "learner_number": f"B{n}"}) for n in range(1, SOME + 1)]
    request = jobs.Request(college.organisation.id, college.cohort, ACTOR)
    job = jobs.start_for_register(college.office, request, iter(rows))
    assert work_on_next(college.office, job.id, Leases()) is Step.DONE
    with college.office.database.reading() as session:
        [far] = jobs.progress(session, [job], now=college.clock())
    assert (far.issued, far.done) == (SOME, SOME)


def revoking(crowd: Crowd) -> None:
    for act in (states.suspend, states.reinstate):
        with crowd.college.office.database.unit() as session:
            act(crowd.college.office, session, crowd.someone, reason="Erreur", actor=ACTOR)


def claiming(crowd: Crowd) -> None:
    wallet, invited = Wallet(crowd.client), crowd.invited
    assert crowd.client.get(f"/fr/claim/{invited.link}", headers={"accept": "text/html"}).status_code == 200
    token = wallet.token(invited.link, invited.tx_code)
    assert wallet.credential(token, crowd.college.clock()).status_code == 200


def listing(crowd: Crowd) -> None:
    system = crowd.college.api(Scope.READ)
    first = system.get("/api/v1/credentials").json()
    assert crowd.count <= first["total"] < overview.COUNTED
    for query in ({"page": "9"}, {"state": "revoked"}, {"after": first["next"]}):
        assert system.get("/api/v1/credentials", params=query).status_code == 200


def office_pages(crowd: Crowd) -> None:
    visit = crowd.college.visit(crowd.college.organisation, role=Role.REGISTRAR)
    cohort = f"/fr/office/cohorts/{crowd.college.cohort.id}"
    for path in (
        "/fr/office/credentials",
        f"/fr/office/credentials/{crowd.someone.id}",
        cohort,
        f"{cohort}/invitations",
    ):
        assert visit.look(path).status_code == 200, path


def office_among_many(crowd: Crowd) -> None:
    """The pages that count or search, of an institution that has more than they go through."""
    visit = crowd.college.visit(crowd.college.organisation, role=Role.REGISTRAR)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(figures, "FEW", 100)
        patch.setattr(overview, "COUNTED", 100)
        patch.setattr(dashboard, "LOOKED_AT", 3)
        patch.setattr(cohorts, "PAGE", 1)
        for path in (
            "/fr/office/",
            f"/fr/office/programmes/{crowd.college.programme.id}",
            "/fr/office/credentials?q=noor",
            f"/fr/office/credentials?q={crowd.someone.number}",
        ):
            assert visit.look(path).status_code == 200, path


def identifiers(crowd: Crowd) -> None:
    for path in ("/o/riviere/did.json", "/o/riviere/whois", "/o/cqm/whois"):
        assert crowd.client.get(path).status_code == 200


def upkeep(crowd: Crowd) -> None:
    tidy(crowd.college.office)


def record_of_acts(crowd: Crowd) -> None:
    with crowd.college.office.database.reading() as session:
        assert len(audit.newest(session, organisation_id=crowd.college.organisation.id, limit=10)) == 10


DOORS = (
    public_page,
    status_list,
    issuing,
    issuing_a_chunk,
    revoking,
    claiming,
    listing,
    office_pages,
    office_among_many,
    identifiers,
    upkeep,
    record_of_acts,
)


@pytest.mark.parametrize("use", DOORS, ids=lambda use: str(use.__name__))
def test_no_big_table_is_read_through(crowd: Crowd, use: Callable[[Crowd], None]) -> None:
    database = crowd.college.office.database
    with taken_down(database) as statements:
        use(crowd)
    assert statements
    with database.engine.connect() as connection:
        wrong = {text: tables for text, values in statements if (tables := read_through(connection, text, values))}
    assert wrong == {}


def test_a_query_that_reads_a_table_through_is_noticed(crowd: Crowd) -> None:
    with crowd.college.office.database.engine.connect() as connection:
        for table in BIG:
            assert read_through(connection, f"SELECT count(*) FROM {table}", ()) == {table}  # noqa: S608 - our own names
