"""Encrypted answers: there and back, and what is refused before it is opened."""

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest
from jwcrypto.jwe import JWE
from jwcrypto.jwk import JWK

from vc import openid4vp as vp

SECRET = b"s" * 32
QUERY = vp.parse_query({"credentials": [vp.ldp_vc_query("badge")]})
PRESENTATION = {"type": ["VerifiablePresentation"], "name": "Félicité"}
KEY = vp.ResponseKey.derive(SECRET, request="7f3a")
METADATA = KEY.metadata()
ANSWER: dict[str, Any] = {"vp_token": {"badge": [PRESENTATION]}, "state": "s"}


def sealed(answer: Any, **header: Any) -> str:
    """Somebody's token to the verifier's key."""
    public = {name: METADATA["jwks"]["keys"][0][name] for name in ("kty", "crv", "x", "y")}
    protected = {"alg": "ECDH-ES", "enc": "A256GCM", **header}
    content = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
    return str(JWE(content, json.dumps(protected), recipient=JWK(**public)).serialize(compact=True))


def read(token: str, key: vp.ResponseKey | None = KEY) -> vp.Response | vp.ErrorResponse:
    return vp.parse_response([("response", token)], query=QUERY, key=key)


def refused(token: str, key: vp.ResponseKey | None = KEY) -> str:
    with pytest.raises(vp.Oid4vpError) as caught:
        read(token, key)
    assert caught.value.error == "invalid_request"
    return caught.value.description


def test_there_and_back() -> None:
    recipient = vp.Recipient.of_metadata(METADATA)
    form = vp.response_form(ANSWER["vp_token"], state="s", recipient=recipient)
    assert form.keys() == {"response"}
    assert "Félicité" not in form["response"]
    assert vp.parse_response(form.items(), query=QUERY, key=KEY) == vp.Response({"badge": (PRESENTATION,)}, "s")


@pytest.mark.parametrize("cipher", ["A128GCM", "A256GCM"])
@pytest.mark.parametrize("shape", [lambda token: token, json.dumps], ids=["object", "text"])
def test_what_wallets_send(cipher: str, shape: Callable[[Any], Any]) -> None:
    answer = {**ANSWER, "vp_token": shape(ANSWER["vp_token"])}
    for named in ({}, {"kid": KEY.kid}, {"apu": "YQ", "apv": "Yg"}, {"typ": "JWT"}):
        assert read(sealed(answer, enc=cipher, **named)) == vp.Response({"badge": (PRESENTATION,)}, "s")


def test_a_refusal_may_come_encrypted() -> None:
    assert read(sealed({"error": "access_denied"})) == vp.ErrorResponse("access_denied", "", None)


def test_the_key_is_one_requests_own_and_everybodys_who_has_the_secret() -> None:
    assert vp.ResponseKey.derive(SECRET, request="7f3a").kid == KEY.kid
    others = (vp.ResponseKey.derive(SECRET, request="7f3b"), vp.ResponseKey.derive(b"t" * 32, request="7f3a"))
    for other in others:
        assert other.kid != KEY.kid
        refused(sealed(ANSWER), other)


def test_the_key_as_wallets_look_for_it() -> None:
    [key] = METADATA["jwks"]["keys"]
    assert {"kty": "EC", "crv": "P-256", "use": "enc", "alg": "ECDH-ES", "kid": KEY.kid}.items() <= key.items()


def test_the_private_half_stays() -> None:
    assert not {"d", "k"} & METADATA["jwks"]["keys"][0].keys()
    assert "d" not in json.dumps(METADATA).split('"')
    assert METADATA["encrypted_response_enc_values_supported"] == ["A128GCM", "A256GCM"]


def test_V_JWT_5_other_algorithms_are_refused_unopened() -> None:
    password = JWK.from_password("guess")
    pbes2 = JWE(b"{}", json.dumps({"alg": "PBES2-HS256+A128KW", "enc": "A256GCM"}), recipient=password)
    assert "by nothing else" in refused(str(pbes2.serialize(compact=True)))
    assert "by nothing else" in refused(sealed(ANSWER, enc="A128CBC-HS256"))
    assert "by nothing else" in refused(sealed(ANSWER, alg="ECDH-ES+A128KW"))
    assert "compressed" in refused(sealed(ANSWER, zip="DEF"))


