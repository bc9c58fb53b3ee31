"""An authority accredits, suspends, reinstates, withdraws; a verifier's answer follows, then and today."""

import unicodedata
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlmodel import select

from issuer import crash_points, upkeep
from issuer.accreditation import editions, rules
from issuer.accreditation import service as accreditation
from issuer.accreditation.models import Accreditation, AccreditationState, Recognition
from issuer.accreditation.rules import Decision
from issuer.self_check.planned import NotToBeSigned
from tests.issuer.college import ACTOR, College
from vc.findings import Headline, Report, Verdict

OCTOBER = datetime(2026, 10, 1, tzinfo=UTC)
BEFORE_COMPLETION = datetime(2026, 5, 1, tzinfo=UTC)


@pytest.fixture
def college(tmp_path: Path, database_url: str) -> College:
    return College.open(tmp_path, learners=1, database_url=database_url)


def verdict(college: College) -> Report:
    return college.verify(college.document(college.issue()[0]))


def codes(report: Report) -> set[str]:
    return {finding.code for finding in report.findings}


def decision(college: College, **changes: object) -> Decision:
    values = {
        "institution_did": college.organisation.did,
        "institution_name": college.organisation.name_fr,
        "achievement_id": college.programme.achievement_id,
        "programme_title_fr": college.programme.title_fr,
        "programme_title_en": college.programme.title_en,
        "number": "CQM-1",
        "track": "",
        "stream": "",
        "territory": "CA-QC",
        "valid_from": datetime(2025, 9, 1, tzinfo=UTC),
        "valid_until": None,
    }
    return Decision(**(values | changes))  # type: ignore[arg-type]  # one value of each field's type


def test_without_an_accreditation_the_training_is_not_recognised(college: College) -> None:
    assert verdict(college).verdict is Verdict.VALID_NOT_RECOGNISED


def test_an_accredited_training_is_found_through_the_institutions_own_identifier(college: College) -> None:
    college.accredit()
    report = verdict(college)
    assert report.verdict is Verdict.VALID
    assert "accredited" in codes(report)


def test_an_accreditation_of_another_programme_does_not_widen(college: College) -> None:
    accreditation.accredit(
        college.office,
        college.authority,
        decision(college, achievement_id="https://elsewhere.example/p#1"),
        actor=ACTOR,
    )
    assert verdict(college).verdict is Verdict.VALID_NOT_RECOGNISED


def test_withdrawn_later_does_not_erase(college: College) -> None:
    made = college.accredit()
    accreditation.withdraw(college.office, college.authority, made, reason="Fin du programme", at=OCTOBER, actor=ACTOR)
    report = verdict(college)
    assert report.verdict is Verdict.VALID
    assert "accreditation_ended" in codes(report)


def test_withdrawn_before_completion_is_not_accredited(college: College) -> None:
    made = college.accredit()
    accreditation.withdraw(
        college.office, college.authority, made, reason="Manquement", at=BEFORE_COMPLETION, actor=ACTOR
    )
    report = verdict(college)
    assert report.headline is Headline.NOT_ACCREDITED
    assert "accreditation_not_in_force" in codes(report)


def test_suspended_then_reinstated(college: College) -> None:
    made = college.accredit()
    accreditation.suspend(college.office, college.authority, made, reason="Enquête", at=BEFORE_COMPLETION, actor=ACTOR)
    assert verdict(college).headline is Headline.NOT_ACCREDITED
    accreditation.reinstate(
        college.office, college.authority, made, reason="Enquête close", at=BEFORE_COMPLETION, actor=ACTOR
    )
    assert "accredited" in codes(verdict(college))


def test_withdrawing_a_suspended_one_does_not_bring_the_suspended_time_back(college: College) -> None:
    made = college.accredit()
    for act in (accreditation.suspend, accreditation.withdraw):
        at = BEFORE_COMPLETION if act is accreditation.suspend else OCTOBER
        act(college.office, college.authority, made, reason="Manquement", at=at, actor=ACTOR)
    assert verdict(college).headline is Headline.NOT_ACCREDITED


def test_only_an_authority_accredits(college: College) -> None:
    with pytest.raises(rules.NotAnAuthority):
        accreditation.accredit(college.office, college.organisation, decision(college), actor=ACTOR)


def test_a_file_number_is_used_once(college: College) -> None:
    accreditation.accredit(college.office, college.authority, decision(college), actor=ACTOR)
    with pytest.raises(rules.NumberTaken):
        accreditation.accredit(college.office, college.authority, decision(college), actor=ACTOR)


