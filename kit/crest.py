"""The letters on an organisation's crest: the same on every card of every service."""

from __future__ import annotations


def initials(name: str) -> str:
    """Return the letters for the crest of `name`: of the last two words that begin with a capital.

    The last two tell organisations of one kind apart: “Cégep de la Rivière-aux-Pins” is RP, not CP. A name without
    capitals gives its first letter; an empty one nothing.
    """
    words = [word for word in name.replace("-", " ").replace("’", " ").split() if word[0].isupper()]
    return "".join(word[0] for word in words[-2:]) or name.strip()[:1].upper()
