"""The letters on a crest."""

from __future__ import annotations

import pytest

from kit.crest import initials


@pytest.mark.parametrize(
    ("name", "letters"),
    [
        ("Cégep de la Rivière-aux-Pins", "RP"),
        ("Collège Baie-Huronne", "BH"),
        ("Northern College", "NC"),
        ("École", "É"),
        ("l’Institut", "I"),
        ("moov", "M"),
        (" ", ""),
        ("", ""),
    ],
)
def test_the_last_two_capitals(name: str, letters: str) -> None:
    assert initials(name) == letters
