"""The engine's findings as sentences of the reader's language, made safe for a terminal."""

from __future__ import annotations

from dataclasses import fields
from datetime import date, datetime
from typing import Any

from passport.words import N_, Gettext
from vc.findings import Finding, InForce

_SPACES = "\u00a0\u202f"
"""No-break spaces of French typography: harmless, though not "printable" to Python."""

_UNTIL = N_("It is in date, until {valid_until}.")
_NO_END = N_("It is in date, with no end date.")


def sentence_of(finding: Finding, gettext: Gettext) -> str:
    """The finding's sentence, with its data filled in."""
    values = {one.name: _shown(getattr(finding, one.name)) for one in fields(finding)}
    return printable(gettext(template_of(finding)).format(**values))


def template_of(finding: Finding) -> str:
    """The English sentence with names for its data; for all but one kind it is the engine's."""
    if isinstance(finding, InForce):
        return _UNTIL if finding.valid_until else _NO_END
    return finding.wording


def printable(text: str) -> str:
    """`text` without what could steer the terminal: control and format characters show as `\\u…`."""
    return "".join(char if char.isprintable() or char in _SPACES else f"\\u{ord(char):04x}" for char in text)


def _shown(value: Any) -> str:
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M UTC")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, tuple):
        return ", ".join(str(item) for item in value)
    return "—" if value is None else str(value)
