"""Keys in and out, signatures, and every way a key can be unsound (V-KEY-1)."""

from __future__ import annotations

import copy
import json
import pickle
import time
from pathlib import Path
from typing import Any

import base58
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, x25519
from hypothesis import given
from hypothesis import strategies as st

from keys import InvalidKey, KeyType, PrivateKey, PublicKey
from keys.edwards import _P
from keys.model import _CURVES
from keys.multibase import InvalidEncoding, decode, decode_base58, decode_base64url, encode_base64url

MESSAGE = b"what is signed"
SEEDS = {
    KeyType.ED25519: b"\x07" * 32,
    KeyType.P256: b"\x07" * 32,
    KeyType.P384: b"\x07" * 48,
    KeyType.P521: b"\x00" + b"\x07" * 65,
    KeyType.ML_DSA_44: b"\x07" * 32,
}


def private(key_type: KeyType) -> PrivateKey:
    return PrivateKey.from_raw(key_type, SEEDS[key_type])


def multikey(prefix: str, raw: bytes) -> str:
    return "z" + base58.b58encode(bytes.fromhex(prefix) + raw).decode()


every_type = pytest.mark.parametrize("key_type", KeyType)
CLASSICAL = [KeyType.ED25519, KeyType.P256, KeyType.P384, KeyType.P521]


