"""base64url without padding, one spelling per value (RFC 7515 section 2, RFC 4648 section 3.5)."""

from __future__ import annotations

import base64
import re

_ALPHABET = re.compile(rb"[A-Za-z0-9_-]*", re.ASCII)


class NotBase64Url(ValueError):
    """The text is padded, uses another alphabet, or is not the canonical spelling of its bytes."""


def encode(data: bytes) -> str:
    """Return the unpadded base64url text of `data`."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def decode(text: str) -> bytes:
    """Return the bytes of `text`; raise `NotBase64Url` for every spelling that `encode` would not make."""
    try:
        raw = text.encode("ascii")
    except UnicodeEncodeError as error:
        raise NotBase64Url("not base64url: a character outside ASCII") from error
    if not _ALPHABET.fullmatch(raw) or len(raw) % 4 == 1:
        raise NotBase64Url("not base64url: padding, white space or a foreign alphabet")
    data = base64.urlsafe_b64decode(raw + b"=" * (-len(raw) % 4))
    if encode(data) != text:
        raise NotBase64Url("not base64url: unused bits are set in the last character")
    return data
