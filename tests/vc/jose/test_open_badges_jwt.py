"""Open Badges' JWT profile: its own rules, its own lies, and whose key it was."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from keys import KeyType, PrivateKey
from tests.world import ACCEPTED, World
from vc.findings import ContentAltered, IssuerKeyForeign, IssuerNotReached, Malformed, Report, SuiteNotAccepted, Verdict
from vc.jose import base64url
from vc.jose.open_badges_jwt import OPEN_BADGES_JWT

ALGS = ACCEPTED | {"EdDSA", "ES256", "RS256"}
ISSUER = "https://college.example/issuers/7"


@cache
def rsa_key(bits: int = 2048, exponent: int = 65537) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(exponent, bits)


def rsa_jwk(key: rsa.RSAPrivateKey) -> dict[str, Any]:
    numbers = key.public_key().public_numbers()
    size = (numbers.n.bit_length() + 7) // 8
    e = numbers.e.to_bytes((numbers.e.bit_length() + 7) // 8)
    return {"kty": "RSA", "n": base64url.encode(numbers.n.to_bytes(size)), "e": base64url.encode(e)}


def encoded(value: Any) -> str:
    return base64url.encode(json.dumps(value).encode())


def rs256(header: dict[str, Any], claims: dict[str, Any], key: rsa.RSAPrivateKey | None = None) -> str:
    text = f"{encoded(header)}.{encoded(claims)}"
    return f"{text}.{base64url.encode((key or rsa_key()).sign(text.encode(), padding.PKCS1v15(), hashes.SHA256()))}"


def eddsa(header: dict[str, Any], claims: dict[str, Any], key: PrivateKey) -> str:
    text = f"{encoded({'alg': 'EdDSA', **header})}.{encoded(claims)}"
    return f"{text}.{base64url.encode(key.sign(text.encode()))}"


def claims_of(token: str) -> dict[str, Any]:
    claims: dict[str, Any] = json.loads(base64url.decode(token.split(".")[1]))
    return claims


@pytest.fixture
def world() -> World:
    return World()


def verify(world: World, token: str, **options: Any) -> Report:
    return world.verify(token, accepted_suites=ALGS, **options)


def issued(world: World, kid: str | None = "own", **changes: Any) -> str:
    institution = world.institution
    address = institution.verification_method if kid == "own" else kid
    return OPEN_BADGES_JWT.sign(world.draft(**changes), signer=institution.key, kid=address)


def published_by(world: World, jwk: dict[str, Any]) -> str:
    """Let the https issuer publish `jwk` for issuing; returns the key's address."""
    method = {"id": f"{ISSUER}#rsa", "type": "JsonWebKey", "controller": ISSUER, "publicKeyJwk": jwk}
    world.net.serve(ISSUER, {"id": ISSUER, "assertionMethod": [method]})
    return f"{ISSUER}#rsa"


def badge_of_https_issuer(world: World) -> dict[str, Any]:
    claims = claims_of(issued(world, status=False))
    return {**claims, "iss": ISSUER, "issuer": {"id": ISSUER, "type": ["Profile"], "name": "College"}}


@pytest.mark.parametrize("kid", ["own", None])
def test_what_is_signed_verifies_when_the_issuer_publishes_the_key(world: World, kid: str | None) -> None:
    report = verify(world, issued(world, kid))
    assert report.verified
    assert report.verdict is Verdict.VALID


def test_a_p256_key_signs_too() -> None:
    key = PrivateKey.generate(KeyType.P256)
    assert OPEN_BADGES_JWT.sign(World().draft(), signer=key).startswith(encoded({"alg": "ES256"})[:8])
    with pytest.raises(ValueError, match="Ed25519 or a P-256"):
        OPEN_BADGES_JWT.sign(World().draft(), signer=PrivateKey.generate(KeyType.P384))