class TestRoundTrips:
    @every_type
    def test_a_public_key_survives_multikey_and_jwk(self, key_type: KeyType) -> None:
        key = PrivateKey.generate(key_type).public
        assert PublicKey.from_multikey(key.multikey) == key
        assert PublicKey.from_jwk(key.jwk) == key
        assert PublicKey(key.type, key.raw) == key
        assert pickle.loads(pickle.dumps(key)) == key  # noqa: S301 (our own bytes)
        assert hash(PublicKey.from_jwk(key.jwk)) == hash(key)

    @every_type
    def test_a_private_key_survives_multikey_and_jwk(self, key_type: KeyType) -> None:
        key = PrivateKey.generate(key_type)
        assert PrivateKey.from_multikey(key.secret_multikey).raw == key.raw
        member = "priv" if key_type is KeyType.ML_DSA_44 else "d"
        jwk = {**key.public.jwk, member: encode_base64url(key.raw)}
        assert PrivateKey.from_jwk(jwk).public == key.public

    def test_the_texts_look_as_the_specification_says(self) -> None:
        looks = {
            KeyType.ED25519: "z6Mk",
            KeyType.P256: "zDna",
            KeyType.P384: "z82",
            KeyType.P521: "z2J9",
            KeyType.ML_DSA_44: "ukC",
        }
        for key_type, start in looks.items():
            assert private(key_type).public.multikey.startswith(start)

    def test_the_thumbprint_is_that_of_rfc_8037(self) -> None:
        jwk = {"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}
        assert PublicKey.from_jwk(jwk).thumbprint == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"


class TestSignatures:
    @every_type
    def test_a_signature_verifies_and_no_other_does(self, key_type: KeyType) -> None:
        key = private(key_type)
        signature = key.sign(MESSAGE)
        assert key.public.verify(signature, MESSAGE)
        assert not key.public.verify(signature, MESSAGE + b" ")
        assert not PrivateKey.generate(key_type).public.verify(signature, MESSAGE)

    @pytest.mark.parametrize("key_type", CLASSICAL)
    def test_signing_is_deterministic(self, key_type: KeyType) -> None:
        assert private(key_type).sign(MESSAGE) == private(key_type).sign(MESSAGE)

    def test_ecdsa_signs_as_rfc_6979_does(self) -> None:
        scalar = "C9AFA9D845BA75166B5C215767B1D6934E50C3DB36E89B127B8A622B120F6721"
        signature = PrivateKey.from_raw(KeyType.P256, bytes.fromhex(scalar)).sign(b"sample")
        assert signature.hex().upper() == (
            "EFD48B2AACB6A8FD1140DD9CD45E81D69D2C877B56AAF991C34D0EA84EAF3716"
            "F7CB1C942D657C41D436C7A1B6E29F65F3E900DBB9AFF4064DC4AB2F843ACDA8"
        )

    @every_type
    def test_V_PRF_1_every_flipped_bit_breaks_it(self, key_type: KeyType) -> None:
        key = private(key_type)
        signature = key.sign(MESSAGE)
        for bit in range(0, 8 * len(signature), 1 if key_type in CLASSICAL else 7):
            flipped = bytearray(signature)
            flipped[bit // 8] ^= 1 << bit % 8
            assert not key.public.verify(bytes(flipped), MESSAGE)

    @every_type
    def test_V_PRF_1_only_the_exact_length_is_a_signature(self, key_type: KeyType) -> None:
        key = private(key_type)
        signature = key.sign(MESSAGE)
        for other in (b"", signature[:-1], signature + b"\0", b"\0" + signature, signature * 2):
            assert not key.public.verify(other, MESSAGE)

    @pytest.mark.parametrize("key_type", [KeyType.P256, KeyType.P384, KeyType.P521])
    def test_V_KEY_1_r_and_s_outside_their_range_are_refused(self, key_type: KeyType) -> None:
        key, order, width = private(key_type), _CURVES[key_type].order, key_type.signature_size // 2
        signature = key.sign(MESSAGE)
        r, s = signature[:width], signature[width:]
        for hostile in (0, order, 2 ** (8 * width) - 1):
            wrong = hostile.to_bytes(width)
            for attempt in (wrong + s, r + wrong, wrong + wrong):
                assert not key.public.verify(attempt, MESSAGE)

    def test_V_KEY_1_der_in_place_of_fixed_width_is_refused(self) -> None:
        secret = ec.generate_private_key(ec.SECP256R1())
        der = secret.sign(MESSAGE, ec.ECDSA(hashes.SHA256()))
        raw = secret.private_numbers().private_value.to_bytes(32)
        assert not PrivateKey.from_raw(KeyType.P256, raw).public.verify(der, MESSAGE)

    def test_V_KEY_1_a_scalar_that_is_not_reduced_is_refused(self) -> None:
        key = private(KeyType.ED25519)
        signature = key.sign(MESSAGE)
        order = 2**252 + 27742317777372353535851937790883648493
        unreduced = int.from_bytes(signature[32:], "little") + order
        assert not key.public.verify(signature[:32] + unreduced.to_bytes(32, "little"), MESSAGE)


SMALL_ORDER = (
    "0100000000000000000000000000000000000000000000000000000000000000",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0000000000000000000000000000000000000000000000000000000000000080",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
)
NOT_CANONICAL = (
    "0100000000000000000000000000000000000000000000000000000000000080",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
)


class TestUnsoundPoints:
    @pytest.mark.parametrize("point", SMALL_ORDER + NOT_CANONICAL)
    def test_V_KEY_1_ed25519_points_of_small_order_are_refused(self, point: str) -> None:
        raw = bytes.fromhex(point)
        with pytest.raises(InvalidKey):
            PublicKey(KeyType.ED25519, raw)
        with pytest.raises(InvalidKey):
            PublicKey.from_multikey(multikey("ed01", raw))
        with pytest.raises(InvalidKey):
            PublicKey.from_jwk({"kty": "OKP", "crv": "Ed25519", "x": encode_base64url(raw)})

    def test_V_KEY_1_every_encoding_with_y_beyond_the_field_is_refused(self) -> None:
        for y in range(_P, 2**255):
            for sign in (0, 1 << 255):
                with pytest.raises(InvalidKey):
                    PublicKey(KeyType.ED25519, (y | sign).to_bytes(32, "little"))

    def test_V_KEY_1_ed25519_bytes_that_are_no_point_are_refused(self) -> None:
        refused = 0
        for y in range(2, 202):
            try:
                PublicKey(KeyType.ED25519, y.to_bytes(32, "little"))
            except InvalidKey:
                refused += 1
        assert 60 < refused < 140  # half of all y belong to no point

    @every_type
    def test_V_KEY_1_every_honest_key_is_accepted(self, key_type: KeyType) -> None:
        for _ in range(100):
            PrivateKey.generate(key_type)

    @pytest.mark.parametrize(("key_type", "size"), [(KeyType.P256, 32), (KeyType.P384, 48), (KeyType.P521, 66)])
    def test_V_KEY_1_points_off_the_curve_and_other_forms_are_refused(self, key_type: KeyType, size: int) -> None:
        honest = private(key_type).public
        off_curve = next(x for x in range(1, 50) if not _is_on_curve(key_type, b"\x02" + x.to_bytes(size)))
        for raw in (
            b"\x02" + off_curve.to_bytes(size),
            b"\x02" + b"\xff" * size,
            b"\x04" + honest.raw[1:],
            b"\x05" + honest.raw[1:],
            b"\x00" * (size + 1),
            b"\x00",
            honest.raw[:-1],
            honest.raw + b"\0",
        ):
            with pytest.raises(InvalidKey):
                PublicKey(key_type, raw)
        jwk = honest.jwk
        with pytest.raises(InvalidKey):
            PublicKey.from_jwk({**jwk, "y": jwk["x"]})
        with pytest.raises(InvalidKey):
            PublicKey.from_jwk({**jwk, "x": encode_base64url(bytes(size)), "y": encode_base64url(bytes(size))})


def _is_on_curve(key_type: KeyType, raw: bytes) -> bool:
    try:
        PublicKey(key_type, raw)
    except InvalidKey:
        return False
    return True


GOOD = private(KeyType.ED25519).public


AGREEMENT_KEY = x25519.X25519PrivateKey.from_private_bytes(bytes(range(32))).public_key().public_bytes_raw()


class TestMultikeyTexts:
    @pytest.mark.parametrize(
        "text",
        [
            None,
            7,
            b"z6Mk",
            ["z6Mk"],
            {},
            "",
            "z",
            GOOD.multikey[1:],
            "u" + encode_base64url(b"\xed\x01" + GOOD.raw),
            "Z" + GOOD.multikey[1:],
            GOOD.multikey + " ",
            GOOD.multikey + "\n",
            " " + GOOD.multikey,
            "z1" + GOOD.multikey[1:],
            GOOD.multikey[:-1],
            GOOD.multikey + "1",
            GOOD.multikey.replace("k", "0", 1),
            GOOD.multikey.replace("k", "é", 1),
            multikey("ed01", GOOD.raw[:-1]),
            multikey("ed01", GOOD.raw + b"\0"),
            multikey("ed01", b""),
            multikey("ed8100", GOOD.raw),
            multikey("ed818000", GOOD.raw),
            multikey("ed81808000", GOOD.raw),
            multikey("ed", GOOD.raw),
            multikey("80", GOOD.raw),
            multikey("00", GOOD.raw),
            multikey("8026", GOOD.raw),
            multikey("8626", b"\7" * 32),
            multikey("8726", b"\7" * 48),
            multikey("8030", b"\7" * 32),
            multikey("ec01", AGREEMENT_KEY),
            multikey("eb01", b"\7" * 96),
            multikey("e701", b"\2" + b"\7" * 32),
            multikey("8224", b"\2" + b"\xff" * 66),
            "z" + private(KeyType.ML_DSA_44).public.multikey[1:],
            base58.b58encode(b"\x90\x24" + private(KeyType.ML_DSA_44).public.raw).decode(),
            "u" + encode_base64url(b"\x80\x24" + private(KeyType.P256).public.raw),
            "u" + encode_base64url(b"\x90\x24" + private(KeyType.ML_DSA_44).public.raw + b"\0"),
            "u" + encode_base64url(b"\x91\x24" + b"\7" * 1952),
            multikey("8024", GOOD.raw),
            multikey("8124", private(KeyType.P256).public.raw),
            multikey("8024", private(KeyType.P384).public.raw),
            private(KeyType.ED25519).secret_multikey,
            private(KeyType.P256).secret_multikey,
            private(KeyType.P384).secret_multikey,
            private(KeyType.P521).secret_multikey,
            private(KeyType.ML_DSA_44).secret_multikey,
        ],
    )
    def test_V_KEY_1_only_the_one_text_of_a_public_key_is_read(self, text: Any) -> None:
        with pytest.raises(InvalidKey):
            PublicKey.from_multikey(text)

    def test_V_KEY_1_the_length_is_looked_at_before_base58(self) -> None:
        started = time.perf_counter()
        for _ in range(100):
            with pytest.raises(InvalidKey):
                PublicKey.from_multikey("z" + "6" * 1_000_000)
        assert time.perf_counter() - started < 5  # decoding even one would take minutes

    @every_type
    def test_a_public_text_is_no_private_key(self, key_type: KeyType) -> None:
        with pytest.raises(InvalidKey):
            PrivateKey.from_multikey(private(key_type).public.multikey)

    @pytest.mark.parametrize("key_type", [KeyType.P256, KeyType.P384, KeyType.P521])
    def test_V_KEY_1_private_scalars_outside_their_range_are_refused(self, key_type: KeyType) -> None:
        size = key_type.signature_size // 2
        for scalar in (0, _CURVES[key_type].order, 2 ** (8 * size) - 1):
            with pytest.raises(InvalidKey):
                PrivateKey.from_raw(key_type, scalar.to_bytes(size))
        with pytest.raises(InvalidKey):
            PrivateKey.from_raw(key_type, b"\1")

    @given(st.text(max_size=210) | st.from_regex(r"z[1-9A-HJ-NP-Za-km-z]{1,140}", fullmatch=True))
    def test_any_text_is_a_key_that_writes_back_or_is_refused(self, text: str) -> None:
        try:
            key = PublicKey.from_multikey(text)
        except InvalidKey:
            return
        assert key.multikey == text


class TestJwks:
    @every_type
    @pytest.mark.parametrize("member", ["d", "p", "q", "dp", "dq", "qi", "oth", "k", "priv"])
    def test_V_KEY_1_private_members_are_refused_in_public_keys(self, key_type: KeyType, member: str) -> None:
        with pytest.raises(InvalidKey, match="private"):
            PublicKey.from_jwk({**private(key_type).public.jwk, member: "AAAA"})

    @pytest.mark.parametrize("key_type", CLASSICAL)
    @pytest.mark.parametrize(
        "change",
        [
            {"kty": "RSA"},
            {"kty": "oct"},
            {"kty": None},
            {"crv": "X25519"},
            {"crv": "secp256k1"},
            {"crv": ["Ed25519"]},
            {"crv": None},
            {"x": ""},
            {"x": None},
            {"x": 1},
            {"x": "A" * 100_000},
            {"x": "AAAA"},
            {"alg": "none"},
            {"alg": "HS256"},
            {"alg": "RS256"},
            {"alg": None},
            {"alg": ["EdDSA"]},
            {"use": "enc"},
            {"use": None},
            {"key_ops": ["sign"]},
            {"key_ops": []},
            {"key_ops": "verify"},
            {"key_ops": ["deriveKey"]},
        ],
        ids=str,
    )
    def test_V_KEY_1_members_that_disagree_are_refused(self, key_type: KeyType, change: dict[str, Any]) -> None:
        with pytest.raises(InvalidKey):
            PublicKey.from_jwk({**private(key_type).public.jwk, **change})

    @pytest.mark.parametrize(
        "change",
        [
            {"kty": "EC"},
            {"crv": "P-256"},
            {"alg": None},
            {"alg": "ML-DSA-65"},
            {"alg": "EdDSA"},
            {"pub": None},
            {"pub": "AAAA"},
            {"pub": "A" * 100_000},
            {"use": "enc"},
            {"key_ops": ["sign"]},
        ],
        ids=str,
    )
    def test_V_KEY_1_members_of_an_ml_dsa_key_that_disagree_are_refused(self, change: dict[str, Any]) -> None:
        with pytest.raises(InvalidKey):
            PublicKey.from_jwk({**private(KeyType.ML_DSA_44).public.jwk, **change})

    @pytest.mark.parametrize("jwk", [None, [], "", 7, {}])
    def test_what_is_no_jwk_is_refused(self, jwk: Any) -> None:
        with pytest.raises(InvalidKey):
            PublicKey.from_jwk(jwk)

    @pytest.mark.parametrize("twist", ["=", " ", "\n"])
    def test_V_KEY_1_base64url_has_one_spelling(self, twist: str) -> None:
        jwk = GOOD.jwk
        with pytest.raises(InvalidKey):
            PublicKey.from_jwk({**jwk, "x": jwk["x"] + twist})
        last = chr(ord(jwk["x"][-1]) + 1)
        with pytest.raises(InvalidKey, match="unused bits"):
            PublicKey.from_jwk({**jwk, "x": jwk["x"][:-1] + last})

    def test_an_algorithm_of_another_type_is_refused(self) -> None:
        for key_type, algorithms in {KeyType.ED25519: ("ES256",), KeyType.P256: ("EdDSA", "ES384")}.items():
            for algorithm in algorithms:
                with pytest.raises(InvalidKey):
                    PublicKey.from_jwk({**private(key_type).public.jwk, "alg": algorithm})

    def test_what_fits_is_accepted(self) -> None:
        fits = {"alg": "ES256", "use": "sig", "key_ops": ["verify"], "kid": "1"}
        assert PublicKey.from_jwk({**private(KeyType.P256).public.jwk, **fits})

    def test_a_private_jwk_with_another_keys_public_part_is_refused(self) -> None:
        key = PrivateKey.generate(KeyType.P256)
        with pytest.raises(InvalidKey):
            PrivateKey.from_jwk({**private(KeyType.P256).public.jwk, "d": encode_base64url(key.raw)})
        with pytest.raises(InvalidKey):
            PrivateKey.from_jwk(key.public.jwk)


class TestSecrets:
    @every_type
    def test_W_KEY_1_a_private_key_does_not_show_itself(self, key_type: KeyType) -> None:
        key = private(key_type)
        shown = f"{key!r} {key!s} {[key]} {vars(key.public)}"
        for form in (key.raw.hex(), key.secret_multikey, encode_base64url(key.raw), repr(key.raw)):
            assert form not in shown
        for leak in (pickle.dumps, copy.copy, copy.deepcopy):
            with pytest.raises(TypeError):
                leak(key)

    def test_W_KEY_1_errors_do_not_quote_what_they_refuse(self) -> None:
        secret = private(KeyType.ED25519).secret_multikey
        with pytest.raises(InvalidKey) as refused:
            PublicKey.from_multikey(secret)
        assert secret not in str(refused.value)


class TestMultibase:
    def test_it_decodes_the_public_vectors(self, vectors: Path) -> None:
        seen = 0
        for name in ("basic", "leading_zero", "two_leading_zeros"):
            rows = [row.split(", ") for row in (vectors / "multibase" / f"{name}.csv").read_text().splitlines()]
            expected = rows[0][1].strip('"').encode().decode("unicode_escape").encode("latin-1")
            for encoding, text in rows[1:]:
                if encoding in ("base58btc", "base64url"):
                    assert decode(text.strip('"')) == expected
                    seen += 1
                else:
                    with pytest.raises(InvalidEncoding):
                        decode(text.strip('"'))
        assert seen == 6

    @given(st.binary(max_size=60))
    def test_base64url_has_one_text_for_each_value(self, data: bytes) -> None:
        text = encode_base64url(data)
        assert decode_base64url(text) == data
        assert decode("u" + text) == data

    @pytest.mark.parametrize("text", ["A", "AB", "A=", "A+", "A/", "AAAA=", "A A", "ÀAAA", None, 7])
    def test_other_spellings_are_refused(self, text: Any) -> None:
        with pytest.raises(InvalidEncoding):
            decode_base64url(text)

    @pytest.mark.parametrize("text", ["", "0", "O", "I", "l", "1 ", "é", "1" * 201])
    def test_base58_has_its_alphabet_and_a_longest_text(self, text: str) -> None:
        with pytest.raises(InvalidEncoding):
            decode_base58(text)


def test_the_public_did_key_vectors_give_the_same_keys(vectors: Path) -> None:
    seen = 0
    for name in ("nist-curves.json", "ed25519-x25519.json"):
        for did, case in json.loads((vectors / "did-key" / name).read_text()).items():
            text = did.removeprefix("did:key:")
            method = case.get("verificationMethod") or case.get("verificationKeyPair")
            jwk = method.get("publicKeyJwk")
            if jwk and jwk["crv"] in ("Ed25519", "P-256", "P-384", "P-521"):
                assert PublicKey.from_multikey(text).jwk == jwk
            elif "publicKeyBase58" in method:
                assert PublicKey.from_multikey(text).raw == base58.b58decode(method["publicKeyBase58"])
                if "seed" in case:
                    seed = bytes.fromhex(case["seed"])
                    assert PrivateKey.from_raw(KeyType.ED25519, seed).public.multikey == text
            else:
                with pytest.raises(InvalidKey):
                    PublicKey.from_multikey(text)
                continue
            seen += 1
    assert seen >= 8


@pytest.mark.parametrize("name", ["bls12381.json", "rsa.json", "secp256k1.json", "x25519.json"])
def test_V_KEY_1_other_key_types_are_refused(vectors: Path, name: str) -> None:
    for did in json.loads((vectors / "did-key" / name).read_text()):
        with pytest.raises(InvalidKey):
            PublicKey.from_multikey(did.removeprefix("did:key:"))
