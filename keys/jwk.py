"""JSON Web Keys in and out (RFC 7517, 7518, 8037), and their thumbprints (RFC 7638).

`name` is everywhere the `crv` of the key. Public keys are handed on as raw bytes: Ed25519's 32, or the
compressed point. An ML-DSA key has no `crv`: its `alg` is its name, and its `kty` is AKP.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec as _ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from keys.errors import InvalidKey
from keys.multibase import InvalidEncoding, decode_base64url, encode_base64url

_PRIVATE_MEMBERS = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k", "priv"})
_ALGORITHMS: Mapping[str, frozenset[str]] = {
    "Ed25519": frozenset({"EdDSA", "Ed25519"}),
    "P-256": frozenset({"ES256"}),
    "P-384": frozenset({"ES384"}),
    "P-521": frozenset({"ES512"}),
}
_KEY_TYPES: Mapping[str, str] = {"Ed25519": "OKP", "P-256": "EC", "P-384": "EC", "P-521": "EC"}
_COORDINATE_SIZE: Mapping[str, int] = {"Ed25519": 32, "P-256": 32, "P-384": 48, "P-521": 66}
_CURVES: Mapping[str, _ec.EllipticCurve] = {
    "P-256": _ec.SECP256R1(),
    "P-384": _ec.SECP384R1(),
    "P-521": _ec.SECP521R1(),
}
_ML_DSA = "ML-DSA-44"
_ML_DSA_SIZE = 1312
_SEED_SIZE = 32


def public_bytes(members: Any) -> tuple[str, bytes]:
    """Type and bytes of a public JWK. Raises `InvalidKey`."""
    if isinstance(members, dict) and not _PRIVATE_MEMBERS.isdisjoint(members):
        raise InvalidKey("a JWK with private members where a public one is due")
    return _public_part(members, operation="verify")


def private_bytes(members: Any) -> tuple[str, bytes, bytes]:
    """Type, public bytes and private bytes of a private JWK. Raises `InvalidKey`."""
    name, public = _public_part(members, operation="sign")
    if name == _ML_DSA:
        return name, public, _coordinate(members, "priv", _SEED_SIZE)
    return name, public, _coordinate(members, "d", _COORDINATE_SIZE[name])


def okp(raw: bytes) -> dict[str, str]:
    """The public JWK of an Ed25519 key."""
    return {"kty": "OKP", "crv": "Ed25519", "x": encode_base64url(raw)}


def akp(name: str, raw: bytes) -> dict[str, str]:
    """The public JWK of an ML-DSA key (draft-ietf-cose-dilithium)."""
    return {"kty": "AKP", "alg": name, "pub": encode_base64url(raw)}


def ec(name: str, point: bytes) -> dict[str, str]:
    """The public JWK of an uncompressed point (04, x, y)."""
    size = _COORDINATE_SIZE[name]
    x, y = point[1 : 1 + size], point[1 + size :]
    return {"kty": "EC", "crv": name, "x": encode_base64url(x), "y": encode_base64url(y)}


def thumbprint(members: Mapping[str, str]) -> str:
    """SHA-256 over the required members in code point order, in base64url."""
    canonical = json.dumps(members, sort_keys=True, separators=(",", ":"))
    return encode_base64url(hashlib.sha256(canonical.encode()).digest())


def _public_part(members: Any, *, operation: str) -> tuple[str, bytes]:
    if not isinstance(members, dict):
        raise InvalidKey("a JWK is an object")
    if members.get("kty") == "AKP":
        return _ml_dsa_part(members, operation)
    name = members.get("crv")
    if not isinstance(name, str) or name not in _KEY_TYPES:
        raise InvalidKey("a JWK whose crv is none of Ed25519, P-256, P-384, P-521")
    if members.get("kty") != _KEY_TYPES[name]:
        raise InvalidKey("kty and crv of the JWK disagree")
    _check_algorithm(members, name)
    _check_intended_use(members, operation)
    x = _coordinate(members, "x", _COORDINATE_SIZE[name])
    if name == "Ed25519":
        if "y" in members:
            raise InvalidKey("an Ed25519 key has no y")
        return name, x
    return name, _compressed(name, x, _coordinate(members, "y", _COORDINATE_SIZE[name]))


def _ml_dsa_part(members: Mapping[str, Any], operation: str) -> tuple[str, bytes]:
    if members.get("alg") != _ML_DSA or "crv" in members:
        raise InvalidKey(f"an AKP key whose alg is not {_ML_DSA}")
    _check_intended_use(members, operation)
    return _ML_DSA, _coordinate(members, "pub", _ML_DSA_SIZE)


def _check_algorithm(members: Mapping[str, Any], name: str) -> None:
    if "alg" in members and members["alg"] not in tuple(_ALGORITHMS[name]):
        raise InvalidKey(f"alg does not belong to a key of type {name}")


def _check_intended_use(members: Mapping[str, Any], operation: str) -> None:
    if "use" in members and members["use"] != "sig":
        raise InvalidKey("a key that is not meant for signatures")
    if "key_ops" in members:
        operations = members["key_ops"]
        if not isinstance(operations, list) or operation not in operations:
            raise InvalidKey(f"key_ops does not allow to {operation}")


def _coordinate(members: Mapping[str, Any], name: str, size: int) -> bytes:
    text = members.get(name)
    if not isinstance(text, str) or len(text) > 2 * size:
        raise InvalidKey(f"the member {name} of the JWK is missing or too long")
    try:
        data = decode_base64url(text)
    except InvalidEncoding as error:
        raise InvalidKey(f"the member {name} of the JWK: {error}") from None
    if len(data) != size:
        raise InvalidKey(f"the member {name} of the JWK has {size} bytes, not {len(data)}")
    return data


def _compressed(name: str, x: bytes, y: bytes) -> bytes:
    numbers = _ec.EllipticCurvePublicNumbers(int.from_bytes(x), int.from_bytes(y), _CURVES[name])
    try:
        point = numbers.public_key()
    except ValueError:
        raise InvalidKey(f"not a point of the curve {name}") from None
    return point.public_bytes(Encoding.X962, PublicFormat.CompressedPoint)
