"""The Open Badges 3.0 draft of a completion."""

from __future__ import annotations

import json
from datetime import timedelta

import contexts
from tests.world import World, moment
from vc.achievement import (
    Achievement,
    Alignment,
    Result,
    ResultDescription,
    completion_date,
    in_language,
    open_badge,
    programme_of,
)
from vc.lint import lint
from vc.status import bitstring

COLLEGE = "did:web:college.example"
MARK = ResultDescription(
    "https://college.example/programmes/1#mark", "Final mark", "Percent", value_min="0", value_max="100"
)
DATA = Achievement(
    id="https://college.example/programmes/1",
    name="Analyse de données",
    description="Microcertification de 45 heures",
    criteria="Suivre 45 heures et réussir le projet final.",
    language="fr",
    criteria_url="https://college.example/programmes/1#criteria",
    alignments=(
        Alignment(
            "analyse data",
            "http://data.europa.eu/esco/skill/2b92a5b2",
            code="http://data.europa.eu/esco/skill/2b92a5b2",
            framework="ESCO v1.2",
            type="ceasn:Competency",
        ),
        Alignment("Data analysts", "https://noc.esdc.gc.ca/", code="21223", framework="NOC 2021 v1.0"),
    ),
    result_descriptions=(MARK,),
    credits_available=45,
    field_of_study="Data",
    version="2",
    human_code="DA-101",
    tags=("data", "python"),
    image_url="https://college.example/programmes/1.png",
)
BADGE = open_badge(
    credential_id="https://college.example/credentials/1",
    issuer=COLLEGE,
    issuer_name="Collège du Nord",
    issuer_url="https://college.example/",
    subject="did:key:z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2",
    achievement=DATA,
    names={"fr": "Analyse de données", "en": "Data analysis"},
    descriptions={"fr": "Réussie avec mention", "en": "Passed with distinction"},
    started=moment("2026-09-01"),
    completed=moment("2026-10-15"),
    valid_from=moment("2026-10-16") + timedelta(seconds=0.7),
    valid_until=moment("2031-10-16"),
    results=(Result(MARK.id, value="87", status="Completed"),),
    credits_earned=45,
    status=[
        bitstring.entry(list_url="https://college.example/status/1", index=4711, purpose=p)
        for p in ("revocation", "suspension")
    ],
    evidence=[{"type": ["Evidence"], "name": "Projet final", "narrative": "Noté par deux personnes"}],
)


def test_the_richest_badge_is_fit_to_be_signed() -> None:
    assert lint(BADGE, issuer=COLLEGE) == ()


def test_contexts_are_exactly_two_so_that_others_need_nothing_from_us() -> None:
    assert BADGE["@context"] == [contexts.CREDENTIALS_V2, contexts.OPEN_BADGES_V3]
    assert "skills-passport" not in json.dumps(BADGE)


def test_times_are_whole_seconds_in_utc() -> None:
    assert BADGE["validFrom"] == "2026-10-16T00:00:00Z"


def test_both_languages_stand_side_by_side_in_the_credentials_own_texts() -> None:
    assert in_language(BADGE["name"], "fr") == "Analyse de données"
    assert in_language(BADGE["name"], "en") == "Data analysis"
    assert in_language(BADGE["name"], "nl") in ("Analyse de données", "Data analysis")
    assert in_language("plain", "en") == "plain"
    assert in_language(None, "en") is None


def test_completion_is_the_end_of_the_activity_then_the_award_then_the_start() -> None:
    assert completion_date(BADGE) == moment("2026-10-15")
    subject = {n: v for n, v in BADGE["credentialSubject"].items() if n != "activityEndDate"}
    awarded = {**BADGE, "credentialSubject": subject, "awardedDate": "2026-10-17T00:00:00Z"}
    assert completion_date(awarded) == moment("2026-10-17")
    del awarded["awardedDate"]
    assert completion_date(awarded) == moment("2026-10-16")
    del awarded["validFrom"]
    assert completion_date(awarded) is None
    assert completion_date({"credentialSubject": {"activityEndDate": ["x"]}, "issuanceDate": "2020-01-01T00:00:00Z"})


def test_the_programme_is_the_achievements_identifier() -> None:
    assert programme_of(BADGE) == DATA.id
    assert programme_of({"credentialSubject": [{}, {}]}) is None
    assert programme_of({"credentialSubject": {"achievement": {"id": 7}}}) is None


def test_what_is_not_known_is_left_out() -> None:
    world = World()
    draft = world.draft()
    assert "evidence" not in draft
    assert "result" not in draft["credentialSubject"]
