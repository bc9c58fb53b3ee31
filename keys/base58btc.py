"""base58btc, two characters at a time and in machine words: every signature is written and read in it.

The `base58` package goes through the whole number for each character, which for one signature takes half as long as
making it. Tests hold the two to the same answers.
"""

from __future__ import annotations

from itertools import product
from typing import Final

ALPHABET: Final = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"

_PAIRS = ["".join(pair) for pair in product(ALPHABET, repeat=2)]
_PAIR_VALUES = {pair: value for value, pair in enumerate(_PAIRS)}
_WORD = 10
"""Characters whose value fits a machine word."""


def encode(data: bytes) -> str:
    """`data` in base58btc; each leading zero byte is a leading `1`."""
    number = int.from_bytes(data)
    pairs: list[str] = []
    while number:
        number, word = divmod(number, 58**_WORD)
        for _ in range(_WORD // 2):
            word, pair = divmod(word, 58 * 58)
            pairs.append(_PAIRS[pair])
    zeros = len(data) - len(data.lstrip(b"\0"))
    return "1" * zeros + "".join(reversed(pairs)).lstrip("1")


def decode(text: str) -> bytes:
    """The bytes of `text`. Raises `ValueError` for a character outside the alphabet."""
    digits = text.lstrip("1")
    zeros = len(text) - len(digits)
    digits = "1" * (-len(digits) % _WORD) + digits
    number = 0
    try:
        for start in range(0, len(digits), _WORD):
            word = 0
            for place in range(start, start + _WORD, 2):
                word = word * (58 * 58) + _PAIR_VALUES[digits[place : place + 2]]
            number = number * 58**_WORD + word
    except KeyError:
        raise ValueError("a character outside the base58 alphabet") from None
    return bytes(zeros) + number.to_bytes((number.bit_length() + 7) // 8)
