"""The command line's sentences in the reader's language: English in the source, French in the catalogue."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path

from babel.messages.pofile import read_po

LANGUAGES = ("en", "fr")

Translate = Callable[[str], str]

_CATALOGUES = Path(__file__).parent / "locale"


def mark(message: str) -> str:
    """Mark a sentence for the catalogue where it cannot be translated yet."""
    return message


def language_of(environ: Mapping[str, str]) -> str:
    """The language that LC_ALL, LC_MESSAGES or LANG asks for; English where none is French."""
    wanted = environ.get("LC_ALL") or environ.get("LC_MESSAGES") or environ.get("LANG") or ""
    return "fr" if wanted.lower().startswith("fr") else "en"


def translator(language: str) -> Translate:
    """Translates the sentences of this package into `language`."""
    if language == "en":
        return mark
    catalogue = _catalogue(language)
    return lambda message: catalogue.get(message) or message


@lru_cache
def _catalogue(language: str) -> Mapping[str, str]:
    path = _CATALOGUES / language / "LC_MESSAGES" / "passport.po"
    with path.open("rb") as file:
        return {str(message.id): str(message.string) for message in read_po(file, locale=language) if message.id}
