"""The whole answer: six checks with their findings, and the verdict and headline drawn from them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from vc.findings.finding import TONES, Answer, CheckName, Finding, Tone
from vc.findings.integrity import CannotBeRead, Malformed, OverLimit, WordsWithoutMeaning
from vc.findings.issuer import IssuerDocumentRefused, IssuerKeyForeign, IssuerNotRecognised, NotAcceptedByPolicy
from vc.findings.status import Revoked, Suspended
from vc.findings.validity import Expired, NotYetValid, ProofOutOfTime


@dataclass(frozen=True)
class NotReached(Finding):
    """An earlier check failed, so this one was not made. It belongs to whichever check stands empty."""

    check = CheckName.HOLDER
    answer = Answer.NOT_CHECKED
    decisive = False
    template = "Not checked, because an earlier check did not pass."


@dataclass(frozen=True)
class Check:
    """One of the six questions, its answer and what the answer rests on."""

    name: str
    answer: Answer
    findings: tuple[Finding, ...]

    @property
    def tone(self) -> Tone:
        """FAIL before ATTENTION before UNKNOWN before PASS, among the findings that gave the answer."""
        tones = {finding.tone for finding in self.findings if finding.answer is self.answer}
        for tone in (Tone.FAIL, Tone.UNKNOWN) if self.answer is Answer.PASSED else tuple(Tone):
            if tone in tones and tone is not Tone.PASS:
                return tone
        return Tone.PASS if self.answer is Answer.PASSED else TONES[self.answer]

    def has(self, *kinds: type[Finding]) -> bool:
        return any(isinstance(finding, kinds) for finding in self.findings)


def _check(name: CheckName, findings: tuple[Finding, ...]) -> Check:
    mine = tuple(f for f in findings if f.check is name and not isinstance(f, NotReached))
    answers = {finding.answer for finding in mine if not finding.aside}
    if not answers:
        return Check(name.value, Answer.NOT_CHECKED, (NotReached(), *mine))
    answer = next(a for a in (Answer.FAILED, Answer.NOT_CHECKED, Answer.PASSED) if a in answers)
    return Check(name.value, answer, mine)


class Verdict(Enum):
    """What an employer can do with it."""

    VALID = "valid"
    VALID_NOT_RECOGNISED = "valid_not_recognised"
    NOT_VALID = "not_valid"
    UNDECIDED = "undecided"


class Headline(Enum):
    """The first rule of the design language's verdict table that matches, in its order."""

    UNREADABLE = ("unreadable", Tone.UNKNOWN)
    ALTERED = ("altered", Tone.FAIL)
    REVOKED = ("revoked", Tone.FAIL)
    WRONG_HOLDER = ("wrong_holder", Tone.FAIL)
    ISSUER_NOT_RECOGNISED = ("issuer_not_recognised", Tone.ATTENTION)
    NOT_ACCREDITED = ("not_accredited", Tone.ATTENTION)
    SUSPENDED = ("suspended", Tone.ATTENTION)
    EXPIRED = ("expired", Tone.ATTENTION)
    NOT_YET_VALID = ("not_yet_valid", Tone.ATTENTION)
    INCOMPLETE = ("incomplete", Tone.UNKNOWN)
    VALID_HOLDER_UNCONFIRMED = ("valid_holder_unconfirmed", Tone.PASS)
    VALID = ("valid", Tone.PASS)

    def __init__(self, code: str, tone: Tone) -> None:
        self.code = code
        self.tone = tone


@dataclass(frozen=True)
class Report:
    """The whole answer about one credential.

    `credential` is the verified document (for an enveloped credential: what was inside), None unless integrity and
    issuer's key were proven: there is nothing to show from a document that was not verified. `recognition` is the
    full accreditation answer per authority (`vc.recognition.Recognition`), None when that was not reached.
    `parts`: the answers about the credentials in a learner record, which all count. `endorsements`: those about the
    endorsements in it, which do not.
    """

    findings: tuple[Finding, ...]
    credential: Mapping[str, Any] | None = None
    recognition: Any = None
    parts: tuple[Report, ...] = ()
    endorsements: tuple[Report, ...] = ()
    checks: tuple[Check, ...] = field(init=False)

    def __post_init__(self) -> None:
        checks = tuple(_check(name, self.findings) for name in CheckName)
        object.__setattr__(self, "checks", checks)

    def __getitem__(self, name: str) -> Check:
        """The check called `name` (`integrity`, `issuer`, …)."""
        return next(check for check in self.checks if check.name == name)

    @property
    def verified(self) -> bool:
        """Genuine and in force: the document was proven and no decisive finding is other than PASSED."""
        return self.credential is not None and all(
            finding.answer is Answer.PASSED for finding in self.findings if finding.decisive
        )

    @property
    def problems(self) -> tuple[str, ...]:
        """The standard names of everything that is wrong, each once, in order of discovery."""
        return tuple(dict.fromkeys(f.problem for f in self.findings if f.problem))

    @property
    def verdict(self) -> Verdict:
        """Failed beats unknown beats unrecognised, except that "no status list" counts only where trust is given."""
        if _refuted(self.findings):
            return Verdict.NOT_VALID
        if not self.verified:
            return Verdict.UNDECIDED
        if any(self[name].answer is Answer.FAILED for name in ("issuer", "accreditation")):
            return Verdict.VALID_NOT_RECOGNISED
        if _unanswered(self):
            return Verdict.UNDECIDED
        return Verdict.VALID

    @property
    def headline(self) -> Headline:
        """The first matching rule (design language, verdict headline)."""
        return next(headline for headline, matches in _HEADLINES if matches(self))


