"""Authorities recognised by authorities: nobody signs more than they were given, and a verifier follows the chain."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from issuer.accreditation import authorities, chain, rules
from issuer.accreditation import service as accreditation
from issuer.accreditation.authorities import AuthorityDecision, recognise_authority
from issuer.accreditation.limits import BeyondRecognition
from issuer.accreditation.models import Accreditation
from issuer.accreditation.rules import Incomplete
from issuer.organisations import service as organisations
from issuer.organisations.models import Organisation, OrganisationKind
from tests.issuer.accreditation.test_accrediting import decision
from tests.issuer.accreditation.test_pages import NEW
from tests.issuer.college import ACTOR, Addresses, College
from vc.findings import Headline, Report, Verdict
from vc.policy import Anchors, Authority
from vc.recognition import Conditions, Standing

START = datetime(2025, 1, 1, tzinfo=UTC)
END = datetime(2027, 12, 31, tzinfo=UTC)
SUMMER = datetime(2026, 7, 1, tzinfo=UTC)


@pytest.fixture
def college(tmp_path: Path) -> College:
    return College.open(tmp_path, learners=1)


def authority(college: College, slug: str, name: str) -> Organisation:
    with college.office.database.unit() as session:
        return organisations.create(
            college.office,
            session,
            slug=slug,
            kind=OrganisationKind.AUTHORITY,
            name_fr=name,
            name_en=name,
            territory="CA",
        )


def recognise(college: College, of: Organisation, *, by: Organisation, **changes: Any) -> Accreditation:
    base = AuthorityDecision(of.did, of.name_fr, f"R-{of.slug}", Conditions(("CA-QC",), max_depth=0), START, END)
    return recognise_authority(college.office, by, replace(base, **changes), actor=ACTOR)


@pytest.fixture
def ministry(college: College) -> Organisation:
    return authority(college, "ministere", "Ministère")


@pytest.fixture
def council(college: College, ministry: Organisation) -> Organisation:
    """Recognised by the ministry for CA-QC, with room for one more authority below, which is the college's own."""
    made = authority(college, "conseil", "Conseil")
    recognise(college, made, by=ministry, conditions=Conditions(("CA-QC",), max_depth=1))
    recognise(college, college.authority, by=made)
    return made


def accredit(college: College, **changes: Any) -> Accreditation:
    wanted = decision(college, valid_until=END, **changes)
    return accreditation.accredit(college.office, college.authority, wanted, actor=ACTOR)


def verified(college: College, trusted: Organisation) -> Report:
    anchors = Anchors.of(Authority(trusted.did, {"fr": trusted.name_fr}, "CA"))
    return college.verify(college.document(college.issue()[0]), anchors=anchors)


def test_a_chain_of_three_is_followed_to_the_ministry(college: College, ministry: Organisation, council: Any) -> None:
    assert council.kind is OrganisationKind.AUTHORITY
    accredit(college)
    report = verified(college, ministry)
    assert report.verdict is Verdict.VALID
    (answer,) = report.recognition.answers
    assert [link.of for link in answer.path] == [council.did, college.authority.did, college.organisation.did]


def test_at_most_four_requests_are_added_by_a_chain_of_three(
    college: College, ministry: Organisation, council: Organisation
) -> None:
    accredit(college)
    credential = college.document(college.issue()[0])
    asked = []
    for anchors in (Anchors.none(), Anchors.of(Authority(ministry.did, {}, "CA"))):
        addresses = Addresses(college.client)
        assert college.verify(credential, anchors=anchors, addresses=addresses).verified
        asked.append([url.rpartition("/o/")[2] for url in addresses.asked])
    own, all_of_them = asked
    assert all_of_them[: len(own)] == own
    assert all_of_them[len(own) :] == ["riviere/whois", "ministere/did.json", "conseil/did.json", "cqm/did.json"]
    assert council.slug == "conseil"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"territory": "CA-ON"}, "territory"),
        ({"territory": ""}, "territory"),
        ({"territory": "CA"}, "territory"),
        ({"valid_from": datetime(2024, 12, 31, tzinfo=UTC)}, "valid_from"),
        ({"valid_until": datetime(2028, 1, 1, tzinfo=UTC)}, "valid_until"),
        ({"valid_until": None}, "valid_until"),
    ],
    ids=str,
)
def test_what_the_parent_does_not_cover_is_refused_and_nothing_is_recorded(
    college: College, council: Organisation, changes: dict[str, Any], field: str
) -> None:
    wanted = decision(college, **({"valid_until": END} | changes))
    with pytest.raises(BeyondRecognition) as refused:
        accreditation.accredit(college.office, college.authority, wanted, actor=ACTOR)
    assert refused.value.members["at"] == field
    assert refused.value.members["by"] == council.name_fr
    with college.office.database.reading() as session:
        assert accreditation.of_authority(session, college.authority) == []


