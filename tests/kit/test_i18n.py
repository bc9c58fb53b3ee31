"""French and English are equal: every text that anybody can see has both."""

import importlib.util

import pytest

from kit.i18n import Writer, untranslated

PACKAGES = ("kit", "issuer", "verifier", "wallet_demo", "passport")


@pytest.mark.parametrize("package", [name for name in PACKAGES if importlib.util.find_spec(name)])
def test_every_text_has_its_french(package: str) -> None:
    assert untranslated(package) == []


def test_dates_and_numbers_are_written_as_people_write_them() -> None:
    french, english = Writer("fr", "America/Toronto"), Writer("en", "America/Toronto")
    assert french.date("2026-06-12") == "12 juin 2026"
    assert french.date("2026-06-01") == "1er juin 2026"
    assert french.date("2026-06-11") == "11 juin 2026"
    assert english.date("2026-06-12") == "June 12, 2026"
    assert french.datetime("2026-11-22T15:42:00Z").startswith("22 novembre 2026 à 10 h 42")
    assert french.date("2026-06-12T02:00:00Z") == "11 juin 2026", "the day is that of the reader's zone"
    assert french.number(1234.5) == "1\xa0234,5"
