"""The one JSON parser of the house: two readers of one text must see one document.

Python's own parser takes the last of two equal members, reads `NaN` and `1e400`, keeps lone surrogates and
breaks with other errors on deep nesting and long integers. Each of these is refused here with
`JsonRefused`, and nesting is counted on the text, before anything recurses.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import dataclass
from typing import Any

_LARGEST_INTEGER = 2**53 - 1
_LONGEST_CHARACTER = 4  # bytes of UTF-8
_DEEPEST_ALLOWED = 200  # the C scanner recurses once per level; this stays far below Python's own limit

# A string, or what is left of the text when it is not closed. Possessive, so the scan is linear.
_STRING = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\\?\Z)', re.DOTALL)
_NOT_BRACKETS = re.compile(r"[^\[\]{}]+")
_EMPTY_CONTAINER = re.compile(r"[\[{][ \t\r\n]*+[\]}]")
_SUSPECT_ESCAPE = re.compile(r"\\u(?:[dD][89a-fA-F]|0000)")
_NONZERO_DIGIT = re.compile(r"[1-9]")


class JsonRefused(ValueError):
    """A text that is not JSON, or is JSON that two parsers could read differently.

    `code` is one of `encoding`, `syntax`, `duplicate-member`, `number`, `depth`, `members`, `string-length`,
    `surrogate`, `nul`; `reason` is an English sentence without any of the text's secrets.
    """

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


@dataclass(frozen=True)
class Limits:
    """How large a text may be before it is refused.

    `depth`: containers inside containers. `members`: object members and array items in all.
    `string_bytes`: UTF-8 length of any one string or member name.
    """

    depth: int = 32
    members: int = 10_000
    string_bytes: int = 65_536

    def __post_init__(self) -> None:
        if not 0 < self.depth <= _DEEPEST_ALLOWED:
            raise ValueError(f"depth must be between 1 and {_DEEPEST_ALLOWED}")


DEFAULT = Limits()


def parse(data: bytes | str, *, limits: Limits = DEFAULT, whole_numbers: bool = False) -> Any:
    """The value that `data` (UTF-8, one leading BOM allowed) spells out. Raises `JsonRefused`.

    `whole_numbers`: what is written as a decimal and is whole (`1.0`, `-0.0`, `1e2`) comes out as an integer.

    Integers outside ±(2^53-1) are refused, since other readers round them; so are numbers that a double
    cannot hold at all (`1e400`, `1e-400`).
    """
    text = _text(data)
    _check_size(text, limits)
    try:
        value = (_WHOLE_DECODER if whole_numbers else _DECODER).decode(text)
    except json.JSONDecodeError as error:
        raise JsonRefused("syntax", f"not JSON: {error.msg} at character {error.pos}") from None
    if len(text) * _LONGEST_CHARACTER > limits.string_bytes or _SUSPECT_ESCAPE.search(text):
        _check_strings(value, limits)
    return value


def _text(data: bytes | str) -> str:
    if isinstance(data, str):
        text = data
        try:
            text.encode()
        except UnicodeEncodeError:
            raise JsonRefused("surrogate", "a lone surrogate is not a character") from None
    else:
        try:
            text = data.decode()
        except UnicodeDecodeError as error:
            raise JsonRefused("encoding", f"not UTF-8 at byte {error.start}") from None
    if "\x00" in text:
        raise JsonRefused("nul", "a NUL character, or a text that is not in UTF-8")
    return text.removeprefix("\ufeff")


def _check_size(text: str, limits: Limits) -> None:
    """Depth and number of members, counted without parsing: first a cheap upper bound, then exactly."""
    opened = text.count("{") + text.count("[")
    if opened <= limits.depth and opened + text.count(",") <= limits.members:
        return
    skeleton = _STRING.sub('"', text)
    opened = skeleton.count("{") + skeleton.count("[")
    if opened > limits.depth:
        _check_depth(skeleton, limits.depth)
    members = skeleton.count(",") + opened
    if members > limits.members:
        members -= sum(1 for _ in _EMPTY_CONTAINER.finditer(skeleton))
    if members > limits.members:
        raise JsonRefused("members", f"more than {limits.members} members")


def _check_depth(skeleton: str, limit: int) -> None:
    depth = 0
    for bracket in _NOT_BRACKETS.sub("", skeleton):
        depth += 1 if bracket in "[{" else -1
        if depth > limit:
            raise JsonRefused("depth", f"nested more than {limit} levels deep")


def _check_strings(value: Any, limits: Limits) -> None:
    waiting = [value]
    while waiting:
        item = waiting.pop()
        if isinstance(item, str):
            _check_string(item, limits.string_bytes)
        elif isinstance(item, dict):
            waiting.extend(item)
            waiting.extend(item.values())
        elif isinstance(item, list):
            waiting.extend(item)


def _check_string(text: str, longest: int) -> None:
    if "\x00" in text:
        raise JsonRefused("nul", "a NUL character")
    try:
        size = len(text.encode())
    except UnicodeEncodeError:
        raise JsonRefused("surrogate", "a lone surrogate is not a character") from None
    if size > longest:
        raise JsonRefused("string-length", f"a string of {size} bytes; at most {longest} are read")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        twice = next(name for name, count in Counter(name for name, _ in pairs).items() if count > 1)
        raise JsonRefused("duplicate-member", f"the member {twice[:100]!a} is given twice")
    return members


def _integer(digits: str) -> int:
    # sixteen digits and a sign at most: longer ones are out of range, and costly to convert
    if len(digits) > 17 or abs(int(digits)) > _LARGEST_INTEGER:
        raise JsonRefused("number", "an integer that other readers would round")
    return int(digits)


def _decimal(digits: str) -> float:
    number = float(digits)
    mantissa = re.split("[eE]", digits)[0]
    if number in (float("inf"), float("-inf")) or (number == 0 and _NONZERO_DIGIT.search(mantissa)):
        raise JsonRefused("number", "a number that no double can hold")
    return number


def _whole(digits: str) -> float | int:
    number = _decimal(digits)
    return int(number) if number.is_integer() and abs(number) <= _LARGEST_INTEGER else number


def _constant(name: str) -> Any:
    raise JsonRefused("number", f"{name} is not a JSON number")


_DECODER, _WHOLE_DECODER = (
    json.JSONDecoder(object_pairs_hook=_object, parse_int=_integer, parse_float=decimal, parse_constant=_constant)
    for decimal in (_decimal, _whole)
)
