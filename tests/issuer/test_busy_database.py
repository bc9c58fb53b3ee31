"""When others hold the database for too long the answer is 503 with Retry-After, on either kind; then all is well."""

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from sqlalchemy import make_url
from sqlmodel import select

from issuer import crash_points
from issuer.audit import service as audit
from issuer.audit.models import AuditHead
from issuer.issuance.models import CredentialState
from issuer.jobs import service as jobs
from issuer.jobs.chunks import Step, work_on_next
from issuer.jobs.leases import Leases
from issuer.staff.service import Scope
from kit import database as room
from kit.database import Database
from tests import databases
from tests.issuer.college import ACTOR, College


@pytest.fixture
def college(tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch) -> College:
    monkeypatch.setattr(room, "WRITER_WAIT_SECONDS", 1)
    return College.open(tmp_path, learners=2, database_url=database_url)


@contextmanager
def another_replica_writing(url: str) -> Iterator[None]:
    """Another process's unit that holds the end of the record of acts, or, on SQLite, everything."""
    replica = Database(url)
    with replica.unit() as session:
        session.exec(select(AuditHead).with_for_update()).one()
        yield
    replica.dispose()


def test_D_RAC_a_database_held_by_others_answers_503(college: College, database_url: str) -> None:
    system = college.api(Scope.ISSUE)
    wanted = {"completionId": college.completions[0]}
    with another_replica_writing(database_url):
        refused = system.post("/api/v1/credentials", json=wanted)
    assert refused.status_code == 503
    assert refused.headers["retry-after"]
    assert refused.headers["content-type"] == "application/problem+json"
    assert college.credentials() == []
    assert system.post("/api/v1/credentials", json=wanted).status_code == 201


def test_D_DBX_a_job_waits_for_a_database_without_a_free_connection(college: College) -> None:
    job = jobs.start_for_cohort(college.office, jobs.Request(college.organisation.id, college.cohort, ACTOR))
    with ExitStack() as others:
        for _ in range(room.POOL_SIZE):
            others.enter_context(college.office.database.reading()).connection()
        assert work_on_next(college.office, job.id, Leases()) is Step.WAIT
    assert work_on_next(college.office, job.id, Leases()) is Step.DONE
    assert len(college.credentials()) == 2


def statement(database: Database, words: str) -> None:
    """Have an administrator say something to the server."""
    with database.engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        connection.exec_driver_sql("SET default_transaction_read_only TO off")
        connection.exec_driver_sql(words)


@pytest.fixture
def on_a_server(tmp_path: Path, postgresql: databases.Server) -> Iterator[tuple[College, Database]]:
    """A college, and an administrator of its database."""
    with postgresql.database() as url:
        college, administrator = College.open(tmp_path, learners=2, database_url=url), Database(url)
        yield college, administrator
        for one in (college.office.database, administrator):
            one.dispose()


def test_D_DBX_a_server_that_takes_no_writing_answers_503_until_another_does(
    on_a_server: tuple[College, Database],
) -> None:
    """As after a fail-over, where connections lead to the server that was replaced, or with its disk nearly full."""
    college, administrator = on_a_server
    [first, _] = college.issue()
    system, path = college.api(Scope.STATUS, Scope.READ), f"/api/v1/credentials/{first.credential}/status"
    name = make_url(college.office.settings.database).database
    statement(administrator, f"ALTER DATABASE {name} SET default_transaction_read_only TO on")
    college.office.database.dispose()  # what is connected already keeps what it began with
    refused = system.post(path, json={"state": "revoked", "reason": "x"})
    assert (refused.status_code, refused.headers.get("retry-after")) == (503, "2")
    assert system.get("/api/v1/credentials").status_code == 200, "looking goes on"

    statement(administrator, f"ALTER DATABASE {name} SET default_transaction_read_only TO off")
    tries = [system.post(path, json={"state": "revoked", "reason": "x"}).status_code for _ in range(2)]
    assert tries == [503, 200], "the connections of before are left, all of them, at the first refusal"
    assert college.credential(first).state is CredentialState.REVOKED


def test_D_DBX_a_unit_that_hung_and_was_ended_answers_503(
    tmp_path: Path, postgresql: databases.Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room, "STALLED_SECONDS", 1)
    with postgresql.database() as url:
        college = College.open(tmp_path, learners=1, database_url=url)
        system, wanted = college.api(Scope.ISSUE), {"completionId": college.completions[0]}

        def hang(point: str) -> None:
            if point == "indexes-taken":
                time.sleep(1.5)

        go_on = crash_points.install(hang)
        refused = system.post("/api/v1/credentials", json=wanted)
        go_on()
        assert (refused.status_code, refused.headers.get("retry-after")) == (503, "2")
        assert college.credentials() == []
        assert system.post("/api/v1/credentials", json=wanted).status_code == 201
        with college.office.database.reading() as session:
            audit.verify_chain(session)
        college.office.database.dispose()


def test_D_BCK_who_asks_while_a_table_is_migrated_is_told_to_come_again(
    on_a_server: tuple[College, Database],
) -> None:
    """What a connection keeps prepared no longer fits then, and it says so once."""
    college, administrator = on_a_server
    system = college.api(Scope.READ)
    for _ in range(10):
        assert system.get("/api/v1/credentials").status_code == 200
    statement(administrator, "ALTER TABLE issued_credential ALTER reason TYPE text")
    assert [system.get("/api/v1/credentials").status_code for _ in range(2)] == [503, 200]


def test_I_INJ_1_what_no_database_can_keep_is_refused(college: College) -> None:
    answer = college.api(Scope.READ).get("/api/v1/credentials", params={"q": "a\0b"})
    assert answer.status_code in (200, 422), "SQLite finds nothing, PostgreSQL cannot even look"