@pytest.mark.parametrize(
    "wrong",
    [
        {"number": ""},
        {"institution_did": "https://college.example"},
        {"achievement_id": ""},
        {"valid_until": datetime(2025, 8, 31, tzinfo=UTC)},
    ],
)
def test_an_incomplete_decision_is_refused_before_anything_is_recorded(
    college: College, wrong: dict[str, object]
) -> None:
    with pytest.raises(rules.Incomplete):
        accreditation.accredit(college.office, college.authority, decision(college, **wrong), actor=ACTOR)
    with college.office.database.reading() as session:
        assert accreditation.of_authority(session, college.authority) == []


def test_I_AUZ_1_another_authoritys_decision_is_unknown(college: College) -> None:
    made = college.accredit()
    with pytest.raises(rules.UnknownAccreditation):
        accreditation.withdraw(college.office, college.organisation, made, reason="Non", at=OCTOBER, actor=ACTOR)


def test_an_ended_one_cannot_be_ended_again(college: College) -> None:
    made = college.accredit()
    accreditation.withdraw(college.office, college.authority, made, reason="Fin", at=OCTOBER, actor=ACTOR)
    for act in (accreditation.withdraw, accreditation.suspend, accreditation.reinstate):
        with pytest.raises(rules.WrongState):
            act(college.office, college.authority, made, reason="Fin", at=OCTOBER, actor=ACTOR)


def test_I_DUR_4_a_decision_left_between_plan_and_signature_is_carried_out(college: College) -> None:
    class Stopped(BaseException):
        pass

    def stop(name: str) -> None:
        if name == "before-commit":
            raise Stopped

    remove = crash_points.install(stop)
    with pytest.raises(Stopped):
        college.accredit()
    remove()
    assert verdict(college).verdict is Verdict.VALID_NOT_RECOGNISED
    college.clock.advance(seconds=60)
    assert editions.finish_planned(college.office) == 1
    assert editions.finish_planned(college.office) == 0
    assert verdict(college).verdict is Verdict.VALID
    with college.office.database.reading() as session:
        assert len(session.exec(select(Recognition)).all()) == 1


def test_the_schema_is_served_with_the_digest_that_the_recognition_pins(college: College) -> None:
    from vc.recognition import digest_multibase

    college.accredit()
    [given, *_] = college.client.get("/o/riviere/whois").json()["verifiableCredential"]
    pinned = given["credentialSubject"]["recognizedTo"]["outputValidation"]
    served = college.client.get(pinned["id"].removeprefix("https://localhost:8001"))
    assert served.headers["content-type"] == "application/schema+json"
    assert digest_multibase(served.content) == pinned["digestMultibase"]


def test_the_public_list_gives_every_decision_as_signed(college: College) -> None:
    made = college.accredit()
    [_, listed] = college.client.get("/o/cqm/accreditations").json()["verifiableCredential"]
    assert listed["issuer"]["id"] == college.authority.did
    accreditation.withdraw(college.office, college.authority, made, reason="Fin", at=OCTOBER, actor=ACTOR)
    [_, closed] = college.client.get("/o/cqm/accreditations").json()["verifiableCredential"]
    assert closed["validUntil"] == "2026-10-01T00:00:00Z"
    with college.office.database.reading() as session:
        kept = accreditation.accreditation_of(session, college.authority.id, made)
    assert kept.state is AccreditationState.WITHDRAWN


def test_a_title_pasted_in_another_form_is_composed(college: College) -> None:
    title = unicodedata.normalize("NFD", "Analyse de données")
    made = accreditation.accredit(
        college.office, college.authority, decision(college, programme_title_fr=title), actor=ACTOR
    )
    assert (made.state, made.programme_title_fr) == (AccreditationState.ACTIVE, "Analyse de données")


def test_what_cannot_be_signed_is_not_decided_and_holds_up_nothing(college: College) -> None:
    with pytest.raises(NotToBeSigned):
        accreditation.accredit(
            college.office, college.authority, decision(college, programme_title_fr="a bell: \a"), actor=ACTOR
        )
    with college.office.database.unit() as session:
        assert session.exec(select(Recognition)).all() == []
        left = accreditation.plan(college.office, session, college.authority, decision(college), actor=ACTOR)
        session.get_one(Accreditation, left.accreditation_id).programme_title_fr = "a bell: \a"
    college.clock.advance(minutes=5)
    upkeep.tidy(college.office)
    assert editions.finish_planned(college.office) == 0
