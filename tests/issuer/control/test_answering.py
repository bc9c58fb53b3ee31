"""An administrator sees who asks, then signs; what was signed proves control to the asker and to nobody else."""

from __future__ import annotations

import html
import json
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete
from sqlmodel import col

from issuer.organisations.models import KeyUse, OrganisationKey
from issuer.staff.models import Role
from keys import dids
from tests.issuer.college import NOW, Addresses, College
from vc import control
from vc.control import Question

PAGE = "/en/office/challenge"


@pytest.fixture(scope="module")
def college(tmp_path_factory: pytest.TempPathFactory) -> College:
    return College.open(tmp_path_factory.mktemp("college"), learners=0)


def question(college: College, **changes: Any) -> Question:
    members = {
        "did": college.organisation.did,
        "domain": "https://authority.example",
        "challenge": "b3Blbi1zZXNhbWUtZm9yLXRlc3Rz",
        "expires": NOW + timedelta(minutes=30),
        **changes,
    }
    return Question(**members)


def text(asked: Question) -> str:
    return json.dumps(asked.as_json())


def test_who_asks_is_shown_then_signed(college: College) -> None:
    visit, asked = college.visit(college.organisation, role=Role.ADMINISTRATOR), question(college)
    shown = visit.send(PAGE, page=PAGE, question=text(asked))
    assert shown.status_code == 200
    assert "authority.example" in shown.text
    assert "proofValue" not in shown.text
    signed = visit.send(PAGE, page=PAGE, question=text(asked), confirmed="yes")
    found = re.search(r'<textarea id="answer"[^>]*>(.*?)</textarea>', signed.text, re.DOTALL)
    assert found
    file = visit.send(PAGE, page=PAGE, question=text(asked), confirmed="yes", as_file="yes")
    assert "attachment" in file.headers["content-disposition"]
    for answer in (html.unescape(found[1]), file.text):
        proven = control.check(
            answer,
            question=asked,
            accepted_suites=frozenset({control.SUITE}),
            resolver=lambda did: dids.resolve(did, fetcher=Addresses(college.client)),
            now=NOW,
        )
        assert "#control-" in proven.verification_method, "K-USE-1: not the key that signs credentials"


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"did": "did:web:other.example"}, "another identifier"),
        ({"expires": NOW - timedelta(seconds=1)}, "over"),
        ({"domain": "https://authority.example/path"}, "not a question"),
    ],
)
def test_questions_that_are_not_answered(college: College, changes: dict[str, Any], sentence: str) -> None:
    visit = college.visit(college.organisation, role=Role.ADMINISTRATOR)
    answer = visit.send(PAGE, page=PAGE, question=text(question(college, **changes)), confirmed="yes")
    assert answer.status_code == 422
    assert sentence in answer.text
    assert "proofValue" not in answer.text


@pytest.mark.parametrize("typed", ["", "{}", "<script>alert(1)</script>", "x" * 100_000])
def test_something_else_pasted(college: College, typed: str) -> None:
    answer = college.visit(college.organisation, role=Role.ADMINISTRATOR).send(PAGE, page=PAGE, question=typed)
    assert answer.status_code == 422
    assert "<script>alert" not in answer.text


def test_only_administrators_answer(college: College) -> None:
    assert college.visit(college.organisation, role=Role.REGISTRAR).look(PAGE).status_code == 403
    assert college.visit(college.authority, role=Role.ADMINISTRATOR).look(PAGE).status_code == 404


def test_an_organisation_from_before_gets_its_key(tmp_path: Path) -> None:
    college = College.open(tmp_path, learners=0)
    with college.office.database.unit() as session:
        session.exec(delete(OrganisationKey).where(col(OrganisationKey.use) == KeyUse.CONTROL))
    visit = college.visit(college.organisation, role=Role.ADMINISTRATOR)
    signed = visit.send(PAGE, page=PAGE, question=text(question(college)), confirmed="yes")
    assert signed.status_code == 200
    published = college.client.get("/o/riviere/did.json").json()
    assert len(published["authentication"]) == 1
    assert not set(published["authentication"]) & set(published["assertionMethod"])
