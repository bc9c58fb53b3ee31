"""4. Has it been revoked? What the issuer's own lists say, and when they do not answer."""

from __future__ import annotations

from dataclasses import dataclass

from vc import errors
from vc.errors import ProblemType
from vc.findings.finding import Answer, CheckName, Finding


@dataclass(frozen=True)
class NotRevoked(Finding):
    """The issuer's list says neither revoked nor suspended."""

    check = CheckName.STATUS
    answer = Answer.PASSED
    template = "The issuer's status list ({purpose}) does not mark it."
    purpose: str
    status_list: str


@dataclass(frozen=True)
class Revoked(Finding):
    """The issuer's status list has this credential's revocation bit set."""

    check = CheckName.STATUS
    answer = Answer.FAILED
    problem_type = errors.CREDENTIAL_REVOKED
    template = "The issuer has revoked it."
    status_list: str
    index: int | None


@dataclass(frozen=True)
class Suspended(Finding):
    """The issuer's status list has this credential's suspension bit set. The issuer may restore it."""

    check = CheckName.STATUS
    answer = Answer.FAILED
    attention = True
    problem_type = errors.CREDENTIAL_SUSPENDED
    template = "The issuer has suspended it."
    status_list: str
    index: int


@dataclass(frozen=True)
class StatusMessageShown(Finding):
    """A `message` or `refresh` list says something about the credential; it revokes nothing."""

    check = CheckName.STATUS
    answer = Answer.PASSED
    template = "The issuer says ({purpose}): {message}."
    purpose: str
    message: str
    value: int


@dataclass(frozen=True)
class StatusNotObtained(Finding):
    """The status list did not come, or does not answer for this credential. `refusal` names the problem."""

    check = CheckName.STATUS
    answer = Answer.NOT_CHECKED
    template = "The status list could not be consulted: {detail}."
    refusal: ProblemType
    detail: str


@dataclass(frozen=True)
class StatusListUnsigned(Finding):
    """The answer rests on a list that nobody signed: lower assurance (1EdTechRevocationList)."""

    check = CheckName.STATUS
    answer = Answer.PASSED
    decisive = False
    attention = True
    template = "The list that says so is not signed: {status_list}."
    status_list: str


@dataclass(frozen=True)
class StatusKindUnknown(Finding):
    """A status mechanism that this verifier does not read. Fail closed."""

    check = CheckName.STATUS
    answer = Answer.NOT_CHECKED
    problem_type = errors.STATUS_VERIFICATION_ERROR
    template = "Its status is kept in a way that this verifier cannot read ({kind})."
    kind: str


@dataclass(frozen=True)
class StatusKindIgnored(Finding):
    """As above, and the caller asked to leave unknown mechanisms out of `verified`."""

    check = CheckName.STATUS
    answer = Answer.NOT_CHECKED
    decisive = False
    template = "Its status is kept in a way that this verifier cannot read ({kind}), and was not checked."
    kind: str


@dataclass(frozen=True)
class NoStatusList(Finding):
    """The credential names no status list: whether it was revoked cannot be known."""

    check = CheckName.STATUS
    answer = Answer.NOT_CHECKED
    decisive = False
    template = "The issuer publishes no status list."
