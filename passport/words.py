"""The command line's sentences in the reader's language: English in the source, French in `locale/fr.po`."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from kit.i18n import LANGUAGES, N_, translations

__all__ = ["LANGUAGES", "N_", "Gettext", "gettext_in", "language_of"]

Gettext = Callable[[str], str]
"""From the English sentence to the reader's."""


def language_of(environ: Mapping[str, str]) -> str:
    """The language that LC_ALL, LC_MESSAGES or LANG asks for; English where it is not French."""
    wanted = environ.get("LC_ALL") or environ.get("LC_MESSAGES") or environ.get("LANG") or ""
    return "fr" if wanted.lower().startswith("fr") else "en"


def gettext_in(language: str) -> Gettext:
    """Translates the sentences of this package into `language`."""
    return translations("passport", language).gettext
