"""What a verification found, as typed values: the only thing `verify` says.

A `Report` has six `Check`s, in the order a person asks: is the document intact, who issued it, is the training
accredited, has it been revoked, is it in date, does it belong to the person presenting it. Each check has one of
three answers (a check that could not be made is never a yes) and the `Finding`s it rests on.

Two results are drawn from the findings, and they answer different questions:

`verified`   Is the credential genuine and in force? For machines; the AND of every decisive finding, fail closed.
             Whom the verifier trusts is *not* part of it: a good credential of an institution that nobody in
             `anchors` knows is verified. `Finding.decisive` is False for exactly these findings, for "the holder
             was not asked", and for "the issuer publishes no status list / no dates".
`verdict`    Can an employer rely on it? Trust included: VALID needs an accredited training.

The kinds of findings stand in one module per question; `report` draws verdict and headline. Import them from here.
"""

from vc.findings.accreditation import (
    AccreditationByNotChecked,
    AccreditationEnded,
    AccreditationForAnother,
    AccreditationInForce,
    AccreditationNotChecked,
    AccreditationNotInForce,
    Accredited,
    NotAccredited,
    NotAccreditedBy,
    NotAW3cCredential,
)
from vc.findings.finding import (
    Answer,
    CheckName,
    Finding,
    Tone,
)
from vc.findings.holder import (
    HolderMismatch,
    HolderNotAsked,
    HolderNotNamed,
    HolderNotReached,
    HolderProofRefused,
    HolderProven,
)
from vc.findings.integrity import (
    CannotBeRead,
    ContentAltered,
    ContextNotKnown,
    DataWouldBeLost,
    InlineContextNotRead,
    InlineTermsReported,
    Malformed,
    MisleadingText,
    NotSigned,
    OverLimit,
    PartNotVerified,
    PartVerified,
    ProofRefused,
    ProofVerified,
    SchemaBroken,
    SchemaFits,
    SchemaNotChecked,
    SuiteNotAccepted,
    WordsWithoutMeaning,
)
from vc.findings.issuer import (
    Endorsed,
    EndorsementNotProven,
    IssuerBindingSkipped,
    IssuerDocumentRefused,
    IssuerKeyForeign,
    IssuerKeyProven,
    IssuerNotReached,
    IssuerNotRecognised,
    IssuerRecognised,
    NotAcceptedByPolicy,
    RegisterSilent,
)
from vc.findings.report import (
    Check,
    Headline,
    NotReached,
    PresentationReport,
    Report,
    Verdict,
)
from vc.findings.status import (
    NoStatusList,
    NotRevoked,
    Revoked,
    StatusKindIgnored,
    StatusKindUnknown,
    StatusListUnsigned,
    StatusMessageShown,
    StatusNotObtained,
    Suspended,
)
from vc.findings.validity import (
    Expired,
    InForce,
    NoDates,
    NotYetValid,
    ProofOutOfTime,
)

__all__ = [
    "AccreditationByNotChecked",
    "AccreditationEnded",
    "AccreditationForAnother",
    "AccreditationInForce",
    "AccreditationNotChecked",
    "AccreditationNotInForce",
    "Accredited",
    "Answer",
    "CannotBeRead",
    "Check",
    "CheckName",
    "ContentAltered",
    "ContextNotKnown",
    "DataWouldBeLost",
    "Endorsed",
    "EndorsementNotProven",
    "Expired",
    "Finding",
    "Headline",
    "HolderMismatch",
    "HolderNotAsked",
    "HolderNotNamed",
    "HolderNotReached",
    "HolderProofRefused",
    "HolderProven",
    "InForce",
    "InlineContextNotRead",
    "InlineTermsReported",
    "IssuerBindingSkipped",
    "IssuerDocumentRefused",
    "IssuerKeyForeign",
    "IssuerKeyProven",
    "IssuerNotReached",
    "IssuerNotRecognised",
    "IssuerRecognised",
    "Malformed",
    "MisleadingText",
    "NoDates",
    "NoStatusList",
    "NotAW3cCredential",
    "NotAcceptedByPolicy",
    "NotAccredited",
    "NotAccreditedBy",
    "NotReached",
    "NotRevoked",
    "NotSigned",
    "NotYetValid",
    "OverLimit",
    "PartNotVerified",
    "PartVerified",
    "PresentationReport",
    "ProofOutOfTime",
    "ProofRefused",
    "ProofVerified",
    "RegisterSilent",
    "Report",
    "Revoked",
    "SchemaBroken",
    "SchemaFits",
    "SchemaNotChecked",
    "StatusKindIgnored",
    "StatusKindUnknown",
    "StatusListUnsigned",
    "StatusMessageShown",
    "StatusNotObtained",
    "SuiteNotAccepted",
    "Suspended",
    "Tone",
    "Verdict",
    "WordsWithoutMeaning",
]