def test_rs256_is_read_where_the_issuer_publishes_the_key(world: World) -> None:
    address = published_by(world, rsa_jwk(rsa_key()))
    claims = badge_of_https_issuer(world)
    for header in ({"alg": "RS256", "kid": address}, {"alg": "RS256", "typ": "JWT", "jwk": rsa_jwk(rsa_key())}):
        report = verify(world, rs256(header, claims))
        assert report.verified, report.problems
        assert report.verdict is Verdict.VALID_NOT_RECOGNISED


def test_a_kid_may_be_an_address_under_the_issuers_own(world: World) -> None:
    world.net.serve(f"{ISSUER}/keys/1", rsa_jwk(rsa_key()))
    claims = badge_of_https_issuer(world)
    assert verify(world, rs256({"alg": "RS256", "kid": f"{ISSUER}/keys/1"}, claims)).verified
    for foreign in ("https://evil.example/keys/1", f"{ISSUER}x/keys/1", "https://college.example/issuers/8/keys/1"):
        world.net.serve(foreign, rsa_jwk(rsa_key()))
        report = verify(world, rs256({"alg": "RS256", "kid": foreign}, claims))
        assert isinstance(report["issuer"].findings[0], IssuerKeyForeign)
    assert not any("evil" in url or "issuers/8" in url for url in world.net.requests)


def test_V_JWT_3_a_key_in_the_header_proves_no_issuer(world: World) -> None:
    claims = badge_of_https_issuer(world)
    token = rs256({"alg": "RS256", "jwk": rsa_jwk(rsa_key())}, claims)
    silent = verify(world, token)
    assert silent.verdict is Verdict.UNDECIDED
    assert isinstance(silent["issuer"].findings[0], IssuerNotReached)
    published_by(world, rsa_jwk(rsa_key(3072)))
    foreign = verify(world, token)
    assert foreign.verdict is Verdict.NOT_VALID
    assert isinstance(foreign["issuer"].findings[0], IssuerKeyForeign)


def test_V_TAM_1_a_changed_content_is_altered_even_where_the_issuer_is_silent(world: World) -> None:
    head, payload, signature = rs256({"alg": "RS256", "jwk": rsa_jwk(rsa_key())}, badge_of_https_issuer(world)).split(
        "."
    )
    changed = encoded({**json.loads(base64url.decode(payload)), "name": "Another"})
    report = verify(world, f"{head}.{changed}.{signature}")
    assert isinstance(report["integrity"].findings[0], ContentAltered)


def test_the_version_1_form_keeps_its_credential_in_vc(world: World) -> None:
    published_by(world, rsa_jwk(rsa_key()))
    badge = badge_of_https_issuer(world)
    newer = ("validFrom", "awardedDate", "inLanguage")  # the first context of Open Badges 3.0 has no such words
    inner = {name: value for name, value in badge.items() if name not in ("iss", "jti", "nbf", "sub", *newer)}
    inner["credentialSubject"]["achievement"].pop("inLanguage")
    inner["@context"] = [
        "https://www.w3.org/2018/credentials/v1",
        "https://purl.imsglobal.org/spec/ob/v3p0/context.json",
    ]
    inner["issuanceDate"] = badge["validFrom"]
    inner["name"] = "Data analysis 101"
    outer = {name: badge[name] for name in ("iss", "jti", "nbf", "sub")}
    header = {"alg": "RS256", "jwk": rsa_jwk(rsa_key())}
    assert verify(world, rs256(header, {**outer, "vc": inner})).verified
    for lie in (
        {**outer, "vc": inner, "name": "beside"},
        {**outer, "vc": [inner]},
        {**outer, "jti": "x:y", "vc": inner},
    ):
        assert isinstance(verify(world, rs256(header, lie))["integrity"].findings[0], Malformed)


CLAIM_LIES: list[dict[str, Any]] = [
    {"iss": "did:web:other.example"},
    {"iss": None},
    {"jti": "urn:uuid:other"},
    {"jti": None},
    {"nbf": 1},
    {"nbf": None},
    {"nbf": "1760572800"},
    {"nbf": True},
    {"exp": 4_000_000_000},
    {"sub": "did:example:other"},
    {"validUntil": "2030-01-01T00:00:00Z"},
    {"vp": {}},
]


