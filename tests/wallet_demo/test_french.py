"""French is complete, and written as fr-CA writes it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from kit.i18n import catalog, untranslated

_ORDINARY_SPACE = re.compile(r" [:;?!»%](?!\()|« ")


def test_every_text_has_its_french() -> None:
    assert untranslated("wallet_demo") == []


def test_spaces_are_those_of_fr_CA() -> None:
    texts = [text for message in catalog("wallet_demo", "fr") if message.id for text in as_list(message.string)]
    assert [text for text in texts if _ORDINARY_SPACE.search(text)] == []


def as_list(value: str | Sequence[str] | None) -> list[str]:
    return [value] if isinstance(value, str) else list(value or ())
