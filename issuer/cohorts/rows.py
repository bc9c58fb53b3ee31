"""The rules for one row of a register: what is acceptable, and what to say when something is not."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import NamedTuple, TypeVar

from issuer.cohorts.headings import RegisterField, folded
from kit.i18n import N_

T = TypeVar("T")

LONGEST_NAME = 100
LONGEST_NUMBER = 60
LONGEST_RESULT = 60

_EMAIL = re.compile(r"[^@\s,;<>()]{1,64}@[^@\s.,;<>()]+(?:\.[^@\s.,;<>()]+)+", re.ASCII)
_ISO = re.compile(r"(\d{4})[-/](\d{1,2})[-/](\d{1,2})", re.ASCII)
_OTHER = re.compile(r"(\d{1,2})[./-](\d{1,2})[./-](\d{4})", re.ASCII)
_LANGUAGES = {
    "": "", "fr": "fr", "francais": "fr", "french": "fr", "f": "fr",
    "en": "en", "anglais": "en", "english": "en", "a": "en", "e": "en",
}  # fmt: skip


class Learner(NamedTuple):
    """One good row."""

    line: int
    learner_number: str
    given_name: str
    family_name: str
    email: str
    language: str
    completed_on: date | None
    result: str


@dataclass(frozen=True)
class CellError:
    """One cell that is not acceptable: where it stands, what it holds, why not (source text with an example)."""

    line: int
    field: RegisterField
    value: str
    reason: str
    other_line: int = 0
    """Another row that it collides with."""


class _Wrong(Exception):
    """A value that is not acceptable."""


def checked(
    line: int, cells: Mapping[RegisterField, str], *, starts_on: date, today: date, language: str
) -> Learner | list[CellError]:
    """Return the row as a learner, or every cell that is wrong with it.

    `starts_on`: the cohort's first day, before which nobody completes. `language` stands where the row names none.
    """
    errors: list[CellError] = []

    def value(field: RegisterField, rule: Callable[[str], T], otherwise: T) -> T:
        text = unicodedata.normalize("NFC", cells.get(field, "").strip())
        try:
            return rule(text)
        except _Wrong as wrong:
            errors.append(CellError(line, field, text, str(wrong)))
            return otherwise

    learner = Learner(
        line=line,
        learner_number=value(RegisterField.LEARNER_NUMBER, _number, ""),
        given_name=value(RegisterField.GIVEN_NAME, _name, ""),
        family_name=value(RegisterField.FAMILY_NAME, _name, ""),
        email=value(RegisterField.EMAIL, _email, ""),
        language=value(RegisterField.LANGUAGE, _language, "") or language,
        completed_on=value(RegisterField.COMPLETED_ON, lambda text: _day(text, starts_on, today), None),
        result=value(RegisterField.RESULT, _result, ""),
    )
    return errors or learner


def _plain(text: str, longest: int, missing: str, unfit: str) -> str:
    if not text:
        raise _Wrong(missing)
    if len(text) > longest or (not text.isprintable() and any(map(_is_unfit, text))):
        raise _Wrong(unfit)
    return text


def _is_unfit(character: str) -> bool:
    return unicodedata.category(character) in ("Cc", "Cs", "Co", "Cn")


def _number(text: str) -> str:
    unfit = N_("A learner number has at most 60 ordinary characters. Example: 2043107")
    return _plain(text, LONGEST_NUMBER, N_("The learner number is missing. Example: 2043107"), unfit)


def _name(text: str) -> str:
    unfit = N_("A name has at most 100 ordinary characters.")
    return _plain(text, LONGEST_NAME, N_("The name is missing."), unfit)


def _email(text: str) -> str:
    if text and (len(text) > 254 or not _EMAIL.fullmatch(text)):
        raise _Wrong(N_("This is not a complete e-mail address. Example: name@college.example"))
    return text


def _language(text: str) -> str:
    language = _LANGUAGES.get(folded(text))
    if language is None or (text and not language):
        raise _Wrong(N_("Write fr or en."))
    return language


def _result(text: str) -> str:
    if len(text) > LONGEST_RESULT or (not text.isprintable() and any(map(_is_control, text))):
        raise _Wrong(N_("A result has at most 60 characters. Example: 92 %"))
    return text


def _is_control(character: str) -> bool:
    return unicodedata.category(character) == "Cc"


def _day(text: str, starts_on: date, today: date) -> date | None:
    if not text:
        return None
    day = _parsed_day(text)
    if day > today:
        raise _Wrong(N_("This date is in the future. A completion is recorded once it happened."))
    if day < starts_on:
        raise _Wrong(N_("This date is before the cohort began."))
    return day


@lru_cache(maxsize=256)  # a class completes on few different days
def _parsed_day(text: str) -> date:
    unreadable = N_("Write the date as year-month-day. Example: 2026-06-12")
    iso, other = _ISO.fullmatch(text), _OTHER.fullmatch(text)
    if iso:
        year, month, day = (int(part) for part in iso.groups())
    elif other:
        first, second, year = (int(part) for part in other.groups())
        if first <= 12 and second <= 12 and first != second:
            raise _Wrong(N_("Day and month could be swapped. Write year-month-day. Example: 2026-06-12"))
        day, month = (second, first) if second > 12 else (first, second)
    else:
        raise _Wrong(unreadable)
    try:
        return date(year, month, day)
    except ValueError:
        raise _Wrong(unreadable) from None
