"""Key types, public keys that can verify, private keys that can sign.

A `PublicKey` exists only after every check: known type, exact length, a point on the curve, no small-order
point. Rules that need a `PublicKey` never check again. P-521 is for JOSE and COSE only, ML-DSA-44 (post-quantum,
FIPS 204) for its Data Integrity suites only: which suite or algorithm takes which key is said there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property, lru_cache
from typing import Any, TypeAlias

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, mldsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from keys import edwards, jwk, multikey
from keys.errors import InvalidKey


class KeyType(Enum):
    """The kinds of key that sign and verify here; the value is what a JWK's `crv` calls it (ML-DSA: its `alg`)."""

    ED25519 = "Ed25519"
    P256 = "P-256"
    P384 = "P-384"
    P521 = "P-521"
    ML_DSA_44 = "ML-DSA-44"

    @property
    def signature_size(self) -> int:
        """Bytes of a signature: Ed25519, r and s of fixed width, or ML-DSA's."""
        return _SIGNATURE_SIZE[self]


_SIGNATURE_SIZE = {
    KeyType.ED25519: 64,
    KeyType.P256: 64,
    KeyType.P384: 96,
    KeyType.P521: 132,
    KeyType.ML_DSA_44: 2420,
}
_PUBLIC_SIZE = {KeyType.ED25519: 32, KeyType.P256: 33, KeyType.P384: 49, KeyType.P521: 67, KeyType.ML_DSA_44: 1312}
_PRIVATE_SIZE = {KeyType.ED25519: 32, KeyType.P256: 32, KeyType.P384: 48, KeyType.P521: 66, KeyType.ML_DSA_44: 32}


@dataclass(frozen=True)
class _Curve:
    curve: ec.EllipticCurve
    order: int
    hash: hashes.HashAlgorithm


_CURVES: Mapping[KeyType, _Curve] = {
    KeyType.P256: _Curve(
        ec.SECP256R1(),
        0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551,
        hashes.SHA256(),
    ),
    KeyType.P384: _Curve(
        ec.SECP384R1(),
        int(
            "ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973",
            16,
        ),
        hashes.SHA384(),
    ),
    KeyType.P521: _Curve(
        ec.SECP521R1(),
        2**521 - 0x5AE79787C40D069948033FEB708F65A2FC44A36477663B851449048E16EC79BF7,
        hashes.SHA512(),
    ),
}

_OpenPublic: TypeAlias = ed25519.Ed25519PublicKey | mldsa.MLDSA44PublicKey | ec.EllipticCurvePublicKey
_OpenPrivate: TypeAlias = ed25519.Ed25519PrivateKey | mldsa.MLDSA44PrivateKey | ec.EllipticCurvePrivateKey