@pytest.mark.parametrize(
    ("limit", "field"),
    [
        (Conditions(("CA-QC",), tracks=("trainers",), max_depth=0), "track"),
        (Conditions(("CA-QC",), streams=("reskilling",), max_depth=0), "stream"),
        (Conditions(("CA-QC",), programmes=("https://elsewhere.example/p",), max_depth=0), "achievement_id"),
    ],
    ids=str,
)
def test_every_limit_of_the_parent_binds(
    college: College, ministry: Organisation, limit: Conditions, field: str
) -> None:
    recognise(college, college.authority, by=ministry, conditions=limit)
    with pytest.raises(BeyondRecognition) as refused:
        accredit(college, track="employed-people", stream="upskilling")
    assert refused.value.members["fields"] == [field]


def test_an_authority_that_may_recognise_institutions_only_recognises_no_authority(
    college: College, council: Organisation
) -> None:
    other = authority(college, "autre", "Autre")
    with pytest.raises(BeyondRecognition) as refused:
        recognise(college, other, by=college.authority)
    assert refused.value.members["at"] == "max_depth"
    with pytest.raises(BeyondRecognition):
        recognise(college, other, by=council, conditions=Conditions(("CA-QC",), max_depth=1))
    recognise(college, other, by=council)


def test_an_authority_whose_recognition_was_withdrawn_decides_no_more(college: College, ministry: Organisation) -> None:
    made = recognise(college, college.authority, by=ministry)
    accredit(college)
    accreditation.withdraw(college.office, ministry, made.id, reason="Fin", at=SUMMER, actor=ACTOR)
    with pytest.raises(BeyondRecognition) as refused:
        accredit(college, number="CQM-2")
    assert refused.value.members["at"] == "valid_until"
    (answer,) = verified(college, ministry).recognition.answers
    assert (answer.then, answer.today) == (Standing.RECOGNISED, Standing.CHAIN_BROKEN)
    assert answer.ended == SUMMER
    assert answer.at_fault_today.of == college.authority.did


def test_a_parent_suspended_and_reinstated_breaks_the_chain_for_that_time_only(
    tmp_path: Path, database_url: str
) -> None:
    college = College.open(tmp_path, learners=1, database_url=database_url)
    ministry = authority(college, "ministere", "Ministère")
    made = recognise(college, college.authority, by=ministry)
    accredit(college)
    may, august = datetime(2026, 5, 1, tzinfo=UTC), datetime(2026, 8, 1, tzinfo=UTC)
    accreditation.suspend(college.office, ministry, made.id, reason="Enquête", at=may, actor=ACTOR)
    assert verified(college, ministry).headline is Headline.NOT_ACCREDITED
    accreditation.reinstate(college.office, ministry, made.id, reason="Close", at=august, actor=ACTOR)
    (answer,) = verified(college, ministry).recognition.answers
    assert (answer.then, answer.today) == (Standing.CHAIN_BROKEN, Standing.RECOGNISED)


def test_an_authority_that_nobody_recognises_is_bound_by_nobody(college: College) -> None:
    assert accredit(college, territory="", track="").territory == ""


@pytest.mark.parametrize(
    "changes",
    [
        {"authority_did": ""},
        {"authority_did": "https://authority.example"},
        {"authority_name": ""},
        {"number": ""},
        {"valid_until": START},
        {"conditions": Conditions(("CA QC",))},
    ],
    ids=str,
)
def test_an_incomplete_decision_is_refused(college: College, ministry: Organisation, changes: dict[str, Any]) -> None:
    with pytest.raises(Incomplete):
        recognise(college, college.authority, by=ministry, **changes)


def test_nobody_recognises_themselves_and_institutions_nobody(college: College, ministry: Organisation) -> None:
    with pytest.raises(Incomplete):
        recognise(college, ministry, by=ministry)
    with pytest.raises(rules.NotAnAuthority):
        recognise(college, ministry, by=college.organisation)


