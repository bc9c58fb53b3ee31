"""Nonces for key proofs: proven ours by a seal, spent by being written down (I-DUR-6, I-OID-4).

A fresh nonce leaves no trace in the database, so asking for many costs nothing; a spent one is kept until it
would have expired anyway.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from datetime import UTC, datetime, timedelta

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from issuer.hand_over.models import Nonce
from kit.tokens import digest
from vc.jose import base64url

LIFETIME = timedelta(minutes=5)
_RANDOM_BYTES = 16
_TIME_BYTES = 6
_SEAL_BYTES = 16
_LENGTH = _RANDOM_BYTES + _TIME_BYTES + _SEAL_BYTES


def new_nonce(secret: bytes, *, now: datetime) -> str:
    """Return a nonce that `spend` takes once within its lifetime."""
    payload = secrets.token_bytes(_RANDOM_BYTES) + int(now.timestamp()).to_bytes(_TIME_BYTES, "big")
    return base64url.encode(payload + _seal(secret, payload))


def spend(session: Session, nonce: str, *, secret: bytes, now: datetime) -> bool:
    """Say whether `nonce` is ours, alive and unspent; from now on it is spent."""
    made = _made_at(nonce, secret)
    if made is None or not timedelta() <= now - made + timedelta(seconds=1) <= LIFETIME:
        return False
    try:
        with session.begin_nested():
            session.add(Nonce(digest=digest(nonce), expires_at=made + 2 * LIFETIME))
    except IntegrityError:  # the primary key says that it is there already
        return False
    return True


def _made_at(nonce: str, secret: bytes) -> datetime | None:
    try:
        data = base64url.decode(nonce)  # one spelling per value: no second one to spend
    except base64url.NotBase64Url:
        return None
    payload, seal = data[:-_SEAL_BYTES], data[-_SEAL_BYTES:]
    if len(data) != _LENGTH or not hmac.compare_digest(seal, _seal(secret, payload)):
        return None
    return datetime.fromtimestamp(int.from_bytes(payload[_RANDOM_BYTES:], "big"), UTC)


def _seal(secret: bytes, payload: bytes) -> bytes:
    return hmac.digest(secret, b"c_nonce:" + payload, hashlib.sha256)[:_SEAL_BYTES]