@pytest.mark.parametrize("lie", CLAIM_LIES, ids=str)
def test_V_TIM_1_V_ISS_1_claims_that_do_not_repeat_the_credential_are_refused(
    world: World, lie: dict[str, Any]
) -> None:
    claims = {**claims_of(issued(world)), **lie}
    claims = {name: value for name, value in claims.items() if value is not None}
    token = eddsa({"kid": world.institution.verification_method}, claims, world.institution.key)
    report = verify(world, token)
    assert not report.verified
    assert report.verdict is Verdict.NOT_VALID


HEADER_LIES: list[dict[str, Any]] = [
    {"alg": "none"},
    {"alg": "HS256"},
    {"alg": "ES384"},
    {"alg": ["EdDSA"]},
    {"alg": "RS256"},
    {"alg": "ES256"},
    {"typ": "kb+jwt"},
    {"typ": "at+jwt"},
    {"typ": "jwt"},
    {"typ": None},
    {"jwk": {"kty": "OKP"}},
    {"kid": 7},
    {"kid": "key-1"},
    {"kid": "../../etc/passwd"},
    {"crit": ["exp"]},
    {"b64": False},
    {"zip": "DEF"},
    {"jku": "https://evil.example/keys"},
    {"x5c": []},
]


@pytest.mark.parametrize("lie", HEADER_LIES, ids=str)
def test_V_JWT_1_V_JWT_3_V_JWT_4_headers_outside_the_profile_are_refused(world: World, lie: dict[str, Any]) -> None:
    claims = claims_of(issued(world))
    header = {"kid": world.institution.verification_method, **lie}
    assert not verify(world, eddsa(header, claims, world.institution.key)).verified
    assert not any("evil" in url for url in world.net.requests)


def weak_keys() -> list[Callable[[], dict[str, Any]]]:
    return [
        lambda: rsa_jwk(rsa_key(1024)),
        lambda: rsa_jwk(rsa_key(2048, 3)),
        lambda: {**rsa_jwk(rsa_key()), "d": "AQAB"},
        lambda: {**rsa_jwk(rsa_key()), "alg": "PS256"},
        lambda: {**rsa_jwk(rsa_key()), "use": "enc"},
        lambda: {**rsa_jwk(rsa_key()), "n": rsa_jwk(rsa_key())["n"] + "="},
        lambda: {**rsa_jwk(rsa_key()), "n": base64url.encode(bytes(256))},
        lambda: {"kty": "oct", "k": "AQAB"},
    ]


@pytest.mark.parametrize("members", weak_keys())
def test_V_KEY_1_V_JWT_2_weak_and_misfit_rsa_keys_are_refused(
    world: World, members: Callable[[], dict[str, Any]]
) -> None:
    jwk = members()
    published_by(world, jwk)
    sizes = {1024: "n", 2048: "n"}
    key = next((rsa_key(b) for b in sizes if rsa_jwk(rsa_key(b))["n"] == jwk.get("n")), rsa_key())
    assert not verify(world, rs256({"alg": "RS256", "jwk": jwk}, badge_of_https_issuer(world), key)).verified


def test_an_algorithm_that_the_caller_does_not_accept_is_no_verdict(world: World) -> None:
    report = world.verify(issued(world), accepted_suites=ACCEPTED)
    assert isinstance(report["integrity"].findings[0], SuiteNotAccepted)


def test_V_PRF_1_every_bit_of_the_signature_counts(world: World) -> None:
    head, payload, signature = issued(world).split(".")
    raw = base64url.decode(signature)
    for bit in range(len(raw) * 8):
        flipped = bytearray(raw)
        flipped[bit // 8] ^= 1 << bit % 8
        assert not verify(world, f"{head}.{payload}.{base64url.encode(bytes(flipped))}").verified


def test_P_DM_1_a_badge_token_is_no_presentation(world: World) -> None:
    report = world.verify_presentation(issued(world), accepted_suites=ALGS)
    assert not report.verified
