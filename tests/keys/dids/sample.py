"""A sound identifier document, to be bent, with the question that tests put to it; and a key that is not in it."""

from __future__ import annotations

from typing import Any

from keys import KeyType, PrivateKey
from keys.dids import DidDocument

KEY = PrivateKey.from_raw(KeyType.ED25519, b"\x05" * 32).public
OTHER = PrivateKey.from_raw(KeyType.P256, b"\x05" * 32).public
DID = "did:web:college.example"
URL = f"{DID}#key-1"


def method(**change: Any) -> dict[str, Any]:
    entry = {"id": URL, "type": "Multikey", "controller": DID, "publicKeyMultibase": KEY.multikey, **change}
    return {name: value for name, value in entry.items() if value is not ...}


def document(**change: Any) -> dict[str, Any]:
    sound = {"id": DID, "verificationMethod": [method()], "assertionMethod": [URL], **change}
    return {name: value for name, value in sound.items() if value is not ...}


def ask(found: dict[str, Any], url: Any = URL, purpose: str = "assertionMethod") -> Any:
    return DidDocument.of(DID, found).verification_method(url, purpose=purpose).public_key
