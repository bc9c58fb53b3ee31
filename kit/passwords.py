"""Passwords: argon2id with the library's current parameters, and equal time for unknown accounts."""

from __future__ import annotations

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

MIN_LENGTH = 12
MAX_LENGTH = 256

_HASHER = PasswordHasher()
_NOBODY = _HASHER.hash("nobody has this password")


def hash_password(password: str) -> str:
    """Return the argon2id hash to keep."""
    return _HASHER.hash(password)


def check_password(kept: str | None, password: str) -> bool:
    """Say whether `password` belongs to `kept`; `None` (no such account) takes as long and says no."""
    if len(password) > MAX_LENGTH:
        return False
    try:
        matches = _HASHER.verify(kept or _NOBODY, password)
    except (VerifyMismatchError, InvalidHashError):
        return False
    return matches and kept is not None
