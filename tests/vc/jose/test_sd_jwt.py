"""SD-JWT (RFC 9901): the published cases, our own round trip, and every lie about a disclosure."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keys import KeyType, PrivateKey, PublicKey
from vc.jose import base64url, jws, sd_jwt
from vc.jose.sd_jwt import NO_KEY_BINDING, HolderBinding, InvalidSdJwt, RequireKeyBinding

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
ISSUER = PrivateKey.generate(KeyType.P256)
HOLDER = PrivateKey.generate(KeyType.ED25519)
TYPE = "dc+sd-jwt"
ALGS = frozenset({"EdDSA", "ES256"})


class KeySigner:
    """A signer on a bare key."""

    def __init__(self, key: PrivateKey) -> None:
        self.public_key = key.public
        self.sign = key.sign


def cases(vectors: Path) -> Iterator[Path]:
    yield from sorted(path.parent for path in (vectors / "sd-jwt").glob("*/*/sd_jwt_presentation.txt"))


def made_at(case: Path) -> int:
    payload = case / "kb_jwt_payload.json"
    return int(json.loads(payload.read_text())["iat"]) if payload.exists() else 0


def test_published_presentations_give_the_published_claims(vectors: Path) -> None:
    keys = json.loads((vectors / "sd-jwt" / "keys.json").read_text())
    issuer = PublicKey.from_jwk(keys["issuer_public_jwk"])
    read = 0
    for case in cases(vectors):
        text = (case / "sd_jwt_presentation.txt").read_text().strip()
        if case.name == "header_mod":
            with pytest.raises(jws.InvalidJws, match="key id is not text"):  # RFC 7515 section 4.1.4: kid is a string
                sd_jwt.read(text, typ="example+sd-jwt")
            continue
        bound = (case / "kb_jwt_serialized.txt").exists()
        wanted = RequireKeyBinding(
            audience=keys["audience"][case.parent.name],
            nonce=keys["key_binding_nonce"],
            now=datetime.fromtimestamp(made_at(case), UTC),
        )
        token = sd_jwt.read(text, typ=frozenset({"example+sd-jwt", "dc+sd-jwt"}))
        claims = token.verify(issuer, accepted_algs=ALGS, key_binding=wanted if bound else NO_KEY_BINDING)
        assert claims == json.loads((case / "verified_contents.json").read_text()), case.name
        read += 1
    assert read >= 15


CLAIMS: dict[str, Any] = {
    "iss": "https://college.example",
    "given_name": "Éloïse",
    "skills": ["python", "sql", "git"],
    "result": {"mark": "92 %", "assessor": {"name": "A. Rivard"}},
    "cnf": {"jwk": dict(HOLDER.public.jwk)},
}
PATHS: list[sd_jwt.Path] = [("given_name",), ("skills", 1), ("result",), ("result", "assessor"), ("result", "mark")]


def issued(**options: Any) -> str:
    return sd_jwt.issue(CLAIMS, disclosable=PATHS, signer=KeySigner(ISSUER), typ=TYPE, decoys=3, **options)


def claims_of(text: str, key_binding: Any = NO_KEY_BINDING) -> dict[str, Any]:
    return sd_jwt.read(text, typ=TYPE).verify(ISSUER.public, accepted_algs=ALGS, key_binding=key_binding)


def test_everything_disclosed_is_everything_issued() -> None:
    assert claims_of(issued()) == CLAIMS


@given(st.sets(st.sampled_from(PATHS)))
def test_a_presentation_shows_what_was_chosen_and_what_encloses_it(chosen: set[sd_jwt.Path]) -> None:
    claims = claims_of(sd_jwt.present(issued(), disclose=chosen, typ=TYPE, binding=None))
    assert ("given_name" in claims) == (("given_name",) in chosen)
    assert ("sql" in claims["skills"]) == (("skills", 1) in chosen)
    assert ("result" in claims) == any(path[0] == "result" for path in chosen)
    assert ("mark" in claims.get("result", {})) == (("result", "mark") in chosen)
    assert ("assessor" in claims.get("result", {})) == (("result", "assessor") in chosen)


def binding(**changes: Any) -> HolderBinding:
    given: dict[str, Any] = {"signer": KeySigner(HOLDER), "audience": "https://v.example", "nonce": "n-1", "now": NOW}
    return HolderBinding(**{**given, **changes})


def wanted(**changes: Any) -> RequireKeyBinding:
    return RequireKeyBinding(**{"audience": "https://v.example", "nonce": "n-1", "now": NOW, **changes})


def test_key_binding_holds_for_its_audience_nonce_and_moment() -> None:
    shown = sd_jwt.present(issued(), disclose=[("given_name",)], typ=TYPE, binding=binding())
    assert claims_of(shown, wanted())["given_name"] == "Éloïse"


@pytest.mark.parametrize(
    ("made", "asked", "reason"),
    [
        ({"audience": "https://other.example"}, {}, "audience"),
        ({"nonce": "n-2"}, {}, "nonce"),
        ({"signer": KeySigner(PrivateKey.generate(KeyType.ED25519))}, {}, "signature"),
        ({"now": NOW - timedelta(minutes=6)}, {}, "fresh"),
        ({"now": NOW + timedelta(seconds=61)}, {}, "fresh"),
        ({}, {"accepted_algs": frozenset({"ES256"})}, "not accepted"),
    ],
)
def test_P_BND_1_a_key_binding_for_another_case_is_refused(made: Any, asked: Any, reason: str) -> None:
    shown = sd_jwt.present(issued(), disclose=[], typ=TYPE, binding=binding(**made))
    with pytest.raises(jws.InvalidJws, match=reason):
        claims_of(shown, wanted(**asked))


def test_P_BND_1_a_key_binding_over_other_disclosures_is_refused() -> None:
    shown = sd_jwt.present(issued(), disclose=[("given_name",), ("result",)], typ=TYPE, binding=binding())
    jwt, *disclosures, kb = shown.split("~")
    with pytest.raises(InvalidSdJwt, match="other disclosures"):
        claims_of("~".join((jwt, disclosures[0], kb)), wanted())


def test_a_missing_or_unasked_key_binding_is_refused() -> None:
    with pytest.raises(InvalidSdJwt, match="missing"):
        claims_of(issued(), wanted())
    shown = sd_jwt.present(issued(), disclose=[], typ=TYPE, binding=binding())
    with pytest.raises(InvalidSdJwt, match="nobody asked"):
        claims_of(shown)


def disclosure(*parts: Any) -> str:
    return base64url.encode(json.dumps(parts).encode())


def forged(payload: dict[str, Any], *disclosures: str) -> str:
    token = jws.sign({"_sd_alg": "sha-256", **payload}, signer=KeySigner(ISSUER), typ=TYPE)
    return "~".join((token, *disclosures, ""))


def digest(text: str) -> str:
    return sd_jwt._digest("sha256", text)


GOOD = disclosure("salt", "mark", "92")
CLASH = disclosure("salt", "iss", "https://other.example")
NESTED = disclosure("salt", "_sd", [digest(GOOD)])
DOTS = disclosure("salt", "...", 1)
SHORT = disclosure("salt")
LONG = disclosure("salt", "a", 1, 2)
PAIR = disclosure("salt", "in array")
UNSALTED = disclosure(7, "mark", "92")
SELF = disclosure("salt", "again", {"_sd": [digest(GOOD)]})


@pytest.mark.parametrize(
    ("lie", "reason"),
    [
        (lambda: forged({}, GOOD), "no digest"),
        (lambda: forged({"_sd": [digest(GOOD)]}, GOOD, GOOD), "twice"),
        (lambda: forged({"_sd": [digest(GOOD), digest(GOOD)]}, GOOD), "twice"),
        (lambda: forged({"_sd": [digest(GOOD)], "x": {"_sd": [digest(GOOD)]}}, GOOD), "twice"),
        (lambda: forged({"_sd": [digest(SELF), digest(GOOD)]}, SELF, GOOD), "twice"),
        (lambda: forged({"mark": "50", "_sd": [digest(GOOD)]}, GOOD), "replace a claim"),
        (lambda: forged({"_sd": [digest(CLASH)]}, CLASH), "may not be a disclosure"),
        (lambda: forged({"_sd": [digest(NESTED)]}, NESTED), "reserved"),
        (lambda: forged({"_sd": [digest(DOTS)]}, DOTS), "reserved"),
        (lambda: forged({"_sd": [digest(SHORT)]}, SHORT), "array of 3"),
        (lambda: forged({"_sd": [digest(LONG)]}, LONG), "array of 3"),
        (lambda: forged({"_sd": [digest(PAIR)]}, PAIR), "array of 3"),
        (lambda: forged({"x": [{"...": digest(GOOD)}]}, GOOD), "array of 2"),
        (lambda: forged({"_sd": [digest(UNSALTED)]}, UNSALTED), "salt"),
        (lambda: forged({"x": [{"...": digest(PAIR), "y": 1}]}, PAIR), "company"),
        (lambda: forged({"x": {"_sd_alg": "sha-256"}}), "reserved name"),
        (lambda: forged({"x": {"...": "a"}}), "reserved name"),
        (lambda: forged({"_sd": "text"}), "not an array"),
        (lambda: forged({"_sd": [7]}), "not text"),
        (lambda: forged({"_sd_alg": "md5", "_sd": []}), "hash algorithm"),
        (lambda: forged({"_sd_alg": None}), "hash algorithm"),
        (lambda: forged({"_sd": [digest("é")]}, "é"), "base64url"),
        (lambda: forged({"_sd": [digest("a=")]}, "a="), "cannot be read"),
        (lambda: forged({}, *[disclosure("s", str(n), 1) for n in range(501)]), "more than"),
    ],
)
def test_S_DIS_a_lie_about_a_disclosure_is_refused(lie: Any, reason: str) -> None:
    try:
        text = lie()
    except InvalidSdJwt as refused:  # some lies cannot even be digested
        assert reason in str(refused)  # noqa: PT017 - others are digested and refused below
        return
    with pytest.raises(InvalidSdJwt, match=reason):
        claims_of(text)


@pytest.mark.parametrize("path", [("iss",), ("cnf",), ("missing",), ("skills", 9), ("given_name", "x")])
def test_what_may_not_be_withheld_is_not(path: sd_jwt.Path) -> None:
    with pytest.raises(ValueError, match=r"withheld|nothing stands"):
        sd_jwt.issue(CLAIMS, disclosable=[path], signer=KeySigner(ISSUER), typ=TYPE)


def test_V_TYP_1_another_type_is_refused() -> None:
    with pytest.raises(jws.InvalidJws, match="another type"):
        sd_jwt.read(issued(), typ="vc+sd-jwt")


def test_V_JWT_6_json_serialisations_are_refused(vectors: Path) -> None:
    for path in (vectors / "sd-jwt").glob("*/json_serialization_*/sd_jwt_presentation.json"):
        with pytest.raises(jws.InvalidJws):
            sd_jwt.read(path.read_text(), typ="example+sd-jwt")
