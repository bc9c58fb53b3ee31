"""ML-DSA-44 beside a classical proof: off by default, and both count where it is on."""

from __future__ import annotations

from typing import Any

import pytest

from keys import KeyType, PrivateKey
from keys.dids import PublishedKey, did_web
from keys.multibase import decode_base64url, encode_base64url
from tests.world import ACCEPTED, NOW, World
from vc.errors import ProofGenerationError
from vc.findings import ContentAltered, SuiteNotAccepted, Verdict
from vc.proofs import POST_QUANTUM, SUITES, data_integrity

LATTICE = PrivateKey.generate(KeyType.ML_DSA_44)
WITH = ACCEPTED | frozenset(POST_QUANTUM)


@pytest.fixture
def world() -> World:
    """The college publishes a classical key and a lattice key."""
    world = World()
    college = world.institution
    methods = [PublishedKey(college.key.public), PublishedKey(LATTICE.public, fragment="pq-1")]
    document = did_web.document(college.did, methods=methods, services=world.did_document(college)["service"])
    world.net.serve("https://northern-college.example/.well-known/did.json", document)
    return world


def doubly_signed(world: World, suite: str = "mldsa44-rdfc-2024") -> dict[str, Any]:
    return data_integrity.sign(
        world.issue(),
        signer=LATTICE,
        verification_method=f"{world.institution.did}#pq-1",
        suite=suite,
        created=NOW,
    )


@pytest.mark.parametrize("suite", POST_QUANTUM)
def test_a_proof_set_of_both_kinds_holds_where_both_are_accepted(world: World, suite: str) -> None:
    credential = doubly_signed(world, suite)
    assert [proof["cryptosuite"] for proof in credential["proof"]] == ["eddsa-rdfc-2022", suite]
    assert credential["proof"][1]["proofValue"].startswith("u")
    assert world.verify(credential, accepted_suites=WITH).verdict is Verdict.VALID


def test_it_is_off_by_default(world: World) -> None:
    assert not POST_QUANTUM.keys() & SUITES.keys()
    report = world.verify(doubly_signed(world))
    assert isinstance(report.findings[0], SuiteNotAccepted)


def test_V_PRF_5_neither_proof_covers_for_the_other(world: World) -> None:
    for bent in (0, 1):
        credential = doubly_signed(world)
        proof = credential["proof"][bent]
        proof["created"] = "2026-11-20T00:00:00Z"
        assert not world.verify(credential, accepted_suites=WITH).verified


def test_V_PRF_1_flipped_bits_of_the_signature_break_it(world: World) -> None:
    credential = doubly_signed(world)
    proof = credential["proof"][1]
    raw = decode_base64url(proof["proofValue"][1:])
    for bit in range(0, len(raw) * 8, 89):
        flipped = bytearray(raw)
        flipped[bit // 8] ^= 1 << bit % 8
        proof["proofValue"] = "u" + encode_base64url(bytes(flipped))
        report = world.verify(credential, accepted_suites=WITH)
        assert isinstance(report.findings[0], ContentAltered)


@pytest.mark.parametrize("suite", POST_QUANTUM)
@pytest.mark.parametrize("kind", [KeyType.ED25519, KeyType.P256, KeyType.P521])
def test_V_JWT_2_no_suite_takes_a_key_of_another_kind(world: World, suite: str, kind: KeyType) -> None:
    with pytest.raises(ProofGenerationError):
        data_integrity.sign(
            world.draft(), signer=PrivateKey.generate(kind), verification_method="did:a:b#c", suite=suite, created=NOW
        )


@pytest.mark.parametrize("kind", [KeyType.P521, KeyType.ML_DSA_44])
@pytest.mark.parametrize("suite", [name for name, suite in SUITES.items() if suite.signs])
def test_no_classical_suite_takes_a_p521_or_a_lattice_key(world: World, suite: str, kind: KeyType) -> None:
    with pytest.raises(ProofGenerationError):
        data_integrity.sign(
            world.draft(), signer=PrivateKey.generate(kind), verification_method="did:a:b#c", suite=suite, created=NOW
        )
