"""What was published stays, by version and date, and nobody rewrites it unseen."""

from __future__ import annotations

import hashlib
import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

from issuer.accreditation import service as accreditation
from issuer.accreditation import signed_list
from issuer.accreditation.models import Recognition
from issuer.history import chain, identifier_log
from issuer.history import service as history
from issuer.history.chain import Head, Version
from issuer.history.models import HistoryHead, PublishedKind, PublishedVersion
from issuer.organisations import service as organisations
from issuer.organisations.models import KeyUse, Organisation, OrganisationKind
from issuer.upkeep import catch_up
from keys import timestamps
from keys.dids import did_webvh
from tests.issuer.college import ACTOR, Addresses, College
from vc.policy import PUBLIC, Anchors
from vc.proofs import SUITES
from vc.verify import verify_credential


@pytest.fixture
def college(tmp_path: Path) -> College:
    return College.open(tmp_path, learners=1)


@pytest.fixture(scope="module")
def still(tmp_path_factory: pytest.TempPathFactory) -> College:
    """One that nothing happens to."""
    return College.open(tmp_path_factory.mktemp("still"), learners=0)


def rotate(college: College, organisation: Organisation, use: KeyUse = KeyUse.CREDENTIAL) -> None:
    with college.office.database.unit() as session:
        organisations.rotate_key(college.office, session, organisations.get(session, organisation.id), use)


def index(college: College, slug: str = "riviere") -> list[Version]:
    """The chain as somebody elsewhere has it, bodies compared with their digests."""
    listed = college.client.get(f"/o/{slug}/history").json()["versions"]
    for one in listed:
        body = college.client.get(one.pop("document").removeprefix("https://localhost:8001")).content
        assert hashlib.sha256(body).hexdigest() == one["digest"]
    return [Version(**one) for one in listed]


def documents(college: College) -> list[dict[str, Any]]:
    with college.office.database.reading() as session:
        query = select(PublishedVersion).where(
            PublishedVersion.organisation_id == college.organisation.id,
            PublishedVersion.kind == PublishedKind.DID_DOCUMENT,
        )
        return [json.loads(one.body) for one in session.exec(query)]


# --- identifier documents ---


def test_a_document_of_before_a_rotation_can_still_be_had(college: College) -> None:
    before = college.client.get("/o/riviere/did.json").json()
    then = timestamps.write(college.clock())
    college.clock.advance(days=3)
    rotate(college, college.organisation)
    now = college.client.get("/o/riviere/did.json")
    assert now.json() != before
    assert 'rel="version-history"' in now.headers["link"]
    asked = college.client.get("/o/riviere/did.json", params={"versionTime": then})
    assert asked.json() == before
    assert asked.headers["content-type"] == "application/did+json"
    later = timestamps.write(college.clock() + timedelta(days=1))
    assert college.client.get("/o/riviere/did.json", params={"versionTime": later}).json() == now.json()
    numbered = [one for one in index(college) if one.kind == "did-document"]
    by_number = [college.client.get(f"/o/riviere/did.json?versionId={one.sequence}").json() for one in numbered]
    assert by_number == [before, now.json()]


def test_a_document_is_not_sent_again_until_it_changes(college: College) -> None:
    first = college.client.get("/o/riviere/did.json")
    known = {"if-none-match": first.headers["etag"]}
    again = college.client.get("/o/riviere/did.json", headers=known)
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["cache-control"] == first.headers["cache-control"] == "public, max-age=60"
    rotate(college, college.organisation)
    assert college.client.get("/o/riviere/did.json", headers=known).status_code == 200


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("versionTime=2020-01-01T00:00:00Z", 404),
        ("versionTime=2026-11-22", 422),
        ("versionTime=2026-11-22T12:00:05", 422),
        ("versionId=99", 404),
        ("versionId=-1", 404),
        ("versionId=%C2%B2", 404),
        ("versionId=" + "9" * 30, 404),
        ("versionId=1&versionTime=2020-01-01T00:00:00Z", 404),
    ],
)
def test_a_version_that_there_is_not_is_not_made_up(still: College, query: str, status: int) -> None:
    assert still.client.get(f"/o/riviere/did.json?{query}").status_code == status


def test_a_version_of_something_else_is_no_version_of_this(college: College) -> None:
    college.accredit()
    [one] = [one for one in index(college, "cqm") if one.kind == "signed-list"]
    assert college.client.get(f"/o/cqm/did.json?versionId={one.sequence}").status_code == 404
    assert college.client.get(f"/o/riviere/history/{one.sequence}").status_code == 404


def test_what_is_served_is_what_was_kept_last(college: College) -> None:
    for use in KeyUse:
        college.clock.advance(seconds=1)
        rotate(college, college.organisation, use)
        assert documents(college)[-1] == college.client.get("/o/riviere/did.json").json()


