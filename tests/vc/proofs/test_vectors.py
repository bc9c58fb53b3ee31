"""The published worked cases of the EdDSA and ECDSA suites: all verify; the deterministic ones are reproduced."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import Any

import pytest

from contexts import Profile
from keys import KeyType, PrivateKey, dids
from keys.fetching import NoNetwork
from keys.multibase import decode_base58
from tests.vc.vectors import FOLDER, load, needs_vectors, text
from vc.canonical import jcs, rdfc
from vc.proofs import SUITES, data_integrity
from vc.proofs.suites import HashThenSign

NOW = datetime(2026, 11, 22, tzinfo=UTC)
SIGNED = sorted(
    path.relative_to(FOLDER).as_posix()
    for pattern in ("eddsa/**/signed*.json", "ecdsa/ecdsa-[jr]*/**/signed*.json")
    for path in FOLDER.glob(pattern)
)
pytestmark = needs_vectors


def resolve(did: str) -> dids.DidDocument:
    return dids.resolve(did, fetcher=NoNetwork())


def verify(document: dict[str, Any], **options: Any) -> data_integrity.VerifiedProofs:
    wanted = {"accepted_suites": frozenset(SUITES), "purpose": "assertionMethod", "controller": None, **options}
    return data_integrity.verify(document, resolver=resolve, now=NOW, profile=Profile.CONFORMANCE, **wanted)


@pytest.mark.parametrize("path", SIGNED)
def test_published_signed_document_verifies(path: str) -> None:
    document = load(path)
    proofs = verify(document).proofs
    expected = document["proof"] if isinstance(document["proof"], list) else [document["proof"]]
    assert [proof.proof for proof in proofs] == expected


def secret(path: str, name: str | None = None) -> PrivateKey:
    """The published key pairs write secrets as multikeys."""
    pair = load(path)[name] if name else load(path)
    return PrivateKey.from_multikey(pair.get("secretKeyMultibase") or pair["privateKeyMultibase"])


EDDSA = [
    ("eddsa/eddsa-rdfc-2022/signedDataInt.json", "eddsa/keyPair.json", None),
    ("eddsa/eddsa-rdfc-2022/employ/signedDataInt.json", "eddsa/keyPair.json", None),
    ("eddsa/eddsa-jcs-2022/signedJCS.json", "eddsa/keyPair.json", None),
    ("eddsa/proof-set-chain/signedProofSet1.json", "eddsa/proof-set-chain/multiKeyPairs.json", "keyPair1"),
]


@pytest.mark.parametrize(("path", "pair", "name"), EDDSA, ids=[case[0] for case in EDDSA])
def test_ed25519_signatures_are_reproduced_byte_for_byte(path: str, pair: str, name: str | None) -> None:
    signed = load(path)
    proof = signed["proof"][0] if isinstance(signed["proof"], list) else signed["proof"]
    made = data_integrity.sign(
        {member: value for member, value in signed.items() if member != "proof"},
        signer=secret(pair, name),
        verification_method=proof["verificationMethod"],
        suite=proof["cryptosuite"],
        created=datetime.fromisoformat(proof["created"]),
        proof_id=proof.get("id"),
        profile=Profile.CONFORMANCE,
    )
    assert made["proof"] == proof


def test_a_proof_chain_is_reproduced_byte_for_byte() -> None:
    published = load("eddsa/proof-set-chain/signedProofChain2.json")
    proofs = published["proof"]
    document = {**published, "proof": proofs[:-1]}
    last = proofs[-1]
    made = data_integrity.sign(
        document,
        signer=secret("eddsa/proof-set-chain/multiKeyPairs.json", "keyPair4"),
        verification_method=last["verificationMethod"],
        suite=last["cryptosuite"],
        created=datetime.fromisoformat(last["created"]),
        previous_proof=last["previousProof"],
        profile=Profile.CONFORMANCE,
    )
    assert made["proof"] == proofs


STEPS = [
    ("eddsa/eddsa-rdfc-2022", "DataInt", "rdfc", KeyType.ED25519),
    ("eddsa/eddsa-jcs-2022", "JCS", "jcs", KeyType.ED25519),
    ("eddsa/Ed25519Signature2020", "EdSig", "rdfc", KeyType.ED25519),
    ("ecdsa/ecdsa-rdfc-2019-p256", "ECDSAP256", "rdfc", KeyType.P256),
    ("ecdsa/ecdsa-rdfc-2019-p384", "ECDSAP384", "rdfc", KeyType.P384),
    ("ecdsa/ecdsa-jcs-2019-p256", "JCSECDSAP256", "jcs", KeyType.P256),
    ("ecdsa/ecdsa-jcs-2019-p384", "JCSECDSAP384", "jcs", KeyType.P384),
]


@pytest.mark.parametrize(("folder", "suffix", "form", "key_type"), STEPS, ids=[step[0] for step in STEPS])
def test_every_step_is_the_published_one(folder: str, suffix: str, form: str, key_type: KeyType) -> None:
    signed = load(folder, f"signed{suffix}.json")
    document = {name: value for name, value in signed.items() if name != "proof"}
    options = load(folder, f"proofConfig{suffix}.json")
    hash_name = "sha384" if key_type is KeyType.P384 else "sha256"

    def canonical(part: dict[str, Any]) -> str:
        if form == "jcs":
            return jcs.canonicalize(part).decode()
        return rdfc.canonicalize(part, hash_name=hash_name, profile=Profile.CONFORMANCE)

    assert canonical(document).rstrip("\n") == text(folder, f"canonDoc{suffix}.txt").rstrip("\n")
    assert canonical(options).rstrip("\n") == text(folder, f"proofCanon{suffix}.txt").rstrip("\n")
    expected = text(folder, f"combinedHash{suffix}.txt").strip()
    digests = [hashlib.new(hash_name, canonical(part).encode()).hexdigest() for part in (options, document)]
    assert "".join(digests) == expected
    transform = SUITES[signed["proof"].get("cryptosuite") or signed["proof"]["type"]].transform
    assert isinstance(transform, HashThenSign)
    hashed = transform.hash_data(document, options, key_type=key_type, profile=Profile.CONFORMANCE)
    assert hashed.hex() == expected
    assert decode_base58(signed["proof"]["proofValue"][1:]).hex() == text(folder, f"sigHex{suffix}.txt").strip()
