"""The engine's sentences, made safe for a terminal."""

from __future__ import annotations

from kit import sentences
from vc.findings import Finding

_SPACES = "\u00a0\u202f"
"""No-break spaces of French typography: harmless, though not "printable" to Python."""


def sentence_of(finding: Finding, language: str) -> str:
    """The finding's sentence in `language`, with its data filled in."""
    return printable(sentences.sentence_of(finding, language))


def printable(text: str) -> str:
    """`text` without what could steer the terminal: control and format characters show as `\\u…`."""
    return "".join(char if char.isprintable() or char in _SPACES else f"\\u{ord(char):04x}" for char in text)
