"""The accreditation answer on the verdict page, in the API and in the terminal: the same for each authority."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.vc.test_clr import record
from tests.vc.test_endorsement import achievement_id, badge_with, signed
from tests.verifier.conftest import Counter, counter_for
from tests.world import World


@pytest.fixture
def chain(tmp_path: Path) -> Counter:
    """A verifier that trusts the ministry, two steps above the committee that accredited the training."""
    return counter_for(World.of_chain(), tmp_path)


def standings(counter: Counter, document: object) -> list[tuple[str, str, str]]:
    told = counter.credential(document)["accreditation"]["authorities"]
    return [(one["names"]["en"], one["asOfCompletion"]["standing"], one["today"]["standing"]) for one in told]


def test_recognised_then_and_now(counter: Counter) -> None:
    document = counter.world.issue()
    assert standings(counter, document) == [("Talent committee", "recognised", "recognised")]
    page = counter.page(json.dumps(document))
    assert "Accreditation, then and now" in page
    assert page.count("The accreditation by Talent committee was in force on") == 2


@pytest.mark.parametrize(("language", "word"), [("en", "Withdrawn"), ("fr", "Retirée")])
def test_withdrawn_since_says_when(counter: Counter, language: str, word: str) -> None:
    document = counter.world.issue()
    counter.world.withdraw_accreditation(at="2026-11-01")
    assert standings(counter, document) == [("Talent committee", "recognised", "withdrawn")]
    page = counter.page(json.dumps(document), language=language)
    assert word in page
    told = counter.credential(document)["accreditation"]["authorities"][0]
    assert told["ended"].startswith("2026-11-01")
    assert told["path"][0]["endReason"] == "withdrawn"


def test_an_authority_that_never_had_to_do_with_it_is_counted_and_not_listed(tmp_path: Path) -> None:
    world = World()
    world.anchors = world.trusting("Talent committee", "Elsewhere")
    counter = counter_for(world, tmp_path)
    document = world.issue()
    assert ("Elsewhere", "never", "never") in standings(counter, document)
    page = counter.page(json.dumps(document))
    assert "1 other authority that you trust never accredited it." in page
    only = counter.page(json.dumps(world.issue("Unheard of")))
    assert "Training not accredited" in only


def test_the_chain_is_told_link_by_link(chain: Counter) -> None:
    document = chain.world.issue()
    [told] = chain.credential(document)["accreditation"]["authorities"]
    assert [link["action"] for link in told["path"]] == ["recognize", "recognize", "issue"]
    page = chain.page(json.dumps(document))
    for name in ("Ministry", "Council", "Talent committee", "Northern College"):
        assert name in page
    assert "How we know" in page


def test_nobody_trusted_is_no_matrix(tmp_path: Path) -> None:
    world = World()
    world.anchors = world.trusting()
    counter = counter_for(world, tmp_path)
    assert "Accreditation, then and now" not in counter.page(json.dumps(world.issue()))
    assert counter.credential(world.issue())["accreditation"]["authorities"] == []


def test_what_was_altered_tells_no_accreditation(counter: Counter) -> None:
    document = {**counter.world.issue(), "name": "Another"}
    assert counter.credential(document)["accreditation"] is None
    assert "Accreditation, then and now" not in counter.page(json.dumps(document))


def test_an_endorsement_stands_apart(counter: Counter) -> None:
    world = counter.world
    holds = badge_with(world, signed(world, achievement_id(world)))
    page = counter.page(json.dumps(holds))
    assert "Chamber of commerce" in page
    assert "We hire people who hold this." in page
    assert [one["verified"] for one in counter.credential(holds)["endorsements"]] == [True]
    forged = badge_with(world, {**signed(world, achievement_id(world)), "name": "Changed"})
    page = counter.page(json.dumps(forged))
    assert "An endorsement in it does not hold" in page
    assert "We hire people" not in page.partition("What this verdict says")[0].partition("Endorsements</h2>")[2]


def test_a_learner_record_is_accredited_as_its_whole_is(counter: Counter) -> None:
    world = counter.world
    document = record(world, world.issue("Data analysis 101"), world.issue("Stage one"))
    answer = counter.credential(document)
    assert answer["verdict"] == "valid"
    page = counter.page(json.dumps(document))
    assert "What this record holds" in page
    assert "Stage one" in page


def test_only_who_teaches_the_whole_says_what_is_a_part_of_it(counter: Counter) -> None:
    world = counter.world
    draft = {k: v for k, v in record(world, world.issue(), world.issue("Stage one")).items() if k != "proof"}
    stranger = world.organisation("Southern College")
    status = world.status_entries(stranger, "revocation")
    theirs = {**draft, "issuer": {**draft["issuer"], "id": stranger.did}, "credentialStatus": status}
    answer = counter.credential(world.sign(theirs, issuer="Southern College"))
    assert answer["results"]["accreditation"] == "failed"
