"""base58btc by machine words: every signature is written and read in it.

The `base58` package goes through the whole number for each character, which for one signature takes half as long as
making it. Tests hold the two to the same answers.
"""

from __future__ import annotations

from typing import Final

ALPHABET: Final = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"

_DIGITS = 5
"""Characters to a word; Python is quickest with words below 2**30."""
_WORD = 58**_DIGITS
_PLACES = tuple(58**place for place in reversed(range(_DIGITS)))
_CHARACTER_OF = ALPHABET.encode().ljust(256, b"\0")
_NONE = 255
_VALUE_OF = bytes(ALPHABET.index(chr(byte)) if chr(byte) in ALPHABET else _NONE for byte in range(256))


def encode(data: bytes) -> str:
    """`data` in base58btc; each leading zero byte is a leading `1`."""
    number = int.from_bytes(data)
    words: list[int] = []
    while number:
        number, word = divmod(number, _WORD)
        words.append(word)
    digits = bytes([word // place % 58 for word in reversed(words) for place in _PLACES])
    zeros = len(data) - len(data.lstrip(b"\0"))
    return "1" * zeros + digits.lstrip(b"\0").translate(_CHARACTER_OF).decode()


def decode(text: str) -> bytes:
    """The bytes of `text`. Raises `ValueError` for a character outside the alphabet."""
    digits = text.lstrip("1")
    zeros = len(text) - len(digits)
    values = ("1" * (-len(digits) % _DIGITS) + digits).encode().translate(_VALUE_OF)
    if _NONE in values:
        raise ValueError("a character outside the base58 alphabet")
    number = 0
    for start in range(0, len(values), _DIGITS):
        a, b, c, d, e = values[start : start + _DIGITS]
        number = number * _WORD + (((a * 58 + b) * 58 + c) * 58 + d) * 58 + e
    return bytes(zeros) + number.to_bytes((number.bit_length() + 7) // 8)
