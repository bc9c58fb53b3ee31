"""From a typed error to what is said about it: one table for each place in the story where it may be raised."""

from __future__ import annotations

from vc import errors
from vc import findings as found
from vc.errors import VcError
from vc.findings import Finding


def unreadable(error: VcError) -> tuple[Finding, ...]:
    """What is said of a document that is refused before its proof is looked at."""
    match error:
        case errors.ParsingError():
            return (found.CannotBeRead(error.detail),)
        case errors.UnknownContextError():
            return (found.ContextNotKnown(error.url),)
        case errors.InlineContextError():
            return (found.InlineContextNotRead(),)
        case errors.LimitExceeded():
            return (found.OverLimit(error.what, error.limit),)
        case errors.UnacceptableSuite():
            return (found.SuiteNotAccepted(error.suite),)
        case errors.MalformedValueError():
            return (found.Malformed(error.detail, error.path),)
        case _:
            return (found.ProofRefused(error.problem, error.detail),)


def unproven(error: VcError, issuer: str) -> tuple[Finding, ...]:
    """What is said of a credential whose proof does not hold, or not as `issuer`'s."""
    match error:
        case errors.ForeignKey():
            # Which of the two was exchanged, name or key, cannot be told: the named issuer did not seal the content.
            return (found.ContentAltered(), found.IssuerKeyForeign(issuer, error.problem, error.detail))
        case errors.NoPurpose():
            proof = found.ProofRefused(errors.PROOF_VERIFICATION_ERROR, error.detail)
            return (proof, found.IssuerKeyForeign(issuer, error.problem, error.detail))
        case errors.ControllerNotReached():
            return (found.IssuerNotReached(issuer, error.detail),)
        case errors.InvalidControlledIdentifierDocumentError():
            return (found.IssuerDocumentRefused(issuer, error.detail),)
        case errors.InvalidVerificationMethodError() | errors.InvalidRelationshipError():
            return (found.IssuerKeyForeign(issuer, error.problem, error.detail),)
        case _:
            return presentation_unproven(error)


def presentation_unproven(error: VcError) -> tuple[Finding, ...]:
    """What is said of a proof that does not hold, whoever made it."""
    match error:
        case errors.CryptographicSecurityError():
            return (found.ContentAltered(), found.ProofRefused(errors.PROOF_VERIFICATION_ERROR, error.detail))
        case errors.UndefinedWordsError():
            return (found.WordsWithoutMeaning(error.terms[:20]),)
        case errors.DataLossDetectionError():
            return (found.DataWouldBeLost(error.terms[:20]),)
        case errors.NotSecured():
            return (found.NotSigned(),)
        case errors.ProofNotInForce():
            proof = found.ProofVerified(error.suite, error.verification_method)
            return (proof, found.ProofOutOfTime(error.detail))
        case errors.ControllerNotReached():
            return ()
        case _:
            return unreadable(error)


def holder_unproven(error: VcError) -> Finding:
    """What is said of the holder of a presentation whose proof does not hold."""
    if isinstance(error, errors.ControllerNotReached):
        return found.HolderNotReached(error.detail)
    return found.HolderProofRefused(error.problem, error.detail)