def test_a_document_that_an_upgrade_changes_is_kept_by_upkeep(college: College) -> None:
    with college.office.database.unit() as session:
        kept = session.exec(select(PublishedVersion).where(PublishedVersion.kind == PublishedKind.DID_DOCUMENT)).all()
        for one in kept:
            session.delete(one)
    assert documents(college) == []
    catch_up(college.office)
    catch_up(college.office)
    assert documents(college) == [college.client.get("/o/riviere/did.json").json()]


# --- lists and accreditations ---


def test_the_list_and_the_accreditation_of_then_can_still_be_had(college: College) -> None:
    made = college.accredit()
    first, then = college.client.get("/o/cqm/accreditations").json(), timestamps.write(college.clock())
    college.clock.advance(days=1)
    accreditation.withdraw(college.office, college.authority, made, reason="Fin", at=college.clock(), actor=ACTOR)
    now = college.client.get("/o/cqm/accreditations").json()
    assert now != first
    assert college.client.get("/o/cqm/accreditations", params={"versionTime": then}).json() == first
    place = f"/o/cqm/accreditations/{made}"
    assert "validUntil" in college.client.get(place).json()
    of_then = college.client.get(place, params={"versionTime": then}).json()
    assert of_then == first["verifiableCredential"][1]
    assert college.client.get("/o/cqm/accreditations?versionTime=2020-01-01T00:00:00Z").status_code == 404


def test_a_list_is_signed_anew_before_it_goes_stale(college: College) -> None:
    college.accredit()
    first = college.client.get("/o/cqm/accreditations").json()["verifiableCredential"][0]
    assert signed_list.renew(college.office) == 0
    college.clock.advance(days=5)
    assert signed_list.renew(college.office) == 1
    assert signed_list.renew(college.office) == 0
    second = college.client.get("/o/cqm/accreditations").json()["verifiableCredential"][0]
    assert second["validUntil"] > first["validUntil"]
    assert second["relatedResource"]["digestMultibase"] == first["relatedResource"]["digestMultibase"]
    chain.check(index(college, "cqm"))


def test_what_was_signed_before_there_was_a_history_is_listed_too(college: College) -> None:
    college.accredit()
    before = college.client.get("/o/cqm/accreditations").json()["verifiableCredential"]
    with college.office.database.unit() as session:
        for one in session.exec(select(Recognition)):
            one.digest = ""
            session.add(one)
        for table in (PublishedVersion, HistoryHead):
            for row in session.exec(select(table)):
                session.delete(row)
    catch_up(college.office)
    catch_up(college.office)
    after = college.client.get("/o/cqm/accreditations").json()["verifiableCredential"]
    assert after[1:] == before[1:]
    assert after[0]["relatedResource"]["digestMultibase"] == before[0]["relatedResource"]["digestMultibase"]
    chain.check(index(college, "cqm"))


# --- the chain ---


def test_the_chain_of_an_authority_holds_and_goes_on(college: College) -> None:
    made = college.accredit()
    early = index(college, "cqm")
    chain.check(early)
    college.clock.advance(days=1)
    accreditation.suspend(college.office, college.authority, made, reason="Enquête", at=college.clock(), actor=ACTOR)
    late = index(college, "cqm")
    chain.check(late, known=Head(early[-1].sequence, early[-1].hash))
    assert [one.kind for one in late] == [
        "did-document",
        *("recognition", "signed-list"),
        *("recognition", "signed-list"),
    ]


def test_D_CLK_time_never_goes_back_in_a_chain(college: College) -> None:
    college.clock.advance(hours=-1)
    rotate(college, college.organisation)
    versions = index(college)
    chain.check(versions)
    assert versions[0].published == versions[1].published


def test_two_writers_of_one_chain_take_turns(tmp_path: Path, database_url: str) -> None:
    college = College.open(tmp_path, learners=0, database_url=database_url)
    made = [college.accredit(number) for number in ("A-1", "A-2", "A-3")]

    def withdraw(one: str) -> None:
        accreditation.withdraw(college.office, college.authority, one, reason="Fin", at=college.clock(), actor=ACTOR)

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(withdraw, made))
    chain.check(index(college, "cqm"))
    listed = college.client.get("/o/cqm/accreditations").json()["verifiableCredential"][1:]
    reasons = [one["credentialSubject"]["recognizedTo"]["endReason"] for one in listed]
    assert reasons == ["withdrawn"] * 3, "no decision is missing from the last list"


# --- pages ---


def test_the_page_shows_what_was_published_and_the_end_of_the_chain(college: College) -> None:
    college.accredit()
    end = index(college, "cqm")[-1]
    page = college.visit().look("/fr/o/cqm/history")
    assert page.status_code == 200
    assert f"{end.sequence}:{end.hash}" in page.text
    assert "Liste signée des accréditations" in page.text
    assert college.visit().look("/en/o/cqm/history?before=2").text.count('scope="row"') == 1
    assert college.visit().look("/en/o/nowhere/history").status_code == 404


