"""From answers to findings: what decides the verdict, and the two cells of each authority in the matrix."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from vc import findings as found
from vc.findings import Finding
from vc.policy import Authority
from vc.recognition.answers import AuthorityAnswer, Link, Recognition, Standing


@dataclass(frozen=True)
class Row:
    """One authority in the matrix: what it says as of completion and as of today, each with its sentence."""

    answer: AuthorityAnswer
    then: Finding
    today: Finding

    @property
    def authority(self) -> Authority:
        """Whose row it is."""
        return self.answer.authority


def matrix(recognised: Recognition) -> tuple[Row, ...]:
    """One row per authority, in the order of the answers."""
    return tuple(
        Row(answer, as_of_completion(answer, recognised.as_of_completion), as_of_today(answer, recognised.today))
        for answer in recognised.answers
    )


def deciding(recognised: Recognition) -> Iterator[Finding]:
    """The findings that answer the question: one authority's yes is enough; unknown comes before no."""
    on = recognised.as_of_completion
    yes = [answer for answer in recognised.answers if answer.then is Standing.RECOGNISED]
    if yes:
        yield from (_yes(answer, on) for answer in yes)
        return
    unknown = [answer for answer in recognised.answers if answer.then is Standing.NOT_CHECKED]
    if unknown or recognised.troubles:
        detail = unknown[0].detail if unknown else recognised.troubles[0]
        yield found.AccreditationNotChecked(detail, how=_how(detail))
        return
    near = [answer for answer in recognised.answers if answer.then.lapsed]
    near = near or [answer for answer in recognised.answers if answer.then.elsewhere]
    if not near:
        yield found.NotAccredited(recognised.programme)
    yield from (as_of_completion(answer, on) for answer in near)


def as_of_completion(answer: AuthorityAnswer, on: datetime) -> Finding:
    """One authority's answer for the day of completion."""
    return _cell(answer, answer.then, on, since=answer.boundary, at_fault=answer.at_fault)


def as_of_today(answer: AuthorityAnswer, on: datetime) -> Finding:
    """One authority's answer for today."""
    since = answer.since if answer.today is Standing.NOT_YET else answer.ended
    return _cell(answer, answer.today, on, since=since, at_fault=answer.at_fault_today)


def _yes(answer: AuthorityAnswer, on: datetime) -> Finding:
    did, name = answer.authority.did, answer.authority.name("en")
    if answer.today is Standing.RECOGNISED:
        return found.Accredited(did, name, on)
    by, of = _names(answer.at_fault_today)
    return found.AccreditationEnded(did, name, on, answer.today.value, answer.ended, by, of)


def _cell(
    answer: AuthorityAnswer, standing: Standing, on: datetime, *, since: datetime | None, at_fault: Link | None
) -> Finding:
    did, name = answer.authority.did, answer.authority.name("en")
    by, of = _names(at_fault)
    if standing is Standing.RECOGNISED:
        return found.AccreditationInForce(did, name, on)
    if standing is Standing.NOT_CHECKED:
        return found.AccreditationByNotChecked(did, name, answer.detail, how=_how(answer.detail))
    if standing.lapsed:
        return found.AccreditationNotInForce(did, name, on, standing.value, since, by, of)
    if standing.elsewhere:
        return found.AccreditationForAnother(
            did, name, standing.value, _wanted(answer, standing), answer.stated, by, of
        )
    return found.NotAccreditedBy(did, name)


def _how(detail: str) -> str:
    return "" if detail else "undated"


def _names(link: Link | None) -> tuple[str, str]:
    return (link.by_name, link.of_name) if link is not None else ("", "")


def _wanted(answer: AuthorityAnswer, standing: Standing) -> tuple[str, ...]:
    """The condition that was not met."""
    match standing:
        case Standing.WRONG_STREAM:
            return answer.conditions.streams
        case Standing.WRONG_TRACK:
            return answer.conditions.tracks
        case Standing.WRONG_TERRITORY:
            return answer.conditions.territories
        case _:
            return ()