def with_header(**change: Any) -> str:
    """A good token whose header says something else: nothing authenticates any more."""
    token = sealed(ANSWER)
    head, rest = token.split(".", 1)
    header = json.loads(base64.urlsafe_b64decode(head + "=" * (-len(head) % 4))) | change
    return f"{base64.urlsafe_b64encode(json.dumps(header).encode()).rstrip(b'=').decode()}.{rest}"


@pytest.mark.parametrize(
    "change",
    [
        {"kid": "another"},
        {"kid": 1},
        {"epk": None},
        {"epk": {"kty": "EC", "crv": "P-384", "x": "AA", "y": "AA"}},
        {"epk": {"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"}},
        {"epk": {"kty": "oct", "crv": "P-256", "k": "AA"}},
        {"crit": ["exp"], "exp": 1},
        {"enc": ["A256GCM"]},
        {"alg": None},
        {"apu": 5},
    ],
    ids=str,
)
def test_headers_that_lie(change: dict[str, Any]) -> None:
    refused(with_header(**change))


def test_V_JWT_6_what_is_no_token() -> None:
    good = sealed(ANSWER)
    altered = good[:-4] + ("AAAA" if not good.endswith("AAAA") else "BBBB")
    for token in ("", "a.b.c.d.e", ".....", good[:-10], altered, good + ".", f" {good}", "A" * 2_000_000, "é.b.c.d.e"):
        refused(token)


@pytest.mark.parametrize("content", [b"", b"[]", b"hello", b'{"vp_token":{},"vp_token":{}}', b"{}", b"\xff"], ids=str)
def test_what_is_inside_must_be_an_answer(content: bytes) -> None:
    refused(sealed(content))


@pytest.mark.parametrize("answer", [{"vp_token": 5}, {"vp_token": "{"}, {**ANSWER, "state": 5}, {"error": 5}], ids=str)
def test_misshapen_answers(answer: dict[str, Any]) -> None:
    refused(sealed(answer))


def test_nothing_encrypted_was_asked_for() -> None:
    assert "no encrypted answer" in refused(sealed(ANSWER), None)


class TestRecipient:
    """What the wallet makes of a verifier's metadata."""

    def metadata(self, *, cipher: object = ("A128GCM",), **key: Any) -> dict[str, Any]:
        known = {**METADATA["jwks"]["keys"][0], **key}
        keys = [{"kty": "RSA", "use": "sig"}, {name: value for name, value in known.items() if value is not None}]
        return {"jwks": {"keys": keys}, "encrypted_response_enc_values_supported": cipher}

    def test_the_key_is_found_among_others(self) -> None:
        for change in ({}, {"kid": None}, {"use": None}, {"alg": None}):
            recipient = vp.Recipient.of_metadata(self.metadata(cipher=["A128CBC-HS256", "A256GCM"], **change))
            assert recipient.cipher == "A256GCM"
            assert read(recipient.sealed(ANSWER)) == vp.Response({"badge": (PRESENTATION,)}, "s")

    def test_a_verifier_that_names_no_cipher_means_A128GCM(self) -> None:
        assert vp.Recipient.of_metadata({"jwks": METADATA["jwks"]}).cipher == "A128GCM"

    @pytest.mark.parametrize(
        "metadata",
        [{}, {"jwks": []}, {"jwks": {}}, {"jwks": {"keys": {}}}, {"jwks": {"keys": [5]}}, {"jwks": {"keys": []}}],
        ids=str,
    )
    def test_no_key(self, metadata: dict[str, Any]) -> None:
        with pytest.raises(vp.Oid4vpError):
            vp.Recipient.of_metadata(metadata)

    @pytest.mark.parametrize(
        "change",
        [{"use": "sig"}, {"alg": "ECDH-ES+A128KW"}, {"crv": "P-384"}, {"kty": "OKP"}, {"cipher": ["x"]}],
        ids=str,
    )
    def test_no_usable_key(self, change: dict[str, Any]) -> None:
        with pytest.raises(vp.Oid4vpError):
            vp.Recipient.of_metadata(self.metadata(**{"cipher": ["A256GCM"], **change}))

    @pytest.mark.parametrize("change", [{"x": "AAAA"}, {"x": None}, {"y": "*"}, {"x": 5}], ids=str)
    def test_a_key_off_the_curve_gets_nothing(self, change: dict[str, Any]) -> None:
        recipient = vp.Recipient.of_metadata(self.metadata(cipher=["A256GCM"], **change))
        with pytest.raises(vp.Oid4vpError):
            recipient.sealed(ANSWER)
