"""From the first draft to the signed accreditation: each act, who may do it, and what happens when two do at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

from issuer import crash_points
from issuer.accreditation import editions
from issuer.accreditation import service as accreditation
from issuer.accreditation.models import Accreditation, Recognition
from issuer.applications import applying, committee, looking, rulings
from issuer.applications.applying import AlreadyApplied, Unfinished
from issuer.applications.models import ApplicationState, Vote
from issuer.applications.rules import Conflicted, InvalidText, UnknownApplication, WrongState
from issuer.applications.rulings import AlreadyDecided, EnvelopeTooSmall, OpinionsMissing
from tests.issuer.applications.desk import Desk
from tests.issuer.college import ACTOR
from vc.findings import Verdict


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk.open(tmp_path)


@pytest.fixture(scope="module")
def untouched(tmp_path_factory: pytest.TempPathFactory) -> tuple[Desk, str]:
    """A desk and an application to decide upon, for refusals: none of them changes anything."""
    desk = Desk.open(tmp_path_factory.mktemp("desk"))
    return desk, desk.heard()


@pytest.fixture
def either(tmp_path: Path, database_url: str) -> Desk:
    """A desk on each kind of database, for what happens at once."""
    return Desk.open(tmp_path, database_url=database_url, learners=6)


def accreditations(desk: Desk) -> list[Accreditation]:
    with desk.office.database.reading() as session:
        return list(session.exec(select(Accreditation)).all())


def test_an_approval_is_signed_and_found_by_whoever_verifies(either: Desk) -> None:
    document = either.college.document(either.college.issue()[0])
    assert either.college.verify(document).verdict is Verdict.VALID_NOT_RECOGNISED
    decided = either.decide(either.heard(), conditions="Former trois personnes de plus.")
    assert decided.state is ApplicationState.APPROVED
    assert decided.number == "SCALE-AI-TRAINING-2026-0001"
    assert either.college.verify(document).verdict is Verdict.VALID
    [made] = accreditations(either)
    assert (made.number, made.track, made.stream, made.territory) == (
        "SCALE-AI-TRAINING-2026-0001",
        "employed-people",
        "upskilling",
        "CA-QC",
    )
    assert (made.valid_from, made.valid_until) == (
        datetime(2026, 1, 1, tzinfo=UTC),
        datetime(2027, 12, 31, 23, 59, 59, tzinfo=UTC),
    )
    assert made.id == decided.accreditation_id


def test_a_refusal_has_reasons_and_signs_nothing(desk: Desk) -> None:
    made = desk.heard()
    with pytest.raises(InvalidText):
        desk.decide(made, approve=False, reasons=" ")
    decided = desk.decide(made, approve=False, reasons="La pratique manque.")
    assert (decided.state, decided.reasons) == (ApplicationState.REFUSED, "La pratique manque.")
    assert accreditations(desk) == []


def test_too_few_opinions_decide_nothing(desk: Desk) -> None:
    made = desk.submitted()
    with pytest.raises(OpinionsMissing):
        desk.decide(made)
    assert desk.application(made).state is ApplicationState.SUBMITTED


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"valid_from": None}, "valid_from"),
        ({"valid_until": datetime(2025, 1, 1, tzinfo=UTC)}, "valid_until"),
        ({"valid_until": datetime(2028, 1, 1, tzinfo=UTC)}, "valid_until"),
        ({"territory": "CA-ON"}, "territory"),
        ({"territory": ""}, "territory"),
        ({"track": "everybody"}, "track"),
        ({"stream": ""}, "stream"),
    ],
)
def test_an_approval_stays_within_what_the_scheme_allows(
    untouched: tuple[Desk, str], changes: dict[str, Any], field: str
) -> None:
    desk, made = untouched
    with pytest.raises(InvalidText) as refused:
        desk.decide(made, **changes)
    assert refused.value.field == field
    assert desk.application(made).state is ApplicationState.SUBMITTED
    assert accreditations(desk) == []


def test_two_decisions_at_once_have_one_winner(either: Desk) -> None:
    made = either.heard()

    def attempt(member: int) -> bool:
        try:
            either.decide(made, by=member, approve=member == 0)
        except AlreadyDecided:
            return False
        return True

    with ThreadPoolExecutor(3) as pool:
        assert sorted(pool.map(attempt, range(3))) == [False, False, True]
    decided = either.application(made)
    assert len(accreditations(either)) == (decided.state is ApplicationState.APPROVED)


def test_the_same_decision_sent_again_changes_nothing(desk: Desk) -> None:
    made = desk.heard()
    first = desk.decide(made)
    again = desk.decide(made)
    assert again.accreditation_id == first.accreditation_id
    assert len(accreditations(desk)) == 1
    with pytest.raises(AlreadyDecided):
        desk.decide(made, reasons="Autre chose.")


class Crash(Exception):
    """Stands for the process ending."""


@pytest.mark.parametrize("point", ["before-signing", "after-signing", "before-commit"])
def test_D_KIL_a_crash_between_decision_and_signature_is_carried_on(desk: Desk, point: str) -> None:
    made = desk.heard()

    def stop(name: str) -> None:
        if name == point:
            raise Crash

    remove = crash_points.install(stop)
    try:
        with pytest.raises(Crash):
            desk.decide(made)
    finally:
        remove()
    left = desk.application(made)
    assert left.state is ApplicationState.APPROVED
    assert left.accreditation_id is not None
    desk.college.clock.advance(minutes=2)
    assert editions.finish_planned(desk.office) == 1
    desk.decide(made)
    with desk.office.database.reading() as session:
        [edition] = session.exec(select(Recognition)).all()
    assert edition.body is not None
    assert edition.accreditation_id == left.accreditation_id


def test_the_same_request_after_a_crash_signs_at_once(desk: Desk) -> None:
    made = desk.heard()

    def stop(name: str) -> None:
        if name == "before-signing":
            raise Crash

    remove = crash_points.install(stop)
    with pytest.raises(Crash):
        desk.decide(made)
    remove()
    desk.decide(made)
    with desk.office.database.reading() as session:
        [edition] = session.exec(select(Recognition)).all()
    assert edition.body is not None


def test_whoever_has_a_conflict_neither_judges_nor_decides(desk: Desk) -> None:
    made = desk.heard()
    first, _, third = desk.members
    with desk.office.database.unit() as session:
        application = looking.held(session, desk.college.authority, made)
        committee.assign(desk.office, session, application, first, actor=ACTOR)
        committee.declare_conflict(desk.office, session, application, first, reason="J’y ai enseigné.")
        committee.declare_conflict(desk.office, session, application, first, reason="Encore.")
        assert application.assigned_to is None
        for act in (
            lambda: committee.give_opinion(desk.office, session, application, first, vote=Vote.FOR, reasons="Bien."),
            lambda: committee.ask(desk.office, session, application, first, text="Combien?"),
            lambda: committee.assign(desk.office, session, application, first, actor=ACTOR),
        ):
            with pytest.raises(Conflicted):
                act()
    with pytest.raises(Conflicted):
        desk.decide(made)
    with pytest.raises(OpinionsMissing):  # the opinion given before the declaration no longer counts
        desk.decide(made, by=2)
    with desk.office.database.unit() as session:
        application = looking.held(session, desk.college.authority, made)
        committee.give_opinion(desk.office, session, application, third, vote=Vote.AGAINST, reasons="Non.")
    assert desk.decide(made, by=2).state is ApplicationState.APPROVED


def test_opinions_are_read_after_ones_own_or_after_the_decision(desk: Desk) -> None:
    made = desk.heard()
    first, second, third = desk.members
    with desk.office.database.unit() as session:
        application = looking.held(session, desk.college.authority, made)
        assert len(committee.opinions_seen_by(session, application, first)) == 2
        assert committee.opinions_seen_by(session, application, third) == []
        committee.give_opinion(desk.office, session, application, second, vote=Vote.ABSTAIN, reasons="Je doute.")
    desk.decide(made)
    with desk.office.database.reading() as session:
        application = looking.of_authority(session, desk.college.authority, made)
        seen = committee.opinions_seen_by(session, application, third)
    assert {one.member_id: one.vote for one in seen} == {first.id: Vote.FOR, second.id: Vote.ABSTAIN}


def test_the_clock_stands_still_while_a_question_waits(desk: Desk) -> None:
    made = desk.submitted()
    due = desk.application(made).due_at
    assert due == desk.college.clock() + timedelta(days=28)
    with desk.office.database.unit() as session:
        application = looking.held(session, desk.college.authority, made)
        asked = committee.ask(desk.office, session, application, desk.members[0], text="Combien d’heures?")
        again = committee.ask(desk.office, session, application, desk.members[1], text="Et le stage?")
    desk.college.clock.advance(days=10)
    for question in (asked, again):
        assert desk.application(made).state is ApplicationState.WAITING
        with desk.office.database.unit() as session:
            application = looking.held_by_applicant(session, desk.college.organisation.did, made)
            applying.answer(desk.office, session, application, question.id, text="Quarante-cinq.", actor=ACTOR)
    answered = desk.application(made)
    assert (answered.state, answered.due_at) == (ApplicationState.SUBMITTED, due + timedelta(days=10))
    with desk.office.database.unit() as session:
        application = looking.held_by_applicant(session, desk.college.organisation.did, made)
        with pytest.raises(WrongState):
            applying.answer(desk.office, session, application, asked.id, text="Encore.", actor=ACTOR)


def test_sending_at_once_or_again_sends_once(either: Desk) -> None:
    made = either.draft()

    def send(_: int) -> None:
        with either.office.database.unit() as session:
            application = looking.held_by_applicant(session, either.college.organisation.did, made)
            applying.submit(either.office, session, application, actor=ACTOR)

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(send, range(4))) == [None] * 4
    sent = either.application(made)
    assert sent.number == "SCALE-AI-TRAINING-2026-0001"
    with either.office.database.reading() as session:
        acts = [entry.act for entry in looking.acts_upon(session, sent)]
    assert acts == ["application.submitted"]


def test_a_gap_keeps_the_draft_where_it_is(desk: Desk) -> None:
    made = desk.draft(complete=False)
    with desk.office.database.unit() as session:
        application = looking.held_by_applicant(session, desk.college.organisation.did, made)
        with pytest.raises(Unfinished) as refused:
            applying.submit(desk.office, session, application, actor=ACTOR)
    assert {"track", "stream", "practice", "plan", "checks-eligibility"} <= {gap.field for gap in refused.value.gaps}
    assert "prior-approval" not in {gap.field for gap in refused.value.gaps}
    assert desk.application(made).state is ApplicationState.DRAFT


def test_one_unfinished_application_for_each_programme(desk: Desk) -> None:
    made = desk.submitted()
    with pytest.raises(AlreadyApplied) as refused:
        desk.draft()
    assert refused.value.application_id == made
    with desk.office.database.unit() as session:
        application = looking.held_by_applicant(session, desk.college.organisation.did, made)
        applying.withdraw(desk.office, session, application, actor=ACTOR)
    assert desk.draft() != made


def test_the_authority_sees_no_drafts_and_nobody_sees_those_of_others(desk: Desk) -> None:
    made = desk.draft()
    with desk.office.database.reading() as session:
        with pytest.raises(UnknownApplication):
            looking.of_authority(session, desk.college.authority, made)
        with pytest.raises(UnknownApplication):
            looking.of_applicant(session, desk.college.authority.did, made)


def test_what_is_decided_or_taken_back_is_not_acted_upon(desk: Desk) -> None:
    made = desk.submitted()
    with desk.office.database.unit() as session:
        application = looking.held_by_applicant(session, desk.college.organisation.did, made)
        applying.withdraw(desk.office, session, application, actor=ACTOR)
        member = desk.members[0]
        for act in (
            lambda: committee.ask(desk.office, session, application, member, text="Pourquoi?"),
            lambda: committee.give_opinion(desk.office, session, application, member, vote=Vote.FOR, reasons="Bien."),
            lambda: committee.assign(desk.office, session, application, member, actor=ACTOR),
            lambda: committee.declare_conflict(desk.office, session, application, member, reason="Parenté."),
            lambda: applying.submit(desk.office, session, application, actor=ACTOR),
            lambda: applying.withdraw(desk.office, session, application, actor=ACTOR),
        ):
            with pytest.raises(WrongState):
                act()
    with pytest.raises(WrongState):
        desk.decide(made)


def test_a_renewal_follows_what_it_renews(desk: Desk) -> None:
    first = desk.decide(desk.heard())
    [before] = accreditations(desk)
    with desk.office.database.unit() as session:
        renewal = applying.start(
            desk.office, session, desk.scheme, desk.applicant, desk.training, actor=ACTOR, renews=before
        )
        assert renewal.renews_id == first.accreditation_id
        desk.complete(session, renewal)
        applying.submit(desk.office, session, renewal, actor=ACTOR)
        for member in desk.members[:2]:
            committee.give_opinion(desk.office, session, renewal, member, vote=Vote.FOR, reasons="Toujours bien.")
    decided = desk.decide(renewal.id, valid_from=datetime(2028, 1, 1, tzinfo=UTC))
    after = next(one for one in accreditations(desk) if one.id == decided.accreditation_id)
    assert (after.number, after.valid_from) == ("SCALE-AI-TRAINING-2026-0002", datetime(2028, 1, 1, tzinfo=UTC))


def test_the_envelope_never_goes_below_zero(tmp_path: Path, database_url: str) -> None:
    desk = Desk.open(tmp_path, "pacme-training", database_url=database_url)
    made = desk.heard()
    with desk.office.database.unit() as session:
        scheme = session.merge(desk.scheme)
        scheme.committed = 100_000_000
    with pytest.raises(EnvelopeTooSmall):
        desk.decide(made)
    with pytest.raises(InvalidText):
        desk.decide(made, granted=2)
    assert desk.decide(made, granted=0).granted == 0


def test_participation_is_no_accreditation(tmp_path: Path) -> None:
    desk = Desk.open(tmp_path, "ontario-passport-pilot")
    decided = desk.decide(desk.heard())
    assert (decided.state, decided.accreditation_id) == (ApplicationState.APPROVED, None)
    assert accreditations(desk) == []
    with desk.office.database.unit() as session:
        application = looking.held(session, desk.college.authority, decided.id)
        rulings.end_participation(desk.office, session, application, reason="Le projet prend fin.", actor=ACTOR)
        with pytest.raises(WrongState):
            rulings.end_participation(desk.office, session, application, reason="Encore.", actor=ACTOR)


def test_a_withdrawal_while_credentials_are_issued_loses_nothing(either: Desk) -> None:
    desk = either
    made = desk.decide(desk.heard())
    college = desk.college

    def withdraw() -> None:
        accreditation.withdraw(
            desk.office,
            college.authority,
            made.accreditation_id or "",
            reason="Fin du programme",
            at=datetime(2026, 10, 1, tzinfo=UTC),
            actor=ACTOR,
        )

    with ThreadPoolExecutor(4) as pool:
        issuing = [pool.submit(college.issue, college.completions[place : place + 2]) for place in (0, 2, 4)]
        ending = pool.submit(withdraw)
        issued = [outcome for one in issuing for outcome in one.result()]
        ending.result()
    assert len({outcome.credential for outcome in issued}) == 6
    for outcome in issued:  # all were completed before the day of the withdrawal, and stay accredited
        report = college.verify(college.document(outcome))
        assert report.verdict is Verdict.VALID
        assert "accreditation_ended" in {finding.code for finding in report.findings}
