"""Compact JWS (RFC 7515), strictly: sign, read, verify.

Reading and verifying are two steps because the key is often named in the header:

    token = read(text, typ="openid4vci-proof+jwt")     # an `UnverifiedJws`: nothing is proven yet
    claims = token.verify(public_key, accepted_algs=frozenset({"EdDSA"}))

The algorithm follows from the key (RFC 8725 section 3.1); the header must only agree. There is no HMAC, no
`none` and no decryption in reach of this module, and no header ever makes it look for a key elsewhere.
Built on `keys.PublicKey.verify`: what a JOSE library would add here are algorithms and serialisations that
we would have to switch off again.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from keys import KeyType, PublicKey
from keys.signers import Signer
from vc import strict_json
from vc.errors import ParsingError
from vc.jose import base64url

ALGORITHMS: Mapping[KeyType, str] = {
    KeyType.ED25519: "EdDSA",
    KeyType.P256: "ES256",
    KeyType.P384: "ES384",
    KeyType.P521: "ES512",
}
"""The JOSE algorithm that each kind of key signs with (RFC 7518 section 3.4, RFC 8037 section 3.1).

Kinds that are not here (ML-DSA-44) sign no tokens.
"""

_OTHER_NAMES: Mapping[str, str] = {"Ed25519": "EdDSA"}
"""Names that are read for one of these (RFC 9864, section 2.2, which leaves `EdDSA` for what was made before)."""

MAX_LENGTH = 512 * 1024
"""Longer tokens are refused before anything in them is decoded."""

_REFUSED_HEADERS = {
    "crit": "critical extensions are not understood",
    "b64": "unencoded payloads are not accepted",
    "zip": "compressed tokens are not accepted",
    "enc": "an encrypted token stands where a signed one is due",
}


class InvalidJws(ValueError):
    """The token is not an acceptable signed token; the message says why."""


class NotAToken(InvalidJws):
    """What came cannot be read as a signed token, so nothing is known about it; others are read and refused."""


class WrongSignature(InvalidJws):
    """The token is well-formed, and its signature does not belong to its content and key."""


@dataclass(frozen=True)
class UnverifiedJws:
    """A well-formed token of the expected type. Its claims prove nothing until `verify` returned them."""

    header: Mapping[str, Any]
    unverified_payload: bytes
    signing_input: bytes
    signature: bytes

    @property
    def alg(self) -> str:
        """The algorithm that the header names, as `ALGORITHMS` calls it."""
        named = str(self.header["alg"])
        return _OTHER_NAMES.get(named, named)

    @property
    def kid(self) -> str | None:
        """The key id that the header names, if any."""
        return self.header.get("kid")

    def unverified_claims(self) -> dict[str, Any]:
        """Return the claims before any check, for finding out whose key to ask for.

        Raises `InvalidJws` when the payload is not a JSON object.
        """
        return _json_object(self.unverified_payload, "payload")

    def verify(self, key: PublicKey, *, accepted_algs: frozenset[str]) -> dict[str, Any]:
        """Return the claims, now known to be signed by `key`.

        Raises `InvalidJws` when the key's algorithm is not among `accepted_algs`, when the header names
        another algorithm, or when the signature is wrong. Dates, audience and nonce are the caller's part.
        """
        alg = ALGORITHMS.get(key.type)
        if alg is None or alg not in accepted_algs:
            raise InvalidJws(f"keys of type {key.type.value} are not accepted here")
        if self.alg != alg:
            raise InvalidJws("the algorithm in the header is not the key's algorithm")
        if not key.verify(self.signature, self.signing_input):
            raise WrongSignature("the signature does not belong to this token and key")
        return self.unverified_claims()


def sign(
    payload: Mapping[str, Any],
    *,
    signer: Signer,
    typ: str,
    kid: str | None = None,
    jwk: bool = False,
    header: Mapping[str, Any] | None = None,
) -> str:
    """Return `payload` as a compact JWS of type `typ`, with the algorithm of the signer's key.

    `kid` names the key; `jwk=True` puts the public key itself in the header instead. Never both.
    """
    if kid is not None and jwk:
        raise ValueError("a header carries kid or jwk, not both")
    protected: dict[str, Any] = {"alg": ALGORITHMS[signer.public_key.type], "typ": typ, **(header or {})}
    if kid is not None:
        protected["kid"] = kid
    if jwk:
        protected["jwk"] = dict(signer.public_key.jwk)
    signing_input = f"{_encoded(protected)}.{_encoded(payload)}"
    signature = signer.sign(signing_input.encode("ascii"))
    return f"{signing_input}.{base64url.encode(signature)}"


def read(token: object, *, typ: str | frozenset[str], untyped: bool = False) -> UnverifiedJws:
    """Return the parts of a compact JWS whose header says that it is of type `typ`; `untyped`: or says nothing of it.

    Raises `InvalidJws` for another type (RFC 8725 section 3.11), other serialisations, other alphabets,
    doubled header members, `crit`, `b64`, `zip`, and key ids that are not text. Key-carrying headers
    (`jwk`, `x5c`, ...) are left in `.header`, unused: whoever accepts one says so and checks it.
    """
    parts = split(token)
    if not (untyped and "typ" not in parts.header):
        _check_type(parts.header, frozenset({typ}) if isinstance(typ, str) else typ)
    _check_header(parts.header)
    return parts


def split(token: object) -> UnverifiedJws:
    """Return the parts of a compact JWS, nothing in its header judged: for a profile with header rules of its own.

    Raises `InvalidJws` for other serialisations and alphabets, and for JSON that is not strict.
    """
    if not isinstance(token, str) or len(token) > MAX_LENGTH:
        raise NotAToken("not a compact token")
    parts = token.split(".")
    if len(parts) != 3:
        raise NotAToken("a signed token has three parts")
    try:
        head, payload, signature = (base64url.decode(part) for part in parts)
    except base64url.NotBase64Url as error:
        raise NotAToken(str(error)) from error
    header = _json_object(head, "header")
    return UnverifiedJws(header, payload, f"{parts[0]}.{parts[1]}".encode("ascii"), signature)


def why_refused(token: str) -> str | None:
    """What keeps a signed token of any type from being read; None for what is no signed token."""
    try:
        header = split(token).header
        _check_header(header)
    except NotAToken:
        return None
    except InvalidJws as error:
        return str(error)
    return f"no kind of token that is read has such a header (typ {str(header.get('typ'))[:40]!a})"


def _check_type(header: Mapping[str, Any], types: frozenset[str]) -> None:
    typ = header.get("typ")
    if not isinstance(typ, str) or _media_type(typ) not in types:
        raise InvalidJws("the token is of another type")


def _check_header(header: Mapping[str, Any]) -> None:
    for name, reason in _REFUSED_HEADERS.items():
        if name in header:
            raise InvalidJws(reason)
    alg = header.get("alg")
    if not isinstance(alg, str) or alg not in (*ALGORITHMS.values(), *_OTHER_NAMES):
        raise InvalidJws("the algorithm is missing or not one that is accepted anywhere")
    if "kid" in header and not (isinstance(header["kid"], str) and header["kid"]):
        raise InvalidJws("the key id is not text")


def _media_type(typ: str) -> str:
    """`typ` in the short spelling: lower case, `application/` left out (RFC 7515 section 4.1.9)."""
    return typ.lower().removeprefix("application/")


def _json_object(data: bytes, part: str) -> dict[str, Any]:
    try:
        value = strict_json.parse(data)
    except ParsingError as error:
        raise NotAToken(f"the {part} is not acceptable JSON: {error}") from error
    if not isinstance(value, dict):
        raise NotAToken(f"the {part} is not a JSON object")
    return value


def _encoded(value: Mapping[str, Any]) -> str:
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return base64url.encode(text.encode("utf-8"))
