"""What an institution may publish as its own: genuine, about it, for a training of its own. Nothing else."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.world import ACCEPTED, World, key_for, moment
from vc import recognition
from vc.held_recognition import HeldRecognition, RecognitionRefused, Refusal, verify
from vc.policy import PUBLIC
from vc.recognition import Standing


@pytest.fixture
def world() -> World:
    return World(accredited=False)


def held(world: World, document: Any, *programmes: str) -> HeldRecognition:
    return verify(
        document,
        institution=world.institution.did,
        programmes=programmes or (world.programme("Data analysis 101").id, world.programme("Web design").id),
        accepted_suites=ACCEPTED,
        policy=PUBLIC,
        fetcher=world.net,
        now=world.now,
    )


def refused(world: World, document: Any) -> Refusal:
    with pytest.raises(RecognitionRefused) as caught:
        held(world, document)
    return caught.value.refusal


def test_a_genuine_one(world: World) -> None:
    found = held(world, json.dumps(world.accredit(until="2027-06-30")))
    assert found.authority == world.authority.did
    assert found.names == {"fr": "Talent committee", "en": "Talent committee"}
    assert found.programme == world.programme("Data analysis 101").id
    assert (found.valid_from, found.valid_until) == (moment("2025-09-01"), moment("2027-06-30"))
    assert (found.status, found.closed) == (Standing.RECOGNISED, False)


def test_one_that_was_ended(world: World) -> None:
    original = world.accredit()
    world.withdraw_accreditation(at="2026-11-01")
    closed = world.institution.recognitions[-1]
    assert held(world, original).status is Standing.WITHDRAWN
    ended = held(world, closed)
    assert (ended.closed, ended.end_reason, ended.valid_until) == (True, "withdrawn", moment("2026-11-01"))
    assert ended.id == held(world, original).id


def test_a_status_list_that_does_not_answer_is_told(world: World) -> None:
    document = world.accredit()
    world.unreachable("status")
    found = held(world, document)
    assert found.status is Standing.NOT_CHECKED
    assert "no answer" in found.status_detail


def test_keys_that_cannot_be_had_are_no_forgery(world: World) -> None:
    document = world.accredit()
    world.unreachable("talent-committee.example/.well-known")
    assert refused(world, document) is Refusal.NOT_REACHED


def _resigned(change: Callable[[dict[str, Any]], None]) -> Callable[[World], dict[str, Any]]:
    """A recognition of the authority's own making, changed before it was signed."""

    def make(world: World) -> dict[str, Any]:
        document = {name: value for name, value in world.accredit().items() if name != "proof"}
        document = json.loads(json.dumps(document))
        change(document)
        return world.authority.sign(document, created=moment("2025-09-01"))

    return make


def _altered(change: Callable[[dict[str, Any]], None]) -> Callable[[World], dict[str, Any]]:
    """A genuine recognition, changed after it was signed."""

    def make(world: World) -> dict[str, Any]:
        document: dict[str, Any] = json.loads(json.dumps(world.accredit()))
        change(document)
        return document

    return make


def _subject(**members: Any) -> Callable[[dict[str, Any]], None]:
    return lambda document: document["credentialSubject"].update(members)


def _action(**members: Any) -> Callable[[dict[str, Any]], None]:
    return lambda document: document["credentialSubject"]["recognizedTo"].update(members)


def _schema(**members: Any) -> Callable[[dict[str, Any]], None]:
    return lambda document: document["credentialSubject"]["recognizedTo"]["outputValidation"].update(members)


def _top(**members: Any) -> Callable[[dict[str, Any]], None]:
    return lambda document: document.update(members)


def _without(name: str) -> Callable[[dict[str, Any]], None]:
    def remove(document: dict[str, Any]) -> None:
        del document[name]

    return remove


def _borrowed(world: World) -> dict[str, Any]:
    return world.accredit("Welding", of="Southern College")


def _of_somebody_elses_training(world: World) -> dict[str, Any]:
    return world.accredit("Welding")


def _signed_by_ourselves(world: World) -> dict[str, Any]:
    unsigned = {name: value for name, value in world.accredit().items() if name != "proof"}
    return world.institution.sign(unsigned, created=world.now)


def _with_the_authoritys_name_and_no_key_of_theirs(world: World) -> dict[str, Any]:
    unsigned = {name: value for name, value in world.accredit().items() if name != "proof"}
    made = world.authority.sign(unsigned, created=world.now)
    world.authority.key = key_for("somebody else's")
    return made