def _refuted(findings: Iterable[Finding]) -> bool:
    return any(finding.decisive and finding.answer is Answer.FAILED for finding in findings)


def _unanswered(report: Report) -> bool:
    """Whether any question is open but the last: who presents it is often not asked."""
    return any(check.answer is not Answer.PASSED for check in report.checks if check.name != CheckName.HOLDER.value)


def _found(*kinds: type[Finding]) -> Callable[[Report | PresentationReport], bool]:
    return lambda report: any(isinstance(finding, kinds) for finding in report.findings)


_UNREADABLE = _found(CannotBeRead, Malformed, OverLimit, WordsWithoutMeaning)


_HEADLINES: tuple[tuple[Headline, Callable[[Report], bool]], ...] = (
    (Headline.UNREADABLE, _UNREADABLE),
    (Headline.ALTERED, lambda r: r["integrity"].answer is Answer.FAILED or _found(IssuerKeyForeign)(r)),
    (Headline.REVOKED, _found(Revoked)),
    (Headline.WRONG_HOLDER, lambda r: r["holder"].answer is Answer.FAILED),
    (Headline.ISSUER_NOT_RECOGNISED, _found(IssuerNotRecognised, IssuerDocumentRefused, NotAcceptedByPolicy)),
    (Headline.NOT_ACCREDITED, lambda r: r["accreditation"].answer is Answer.FAILED),
    (Headline.SUSPENDED, _found(Suspended)),
    (Headline.EXPIRED, _found(Expired, ProofOutOfTime)),
    (Headline.NOT_YET_VALID, _found(NotYetValid)),
    (Headline.INCOMPLETE, _unanswered),
    (Headline.VALID_HOLDER_UNCONFIRMED, lambda r: r["holder"].answer is Answer.NOT_CHECKED),
    (Headline.VALID, lambda _: True),
)


@dataclass(frozen=True)
class PresentationReport:
    """The answer about a presentation: its own findings, and one `Report` per credential, in order.

    `holder` is the DID that proved possession, None if nobody did. `presentation` is the verified document.
    """

    findings: tuple[Finding, ...]
    credentials: tuple[Report, ...] = ()
    holder: str | None = None
    presentation: Mapping[str, Any] | None = None

    @property
    def verified(self) -> bool:
        """The presentation's own proof holds and every credential in it is verified: one bad one spoils the set."""
        own = all(f.answer is Answer.PASSED for f in self.findings if f.decisive)
        return self.presentation is not None and own and all(r.verified for r in self.credentials)

    @property
    def all_findings(self) -> tuple[Finding, ...]:
        return (*self.findings, *(f for report in self.credentials for f in report.findings))

    @property
    def problems(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(f.problem for f in self.all_findings if f.problem))

    @property
    def checks(self) -> tuple[Check, ...]:
        """The presentation's own two checks: is it intact, and is it the holder's."""
        return tuple(_check(name, self.findings) for name in (CheckName.INTEGRITY, CheckName.HOLDER))

    @property
    def verdict(self) -> Verdict:
        """The worst of the set."""
        if _refuted(self.findings):
            return Verdict.NOT_VALID
        verdicts = {report.verdict for report in self.credentials}
        if not verdicts or self.presentation is None:
            return Verdict.NOT_VALID if Verdict.NOT_VALID in verdicts else Verdict.UNDECIDED
        return next(v for v in _WORST_FIRST if v in verdicts)

    @property
    def headline(self) -> Headline:
        """For one credential its own; for several that of the worst (pages also state the counts)."""
        if _UNREADABLE(self):
            return Headline.UNREADABLE
        headlines = [report.headline for report in self.credentials]
        if _refuted(self.findings):
            headlines.append(Headline.WRONG_HOLDER)
        return min(headlines, key=list(Headline).index, default=Headline.INCOMPLETE)

    def __iter__(self) -> Iterator[Report]:
        return iter(self.credentials)


_WORST_FIRST = (Verdict.NOT_VALID, Verdict.UNDECIDED, Verdict.VALID_NOT_RECOGNISED, Verdict.VALID)
