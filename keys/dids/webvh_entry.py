"""One entry of a did:webvh log: its hash, its proof, and the bytes of its line (did:webvh 1.0).

All hashes are SHA-256 as a multihash in base58btc, without the `z` of multibase: 46 characters that begin with `Qm`.
The proof is `eddsa-jcs-2022` (Data Integrity EdDSA Cryptosuites 1.0, section 3.3) by a key that the log itself
authorises, named as a did:key.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import rfc8785

from contexts.strict_json import JsonRefused, parse
from keys import base58btc, timestamps
from keys.dids import did_key
from keys.errors import InvalidKey
from keys.model import KeyType, PublicKey
from keys.multibase import InvalidEncoding, decode, encode_base58
from keys.signers import Signer

PLACEHOLDER = "{SCID}"
SUITE = "eddsa-jcs-2022"
_SHA256 = b"\x12\x20"
_LARGEST_PROOF_TEXT = 200


class EntryRefused(ValueError):
    """An entry that does not hold; the text says why."""


def multihash(data: bytes) -> str:
    """The hash of `data` as did:webvh writes hashes."""
    return base58btc.encode(_SHA256 + hashlib.sha256(data).digest())


def key_hash(key: PublicKey) -> str:
    """What `nextKeyHashes` says of a key that will be used later. (section "Pre-Rotation Key Hash Generation")"""
    return multihash(key.multikey.encode())


def canonical(value: Any) -> bytes:
    """`value` in canonical form (RFC 8785). Raises `EntryRefused`."""
    try:
        return rfc8785.dumps(value)
    except (rfc8785.CanonicalizationError, UnicodeEncodeError) as error:
        raise EntryRefused(f"it has no canonical form: {error}") from None


def entry_hash(entry: Mapping[str, Any], predecessor: str) -> str:
    """The hash over an entry, `predecessor` (the version before it, or the SCID) in place of its own version."""
    return multihash(canonical({**_unsigned(entry), "versionId": predecessor}))


def self_certifying_id(first: Mapping[str, Any], scid: str) -> str:
    """The SCID that the first entry of a log demands, where `scid` is the one written in it."""
    text = json.dumps({**_unsigned(first), "versionId": PLACEHOLDER}, ensure_ascii=False)
    return multihash(canonical(json.loads(text.replace(scid, PLACEHOLDER))))


def _unsigned(entry: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in entry.items() if name != "proof"}


# --- write ---


def signed(entry: Mapping[str, Any], *, signer: Signer, at: datetime) -> dict[str, Any]:
    """`entry` with its proof. Raises `ValueError` for a key of another type than Ed25519."""
    if signer.public_key.type is not KeyType.ED25519:
        raise ValueError("the entries of a log are signed with Ed25519 keys")
    options = {
        "type": "DataIntegrityProof",
        "cryptosuite": SUITE,
        "verificationMethod": did_key.verification_method_for(signer.public_key),
        "created": timestamps.write(at),
        "proofPurpose": "assertionMethod",
    }
    value = encode_base58(signer.sign(_hash_data(entry, options)))
    return {**_unsigned(entry), "proof": [{**options, "proofValue": value}]}


def line(entry: Mapping[str, Any]) -> bytes:
    """`entry` as a line of the log."""
    return json.dumps(entry, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


# --- read ---


def read_line(text: bytes) -> dict[str, Any]:
    """The entry on a line. Raises `EntryRefused`."""
    try:
        entry = parse(text)
    except JsonRefused as error:
        raise EntryRefused(error.reason) from None
    if not isinstance(entry, dict) or set(entry) != {"versionId", "versionTime", "parameters", "state", "proof"}:
        raise EntryRefused("an entry has versionId, versionTime, parameters, state and proof, and nothing else")
    if not isinstance(entry["parameters"], dict) or not isinstance(entry["state"], dict):
        raise EntryRefused("parameters and state are objects")
    return entry


def check_proofs(entry: Mapping[str, Any], authorised: tuple[str, ...]) -> None:
    """Raises `EntryRefused` unless every proof of the entry is sound and by one of the `authorised` keys."""
    proofs = entry["proof"]
    proofs = [proofs] if isinstance(proofs, dict) else proofs
    if not isinstance(proofs, list) or not 0 < len(proofs) <= len(authorised):
        raise EntryRefused("it carries no proof, or more than there are keys")
    for proof in proofs:
        _check_proof(entry, proof, authorised)


def _check_proof(entry: Mapping[str, Any], proof: Any, authorised: tuple[str, ...]) -> None:
    if not isinstance(proof, dict) or "@context" in proof:
        raise EntryRefused("its proof is not a Data Integrity proof over an entry")
    if (proof.get("type"), proof.get("cryptosuite")) != ("DataIntegrityProof", SUITE):
        raise EntryRefused(f"its proof is not made with {SUITE}")
    if proof.get("proofPurpose") != "assertionMethod":
        raise EntryRefused("its proof was made for another purpose")
    key = _authorised_key(proof.get("verificationMethod"), authorised)
    options = {name: value for name, value in proof.items() if name != "proofValue"}
    try:
        signature = decode(proof.get("proofValue"), max_length=_LARGEST_PROOF_TEXT)
    except InvalidEncoding:
        raise EntryRefused("its signature cannot be read") from None
    if not key.verify(signature, _hash_data(entry, options)):
        raise EntryRefused("it was changed after it was signed")


def _authorised_key(address: Any, authorised: tuple[str, ...]) -> PublicKey:
    """The key of `did:key:Z#Z`, where Z is one of the authorised keys, byte for byte."""
    body, hash_sign, fragment = (
        address.removeprefix("did:key:").partition("#") if isinstance(address, str) else ("",) * 3
    )
    if not hash_sign or not address.startswith("did:key:") or body != fragment or body not in authorised:
        raise EntryRefused("its proof is by a key that the log does not authorise")
    return update_key(body)


def update_key(text: Any) -> PublicKey:
    """A key of `updateKeys`. Raises `EntryRefused` unless it is a sound Ed25519 key."""
    try:
        key = PublicKey.from_multikey(text)
    except InvalidKey as error:
        raise EntryRefused(f"an update key is none: {error.reason}") from None
    if key.type is not KeyType.ED25519:
        raise EntryRefused("an update key is of another type than Ed25519")
    return key


def _hash_data(entry: Mapping[str, Any], options: Mapping[str, Any]) -> bytes:
    return hashlib.sha256(canonical(options)).digest() + hashlib.sha256(canonical(_unsigned(entry))).digest()
