"""The accreditation answer authority by authority: as of completion and as of today, with the chain behind each.

Pages, the API, the command line and the printed report take their words from here, so that they say the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from kit.i18n import N_, Writer
from kit.places import place
from kit.sentences import sentence_of
from kit.verdicts import Translate
from vc.findings import Finding, Report
from vc.policy import Authority
from vc.recognition import Conditions, Link, Recognition, Source, Standing
from vc.recognition import Row as Answered
from vc.recognition import matrix as answered

STANDINGS = {
    Standing.RECOGNISED: ("ok", N_("Accredited")),
    Standing.NOT_CHECKED: ("unk", N_("Not checked")),
    Standing.SUSPENDED: ("warn", N_("Suspended")),
    Standing.WITHDRAWN: ("bad", N_("Withdrawn")),
    Standing.EXPIRED: ("warn", N_("Ended")),
    Standing.NOT_YET: ("warn", N_("Not yet")),
    Standing.CHAIN_BROKEN: ("bad", N_("Chain broken")),
    Standing.PARENT_NARROWER: ("bad", N_("Beyond its limits")),
    Standing.WRONG_STREAM: ("warn", N_("Another stream")),
    Standing.WRONG_TRACK: ("warn", N_("Another track")),
    Standing.WRONG_TERRITORY: ("warn", N_("Another territory")),
    Standing.WRONG_PROGRAMME: ("warn", N_("Another training")),
    Standing.NEVER: ("", N_("Never")),
}
SOURCES = {
    Source.STAPLED: N_("shown with the credential"),
    Source.HELD: N_("from a list kept here"),
    Source.DISCOVERED: N_("published by the institution or the authority"),
}


@dataclass(frozen=True)
class Cell:
    """One authority's answer for one day. `kind` is "" for a plain never."""

    standing: Standing
    kind: str
    tag: str
    sentence: str


@dataclass(frozen=True)
class Step:
    """One link of the chain, for people."""

    by: str
    of: str
    period: str
    kind: str
    tag: str


@dataclass(frozen=True)
class Row:
    """One authority."""

    authority: str
    place: str
    """Its territory, by name."""
    then: Cell
    today: Cell
    conditions: str
    source: str
    steps: Sequence[Step]

    @property
    def says_something(self) -> bool:
        """Whether it ever had to do with this training, or may have."""
        return Standing.NEVER not in (self.then.standing, self.today.standing)


@dataclass(frozen=True)
class Matrix:
    """The rows that say something first; `silent` are the others."""

    on: datetime
    today: datetime
    rows: Sequence[Row]
    silent: Sequence[Row]


def matrix_of(report: Report, *, translate: Translate, writer: Writer, language: str) -> Matrix | None:
    """Return the matrix of a report; None where accreditation was not reached or nobody is trusted."""
    recognised: Recognition | None = report.recognition
    if recognised is None or not recognised.answers:
        return None
    rows = [_row(one, translate, writer, language) for one in answered(recognised)]
    return Matrix(
        on=recognised.as_of_completion,
        today=recognised.today,
        rows=[row for row in rows if row.says_something],
        silent=[row for row in rows if not row.says_something],
    )


def _row(one: Answered, translate: Translate, writer: Writer, language: str) -> Row:
    answer = one.answer

    def cell(standing: Standing, finding: Finding) -> Cell:
        kind, tag = STANDINGS[standing]
        told = _in_language(finding, answer.authority, language)
        sentence = sentence_of(told, language, moment=writer.date)
        return Cell(standing, kind, translate(tag), sentence)

    return Row(
        authority=answer.authority.name(language),
        place=place(answer.authority.territory, translate),
        then=cell(answer.then, one.then),
        today=cell(answer.today, one.today),
        conditions=_conditions(answer.conditions),
        source=translate(SOURCES[answer.source]) if answer.source else "",
        steps=[_step(link, translate, writer) for link in answer.path],
    )


def _in_language(finding: Finding, authority: Authority, language: str) -> Finding:
    """The finding with the authority's name in the reader's language."""
    named: Any = finding
    return replace(named, name=authority.name(language)) if hasattr(finding, "name") else finding


def _conditions(conditions: Conditions) -> str:
    return ", ".join((*conditions.territories, *conditions.tracks, *conditions.streams))


def _step(link: Link, translate: Translate, writer: Writer) -> Step:
    kind, tag = STANDINGS[link.today]
    since = writer.date(link.since) if link.since else ""
    until = writer.date(link.until) if link.until else ""
    period = translate(N_("%(since)s to %(until)s"), since=since or "…", until=until or "…")
    return Step(link.by_name or link.by, link.of_name or link.of, period, kind or "unk", translate(tag))


# --- for machines ---


def as_json(report: Report) -> dict[str, Any] | None:
    """Return the matrix with codes and data: one entry per trusted authority, and what went wrong on the way."""
    recognised: Recognition | None = report.recognition
    if recognised is None:
        return None
    return {
        "asOfCompletion": recognised.as_of_completion.isoformat(),
        "today": recognised.today.isoformat(),
        "programme": recognised.programme,
        "authorities": [_authority_as_json(one) for one in answered(recognised)],
        "troubles": list(recognised.troubles),
    }


def _authority_as_json(one: Answered) -> dict[str, Any]:
    answer = one.answer
    return {
        "id": answer.authority.did,
        "names": dict(answer.authority.names),
        "territory": answer.authority.territory,
        "asOfCompletion": _cell_as_json(answer.then, one.then),
        "today": _cell_as_json(answer.today, one.today),
        "ended": answer.ended.isoformat() if answer.ended else None,
        "source": answer.source.value if answer.source else None,
        "conditions": _conditions_as_json(answer.conditions),
        "path": [_link_as_json(link) for link in answer.path],
    }


def _cell_as_json(standing: Standing, finding: Finding) -> dict[str, Any]:
    return {"standing": standing.value, "code": finding.code, "detail": finding.sentence}


def _link_as_json(link: Link) -> dict[str, Any]:
    return {
        "by": link.by,
        "of": link.of,
        "action": link.action,
        "document": link.document,
        "since": link.since.isoformat() if link.since else None,
        "until": link.until.isoformat() if link.until else None,
        "endReason": link.ends,
        "asOfCompletion": link.then.value,
        "today": link.today.value,
        "source": link.source.value,
        "conditions": _conditions_as_json(link.conditions),
    }


def _conditions_as_json(conditions: Conditions) -> dict[str, list[str]]:
    return {
        "territories": list(conditions.territories),
        "tracks": list(conditions.tracks),
        "streams": list(conditions.streams),
    }
