"""Random tokens and codes: made here, kept only as digests, compared in constant time."""

from __future__ import annotations

import hashlib
import hmac
import secrets

_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"  # without 0 O 1 I, which people mix up


def new_token(n_bytes: int = 32) -> str:
    """Return a fresh URL-safe token of `n_bytes` random bytes (256 bits by default)."""
    return secrets.token_urlsafe(n_bytes)


def digest(token: str) -> str:
    """Return what the database keeps of a token: SHA-256, hexadecimal. Only for tokens of 128 bits and more."""
    return hashlib.sha256(token.encode()).hexdigest()


def same(left: str, right: str) -> bool:
    """Compare two secrets without telling by the time taken where they differ."""
    return hmac.compare_digest(left.encode(), right.encode())


def short_code(length: int = 8) -> str:
    """Return a code that a person can read aloud; 5 bits a character, so never alone as a secret."""
    return "".join(_ALPHABET[byte & 31] for byte in secrets.token_bytes(length))  # 32 letters: each equally likely
