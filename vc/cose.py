"""Credentials and presentations as COSE_Sign1 (RFC 9052; VC-JOSE-COSE 1.0, section 3.3): `vc+cose`, `vp+cose`.

Only the one form of the specification: tag 18, everything that matters in the protected header, the document's JSON
as payload. In an envelope's data: URL the bytes are base64 (`data:application/vc+cose;base64,…`).
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import cbor2

from keys import KeyType, PublicKey, Signer
from vc import strict_json
from vc.envelope import EnvelopeReader, Expectations, check_holds
from vc.errors import (
    CryptographicSecurityError,
    ForeignKey,
    MalformedValueError,
    ParsingError,
    ProofVerificationError,
    UnacceptableSuite,
)
from vc.proofs.data_integrity import VerifiedProof, VerifiedProofs, check_key_in_force, controller_of, published_key

ALGORITHMS: Mapping[KeyType, int] = {
    KeyType.ED25519: -8,
    KeyType.P256: -7,
    KeyType.P384: -35,
    KeyType.P521: -36,
}
"""COSE algorithm identifiers (RFC 9053 section 2)."""
NAMES: Mapping[int, str] = {-8: "EdDSA", -7: "ES256", -35: "ES384", -36: "ES512"}

_TAG = 18
_ALG, _CRIT, _CONTENT_TYPE, _KID, _TYP = 1, 2, 3, 4, 16
_READ_PROTECTED_ONLY = frozenset({_ALG, _CRIT, _CONTENT_TYPE, _TYP})
_LONGEST = 1024 * 1024


@dataclass(frozen=True)
class UnverifiedSign1:
    """The parts of a COSE_Sign1; nothing is proven yet."""

    protected: bytes
    header: Mapping[Any, Any]
    payload: bytes
    signature: bytes

    @property
    def kid(self) -> str | None:
        """The method that the protected header names."""
        kid = self.header.get(_KID)
        return kid.decode("utf-8", "replace") if isinstance(kid, bytes) else None

    def holds(self, key: PublicKey) -> bool:
        """Whether the signature is `key`'s, by the algorithm of the key and of the header."""
        if self.header.get(_ALG) != ALGORITHMS.get(key.type, "none"):
            return False
        return key.verify(self.signature, _to_be_signed(self.protected, self.payload))


@dataclass(frozen=True)
class CoseEnvelope:
    """One media type. `party` names who secures the document."""

    typ: str
    content_type: str
    party: str

    def sign(self, document: Mapping[str, Any], *, signer: Signer, kid: str) -> bytes:
        """Return `document` as a COSE_Sign1; `kid` is the absolute URL of the method."""
        protected = cbor2.dumps(
            {
                _ALG: ALGORITHMS[signer.public_key.type],
                _CONTENT_TYPE: self.content_type,
                _KID: kid.encode(),
                _TYP: self.typ,
            }
        )
        payload = json.dumps(document, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()
        signature = signer.sign(_to_be_signed(protected, payload))
        return cbor2.dumps(cbor2.CBORTag(_TAG, [protected, {}, payload, signature]))

    def read(self, data: bytes) -> UnverifiedSign1:
        """Return the parts of a COSE_Sign1 of this type. Raises `ParsingError`, `MalformedValueError`."""
        protected, header, payload, signature = _parts(data)
        if header.get(_TYP) != self.typ or header.get(_CONTENT_TYPE, self.content_type) != self.content_type:
            raise MalformedValueError(f"the message is not of type {self.typ}, or holds something else")
        return UnverifiedSign1(protected, header, payload, signature)

    def document(self, message: UnverifiedSign1) -> dict[str, Any]:
        """Return the document in the payload. Raises `ParsingError`, `MalformedValueError`."""
        document = strict_json.parse(message.payload)
        if not isinstance(document, dict):
            raise ParsingError("the payload is not a JSON object")
        check_holds(document, party=self.party)
        return document

    def reads(self, token: str) -> bool:  # noqa: ARG002 - a bare COSE message is bytes, and comes in an envelope only
        """No bare text is a COSE message."""
        return False

    def content(self, token: str) -> dict[str, Any]:
        """Return the document inside, not verified."""
        return self.document(self.read(_decoded(token)))

    def prove(self, token: str, expected: Expectations) -> VerifiedProofs:
        """Verify the message against what is expected; see `EnvelopeReader`. It binds no challenge or domain."""
        message = self.read(_decoded(token))
        if expected.challenge is not None or expected.domain is not None:
            raise ProofVerificationError(f"{self.typ} carries no challenge and no domain")
        name = NAMES.get(message.header.get(_ALG, 0), "unknown")
        if name not in expected.accepted_suites:
            raise UnacceptableSuite(name, expected.accepted_suites)
        signer_id = controller_of(message.kid)
        if expected.controller is not None and signer_id != expected.controller:
            raise ForeignKey(f"a key of {signer_id} signed, not one of {expected.controller}")
        method = str(message.kid)
        published = published_key(method, signer_id, expected.purpose, expected.resolver)
        if not message.holds(published.public_key):
            raise CryptographicSecurityError("the signature does not fit the content")
        check_key_in_force(published, expected.now)
        proof = VerifiedProof(name, method, published.controller, None, {"typ": self.typ, "kid": method})
        return VerifiedProofs(self.document(message), (proof,))


VC_COSE = CoseEnvelope("application/vc+cose", "application/vc", "issuer")
VP_COSE = CoseEnvelope("application/vp+cose", "application/vp", "holder")

READERS: Mapping[str, EnvelopeReader] = {envelope.typ: envelope for envelope in (VC_COSE, VP_COSE)}


def _to_be_signed(protected: bytes, payload: bytes) -> bytes:
    """The Sig_structure (RFC 9052 section 4.4)."""
    return cbor2.dumps(["Signature1", protected, b"", payload])


def _parts(data: bytes) -> tuple[bytes, Mapping[Any, Any], bytes, bytes]:
    message = _loaded(data)
    if not isinstance(message, cbor2.CBORTag) or message.tag != _TAG or not _is_message(message.value):
        raise ParsingError("not a COSE_Sign1 message")
    protected, unprotected, payload, signature = message.value
    header = _loaded(protected)
    if not isinstance(header, dict) or _CRIT in header:  # no critical extension is understood here
        raise ParsingError("the protected header of the COSE message is not acceptable")
    if not isinstance(header.get(_ALG), int) or not _READ_PROTECTED_ONLY.isdisjoint(unprotected):
        raise ParsingError("the COSE message does not say once, and protected, how it is signed and what it holds")
    return protected, header, payload, signature


def _is_message(value: Any) -> bool:
    kinds = (bytes, Mapping, bytes, bytes)  # cbor2 gives the content of a tag as unchangeable values
    return (
        isinstance(value, (list, tuple))
        and len(value) == len(kinds)
        and all(isinstance(part, kind) for part, kind in zip(value, kinds, strict=True))
    )


def _loaded(data: bytes) -> Any:
    if len(data) > _LONGEST:
        raise ParsingError("the COSE message is too long")
    try:
        value = cbor2.loads(data)
        spelt = cbor2.dumps(value)
    except (cbor2.CBORError, ValueError, TypeError, RecursionError, OverflowError) as error:
        raise ParsingError("not CBOR") from error
    if len(spelt) != len(data):  # a label that stands twice, and bytes that follow, are lost on reading
        raise ParsingError("not the one spelling of its content in CBOR")
    return value


def _decoded(token: str) -> bytes:
    try:
        return base64.b64decode(token, validate=True)
    except (binascii.Error, ValueError) as error:
        raise ParsingError("the COSE message is not base64") from error
