"""The strict JWS reader against the ways tokens lie (V-JWT-1 to V-JWT-6, V-TYP-1)."""

import base64
import hashlib
import hmac
import json
import time
from typing import Any

import pytest

from keys import KeyType, PrivateKey
from vc.jose import jws

TYP = "example+jwt"
EVERY_ALG = frozenset(jws.ALGORITHMS.values())
CLAIMS = {"sub": "éloïse", "n": 1}


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def signed_with_header(key: PrivateKey, header: dict[str, Any] | bytes, payload: bytes = b'{"a":1}') -> str:
    head = header if isinstance(header, bytes) else json.dumps(header).encode()
    signing_input = f"{b64(head)}.{b64(payload)}"
    return f"{signing_input}.{b64(key.sign(signing_input.encode()))}"


@pytest.fixture(scope="module")
def key() -> PrivateKey:
    return PrivateKey.generate(KeyType.ED25519)


@pytest.mark.parametrize("kind", list(jws.ALGORITHMS))
def test_what_is_signed_is_read_back(kind: KeyType) -> None:
    key = PrivateKey.generate(kind)
    token = jws.read(jws.sign(CLAIMS, signer=key, typ=TYP, kid="did:example:1#k"), typ=TYP)
    assert token.kid == "did:example:1#k"
    assert token.verify(key.public, accepted_algs=EVERY_ALG) == CLAIMS


def test_another_key_did_not_sign(key: PrivateKey) -> None:
    token = jws.read(jws.sign(CLAIMS, signer=key, typ=TYP), typ=TYP)
    with pytest.raises(jws.InvalidJws):
        token.verify(PrivateKey.generate(KeyType.ED25519).public, accepted_algs=EVERY_ALG)


@pytest.mark.parametrize("alg", ["none", "None", "NONE", "nOnE", None, ["EdDSA"], "", "HS256", "RS256", "ES256K", 1])
def test_V_JWT_1_the_algorithm_is_one_of_a_fixed_list(key: PrivateKey, alg: Any) -> None:
    token = signed_with_header(key, {"alg": alg, "typ": TYP})
    with pytest.raises(jws.InvalidJws):
        jws.read(token, typ=TYP)


def test_V_JWT_1_an_ed25519_token_may_name_its_algorithm_in_full() -> None:
    key = PrivateKey.generate(KeyType.ED25519)
    token = jws.read(signed_with_header(key, {"alg": "Ed25519", "typ": TYP}), typ=TYP)
    assert token.verify(key.public, accepted_algs=frozenset({"EdDSA"})) == {"a": 1}
    with pytest.raises(jws.InvalidJws, match="not the key's"):
        token.verify(PrivateKey.generate(KeyType.P256).public, accepted_algs=EVERY_ALG)


def test_V_JWT_1_a_missing_algorithm_is_refused(key: PrivateKey) -> None:
    with pytest.raises(jws.InvalidJws):
        jws.read(signed_with_header(key, {"typ": TYP}), typ=TYP)


def test_V_JWT_1_the_algorithm_must_be_accepted_here(key: PrivateKey) -> None:
    token = jws.read(jws.sign(CLAIMS, signer=key, typ=TYP), typ=TYP)
    with pytest.raises(jws.InvalidJws, match="not accepted"):
        token.verify(key.public, accepted_algs=frozenset({"ES256"}))


def test_V_JWT_2_the_public_key_is_no_shared_secret(key: PrivateKey) -> None:
    secrets = [key.public.raw, key.public.multikey.encode(), json.dumps(key.public.jwk).encode()]
    for secret in secrets:
        signing_input = f"{b64(json.dumps({'alg': 'HS256', 'typ': TYP}).encode())}.{b64(b'{}')}"
        mac = hmac.new(secret, signing_input.encode(), hashlib.sha256).digest()
        with pytest.raises(jws.InvalidJws):
            jws.read(f"{signing_input}.{b64(mac)}", typ=TYP)


def test_V_JWT_2_the_algorithm_agrees_with_the_key(key: PrivateKey) -> None:
    token = jws.read(signed_with_header(key, {"alg": "ES256", "typ": TYP}), typ=TYP)
    with pytest.raises(jws.InvalidJws, match="key's algorithm"):
        token.verify(key.public, accepted_algs=EVERY_ALG)


