"""ecdsa-sd-2023: the holder shows only some statements of a credential (VC-DI-ECDSA 1.0, section 3.5).

The issuer signs every statement on its own with a key made for this one proof (*base proof*, from issuer to holder
only); the holder keeps the signatures of what is shown (*derived proof*, from holder to verifier). Blank nodes get
random-looking names by an HMAC, so that what is hidden does not show through their order.

A verifier refuses base proofs, a holder never sends one. P-256 with SHA-256 only. The specification's text gives the
ephemeral key as 36 bytes in one place; 35 is right.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import cbor2

from contexts import Profile
from keys import InvalidKey, KeyType, PrivateKey, PublicKey, Signer
from keys.multibase import InvalidEncoding, decode_base64url, encode_base64url
from vc.canonical import canonicalize
from vc.canonical.rdfc10 import Quad, canonicalize_dataset
from vc.credential import entries
from vc.errors import CryptographicSecurityError, ProofGenerationError, ProofVerificationError
from vc.proofs import pointers, selection

NAME = "ecdsa-sd-2023"
BASE_HEADER = b"\xd9\x5d\x00"
DERIVED_HEADER = b"\xd9\x5d\x01"
HMAC_KEY_SIZE = 32
LABEL_SIZE = 32
_PUBLIC_KEY_PREFIX = b"\x80\x24"
_SIGNATURE_SIZE = KeyType.P256.signature_size


@dataclass(frozen=True)
class BaseProof:
    """What the issuer hands to the holder."""

    base_signature: bytes
    public_key: PublicKey
    hmac_key: bytes
    signatures: tuple[bytes, ...]
    mandatory_pointers: tuple[str, ...]

    def encoded(self) -> str:
        """Return the `proofValue`."""
        return _encoded(
            BASE_HEADER,
            [
                self.base_signature,
                _PUBLIC_KEY_PREFIX + self.public_key.raw,
                self.hmac_key,
                list(self.signatures),
                list(self.mandatory_pointers),
            ],
        )

    @classmethod
    def decoded(cls, proof_value: object) -> BaseProof:
        """Read a `proofValue`. Raises `ProofVerificationError`."""
        base_signature, key, hmac_key, signatures, mandatory = _parts(proof_value, BASE_HEADER, count=5)
        if not _is_bytes(hmac_key, HMAC_KEY_SIZE) or not _are(mandatory, str):
            raise ProofVerificationError("a component of the base proof has the wrong type or length")
        return cls(_signature(base_signature), _key(key), hmac_key, _signatures(signatures), tuple(mandatory))


@dataclass(frozen=True)
class DerivedProof:
    """What the holder shows to a verifier."""

    base_signature: bytes
    public_key: PublicKey
    signatures: tuple[bytes, ...]
    labels: Mapping[int, bytes]
    mandatory_indexes: tuple[int, ...]

    def encoded(self) -> str:
        """Return the `proofValue`."""
        return _encoded(
            DERIVED_HEADER,
            [
                self.base_signature,
                _PUBLIC_KEY_PREFIX + self.public_key.raw,
                list(self.signatures),
                dict(self.labels),
                list(self.mandatory_indexes),
            ],
        )

    @classmethod
    def decoded(cls, proof_value: object) -> DerivedProof:
        """Read a `proofValue`. Raises `ProofVerificationError`, for a base proof too."""
        base_signature, key, signatures, labels, indexes = _parts(proof_value, DERIVED_HEADER, count=5)
        if not isinstance(labels, dict) or not all(
            _is_index(n) and _is_bytes(v, LABEL_SIZE) for n, v in labels.items()
        ):
            raise ProofVerificationError("the label map of the derived proof is malformed")
        if len(set(labels.values())) != len(labels):
            raise ProofVerificationError("the label map gives two nodes one name, and so one signature to both")
        if not isinstance(indexes, list) or not all(_is_index(n) for n in indexes) or len(set(indexes)) != len(indexes):
            raise ProofVerificationError("the mandatory indexes of the derived proof are malformed")
        return cls(_signature(base_signature), _key(key), _signatures(signatures), labels, tuple(indexes))


@dataclass(frozen=True)
class SelectiveDisclosure:
    """The transformation of the suite: makes base proofs, checks derived ones."""

    mandatory_pointers: tuple[str, ...] = ()

    def proof_value(
        self, document: Mapping[str, Any], options: Mapping[str, Any], *, signer: Signer, profile: Profile
    ) -> str:
        """Return a base proof (section 3.5.4). Raises `ProofGenerationError` for pointers that match nothing."""
        hmac_key = secrets.token_bytes(HMAC_KEY_SIZE)
        return self.base_proof(
            document,
            options,
            signer=signer,
            profile=profile,
            hmac_key=hmac_key,
            proof_key=PrivateKey.generate(KeyType.P256),
        ).encoded()

    def base_proof(
        self,
        document: Mapping[str, Any],
        options: Mapping[str, Any],
        *,
        signer: Signer,
        profile: Profile,
        hmac_key: bytes,
        proof_key: PrivateKey,
    ) -> BaseProof:
        """The base proof for given random values, which must be fresh for every proof."""
        statements = _Statements(document, hmac_key, profile, (self.mandatory_pointers,))
        mandatory = statements.indexes_of(0)
        lines = statements.lines
        message = _base_message(options, proof_key.public, [lines[n] for n in sorted(mandatory)], profile)
        signatures = [proof_key.sign(line.encode()) for n, line in enumerate(lines) if n not in mandatory]
        return BaseProof(signer.sign(message), proof_key.public, hmac_key, tuple(signatures), self.mandatory_pointers)

    def check(
        self,
        document: Mapping[str, Any],
        options: Mapping[str, Any],
        proof_value: str,
        *,
        key: PublicKey,
        profile: Profile,
    ) -> None:
        """Check a derived proof (section 3.5.7): the issuer's key over the frame, the proof's key line by line."""
        proof = DerivedProof.decoded(proof_value)
        lines = _relabelled_lines(canonicalize(document, profile=profile), proof.labels)
        if len(set(lines)) != len(lines):
            raise ProofVerificationError("two statements become one under the label map")
        mandatory = set(proof.mandatory_indexes)
        if mandatory - set(range(len(lines))):
            raise ProofVerificationError("a mandatory index names no statement")
        shown = [line for n, line in enumerate(lines) if n not in mandatory]
        if len(shown) != len(proof.signatures):
            raise ProofVerificationError("the proof has not one signature for each statement shown")
        message = _base_message(options, proof.public_key, [lines[n] for n in sorted(mandatory)], profile)
        holds = key.verify(proof.base_signature, message) and all(
            proof.public_key.verify(signature, line.encode())
            for signature, line in zip(proof.signatures, shown, strict=True)
        )
        if not holds:
            raise CryptographicSecurityError("the signature does not fit the content")


def derive(
    document: Mapping[str, Any], *, selective_pointers: Sequence[str], profile: Profile = Profile.STANDARD
) -> dict[str, Any]:
    """Return `document`, which carries one base proof, showing only what `selective_pointers` and the issuer chose.

    Raises `ProofVerificationError` when there is no single base proof, `ProofGenerationError` when a pointer leads
    nowhere or nothing would be shown (section 3.5.6). The base signature is not checked here.
    """
    proofs = entries(document.get("proof"))
    if len(proofs) != 1 or not isinstance(proofs[0], dict) or proofs[0].get("cryptosuite") != NAME:
        raise ProofVerificationError(f"there is not one {NAME} proof to derive from")
    base = BaseProof.decoded(proofs[0].get("proofValue"))
    unsecured = {name: value for name, value in document.items() if name != "proof"}
    shown_pointers = (*base.mandatory_pointers, *selective_pointers)
    if not shown_pointers:
        raise ProofGenerationError("nothing was chosen to be shown")
    statements = _Statements(unsecured, base.hmac_key, profile, (base.mandatory_pointers, shown_pointers))
    mandatory = statements.indexes_of(0)
    combined = sorted(statements.indexes_of(1))
    others = [n for n in range(len(statements.lines)) if n not in mandatory]
    if len(others) != len(base.signatures):
        raise ProofVerificationError("the base proof has not one signature for each statement")
    signature_of = dict(zip(others, base.signatures, strict=True))
    derived = DerivedProof(
        base.base_signature,
        base.public_key,
        tuple(signature_of[n] for n in combined if n not in mandatory),
        statements.labels_for(1),
        tuple(place for place, n in enumerate(combined) if n in mandatory),
    )
    places = [pointers.located(pointer, unsecured, unsecured) for pointer in shown_pointers]
    return {**pointers.select(unsecured, places), "proof": {**proofs[0], "proofValue": derived.encoded()}}


class _Statements:
    """A document as its statements (N-Quads), blank nodes named by HMAC, and which of them pointers select."""

    def __init__(
        self, document: Mapping[str, Any], hmac_key: bytes, profile: Profile, groups: selection.Groups
    ) -> None:
        found = selection.statements(document, groups, profile=profile)
        canonical = canonicalize_dataset(found.all)
        self._selected = found.selected
        self._names = {
            blank: "_:u" + encode_base64url(hmac.digest(hmac_key, label.removeprefix("_:").encode(), "sha256"))
            for blank, label in canonical.labels.items()
        }
        self._line = {quad: self._named(quad) for quad in found.all}
        self.lines = sorted(set(self._line.values()))
        self._place = {line: n for n, line in enumerate(self.lines)}

    def indexes_of(self, group: int) -> frozenset[int]:
        """Which statements the pointers of group number `group` select."""
        return frozenset(self._place[self._line[quad]] for quad in self._selected[group])

    def labels_for(self, group: int) -> dict[int, bytes]:
        """For the canonical labels (c14nN) of the selected part alone: the HMAC names that they stand for."""
        canonical = canonicalize_dataset(self._selected[group])
        return {
            int(label.removeprefix("_:c14n")): decode_base64url(self._names[blank].removeprefix("_:u"))
            for blank, label in sorted(canonical.labels.items(), key=lambda item: int(item[1].removeprefix("_:c14n")))
        }

    def _named(self, quad: Quad) -> str:
        subject, predicate, value, graph = (self._names.get(term, term) for term in quad)
        return f"{subject} {predicate} {value} {graph} .\n" if graph else f"{subject} {predicate} {value} .\n"


def _relabelled_lines(nquads: str, labels: Mapping[int, bytes]) -> list[str]:
    names = {f"_:c14n{number}": "_:u" + encode_base64url(name) for number, name in labels.items()}
    lines = []
    for line in nquads.split("\n")[:-1]:  # by nothing else: in literals stand U+0085 and U+2028 as themselves
        subject, predicate, rest = f"{line}\n".split(" ", 2)
        lines.append(f"{names.get(subject, subject)} {predicate} {_relabelled_rest(rest, names)}")
    return sorted(lines)


def _relabelled_rest(rest: str, names: Mapping[str, str]) -> str:
    """Object and graph of a statement; a literal may hold blanks and is left alone."""
    body = rest.removesuffix(" .\n")
    literal_end = body.rfind('"') + 1
    head, tail = body[:literal_end], body[literal_end:]
    return head + " ".join(names.get(term, term) for term in tail.split(" ")) + " .\n"


def _base_message(
    options: Mapping[str, Any], proof_key: PublicKey, mandatory_lines: Sequence[str], profile: Profile
) -> bytes:
    """What the issuer's key signs: hash of the options, the proof's own key, hash of the mandatory statements."""
    proof_hash = hashlib.sha256(canonicalize(options, profile=profile).encode()).digest()
    mandatory_hash = hashlib.sha256("".join(mandatory_lines).encode()).digest()
    return proof_hash + _PUBLIC_KEY_PREFIX + proof_key.raw + mandatory_hash


# --- the proof value ---


def _encoded(header: bytes, parts: list[Any]) -> str:
    return "u" + encode_base64url(header + cbor2.dumps(parts))


def _parts(proof_value: object, header: bytes, *, count: int) -> list[Any]:
    """The components behind `header`; only the one spelling that we would write ourselves is read (no tags)."""
    try:
        data = decode_base64url(proof_value[1:]) if isinstance(proof_value, str) and proof_value[:1] == "u" else b""
    except InvalidEncoding as error:
        raise ProofVerificationError(f"proofValue: {error}") from None
    if not data.startswith(header):
        raise ProofVerificationError("proofValue is of another kind than is due here")
    try:
        parts = cbor2.loads(data[len(header) :])
        canonical = cbor2.dumps(parts) == data[len(header) :]
    except (cbor2.CBORError, ValueError, TypeError, RecursionError) as error:
        raise ProofVerificationError("proofValue is not CBOR") from error
    if not canonical or not isinstance(parts, list) or len(parts) != count:
        raise ProofVerificationError(f"proofValue is not an array of {count} plain components")
    return parts


def _signature(value: Any) -> bytes:
    if not _is_bytes(value, _SIGNATURE_SIZE):
        raise ProofVerificationError(f"a signature in proofValue has not {_SIGNATURE_SIZE} bytes")
    signature: bytes = value
    return signature


def _signatures(value: Any) -> tuple[bytes, ...]:
    if not isinstance(value, list):
        raise ProofVerificationError("the signatures in proofValue are not an array")
    return tuple(_signature(item) for item in value)


def _key(value: Any) -> PublicKey:
    if not isinstance(value, bytes) or not value.startswith(_PUBLIC_KEY_PREFIX):
        raise ProofVerificationError("the key in proofValue is not a P-256 key")
    try:
        return PublicKey(KeyType.P256, value[len(_PUBLIC_KEY_PREFIX) :])
    except InvalidKey as error:
        raise ProofVerificationError(f"the key in proofValue: {error}") from error


def _is_bytes(value: Any, size: int) -> bool:
    return isinstance(value, bytes) and len(value) == size


def _is_index(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _are(values: Any, kind: type) -> bool:
    return isinstance(values, list) and all(isinstance(value, kind) for value in values)
