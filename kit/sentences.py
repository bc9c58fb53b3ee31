"""The engine's findings as sentences of the reader's language.

The engine speaks English and knows no catalogue. `locale/findings.fr.po` has its sentences in French, in one place for
pages, the command line and files; tests/kit/test_sentences.py holds that it has them all and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from datetime import date, datetime
from functools import cache
from importlib import resources
from typing import Any

from babel.messages.pofile import read_po

from vc.findings import Finding, InForce

UNTIL = "It is in date, until {valid_until}."
NO_END = "It is in date, with no end date."

Moment = Callable[[datetime], str]
"""How a moment is written."""


def in_utc(moment: datetime) -> str:
    """To the minute, for terminals and files: 2026-11-22 14:30 UTC."""
    return moment.strftime("%Y-%m-%d %H:%M UTC")


def sentence_of(finding: Finding, language: str, *, moment: Moment = in_utc) -> str:
    """Return the finding's sentence, with its data filled in."""
    values = {one.name: _shown(getattr(finding, one.name), moment) for one in fields(finding)}
    english = template_of(finding)
    return catalogue(language).get(english, english).format(**values)


def template_of(finding: Finding) -> str:
    """Return the English sentence with names for its data; for all but one kind it is the engine's."""
    if isinstance(finding, InForce):
        return UNTIL if finding.valid_until else NO_END
    return finding.wording


@cache
def catalogue(language: str) -> dict[str, str]:
    """Return the sentences of a language by the English ones; none for English."""
    path = resources.files("kit") / "locale" / f"findings.{language}.po"
    if not path.is_file():
        return {}
    with path.open("rb") as file:
        return {str(message.id): str(message.string) for message in read_po(file, locale=language) if message.id}


def _shown(value: Any, moment: Moment) -> str:
    if isinstance(value, datetime):
        return moment(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, tuple):
        return ", ".join(str(item) for item in value)
    return "—" if value is None else str(value)
