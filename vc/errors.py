"""Why a document was refused, by the names the standards give.

Every refusal of the engine is a `VcError`. It carries a `problem` (the standard's name and address, so that an
answer over HTTP needs no translation table) and a `detail` sentence in English for whoever sent the document.
Three things stay apart: a bad document is a `VcError`; calling the engine wrongly is a `TypeError` or
`ValueError`; a bug of ours surfaces as whatever it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

_DATA_MODEL = "https://www.w3.org/TR/vc-data-model#"
_SECURITY = "https://w3id.org/security#"
_STATUS_LIST = "https://www.w3.org/ns/credentials/status-list#"
_OURS = "https://skills-passport.example/problems#"


@dataclass(frozen=True)
class ProblemType:
    """A problem by its published name (`PARSING_ERROR`) and the address that defines it."""

    name: str
    url: str


def _problem(base: str, name: str) -> ProblemType:
    return ProblemType(name, base + name)


# VC Data Model 2.0, section 7.1
PARSING_ERROR = _problem(_DATA_MODEL, "PARSING_ERROR")
CRYPTOGRAPHIC_SECURITY_ERROR = _problem(_DATA_MODEL, "CRYPTOGRAPHIC_SECURITY_ERROR")
MALFORMED_VALUE_ERROR = _problem(_DATA_MODEL, "MALFORMED_VALUE_ERROR")
RANGE_ERROR = _problem(_DATA_MODEL, "RANGE_ERROR")
# VC Data Integrity 1.0, section 4.7
PROOF_GENERATION_ERROR = _problem(_SECURITY, "PROOF_GENERATION_ERROR")
PROOF_VERIFICATION_ERROR = _problem(_SECURITY, "PROOF_VERIFICATION_ERROR")
PROOF_TRANSFORMATION_ERROR = _problem(_SECURITY, "PROOF_TRANSFORMATION_ERROR")
DATA_LOSS_DETECTION_ERROR = _problem(_SECURITY, "DATA_LOSS_DETECTION_ERROR")
INVALID_CHALLENGE_ERROR = _problem(_SECURITY, "INVALID_CHALLENGE_ERROR")
INVALID_DOMAIN_ERROR = _problem(_SECURITY, "INVALID_DOMAIN_ERROR")
# Controlled Identifiers 1.0, section 3.5
INVALID_VERIFICATION_METHOD = _problem(_SECURITY, "INVALID_VERIFICATION_METHOD")
INVALID_RELATIONSHIP_FOR_VERIFICATION_METHOD = _problem(_SECURITY, "INVALID_RELATIONSHIP_FOR_VERIFICATION_METHOD")
INVALID_CONTROLLED_IDENTIFIER_DOCUMENT = _problem(_SECURITY, "INVALID_CONTROLLED_IDENTIFIER_DOCUMENT")
# Bitstring Status List 1.0, section 3.5
STATUS_RETRIEVAL_ERROR = _problem(_STATUS_LIST, "STATUS_RETRIEVAL_ERROR")
STATUS_VERIFICATION_ERROR = _problem(_STATUS_LIST, "STATUS_VERIFICATION_ERROR")
STATUS_LIST_LENGTH_ERROR = _problem(_STATUS_LIST, "STATUS_LIST_LENGTH_ERROR")
# Ours, where no standard has a name
HOLDER_BINDING_ERROR = _problem(_OURS, "HOLDER_BINDING_ERROR")
VALIDITY_PERIOD_ERROR = _problem(_OURS, "VALIDITY_PERIOD_ERROR")
CREDENTIAL_REVOKED = _problem(_OURS, "CREDENTIAL_REVOKED")
CREDENTIAL_SUSPENDED = _problem(_OURS, "CREDENTIAL_SUSPENDED")
ISSUER_NOT_ACCEPTED = _problem(_OURS, "ISSUER_NOT_ACCEPTED")


class VcError(Exception):
    """A document was refused. `problem` names the rule, `detail` says what broke it."""

    problem: ClassVar[ProblemType] = MALFORMED_VALUE_ERROR

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


class ParsingError(VcError):
    """The bytes are not the strict JSON that a credential is written in."""

    problem = PARSING_ERROR


class MalformedValueError(VcError):
    """A member breaks a rule of the data model. `path` is where, as a JSON Pointer."""

    problem = MALFORMED_VALUE_ERROR

    def __init__(self, detail: str, *, path: str = "") -> None:
        super().__init__(f"{path}: {detail}" if path else detail)
        self.path = path


class UnknownContextError(MalformedValueError):
    """A JSON-LD context that is not in the bundle: what the document's terms mean cannot be known."""

    def __init__(self, url: str, *, path: str = "/@context") -> None:
        super().__init__(f"the context {url!r} is not one that this system carries", path=path)
        self.url = url


