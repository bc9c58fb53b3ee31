"""verify_credential: the signer is the issuer, whose own document says so."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from keys.dids import PublishedKey, did_web
from tests.reports import refused
from tests.world import NOW, World, moment
from vc.findings import Answer, Headline, Verdict
from vc.policy import PUBLIC, AllOf, IssuerAmong, TypeAmong


@pytest.mark.parametrize(
    "issuer",
    [
        "did:web:other-college.example",
        "did:web:northern-college.example.",
        "did:web:Northern-college.example",
        "did:web:northern-college.example#key",
        "https://northern-college.example",
    ],
)
def test_V_ISS_1_the_signer_is_the_issuer_byte_for_byte(world: World, issuer: str) -> None:
    draft = world.draft()
    draft["issuer"]["id"] = issuer
    report = world.verify(world.sign(draft))
    assert refused(report)
    assert report["issuer"].answer is Answer.FAILED
    assert world.net.requests == []


@pytest.mark.parametrize("issuer", ["did:web:northern-college.example ", "did:web:northern\ncollege.example", ""])
def test_V_ISS_1_what_is_no_identifier_is_nobodys(world: World, issuer: str) -> None:
    credential = world.issue()
    credential["issuer"]["id"] = issuer
    assert refused(world.verify(credential), "MALFORMED_VALUE_ERROR")


def test_V_ISS_1_one_trusted_issuer_cannot_sign_in_anothers_name(world: World) -> None:
    world.organisation("Southern College")
    draft = world.draft()
    credential = world.sign(draft, issuer="Southern College")
    report = world.verify(credential)
    assert refused(report, "INVALID_VERIFICATION_METHOD")
    assert report["issuer"].answer is Answer.FAILED
    assert world.net.requests == []


def test_V_ISS_1_trust_comes_before_any_fetch(world: World) -> None:
    policy = replace(PUBLIC, acceptance=IssuerAmong(frozenset({"did:web:other.example"})))
    assert refused(world.verify(world.issue(), policy=policy), "ISSUER_NOT_ACCEPTED")
    assert world.net.requests == []


def test_an_empty_policy_accepts_nothing_and_parts_add_up(world: World) -> None:
    credential = world.issue()
    both = AllOf((IssuerAmong(frozenset({world.institution.did})), TypeAmong(frozenset({"OpenBadgeCredential"}))))
    assert world.verify(credential, policy=replace(PUBLIC, acceptance=both)).verified
    assert refused(world.verify(credential, policy=replace(PUBLIC, acceptance=AllOf(()))))
    other = AllOf((TypeAmong(frozenset({"ClrCredential"})),))
    assert refused(world.verify(credential, policy=replace(PUBLIC, acceptance=other)))


def test_the_binding_of_issuer_and_key_has_a_switch_that_says_so(world: World) -> None:
    draft = world.draft(credentialStatus=None)
    draft["issuer"]["id"] = "https://vc.example/issuers/5678"
    credential = world.sign(draft)
    assert refused(world.verify(credential))
    report = world.verify(credential, policy=replace(PUBLIC, insecure_accept_any_signer=True))
    assert report.verified
    assert "issuer_binding_skipped" in [finding.code for finding in report.findings]


def test_V_DID_1_documents_that_are_not_the_issuers(world: World) -> None:
    college = world.institution
    url = f"{college.origin}/.well-known/did.json"
    good = world.did_document(college)
    credential = world.issue()
    other = did_web.document("did:web:other.example", methods=[PublishedKey(college.key.public)])
    pages: list[Any] = [
        other,
        {**good, "deactivated": True},
        {**good, "verificationMethod": []},
        {**good, "verificationMethod": good["verificationMethod"] * 2},
        {**good, "verificationMethod": [{**good["verificationMethod"][0], "controller": "did:web:other.example"}]},
        b"<html>",
        b'{"id": "did:web:northern-college.example", "id": "did:web:northern-college.example"}',
        world.did_document(college, revoked=moment("2026-01-01")),
        world.did_document(college, expires=moment("2026-01-01")),
    ]
    for page in pages:
        world.net.serve(url, page)
        assert refused(world.verify(credential)), page
    world.net.serve(url, world.did_document(college, revoked=NOW - timedelta(hours=1)))
    assert world.verify(credential).verdict is not Verdict.NOT_VALID, "signed before the key was ended"


def test_an_issuer_that_does_not_answer_is_no_forger(world: World) -> None:
    credential = world.issue()
    world.unreachable("did.json")
    report = world.verify(credential)
    assert refused(report, "INVALID_CONTROLLED_IDENTIFIER_DOCUMENT")
    assert report["issuer"].answer is Answer.NOT_CHECKED
    assert report.verdict is Verdict.UNDECIDED
    assert report.headline is Headline.INCOMPLETE


def test_V_TYP_1_a_presentation_is_no_credential(world: World) -> None:
    assert refused(world.verify(world.present(world.issue())), "MALFORMED_VALUE_ERROR")
