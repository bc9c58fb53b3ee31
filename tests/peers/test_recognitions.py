"""Recognitions verify with somebody else's library as ordinary VCDM 2.0 credentials: it knows nothing of ours.

Issue 4, "What it must show", item 3.
"""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

import contexts
from tests.node import Peer
from tests.peers.college import vocabulary
from tests.world import World
from vc import recognition
from vc.recognition import Conditions, tags


@pytest.fixture
def world() -> World:
    """A chain of three, at the hour of the machine: the library looks at its own clock."""
    return World.of_chain(now=datetime.now(UTC).replace(microsecond=0))


def on_the_web(world: World) -> dict[str, Any]:
    """What the world serves, for a library that asks for a DID by its name."""
    parties = {one.did: world.did_document(one) for one in world.organisations.values()}
    lists = {url: json.loads(page()) for url, page in world.net.pages.items() if "/status/" in url}
    return vocabulary() | parties | lists | {contexts.RECOGNITION_V1: contexts.load(contexts.RECOGNITION_V1)}


def test_every_link_of_a_chain_verifies_there(peer: Peer, world: World) -> None:
    published = world.everything_published()
    assert [one["credentialSubject"]["recognizedTo"]["action"] for one in published].count("recognize") == 2
    for document in published:
        assert peer("verify-credential", credential=document, documents=on_the_web(world)) == {
            "verified": True,
            "errors": [],
        }


def test_one_that_names_the_one_above_verifies_there(peer: Peer, world: World) -> None:
    above = world.authority.recognitions[0]["id"]
    document = world.accredit(recognised_in=(above,), track="trainers", territory="CA-QC", publish=False)
    assert document["issuer"]["recognizedIn"][0]["id"] == above
    assert peer("verify-credential", credential=document, documents=on_the_web(world))["verified"]


def test_a_limit_changed_after_signing_is_refused_there(peer: Peer, world: World) -> None:
    (document,) = world.organisation("Council").recognitions
    document["credentialSubject"]["recognizedTo"]["maxDepth"] = 9
    assert not peer("verify-credential", credential=document, documents=on_the_web(world))["verified"]


def test_withdrawn_there_too(peer: Peer, world: World) -> None:
    (original,) = world.authority.recognitions
    world.withdraw_accreditation(of="Talent committee", at="2026-11-01")
    answer = peer("verify-credential", credential=original, documents=on_the_web(world))
    assert not answer["verified"]
    assert any("revocation" in error for error in answer["errors"])


def test_a_learners_credential_of_a_recognised_training_has_two_contexts_and_verifies_there(
    peer: Peer, world: World
) -> None:
    credential = world.issue(tags=tags(Conditions(("CA-QC",), streams=("upskilling",))))
    assert credential["@context"] == [contexts.CREDENTIALS_V2, contexts.OPEN_BADGES_V3]
    assert recognition.stated_by(credential).streams == ("upskilling",)
    assert peer("verify-credential", credential=credential, documents=on_the_web(world))["verified"]
