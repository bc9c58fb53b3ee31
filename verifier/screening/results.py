"""The answer about one credential as a row of the result table, kept in every language that pages are read in."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from kit.i18n import LANGUAGES
from kit.verdicts import KINDS, CameBy, Said
from vc.findings import Answer, Headline, PresentationReport, Report
from verifier.checking import Checked
from verifier.desk import Desk
from verifier.views import content_of

GRAVITY = {"ok": 0, "unk": 1, "warn": 2, "bad": 3}
HEADLINES = {headline.code: headline for headline in Headline}


@dataclass(frozen=True)
class Result:
    """One credential. `accreditation` and `reason` are sentences by language; moments are ISO texts."""

    headline: str
    """Code of the headline (`vc.findings.Headline`)."""
    kind: str
    person: str
    title: Mapping[str, str]
    issuer: str
    number: str
    completed: str
    issued: str
    checks: Mapping[str, str]
    """The six checks by name, each `ok`, `bad`, `warn` or `unk`."""
    accreditation: Mapping[str, str]
    reason: Mapping[str, str]
    """The first thing that is wrong or unknown; empty where nothing is."""
    as_of: str = ""
    """The day that the copies in a share pack speak for; empty for an answer of today."""


def results_of(desk: Desk, checked: Checked, came_by: CameBy) -> list[Result]:
    """Return a result for each credential that an answer is about.

    A presentation that cannot be read, or whose own proof does not hold, is one result: what is in it counts for
    nothing then.
    """
    as_of = checked.as_of.isoformat() if checked.as_of else ""
    return [replace(one, as_of=as_of) for one in _results(desk, checked.report, came_by)]


def _results(desk: Desk, report: Report | PresentationReport, came_by: CameBy) -> list[Result]:
    if not isinstance(report, PresentationReport):
        return [_result(desk, report, came_by)]
    if any(finding.decisive and finding.answer is Answer.FAILED for finding in report.findings):
        return [_as_a_whole(report)]
    return [_result(desk, one, came_by) for one in report.credentials] or [_as_a_whole(report)]


def gravest(results: Sequence[Result]) -> str:
    """Return the kind by which an item with these results is filed; `unk` without any."""
    return max((one.kind for one in results), key=GRAVITY.__getitem__, default="unk")


def dumped(results: Sequence[Result]) -> str:
    """Return the results as they are stored."""
    return json.dumps([asdict(one) for one in results], ensure_ascii=False)


def loaded(text: str) -> list[Result]:
    """Return stored results."""
    return [Result(**one) for one in json.loads(text or "[]")]


def _result(desk: Desk, report: Report, came_by: CameBy) -> Result:
    document: Mapping[str, Any] = report.credential or {}
    content = content_of(document, LANGUAGES[0])
    by_language = {language: desk.words(language, came_by) for language in LANGUAGES}
    said = {language: words.checks(report) for language, words in by_language.items()}
    wrong = next((i for i, check in enumerate(report.checks[:5]) if KINDS[check.tone] != "ok"), None)
    accreditation = next(i for i, check in enumerate(report.checks) if check.name == "accreditation")
    return Result(
        headline=report.headline.code,
        kind=KINDS[report.headline.tone],
        person=content.person,
        title={language: content_of(document, language).title for language in LANGUAGES},
        issuer=content.issuer,
        number=content.number,
        completed=content.completed,
        issued=content.issued,
        checks={check.name: KINDS[check.tone] for check in report.checks},
        accreditation={language: _sentence(said[language][accreditation]) for language in LANGUAGES},
        reason={language: "" if wrong is None else _sentence(said[language][wrong]) for language in LANGUAGES},
    )


def _sentence(said: Said) -> str:
    return f"{said.answer} {said.why}".strip()


def _as_a_whole(report: PresentationReport) -> Result:
    nothing = dict.fromkeys(LANGUAGES, "")
    kind = KINDS[report.headline.tone]
    return Result(report.headline.code, kind, "", nothing, "", "", "", "", {}, nothing, nothing)
