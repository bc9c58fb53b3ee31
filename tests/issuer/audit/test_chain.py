"""The record of acts: one chain, whoever writes at the same time, and no edit goes unnoticed (I-DUR-5, K-LOG-1)."""

import threading
from pathlib import Path

import pytest
from sqlalchemy import text

from issuer.audit import service as audit
from issuer.audit.service import ChainBroken
from tests.issuer.college import ACTOR, College


@pytest.fixture
def college(tmp_path: Path, database_url: str) -> College:
    return College.open(tmp_path, learners=1, database_url=database_url)


def act(college: College, *acts: str) -> None:
    with college.office.database.unit() as session:
        for one in acts:
            audit.record(
                session,
                actor=ACTOR,
                organisation_id=college.organisation.id,
                act=one,
                subject="urn:uuid:é",
                now=college.clock(),
                count=len(acts),
            )


def act_five_times(college: College, name: str) -> None:
    for number in range(5):
        act(college, f"{name}.{number}", "with")


@pytest.mark.parametrize("number", [1, 3])
def test_I_DUR_5_the_end_of_the_chain_moves_with_the_acts(college: College, number: int) -> None:
    act(college, *["again"] * number)
    with college.office.database.reading() as session:
        end, last = audit.checkpoint(session), [*audit.entries(session)][-1]
    assert (end.sequence, end.hash) == (last.sequence, last.hash)


def acts(college: College) -> list[str]:
    with college.office.database.reading() as session:
        return [entry.act for entry in audit.entries(session)]


def test_I_DUR_5_the_acts_of_a_unit_are_chained_in_their_order(college: College) -> None:
    before = acts(college)
    act(college, "first", "second", "third")
    assert acts(college) == [*before, "first", "second", "third"]
    with college.office.database.reading() as session:
        assert audit.verify_chain(session).sequence == len(before) + 3


def test_I_DUR_5_a_unit_that_fails_leaves_no_act(college: College) -> None:
    before = acts(college)

    def fail() -> None:
        with college.office.database.unit() as session:
            audit.record(session, actor=ACTOR, organisation_id="", act="lost", subject="", now=college.clock())
            session.flush()
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert acts(college) == before


def test_D_RAC_many_writers_make_one_chain(college: College) -> None:
    before = len(acts(college))
    writers = [threading.Thread(target=act_five_times, args=(college, name)) for name in range(10)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    kept = acts(college)
    assert len(kept) == before + 100
    assert {one for one in kept[before:] if one != "with"} == {f"{name}.{n}" for name in range(10) for n in range(5)}
    with college.office.database.reading() as session:
        assert audit.verify_chain(session).sequence == len(kept)


@pytest.mark.parametrize(
    "edit",
    [
        "UPDATE audit_entry SET act = 'nothing' WHERE sequence = 2",
        "DELETE FROM audit_entry WHERE sequence = 2",
        "DELETE FROM audit_entry WHERE sequence > 3",
    ],
)
def test_K_LOG_1_an_edit_is_noticed(college: College, edit: str) -> None:
    act(college, "one", "two", "three", "four")
    with college.office.database.unit() as session:
        session.connection().execute(text(edit))
    with college.office.database.reading() as session, pytest.raises(ChainBroken):
        audit.verify_chain(session)
