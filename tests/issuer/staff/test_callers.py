"""Whose API keys come: looked up together and told apart; that a key counts is asked each time, by every process."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlmodel import func, select

from issuer import crash_points
from issuer.audit.models import AuditEntry
from issuer.cohorts.models import Participant
from issuer.issuance.models import IdempotencyKey, IssuedCredential
from issuer.staff import service as staff
from issuer.staff.service import Scope
from tests.issuer.college import ACTOR, College

URL = "/api/v1/credentials"
ENTRY = {
    "programme": "analyse-python",
    "cohort": "2026-A",
    "participant": {"learnerNumber": "N-1", "givenName": "Aimé", "familyName": "Troisaisons"},
    "completedOn": "2026-06-12",
}


def test_keys_that_come_together_are_told_apart_and_a_revoked_one_is_nobodys_at_once(
    tmp_path: Path, database_url: str
) -> None:
    college = College.open(tmp_path, learners=0, database_url=database_url)
    database, now = college.office.database, college.clock()

    def made(scope: Scope) -> tuple[str, str]:
        with database.unit() as session:
            key, secret = staff.create_api_key(
                session, college.organisation, name=scope, scopes=[scope], actor=ACTOR, now=now
            )
            return key.id, secret

    (issuing, one), (reading, other) = made(Scope.ISSUE), made(Scope.READ)
    asked = [one, "sp_nobodys", other, one]
    found = staff.callers(database, asked)
    assert [caller and caller.key_id for caller in found] == [issuing, None, reading, issuing]
    assert found[0] is not None
    assert found[0].organisation_id == college.organisation.id
    assert found[0].may(Scope.ISSUE)
    assert not found[0].may(Scope.READ)
    with database.unit() as session:
        staff.revoke_api_key(session, college.organisation, issuing, actor=ACTOR, now=now)
    assert [caller and caller.key_id for caller in staff.callers(database, asked)] == [None, None, reading, None]


@pytest.fixture
def college(tmp_path: Path, database_url: str) -> College:
    return College.open(tmp_path, learners=6, database_url=database_url)


@pytest.fixture
def elsewhere(college: College) -> Iterator[College]:
    """Another process."""
    replica = college.replica()
    yield replica
    replica.office.database.dispose()


def revoke(college: College, system: TestClient) -> None:
    """End the key of a client, in the process that `college` is."""
    secret = system.headers["authorization"].removeprefix("Bearer ")
    [caller] = staff.callers(college.office.database, [secret])
    assert caller is not None
    with college.office.database.unit() as session:
        staff.revoke_api_key(session, college.organisation, caller.key_id, actor=ACTOR, now=college.clock())


def on_record(college: College) -> list[int]:
    """How much there is of all that a call may leave behind."""
    kinds = (Participant, IssuedCredential, IdempotencyKey, AuditEntry)
    with college.office.database.reading() as session:
        return [session.exec(select(func.count()).select_from(kind)).one() for kind in kinds]


def issue(system: TestClient, completion: str) -> int:
    return system.post(URL, json={"completionId": completion}).status_code


@contextmanager
def at_the_first_signature(act: Callable[[], object]) -> Iterator[None]:
    """Do `act` while the first who issues has its intent on record, and has signed nothing."""
    done = threading.Event()

    def handler(name: str) -> None:
        if name == "after-intent" and not done.is_set():
            done.set()
            act()

    remove = crash_points.install(handler)
    try:
        yield
    finally:
        remove()
    assert done.is_set()


def test_a_key_that_a_process_knows_and_another_revoked_does_nothing_more(college: College, elsewhere: College) -> None:
    system = college.api(Scope.ISSUE, Scope.READ)
    key = {"idempotency-key": "request-0001"}
    for _ in range(2):
        assert system.post(URL, json=ENTRY, headers=key).status_code == 201
    revoke(elsewhere, system)
    before = on_record(college)
    bodies: list[dict[str, Any]] = [
        {"completionId": college.completions[0]},
        ENTRY,
        {**ENTRY, "participant": {**ENTRY["participant"], "learnerNumber": "N-2"}},  # type: ignore[dict-item] # a mapping
        {"completionId": "none"},
    ]
    for body in bodies:
        for headers in ({}, key, {"idempotency-key": "request-0002"}):
            answer = system.post(URL, json=body, headers=headers)
            assert answer.status_code == 401
            assert answer.headers["www-authenticate"] == "Bearer"
            assert "credential" not in answer.json()
    assert system.get(URL).status_code == 401
    assert on_record(college) == before


def test_a_revoked_key_with_a_body_that_is_none_does_nothing(college: College, elsewhere: College) -> None:
    system = college.api(Scope.ISSUE)
    assert issue(system, college.completions[0]) == 201
    revoke(elsewhere, system)
    before = on_record(college)
    bodies: list[object] = [{}, {"completionId": 3}, {**ENTRY, "completedOn": "12 juin"}, [], "x"]
    for body in bodies:
        assert system.post(URL, json=body).status_code in (401, 422)
    cut_off = system.post(URL, content=b"{", headers={"content-type": "application/json"})
    assert cut_off.status_code in (400, 401)
    assert on_record(college) == before


def test_calls_that_wait_together_are_all_refused_when_their_key_is_revoked_meanwhile(
    college: College, elsewhere: College
) -> None:
    system = college.api(Scope.ISSUE)
    first, *others = college.completions
    answers: list[int] = []
    calls = [threading.Thread(target=lambda one=one: answers.append(issue(system, one))) for one in others]

    def let_them_come_and_revoke() -> None:
        for call in calls:
            call.start()
        time.sleep(0.1)  # so that they wait; one that comes later is refused as well
        revoke(elsewhere, system)

    with at_the_first_signature(let_them_come_and_revoke):
        assert issue(system, first) == 201, "it counted when the intent was recorded"
    for call in calls:
        call.join()
    assert Counter(answers) == {401: len(others)}
    assert [one.completion_id for one in college.credentials()] == [first]


def test_a_key_without_the_scope_is_refused_each_time(college: College, elsewhere: College) -> None:
    reader = college.api(Scope.READ, Scope.STATUS)
    before = on_record(college)
    assert [issue(reader, one) for one in college.completions[:3]] == [403] * 3
    revoke(elsewhere, reader)
    assert issue(reader, college.completions[0]) in (401, 403)
    assert on_record(college) == [*before[:-1], before[-1] + 1], "that the key was revoked is on record, nothing else"


def test_two_keys_of_one_organisation_do_not_wait_for_each_other_nor_end_together(
    college: College, elsewhere: College
) -> None:
    one, other = (college.api(Scope.ISSUE) for _ in range(2))
    answers: list[int] = []
    call = threading.Thread(target=lambda: answers.append(issue(other, college.completions[1])))

    def have_the_other_served() -> None:
        call.start()
        call.join(5)
        assert answers == [201], "it waits for somebody else's call"

    with at_the_first_signature(have_the_other_served):
        assert issue(one, college.completions[0]) == 201
    revoke(elsewhere, other)
    assert issue(other, college.completions[2]) == 401
    assert issue(one, college.completions[2]) == 201
