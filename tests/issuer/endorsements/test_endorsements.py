"""Endorsements: signed by a partner, shown by choice of the institution, told apart, withdrawn, never accreditation."""

from __future__ import annotations

import json
import unicodedata
from pathlib import Path

import pytest
from sqlmodel import select

from issuer import crash_points, upkeep
from issuer.endorsements import service
from issuer.endorsements.models import Endorsement, EndorsementState
from issuer.endorsements.service import AlreadyEndorsed, Incomplete, UnknownEndorsement, WrongState
from issuer.organisations import service as organisations
from issuer.organisations.models import Organisation, OrganisationKind
from issuer.self_check.planned import NotToBeSigned
from tests.issuer.college import ACTOR, College
from vc.findings import Headline

COMMENT = "Nos membres y apprennent ce que leur métier demande aujourd’hui."


@pytest.fixture
def college(tmp_path: Path, database_url: str) -> College:
    return College.open(tmp_path, learners=2, database_url=database_url)


@pytest.fixture
def partner(college: College) -> Organisation:
    with college.office.database.unit() as session:
        return organisations.create(
            college.office,
            session,
            slug="centrale",
            kind=OrganisationKind.PARTNER,
            name_fr="Centrale des métiers",
            name_en="Trades Federation",
            territory="CA-QC",
        )


def endorse(college: College, partner: Organisation, comment: str = COMMENT) -> Endorsement:
    return service.endorse(college.office, partner, programme_id=college.programme.id, comment=comment, actor=ACTOR)


def answer(college: College, endorsement: Endorsement, *, shown: bool) -> None:
    with college.office.database.unit() as session:
        service.answer(college.office, session, college.organisation, endorsement.id, shown=shown, actor=ACTOR)


def withdraw(college: College, partner: Organisation, endorsement: Endorsement, reason: str = "Révisé") -> None:
    with college.office.database.unit() as session:
        service.withdraw(college.office, session, partner, endorsement.id, reason=reason, actor=ACTOR)


def test_an_endorsement_verifies_by_itself(college: College, partner: Organisation) -> None:
    made = endorse(college, partner)
    report = college.verify(made.body or b"")
    assert report.verified
    assert report.credential is not None
    assert report.credential["credentialSubject"]["id"] == college.programme.achievement_id


def test_it_travels_only_where_the_institution_shows_it_and_counts_for_nothing(
    college: College, partner: Organisation
) -> None:
    made = endorse(college, partner)
    [before] = college.issue(college.completions[:1])
    assert "endorsement" not in college.document(before)["credentialSubject"]["achievement"]
    answer(college, made, shown=True)
    [after] = college.issue(college.completions[1:])
    document = college.document(after)
    assert len(document["@context"]) == 2
    report = college.verify(document)
    assert report.verified
    assert [one.verified for one in report.endorsements] == [True]
    assert report.headline is Headline.ISSUER_NOT_RECOGNISED, "nobody accredited it, whoever endorses it"
    college.accredit()
    assert college.verify(document).headline is Headline.VALID_HOLDER_UNCONFIRMED


def test_a_withdrawn_one_is_told_and_the_credential_stays_good(college: College, partner: Organisation) -> None:
    made = endorse(college, partner)
    answer(college, made, shown=True)
    college.accredit()
    [outcome] = college.issue(college.completions[:1])
    withdraw(college, partner, made)
    college.clock.advance(days=1)
    report = college.verify(college.document(outcome))
    assert report.headline is Headline.VALID_HOLDER_UNCONFIRMED
    assert [one.verified for one in report.endorsements] == [False]
    [later] = college.issue(college.completions[1:])
    assert "endorsement" not in college.document(later)["credentialSubject"]["achievement"]


def test_a_partner_has_one_word_for_each_training(college: College, partner: Organisation) -> None:
    made = endorse(college, partner)
    with pytest.raises(AlreadyEndorsed):
        endorse(college, partner)
    withdraw(college, partner, made)
    assert endorse(college, partner, "Mieux encore.").state is EndorsementState.ACTIVE


