"""base58btc, two characters at a time and in machine words: every signature is written and read in it.

The `base58` package goes through the whole number for each character, which for one signature takes half as long as
making it. Tests hold the two to the same answers.
"""

from __future__ import annotations

from itertools import product
from operator import add
from typing import Final

ALPHABET: Final = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"

_PAIR = len(ALPHABET) ** 2
_WORD = _PAIR**5
"""Five pairs of characters fit a machine word."""

_PAIRS = ["".join(pair) for pair in product(ALPHABET, repeat=2)]
_PAIR_VALUES = {pair: value for value, pair in enumerate(_PAIRS)}


def encode(data: bytes) -> str:
    """`data` in base58btc; each leading zero byte is a leading `1`."""
    number = int.from_bytes(data)
    pairs: list[str] = []
    while number:
        number, word = divmod(number, _WORD)
        word, fifth = divmod(word, _PAIR)
        word, fourth = divmod(word, _PAIR)
        word, third = divmod(word, _PAIR)
        first, second = divmod(word, _PAIR)
        pairs += (_PAIRS[fifth], _PAIRS[fourth], _PAIRS[third], _PAIRS[second], _PAIRS[first])
    zeros = len(data) - len(data.lstrip(b"\0"))
    return "1" * zeros + "".join(reversed(pairs)).lstrip("1")


def decode(text: str) -> bytes:
    """The bytes of `text`. Raises `ValueError` for a character outside the alphabet."""
    digits = text.lstrip("1")
    zeros = len(text) - len(digits)
    digits = "1" * (-len(digits) % 10) + digits
    pairs = map(_PAIR_VALUES.__getitem__, map(add, digits[::2], digits[1::2]))
    number = 0
    try:
        for first, second, third, fourth, fifth in zip(pairs, pairs, pairs, pairs, pairs, strict=True):
            word = (((first * _PAIR + second) * _PAIR + third) * _PAIR + fourth) * _PAIR + fifth
            number = number * _WORD + word
    except KeyError:
        raise ValueError("a character outside the base58 alphabet") from None
    return bytes(zeros) + number.to_bytes((number.bit_length() + 7) // 8)
