"""Calls that go together in one process, while another has the same ones."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from sqlmodel import select

from issuer.issuance.one_call import issue_one
from issuer.staff import service as staff
from issuer.staff.models import ApiKey
from issuer.staff.service import Caller, KnownCaller, Scope
from tests.issuer.college import ACTOR, College

ROUNDS, CALLS = 4, 9


def caller_at(college: College) -> KnownCaller:
    """A system of the college's that may issue."""
    with college.office.database.unit() as session:
        staff.create_api_key(
            session, college.organisation, name="system", scopes=[Scope.ISSUE], actor=ACTOR, now=college.clock()
        )
        [key] = session.exec(select(ApiKey))
        return KnownCaller(Caller(key.id, key.organisation_id, frozenset(key.scopes.split())))


async def issued(college: College, caller: KnownCaller, completions: list[str]) -> dict[str, str]:
    """What one process answers to calls that come at once: the credential of each completion."""
    calls = [
        issue_one(college.office, completion, caller=caller, idempotency_key=f"key of {completion}")
        for completion in completions
    ]
    answers = await asyncio.gather(*calls)
    return {one.credential.completion_id: one.credential.id for one in answers}


def test_I_DBL_1_two_processes_with_the_same_keys_in_opposite_orders_do_not_wait_in_a_circle(
    tmp_path: Path, database_url: str
) -> None:
    college = College.open(tmp_path, learners=ROUNDS * CALLS, database_url=database_url)
    elsewhere, caller = college.replica(), caller_at(college)
    with ThreadPoolExecutor(2) as processes:
        for number in range(ROUNDS):
            completions = college.completions[number * CALLS :][:CALLS]
            here = processes.submit(asyncio.run, issued(college, caller, completions))
            there = processes.submit(asyncio.run, issued(elsewhere, caller, completions[::-1]))
            assert here.result(60) == there.result(60)
            assert set(here.result()) == set(completions)
    elsewhere.office.database.dispose()
