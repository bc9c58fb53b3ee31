"""Lists of authorities whose word on accreditation counts: an operator's file, or one that people hand around.

A JSON list; each entry has `did`, `names` by language, `territory` (ISO 3166) and optionally `meaning` by language:
what trusting it means, in plain words.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kit.settings import SettingsRefused
from vc import strict_json
from vc.errors import ParsingError
from vc.policy import Anchors, Authority

MOST_LANGUAGES = 10
LONGEST_TEXT = 500


class NotAList(Exception):
    """This is no list of authorities."""


@dataclass(frozen=True)
class TrustedAuthority:
    """An authority, and what trusting it means."""

    authority: Authority
    meaning: Mapping[str, str]


def load_authorities(path: str) -> tuple[TrustedAuthority, ...]:
    """Return the authorities listed in the file, none without a file. Raises `SettingsRefused`."""
    if not path:
        return ()
    try:
        return read_authorities(Path(path).read_bytes())
    except (OSError, NotAList) as error:
        raise SettingsRefused(f"the authorities file {path} cannot be read: {type(error).__name__}") from error


def read_authorities(data: bytes | str) -> tuple[TrustedAuthority, ...]:
    """Return the authorities of a list. Raises `NotAList`."""
    try:
        found = strict_json.parse(data)
        if not isinstance(found, list):
            raise NotAList
        return tuple(_trusted(one) for one in found)
    except (ParsingError, KeyError, TypeError, IndexError) as error:
        raise NotAList from error


def listed(trusted: Iterable[TrustedAuthority]) -> list[dict[str, Any]]:
    """Return authorities as a list that `read_authorities` reads."""
    return [
        {
            "did": one.authority.did,
            "names": dict(one.authority.names),
            "territory": one.authority.territory,
            "meaning": dict(one.meaning),
        }
        for one in trusted
    ]


def anchors_of(trusted: tuple[TrustedAuthority, ...]) -> Anchors:
    """Return the anchors that the engine takes."""
    return Anchors.of(*(one.authority for one in trusted))


def _trusted(listed: Mapping[str, object]) -> TrustedAuthority:
    authority = Authority(str(listed["did"]), _texts(listed["names"]), str(listed["territory"]))
    return TrustedAuthority(authority, _texts(listed.get("meaning", {})))


def _texts(value: object) -> dict[str, str]:
    if not isinstance(value, Mapping):
        raise TypeError("texts by language")
    texts = {str(language): str(text) for language, text in value.items()}
    if len(texts) > MOST_LANGUAGES or any(len(text) > LONGEST_TEXT for text in (*texts, *texts.values())):
        raise TypeError("names and meanings are short")
    return texts
