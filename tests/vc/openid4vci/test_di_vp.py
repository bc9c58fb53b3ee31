"""The `di_vp` proof type: a presentation for this issuer and this nonce, signed by its holder (I-OID-4)."""

from datetime import UTC, datetime
from typing import Any

import pytest

import contexts
from keys import KeyType, PrivateKey
from keys.dids import did_key
from vc.openid4vci import Oid4vciError, ProvenKey
from vc.openid4vci.di_vp import check_di_vp_proof
from vc.proofs import data_integrity

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
ISSUER = "https://issuer.example/o/college"
NONCE = "n-0S6_WzA2Mj"


@pytest.fixture(scope="module")
def key() -> PrivateKey:
    return PrivateKey.generate(KeyType.ED25519)


def presentation(key: PrivateKey, *, holder: Any = None, **options: Any) -> dict[str, Any]:
    did = did_key.did_for(key.public)
    document = {
        "@context": [contexts.CREDENTIALS_V2],
        "type": ["VerifiablePresentation"],
        "holder": holder or did,
    }
    settings = {"purpose": "authentication", "challenge": NONCE, "domain": ISSUER} | options
    return data_integrity.sign(
        document,
        signer=key,
        verification_method=f"{did}#{did.removeprefix('did:key:')}",
        suite="eddsa-rdfc-2022",
        created=NOW,
        **settings,
    )


def check(document: dict[str, Any], nonces: set[str]) -> ProvenKey:
    def ours(nonce: str) -> bool:
        known = nonce in nonces
        nonces.discard(nonce)
        return known

    return check_di_vp_proof(
        document,
        audience=ISSUER,
        nonce_is_ours=ours,
        now=NOW,
        accepted_suites=frozenset({"eddsa-rdfc-2022"}),
    )


def test_the_holder_is_proven(key: PrivateKey) -> None:
    proven = check(presentation(key), {NONCE})
    assert proven.holder == did_key.did_for(key.public)
    assert proven.public_key == key.public


def test_the_holder_may_be_an_object(key: PrivateKey) -> None:
    did = did_key.did_for(key.public)
    assert check(presentation(key, holder={"id": did}), {NONCE}).holder == did


def test_I_OID_4_a_spent_nonce_is_invalid(key: PrivateKey) -> None:
    nonces = {NONCE}
    check(presentation(key), nonces)
    with pytest.raises(Oid4vciError) as caught:
        check(presentation(key), nonces)
    assert caught.value.error == "invalid_nonce"


@pytest.mark.parametrize(
    "options",
    [
        {"purpose": "assertionMethod"},
        {"domain": "https://other.example"},
        {"holder": "did:key:z6MkOther"},
        {"holder": {"id": "did:key:z6MkOther"}},
    ],
)
def test_I_OID_4_made_for_something_else(key: PrivateKey, options: Any) -> None:
    nonces = {NONCE}
    with pytest.raises(Oid4vciError) as caught:
        check(presentation(key, **options), nonces)
    assert caught.value.error == "invalid_proof"
    assert nonces == {NONCE}


@pytest.mark.parametrize("proof", [None, [], "x", {}, {"verificationMethod": 1, "challenge": NONCE}])
def test_misshapen_proofs(key: PrivateKey, proof: Any) -> None:
    with pytest.raises(Oid4vciError) as caught:
        check(presentation(key) | {"proof": proof}, {NONCE})
    assert caught.value.error == "invalid_proof"


def test_a_changed_presentation_proves_nothing(key: PrivateKey) -> None:
    with pytest.raises(Oid4vciError):
        check(presentation(key) | {"id": "urn:uuid:4f2b6a6e-26a2-4a0e-8a3c-3d8f3a1e5d11"}, {NONCE})
