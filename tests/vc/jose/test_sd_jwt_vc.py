"""SD-JWT VC: issued, presented, verified; and every way it can lie about issuer, type, time, status and holder."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from keys import KeyType, PrivateKey
from tests.world import NOW, World
from vc import findings as found
from vc.findings import Answer, Report, Verdict
from vc.jose import base64url, sd_jwt, sd_jwt_vc
from vc.jose.sd_jwt import NO_KEY_BINDING, HolderBinding, RequireKeyBinding
from vc.policy import Anchors, Institution
from vc.status import token_list
from vc.status.token_list import StatusReference, TokenStatus, TokenStatusList

ISSUER = "https://college.example/issuers/7"
METADATA = "https://college.example/.well-known/jwt-vc-issuer/issuers/7"
LIST = "https://college.example/status/1"
VCT = "https://skills.example/types/badge"
KEY = PrivateKey.generate(KeyType.P256)
HOLDER = PrivateKey.generate(KeyType.P256)
STRANGER = PrivateKey.generate(KeyType.P256)
ALGS = frozenset({"ES256", "EdDSA"})
ANCHORS = Anchors(frozenset(), frozenset({Institution(ISSUER, {"en": "College"})}))
WANTED = RequireKeyBinding(audience="https://employer.example", nonce="n-1", now=NOW)


@pytest.fixture
def world() -> World:
    world = World()
    world.net.serve(METADATA, {"issuer": ISSUER, "jwks": {"keys": [{**KEY.public.jwk, "kid": "2026"}]}})
    serve_list(world)
    return world


def serve_list(world: World, value: int = TokenStatus.VALID, **changes: Any) -> None:
    listed = TokenStatusList(bits=2, size=100)
    listed[7] = value
    given: dict[str, Any] = {
        "uri": LIST,
        "issuer": ISSUER,
        "signer": KEY,
        "kid": "2026",
        "now": NOW,
        "lifetime": timedelta(hours=12),
        "ttl": timedelta(hours=1),
    }
    world.net.serve(LIST, token_list.sign_list(listed, **{**given, **changes}).encode())


def issued(**changes: Any) -> str:
    given: dict[str, Any] = {
        "vct": VCT,
        "issuer": ISSUER,
        "signer": KEY,
        "kid": "2026",
        "holder": HOLDER.public,
        "issued": NOW - timedelta(days=1),
        "valid_from": NOW - timedelta(days=1),
        "valid_until": NOW + timedelta(days=100),
        "status": StatusReference(LIST, 7),
        "disclosable": [("results",), ("achievement",)],
        "decoys": 2,
    }
    claims = sd_jwt_vc.claims_of_badge(World().draft(), language="fr") | {"results": [{"value": "92"}]}
    return sd_jwt_vc.issue(changes.pop("claims", claims), **{**given, **changes})


def presented(text: str, **changes: Any) -> str:
    given: dict[str, Any] = {"signer": HOLDER, "audience": WANTED.audience, "nonce": WANTED.nonce, "now": NOW}
    return sd_jwt_vc.present(text, disclose=[("achievement",)], binding=HolderBinding(**{**given, **changes}))


def verify(world: World, text: object, **changes: Any) -> Report:
    given: dict[str, Any] = {
        "key_binding": WANTED,
        "anchors": ANCHORS,
        "accepted_types": frozenset({VCT}),
        "accepted_algs": ALGS,
        "fetcher": world.net,
        "now": NOW,
    }
    return sd_jwt_vc.verify(text, **{**given, **changes})


def test_what_is_issued_and_presented_verifies(world: World) -> None:
    report = verify(world, presented(issued()))
    assert report.verified, report.findings
    assert report.credential is not None
    assert report.credential["achievement"]["name"] == "Data analysis 101"
    assert "results" not in report.credential
    assert report["holder"].answer is Answer.PASSED
    assert report.verdict is Verdict.UNDECIDED, "no accreditation speaks about this format"
    assert any(isinstance(finding, found.NotAW3cCredential) for finding in report.findings)


def test_a_bearer_credential_is_verified_where_nobody_asks_for_a_holder(world: World) -> None:
    assert verify(world, issued(holder=None), key_binding=NO_KEY_BINDING).verified


def test_an_issuer_that_is_a_did_names_its_key_by_kid(world: World) -> None:
    college = world.institution
    text = issued(issuer=college.did, signer=college.key, kid=college.verification_method, status=None)
    assert verify(world, presented(text)).verified
    stranger = issued(issuer=college.did, signer=STRANGER, kid="did:web:other.example#k", status=None)
    assert isinstance(verify(world, presented(stranger)).findings[0], found.IssuerKeyForeign)


def test_the_metadata_stands_between_host_and_path() -> None:
    assert sd_jwt_vc.metadata_url(ISSUER) == METADATA
    assert sd_jwt_vc.metadata_url("https://a.example") == "https://a.example/.well-known/jwt-vc-issuer"
    assert sd_jwt_vc.metadata_url("https://a.example:8443/") == "https://a.example:8443/.well-known/jwt-vc-issuer"


def test_keys_may_stand_at_an_address_of_their_own(world: World) -> None:
    world.net.serve(METADATA, {"issuer": ISSUER, "jwks_uri": "https://college.example/jwks"})
    world.net.serve("https://college.example/jwks", {"keys": [{**KEY.public.jwk, "kid": "2026"}]})
    assert verify(world, presented(issued())).verified


METADATA_LIES: list[Any] = [
    {"issuer": "https://other.example", "jwks": {"keys": [{**KEY.public.jwk, "kid": "2026"}]}},
    {"issuer": ISSUER},
    {"issuer": ISSUER, "jwks": {"keys": []}},
    {"issuer": ISSUER, "jwks": {"keys": [{**KEY.public.jwk, "kid": "2025"}]}},
    {"issuer": ISSUER, "jwks": {"keys": [{**KEY.public.jwk, "kid": "2026"}] * 2}},
    {"issuer": ISSUER, "jwks": {"keys": [{**STRANGER.public.jwk, "kid": "2026"}]}},
    {"issuer": ISSUER, "jwks": {"keys": [{**KEY.public.jwk, "kid": "2026", "d": "AAAA"}]}},
    {"issuer": ISSUER, "jwks": [], "jwks_uri": "https://college.example/jwks"},
    {"issuer": ISSUER, "jwks_uri": "http://127.0.0.1/jwks"},
    {"issuer": ISSUER, "jwks_uri": ["https://college.example/jwks"]},
    b"<html>",
    b'{"issuer": "x", "issuer": "y"}',
]


@pytest.mark.parametrize("page", METADATA_LIES)
def test_V_ISS_1_metadata_that_lies_proves_no_issuer(world: World, page: Any) -> None:
    world.net.serve(METADATA, page)
    report = verify(world, presented(issued()))
    assert not report.verified
    assert report.credential is None
    assert report.verdict is Verdict.NOT_VALID


def test_V_STA_1_silence_of_the_issuer_is_no_verdict(world: World) -> None:
    world.unreachable(".well-known")
    assert verify(world, presented(issued())).verdict is Verdict.UNDECIDED


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (TokenStatus.INVALID, found.Revoked),
        (TokenStatus.SUSPENDED, found.Suspended),
        (3, found.Revoked),
    ],
)
def test_V_STA_1_a_marked_credential_is_refused(world: World, value: int, kind: type) -> None:
    serve_list(world, value)
    report = verify(world, presented(issued()))
    assert isinstance(report["status"].findings[0], kind)
    assert report.verdict is Verdict.NOT_VALID


LIST_LIES: dict[str, Callable[[World], None]] = {
    "another's key": lambda w: serve_list(w, signer=STRANGER),
    "another address": lambda w: serve_list(w, uri="https://college.example/status/2"),
    "over": lambda w: serve_list(w, now=NOW - timedelta(days=2)),
    "to come": lambda w: serve_list(w, now=NOW + timedelta(hours=1)),
    "html": lambda w: w.net.serve(LIST, b"<html>"),
    "nobody": lambda w: w.unreachable("status/1"),
}


@pytest.mark.parametrize("lie", LIST_LIES)
def test_V_STA_1_V_STA_2_a_list_that_lies_or_is_silent_is_no_answer(world: World, lie: str) -> None:
    LIST_LIES[lie](world)
    report = verify(world, presented(issued()))
    assert isinstance(report["status"].findings[0], found.StatusNotObtained)
    assert not report.verified


@pytest.mark.parametrize(
    "status",
    [{}, {"status_list": {"idx": "7", "uri": LIST}}, {"status_list": {"idx": 100_000, "uri": LIST}}, {"x": {}},
     {"status_list": {"idx": 7, "uri": "http://127.0.0.1/"}}, 7],
    ids=str,
)  # fmt: skip
def test_V_STA_3_a_reference_that_is_none_is_no_answer(world: World, status: Any) -> None:
    text = raw_issued({"status": status})
    assert isinstance(verify(world, text, key_binding=NO_KEY_BINDING)["status"].findings[0], found.StatusNotObtained)


def raw_issued(claims: dict[str, Any], typ: str = "dc+sd-jwt", **header: Any) -> str:
    """An SD-JWT by the right key with claims that `issue` would not make."""
    payload = {"iss": ISSUER, "vct": VCT, **claims}
    payload = {name: value for name, value in payload.items() if value is not ...}
    return sd_jwt.issue(payload, disclosable=[], signer=KEY, typ=typ, kid="2026", header=header)


LIES: list[dict[str, Any]] = [
    {"vct": ...},
    {"vct": ""},
    {"vct": 7},
    {"vct": "https://skills.example/types/other"},
    {"iss": ...},
    {"iss": {"id": ISSUER}},
    {"iss": "http://college.example/issuers/7"},
    {"iss": "https://127.0.0.1/x"},
    {"exp": int((NOW - timedelta(seconds=61)).timestamp())},
    {"nbf": int((NOW + timedelta(seconds=61)).timestamp())},
    {"exp": "tomorrow"},
    {"nbf": True},
    {"exp": 10**15},
]


@pytest.mark.parametrize("lie", LIES, ids=str)
def test_V_TIM_1_V_TYP_1_claims_that_lie_are_refused(world: World, lie: dict[str, Any]) -> None:
    assert not verify(world, raw_issued(lie), key_binding=NO_KEY_BINDING).verified


@pytest.mark.parametrize("typ", ["vc+sd-jwt", "kb+jwt", "statuslist+jwt", "JWT", "example+sd-jwt"])
def test_V_TYP_1_another_type_of_token_is_refused(world: World, typ: str) -> None:
    assert not verify(world, raw_issued({}, typ=typ), key_binding=NO_KEY_BINDING).verified


@pytest.mark.parametrize("claim", ["iss", "nbf", "exp", "vct", "cnf", "status"])
def test_S_DIS_2_what_decides_validity_is_never_withheld(claim: str) -> None:
    with pytest.raises(ValueError, match="may not be withheld"):
        issued(disclosable=[(claim,)])


@pytest.mark.parametrize("claims", [{"iss": "x"}, {"exp": 1}, {"cnf": {}}, {"vct": "y"}, {"iat": 1}, {"status": {}}])
def test_claims_do_not_say_what_is_not_theirs_to_say(claims: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="not for the claims"):
        issued(claims=claims)


BINDING_LIES: dict[str, Callable[[str], str]] = {
    "missing": lambda text: text,
    "another verifier": lambda text: presented(text, audience="https://other.example"),
    "another nonce": lambda text: presented(text, nonce="n-2"),
    "another key": lambda text: presented(text, signer=STRANGER),
    "old": lambda text: presented(text, now=NOW - timedelta(minutes=6)),
    "other disclosures": lambda text: "~".join((text.split("~")[0], presented(text).split("~")[-1])),
}


@pytest.mark.parametrize("lie", BINDING_LIES)
def test_P_BND_1_P_RPL_1_a_presenter_who_proves_nothing_is_refused(world: World, lie: str) -> None:
    report = verify(world, BINDING_LIES[lie](issued()))
    assert report["holder"].answer is Answer.FAILED
    assert report.verdict is Verdict.NOT_VALID


def test_a_binding_that_nobody_asked_for_is_refused(world: World) -> None:
    assert not verify(world, presented(issued()), key_binding=NO_KEY_BINDING).verified


def test_V_JWT_1_only_the_accepted_algorithms(world: World) -> None:
    report = verify(world, presented(issued()), accepted_algs=frozenset({"EdDSA"}))
    assert isinstance(report.findings[0], found.SuiteNotAccepted)


def test_V_PRF_1_every_bit_of_the_signature_counts(world: World) -> None:
    token, *rest = issued(holder=None).split("~")
    head, payload, signature = token.split(".")
    raw = base64url.decode(signature)
    for bit in range(len(raw) * 8):
        flipped = bytearray(raw)
        flipped[bit // 8] ^= 1 << bit % 8
        text = "~".join((f"{head}.{payload}.{base64url.encode(bytes(flipped))}", *rest))
        assert isinstance(verify(world, text, key_binding=NO_KEY_BINDING).findings[0], found.ContentAltered)


def test_V_DOS_6_the_budget_of_fetches_holds(world: World) -> None:
    verify(world, presented(issued()))
    assert len(set(world.net.requests)) == 2