@pytest.mark.parametrize("kid", [{"a": 1}, ["k"], 7, "", None])
def test_V_JWT_3_a_key_id_is_text(key: PrivateKey, kid: Any) -> None:
    with pytest.raises(jws.InvalidJws):
        jws.read(signed_with_header(key, {"alg": "EdDSA", "typ": TYP, "kid": kid}), typ=TYP)


def test_V_JWT_3_keys_in_the_header_are_never_used(key: PrivateKey) -> None:
    attacker = PrivateKey.generate(KeyType.ED25519)
    header = {"alg": "EdDSA", "typ": TYP, "jwk": attacker.public.jwk, "jku": "https://canary.example/keys"}
    token = jws.read(signed_with_header(attacker, header), typ=TYP)
    with pytest.raises(jws.InvalidJws):
        token.verify(key.public, accepted_algs=EVERY_ALG)


@pytest.mark.parametrize(
    "extra",
    [{"crit": ["exp"]}, {"crit": []}, {"b64": False}, {"b64": True}, {"zip": "DEF"}, {"enc": "A128GCM"}],
)
def test_V_JWT_4_V_JWT_5_extensions_and_compression_are_refused(key: PrivateKey, extra: dict[str, Any]) -> None:
    with pytest.raises(jws.InvalidJws):
        jws.read(signed_with_header(key, {"alg": "EdDSA", "typ": TYP, **extra}), typ=TYP)


def test_V_JWT_5_a_password_encrypted_token_costs_nothing() -> None:
    header = {"alg": "PBES2-HS256+A128KW", "enc": "A128GCM", "p2c": 2**31, "typ": TYP}
    token = ".".join([b64(json.dumps(header).encode()), "a" * 40, "a" * 20, "a" * 40, "a" * 22])
    started = time.process_time()
    with pytest.raises(jws.InvalidJws):
        jws.read(token, typ=TYP)
    assert time.process_time() - started < 0.05


def misspellings(token: str) -> list[object]:
    head, payload, signature = token.split(".")
    return [
        f"{head}=.{payload}.{signature}",
        f"{head}.{payload}.{signature}==",
        f"{head}.{payload}.{signature[:-1]}{chr(ord(signature[-1]) + 1)}",  # unused bits set
        f" {token}",
        f"{token}\n",
        f"{head}.{payload}",
        f"{token}.{signature}",
        f"{head}..{signature}é",
        f"{head}+.{payload}.{signature}",
        json.dumps({"payload": payload, "protected": head, "signature": signature}),
        json.dumps({"payload": payload, "signatures": [{"protected": head, "signature": signature}]}),
        token.encode(),
        None,
        "",
        "..",
        "a" * (jws.MAX_LENGTH + 1),
    ]


@pytest.mark.parametrize("number", range(16))
def test_V_JWT_6_one_spelling_only(key: PrivateKey, number: int) -> None:
    token = jws.sign(CLAIMS, signer=key, typ=TYP)
    with pytest.raises(jws.InvalidJws):
        jws.read(misspellings(token)[number], typ=TYP)


def test_V_JSON_1_doubled_members_are_refused(key: PrivateKey) -> None:
    doubled = b'{"alg":"EdDSA","typ":"example+jwt","alg":"ES256"}'
    with pytest.raises(jws.InvalidJws, match="header"):
        jws.read(signed_with_header(key, doubled), typ=TYP)
    token = jws.read(signed_with_header(key, {"alg": "EdDSA", "typ": TYP}, b'{"a":1,"a":2}'), typ=TYP)
    with pytest.raises(jws.InvalidJws, match="payload"):
        token.verify(key.public, accepted_algs=EVERY_ALG)


@pytest.mark.parametrize("typ", ["at+jwt", "kb+jwt", "vp+jwt", "JWT", None, ["example+jwt"], "example"])
def test_V_TYP_1_a_token_of_another_kind_is_refused(key: PrivateKey, typ: Any) -> None:
    with pytest.raises(jws.InvalidJws, match="another type"):
        jws.read(signed_with_header(key, {"alg": "EdDSA", "typ": typ}), typ=TYP)


def test_the_media_type_may_be_written_out(key: PrivateKey) -> None:
    token = signed_with_header(key, {"alg": "EdDSA", "typ": "application/Example+JWT"})
    assert jws.read(token, typ=TYP).verify(key.public, accepted_algs=EVERY_ALG) == {"a": 1}
