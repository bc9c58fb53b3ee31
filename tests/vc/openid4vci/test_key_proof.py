"""Key proofs: bound to one issuer, one nonce, one moment and one key (I-OID-4)."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from keys import KeyType, PrivateKey
from keys.dids import did_jwk, did_key
from vc.jose import base64url, jws
from vc.openid4vci import ErrorName, Oid4vciError, ProvenKey, check_key_proof, make_key_proof

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
ISSUER = "https://issuer.example/o/college"
NONCE = "n-0S6_WzA2Mj"
TYP = "openid4vci-proof+jwt"
ALGS = frozenset({"EdDSA", "ES256"})


class Nonces:
    """The issuer's nonces: each is good once."""

    def __init__(self, *alive: str) -> None:
        self.alive = set(alive)

    def __call__(self, nonce: str) -> bool:
        if nonce in self.alive:
            self.alive.remove(nonce)
            return True
        return False


@pytest.fixture(scope="module")
def key() -> PrivateKey:
    return PrivateKey.generate(KeyType.ED25519)


@pytest.fixture
def nonces() -> Nonces:
    return Nonces(NONCE)


def kid_of(key: PrivateKey) -> str:
    did = did_key.did_for(key.public)
    return f"{did}#{did.removeprefix('did:key:')}"


def proof(
    key: PrivateKey, *, claims: dict[str, Any] | None = None, typ: str = TYP, header: dict[str, Any] | None = None
) -> str:
    body = {"aud": ISSUER, "iat": int(NOW.timestamp()), "nonce": NONCE} | (claims or {})
    body = {name: value for name, value in body.items() if value is not None}
    return jws.sign(body, signer=key, typ=typ, header={"kid": kid_of(key)} if header is None else header)


def check(jwt: object, nonces: Nonces) -> ProvenKey:
    return check_key_proof(jwt, audience=ISSUER, nonce_is_ours=nonces, now=NOW, accepted_algs=ALGS)


def refused(jwt: object, nonces: Nonces) -> str:
    with pytest.raises(Oid4vciError) as caught:
        check(jwt, nonces)
    return caught.value.error


@pytest.mark.parametrize("kind", [KeyType.ED25519, KeyType.P256])
def test_a_wallets_proof_is_accepted_and_names_the_holder(kind: KeyType, nonces: Nonces) -> None:
    key = PrivateKey.generate(kind)
    proven = check(make_key_proof(signer=key, audience=ISSUER, nonce=NONCE, now=NOW), nonces)
    assert proven.public_key == key.public
    assert proven.holder == did_key.did_for(key.public)
    assert proven.nonce == NONCE
    assert nonces.alive == set()


def test_a_public_jwk_is_bound_by_its_did_key(key: PrivateKey, nonces: Nonces) -> None:
    proven = check(proof(key, header={"jwk": key.public.jwk}), nonces)
    assert proven.holder == did_key.did_for(key.public)


def test_a_did_jwk_is_kept_as_the_wallet_wrote_it(key: PrivateKey, nonces: Nonces) -> None:
    did = did_jwk.did_for(key.public)
    assert check(proof(key, header={"kid": f"{did}#0"}), nonces).holder == did


def test_I_OID_4_a_replayed_proof_is_invalid_nonce(key: PrivateKey, nonces: Nonces) -> None:
    jwt = proof(key)
    check(jwt, nonces)
    assert refused(jwt, nonces) == ErrorName.INVALID_NONCE


def test_I_OID_4_a_bad_proof_burns_no_nonce(key: PrivateKey, nonces: Nonces) -> None:
    assert refused(proof(key, claims={"aud": "https://other.example"}), nonces) == ErrorName.INVALID_PROOF
    assert nonces.alive == {NONCE}


@pytest.mark.parametrize("nonce", ["guessed", "", NONCE + "x"])
def test_I_OID_4_only_our_nonces_count(key: PrivateKey, nonces: Nonces, nonce: str) -> None:
    assert refused(proof(key, claims={"nonce": nonce}), nonces) == ErrorName.INVALID_NONCE


