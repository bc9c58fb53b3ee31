"""1. Is the document intact? Seal, shape, words, schemas, and the parts of a learner record."""

from __future__ import annotations

from dataclasses import dataclass

from vc import errors
from vc.errors import ProblemType
from vc.findings.finding import Answer, CheckName, Finding


@dataclass(frozen=True)
class ProofVerified(Finding):
    """A proof holds, made with a key that its signer publishes for this purpose."""

    check = CheckName.INTEGRITY
    answer = Answer.PASSED
    template = "The digital seal ({suite}) fits the content."
    suite: str
    verification_method: str


@dataclass(frozen=True)
class CannotBeRead(Finding):
    """Not strict JSON, or not a kind of document that can hold a credential."""

    check = CheckName.INTEGRITY
    answer = Answer.NOT_CHECKED
    problem_type = errors.PARSING_ERROR
    template = "The document cannot be read: {detail}."
    detail: str


@dataclass(frozen=True)
class Malformed(Finding):
    """A rule of the data model is broken."""

    check = CheckName.INTEGRITY
    answer = Answer.FAILED
    problem_type = errors.MALFORMED_VALUE_ERROR
    template = "The document is not a well-formed credential: {detail}."
    detail: str
    path: str = ""


@dataclass(frozen=True)
class OverLimit(Finding):
    """More of something than is looked at; nothing was computed."""

    check = CheckName.INTEGRITY
    answer = Answer.FAILED
    problem_type = errors.MALFORMED_VALUE_ERROR
    template = "The document holds more than {limit} {what}."
    what: str
    limit: int


@dataclass(frozen=True)
class ContextNotKnown(Finding):
    """A context outside the bundle: neither valid nor forged can be said."""

    check = CheckName.INTEGRITY
    answer = Answer.NOT_CHECKED
    problem_type = errors.MALFORMED_VALUE_ERROR
    template = "The vocabulary {url} is not known here, so the seal cannot be checked."
    url: str


@dataclass(frozen=True)
class InlineContextNotRead(Finding):
    """A context written in the document, which this verifier does not read: neither valid nor forged can be said."""

    check = CheckName.INTEGRITY
    answer = Answer.NOT_CHECKED
    problem_type = errors.MALFORMED_VALUE_ERROR
    template = "It defines words of its own, which this verifier does not read, so the seal cannot be checked."


@dataclass(frozen=True)
class DataWouldBeLost(Finding):
    """Members that no context defines; a signature over the RDF does not cover them."""

    check = CheckName.INTEGRITY
    answer = Answer.FAILED
    problem_type = errors.DATA_LOSS_DETECTION_ERROR
    template = "Parts of the document are not covered by its seal: {terms}."
    terms: tuple[str, ...]


@dataclass(frozen=True)
class WordsWithoutMeaning(Finding):
    """Members of a signed token that no context defines: its issuer wrote them, and nobody knows what they mean."""

    check = CheckName.INTEGRITY
    answer = Answer.FAILED
    problem_type = errors.DATA_LOSS_DETECTION_ERROR
    template = "The document uses words that none of its vocabularies defines: {terms}."
    terms: tuple[str, ...]


@dataclass(frozen=True)
class ContentAltered(Finding):
    """The signature does not fit the content."""

    check = CheckName.INTEGRITY
    answer = Answer.FAILED
    problem_type = errors.CRYPTOGRAPHIC_SECURITY_ERROR
    template = "The content no longer matches its digital seal."


@dataclass(frozen=True)
class NotSigned(Finding):
    """There is no proof at all. Nothing unsecured is ever verified."""

    check = CheckName.INTEGRITY
    answer = Answer.FAILED
    problem_type = errors.PROOF_VERIFICATION_ERROR
    template = "The document carries no digital seal."


@dataclass(frozen=True)
class ProofRefused(Finding):
    """A proof is ill-formed, made for something else, or does not hold. `refusal` names the problem."""

    check = CheckName.INTEGRITY
    answer = Answer.FAILED
    template = "The digital seal does not hold: {detail}."
    refusal: ProblemType
    detail: str


@dataclass(frozen=True)
class SuiteNotAccepted(Finding):
    """The proof is of a kind that this verifier does not read."""

    check = CheckName.INTEGRITY
    answer = Answer.NOT_CHECKED
    problem_type = errors.PROOF_VERIFICATION_ERROR
    template = "The kind of digital seal ({suite}) is not one that this verifier accepts."
    suite: str


@dataclass(frozen=True)
class InlineTermsReported(Finding):
    """The document defines words of its own. Signed as they stand; no standard says what they mean."""

    check = CheckName.INTEGRITY
    answer = Answer.PASSED
    attention = True
    template = "The document defines terms of its own: {terms}."
    terms: tuple[str, ...]


@dataclass(frozen=True)
class SchemaFits(Finding):
    """The content fits a schema that the credential names and this verifier carries."""

    check = CheckName.INTEGRITY
    answer = Answer.PASSED
    template = "The content fits the schema {schema}."
    kind: str
    schema: str


@dataclass(frozen=True)
class SchemaBroken(Finding):
    """It names a schema and does not keep to it, or names it wrongly."""

    check = CheckName.INTEGRITY
    answer = Answer.FAILED
    problem_type = errors.MALFORMED_VALUE_ERROR
    template = "The content does not fit the schema {schema}: {detail}."
    kind: str
    schema: str
    detail: str


@dataclass(frozen=True)
class SchemaNotChecked(Finding):
    """A schema that this verifier does not carry or cannot apply. Indeterminate is not success, and no failure."""

    check = CheckName.INTEGRITY
    answer = Answer.NOT_CHECKED
    decisive = False
    aside = True
    template = "Whether the content fits the schema {schema} was not checked: {detail}."
    kind: str
    schema: str
    detail: str


@dataclass(frozen=True)
class PartVerified(Finding):
    """A credential inside is itself verified; of a learner record's, `Report.parts` has the whole answer."""

    check = CheckName.INTEGRITY
    answer = Answer.PASSED
    aside = True
    template = "The credential {credential} inside it holds."
    credential: str


@dataclass(frozen=True)
class PartNotVerified(Finding):
    """A credential inside is not; what is wrong with it stands beside this."""

    check = CheckName.INTEGRITY
    answer = Answer.NOT_CHECKED
    aside = True
    attention = True
    template = "The credential {credential} inside it does not hold."
    credential: str


@dataclass(frozen=True)
class MisleadingText(Finding):
    """Signed like that: text with invisible or direction-changing characters, or not in composed form."""

    check = CheckName.INTEGRITY
    answer = Answer.PASSED
    attention = True
    template = "The text at {path} holds characters that can mislead a reader ({characters})."
    path: str
    characters: str
