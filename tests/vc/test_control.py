"""Proof of control: an answer is good for one identifier, one asker, one question, in its time (P-RPL-1, P-RPL-2)."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from keys import dids
from tests.world import NOW, World, key_for
from vc import control, errors
from vc.control import ProvenControl, Question
from vc.proofs import data_integrity

ACCEPTED = frozenset({control.SUITE})
CHALLENGE = "b3Blbi1zZXNhbWUtZm9yLXRlc3Rz"


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def question(world: World) -> Question:
    return Question(world.institution.did, "https://authority.example", CHALLENGE, NOW + timedelta(minutes=30))


def answered(world: World, question: Question) -> dict[str, Any]:
    signer = world.institution
    return control.answer(
        question, signer=signer.key, verification_method=signer.verification_method, created=world.now
    )


def checked(world: World, question: Question, answer: Any) -> ProvenControl:
    return control.check(
        answer,
        question=question,
        accepted_suites=ACCEPTED,
        resolver=lambda did: dids.resolve(did, fetcher=world.net),
        now=world.now,
    )


def test_the_holder_of_the_key_proves_control(world: World, question: Question) -> None:
    asked = Question.read(json.dumps(question.as_json()))
    assert asked == question
    proven = checked(world, question, json.dumps(answered(world, asked)))
    assert proven == ProvenControl(world.institution.did, world.institution.verification_method)


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"challenge": CHALLENGE + "x"}, errors.InvalidChallengeError),
        ({"domain": "https://authority.example.evil.example"}, errors.InvalidDomainError),
        ({"domain": "https://authority.example:8443"}, errors.InvalidDomainError),
        ({"did": "did:web:other.example"}, errors.MalformedValueError),
    ],
)
def test_an_answer_to_another_question(
    world: World, question: Question, changes: dict[str, Any], error: type[errors.VcError]
) -> None:
    """P-RPL-1, P-RPL-2: signed soundly, for somebody else's question."""
    other = answered(world, replace(question, **changes))
    with pytest.raises(error):
        checked(world, question, other)


def test_a_stranger_names_the_holder(world: World, question: Question) -> None:
    """V-ISS-1: the holder's name, another's key."""
    stranger = world.organisation("Elsewhere College")
    forged = control.answer(
        question, signer=stranger.key, verification_method=stranger.verification_method, created=NOW
    )
    with pytest.raises(errors.ForeignKey):
        checked(world, question, forged)


def test_another_key_under_the_holders_address(world: World, question: Question) -> None:
    forged = control.answer(
        question,
        signer=key_for("a key of nobody"),
        verification_method=world.institution.verification_method,
        created=NOW,
    )
    with pytest.raises(errors.CryptographicSecurityError):
        checked(world, question, forged)


def test_a_key_for_credentials_only(world: World, question: Question) -> None:
    """V-PRF-2, K-USE-1: what signs credentials does not answer for the organisation."""
    answer = answered(world, question)
    document = world.did_document(world.institution, purposes=("assertionMethod",))
    world.net.serve(f"{world.institution.origin}/.well-known/did.json", document)
    with pytest.raises(errors.InvalidRelationshipError):
        checked(world, question, answer)


def test_a_proof_for_another_purpose(world: World, question: Question) -> None:
    signed = world.institution.sign(
        {
            "@context": ["https://www.w3.org/ns/credentials/v2"],
            "type": ["VerifiablePresentation"],
            "holder": question.did,
        },
        created=NOW,
        challenge=question.challenge,
        domain=question.domain,
    )
    with pytest.raises(errors.InvalidRelationshipError):
        checked(world, question, signed)


def test_too_late(world: World, question: Question) -> None:
    answer = answered(world, question)
    world.now = question.expires + timedelta(seconds=1)
    with pytest.raises(control.QuestionLapsed):
        checked(world, question, answer)
    with pytest.raises(control.QuestionLapsed):
        answered(world, question)


def test_the_identifier_cannot_be_looked_up(world: World, question: Question) -> None:
    answer = answered(world, question)
    world.unreachable("northern-college")
    with pytest.raises(errors.ControllerNotReached):
        checked(world, question, answer)


@pytest.mark.parametrize(
    "change",
    [
        {"holder": "did:web:other.example"},
        {"holder": None},
        {"type": ["VerifiableCredential"]},
        {"verifiableCredential": [{"type": ["VerifiableCredential"]}]},
        {"@context": ["https://elsewhere.example/v1"]},
        {"proof": []},
        {"proof": None},
    ],
)
def test_something_else_than_an_answer(world: World, question: Question, change: dict[str, Any]) -> None:
    """Refused, whatever it is; and no address is asked for what is refused by its looks."""
    merged = {**answered(world, question), **change}
    with pytest.raises(errors.VcError):
        checked(world, question, {name: value for name, value in merged.items() if value is not None})
    assert world.net.requests == []


def test_two_proofs(world: World, question: Question) -> None:
    """V-PRF-5: a good proof for this question beside one for another."""
    answer = answered(world, question)
    with pytest.raises(errors.LimitExceeded):
        checked(world, question, {**answer, "proof": [answer["proof"], answer["proof"]]})


@pytest.mark.parametrize(
    "change",
    [
        {"domain": "https://authority.example/path"},
        {"domain": "https://authority.example@evil.example"},
        {"domain": "http://authority.example"},
        {"domain": "https://autorité.example"},
        {"domain": "authority.example"},
        {"domain": ["https://authority.example"]},
        {"challenge": "short"},
        {"challenge": None},
        {"expires": "tomorrow"},
        {"expires": "2026-11-22T12:00:00"},
        {"query": []},
        {"query": [{"type": "QueryByExample"}]},
        {"query": [{"type": "DIDAuthentication"}, {"type": "QueryByExample"}]},
        {"query": [{"type": "DIDAuthentication", "did": "https://college.example"}]},
    ],
)
def test_a_question_that_nobody_should_answer(question: Question, change: dict[str, Any]) -> None:
    with pytest.raises(errors.VcError):
        Question.read(json.dumps({**question.as_json(), **change}))


def test_the_answer_is_an_ordinary_presentation(world: World, question: Question) -> None:
    proven = data_integrity.verify(
        answered(world, question),
        accepted_suites=ACCEPTED,
        purpose="authentication",
        controller=world.institution.did,
        resolver=lambda did: dids.resolve(did, fetcher=world.net),
        now=NOW,
    )
    assert proven.controller == world.institution.did
