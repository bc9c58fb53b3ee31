"""The two multibase encodings in use: `z` (base58btc) and `u` (base64url without padding).

The length is checked before base58 is decoded, since that takes time with the square of the length.
"""

from __future__ import annotations

import base64
import binascii
import re
from typing import Any, Final

from keys import base58btc

MAX_BASE58: Final = 200
"""Longest base58 text that is decoded, in characters. The longest key we know of needs 135."""

_BASE64URL = re.compile(r"[A-Za-z0-9_-]*")


class InvalidEncoding(ValueError):
    """A text that is not the one way to spell some bytes."""


def decode(text: Any, *, max_length: int = MAX_BASE58) -> bytes:
    """The bytes of a multibase text, `z` or `u`. `max_length` counts characters, prefix not included.

    Raises `InvalidEncoding`.
    """
    if not isinstance(text, str) or not text:
        raise InvalidEncoding("not a multibase text")
    if len(text) - 1 > max_length:
        raise InvalidEncoding(f"more than {max_length} characters")
    if text[0] == "z":
        return decode_base58(text[1:], max_length=max_length)
    if text[0] == "u":
        return decode_base64url(text[1:])
    raise InvalidEncoding("multibase prefix other than z and u")


def encode_base58(data: bytes) -> str:
    """`data` as multibase base58btc, with its `z`."""
    return "z" + base58btc.encode(data)


def decode_base58(text: str, *, max_length: int = MAX_BASE58) -> bytes:
    """The bytes of a base58btc text without prefix. Raises `InvalidEncoding`."""
    if len(text) > max_length:
        raise InvalidEncoding(f"more than {max_length} characters of base58")
    if not text:
        raise InvalidEncoding("no base58 characters")
    try:
        return base58btc.decode(text)
    except ValueError:
        raise InvalidEncoding("a character outside the base58 alphabet") from None


def encode_base64url(data: bytes) -> str:
    """`data` in base64url without padding and without multibase prefix."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def decode_base64url(text: Any) -> bytes:
    """The bytes of a base64url text without padding; its unused last bits must be zero.

    Raises `InvalidEncoding`.
    """
    if not isinstance(text, str) or not _BASE64URL.fullmatch(text):
        raise InvalidEncoding("a character outside the base64url alphabet")
    try:
        decoded = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except binascii.Error:
        raise InvalidEncoding("not a length that base64url has") from None
    if encode_base64url(decoded) != text:
        raise InvalidEncoding("unused bits of the last base64url character are set")
    return decoded
