"""Whatever somebody would like to count as a recognition never does (threats V-ISS-1, V-TAM-1, V-SSRF-3, V-DOS-4).

No case of `lies` may make the training recognised, on either day, whichever way the documents come.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from tests.vc.recognition.lies import (
    CASES,
    a_hundred_heavy_copies,
    accredited,
    bent,
    college_publishes,
    same,
    signed,
)
from tests.world import World, moment
from vc import recognition
from vc.findings import Answer, Report, Verdict
from vc.limits import Limits
from vc.policy import PUBLIC, Policy
from vc.recognition import Held, Source, Standing


def test_there_are_at_least_forty_cases() -> None:
    assert len(CASES) >= 40


UNHURRIED = replace(PUBLIC, limits=Limits(fetches=200))
"""So that a case holds for its own reason, and not because ten addresses were not enough."""


def verified(world: World, credential: dict[str, Any], source: Source, policy: Policy = PUBLIC) -> Report:
    match source:
        case Source.DISCOVERED:
            return world.verify(credential, policy=policy)
        case Source.STAPLED:
            return world.verify(credential, policy=policy, recognitions=world.publish_nothing())
        case Source.HELD:
            return world.verify(credential, policy=policy, held=Held(world.publish_nothing()))


@pytest.mark.parametrize("policy", [PUBLIC, UNHURRIED], ids=["usual", "unhurried"])
@pytest.mark.parametrize("source", Source)
@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_V_ISS_1_it_never_counts(case: Callable[[World], None], source: Source, policy: Policy) -> None:
    world = World.of_chain(accredited=False)
    case(world)
    report = verified(world, world.issue(), source, policy)
    (answer,) = report.recognition.answers
    assert answer.then is not Standing.RECOGNISED
    assert report.verdict in (Verdict.VALID_NOT_RECOGNISED, Verdict.UNDECIDED)
    assert report.verified, "the credential itself is genuine"
    assert not [url for url in world.net.requests if "evil" in url], "V-SSRF-3"
    assert len(world.net.requests) <= policy.limits.fetches, "V-DOS-6"


def test_V_DOS_7_the_work_of_all_recognitions_together_has_a_limit() -> None:
    world = World.of_chain(accredited=False)
    a_hundred_heavy_copies(world)
    report = verified(world, world.issue(), Source.STAPLED)
    assert report.verdict is Verdict.UNDECIDED
    assert "members under all proofs together" in report["accreditation"].findings[0].sentence


@pytest.mark.parametrize("source", Source)
def test_the_genuine_article_counts_beside_every_forgery(source: Source) -> None:
    """So that no case above holds for the wrong reason, and nobody can spoil another's recognition."""
    world = World.of_chain(accredited=False)
    forged = signed(accredited(world), world.institution, same)
    world.institution.recognitions = [
        forged,
        bent(forged, lambda d: d.pop("proof")),
        accredited(world, of="Southern College", publish=False),
        *world.institution.recognitions,
    ]
    assert verified(world, world.issue(), source).verdict is Verdict.VALID


@pytest.mark.parametrize("programme", ["Data analysis 101", "Pottery"])
def test_v_iss_1_who_was_put_out_names_nobody_in_the_ministrys_name(programme: str) -> None:
    """The committee, withdrawn by the council, calls a mill by a good name, for this training or another."""
    world = World.of_chain()
    mill = world.organisation("Diploma Mill")
    named = accredited(world, of=mill.name, since="2026-11-01", publish=False)
    mill.recognitions = [
        signed(
            named, world.authority, lambda document: document["credentialSubject"].update(name="Northern University")
        )
    ]
    report = world.verify(world.issue(programme, issuer=mill.name, completed="2026-11-10"))
    assert report.recognition.institution.name == "Northern University", "while the committee is in good standing"

    (committees,) = world.authority.recognitions
    world.revoke(committees)
    report = world.verify(world.issue(programme, issuer=mill.name, completed="2026-11-10"))
    assert report.recognition.institution is None
    assert report["issuer"].answer is Answer.NOT_CHECKED
    assert report.verdict is Verdict.UNDECIDED

    world.authority.recognitions = [
        committees,
        signed(
            recognition.closed(committees, at=moment("2026-06-01"), reason="withdrawn"),
            world.organisation("Council"),
            lambda _: None,
            created=moment("2026-06-01"),
        ),
    ]
    report = world.verify(world.issue(programme, issuer=mill.name, completed="2026-11-10"))
    assert report.recognition.institution is None
    assert report["issuer"].answer is Answer.FAILED


def test_v_iss_1_no_authority_chooses_the_name_under_which_its_word_is_shown() -> None:
    world = World.of_chain(accredited=False)
    genuine = accredited(world, publish=False)
    college_publishes(
        world,
        signed(genuine, world.authority, lambda document: document["issuer"].update(name="Ministry of Everything")),
    )
    (answer,) = world.verify(world.issue()).recognition.answers
    assert answer.then is Standing.RECOGNISED
    assert [link.by_name for link in answer.path] == ["Ministry", "Council", "Talent committee"]
