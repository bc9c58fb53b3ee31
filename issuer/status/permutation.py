"""A keyed permutation of the indexes of a list: the n-th credential gets an index that tells nothing about n.

A balanced Feistel network over the smallest even number of bits that holds the list, with HMAC-SHA-256 as its
round function and cycle walking back into the list's length (Black and Rogaway, "Ciphers with Arbitrary Finite
Domains"). A permutation gives each index exactly once, so a counter is all that the database has to keep.
"""

from __future__ import annotations

import hmac
import secrets
from array import array
from collections.abc import Sequence
from functools import lru_cache

KEY_BYTES = 32
_ROUNDS = 8
_KEPT = 32
"""Lists whose rounds are kept; 16 KiB each for a list of the usual length."""


def new_key() -> bytes:
    """Return the key of a new list's permutation."""
    return secrets.token_bytes(KEY_BYTES)


def index_at(position: int, *, key: bytes, length: int) -> int:
    """Return the index that belongs to `position`, both in `range(length)`.

    Raises `ValueError` for a position outside the list: the list is full, and nothing is given twice.
    """
    if not 0 <= position < length:
        raise ValueError(f"position {position} lies outside a list of {length}")
    half_bits = max(1, ((length - 1).bit_length() + 1) // 2)
    rounds = _rounds(key, half_bits)
    index = _feistel(position, rounds, half_bits)
    while index >= length:  # at most four times as many values as indexes: few steps
        index = _feistel(index, rounds, half_bits)
    return index


def _feistel(value: int, rounds: Sequence[Sequence[int]], half_bits: int) -> int:
    left, right = value >> half_bits, value & (1 << half_bits) - 1
    for mixed in rounds:
        left, right = right, left ^ mixed[right]
    return left << half_bits | right


@lru_cache(maxsize=_KEPT)
def _rounds(key: bytes, half_bits: int) -> Sequence[Sequence[int]]:
    """The round function of each round, worked out for every half: few halves serve many indexes."""
    mask = (1 << half_bits) - 1
    return [array("I", (_mixed(key, number, half) & mask for half in range(mask + 1))) for number in range(_ROUNDS)]


def _mixed(key: bytes, number: int, half: int) -> int:
    message = bytes((number,)) + half.to_bytes(4, "big")
    return int.from_bytes(hmac.digest(key, message, "sha256")[:4], "big")
