"""2. Who issued it: whose key signed, who names the issuer, who endorses what it says."""

from __future__ import annotations

from dataclasses import dataclass

from vc import errors
from vc.errors import ProblemType
from vc.findings.finding import Answer, CheckName, Finding


@dataclass(frozen=True)
class IssuerKeyProven(Finding):
    """The key that signed is one that the issuer publishes for issuing."""

    check = CheckName.ISSUER
    answer = Answer.PASSED
    template = "The key belongs to {issuer}."
    issuer: str


@dataclass(frozen=True)
class IssuerBindingSkipped(Finding):
    """The caller switched the binding of issuer and key off. For published samples only."""

    check = CheckName.ISSUER
    answer = Answer.PASSED
    attention = True
    template = "It was not checked whether the key belongs to {issuer}: the caller switched this off."
    issuer: str


@dataclass(frozen=True)
class IssuerRecognised(Finding):
    """An authority the verifier trusts names the issuer, or the verifier's own register does."""

    check = CheckName.ISSUER
    answer = Answer.PASSED
    decisive = False
    template = "{name} is a recognized institution."
    issuer: str
    name: str
    authority: str | None


@dataclass(frozen=True)
class IssuerNotRecognised(Finding):
    """No authority among the anchors names this issuer for anything."""

    check = CheckName.ISSUER
    answer = Answer.FAILED
    decisive = False
    attention = True
    template = "The issuer is not in any trust register we use."
    issuer: str


@dataclass(frozen=True)
class RegisterSilent(Finding):
    """Whether the issuer is recognised could not be found out."""

    check = CheckName.ISSUER
    answer = Answer.NOT_CHECKED
    decisive = False
    template = "The trust register did not answer: {detail}."
    detail: str


@dataclass(frozen=True)
class Endorsed(Finding):
    """Somebody endorsed it, and signed that. An opinion: it is no accreditation."""

    check = CheckName.ISSUER
    answer = Answer.PASSED
    decisive = False
    aside = True
    template = "{endorser} endorses {endorsed}."
    endorser: str
    endorsed: str
    comment: str | None


@dataclass(frozen=True)
class EndorsementNotProven(Finding):
    """An endorsement in it does not hold, or is about something else. It counts for nothing."""

    check = CheckName.ISSUER
    answer = Answer.NOT_CHECKED
    decisive = False
    aside = True
    attention = True
    template = "An endorsement in it is not proven: {detail}."
    detail: str


@dataclass(frozen=True)
class IssuerKeyForeign(Finding):
    """The key is not the issuer's, or was not at that time, or not for issuing. `refusal` names the problem."""

    check = CheckName.ISSUER
    answer = Answer.FAILED
    template = "The key used does not belong to {issuer}: {detail}."
    issuer: str
    refusal: ProblemType
    detail: str


@dataclass(frozen=True)
class IssuerDocumentRefused(Finding):
    """The issuer's identifier document is none, not the issuer's own, deactivated, or where nothing is fetched from."""

    check = CheckName.ISSUER
    answer = Answer.FAILED
    problem_type = errors.INVALID_CONTROLLED_IDENTIFIER_DOCUMENT
    template = "The identifier document of {issuer} cannot be accepted: {detail}."
    issuer: str
    detail: str


@dataclass(frozen=True)
class IssuerNotReached(Finding):
    """The issuer's identifier document could not be obtained."""

    check = CheckName.ISSUER
    answer = Answer.NOT_CHECKED
    problem_type = errors.INVALID_CONTROLLED_IDENTIFIER_DOCUMENT
    template = "The keys of {issuer} could not be obtained: {detail}."
    issuer: str
    detail: str


@dataclass(frozen=True)
class NotAcceptedByPolicy(Finding):
    """The caller's policy refuses it."""

    check = CheckName.ISSUER
    answer = Answer.FAILED
    problem_type = errors.ISSUER_NOT_ACCEPTED
    template = "The verifier's policy does not accept it: {detail}."
    detail: str
