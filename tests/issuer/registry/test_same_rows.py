"""Every public form of the register says the same after each act: they are worked out from the same rows."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from defusedxml import ElementTree
from sqlmodel import select

from issuer.accreditation import service as accreditation
from issuer.accreditation.models import Recognition
from tests.issuer.college import ACTOR, Addresses, College
from vc.canonical import jcs
from vc.policy import PUBLIC, Anchors, Authority
from vc.proofs import SUITES
from vc.recognition import digest_multibase
from vc.times import parse
from vc.verify import verify_credential

NUMBER = "CQM-2025-0118"
WORDS = {
    "Accredited": "in_force",
    "Suspended": "suspended",
    "Withdrawn": "withdrawn",
    "Expired": "expired",
    "From a later date": "upcoming",
}
AFTER = {
    "accredited": "in_force",
    "reinstated": "in_force",
    "suspended": "suspended",
    "withdrawn": "withdrawn",
    "expired": "expired",
}


@pytest.fixture
def college(tmp_path: Path) -> College:
    return College.open(tmp_path, learners=1)


def in_the_page(college: College, query: str = "") -> str:
    page = college.visit().look(f"/en/o/cqm/accreditations{query}").text
    assert NUMBER in page
    row = page.partition('class="results"')[2]
    return WORDS[next(word for word in WORDS if f"</svg>{word}</span>" in row)]


def in_its_own_page(college: College) -> str:
    page = college.visit().look(f"/en/o/cqm/accreditations/{college_accreditation(college)}").text
    return WORDS[next(word for word in WORDS if f"</svg>{word}</span>" in page)]


def college_accreditation(college: College) -> str:
    with college.office.database.reading() as session:
        return session.exec(select(Recognition.accreditation_id)).first() or ""


def in_the_table(college: College) -> str:
    text = college.client.get("/o/cqm/registry/accreditations.csv?lang=en").content.decode("utf-8-sig")
    [row] = csv.DictReader(io.StringIO(text), delimiter=";")
    return WORDS[row["State"]]


def in_the_json_feed(college: College) -> str:
    newest = college.client.get("/registry/decisions.json?lang=en").json()["items"][0]["_decision"]
    assert newest["number"] == NUMBER
    return AFTER[newest["act"]]


def in_rss(college: College) -> str:
    feed = ElementTree.fromstring(college.client.get("/o/cqm/registry/decisions.rss?lang=en").content)
    title = feed.findtext("channel/item/title") or ""
    return AFTER[title.partition(" ")[0].lower()]


def in_the_signed_list(college: College) -> str:
    listed = college.client.get("/o/cqm/accreditations").json()["verifiableCredential"][1:]
    newest = max(listed, key=lambda one: one["validFrom"])
    reason = newest["credentialSubject"]["recognizedTo"].get("endReason")
    if reason is not None:
        return str(reason)
    return "expired" if parse(newest["validUntil"], path="/validUntil") < college.clock() else "in_force"


def among_the_issuers(college: College) -> bool:
    answer = college.client.get("/registry/issuers.json").json()
    assert set(answer["meta"]) == {"created", "updated"}
    return college.organisation.did in answer["registry"]


FORMS: dict[str, Callable[[College], str]] = {
    "page": in_the_page,
    "own page": in_its_own_page,
    "table": in_the_table,
    "JSON feed": in_the_json_feed,
    "RSS": in_rss,
    "signed list": in_the_signed_list,
}


def everywhere(college: College) -> str:
    said = {name: form(college) for name, form in FORMS.items()}
    assert len(set(said.values())) == 1, said
    [standing] = set(said.values())
    assert among_the_issuers(college) is (standing == "in_force")
    return standing


def test_every_form_follows_every_act(college: College) -> None:
    made = college.accredit()
    assert everywhere(college) == "in_force"
    acts = (
        (accreditation.suspend, "suspended"),
        (accreditation.reinstate, "in_force"),
        (accreditation.withdraw, "withdrawn"),
    )
    for act, standing in acts:
        college.clock.advance(days=10)
        act(college.office, college.authority, made, reason="Vérification", at=today(college), actor=ACTOR)
        assert everywhere(college) == standing


def test_every_form_knows_when_the_end_has_come(college: College) -> None:
    college.accredit()
    college.clock.set(datetime(2030, 9, 1, 9, tzinfo=UTC))
    assert everywhere(college) == "expired"


def today(college: College) -> datetime:
    return college.clock().replace(hour=0, minute=0, second=0, microsecond=0)


# --- the signed list ---


def check_list(college: College) -> Mapping[str, Any]:
    """The list as a verifier checks it: its own signature, and the digest of every edition that comes with it."""
    listed, *editions = college.client.get("/o/cqm/accreditations").json()["verifiableCredential"]
    report = verify_credential(
        listed,
        anchors=Anchors.of(Authority(college.authority.did, {"fr": "Commission"}, "CA-QC")),
        policy=PUBLIC,
        accepted_suites=frozenset(SUITES),
        fetcher=Addresses(college.client),
        now=college.clock(),
    )
    assert report.verified, report.findings
    resource = listed["relatedResource"]
    served = college.client.get(resource["id"].removeprefix("https://localhost:8001")).content
    assert digest_multibase(served) == resource["digestMultibase"]
    assert json.loads(served) == [digest_multibase(jcs.canonicalize(one)) for one in editions]
    return dict(listed)


def test_the_list_is_one_document_to_hold(college: College) -> None:
    made = college.accredit()
    first = check_list(college)
    assert parse(first["validUntil"], path="/validUntil") - college.clock() < timedelta(days=8)
    college.clock.advance(hours=1)
    accreditation.suspend(college.office, college.authority, made, reason="Enquête", at=today(college), actor=ACTOR)
    accreditation.reinstate(college.office, college.authority, made, reason="Fin", at=today(college), actor=ACTOR)
    second = check_list(college)
    assert first["relatedResource"] != second["relatedResource"]
    carried = college.client.get("/o/cqm/accreditations").json()["verifiableCredential"]
    assert len(carried) == 3, "the list, the closed recognition, and the one that followed"
    again = college.client.get(first["relatedResource"]["id"].removeprefix("https://localhost:8001"))
    assert digest_multibase(again.content) == first["relatedResource"]["digestMultibase"], "what was listed stays"
