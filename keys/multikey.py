"""Multikey texts: a multicodec prefix and a key in multibase (Controlled Identifiers 1.0).

base58btc (`z`) for everything but ML-DSA, whose keys are long and take base64url (`u`; Quantum-Safe Cryptosuites,
section 2.1.1).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from keys.errors import InvalidKey
from keys.multibase import InvalidEncoding, decode_base58, decode_base64url, encode_base58, encode_base64url


@dataclass(frozen=True)
class _Codec:
    name: str
    """The key type as a JWK's `crv` calls it."""
    size: int
    """Bytes of the key, prefix not included."""
    base: str = "z"
    """The multibase that its text is in."""


_PUBLIC: Mapping[int, _Codec] = {
    0xED: _Codec("Ed25519", 32),
    0x1200: _Codec("P-256", 33),
    0x1201: _Codec("P-384", 49),
    0x1202: _Codec("P-521", 67),
    0x1210: _Codec("ML-DSA-44", 1312, base="u"),
}
_SECRET: Mapping[int, _Codec] = {
    0x1300: _Codec("Ed25519", 32),
    0x1306: _Codec("P-256", 32),
    0x1307: _Codec("P-384", 48),
    0x1308: _Codec("P-521", 66),
    0x131A: _Codec("ML-DSA-44", 32, base="u"),  # the seed, from which everything else follows (FIPS 204, section 3.1)
}
_NOT_FOR_SIGNATURES: Mapping[int, str] = {
    0xE7: "secp256k1",
    0xEA: "BLS12-381 G1",
    0xEB: "BLS12-381 G2",
    0xEC: "X25519",
    0x1205: "RSA",
}
_OTHER_SECRETS = frozenset({0x1301, 0x1302, 0x1303, 0x1305, 0x1309, 0x130A, 0x1317})

_LONGEST_VARINT = 3
_LONGEST_TEXT = 2_000


def encode_public(name: str, raw: bytes) -> str:
    """The Multikey text of a public key."""
    return _encode(_PUBLIC, name, raw)


def encode_secret(name: str, raw: bytes) -> str:
    """The Multikey text of a private key. A secret."""
    return _encode(_SECRET, name, raw)


def decode_public(text: str) -> tuple[str, bytes]:
    """Type and bytes of a public key. Raises `InvalidKey`; the point itself is not looked at."""
    code, raw = _split(text)
    if code in _SECRET or code in _OTHER_SECRETS:
        raise InvalidKey("a secret key where a public one is due")
    if code in _NOT_FOR_SIGNATURES:
        raise InvalidKey(f"keys of type {_NOT_FOR_SIGNATURES[code]} are not accepted")
    return _checked(_PUBLIC, text, code, raw)


def decode_secret(text: Any) -> tuple[str, bytes]:
    """Type and bytes of a private key. Raises `InvalidKey`."""
    if not isinstance(text, str):
        raise InvalidKey("a Multikey is a text")
    return _checked(_SECRET, text, *_split(text))


def _encode(codecs: Mapping[int, _Codec], name: str, raw: bytes) -> str:
    code, codec = next((code, codec) for code, codec in codecs.items() if codec.name == name)
    data = _varint(code) + raw
    return encode_base58(data) if codec.base == "z" else codec.base + encode_base64url(data)


def _checked(codecs: Mapping[int, _Codec], text: str, code: int, raw: bytes) -> tuple[str, bytes]:
    codec = codecs.get(code)
    if codec is None:
        raise InvalidKey(f"unknown key prefix 0x{code:x}")
    if not text.startswith(codec.base):
        raise InvalidKey(f"the text of a key of type {codec.name} starts with {codec.base}")
    if len(raw) != codec.size:
        raise InvalidKey(f"a key of type {codec.name} has {codec.size} bytes, not {len(raw)}")
    return codec.name, raw


def _split(text: str) -> tuple[int, bytes]:
    """Codec number and key bytes. The length is looked at before anything is decoded."""
    if not text.startswith(("z", "u")) or len(text) > _LONGEST_TEXT:
        raise InvalidKey("a Multikey starts with z (base58btc) or u (base64url), and is not that long")
    try:
        data = decode_base58(text[1:]) if text[0] == "z" else decode_base64url(text[1:])
    except InvalidEncoding as error:
        raise InvalidKey(f"not a Multikey: {error}") from None
    return _read_varint(data)


def _read_varint(data: bytes) -> tuple[int, bytes]:
    code = 0
    for position, byte in enumerate(data[:_LONGEST_VARINT]):
        code |= (byte & 0x7F) << (7 * position)
        if byte < 0x80:
            if byte == 0 and position > 0:
                raise InvalidKey("a key prefix that is not the shortest form of its number")
            return code, data[position + 1 :]
    raise InvalidKey("unknown key prefix")


def _varint(number: int) -> bytes:
    encoded = bytearray()
    while number >= 0x80:
        encoded.append(number & 0x7F | 0x80)
        number >>= 7
    encoded.append(number)
    return bytes(encoded)
