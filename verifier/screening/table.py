"""A screening as a table: what the page, the CSV, the spreadsheet and the API say of each item, in one place."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from kit.i18n import N_
from kit.verdicts import TAGS, CameBy
from verifier.base import ScreenedItem
from verifier.desk import Desk
from verifier.screening.results import HEADLINES, Result, loaded

NOT_LOOKED_AT = N_("Could not be looked at")
HEADINGS = (
    N_("File, line or link"),
    N_("Verdict"),
    N_("Person"),
    N_("Training"),
    N_("Institution"),
    N_("Accreditation"),
    N_("What is wrong or unknown"),
    N_("Completed"),
    N_("Issued"),
    N_("Number"),
    N_("Intact"),
    N_("Issuer"),
    N_("Accredited"),
    N_("Status"),
    N_("In date"),
)
_CHECKS = ("integrity", "issuer", "accreditation", "status", "validity")


@dataclass(frozen=True)
class Row:
    """One credential of an item, in the reader's language; moments as ISO texts."""

    position: int
    label: str
    kind: str
    verdict: str
    person: str = ""
    title: str = ""
    issuer: str = ""
    accreditation: str = ""
    reason: str = ""
    completed: str = ""
    issued: str = ""
    number: str = ""
    checks: Sequence[str] = ("", "", "", "", "")


def rows(desk: Desk, items: Iterable[ScreenedItem], language: str) -> Iterator[Row]:
    """Give a row for each credential in the items; an item that could not be looked at has one."""
    words = desk.words(language, CameBy.FILE)
    for item in items:
        results = loaded(item.results)
        if not results:
            reason = words.translate(item.trouble) if item.trouble else ""
            verdict = words.translate(NOT_LOOKED_AT)
            yield Row(item.position, item.label, item.kind, verdict, reason=reason)
        for result in results:
            yield _row(item, result, language, verdict=words.headline(HEADLINES[result.headline]), desk=desk)


def _row(item: ScreenedItem, result: Result, language: str, *, verdict: str, desk: Desk) -> Row:
    tags = {kind: desk.pages.translate(language, text) for kind, text in TAGS.items()}
    return Row(
        position=item.position,
        label=item.label,
        kind=result.kind,
        verdict=verdict,
        person=result.person,
        title=result.title[language],
        issuer=result.issuer,
        accreditation=result.accreditation[language],
        reason=f"{result.reason[language]} {_day_of_copies(desk, result, language)}".strip(),
        completed=result.completed,
        issued=result.issued[:10],
        number=result.number,
        checks=tuple(tags.get(result.checks.get(name, ""), "") for name in _CHECKS),
    )


def _day_of_copies(desk: Desk, result: Result, language: str) -> str:
    """For a share pack that was answered from its copies: of which day that answer is."""
    if not result.as_of:
        return ""
    day = desk.pages.writer(language).datetime(result.as_of)
    return desk.pages.translate(language, N_("State on %(when)s, from the copies in the file."), when=day)


def cells(row: Row) -> tuple[str, ...]:
    """Return the row as the files have it, under `HEADINGS`."""
    told = (row.label, row.verdict, row.person, row.title, row.issuer, row.accreditation, row.reason)
    return (*told, row.completed, row.issued, row.number, *row.checks)


def record(item: ScreenedItem) -> dict[str, Any]:
    """Return an item as the API has it: codes for machines, sentences by language for people."""
    return {
        "position": item.position,
        "label": item.label,
        "link": item.link or None,
        "kind": item.kind,
        "trouble": item.trouble or None,
        "credentials": [vars(one) for one in loaded(item.results)],
    }
