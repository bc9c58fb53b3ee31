"""The authority's desk: a decision is written out before it is signed, and only authorities decide."""

from pathlib import Path

import pytest

from issuer.staff.models import Role
from tests.issuer.college import College
from vc.findings import Verdict

NEW = "/fr/office/accreditations/new"


@pytest.fixture
def college(tmp_path: Path) -> College:
    return College.open(tmp_path, learners=1)


def form(college: College, **changes: str) -> dict[str, str]:
    return {
        "programme": college.programme.id,
        "number": "CQM-2026-0207",
        "track": "employed-people",
        "stream": "upskilling",
        "territory": "CA-QC",
        "valid_from": "2025-09-01",
        "valid_until": "",
    } | changes


def test_one_act_after_the_effect_was_written_out(college: College) -> None:
    desk = college.visit(college.authority)
    document = college.document(college.issue()[0])
    review = desk.send(NEW, page=NEW, **form(college))
    assert review.status_code == 200
    assert "Effet" in review.text
    assert college.verify(document).verdict is Verdict.VALID_NOT_RECOGNISED
    signed = desk.send(NEW, page=NEW, **form(college, confirmed="yes"))
    assert signed.status_code == 303
    assert college.verify(document).verdict is Verdict.VALID
    decision = signed.headers["location"].partition("?")[0]
    ended = desk.send(f"{decision}/withdraw", page=decision, reason="Fin", at="2026-10-01")
    assert ended.status_code == 303
    assert "2026" in desk.look(ended.headers["location"]).text


@pytest.mark.parametrize(
    "wrong",
    [
        {"programme": ""},
        {"programme": "none"},
        {"programme": "elsewhere"},
        {"number": " "},
        {"valid_from": "1er septembre"},
        {"valid_from": "2025-02-30"},
        {"valid_until": "2020-01-01"},
    ],
)
def test_a_form_with_a_gap_says_which(college: College, wrong: dict[str, str]) -> None:
    answer = college.visit(college.authority).send(NEW, page=NEW, **form(college, confirmed="yes", **wrong))
    assert answer.status_code == 422
    assert "Erreur" in answer.text
    assert 'aria-invalid="true"' in answer.text


def test_a_training_elsewhere_is_named_by_its_identifiers(college: College) -> None:
    elsewhere = {
        "programme": "elsewhere",
        "institution_did": "did:web:college.example",
        "institution_name": "Collège d’ailleurs",
        "achievement_id": "https://college.example/p/1",
        "programme_title_fr": "Autre formation",
    }
    desk = college.visit(college.authority)
    assert "publier cette accréditation" in desk.send(NEW, page=NEW, **form(college, **elsewhere)).text
    signed = desk.send(NEW, page=NEW, **form(college, confirmed="yes", **elsewhere))
    assert signed.status_code == 303
    assert "Collège d’ailleurs" in college.visit().look("/fr/o/cqm/accreditations").text


def test_a_number_twice_is_refused_in_the_form(college: College) -> None:
    college.accredit("CQM-2026-0207")
    answer = college.visit(college.authority).send(NEW, page=NEW, **form(college))
    assert answer.status_code == 422


@pytest.mark.parametrize(("reason", "at"), [("", "2026-10-01"), ("Fin", "hier"), ("Fin", "2020-01-01")])
def test_an_end_needs_a_reason_and_a_day(college: College, reason: str, at: str) -> None:
    made = college.accredit()
    desk, path = college.visit(college.authority), f"/fr/office/accreditations/{made}"
    assert desk.send(f"{path}/withdraw", page=path, reason=reason, at=at).status_code == 422


def test_an_institution_has_no_desk_for_accreditations(college: College) -> None:
    made = college.accredit()
    visit = college.visit(college.organisation, role=Role.ADMINISTRATOR)
    for path in ("/fr/office/accreditations", NEW, f"/fr/office/accreditations/{made}"):
        assert visit.look(path).status_code == 404
    page = f"/fr/office/cohorts/{college.cohort.id}/issue"
    assert visit.send(NEW, page=page, **form(college, confirmed="yes")).status_code == 404
    path = f"/fr/office/accreditations/{made}/withdraw"
    assert visit.send(path, page=page, reason="x", at="2026-10-01").status_code == 404


def test_a_reader_of_the_authority_decides_nothing(college: College) -> None:
    made = college.accredit()
    reader = college.visit(college.authority, role=Role.READER)
    assert reader.look("/fr/office/accreditations").status_code == 200
    assert reader.look(NEW).status_code == 403
    assert reader.look(f"/fr/office/accreditations/{made}/withdraw").status_code == 403


def test_the_public_list_is_searched_and_shows_where_each_stands(college: College) -> None:
    college.accredit()
    visit = college.visit()
    assert "Analyse de données avec Python" in visit.look("/fr/o/cqm/accreditations?q=python+rivière").text
    nothing = visit.look("/en/o/cqm/accreditations?q=%3Cscript%3E")
    assert "<script>" not in nothing.text.replace('<script src="/static', "")
    assert "No training matches" in nothing.text
    assert "CQM-2025-0118" not in visit.look("/fr/o/cqm/accreditations?state=suspended").text
    assert visit.look("/fr/o/riviere/accreditations").status_code == 404
    assert visit.look("/de/o/cqm/accreditations").status_code == 404