def _a_credential(world: World) -> dict[str, Any]:
    return world.issue()


HOSTILE: dict[str, tuple[Callable[[World], Any], Refusal]] = {
    "not JSON": (lambda _: "%PDF-1.7", Refusal.UNREADABLE),
    "nothing": (lambda _: "", Refusal.UNREADABLE),
    "a token": (lambda _: "eyJhbGciOiJub25lIn0.e30.", Refusal.UNREADABLE),
    "doubled member": (lambda _: '{"id": 1, "id": 2}', Refusal.UNREADABLE),
    "too much to read": (_altered(_top(name=[{"@value": "x", "@language": "en"}] * 700)), Refusal.UNREADABLE),
    "too many proofs": (_altered(lambda document: document.update(proof=[document["proof"]] * 50)), Refusal.UNREADABLE),
    "unknown context": (_altered(_top(**{"@context": ["https://x.example"]})), Refusal.UNREADABLE),
    "no identifier": (_resigned(_without("id")), Refusal.UNREADABLE),
    "no beginning": (_resigned(_without("validFrom")), Refusal.UNREADABLE),
    "a learner's credential": (_a_credential, Refusal.OTHER_KIND),
    "another institution's": (_borrowed, Refusal.SOMEONE_ELSES),
    "borrowed by a changed subject": (_altered(_subject(id="did:web:southern.example")), Refusal.SOMEONE_ELSES),
    "to do something else": (_resigned(_action(action="verify")), Refusal.SOMEONE_ELSES),
    "by the word of a third party": (_resigned(_action(recognizedBy="did:web:x.example")), Refusal.SOMEONE_ELSES),
    "no action": (_altered(_subject(recognizedTo=[])), Refusal.SOMEONE_ELSES),
    "a training that is not ours": (_of_somebody_elses_training, Refusal.OTHER_TRAINING),
    "no schema": (_altered(_action(outputValidation=None)), Refusal.OTHER_TRAINING),
    "a schema without digest": (_resigned(_schema(digestMultibase="")), Refusal.OTHER_TRAINING),
    "another schema's address": (_altered(_schema(id="https://x.example/schema")), Refusal.OTHER_TRAINING),
    "re-dated": (_altered(_top(validFrom="2020-01-01T00:00:00Z")), Refusal.FORGED),
    "given an end": (_altered(_top(validUntil="2099-01-01T00:00:00Z")), Refusal.FORGED),
    "territory widened": (_altered(_action(territory="CA")), Refusal.FORGED),
    "status taken away": (_altered(_without("credentialStatus")), Refusal.FORGED),
    "another authority's name": (_altered(_top(issuer="did:web:northern-college.example")), Refusal.SOMEONE_ELSES),
    "unsigned": (_altered(_without("proof")), Refusal.FORGED),
    "signed by ourselves": (_signed_by_ourselves, Refusal.FORGED),
    "a key that is not the authority's": (_with_the_authoritys_name_and_no_key_of_theirs, Refusal.FORGED),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile(world: World, name: str) -> None:
    """V-TAM-1, V-TAM-3, V-TAM-4, V-ISS-1, V-TYP-1: forged, foreign, borrowed, widened, re-dated."""
    make, expected = HOSTILE[name]
    document = make(world)
    world.net.requests.clear()
    assert refused(world, document) is expected
    if expected is not Refusal.FORGED:
        assert world.net.requests == [], "nothing is fetched for what is refused by its text (V-SSRF-3)"


def test_of_several_actions_the_one_for_our_training_counts(world: World) -> None:
    document = {name: value for name, value in world.accredit("Welding").items() if name != "proof"}
    ours = world.accredit("Web design")["credentialSubject"]["recognizedTo"]
    subject = document["credentialSubject"]
    both = {**document, "credentialSubject": {**subject, "recognizedTo": [subject["recognizedTo"], ours]}}
    found = held(world, world.authority.sign(both, created=moment("2025-09-01")))
    assert found.programme == world.programme("Web design").id


def test_the_closed_copy_of_another_recognition_is_another_recognition(world: World) -> None:
    first, second = world.accredit(), world.accredit("Web design")
    closed = world.authority.sign(
        recognition.closed(first, at=moment("2026-01-01"), reason="withdrawn"), created=world.now
    )
    assert held(world, closed).id == held(world, first).id != held(world, second).id
