"""Prepare, then sign: what an issuer must not sign is found before a key is touched (I-LNT-1)."""

from __future__ import annotations

from typing import Any

import pytest

from keys.multibase import encode_base58
from tests.world import World
from vc import lint as linting
from vc.findings import Answer
from vc.lint import DraftRefused, blocking, checked, lint


@pytest.fixture
def world() -> World:
    return World()


def codes(world: World, draft: dict[str, Any], **options: Any) -> set[str]:
    return {finding.code for finding in blocking(lint(draft, issuer=world.institution.did, **options))}


def test_a_good_draft_has_no_findings(world: World) -> None:
    assert lint(world.draft(), issuer=world.institution.did) == ()


def test_what_passes_is_what_verifies(world: World) -> None:
    draft = checked(world.draft(), issuer=world.institution.did)
    signed = world.sign(draft)
    assert {n: v for n, v in signed.items() if n != "proof"} == draft
    assert world.verify(signed).verified


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"bonus": 1}, "data_would_be_lost"),
        ({"validFrom": "2026-10-16T00:00:00"}, "malformed"),
        ({"validFrom": "2027-10-16T00:00:00Z", "validUntil": "2026-01-01T00:00:00Z"}, "malformed"),
        ({"validFrom": None}, "missing_member"),
        ({"id": None}, "missing_member"),
        ({"credentialStatus": None}, "missing_status"),
        ({"credentialStatus": [{"type": "BitstringStatusListEntry"}]}, "status_entry_refused"),
        ({"issuer": "did:web:other.example"}, "wrong_issuer"),
        ({"issuer": "Northern College"}, "malformed"),
        ({"@context": ["https://www.w3.org/ns/credentials/v2"]}, "other_contexts"),
        ({"@context": ["https://www.w3.org/ns/credentials/v2", "https://x.example/"]}, "context_not_known"),
        ({"name": "x" * 5001}, "text_too_long"),
        ({"name": "Ame\u0301lie"}, "text_not_clean"),
        ({"name": "bell\u0007"}, "text_not_clean"),
        ({"proof": {"type": "DataIntegrityProof"}}, "already_signed"),
        ({"type": ["VerifiableCredential", "NoSuchType"]}, "data_would_be_lost"),
        ({"evidence": []}, "malformed"),
        ({"name": float("nan")}, "cannot_be_read"),
    ],
    ids=lambda value: str(value)[:50],
)
def test_I_LNT_1_template_and_data_errors_are_found(world: World, changes: dict[str, Any], code: str) -> None:
    draft = {n: v for n, v in {**world.draft(), **changes}.items() if v is not None}
    assert code in codes(world, draft)
    with pytest.raises(DraftRefused) as refused:
        checked(draft, issuer=world.institution.did)
    assert refused.value.findings


@pytest.mark.parametrize("member", ["id", "type", "name", "description", "criteria"])
def test_I_LNT_1_open_badges_own_requirements(world: World, member: str) -> None:
    draft = world.draft()
    del draft["credentialSubject"]["achievement"][member]
    assert codes(world, draft)


def test_I_LNT_1_a_result_points_at_its_description(world: World) -> None:
    draft = world.draft()
    draft["credentialSubject"]["result"] = [{"type": "Result", "resultDescription": "urn:x:1", "value": "87"}]
    assert codes(world, draft) == {"result_without_description"}


def test_one_identifier_is_described_in_one_place(world: World) -> None:
    draft = world.draft()
    draft["credentialSubject"]["achievement"]["creator"] = dict(draft["issuer"])
    assert codes(world, draft) == {"described_twice"}
    draft["credentialSubject"]["achievement"]["creator"] = {"id": draft["issuer"]["id"]}
    assert not codes(world, draft)


def test_a_subject_without_identifier_is_not_issued(world: World) -> None:
    draft = world.draft()
    del draft["credentialSubject"]["id"]
    assert codes(world, draft) == {"missing_member"}


def test_mixed_alphabets_are_a_remark(world: World) -> None:
    findings = lint(world.draft(name="Сollege"), issuer=world.institution.did)
    assert [finding.answer for finding in findings] == [Answer.PASSED]
    assert not blocking(findings)


def test_status_may_be_left_out_where_the_caller_says_so(world: World) -> None:
    assert not codes(world, world.draft(status=False), required_status=frozenset())


def test_findings_have_sentences(world: World) -> None:
    finding = linting.MissingStatus("revocation")
    assert finding.sentence == "There is no status entry for revocation."
    assert encode_base58(b"\x01") not in finding.sentence
