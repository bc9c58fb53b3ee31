"""Signed tokens: headers, claims, spellings, disclosures, COSE (V-JWT, V-TYP, V-ENV, S-DIS). All well signed."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import cbor2
import pytest

from keys.dids import PublishedKey, did_web
from tests.hostile.formats import (
    DID,
    EDWARDS,
    KEY,
    METHOD,
    Document,
    disclosures,
    draft,
    enveloped,
    in_cose,
    token,
    verify,
    verify_presentation,
)
from tests.reports import refused
from tests.world import NOW, World
from vc import cose
from vc.findings import Verdict
from vc.jose import sd_jwt

TODAY = int(NOW.timestamp())
VC_JWT = "application/vc+jwt"

SPELLINGS_OF_NONE: list[Any] = ["none", "None", "NONE", "nOnE", "", ["ES256"], None, 5, {}]
NO_DATES: list[Any] = ["2030", "", [], {}, True, -1, 1e300, 253402300800, [TODAY]]
HEADERS: dict[str, dict[str, Any]] = {
    **{f"V-JWT-1 alg {alg!r}": {"alg": alg} for alg in SPELLINGS_OF_NONE},
    **{f"V-JWT-2 alg {alg}": {"alg": alg} for alg in ("HS256", "HS512", "EdDSA", "ES384", "RS256", "PS256", "ES256K")},
    "V-JWT-3 jwk": {"kid": None, "jwk": KEY.public.jwk},
    "V-JWT-3 jku": {"kid": None, "jku": "https://else.example/keys"},
    "V-JWT-3 x5u": {"kid": None, "x5u": "https://else.example/chain"},
    "V-JWT-3 kid a path": {"kid": "../../etc/passwd"},
    "V-JWT-3 kid SQL": {"kid": "' OR 1=1 --"},
    "V-JWT-3 kid an address": {"kid": "https://else.example/keys#1"},
    "V-JWT-3 kid an object": {"kid": {"id": METHOD}},
    "V-JWT-3 kid a list": {"kid": [METHOD]},
    "V-JWT-4 crit": {"crit": ["exp"]},
    "V-JWT-4 crit empty": {"crit": []},
    "V-JWT-4 b64": {"b64": False, "crit": ["b64"]},
    "V-JWT-4 b64 alone": {"b64": False},
    "V-JWT-5 zip": {"zip": "DEF"},
    "V-JWT-5 enc": {"enc": "A256GCM"},
    **{f"V-TYP-1 typ {typ}": {"typ": typ} for typ in ("at+jwt", "kb+jwt", "vp+jwt", "statuslist+jwt", "dc+sd-jwt")},
    "V-TYP-1 key proof": {"typ": "openid4vci-proof+jwt"},
    "V-TYP-1 no typ": {"typ": None},
    "V-TYP-1 typ a list": {"typ": ["vc+jwt"]},
}


@pytest.mark.parametrize("header", HEADERS.values(), ids=HEADERS)
def test_V_JWT_1_to_V_JWT_5_V_TYP_1_headers(header: dict[str, Any]) -> None:
    world = World()
    started = time.perf_counter()
    report = verify(enveloped(VC_JWT, token(draft(), **header)), world=world)
    assert time.perf_counter() - started < 0.5
    assert refused(report)
    assert report.verdict is Verdict.NOT_VALID  # read and refused, where what is no token at all is not decided
    assert world.net.requests == []


CLAIMS: dict[str, dict[str, Any]] = {
    "V-ISS-1 iss": {"iss": "did:web:other.example"},
    "V-ISS-1 iss a list": {"iss": [DID]},
    "V-TAM-1 jti": {"jti": "urn:other"},
    "V-TAM-1 sub": {"sub": "did:web:other.example"},
    "V-DM-1 vc": {"vc": {}},
    "V-DM-1 vp": {"vp": {}},
    "V-STA-3 another kind of status": {"status": {"status_list": {"idx": 1, "uri": "https://else.example/s"}}},
    "V-TIM-1 exp": {"exp": TODAY - 61},
    "V-TIM-1 nbf": {"nbf": TODAY + 61},
    "V-TIM-2 iat": {"iat": TODAY + 61},
    **{f"V-TIM-3 {claim} {value!r}": {claim: value} for claim in ("exp", "nbf", "iat") for value in NO_DATES},
    "V-PRF-5 a bad proof inside": {"proof": {"type": "DataIntegrityProof", "proofValue": "z1"}},
}


@pytest.mark.parametrize("claims", CLAIMS.values(), ids=CLAIMS)
def test_V_TIM_3_V_ISS_1_claims(claims: dict[str, Any]) -> None:
    world = World()
    assert refused(verify(enveloped(VC_JWT, token({**draft(), **claims})), world=world))
    assert world.net.requests == []


@pytest.mark.parametrize("claims", [{"exp": TODAY - 59}, {"nbf": TODAY + 59}, {"iat": TODAY + 59}])
def test_V_TIM_1_within_a_minute_clocks_may_differ(claims: dict[str, Any]) -> None:
    assert verify(enveloped(VC_JWT, token({**draft(), **claims}))).verified


def spelt(text: str) -> dict[str, str]:
    head, payload, signature = text.split(".")
    loose = signature[:-1] + chr(ord(signature[-1]) + 1)
    whole = json.dumps({"payload": payload, "protected": head, "signature": signature})
    return {
        "padding": f"{text}=",
        "other alphabet": text.replace("-", "+").replace("_", "/") + "+",
        "last bits": f"{head}.{payload}.{loose}",
        "white space": f"{head}. {payload}.{signature}",
        "line feed": f"{head}.{payload}.{signature}%0A",
        "two parts": f"{head}.{payload}",
        "four parts": f"{text}.",
        "five parts": f"{text}.{head}.{payload}",
        "no signature": f"{head}.{payload}.",
        "JSON": whole,
        "JSON, encoded": base64.urlsafe_b64encode(whole.encode()).decode(),
    }


@pytest.mark.parametrize("lie", spelt("a.b.c"))
def test_V_JWT_6_one_spelling_of_a_token(lie: str) -> None:
    assert refused(verify(enveloped(VC_JWT, spelt(token(draft()))[lie])))


@pytest.mark.parametrize(
    "envelope",
    [
        lambda t: enveloped(VC_JWT, t, name="A better name"),
        lambda t: enveloped(VC_JWT, t, credentialSubject={"id": "urn:other"}),
        lambda t: enveloped(VC_JWT, t, proof={}),
        lambda t: enveloped("application/vp+jwt", t),
        lambda t: enveloped("application/vc+sd-jwt", t),
        lambda t: enveloped("application/vc+cose", t),
        lambda t: enveloped("application/jwt", t),
        lambda t: enveloped("text/html", t),
        lambda t: {**enveloped(VC_JWT, t), "id": t},
        lambda t: {**enveloped(VC_JWT, t), "id": f"https://else.example/{t}"},
        lambda t: {**enveloped(VC_JWT, t), "type": ["EnvelopedVerifiableCredential", "VerifiableCredential"]},
        lambda t: enveloped(VC_JWT, json.dumps(enveloped(VC_JWT, t))),
        lambda t: enveloped(VC_JWT, token(enveloped(VC_JWT, t))),
    ],
)
def test_V_ENV_1_an_envelope_is_its_token_and_nothing_else(envelope: Callable[[str], Document]) -> None:
    world = World()
    assert refused(verify(envelope(token(draft())), world=world))
    assert world.net.requests == []


@pytest.mark.parametrize("dates", [{"revoked": NOW - timedelta(days=1)}, {"expires": NOW - timedelta(days=1)}])
def test_V_DID_1_a_key_that_has_ended_signs_no_tokens(dates: dict[str, Any]) -> None:
    world = World()
    college = world.institution
    claims = world.draft(credentialStatus=None)
    published = PublishedKey(college.key.public, **dates)
    world.net.serve(f"{college.origin}/.well-known/did.json", did_web.document(college.did, methods=[published]))
    signed = token(claims, key=college.key, kid=college.verification_method)
    message = cose.VC_COSE.sign(claims, signer=college.key, kid=college.verification_method)
    in_envelope = enveloped("application/vc+cose;base64", base64.b64encode(message).decode())
    for secured in (enveloped(VC_JWT, signed), in_envelope):
        assert refused(verify(secured, world=world), "INVALID_VERIFICATION_METHOD")


# --- selective disclosure -------------------------------------------------------------------------

DECISIVE: list[sd_jwt.Path] = [
    ("issuer", "id"),
    ("validUntil",),
    ("validFrom",),
    ("credentialStatus",),
    ("credentialStatus", 0),
    ("credentialStatus", 1, "statusListIndex"),
    ("credentialSchema",),
]


SHOWN = [(path, True) for path in DECISIVE]
LEFT_OUT = [(path, False) for path in DECISIVE if len(path) > 1]  # of a whole member nobody can tell what it was


@pytest.mark.parametrize(("path", "shown"), [*SHOWN, *LEFT_OUT])
def test_S_DIS_2_what_decides_cannot_be_left_out(path: sd_jwt.Path, shown: bool) -> None:
    world = World()
    made = draft(
        credentialStatus=world.draft()["credentialStatus"],
        credentialSchema=[{"id": "https://else.example/schema", "type": "JsonSchema"}],
    )
    text = disclosures(made, disclosable=[path])
    content = text if shown else text.split("~")[0] + "~"
    assert refused(verify(enveloped("application/vc+sd-jwt", content), world=world))
    assert world.net.requests == []


def disclosure(*parts: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(parts).encode()).rstrip(b"=").decode()


SALT = "c2FsdHNhbHRzYWx0c2E"


@pytest.mark.parametrize(
    "extra",
    [
        disclosure(SALT, "name", "A better name"),
        disclosure(SALT, "_sd", []),
        disclosure(SALT, "...", "x"),
        disclosure(SALT, "iss", "did:web:other.example"),
        disclosure(SALT),
        disclosure(SALT, "a", "b", "c"),
        disclosure(5, "name", "x"),
        base64.urlsafe_b64encode(b"not json").decode().rstrip("="),
        "****",
        "é",
        "",
    ],
)
def test_S_DIS_1_disclosures_that_belong_nowhere(extra: str) -> None:
    assert refused(verify(enveloped("application/vc+sd-jwt", f"{disclosures(draft())}{extra}~")))


def test_V_DOS_4_S_DIS_1_ten_thousand_disclosures_are_over_a_limit_and_not_opened() -> None:
    many = "~".join(str(number) for number in range(10_000))
    report = verify(enveloped("application/vc+sd-jwt", f"{disclosures(draft())}{many}~"))
    assert refused(report, "MALFORMED_VALUE_ERROR")
    assert next(finding.code for finding in report.findings) == "over_limit"


# --- COSE -----------------------------------------------------------------------------------------


def message(
    *, protected: bytes | None = None, header: dict[Any, Any] | None = None, unprotected: Any = None, after: bytes = b""
) -> Document:
    stated = {1: -7, 3: "application/vc", 4: METHOD.encode(), 16: "application/vc+cose", **(header or {})}
    head = protected if protected is not None else cbor2.dumps(stated)
    payload = json.dumps(draft()).encode()
    signature = KEY.sign(cbor2.dumps(["Signature1", head, b"", payload]))
    data = cbor2.dumps(cbor2.CBORTag(18, [head, unprotected or {}, payload, signature])) + after
    return enveloped("application/vc+cose;base64", base64.b64encode(data).decode())


TWICE = (
    b"\xa5\x01\x38\x22" + cbor2.dumps({1: -7, 3: "application/vc", 4: METHOD.encode(), 16: "application/vc+cose"})[1:]
)
COSE_LIES: dict[str, dict[str, Any]] = {
    "alg a list": {"header": {1: [-7]}},
    "alg a map": {"header": {1: {1: 2}}},
    "alg none": {"header": {1: 0}},
    "alg HMAC": {"header": {1: 5}},
    "alg of another key": {"header": {1: -8}},
    "alg twice": {"protected": TWICE},
    "alg unprotected too": {"unprotected": {1: -7}},
    "type of another": {"header": {16: "application/vp+cose"}},
    "type a list": {"header": {16: ["application/vc+cose"]}},
    "content of another": {"header": {3: "text/html"}},
    "crit": {"header": {2: [1]}},
    "kid a text": {"header": {4: METHOD}},
    "kid of another": {"header": {4: b"did:web:other.example#1"}},
    "bytes after": {"after": b"\x00"},
    "bytes after the header": {"protected": cbor2.dumps({1: -7}) + b"\x00"},
}


def test_a_plain_message_is_verified() -> None:
    assert verify(message()).verified
    assert verify(in_cose(draft())).verified


@pytest.mark.parametrize("lie", COSE_LIES.values(), ids=COSE_LIES)
def test_V_JWT_1_V_JWT_6_cose_headers(lie: dict[str, Any]) -> None:
    assert refused(verify(message(**lie)))


BOMBS: dict[str, bytes] = {
    "long array": b"\x9b\x00\x00\x00\xff\xff\xff\xff\xff",
    "long bytes": b"\x5b\x00\x00\x00\x7f\xff\xff\xff\xff",
    "nested": b"\x81" * 500_000 + b"\x00",
    "nested tags": b"\xc1" * 500_000,
    "endless": b"\x9f" * 1000,
    "pattern": cbor2.dumps(cbor2.CBORTag(35, "(a" * 5000)),
    "large number": cbor2.dumps(2**200_000),
    "large exponent": b"\xc4\x82\x1b\x7f\xff\xff\xff\xff\xff\xff\xff\x01",
    "fraction by nothing": cbor2.dumps(cbor2.CBORTag(30, [1, 0])),
    "itself": b"\xd8\x1c\x81\xd8\x1d\x00",
    "day": cbor2.dumps(cbor2.CBORTag(1, 1e300)),
}


@pytest.mark.parametrize("bomb", BOMBS.values(), ids=BOMBS)
def test_V_DOS_1_V_DOS_2_cbor_bombs(bomb: bytes) -> None:
    started = time.perf_counter()
    content = base64.b64encode(bomb).decode()
    assert refused(verify(enveloped("application/vc+cose;base64", content)), "PARSING_ERROR")
    assert time.perf_counter() - started < 1


@pytest.mark.parametrize("party", ["issuer", "holder"])
@pytest.mark.parametrize("envelope", ["EnvelopedVerifiableCredential", "EnvelopedVerifiablePresentation", "none"])
def test_V_TYP_1_a_token_for_one_kind_never_holds_the_other(party: str, envelope: str) -> None:
    """Well signed by issuer or holder, with the other's `typ`, in every wrapping there is."""
    world = World()
    content = draft() if party == "issuer" else {**world.present(world.issue()), "proof": None}
    content = {name: value for name, value in content.items() if value is not None}
    kind = "vp" if party == "issuer" else "vc"
    signed = token({**content, "aud": "https://employer.example", "nonce": "c-1"}, typ=f"{kind}+jwt")
    secured: Any = {**enveloped(f"application/{kind}+jwt", signed), "type": envelope} if envelope != "none" else signed
    assert refused(verify(secured, world=world), "MALFORMED_VALUE_ERROR")
    assert refused(verify_presentation(secured, world=world), "MALFORMED_VALUE_ERROR")


def test_V_TYP_1_an_envelope_says_what_it_holds() -> None:
    secured = enveloped(VC_JWT, token(draft()))
    assert verify(secured).verified
    assert refused(verify({**secured, "type": "EnvelopedVerifiablePresentation"}), "MALFORMED_VALUE_ERROR")
    message_in_text = {**message(), "id": message()["id"].replace(";base64", "")}
    for one in (enveloped(f"{VC_JWT};base64", token(draft())), message_in_text):
        assert refused(verify(one), "MALFORMED_VALUE_ERROR")
    assert verify(enveloped(f"{VC_JWT};charset=utf-8", token(draft()))).verified


@pytest.mark.parametrize("claims", [{"_sd": []}, {"_sd_alg": "sha-256"}])
def test_S_DIS_1_a_token_that_withholds_nothing_has_no_digests(claims: dict[str, Any]) -> None:
    assert refused(verify(enveloped(VC_JWT, token({**draft(), **claims}))), "MALFORMED_VALUE_ERROR")


def test_V_JWT_2_another_key_of_the_right_kind() -> None:
    assert refused(verify(enveloped(VC_JWT, token(draft(), key=EDWARDS, kid=METHOD))))
