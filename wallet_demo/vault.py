"""Sealing: what belongs to a learner is kept in a form that only the learner can open.

A chain of keys, each opened by the one before, none of them in the database in clear:

passphrase -> (argon2id) -> vault key -> holder key, credentials, links, log
session cookie -> (HKDF) -> vault key        so that the passphrase is asked for once per session
share link -> (HKDF) -> the presentation behind it

AES-256-GCM with a random nonce; the purpose and the row are authenticated too, so that a sealed value cannot be
moved to another place.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from dataclasses import dataclass, field
from threading import BoundedSemaphore
from typing import Any

from argon2.low_level import Type, hash_secret_raw
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

KEY_BYTES = 32
SALT_BYTES = 16
PASSES = 3
MEMORY_KIB = 64 * 1024
_NONCE_BYTES = 12
_AT_ONCE = BoundedSemaphore(2)  # each derivation takes 64 MiB; a crowd at the door waits instead of filling the memory


class CannotOpen(Exception):
    """The key does not fit, or the sealed value was changed or moved."""


@dataclass(frozen=True)
class Vault:
    """Seals and opens with one key. Never shows the key."""

    key: bytes = field(repr=False)

    @classmethod
    def new(cls) -> Vault:
        """Return a vault with a fresh random key."""
        return cls(secrets.token_bytes(KEY_BYTES))

    @classmethod
    def of_passphrase(cls, passphrase: str, salt: bytes) -> Vault:
        """Return the vault that the passphrase opens (argon2id: 64 MiB, three passes)."""
        with _AT_ONCE:
            key = hash_secret_raw(
                passphrase.encode(),
                salt,
                time_cost=PASSES,
                memory_cost=MEMORY_KIB,
                parallelism=1,
                hash_len=KEY_BYTES,
                type=Type.ID,
            )
        return cls(key)

    @classmethod
    def of_token(cls, token: str, *, purpose: str) -> Vault:
        """Return the vault that a random token of 256 bits opens, for one `purpose`."""
        derivation = HKDF(SHA256(), KEY_BYTES, salt=None, info=f"skills-passport wallet {purpose}".encode())
        return cls(derivation.derive(token.encode()))

    def seal(self, content: bytes, *, place: str) -> bytes:
        """Return `content` sealed for `place`, the table, column and row where it will stand."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return nonce + AESGCM(self.key).encrypt(nonce, content, place.encode())

    def open(self, sealed: bytes, *, place: str) -> bytes:
        """Return what was sealed for `place`. Raises `CannotOpen`."""
        try:
            return AESGCM(self.key).decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], place.encode())
        except (InvalidTag, ValueError) as error:
            raise CannotOpen(place.partition("/")[0]) from error

    def seal_json(self, value: Any, *, place: str) -> bytes:
        """Seal a JSON value."""
        return self.seal(json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode(), place=place)

    def open_json(self, sealed: bytes, *, place: str) -> Any:
        """Return the JSON value that was sealed for `place`. Raises `CannotOpen`."""
        return json.loads(self.open(sealed, place=place))

    def fingerprint(self, content: bytes) -> str:
        """Return a name for `content` that equals only for equal content, and only in this vault."""
        return hmac.new(self.key, b"fingerprint" + content, hashlib.sha256).hexdigest()


def new_salt() -> bytes:
    """Return a fresh salt for `Vault.of_passphrase`."""
    return secrets.token_bytes(SALT_BYTES)
