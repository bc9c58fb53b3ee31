"""Text that can mislead a reader: reported, never silently changed.

A signed text is shown as it was signed. What a reader cannot see (zero-width characters, direction overrides,
control characters), text that is not in composed form (NFC), and words that mix alphabets which look alike get
a finding, so that pages can put a visible mark beside them.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any

# C0 and C1 controls except tab, line feed and carriage return; soft hyphen; zero-width and joiner characters;
# direction marks, embeddings, overrides and isolates; word joiner and invisible operators; byte order mark.
_HIDDEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e"
    "\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e007f]"
)
CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
NOT_COMPOSED = "not in composed form (NFC)"
_WORD = re.compile(r"\w+")
_LONGEST_KEPT = 64
_MOST_HARMLESS = 8192
_HARMLESS: set[str] = set()
_ALIKE = ("LATIN", "CYRILLIC", "GREEK")


def strings(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Every member name and string inside `value`, with the JSON Pointer of where it stands."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict):
        for name, item in value.items():
            here = f"{path}/{name.replace('~', '~0').replace('/', '~1')}"
            yield here, name
            if isinstance(item, str):
                yield here, item
            else:
                yield from strings(item, here)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from strings(item, f"{path}/{index}")


def all_strings(value: Any) -> list[str]:
    """The same strings, without their places."""
    found: list[str] = []
    _collect(value, found)
    return found


def _collect(value: Any, found: list[str]) -> None:
    if isinstance(value, str):
        found.append(value)
    elif isinstance(value, dict):
        found += value
        for item in value.values():
            if isinstance(item, str):
                found.append(item)
            else:
                _collect(item, found)
    elif isinstance(value, list):
        for item in value:
            _collect(item, found)


def any_misleads(texts: Iterable[str]) -> bool:
    """Whether `misleading` has something to say about any of `texts`.

    Nearly all of a credential's strings come back in the next one, so short ones that were found harmless are known.
    """
    for text in set(texts) - _HARMLESS:
        if misleading(text):
            return True
        if len(text) <= _LONGEST_KEPT:
            _keep_harmless(text)
    return False


def _keep_harmless(text: str) -> None:
    if len(_HARMLESS) >= _MOST_HARMLESS:
        _HARMLESS.clear()
    _HARMLESS.add(text)


def composed(text: str) -> str:
    """Return `text` without spaces around it, in composed form (NFC).

    What is copied from elsewhere often is in another form, which looks the same and is not signed (`vc.lint`).
    """
    return unicodedata.normalize("NFC", text.strip())


def misleading(text: str) -> str | None:
    """What about `text` can mislead, in words, or None."""
    if text.isascii():
        if text.isprintable():
            return None
        return "control characters" if CONTROL.search(text) else None
    hidden = sorted({f"U+{ord(character):04X}" for character in _HIDDEN.findall(text)})
    if hidden:
        return ", ".join(hidden[:4])
    if not unicodedata.is_normalized("NFC", text):
        return NOT_COMPOSED
    if any(_mixes_alphabets(word) for word in _WORD.findall(text)):
        return "letters of several alphabets in one word"
    return None


def _mixes_alphabets(word: str) -> bool:
    if word.isascii():
        return False
    return _alphabets_mixed(word) if len(word) <= _LONGEST_KEPT else _alphabets_mixed.__wrapped__(word)


@lru_cache(maxsize=4096)  # the same few thousand words come back in every credential
def _alphabets_mixed(word: str) -> bool:
    names = {unicodedata.name(letter, "").split(" ", 1)[0] for letter in word if letter.isalpha()}
    return sum(alphabet in names for alphabet in _ALIKE) > 1