@pytest.mark.parametrize(("programme", "comment"), [("mine", "   "), ("mine", "a" * 601), ("none", COMMENT)])
def test_what_is_incomplete_is_not_signed(
    college: College, partner: Organisation, programme: str, comment: str
) -> None:
    with pytest.raises(Incomplete):
        service.endorse(
            college.office,
            partner,
            programme_id=college.programme.id if programme == "mine" else "nowhere",
            comment=comment,
            actor=ACTOR,
        )
    with college.office.database.reading() as session:
        assert session.exec(select(Endorsement)).all() == []


def test_a_comment_pasted_in_another_form_is_composed(college: College, partner: Organisation) -> None:
    made = endorse(college, partner, unicodedata.normalize("NFD", COMMENT))
    assert made.comment == COMMENT
    assert college.verify(made.body or b"").verified


def test_what_cannot_be_signed_is_not_recorded(college: College, partner: Organisation) -> None:
    with pytest.raises(NotToBeSigned):
        endorse(college, partner, "a bell: \a")
    assert endorse(college, partner).state is EndorsementState.ACTIVE


def test_what_cannot_be_signed_holds_up_nothing(college: College, partner: Organisation) -> None:
    """Such as a row of an earlier release: the rest of upkeep goes on, and with it the service starts."""
    left = endorse(college, partner)
    with college.office.database.unit() as session:
        session.get_one(Endorsement, left.id).state = EndorsementState.PLANNED
        session.get_one(Endorsement, left.id).comment = "a bell: \a"
    college.clock.advance(seconds=60)
    upkeep.tidy(college.office)
    assert service.finish_planned(college.office) == 0


def test_nobody_answers_or_withdraws_for_others(college: College, partner: Organisation) -> None:
    made = endorse(college, partner)
    with college.office.database.unit() as session, pytest.raises(UnknownEndorsement):
        service.answer(college.office, session, partner, made.id, shown=True, actor=ACTOR)
    with college.office.database.unit() as session, pytest.raises(UnknownEndorsement):
        service.withdraw(college.office, session, college.organisation, made.id, reason="x", actor=ACTOR)
    withdraw(college, partner, made)
    with pytest.raises(WrongState):
        answer(college, made, shown=True)


@pytest.mark.parametrize("point", ["before-signing", "after-signing"])
def test_I_DUR_4_what_a_crash_left_is_signed_later_and_once(
    college: College, partner: Organisation, point: str
) -> None:
    class Stopped(BaseException):
        pass

    def stop(name: str) -> None:
        if name == point:
            raise Stopped

    remove = crash_points.install(stop)
    with pytest.raises(Stopped):
        endorse(college, partner)
    remove()
    assert service.finish_planned(college.office) == 0, "somebody may be at it"
    college.clock.advance(seconds=60)
    assert service.finish_planned(college.office) == 1
    assert service.finish_planned(college.office) == 0
    with college.office.database.reading() as session:
        [made] = session.exec(select(Endorsement)).all()
    assert college.verify(made.body or b"").verified


def test_the_pages_of_both_sides(college: College, partner: Organisation) -> None:
    theirs, ours = college.visit(partner), college.visit(college.organisation)
    page = "/fr/office/endorsements"
    assert theirs.send(page, page, programme="", comment=COMMENT).status_code == 422
    assert theirs.send(page, page, programme=college.programme.id, comment="").status_code == 422
    signed = theirs.send(page, page, programme=college.programme.id, comment=COMMENT)
    assert signed.headers["location"] == f"{page}?done=signed"
    assert theirs.send(page, page, programme=college.programme.id, comment=COMMENT).status_code == 422
    with college.office.database.reading() as session:
        [made] = session.exec(select(Endorsement)).all()
    public = f"/fr/o/riviere/p/{college.programme.slug}"
    assert COMMENT not in ours.look(public).text
    assert ours.send(f"{page}/{made.id}/answer", page, shown="yes").headers["location"] == f"{page}?done=shown"
    assert COMMENT in ours.look(public).text
    assert json.loads(ours.look(f"{page}/{made.id}.json").content)["type"][1] == "EndorsementCredential"
    assert theirs.send(f"{page}/{made.id}/withdraw", page, reason=" ").status_code == 422
    assert theirs.send(f"{page}/{made.id}/withdraw", page, reason="Révisé").status_code == 303
    assert COMMENT not in ours.look(public).text
    assert "Révisé" in ours.look(page).text
