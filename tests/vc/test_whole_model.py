"""Open Badges' whole model in one badge: every member has a meaning, is covered by the proof, and survives."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.world import COMPLETED, NOW, World, moment
from vc import achievement, endorsement
from vc.achievement import Evidence, Related, Result, ResultDescription, RubricLevel
from vc.findings import Endorsed, Verdict
from vc.recognition import digest_multibase

PICTURE = b"\x89PNG\r\n\x1a\n not really"


def whole_badge(world: World) -> dict[str, Any]:
    college, chamber = world.institution, world.organisation("Chamber of commerce")
    programme = world.programme("Data analysis 101")
    rubric, percent = f"{programme.id}/results/rubric", f"{programme.id}/results/percent"
    levels = tuple(RubricLevel(f"{rubric}/{n}", f"Level {n}", f"What level {n} is", str(n), f"{n}0") for n in (1, 2))
    opinion = endorsement.endorsement_credential(
        credential_id=f"{chamber.origin}/endorsements/1",
        endorser=chamber.did,
        endorser_name=chamber.name,
        endorsed=programme.id,
        comment="We hire people who hold this.",
        name="Endorsement",
        valid_from=NOW - timedelta(days=9),
    )
    programme = replace(
        programme,
        result_descriptions=(
            ResultDescription(rubric, "Rubric", "RubricCriterionLevel", levels=levels, required_level=levels[0].id),
            ResultDescription(percent, "Mark", "Percent", value_min="0", value_max="100", required_value="60"),
        ),
        related=(Related("https://northern-college.example/programmes/old", "en", "1.0"),),
        image_url="https://northern-college.example/badge.png",
        image_digest=digest_multibase(PICTURE),
        endorsements=(world.sign(opinion, issuer="Chamber of commerce"),),
        tags=("data", "python"),
        human_code="DA-101",
        version="2",
    )
    draft = achievement.open_badge(
        credential_id=f"{college.origin}/credentials/whole",
        issuer=college.did,
        issuer_name=college.name,
        subject=world.learner().did,
        achievement=programme,
        names={"en": "Data analysis", "fr": "Analyse de données"},
        completed=moment(COMPLETED),
        valid_from=moment(COMPLETED),
        results=(Result(rubric, achieved_level=levels[1].id), Result(percent, value="92", status="Completed")),
        credits_earned=45,
        evidence=(
            Evidence("Project", "https://git.example/mira/project", "A report", "Cleaned the data", "code", "all"),
        ),
        status=world.status_entries(college, "revocation"),
    )
    return world.sign(draft)


@pytest.fixture
def world() -> World:
    return World()


def test_the_whole_model_verifies_with_its_endorsement(world: World) -> None:
    report = world.verify(whole_badge(world))
    assert report.verdict is Verdict.VALID
    assert any(isinstance(finding, Endorsed) for finding in report.findings)


@pytest.mark.parametrize(
    "path",
    [
        ("evidence", 0, "narrative"),
        ("relatedResource", 0, "digestMultibase"),
        ("credentialSubject", "result", 0, "achievedLevel"),
        ("credentialSubject", "result", 1, "value"),
        ("credentialSubject", "achievement", "resultDescription", 0, "rubricCriterionLevel", 1, "points"),
        ("credentialSubject", "achievement", "resultDescription", 0, "requiredLevel"),
        ("credentialSubject", "achievement", "related", 0, "version"),
        ("credentialSubject", "achievement", "endorsement", 0, "credentialSubject", "endorsementComment"),
    ],
    ids=str,
)
def test_V_TAM_1_every_corner_of_it_is_covered(world: World, path: tuple[str | int, ...]) -> None:
    badge = whole_badge(world)
    place: Any = badge
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = digest_multibase(b"another") if path[-1] == "digestMultibase" else f"{place[path[-1]]}0"
    assert not world.verify(badge).verified