@dataclass(frozen=True)
class PublicKey:
    """A key that can verify.

    `raw`: 32 bytes for Ed25519, 1312 for ML-DSA-44, the compressed point for P-256 (33), P-384 (49) and P-521 (67).
    Making one raises `InvalidKey` unless the bytes are a sound key of that type.
    """

    type: KeyType
    raw: bytes
    _open: _OpenPublic = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_open", _opened(self.type, self.raw))

    @classmethod
    def from_multikey(cls, text: Any) -> PublicKey:
        """The key of a Multikey text (`z6Mk…`, `zDna…`, `z82…`, `z2J9…`, `ukC…`). Raises `InvalidKey`.

        Controlled Identifiers 1.0, section "Multikey".
        """
        if not isinstance(text, str):
            raise InvalidKey("a Multikey is a text")
        return _from_multikey(text)

    @classmethod
    def from_jwk(cls, members: Any) -> PublicKey:
        """The key of a public JWK. Raises `InvalidKey`, also when private members are present.

        `alg`, `use` and `key_ops`, where given, must fit a key that verifies signatures.
        """
        name, raw = jwk.public_bytes(members)
        return cls(KeyType(name), raw)

    @cached_property
    def multikey(self) -> str:
        """The Multikey text: `z` and base58btc of codec prefix and key; for ML-DSA `u` and base64url."""
        return multikey.encode_public(self.type.value, self.raw)

    @property
    def jwk(self) -> dict[str, str]:
        """A fresh public JWK with the required members only."""
        if isinstance(self._open, ed25519.Ed25519PublicKey):
            return jwk.okp(self.raw)
        if isinstance(self._open, mldsa.MLDSA44PublicKey):
            return jwk.akp(self.type.value, self.raw)
        point = self._open.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        return jwk.ec(self.type.value, point)

    @cached_property
    def thumbprint(self) -> str:
        """The JWK thumbprint (RFC 7638) with SHA-256, in base64url."""
        return jwk.thumbprint(self.jwk)

    def verify(self, signature: bytes, message: bytes) -> bool:
        """Whether `signature` over `message` was made with this key.

        Ed25519 and ML-DSA are pure (no prehash, empty context); P-256 takes SHA-256, P-384 SHA-384 and P-521 SHA-512,
        with r||s of fixed width.
        Any other length, and r or s outside 1..n-1, is simply not a signature.
        """
        if len(signature) != self.type.signature_size:
            return False
        try:
            if isinstance(self._open, (ed25519.Ed25519PublicKey, mldsa.MLDSA44PublicKey)):
                self._open.verify(signature, message)
            else:
                curve = _CURVES[self.type]
                self._open.verify(_der(signature, curve.order), message, ec.ECDSA(curve.hash))
        except InvalidSignature:
            return False
        return True

    def __str__(self) -> str:
        return self.multikey

    def __reduce__(self) -> tuple[Any, ...]:
        return PublicKey, (self.type, self.raw)  # pickled for worker processes, checked again there


class PrivateKey:
    """A key that can sign. It shows nothing of itself in `repr`, `str`, logs and pickles.

    A `PrivateKey` is a `Signer`.
    """

    __slots__ = ("_open", "_sign", "public_key", "type")

    def __init__(self, key_type: KeyType, opened: _OpenPrivate) -> None:
        self.type = key_type
        self._open = opened
        self.public_key = _public_of(key_type, opened)
        self._sign = _signing_function(key_type, opened)

    @classmethod
    def generate(cls, key_type: KeyType) -> PrivateKey:
        """A new key from the operating system's random source."""
        if key_type is KeyType.ED25519:
            return cls(key_type, ed25519.Ed25519PrivateKey.generate())
        if key_type is KeyType.ML_DSA_44:
            return cls(key_type, mldsa.MLDSA44PrivateKey.generate())
        return cls(key_type, ec.generate_private_key(_CURVES[key_type].curve))

    @classmethod
    def from_raw(cls, key_type: KeyType, raw: bytes) -> PrivateKey:
        """The key of a seed (Ed25519, ML-DSA: 32 bytes) or a big-endian scalar (32, 48, 66). Raises `InvalidKey`."""
        if len(raw) != _PRIVATE_SIZE[key_type]:
            raise InvalidKey(f"a {key_type.value} private key has {_PRIVATE_SIZE[key_type]} bytes")
        if key_type is KeyType.ED25519:
            return cls(key_type, ed25519.Ed25519PrivateKey.from_private_bytes(raw))
        if key_type is KeyType.ML_DSA_44:
            return cls(key_type, mldsa.MLDSA44PrivateKey.from_seed_bytes(raw))
        scalar, curve = int.from_bytes(raw), _CURVES[key_type]
        if not 0 < scalar < curve.order:
            raise InvalidKey("a private scalar lies between 1 and the order of the curve")
        return cls(key_type, ec.derive_private_key(scalar, curve.curve))

    @classmethod
    def from_multikey(cls, secret: Any) -> PrivateKey:
        """The key of a secret Multikey text (`secretKeyMultibase`). Raises `InvalidKey`."""
        name, raw = multikey.decode_secret(secret)
        return cls.from_raw(KeyType(name), raw)

    @classmethod
    def from_jwk(cls, members: Any) -> PrivateKey:
        """The key of a private JWK, whose public members must belong to it. Raises `InvalidKey`."""
        name, public_raw, raw = jwk.private_bytes(members)
        key = cls.from_raw(KeyType(name), raw)
        if key.public_key.raw != public_raw:
            raise InvalidKey("the public members of the JWK belong to another key")
        return key

    @property
    def public(self) -> PublicKey:
        """The public key; also `public_key`, its name in the `Signer` protocol."""
        return self.public_key

    @property
    def raw(self) -> bytes:
        """The seed or the big-endian scalar. A secret."""
        if isinstance(self._open, (ed25519.Ed25519PrivateKey, mldsa.MLDSA44PrivateKey)):
            return self._open.private_bytes_raw()
        return self._open.private_numbers().private_value.to_bytes(_PRIVATE_SIZE[self.type])

    @property
    def secret_multikey(self) -> str:
        """The secret Multikey text. A secret."""
        return multikey.encode_secret(self.type.value, self.raw)

    def sign(self, message: bytes) -> bytes:
        """The signature over `message`: always the same for the same message (ECDSA as in RFC 6979).

        Except ML-DSA's, which is hedged with fresh randomness (FIPS 204, section 3.4).
        """
        return self._sign(message)

    def __repr__(self) -> str:
        return f"PrivateKey(of {self.public_key})"

    def __reduce__(self) -> Any:
        raise TypeError("a private key is not pickled")


