"""The record of acts speaks in sentences: one for each act that the code records, in both languages."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from issuer import audit
from issuer.accreditation.models import AccreditationState
from issuer.audit.sentences import SENTENCES, sentence
from issuer.audit.service import Entry
from issuer.staff.models import Role
from tests.issuer.college import College

PACKAGE = Path(audit.__file__).parents[1]
ACT = re.compile(r"[a-z]+(-[a-z]+)*\.[a-z]+(-[a-z]+)*")
WRITTEN_TOGETHER = {f"accreditation.{state}" for state in (*AccreditationState, "planned")} | {
    f"application.{act}"
    for act in (
        *("started", "submitted", "answered", "withdrawn", "assigned", "conflict-declared", "asked", "opinion-given"),
        *("approved", "refused", "participation-ended"),
    )
}
"""Acts whose names are put together where they are recorded."""


def recorded(file: Path) -> set[str]:
    """The names of acts that a module hands over, to `audit.record` or to a helper of its own."""
    source = file.read_text("utf-8")
    if "audit.record(" not in source:
        return set()
    texts = {
        constant.value
        for constant in ast.walk(ast.parse(source))
        if isinstance(constant, ast.Constant) and isinstance(constant.value, str)
    }
    elsewhere = (".json", ".html", ".id")
    return {
        text
        for text in texts
        if ACT.fullmatch(text) and not text.endswith(elsewhere) and not text.startswith("issuer.")
    }


def test_every_act_has_its_sentence() -> None:
    found = {act for file in PACKAGE.rglob("*.py") for act in recorded(file)} | WRITTEN_TOGETHER
    assert found - set(SENTENCES) == set(), "issuer/audit/sentences.py says what each act is"
    assert set(SENTENCES) - found == set(), "no sentence is left of an act that nothing records"


def test_the_record_page_says_who_did_what(tmp_path: Path) -> None:
    college = College.open(tmp_path, learners=3)
    college.issue(college.completions[:1])
    college.issue(college.completions[1:])
    visit = college.visit(college.organisation, role=Role.READER)
    french, english = (visit.look(f"/{lang}/office/record").text for lang in ("fr", "en"))
    assert "Solveig Clairbois a ouvert une session." in french
    assert "Solveig Clairbois signed in." in english
    assert "credential.issued" not in english
    assert "A credential issued by" in english
    assert "Several credentials issued by" in english


def test_who_is_no_person_is_named_as_a_sentence_asks() -> None:
    def english(text: str, **values: object) -> str:
        return text % values

    def told(act: str) -> str:
        return sentence(Entry(1, "", "system:demo", "", act, "", "", "", ""), {}, english)

    assert told("claim.invited") == "The service itself invited a learner to take a credential."
    assert told("credential.issued") == "A credential issued by the service itself was signed."