class InlineContextError(MalformedValueError):
    """A context written in the document itself, where the caller reads none: VCDM 2.0 allows it, and we need not."""

    def __init__(self, *, path: str) -> None:
        super().__init__("inline contexts are not accepted", path=path)


class LimitExceeded(MalformedValueError):
    """A count or size is over its limit; nothing was computed for the document."""

    def __init__(self, what: str, *, limit: int, path: str = "") -> None:
        super().__init__(f"more than {limit} {what}", path=path)
        self.what = what
        self.limit = limit


class CryptographicSecurityError(VcError):
    """The signature does not fit the content."""

    problem = CRYPTOGRAPHIC_SECURITY_ERROR


class RangeError_(VcError):  # noqa: N801 - the standard's RANGE_ERROR; `RangeError` reads like a builtin
    """A number lies outside what it counts, such as an index beyond the end of a status list."""

    problem = RANGE_ERROR


class ProofGenerationError(VcError):
    """The document cannot be signed as asked."""

    problem = PROOF_GENERATION_ERROR


class ProofVerificationError(VcError):
    """The proof is missing, ill-formed or does not hold."""

    problem = PROOF_VERIFICATION_ERROR


class UnacceptableSuite(ProofVerificationError):
    """The proof uses a cryptosuite that the caller does not accept or this engine does not know."""

    def __init__(self, suite: str, accepted: frozenset[str]) -> None:
        super().__init__(f"the cryptosuite {suite!r} is not among those accepted: {', '.join(sorted(accepted))}")
        self.suite = suite
        self.accepted = accepted


class NotSecured(ProofVerificationError):
    """There is no proof. Nothing unsecured is ever verified."""


class ProofNotInForce(ProofVerificationError):
    """The signature fits, and the proof is used outside its time: made in the future, or past its end."""

    def __init__(self, detail: str, *, suite: str, verification_method: str) -> None:
        super().__init__(detail)
        self.suite = suite
        self.verification_method = verification_method


class ProofTransformationError(VcError):
    """The document cannot be brought into canonical form within the limits."""

    problem = PROOF_TRANSFORMATION_ERROR


class DataLossDetectionError(VcError):
    """JSON-LD would drop `terms`: a signature over the RDF would not cover them (VC-DI section 4.3)."""

    problem = DATA_LOSS_DETECTION_ERROR

    def __init__(self, terms: Sequence[str]) -> None:
        shown = ", ".join(repr(term) for term in terms[:5])
        super().__init__(f"no context gives a meaning to {shown}")
        self.terms = tuple(terms)


class UndefinedWordsError(DataLossDetectionError):
    """The same inside a signed token: the signature covers `terms`, and still nobody knows what they mean."""


class InvalidChallengeError(VcError):
    """The proof was not made for this request."""

    problem = INVALID_CHALLENGE_ERROR


class InvalidDomainError(VcError):
    """The proof was not made for this verifier."""

    problem = INVALID_DOMAIN_ERROR


class InvalidVerificationMethodError(VcError):
    """The proof names a key that its signer does not publish."""

    problem = INVALID_VERIFICATION_METHOD


class ForeignKey(InvalidVerificationMethodError):
    """A key of somebody else than the document's issuer or holder signed it: whatever it says is not their word."""


class KeyNotInForce(InvalidVerificationMethodError):
    """The signer publishes the key, and had ended it before the proof was made."""


class InvalidRelationshipError(VcError):
    """The key exists, and was not published for this purpose."""

    problem = INVALID_RELATIONSHIP_FOR_VERIFICATION_METHOD


class NoPurpose(InvalidRelationshipError):
    """The proof names no purpose at all, so it is no proof (VC-DI section 4.5) and fits no relationship."""


class InvalidControlledIdentifierDocumentError(VcError):
    """The signer's identifier document is not what it should be."""

    problem = INVALID_CONTROLLED_IDENTIFIER_DOCUMENT


class ControllerNotReached(InvalidControlledIdentifierDocumentError):
    """The signer's identifier document could not be obtained: not a verdict on the signature."""


class StatusRetrievalError(VcError):
    """The status list could not be obtained. Neither valid nor revoked: unknown."""

    problem = STATUS_RETRIEVAL_ERROR


class StatusVerificationError(VcError):
    """What was obtained is not a status list that answers for this credential."""

    problem = STATUS_VERIFICATION_ERROR


class StatusListLengthError(VcError):
    """The status list is shorter than the 131,072 entries that protect the holder's privacy."""

    problem = STATUS_LIST_LENGTH_ERROR
