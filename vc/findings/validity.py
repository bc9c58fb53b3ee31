"""5. Is it in date today? The credential's own period, and its seal's."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from vc import errors
from vc.findings.finding import Answer, CheckName, Finding, plain


@dataclass(frozen=True)
class InForce(Finding):
    """Today lies inside the validity period."""

    check = CheckName.VALIDITY
    answer = Answer.PASSED
    valid_from: datetime | None
    valid_until: datetime | None

    @property
    def sentence(self) -> str:
        start = f" It has been since {plain(self.valid_from)}." if self.valid_from else ""
        end = f"until {plain(self.valid_until)}" if self.valid_until else "with no end date"
        return f"It is in date, {end}.{start}"


@dataclass(frozen=True)
class Expired(Finding):
    """`validUntil`, or the proof's own `expires`, is past."""

    check = CheckName.VALIDITY
    answer = Answer.FAILED
    attention = True
    problem_type = errors.VALIDITY_PERIOD_ERROR
    template = "It was valid until {valid_until}."
    valid_until: datetime


@dataclass(frozen=True)
class NotYetValid(Finding):
    """`validFrom` is still to come."""

    check = CheckName.VALIDITY
    answer = Answer.FAILED
    attention = True
    problem_type = errors.VALIDITY_PERIOD_ERROR
    template = "It takes effect on {valid_from}."
    valid_from: datetime


@dataclass(frozen=True)
class ProofOutOfTime(Finding):
    """The seal fits and is used outside its own time (`created` ahead, `expires` past, key ended)."""

    check = CheckName.VALIDITY
    answer = Answer.FAILED
    attention = True
    problem_type = errors.PROOF_VERIFICATION_ERROR
    template = "The digital seal is not in force: {detail}."
    detail: str


@dataclass(frozen=True)
class NoDates(Finding):
    """The credential states no dates."""

    check = CheckName.VALIDITY
    answer = Answer.NOT_CHECKED
    decisive = False
    template = "The document states no dates."
