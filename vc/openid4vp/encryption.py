"""Encrypted answers: the response mode `direct_post.jwt` (OpenID4VP 1.0 section 8.3).

The verifier makes a key for one request and names it in `client_metadata`; the wallet encrypts its whole answer to that
key, so that nobody between the two reads what is shown, whoever ends the TLS connection. One way of agreeing on a key
(ECDH-ES on P-256) and two ciphers (AES-GCM): a token that names anything else is refused before it is opened.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from jwcrypto.common import JWException
from jwcrypto.jwe import JWE
from jwcrypto.jwk import JWK

from vc import strict_json
from vc.errors import ParsingError
from vc.jose import base64url
from vc.openid4vp.errors import ErrorName, Oid4vpError

KEY_AGREEMENT = "ECDH-ES"
CURVE = "P-256"
CIPHERS = ("A128GCM", "A256GCM")
"""What a verifier announces (HAIP 1.0 section 5 asks for both)."""
DEFAULT_CIPHER = "A128GCM"
"""What a verifier that announces nothing means (section 5.1)."""
MAX_LENGTH = 1024 * 1024
"""Longer answers are refused before anything in them is decoded."""

_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_REFUSED_HEADERS = frozenset({"zip", "crit"})


@dataclass(frozen=True)
class ResponseKey:
    """The verifier's key for the answers to one request."""

    _jwk: JWK = field(repr=False)

    @classmethod
    def derive(cls, secret: bytes, *, request: str) -> ResponseKey:
        """Return the key that belongs to `request`, an unguessable name: from `secret` always the same, never stored.

        48 bytes of HKDF, brought into the range of the curve's order (FIPS 186-5 appendix A.2.1).
        """
        seed = HKDF(SHA256(), 48, salt=None, info=b"openid4vp response key:" + request.encode()).derive(secret)
        scalar = int.from_bytes(seed) % (_ORDER - 1) + 1
        return cls(JWK.from_pyca(ec.derive_private_key(scalar, ec.SECP256R1())))

    @property
    def kid(self) -> str:
        """The key's name: its thumbprint (RFC 7638)."""
        return str(self._jwk.thumbprint())

    def metadata(self) -> dict[str, Any]:
        """Return the members of `client_metadata` that ask for answers encrypted to this key."""
        public = {**self._jwk.export_public(as_dict=True), "use": "enc", "alg": KEY_AGREEMENT, "kid": self.kid}
        return {"jwks": {"keys": [public]}, "encrypted_response_enc_values_supported": list(CIPHERS)}

    def opened(self, token: str) -> dict[str, Any]:
        """Return the parameters in a wallet's encrypted answer.

        Raises `Oid4vpError` (`invalid_request`) for other algorithms and serialisations, compression, another key's
        name, and what this key does not open.
        """
        self._check(_header(token))
        jwe = JWE(algs=[KEY_AGREEMENT, *CIPHERS])
        try:
            jwe.deserialize(token, self._jwk)
            return strict_json.parse_object(jwe.payload)
        except (JWException, ParsingError, ValueError, TypeError) as error:
            raise _unreadable("the encrypted answer cannot be opened") from error

    def _check(self, header: Mapping[str, Any]) -> None:
        if header.get("alg") != KEY_AGREEMENT or header.get("enc") not in CIPHERS:
            raise _unreadable(f"answers are encrypted by {KEY_AGREEMENT} with {' or '.join(CIPHERS)}, by nothing else")
        if not _REFUSED_HEADERS.isdisjoint(header):
            raise _unreadable("compressed answers and critical extensions are not accepted")
        if header.get("kid", self.kid) != self.kid:
            raise _unreadable("the answer is encrypted to another key")
        ephemeral = header.get("epk")
        if not isinstance(ephemeral, Mapping) or ephemeral.get("crv") != CURVE:
            raise _unreadable(f"the ephemeral key of the answer is not on {CURVE}")


@dataclass(frozen=True)
class Recipient:
    """Whom a wallet encrypts to: the verifier's public key, and the cipher."""

    key: Mapping[str, Any]
    cipher: str

    @classmethod
    def of_metadata(cls, metadata: Mapping[str, Any]) -> Recipient:
        """Return the first key and cipher in `client_metadata` that are known here.

        Raises `Oid4vpError` (`invalid_request`) when there is none.
        """
        keys = metadata.get("jwks")
        offered = keys.get("keys") if isinstance(keys, Mapping) else None
        key = next((one for one in offered if _is_ours(one)), None) if isinstance(offered, list) else None
        ciphers = metadata.get("encrypted_response_enc_values_supported", [DEFAULT_CIPHER])
        cipher = next((one for one in CIPHERS if one in ciphers), None) if isinstance(ciphers, list) else None
        if key is None or cipher is None:
            raise _unreadable("an encrypted answer is asked for, with no key or cipher that this wallet knows")
        return cls(key, cipher)

    def sealed(self, parameters: Mapping[str, Any]) -> str:
        """Return `parameters` encrypted, as the form's `response`. Raises `Oid4vpError` for a key off the curve."""
        header = {"alg": KEY_AGREEMENT, "enc": self.cipher}
        if isinstance(self.key.get("kid"), str):
            header["kid"] = self.key["kid"]
        public = {name: self.key.get(name) for name in ("kty", "crv", "x", "y")}
        try:
            content = json.dumps(parameters, ensure_ascii=False, separators=(",", ":")).encode()
            jwe = JWE(content, json.dumps(header), recipient=JWK(**public))
            return str(jwe.serialize(compact=True))
        except (JWException, ValueError, TypeError) as error:
            raise _unreadable("the verifier's key for encrypted answers is not a key") from error


def _is_ours(key: object) -> bool:
    """Whether a JWK is for ECDH-ES on P-256. `alg` is required (section 8.3); one that is left out can only be this."""
    if not isinstance(key, Mapping) or key.get("use", "enc") != "enc":
        return False
    return key.get("kty") == "EC" and key.get("crv") == CURVE and key.get("alg", KEY_AGREEMENT) == KEY_AGREEMENT


def _header(token: str) -> dict[str, Any]:
    if len(token) > MAX_LENGTH or token.count(".") != 4:
        raise _unreadable("`response` is not a compact encrypted token")
    try:
        return strict_json.parse_object(base64url.decode(token.partition(".")[0]))
    except (base64url.NotBase64Url, ParsingError) as error:
        raise _unreadable("the header of the encrypted answer cannot be read") from error


def _unreadable(reason: str) -> Oid4vpError:
    return Oid4vpError(ErrorName.INVALID_REQUEST, reason)
