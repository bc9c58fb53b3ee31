"""base58btc by machine words: every signature is written and read in it.

The `base58` package goes through the whole number for each character, which for one signature takes half as long as
making it. Tests hold the two to the same answers.
"""

from __future__ import annotations

from typing import Final

ALPHABET: Final = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"

_PAIRS = [first + second for first in ALPHABET for second in ALPHABET]
_PAIR = 58**2
_TWO_PAIRS = 58**4

_DIGITS = 5
"""Characters to a word when reading; Python is quickest with words below 2**30."""
_WORD = 58**_DIGITS
_NONE = 255
_VALUE_OF = bytes(ALPHABET.index(chr(byte)) if chr(byte) in ALPHABET else _NONE for byte in range(256))


def encode(data: bytes) -> str:
    """`data` in base58btc; each leading zero byte is a leading `1`."""
    number = int.from_bytes(data)
    pairs: list[str] = []
    while number:
        number, word = divmod(number, _TWO_PAIRS)
        pairs.append(_PAIRS[word % _PAIR])
        pairs.append(_PAIRS[word // _PAIR])
    pairs.reverse()
    zeros = len(data) - len(data.lstrip(b"\0"))
    return "1" * zeros + "".join(pairs).lstrip("1")


def decode(text: str) -> bytes:
    """The bytes of `text`. Raises `ValueError` for a character outside the alphabet."""
    digits = text.lstrip("1")
    zeros = len(text) - len(digits)
    values = ("1" * (-len(digits) % _DIGITS) + digits).encode().translate(_VALUE_OF)
    if _NONE in values:
        raise ValueError("a character outside the base58 alphabet")
    number = 0
    following = iter(values)
    for a, b, c, d, e in zip(following, following, following, following, following, strict=True):
        number = number * _WORD + (((a * 58 + b) * 58 + c) * 58 + d) * 58 + e
    return bytes(zeros) + number.to_bytes((number.bit_length() + 7) // 8)
