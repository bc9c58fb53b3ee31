"""How French is written in Canada, and that a translation says the same as the English: for every catalogue."""

from __future__ import annotations

import re

_NOT_PROSE = re.compile(r"\S+://\S*|did:\S*|--\S+|%\(\w+\)s|<[^>]+>")


def check_typography(french: str) -> None:
    """Assert the spaces around punctuation, and the typographic apostrophe."""
    prose = _NOT_PROSE.sub("x", french)
    assert not re.search(r"[ \u00a0\u202f][?!;]", prose), "no space before ? ! ;"
    assert not re.search(r"(?<![\u00a0\d]):(?!\S)", prose), "a no-break space before :"
    assert not re.search(r"«(?!\u00a0)|(?<!\u00a0)»", prose), "no-break spaces inside « »"
    assert "'" not in prose, "the typographic apostrophe"


def data_in(text: str) -> set[tuple[str, str]]:
    """Return the names of the data that a text has places for, `{name}` and `%(name)s`."""
    return set(re.findall(r"\{(\w+)\}|%\((\w+)\)s", text))