@pytest.mark.parametrize("nonce", [None, 7, [NONCE]], ids=str)
def test_I_OID_4_a_proof_without_nonce_is_no_proof(key: PrivateKey, nonces: Nonces, nonce: object) -> None:
    """A wallet that gets `invalid_nonce` comes again with a new one (section 8.3.1.2): this one would never end."""
    assert refused(proof(key, claims={"nonce": nonce}), nonces) == ErrorName.INVALID_PROOF


OTHER = PrivateKey.generate(KeyType.ED25519)


def hostile(key: PrivateKey) -> dict[str, object]:
    good = proof(key)
    head, payload, _ = good.split(".")
    with_private = {**key.public.jwk, "d": base64url.encode(b"0" * 32)}
    return {
        "unsigned": f"{base64url.encode(json.dumps({'alg': 'none', 'typ': TYP}).encode())}.{payload}.",
        "signature cut off": f"{head}.{payload}.",
        "signature of another token": f"{head}.{payload}.{proof(OTHER).split('.')[2]}",
        "wrong audience": proof(key, claims={"aud": "https://attacker.example"}),
        "audience with a slash more": proof(key, claims={"aud": ISSUER + "/"}),
        "two audiences": proof(key, claims={"aud": [ISSUER, "https://attacker.example"]}),
        "no audience": proof(key, claims={"aud": None}),
        "another's key id": proof(key, header={"kid": kid_of(OTHER)}),
        "key id and key both": proof(key, header={"kid": kid_of(key), "jwk": key.public.jwk}),
        "no key at all": proof(key, header={}),
        "private key in the header": proof(key, header={"jwk": with_private}),
        "symmetric key in the header": proof(key, header={"jwk": {"kty": "oct", "k": "AAAA"}}),
        "certificate chain": proof(key, header={"x5c": ["MIIB"]}),
        "key of a web identifier": proof(key, header={"kid": "did:web:attacker.example#key-1"}),
        "key id that is a path": proof(key, header={"kid": "../../../etc/passwd"}),
        "foreign fragment": proof(key, header={"kid": f"{did_key.did_for(key.public)}#z6MkOther"}),
        "too old": proof(key, claims={"iat": int((NOW - timedelta(minutes=6, seconds=1)).timestamp())}),
        "from the future": proof(key, claims={"iat": int((NOW + timedelta(seconds=61)).timestamp())}),
        "no time": proof(key, claims={"iat": None}),
        "time as text": proof(key, claims={"iat": "yesterday"}),
        "time as truth": proof(key, claims={"iat": True}),
        "endless time": proof(key, claims={"iat": 2**52}),
        "ended": proof(key, claims={"exp": int((NOW - timedelta(seconds=61)).timestamp())}),
        "not begun": proof(key, claims={"nbf": int((NOW + timedelta(seconds=61)).timestamp())}),
        "end as text": proof(key, claims={"exp": "tomorrow"}),
        "presentation token": proof(key, typ="vp+jwt"),
        "credential token": proof(key, typ="vc+jwt"),
        "request object": proof(key, typ="oauth-authz-req+jwt"),
        "plain JWT": proof(key, typ="JWT"),
        "not a token": "hello",
        "an object": {"proof_type": "jwt"},
        "null": None,
    }


@pytest.mark.parametrize("name", sorted(hostile(OTHER)))
def test_I_OID_4_V_TYP_1_hostile_proofs(key: PrivateKey, nonces: Nonces, name: str) -> None:
    assert refused(hostile(key)[name], nonces) == ErrorName.INVALID_PROOF
    assert nonces.alive == {NONCE}


def test_a_key_kind_that_was_not_announced_is_refused(nonces: Nonces) -> None:
    assert refused(proof(PrivateKey.generate(KeyType.P384)), nonces) == ErrorName.INVALID_PROOF


def test_V_TIM_a_wallets_own_limits_are_kept_to(key: PrivateKey, nonces: Nonces) -> None:
    limits = {"nbf": int(NOW.timestamp()) + 30, "exp": int(NOW.timestamp()) - 30}
    assert check(proof(key, claims=limits), nonces).nonce == NONCE


@pytest.mark.parametrize("seconds", [-355, -60, 59])
def test_V_TIM_a_proof_of_the_last_minutes_is_accepted(key: PrivateKey, nonces: Nonces, seconds: int) -> None:
    moment = int((NOW + timedelta(seconds=seconds)).timestamp())
    assert check(proof(key, claims={"iat": moment}), nonces).nonce == NONCE
