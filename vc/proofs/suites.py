"""The cryptosuites, as records: a suite declares what it is made of and has no body of its own.

`transform` is what turns document and proof options into a proof value and checks one. All suites here share
`HashThenSign` with one of two canonical forms; a suite that needs another (ecdsa-sd-2023 signs statement by
statement) brings an object with the same two methods, in a file of its own, and adds its line to the table.
The hash goes with the key (SHA-384 for P-384, else SHA-256), never with what the proof says.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, Protocol

from contexts import Profile
from keys import KeyType, PublicKey, Signer
from keys.multibase import InvalidEncoding, decode, encode_base58, encode_base64url
from vc import canonical
from vc.canonical import jcs
from vc.errors import CryptographicSecurityError, ProofVerificationError, UnacceptableSuite
from vc.proofs.ecdsa_sd_2023 import SelectiveDisclosure

_HASH_NAMES = {
    KeyType.ED25519: "sha256",
    KeyType.P256: "sha256",
    KeyType.P384: "sha384",
    KeyType.ML_DSA_44: "sha256",
}


class Digest(Protocol):
    """The hash of a document's canonical form; refuses (`DataLossDetectionError`) what that would not cover."""

    def __call__(self, document: Mapping[str, Any], *, hash_name: str, profile: Profile) -> bytes: ...


class OtherDigest(Protocol):
    """As `Digest`, of another form that the standard allows; None for a document that has no other."""

    def __call__(self, document: Mapping[str, Any], *, hash_name: str, profile: Profile) -> bytes | None: ...


def json_digest(document: Mapping[str, Any], *, hash_name: str, profile: Profile) -> bytes:
    """JCS covers every member; the data-loss check still runs, or a word without meaning would be shown.

    What has no `@context` is plain JSON and has no such words (a proof that was made without one, a DID log entry).
    """
    if "@context" in document:
        canonical.check_data_loss(document, profile=profile)
    return hashlib.new(hash_name, jcs.canonicalize(document)).digest()


class Transform(Protocol):
    """How a suite makes and checks a proof value.

    `document` has no proof (or, in a chain, the proofs it follows); `options` is the proof without its value, with
    the document's `@context`.
    """

    def proof_value(
        self, document: Mapping[str, Any], options: Mapping[str, Any], *, signer: Signer, profile: Profile
    ) -> str: ...

    def check(
        self,
        document: Mapping[str, Any],
        options: Mapping[str, Any],
        proof_value: str,
        *,
        key: PublicKey,
        profile: Profile,
    ) -> None:
        """Raises `CryptographicSecurityError` where the signature does not fit, `ProofVerificationError` where
        the value is ill-formed."""
        ...


@dataclass(frozen=True)
class HashThenSign:
    """Canonicalise, hash, sign (VC-DI-EdDSA 3.2, VC-DI-ECDSA 3.2): hash of the options, then of the document.

    `base`: the multibase of the proof value, `z` (base58btc) or, for long signatures, `u` (base64url).
    `also_read`: the other canonical form of a document that a signature of somebody else may be over.
    """

    digest: Digest
    base: Literal["z", "u"] = "z"
    also_read: OtherDigest | None = None

    def hash_data(
        self,
        document: Mapping[str, Any],
        options: Mapping[str, Any],
        *,
        key_type: KeyType,
        profile: Profile = Profile.STANDARD,
    ) -> bytes:
        """What is signed. The options come first."""
        hash_name = _HASH_NAMES[key_type]
        return self.digest(options, hash_name=hash_name, profile=profile) + self.digest(
            document, hash_name=hash_name, profile=profile
        )

    def proof_value(
        self, document: Mapping[str, Any], options: Mapping[str, Any], *, signer: Signer, profile: Profile
    ) -> str:
        key_type = signer.public_key.type
        signature = signer.sign(self.hash_data(document, options, key_type=key_type, profile=profile))
        return encode_base58(signature) if self.base == "z" else "u" + encode_base64url(signature)

    def check(
        self,
        document: Mapping[str, Any],
        options: Mapping[str, Any],
        proof_value: str,
        *,
        key: PublicKey,
        profile: Profile,
    ) -> None:
        signature = _signature(proof_value, base=self.base, size=key.type.signature_size)
        message = self.hash_data(document, options, key_type=key.type, profile=profile)
        if not key.verify(signature, message) and not self._fits_other_form(signature, message, document, key, profile):
            raise CryptographicSecurityError("the signature does not fit the content")

    def _fits_other_form(
        self, signature: bytes, message: bytes, document: Mapping[str, Any], key: PublicKey, profile: Profile
    ) -> bool:
        """Whether the signature is over the options and the document's other form. All refusals were made before."""
        if self.also_read is None:
            return False
        other = self.also_read(document, hash_name=_HASH_NAMES[key.type], profile=profile)
        return other is not None and key.verify(signature, message[: -len(other)] + other)