def test_the_recognition_names_the_one_above_where_it_is_served(
    college: College, ministry: Organisation, council: Organisation
) -> None:
    accredit(college)
    served = college.client.get("/o/riviere/whois").json()["verifiableCredential"]
    about = {one["credentialSubject"]["id"]: one for one in served if "recognizedTo" in one["credentialSubject"]}
    for child, parent in ((college.organisation, college.authority), (college.authority, council)):
        (named,) = about[child.did]["issuer"]["recognizedIn"]
        assert named == {"id": about[parent.did]["id"], "type": "RecognizedEntityCredential"}
        fetched = college.client.get(named["id"].removeprefix("https://localhost:8001"))
        assert fetched.json() == about[parent.did]
    assert "recognizedIn" not in about[council.did]["issuer"]
    assert about[council.did]["issuer"]["id"] == ministry.did


def test_it_has_no_schema_and_a_title_of_its_own_in_the_list(college: College, ministry: Organisation) -> None:
    made = recognise(college, college.authority, by=ministry)
    assert made.programme_title_en == authorities.TITLES["en"]
    assert college.client.get(f"/o/ministere/schemas/{made.id}").status_code == 404


def test_the_form_says_at_the_field_who_set_the_limit(college: College, council: Organisation) -> None:
    given = {
        "programme": college.programme.id,
        "number": "CQM-7",
        "territory": "CA-ON",
        "valid_from": "2026-01-01",
        "valid_until": "2026-12-31",
    }
    answer = college.visit(college.authority).send(NEW, page=NEW, **given)
    assert answer.status_code == 422
    assert answer.text.count('aria-invalid="true"') == 1
    assert f"{council.name_fr} a reconnu votre organisation dans des limites plus étroites" in answer.text


AUTHORITIES = "/fr/office/authorities/new"


def given(of: Organisation, **changes: str) -> dict[str, str]:
    base = {
        "authority": of.id,
        "number": "M-1",
        "territory": "CA-QC",
        "max_depth": "0",
        "valid_from": "2025-01-01",
        "valid_until": "2027-12-31",
    }
    return base | changes


def test_an_authority_is_recognised_on_a_page_once_the_effect_was_written_out(
    college: College, ministry: Organisation
) -> None:
    desk = college.visit(ministry)
    review = desk.send(AUTHORITIES, page=AUTHORITIES, **given(college.authority))
    assert review.status_code == 200
    assert "Des établissements seulement" in review.text
    accredit(college, territory="CA-ON", number="CQM-0")  # nothing binds it yet
    signed = desk.send(AUTHORITIES, page=AUTHORITIES, **given(college.authority, confirmed="yes"))
    assert signed.status_code == 303
    assert "Accréditer des formations" in desk.look(signed.headers["location"]).text
    with pytest.raises(BeyondRecognition):
        accredit(college, territory="CA-ON", number="CQM-1")


@pytest.mark.parametrize(
    "wrong",
    [
        {"authority": ""},
        {"authority": "elsewhere", "authority_did": "did:web:a.example"},
        {"number": " "},
        {"valid_from": "hier"},
        {"valid_until": "2024-01-01"},
        {"max_depth": "9"},
    ],
    ids=str,
)
def test_a_page_with_a_gap_says_which(college: College, ministry: Organisation, wrong: dict[str, str]) -> None:
    desk = college.visit(ministry)
    answer = desk.send(AUTHORITIES, page=AUTHORITIES, **given(college.authority, confirmed="yes", **wrong))
    assert answer.status_code == 422
    assert 'aria-invalid="true"' in answer.text


def test_the_page_says_who_set_the_limit_of_the_one_who_recognises(college: College, council: Organisation) -> None:
    other = authority(college, "autre", "Autre")
    answer = college.visit(council).send(AUTHORITIES, page=AUTHORITIES, **given(other, territory="CA-ON BE"))
    assert answer.status_code == 422
    assert "Ministère a reconnu votre organisation dans des limites plus étroites" in answer.text


def test_a_list_that_is_none_of_ours_is_left_out(college: College) -> None:
    """A recognition from elsewhere may name any address as its status list, addresses of ours among them."""
    entries = [
        {"statusListCredential": f"https://localhost:8001{path}"}
        for path in ("/o/riviere/status/none", "/o/cqm/whois", "/", "/o/x/status/1")
    ]
    assert chain.status_lists(college.office, [{"credentialStatus": entries}, {"credentialStatus": []}, {}]) == []
