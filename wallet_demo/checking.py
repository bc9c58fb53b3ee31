"""Asking the engine about a credential, from the learner's side: is it sound, and is it mine?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from keys.fetching import Fetcher
from vc import securing
from vc.findings import AccreditationEnded, Accredited, Answer, Headline, IssuerRecognised, Report, Verdict
from vc.policy import PUBLIC, Anchors, Authority
from vc.verify import verify_credential

ACCEPTED_SUITES = securing.EVERYTHING_READ


class NotMine(Exception):
    """The credential was issued to another key than this learner's."""


class NotSound(Exception):
    """The credential is altered, forged or cannot be read. `headline` names the rule that it breaks."""

    def __init__(self, headline: str) -> None:
        super().__init__(headline)
        self.headline = headline


@dataclass(frozen=True)
class Checked:
    """What a check found, in the few words that the wallet keeps.

    `headline` is the code of the verdict table's rule; `answers` has one of passed, failed, not_checked for
    each of the six questions; `authorities` are the names, by language, of who accredited the training, `territory`
    where the first of them sits (ISO 3166, empty when nobody did).
    """

    headline: str
    tone: str
    verified: bool
    answers: Mapping[str, str]
    authorities: tuple[Mapping[str, str], ...]
    institution: str | None
    territory: str
    at: datetime

    def as_json(self) -> dict[str, Any]:
        """Return the form in which it is kept."""
        return {
            "headline": self.headline,
            "tone": self.tone,
            "verified": self.verified,
            "answers": dict(self.answers),
            "authorities": [dict(names) for names in self.authorities],
            "institution": self.institution,
            "territory": self.territory,
            "at": self.at.isoformat(),
        }

    @classmethod
    def of_json(cls, kept: Mapping[str, Any]) -> Checked:
        """Read what `as_json` wrote."""
        return cls(
            kept["headline"],
            kept["tone"],
            kept["verified"],
            kept["answers"],
            tuple(kept["authorities"]),
            kept["institution"],
            kept["territory"],
            datetime.fromisoformat(kept["at"]),
        )


def check(document: Mapping[str, Any], *, anchors: Anchors, fetcher: Fetcher, now: datetime) -> Checked:
    """Return what the engine says about a credential now. Never raises for what the document says."""
    return checked_from(verified(document, anchors=anchors, fetcher=fetcher, now=now), anchors, now)


def check_received(
    document: Any, *, holder: str, anchors: Anchors, fetcher: Fetcher, now: datetime
) -> tuple[Mapping[str, Any], Checked]:
    """Check a credential before the learner is asked to accept it; return it with what was found.

    A check that could not be carried out (`Checked.verified` is False then) is shown, not hidden. Raises
    `NotSound` for an altered, forged, revoked or unreadable one, and `NotMine` for somebody else's (W-IMP-1).
    """
    if not isinstance(document, Mapping):
        raise NotSound("unreadable")
    report = verified(document, anchors=anchors, fetcher=fetcher, now=now)
    if report.verdict is Verdict.NOT_VALID and not _only_out_of_date(report):
        raise NotSound(report.headline.code)
    if subject_of(document).get("id") != holder:
        raise NotMine
    return document, checked_from(report, anchors, now)


def subject_of(document: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the one subject of a credential; empty when it has none or several."""
    subject = document.get("credentialSubject")
    if isinstance(subject, list) and len(subject) == 1:
        subject = subject[0]
    return subject if isinstance(subject, Mapping) else {}


def verified(
    document: Mapping[str, Any] | bytes,
    *,
    anchors: Anchors,
    fetcher: Fetcher,
    now: datetime,
    recognitions: Iterable[Mapping[str, Any]] = (),
) -> Report:
    """Return the engine's report, with the strictness of everyone's verifier."""
    return verify_credential(
        document,
        anchors=anchors,
        policy=PUBLIC,
        accepted_suites=ACCEPTED_SUITES,
        fetcher=fetcher,
        now=now,
        recognitions=recognitions,
    )


def _only_out_of_date(report: Report) -> bool:
    """Whether nothing is wrong but the dates, or a suspension that may be lifted: such a credential may be kept."""
    wrong = {f.check.value for f in report.findings if f.decisive and f.answer is Answer.FAILED}
    return report.credential is not None and (
        wrong == {"validity"} or (wrong == {"status"} and report.headline is Headline.SUSPENDED)
    )


def checked_from(report: Report, anchors: Anchors, now: datetime) -> Checked:
    """Return what the wallet keeps of a report made with these anchors."""
    accredited = {f.authority: f.name for f in report.findings if isinstance(f, Accredited | AccreditationEnded)}
    authorities = [anchors.authority(did) or Authority(did, {"": name}, "") for did, name in accredited.items()]
    recognised = next((f for f in report.findings if isinstance(f, IssuerRecognised)), None)
    return Checked(
        report.headline.code,
        report.headline.tone.value,
        report.verified,
        {check.name: check.answer.value for check in report.checks},
        tuple(one.names for one in authorities),
        recognised.name if recognised else None,
        authorities[0].territory if authorities else "",
        now,
    )
