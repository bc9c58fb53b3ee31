"""When others hold the database for too long the answer is 503 with Retry-After, on either kind; then all is well."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlmodel import select

from issuer.audit.models import AuditHead
from issuer.staff.service import Scope
from kit import database as room
from kit.database import Database
from tests.issuer.college import College


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


def test_I_INJ_1_what_no_database_can_keep_is_refused(college: College) -> None:
    answer = college.api(Scope.READ).get("/api/v1/credentials", params={"q": "a\0b"})
    assert answer.status_code in (200, 422), "SQLite finds nothing, PostgreSQL cannot even look"
