"""6. Does it belong to the person presenting it?"""

from __future__ import annotations

from dataclasses import dataclass

from vc import errors
from vc.errors import ProblemType
from vc.findings.finding import Answer, CheckName, Finding


@dataclass(frozen=True)
class HolderProven(Finding):
    """The presentation was signed for this request by the key that the credential is bound to."""

    check = CheckName.HOLDER
    answer = Answer.PASSED
    template = "The person proved that it is theirs."
    holder: str


@dataclass(frozen=True)
class HolderMismatch(Finding):
    """The credential is bound to somebody else than the one who presents it."""

    check = CheckName.HOLDER
    answer = Answer.FAILED
    problem_type = errors.HOLDER_BINDING_ERROR
    template = "The credential {credential} belongs to another wallet than the one presenting it: {detail}."
    credential: str
    detail: str


@dataclass(frozen=True)
class HolderProofRefused(Finding):
    """The proof of possession does not hold. `refusal` names the problem."""

    check = CheckName.HOLDER
    answer = Answer.FAILED
    template = "The proof of possession does not hold: {detail}."
    refusal: ProblemType
    detail: str


@dataclass(frozen=True)
class HolderNotReached(Finding):
    """The holder's identifier document could not be obtained."""

    check = CheckName.HOLDER
    answer = Answer.NOT_CHECKED
    problem_type = errors.INVALID_CONTROLLED_IDENTIFIER_DOCUMENT
    template = "The holder's key could not be obtained: {detail}."
    detail: str


@dataclass(frozen=True)
class HolderNotNamed(Finding):
    """The credential names no subject by identifier, so it is bound to nobody's key."""

    check = CheckName.HOLDER
    answer = Answer.NOT_CHECKED
    decisive = False
    template = "The credential {credential} is not bound to a wallet."
    credential: str


@dataclass(frozen=True)
class HolderNotAsked(Finding):
    """The credential came alone: by link, file or text. Nobody was asked to prove possession."""

    check = CheckName.HOLDER
    answer = Answer.NOT_CHECKED
    decisive = False
    template = "Nobody was asked to prove that the credential is theirs."