def _signature(proof_value: str, *, base: str, size: int) -> bytes:
    try:
        signature = decode(proof_value, max_length=2 * size) if proof_value.startswith(base) else b""
    except InvalidEncoding as error:
        raise ProofVerificationError(f"proofValue: {error}") from None
    if len(signature) != size:
        raise ProofVerificationError(f"proofValue is not a signature of {size} bytes in the multibase {base}")
    return signature


@dataclass(frozen=True)
class Suite:
    """A cryptosuite: its name, the kinds of key it takes, and its transformation.

    `context_in_proof`: the published proof carries the document's `@context` (the JCS suites).
    `proof_type`: `DataIntegrityProof`, except for the older suites that are a proof type of their own.
    `signs`: False for suites that are only read.
    """

    name: str
    key_types: frozenset[KeyType]
    transform: Transform
    context_in_proof: bool = False
    proof_type: str = "DataIntegrityProof"
    signs: bool = True


_EDWARDS = frozenset({KeyType.ED25519})
_NIST = frozenset({KeyType.P256, KeyType.P384})
_LATTICE = frozenset({KeyType.ML_DSA_44})
_RDFC = HashThenSign(canonical.digest, also_read=canonical.digest_as_written)
_JCS = HashThenSign(json_digest)

EDDSA_RDFC_2022 = Suite("eddsa-rdfc-2022", _EDWARDS, _RDFC)
EDDSA_JCS_2022 = Suite("eddsa-jcs-2022", _EDWARDS, _JCS, context_in_proof=True)
ECDSA_RDFC_2019 = Suite("ecdsa-rdfc-2019", _NIST, _RDFC)
ECDSA_JCS_2019 = Suite("ecdsa-jcs-2019", _NIST, _JCS, context_in_proof=True)
ECDSA_SD_2023 = Suite("ecdsa-sd-2023", frozenset({KeyType.P256}), SelectiveDisclosure())
ED25519_SIGNATURE_2020 = Suite("Ed25519Signature2020", _EDWARDS, _RDFC, proof_type="Ed25519Signature2020", signs=False)

SUITES: Mapping[str, Suite] = {
    suite.name: suite
    for suite in (
        EDDSA_RDFC_2022,
        EDDSA_JCS_2022,
        ECDSA_RDFC_2019,
        ECDSA_JCS_2019,
        ECDSA_SD_2023,
        ED25519_SIGNATURE_2020,
    )
}
DEFAULT_SUITE = EDDSA_RDFC_2022.name

ML_DSA_44_RDFC_2024 = Suite("mldsa44-rdfc-2024", _LATTICE, replace(_RDFC, base="u"))
ML_DSA_44_JCS_2024 = Suite("mldsa44-jcs-2024", _LATTICE, replace(_JCS, base="u"))

POST_QUANTUM: Mapping[str, Suite] = {suite.name: suite for suite in (ML_DSA_44_RDFC_2024, ML_DSA_44_JCS_2024)}
"""Off unless asked for by name: *Quantum-Safe Cryptosuites*, W3C Credentials Community Group final report of
2026-04-27, a draft. Meant as a second proof beside a classical one (a proof set), so that a credential signed today
still convinces when the classical signature no longer does. A verifier that does not accept them cannot check such a
set, since every proof counts."""


def selective(mandatory_pointers: Sequence[str]) -> Suite:
    """ecdsa-sd-2023 for signing: `mandatory_pointers` choose what every derived credential will show."""
    return replace(ECDSA_SD_2023, transform=SelectiveDisclosure(tuple(mandatory_pointers)))


def suite_for(name: str, *, accepted: frozenset[str]) -> Suite:
    """The suite called `name`. The caller says which it accepts; the document never gets to choose.

    Also one of `POST_QUANTUM`, where the caller accepts it.

    Raises `UnacceptableSuite`, also for an accepted name that this engine does not know.
    """
    suite = known(name)
    if name not in accepted or suite is None:
        raise UnacceptableSuite(name[:100], accepted)
    return suite


def known(name: str) -> Suite | None:
    """The suite called `name`, of either table."""
    return SUITES.get(name) or POST_QUANTUM.get(name)
