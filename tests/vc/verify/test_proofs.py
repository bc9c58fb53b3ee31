"""verify_credential: proofs that cover everything, were made for this, and by the issuer's own key."""

from __future__ import annotations

from typing import Any

import pytest

from tests.reports import refused
from tests.world import NOW, World
from vc.findings import Answer, Headline


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


@pytest.mark.parametrize("name", ["@graph", "@nest", "@reverse", "@included", "@index", "@type", "@id", "note"])
def test_V_PRF_1_V_LD_3_nothing_hides_in_a_proof(world: World, name: str) -> None:
    for credential in (world.issue(), world.issue(sign={"suite": "eddsa-jcs-2022"})):
        hidden: list[Any] = [{}, [{}], {"@value": "x", "@type": "@json"}, "x"]
        for value in hidden:
            bent = {**credential, "proof": {**credential["proof"], name: value}}
            assert refused(world.verify(bent)), (name, value)