# --- did:webvh ---


@pytest.fixture
def historic(college: College) -> Organisation:
    with college.office.database.unit() as session:
        return organisations.create(
            college.office,
            session,
            slug="memoire",
            kind=OrganisationKind.AUTHORITY,
            name_fr="Autorité de la Mémoire",
            name_en="Memory Authority",
            territory="CA-QC",
            verifiable_history=True,
        )


def test_an_organisation_may_have_an_identifier_with_a_history(college: College, historic: Organisation) -> None:
    answer = college.client.get("/o/memoire/did.jsonl")
    assert answer.headers["content-type"].startswith("text/jsonl")
    past = did_webvh.read(historic.did, answer.content, now=college.clock())
    assert past.newest().parameters.rotates_in_advance
    assert not past.newest().parameters.portable
    web = college.client.get("/o/memoire/did.json").json()
    assert web["id"] == "did:web:localhost%3A8001:o:memoire"
    assert (web["alsoKnownAs"], past.newest().state["alsoKnownAs"]) == ([historic.did], [web["id"]])
    assert college.client.get("/o/riviere/did.jsonl").status_code == 404


def test_each_rotation_adds_a_line_and_no_line_changes(college: College, historic: Organisation) -> None:
    first = college.client.get("/o/memoire/did.jsonl").content
    for use in (KeyUse.CREDENTIAL, KeyUse.CREDENTIAL, KeyUse.STATUS):
        rotate(college, historic, use)
    log = college.client.get("/o/memoire/did.jsonl").content
    assert log.startswith(first)
    assert [one.number for one in did_webvh.read(historic.did, log, now=college.clock()).versions] == [1, 2, 3, 4]
    chain.check(index(college, "memoire"))


def test_D_CLK_a_log_goes_on_when_the_clock_was_set_back(college: College, historic: Organisation) -> None:
    rotate(college, historic)
    college.clock.advance(days=-1)
    rotate(college, historic)
    college.clock.advance(days=1)
    log = college.client.get("/o/memoire/did.jsonl").content
    assert did_webvh.read(historic.did, log, now=college.clock()).newest().number == 3


def test_what_it_signs_verifies_by_its_log_alone(college: College, historic: Organisation) -> None:
    college.authority = historic
    college.accredit()
    listed, recognition = college.client.get("/o/memoire/accreditations").json()["verifiableCredential"]
    college.clock.advance(days=1)
    rotate(college, historic)
    for policy in (PUBLIC, replace(PUBLIC, keys_as_of_signing=True)):
        asked = Addresses(college.client)
        for document in (listed, recognition):
            report = verify_credential(
                document,
                anchors=Anchors.none(),
                policy=policy,
                accepted_suites=frozenset(SUITES),
                fetcher=asked,
                now=college.clock(),
            )
            assert report.verified, report.findings
        assert not [url for url in asked.asked if url.endswith("did.json")]


def test_a_credential_accredited_by_such_an_authority_is_recognised(college: College, historic: Organisation) -> None:
    college.authority = historic
    college.accredit()
    [outcome] = college.issue()
    report = college.verify(college.document(outcome))
    assert report["accreditation"].answer.value == "passed", report.findings


def test_an_institution_with_a_history_issues(tmp_path: Path) -> None:
    college = College.open(tmp_path, learners=2)
    with college.office.database.unit() as session:
        organisation = organisations.get(session, college.organisation.id)
        document = organisations.did_document(college.office, session, organisation)
        placeholder = did_webvh.placeholder_did("https://localhost:8001/o/riviere")
        written = json.loads(json.dumps(document).replace(organisation.did, placeholder))
        identifier_log.begin(college.office, session, organisation, {**written, "alsoKnownAs": [organisation.did]})
        college.organisation = organisation
    college.accredit()
    for outcome in college.issue():
        report = college.verify(college.document(outcome))
        assert report["accreditation"].answer.value == "passed", report.findings


def test_K_USE_1_the_keys_of_the_log_sign_nothing_else(college: College, historic: Organisation) -> None:
    past = did_webvh.read(historic.did, college.client.get("/o/memoire/did.jsonl").content, now=college.clock())
    document = json.dumps(dict(past.newest().state))
    assert all(key not in document for key in past.newest().parameters.update_keys)


def test_everything_published_has_its_version(college: College, historic: Organisation) -> None:
    with college.office.database.reading() as session:
        organisation = organisations.get(session, historic.id)
        kinds = [one.kind for one in history.versions(session, organisation)]
    assert kinds == [PublishedKind.DID_LOG, PublishedKind.DID_DOCUMENT]