@lru_cache(maxsize=4096)
def _from_multikey(text: str) -> PublicKey:
    name, raw = multikey.decode_public(text)
    return PublicKey(KeyType(name), raw)


def _opened(key_type: KeyType, raw: bytes) -> _OpenPublic:
    if len(raw) != _PUBLIC_SIZE[key_type]:
        raise InvalidKey(f"a {key_type.value} public key has {_PUBLIC_SIZE[key_type]} bytes, not {len(raw)}")
    if key_type is KeyType.ED25519:
        edwards.check_point(raw)
        return ed25519.Ed25519PublicKey.from_public_bytes(raw)
    if key_type is KeyType.ML_DSA_44:
        return mldsa.MLDSA44PublicKey.from_public_bytes(raw)
    try:
        return ec.EllipticCurvePublicKey.from_encoded_point(_CURVES[key_type].curve, raw)
    except ValueError:
        raise InvalidKey(f"not a point of the curve {key_type.value}") from None


def _public_of(key_type: KeyType, opened: _OpenPrivate) -> PublicKey:
    public = opened.public_key()
    if isinstance(public, (ed25519.Ed25519PublicKey, mldsa.MLDSA44PublicKey)):
        return PublicKey(key_type, public.public_bytes_raw())
    return PublicKey(key_type, public.public_bytes(Encoding.X962, PublicFormat.CompressedPoint))


def _signing_function(key_type: KeyType, opened: _OpenPrivate) -> Callable[[bytes], bytes]:
    if isinstance(opened, (ed25519.Ed25519PrivateKey, mldsa.MLDSA44PrivateKey)):
        return opened.sign
    width = key_type.signature_size // 2
    algorithm = ec.ECDSA(_CURVES[key_type].hash, deterministic_signing=True)

    def sign(message: bytes) -> bytes:
        r, s = decode_dss_signature(opened.sign(message, algorithm))
        return r.to_bytes(width) + s.to_bytes(width)

    return sign


def _der(signature: bytes, order: int) -> bytes:
    width = len(signature) // 2
    r, s = int.from_bytes(signature[:width]), int.from_bytes(signature[width:])
    if not (0 < r < order and 0 < s < order):
        raise InvalidSignature
    return encode_dss_signature(r, s)
