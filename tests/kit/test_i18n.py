"""French and English are equal: every text that anybody can see has both."""

import importlib
import importlib.util
import re
from collections.abc import Iterator

import pytest

from kit.i18n import Writer, catalog, untranslated, used_texts
from kit.problems import Problem
from tests.conftest import ROOT
from tests.french import check_typography, data_in

PACKAGES = ("kit", "issuer", "verifier", "wallet_demo", "passport")
FOR_MACHINES = ("issuer.conformance.api",)
"""Where no problem is ever shown on a page."""


@pytest.mark.parametrize("package", [name for name in PACKAGES if importlib.util.find_spec(name)])
def test_every_text_has_its_french(package: str) -> None:
    assert untranslated(package) == []


def problems_of(kind: type[Problem]) -> Iterator[type[Problem]]:
    for below in kind.__subclasses__():
        yield below
        yield from problems_of(below)


@pytest.mark.parametrize("package", ["kit", "issuer", "verifier", "wallet_demo"])
def test_what_problems_say_on_pages_is_marked_for_the_catalogue(package: str) -> None:
    """Without the mark the next update of the catalogue would drop the French, and nobody be told."""
    for service in ("issuer", "verifier", "wallet_demo"):
        importlib.import_module(f"{service}.app")
    marked = {text for name in (package, "kit") for _, _, text in used_texts(name)}
    for problem in problems_of(Problem):
        if problem.__module__.startswith(f"{package}.") and problem.__module__ not in FOR_MACHINES:
            assert {problem.title, problem.advice} - {""} <= marked, problem


def translated(package: str) -> Iterator[tuple[str, str]]:
    """Every English text of a package with its French; of those with a plural, both forms."""
    for message in catalog(package, "fr"):
        english = message.id if isinstance(message.id, (tuple, list)) else (message.id,)
        french = message.string if isinstance(message.string, (tuple, list)) else (message.string,)
        yield from zip(filter(None, map(str, english)), map(str, french), strict=False)


@pytest.mark.parametrize("package", PACKAGES)
def test_french_is_that_of_canada_and_carries_the_same_data(package: str) -> None:
    wrong = []
    for english, french in translated(package):
        try:
            assert data_in(french) <= data_in(english), "the data"
            check_typography(french)
        except AssertionError as error:
            wrong.append(f"{french}: {error.args[0].splitlines()[0]}")
    assert wrong == []


def test_dates_and_numbers_are_written_as_people_write_them() -> None:
    french, english = Writer("fr", "America/Toronto"), Writer("en", "America/Toronto")
    assert french.date("2026-06-12") == "12 juin 2026"
    assert french.date("2026-06-01") == "1er juin 2026"
    assert french.date("2026-06-11") == "11 juin 2026"
    assert english.date("2026-06-12") == "June 12, 2026"
    assert french.datetime("2026-11-22T15:42:00Z").startswith("22 novembre 2026 à 10 h 42")
    assert french.datetime("2026-11-22T05:07:00Z") == "22 novembre 2026 à 0 h 07", "an hour has no leading zero"
    assert french.date("2026-06-12T02:00:00Z") == "11 juin 2026", "the day is that of the reader's zone"
    assert french.number(1234.5) == "1\xa0234,5"


def test_no_sentence_ends_with_a_time_of_day() -> None:
    """In English that is "1:59 p.m." and would get a second period."""
    ending = re.compile(r'_\("[^"]*%\((\w+)\)s\.(?: [^"]*)?"[^}]*?\b\1=datetime\(')
    templates = (path for package in PACKAGES for path in (ROOT / package).glob("templates/**/*.html"))
    assert [path.name for path in templates if ending.search(path.read_text("utf-8"))] == []
