"""Signing what is posted to others' systems (Standard Webhooks 1.0): an id, a time, and an HMAC over both and the body.

The receiver has the secret (`whsec_…`), recomputes the signature, refuses old times, and takes each id once.
"""

from __future__ import annotations

import hashlib
import hmac
from base64 import b64decode, b64encode
from collections.abc import Mapping
from datetime import datetime

PREFIX = "whsec_"


def secret_for(key: bytes, name: str) -> str:
    """Return the secret shared with one receiver: the same for the same name, worked out from `key`."""
    return PREFIX + b64encode(hmac.digest(key, b"webhook:" + name.encode(), hashlib.sha256)).decode()


def signed_headers(secret: str, *, message_id: str, now: datetime, body: bytes) -> Mapping[str, str]:
    """Return the headers that go with `body`. A repeated delivery has the same `message_id` and a new time."""
    timestamp = str(int(now.timestamp()))
    signed = b".".join((message_id.encode(), timestamp.encode(), body))
    signature = hmac.digest(b64decode(secret.removeprefix(PREFIX)), signed, hashlib.sha256)
    return {
        "webhook-id": message_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": f"v1,{b64encode(signature).decode()}",
    }
