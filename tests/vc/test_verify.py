"""verify_credential against the lies of the threat model. Each credential here carries a signature that fits."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

import contexts
from contexts import Profile
from keys import KeyType
from keys.dids import PublishedKey, did_key, did_web
from tests.world import NOW, Party, World, key_for, moment
from vc.findings import Answer, Headline, Report, Tone, Verdict
from vc.limits import Limits
from vc.policy import PUBLIC, AllOf, Anchors, Institution, IssuerAmong, TypeAmong


@pytest.fixture
def world() -> World:
    return World()


def refused(report: Report, *problems: str) -> bool:
    """Not verified, by these names at least."""
    assert not report.verified
    assert report.verdict is not Verdict.VALID
    assert set(problems) <= set(report.problems), report.problems
    return True


# --- what is good is good -------------------------------------------------------------------------


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


# --- JSON -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        '{"a": 1, "a": 2}',
        '{"a": 1, "\\u0061": 2}',
        '{"a": NaN}',
        '{"a": Infinity}',
        '{"a": 1e400}',
        '{"a": 01}',
        '{"a": 0x1}',
        '{"a": 1} x',
        '{"a": 9007199254740993}',
        '{"a": ' + "1" * 5000 + "}",
        '{"a": "\\ud800"}',
        '{"a": "\\u0000"}',
        "[" * 100_000,
        '{"a":' * 50 + "1" + "}" * 50,
        "null",
        "[]",
        '"text"',
        "7",
        "",
        b"\xff\xfe{\x00}\x00",
        b'{"a": "\xc0\x80"}',
    ],
    ids=range(21),
)
def test_V_JSON_1_V_JSON_2_V_JSON_4_V_UNI_2_V_DOS_1_what_two_readers_could_read_differently_is_not_read(
    world: World, text: str | bytes
) -> None:
    report = world.verify(text)
    assert refused(report, "PARSING_ERROR")
    assert report.headline is Headline.UNREADABLE
    assert world.net.requests == []


def test_V_JSON_1_a_doubled_member_in_a_signed_credential(world: World) -> None:
    text = json.dumps(world.issue())
    name = '"awardedDate": "2026-10-15T00:00:00Z"'
    assert name in text
    assert refused(world.verify(text.replace(name, f'"awardedDate": "2020-01-01T00:00:00Z", {name}')), "PARSING_ERROR")
    assert refused(world.verify(text.replace(name, f'{name}, "awardedDate": "2020-01-01T00:00:00Z"')), "PARSING_ERROR")


def test_V_JSON_3_a_whole_float_is_shown_as_it_was_signed(world: World) -> None:
    draft = world.draft()
    draft["credentialSubject"]["achievement"]["creditsAvailable"] = 45.0
    shown = world.verify(json.dumps(world.sign(draft))).credential
    assert shown is not None
    assert json.dumps(shown["credentialSubject"]["achievement"]["creditsAvailable"]) == "45"


# --- vocabulary -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("context", "problem"),
    [
        ("https://www.w3.org/ns/credentials/V2", "MALFORMED_VALUE_ERROR"),
        ("http://www.w3.org/ns/credentials/v2", "MALFORMED_VALUE_ERROR"),
        ("https://evil.example/context", "MALFORMED_VALUE_ERROR"),
        (contexts.EXAMPLES_V2, "MALFORMED_VALUE_ERROR"),
        (contexts.UNDEFINED_TERMS_V2, "MALFORMED_VALUE_ERROR"),
        ("file:///etc/passwd", "MALFORMED_VALUE_ERROR"),
        (None, "MALFORMED_VALUE_ERROR"),
        (7, "MALFORMED_VALUE_ERROR"),
        ([], "MALFORMED_VALUE_ERROR"),
        ({"@vocab": "https://example.org/#"}, "MALFORMED_VALUE_ERROR"),
        ({"@base": "https://example.org/"}, "MALFORMED_VALUE_ERROR"),
        ({"@import": contexts.CREDENTIALS_V2}, "MALFORMED_VALUE_ERROR"),
        ({"@propagate": False}, "MALFORMED_VALUE_ERROR"),
        ({"idx": "@index"}, "MALFORMED_VALUE_ERROR"),
        ({"other": {"@id": "@id"}}, "MALFORMED_VALUE_ERROR"),
        ({"x": {"@reverse": "https://example.org/#x"}}, "MALFORMED_VALUE_ERROR"),
        ({"x": {"@id": "https://example.org/#x", "@container": "@index"}}, "MALFORMED_VALUE_ERROR"),
        ({"x": None}, "MALFORMED_VALUE_ERROR"),
        ({"x": {"@id": "https://example.org/#x", "@context": "https://evil.example/"}}, "MALFORMED_VALUE_ERROR"),
        ({f"t{n}": f"https://example.org/#{n}" for n in range(50_000)}, "MALFORMED_VALUE_ERROR"),
    ],
    ids=range(20),
)
@pytest.mark.parametrize("suite", ["eddsa-rdfc-2022", "eddsa-jcs-2022"])
def test_V_LD_2_V_DOS_3_only_contexts_of_the_bundle(world: World, context: Any, problem: str, suite: str) -> None:
    credential = world.issue(sign={"suite": suite})
    bent = {**credential, "@context": [*credential["@context"], context]}
    if suite == "eddsa-jcs-2022":
        bent["proof"] = {**credential["proof"], "@context": bent["@context"]}
    text = json.dumps(bent)
    assert not world.verify(text).verified
    assert world.net.requests == []


@pytest.mark.parametrize("suite", ["eddsa-rdfc-2022", "eddsa-jcs-2022"])
def test_V_LD_2_a_protected_term_cannot_be_given_another_meaning(world: World, suite: str) -> None:
    credential = world.issue(sign={"suite": suite})
    context = [*credential["@context"], {"name": "https://example.org/#name"}]
    assert refused(world.verify({**credential, "@context": context}))


def test_V_LD_2_a_context_outside_the_bundle_means_that_nothing_is_known(world: World) -> None:
    credential = world.issue()
    report = world.verify({**credential, "@context": [*credential["@context"], "https://other.example/v1"]})
    assert report["integrity"].answer is Answer.NOT_CHECKED
    assert report.verdict is Verdict.UNDECIDED
    assert report.headline is Headline.INCOMPLETE


def test_V_LD_2_context_order_is_meaning(world: World) -> None:
    credential = world.issue()
    assert refused(world.verify({**credential, "@context": credential["@context"][::-1]}), "MALFORMED_VALUE_ERROR")


INLINE: dict[str, Any] = {
    "@context": [contexts.CREDENTIALS_V2, contexts.OPEN_BADGES_V3, {"shoeSize": "https://example.org/#shoe"}]
}


def test_inline_terms_are_read_and_reported_where_the_policy_says_so(world: World) -> None:
    draft = world.draft(**INLINE)
    draft["credentialSubject"]["shoeSize"] = "42"
    report = world.verify(world.sign(draft), policy=replace(PUBLIC, inline_contexts="report"))
    assert report.verified
    assert report["integrity"].tone is Tone.PASS
    assert [f.data for f in report["integrity"].findings if f.code == "inline_terms_reported"] == [
        {"terms": ["shoeSize"]}
    ]


@pytest.mark.parametrize(
    "inline", [{"@vocab": "https://x.example/#"}, {"@context": {"grade": "https://x.example/#grade"}}]
)
def test_V_LD_2_words_given_wholesale_are_read_only_where_the_policy_says_so(world: World, inline: Any) -> None:
    draft = world.draft()
    draft["@context"] = [*draft["@context"], inline]
    draft["credentialSubject"]["grade"] = "A"
    credential = world.sign(draft)
    assert refused(world.verify(credential), "MALFORMED_VALUE_ERROR")
    assert world.verify(credential, policy=replace(PUBLIC, inline_contexts="report-any-word")).verified


def test_V_LD_2_inline_terms_are_refused_also_when_signed(world: World) -> None:
    assert refused(world.verify(world.sign(world.draft(**INLINE))), "MALFORMED_VALUE_ERROR")


def test_test_suites_contexts_need_the_conformance_profile(world: World) -> None:
    draft = world.draft()
    draft["@context"] = [contexts.CREDENTIALS_V2, contexts.OPEN_BADGES_V3, contexts.EXAMPLES_V2]
    signed = world.sign(draft, profile=Profile.CONFORMANCE)
    assert not world.verify(signed).verified
    assert world.verify(signed, policy=replace(PUBLIC, contexts=Profile.CONFORMANCE)).verified


def test_V_LD_1_a_term_that_nothing_defines_is_refused_by_name(world: World) -> None:
    report = world.verify({**world.issue(), "bonusPoints": "100"})
    assert refused(report, "DATA_LOSS_DETECTION_ERROR")
    assert report["integrity"].findings[0].data == {"terms": ["bonusPoints"]}
    assert report.headline is Headline.ALTERED


def test_V_LD_3_an_identifier_described_twice_differently_is_refused(world: World) -> None:
    """RDF would merge both descriptions: a claim could move from one to the other unseen."""
    draft = world.draft()
    achieved = draft["credentialSubject"]["achievement"]
    achieved["creator"] = {"id": world.institution.did, "type": ["Profile"], "name": "Northern College"}
    credential = world.sign(draft)
    assert world.verify(credential).verified
    name = credential["issuer"].pop("name")
    credential["issuer"]["legalName"] = name
    assert refused(world.verify(credential), "DATA_LOSS_DETECTION_ERROR")


# --- text -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["Ame\u0301lie", "pay\u200bpal", "evil\u202egnp.exe", "Сollege", "bell\u0007"])
def test_V_UNI_1_misleading_text_is_shown_with_a_mark(world: World, name: str) -> None:
    draft = world.draft()
    draft["credentialSubject"]["achievement"]["name"] = name
    report = world.verify(world.sign(draft))
    assert report.verified
    marks = [f for f in report.findings if f.code == "misleading_text"]
    assert marks[0].data["path"] == "/credentialSubject/achievement/name"
    assert report.credential is not None
    assert report.credential["credentialSubject"]["achievement"]["name"] == name


def test_V_UNI_1_another_normal_form_is_another_text(world: World) -> None:
    draft = world.draft()
    draft["credentialSubject"]["achievement"]["name"] = "Amélie"
    credential = world.sign(draft)
    credential["credentialSubject"]["achievement"]["name"] = "Ame\u0301lie"
    assert refused(world.verify(credential), "CRYPTOGRAPHIC_SECURITY_ERROR")


# --- shape ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "changes",
    [
        {"type": None},
        {"type": []},
        {"type": "OpenBadgeCredential"},
        {"type": [7]},
        {"type": {"a": 1}},
        {"@context": None},
        {"@context": contexts.CREDENTIALS_V2},
        {"@context": []},
        {"@context": [contexts.OPEN_BADGES_V3, contexts.CREDENTIALS_V2]},
        {"issuer": None},
        {"issuer": "northern-college"},
        {"issuer": ["did:web:northern-college.example"]},
        {"issuer": {"name": "Northern College"}},
        {"issuer": {"id": ["did:web:northern-college.example"]}},
        {"credentialSubject": None},
        {"credentialSubject": "did:example:a"},
        {"credentialSubject": {}},
        {"credentialSubject": []},
        {"credentialSubject": [{}]},
        {"id": 7},
        {"id": ["urn:uuid:1"]},
        {"id": "not a url"},
        {"id": ""},
        {"name": 7},
        {"name": {"@value": "x", "extra": "y"}},
        {"name": {"@value": "x", "@language": "not a tag"}},
        {"description": []},
        {"evidence": [{"name": "x"}]},
        {"evidence": "x"},
        {"termsOfUse": {}},
        {"refreshService": {"id": "https://x.example/"}},
        {"credentialSchema": {"type": "JsonSchema"}},
        {"credentialStatus": {"id": "https://x.example/"}},
        {"credentialStatus": []},
        {"relatedResource": [{"id": "https://x.example/"}]},
        {"relatedResource": [{"id": contexts.CREDENTIALS_V2, "digestSRI": "sha384-" + "A" * 64}]},
        {"issuanceDate": "2026-01-01T00:00:00Z"},
        {"expirationDate": "2026-01-01T00:00:00Z"},
        {"vc": {}},
    ],
    ids=lambda c: str(c)[:50],
)
def test_V_DM_1_V_TIM_3_bad_shapes_are_refused_before_anything_is_fetched(
    world: World, changes: dict[str, Any]
) -> None:
    credential = {n: v for n, v in {**world.issue(), **changes}.items() if v is not None}
    report = world.verify(credential)
    assert refused(report)
    assert {"MALFORMED_VALUE_ERROR", "DATA_LOSS_DETECTION_ERROR"} & set(report.problems)
    if "MALFORMED_VALUE_ERROR" in report.problems:
        assert world.net.requests == []


@pytest.mark.parametrize(
    "time",
    [
        "2026-10-16",
        "2026-10-16T24:00:01Z",
        "2026-02-30T00:00:00Z",
        "2026-10-16T00:00:00Z\n",
        "２０２６-10-16T00:00:00Z",
        "2026-10-16T00:00:00+15:00",
        "-2026-10-16T00:00:00Z",
        "99999-10-16T00:00:00Z",
        "yesterday",
        7,
        1e20,
        ["2026-10-16T00:00:00Z"],
        {"@value": "2026-10-16T00:00:00Z"},
        True,
        "1" * 60_000,
    ],
    ids=lambda t: str(t)[:24],
)
@pytest.mark.parametrize("member", ["validFrom", "validUntil"])
def test_V_TIM_3_V_DOS_5_what_is_no_time_is_refused(world: World, member: str, time: Any) -> None:
    assert refused(world.verify({**world.issue(), member: time}), "MALFORMED_VALUE_ERROR")


@pytest.mark.parametrize("member", ["validFrom", "validUntil"])
def test_V_TIM_3_a_signed_time_without_zone_is_refused(world: World, member: str) -> None:
    time = "2026-10-16T00:00:00" if member == "validFrom" else "2036-10-16T00:00:00"
    draft = {**world.draft(valid_until=None), member: time}
    assert refused(world.verify(world.sign(draft)), "MALFORMED_VALUE_ERROR")


@pytest.mark.parametrize(
    "time", ["2026-10-15T24:00:00Z", "2026-10-16T00:00:00.123456789Z", "2026-10-16T03:00:00-06:00"]
)
def test_legal_times_are_read(world: World, time: str) -> None:
    assert world.verify(world.sign(world.draft(validFrom=time))).verified


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


# --- proofs ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "change",
    [
        {"cryptosuite": "eddsa-rdfc-2021"},
        {"cryptosuite": ["eddsa-rdfc-2022"]},
        {"cryptosuite": "../eddsa-rdfc-2022"},
        {"cryptosuite": None},
        {"cryptosuite": "eddsa-jcs-2022"},
        {"cryptosuite": "ecdsa-rdfc-2019"},
        {"type": "Ed25519Signature2020"},
        {"type": "dataIntegrityProof"},
        {"type": ["DataIntegrityProof"]},
        {"type": None},
        {"proofValue": None},
        {"proofValue": ""},
        {"proofValue": "z"},
        {"proofValue": 7},
        {"proofValue": "z" + "1" * 90_000},
        {"proofValue": "u" + "A" * 86},
        {"created": "yesterday"},
        {"created": 7},
        {"nonce": 7},
        {"id": "not a url"},
        {"previousProof": "urn:uuid:gone"},
        {"previousProof": []},
        {"previousProof": 7},
        {"extra": "x"},
        {"challenge": "added"},
        {"domain": 7},
    ],
    ids=str,
)
def test_V_PRF_1_a_proof_with_changed_members_is_refused(world: World, change: dict[str, Any]) -> None:
    credential = world.issue()
    proof = {n: v for n, v in {**credential["proof"], **change}.items() if v is not None}
    assert refused(world.verify({**credential, "proof": proof}))


def test_V_PRF_1_re_encoded_signatures_are_refused(world: World) -> None:
    credential = world.issue()
    value = credential["proof"]["proofValue"]
    for other in (
        value + " ",
        " " + value,
        value + "\n",
        value + "1",
        value[:-1],
        "z1" + value[1:],
        value.upper(),
        value[1:],
    ):
        bent = {**credential, "proof": {**credential["proof"], "proofValue": other}}
        assert refused(world.verify(bent), "PROOF_VERIFICATION_ERROR"), other


def test_V_PRF_1_a_signature_that_does_not_fit_has_both_standards_names(world: World) -> None:
    credential = world.issue()
    credential["credentialSubject"]["achievement"]["name"] = "Another"
    report = world.verify(credential)
    assert refused(report, "CRYPTOGRAPHIC_SECURITY_ERROR", "PROOF_VERIFICATION_ERROR")
    assert report.headline is Headline.ALTERED
    assert report.credential is None


@pytest.mark.parametrize("purpose", ["authentication", "keyAgreement", "capabilityInvocation", "anything"])
def test_V_PRF_2_a_proof_for_another_purpose_is_refused(world: World, purpose: str) -> None:
    report = world.verify(world.sign(world.draft(), purpose=purpose)) if purpose != "anything" else None
    if report is not None:
        assert refused(report, "INVALID_RELATIONSHIP_FOR_VERIFICATION_METHOD")
    credential = world.issue()
    for bent in (purpose, [credential["proof"]["proofPurpose"]], "https://w3id.org/security#assertionMethod"):
        changed = {**credential, "proof": {**credential["proof"], "proofPurpose": bent}}
        assert refused(world.verify(changed), "INVALID_RELATIONSHIP_FOR_VERIFICATION_METHOD")


def test_V_PRF_2_a_key_published_for_another_purpose_is_refused(world: World) -> None:
    college = world.institution
    credential = world.issue()
    world.net.serve(f"{college.origin}/.well-known/did.json", world.did_document(college, purposes=("authentication",)))
    assert refused(world.verify(credential), "INVALID_RELATIONSHIP_FOR_VERIFICATION_METHOD")


def test_V_PRF_3_only_an_address_of_the_issuers_own_key_counts(world: World) -> None:
    college, mallory = world.institution, world.learner("mallory")
    key = college.key.public.multikey
    addresses: list[Any] = [
        mallory.verification_method,
        {"id": college.verification_method, "publicKeyMultibase": mallory.key.public.multikey},
        [college.verification_method],
        f"{college.did}#{mallory.key.public.multikey}",
        f"{college.did}?versionId=1#{key}",
        f"{college.did}/path#{key}",
        f"#{key}",
        college.did,
        f"{college.did}#",
        f"{college.did}#{key}#{key}",
        f"{college.did.upper()}#{key}",
        f"{college.did} #{key}",
        f"https://northern-college.example/did.json#{key}",
    ]
    for address in addresses:
        if isinstance(address, str) and ":" in address and " " not in address:
            credential = college.sign(world.draft(), created=NOW, verification_method=address)
        else:  # not even to be signed
            credential = world.issue()
            credential["proof"]["verificationMethod"] = address
        assert refused(world.verify(credential), "INVALID_VERIFICATION_METHOD"), address


@pytest.mark.parametrize("proof", [None, [], {}, "x", 7, [{}], {"type": "DataIntegrityProof"}], ids=str)
def test_V_PRF_4_nothing_unsecured_is_verified(world: World, proof: Any) -> None:
    credential = world.issue()
    bent = {**credential, "proof": proof}
    assert refused(world.verify(bent))
    assert refused(world.verify({n: v for n, v in credential.items() if n != "proof"}), "PROOF_VERIFICATION_ERROR")
    renamed = {n: v for n, v in credential.items() if n != "proof"} | {"proofs": credential["proof"]}
    assert refused(world.verify(renamed))


def test_V_PRF_4_a_proof_inside_the_subject_is_no_proof(world: World) -> None:
    credential = world.issue()
    proof = credential.pop("proof")
    credential["credentialSubject"]["proof"] = proof
    assert refused(world.verify(credential))


def test_V_PRF_5_a_set_holds_only_if_every_proof_does(world: World) -> None:
    once = world.issue()
    twice = world.sign(once)
    assert world.verify(twice).verified
    foreign = world.learner("mallory").sign(once, created=NOW)
    assert refused(world.verify(foreign))
    unknown = {**once, "proof": [once["proof"], {**once["proof"], "cryptosuite": "unknown-2022"}]}
    assert refused(world.verify(unknown))
    broken = {**twice, "proof": [twice["proof"][0], {**twice["proof"][1], "created": "2026-11-01T00:00:00Z"}]}
    assert refused(world.verify(broken))


def test_V_PRF_5_a_chain_covers_what_it_follows(world: World) -> None:
    first = world.issue(sign={"proof_id": "urn:uuid:1"})
    chained = world.sign(first, previous_proof="urn:uuid:1", proof_id="urn:uuid:2")
    assert world.verify(chained).verified
    assert refused(world.verify({**chained, "proof": chained["proof"][1:]}), "PROOF_VERIFICATION_ERROR")
    again = world.issue(sign={"proof_id": "urn:uuid:1", "created": NOW})["proof"]
    assert refused(world.verify({**chained, "proof": [again, chained["proof"][1]]}))
    loop = [{**chained["proof"][0], "previousProof": "urn:uuid:2"}, chained["proof"][1]]
    assert refused(world.verify({**chained, "proof": loop}), "PROOF_VERIFICATION_ERROR")


def test_V_DOS_4_too_many_proofs_are_refused_before_the_first_signature(world: World) -> None:
    credential = world.issue()
    report = world.verify({**credential, "proof": [credential["proof"]] * 17})
    assert refused(report, "MALFORMED_VALUE_ERROR")
    assert report.findings[0].code == "over_limit"
    assert world.net.requests == []


@pytest.mark.parametrize(
    ("suite", "accepted"), [("eddsa-jcs-2022", frozenset({"eddsa-rdfc-2022"})), ("eddsa-rdfc-2022", frozenset())]
)
def test_the_document_does_not_choose_the_suite(world: World, suite: str, accepted: frozenset[str]) -> None:
    report = world.verify(world.issue(sign={"suite": suite}), accepted_suites=accepted)
    assert refused(report, "PROOF_VERIFICATION_ERROR")
    assert report["integrity"].answer is Answer.NOT_CHECKED


# --- issuers --------------------------------------------------------------------------------------


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


@pytest.mark.parametrize("name", ["@graph", "@nest", "@reverse", "@included", "@index", "@type", "@id", "note"])
def test_V_PRF_1_V_LD_3_nothing_hides_in_a_proof(world: World, name: str) -> None:
    for credential in (world.issue(), world.issue(sign={"suite": "eddsa-jcs-2022"})):
        hidden: list[Any] = [{}, [{}], {"@value": "x", "@type": "@json"}, "x"]
        for value in hidden:
            bent = {**credential, "proof": {**credential["proof"], name: value}}
            assert refused(world.verify(bent)), (name, value)
