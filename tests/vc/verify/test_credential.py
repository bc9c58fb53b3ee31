"""verify_credential: what is good, when it holds, whom it is trusted from, and what it may cost."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

import contexts
from keys import KeyType
from keys.dids import did_key
from tests.reports import refused
from tests.world import NOW, Party, World, key_for, moment
from vc.findings import Answer, Headline, Tone, Verdict
from vc.limits import Limits
from vc.policy import PUBLIC, Anchors, Institution


def test_a_good_credential_passes_five_checks_and_the_sixth_is_not_asked(world: World) -> None:
    report = world.verify(world.issue())

    assert report.verified
    assert report.verdict is Verdict.VALID
    assert report.headline is Headline.VALID_HOLDER_UNCONFIRMED
    assert [check.name for check in report.checks] == [
        "integrity",
        "issuer",
        "accreditation",
        "status",
        "validity",
        "holder",
    ]
    assert [check.answer for check in report.checks] == [Answer.PASSED] * 5 + [Answer.NOT_CHECKED]
    assert report.problems == ()


@pytest.mark.parametrize(
    "form", [json.dumps, lambda c: json.dumps(c).encode(), lambda c: b"\xef\xbb\xbf" + json.dumps(c).encode()]
)
def test_text_and_bytes_are_read_like_the_parsed_document(world: World, form: Any) -> None:
    assert world.verify(form(world.issue())).verified


@pytest.mark.parametrize("key_type", [KeyType.P256, KeyType.P384])
@pytest.mark.parametrize("suite", ["ecdsa-rdfc-2019", "ecdsa-jcs-2019"])
def test_nist_keys_sign_and_verify(world: World, key_type: KeyType, suite: str) -> None:
    key = key_for("nist", key_type)
    signer = Party("nist", did_key.did_for(key.public), key, did_key.verification_method_for(key.public))
    draft = world.draft(credentialStatus=None)
    draft["issuer"]["id"] = signer.did
    assert world.verify(signer.sign(draft, created=NOW, suite=suite)).verified


def test_the_document_shown_is_what_was_signed_and_nobody_elses_object(world: World) -> None:
    credential = world.issue()
    shown = world.verify(credential).credential
    assert shown == {name: value for name, value in credential.items() if name != "proof"}
    assert shown is not credential


def test_a_version_1_1_credential_is_read(world: World) -> None:
    draft = {
        "@context": [contexts.CREDENTIALS_V1, contexts.DATA_INTEGRITY_V2],
        "id": "urn:uuid:58172aac-d8ba-11ed-83dd-0b3aef56cc33",
        "type": ["VerifiableCredential"],
        "issuer": world.institution.did,
        "issuanceDate": "2024-01-01T00:00:00Z",
        "expirationDate": "2030-01-01T00:00:00Z",
        "credentialSubject": {"id": "did:example:abcdef"},
    }
    assert world.verify(world.sign(draft)).verified
    assert refused(
        world.verify(world.sign({**draft, "expirationDate": "2025-01-01T00:00:00Z"})), "VALIDITY_PERIOD_ERROR"
    )


# --- time -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("seconds", "verified"), [(59, True), (61, False)])
def test_V_TIM_1_tolerance_is_a_minute(world: World, seconds: int, verified: bool) -> None:
    credential = world.issue(valid_until="2026-11-22")
    end = moment("2026-11-22")
    report = world.verify(credential, now=end + timedelta(seconds=seconds))
    world.net.failures.clear()
    validity = report["validity"].answer
    assert (validity is Answer.PASSED) is verified
    start = world.verify(credential, now=moment("2026-10-16") - timedelta(seconds=seconds))
    assert (start["validity"].answer is Answer.PASSED) is verified or not start.verified


def test_V_TIM_1_expired_and_not_yet(world: World) -> None:
    expired = world.verify(world.issue(valid_until="2026-11-01"))
    assert refused(expired, "VALIDITY_PERIOD_ERROR")
    assert expired.headline is Headline.EXPIRED
    early = world.verify(world.issue(completed="2026-12-01"))
    assert refused(early, "VALIDITY_PERIOD_ERROR")


def test_V_TIM_1_ends_before_it_starts(world: World) -> None:
    assert refused(world.verify(world.issue(valid_until="2026-10-01")), "MALFORMED_VALUE_ERROR")


def test_V_TIM_1_the_proofs_own_end_counts_too(world: World) -> None:
    report = world.verify(world.issue(sign={"expires": NOW - timedelta(seconds=61)}))
    assert refused(report, "PROOF_VERIFICATION_ERROR")
    assert report.headline is Headline.EXPIRED
    assert world.verify(world.issue(sign={"expires": NOW - timedelta(seconds=59)})).verified


@pytest.mark.parametrize(("seconds", "verified"), [(59, True), (61, False)])
def test_V_TIM_2_a_proof_from_the_future(world: World, seconds: int, verified: bool) -> None:
    assert world.verify(world.issue(sign={"created": NOW + timedelta(seconds=seconds)})).verified is verified


# --- trust ----------------------------------------------------------------------------------------


def test_a_good_credential_of_a_stranger_is_verified_and_not_recognised(world: World) -> None:
    report = world.verify(world.issue("Pottery", issuer="Unknown Institute"))
    assert report.verified
    assert report.verdict is Verdict.VALID_NOT_RECOGNISED
    assert report.headline is Headline.ISSUER_NOT_RECOGNISED
    assert report["issuer"].tone is Tone.ATTENTION


def test_without_anchors_nobody_is_asked(world: World) -> None:
    report = world.verify(world.issue(), anchors=Anchors.none())
    assert report.verified
    assert report.verdict is Verdict.VALID_NOT_RECOGNISED
    assert not [url for url in world.net.requests if "whois" in url]


def test_the_verifiers_own_register_knows_issuers_but_accredits_nothing(world: World) -> None:
    known = Institution(world.organisation("Unknown Institute").did, {"en": "The Institute", "fr": "L'Institut"})
    anchors = Anchors(world.anchors.authorities, frozenset({known}))
    report = world.verify(world.issue("Pottery", issuer="Unknown Institute"), anchors=anchors)
    assert report["issuer"].answer is Answer.PASSED
    assert report.headline is Headline.NOT_ACCREDITED


# --- budgets --------------------------------------------------------------------------------------


def test_V_DOS_6_no_more_fetches_than_the_budget_and_each_address_once(world: World) -> None:
    for name in ("Forem", "VDAB", "Bruxelles Formation", "Ministry"):
        world.accredit(by=name)
    authorities = [*world.anchors.authorities]
    for name in ("Forem", "VDAB", "Bruxelles Formation", "Ministry"):
        authorities.append(replace(authorities[0], did=world.organisation(name).did))
    report = world.verify(world.issue(), anchors=Anchors(frozenset(authorities)))
    assert len(world.net.requests) <= 10
    assert len(set(world.net.requests)) == len(world.net.requests)
    assert report.verified


def test_V_SSRF_3_nothing_but_identifiers_lists_and_recognitions_is_fetched(world: World) -> None:
    canary = "https://canary.example/x"
    draft = world.draft(
        evidence=[{"id": canary, "type": ["Evidence"]}],
        termsOfUse=[{"id": canary + "1", "type": "https://example.org/#Terms"}],
        refreshService={"id": canary + "2", "type": "https://example.org/#Refresh"},
        relatedResource=[{"id": canary + "3", "digestSRI": "sha384-" + "A" * 64}],
        credentialSchema=[{"id": canary + "4", "type": "JsonSchema"}],
    )
    draft["credentialSubject"]["achievement"]["image"] = {"id": canary + "5", "type": "Image"}
    assert world.verify(world.sign(draft)).verified
    assert not [url for url in world.net.requests if "canary" in url]


def test_limits_are_the_callers_to_narrow(world: World) -> None:
    policy = replace(PUBLIC, limits=Limits(status_entries=1))
    assert refused(world.verify(world.issue(), policy=policy), "MALFORMED_VALUE_ERROR")


def test_findings_are_plain_data_with_a_stable_code_and_a_sentence(world: World) -> None:
    world.revoke(credential := world.issue())
    for finding in world.verify(credential).findings:
        assert json.dumps(finding.data)
        assert finding.code.isidentifier()
        assert finding.code.islower()
        assert finding.sentence
        assert "{" not in finding.sentence
