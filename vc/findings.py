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
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from datetime import date, datetime
from enum import Enum
from typing import Any, ClassVar

from vc import errors
from vc.errors import ProblemType


class Answer(Enum):
    """The three answers. NOT_CHECKED is never a yes."""

    PASSED = "passed"
    FAILED = "failed"
    NOT_CHECKED = "not_checked"


class Tone(Enum):
    """How an answer is shown: the four silhouettes of the design language."""

    PASS = "pass"  # noqa: S105 - a tone, not a password
    FAIL = "fail"
    ATTENTION = "attention"
    UNKNOWN = "unknown"


class CheckName(Enum):
    """The six questions, in their order."""

    INTEGRITY = "integrity"
    ISSUER = "issuer"
    ACCREDITATION = "accreditation"
    STATUS = "status"
    VALIDITY = "validity"
    HOLDER = "holder"


_TONES = {Answer.PASSED: Tone.PASS, Answer.FAILED: Tone.FAIL, Answer.NOT_CHECKED: Tone.UNKNOWN}


def _plain(value: Any) -> Any:
    """`value` as JSON can carry it."""
    if isinstance(value, (datetime, date)):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, (tuple, list, frozenset)):
        return [_plain(item) for item in value]
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, ProblemType):
        return value.name
    if isinstance(value, Enum):
        return value.value
    return value


def _said(value: Any) -> str:
    """`value` inside a sentence."""
    if isinstance(value, list):
        return ", ".join(str(item) for item in value)
    return "" if value is None else str(value)


@dataclass(frozen=True)
class Finding:
    """One thing that was found out. The fields of the subclass are its data; `sentence` is made from them."""

    code: ClassVar[str] = ""
    check: ClassVar[CheckName]
    answer: ClassVar[Answer]
    decisive: ClassVar[bool] = True
    aside: ClassVar[bool] = False
    """Told beside a check without being part of its answer."""
    attention: ClassVar[bool] = False
    template: ClassVar[str] = ""
    templates: ClassVar[Mapping[str, str]] = {}
    """For a finding that is worded by its `how`: the sentence for each."""
    problem_type: ClassVar[ProblemType | None] = None

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "code" not in cls.__dict__:
            cls.code = "".join("_" + c.lower() if c.isupper() else c for c in cls.__name__).lstrip("_")

    @property
    def data(self) -> dict[str, Any]:
        """The fields, as JSON can carry them (times as text with `Z`)."""
        return {f.name: _plain(getattr(self, f.name)) for f in fields(self)}

    @property
    def problem(self) -> str | None:
        """The standard's name of the problem, None where nothing is wrong."""
        return self.problem_type.name if self.problem_type else None

    @property
    def wording(self) -> str:
        """The English sentence with gaps for the data: what catalogues translate."""
        return self.templates.get(str(getattr(self, "how", "")), self.template)

    @property
    def sentence(self) -> str:
        """One English sentence, for APIs and terminals. Pages translate by `code`."""
        return self.wording.format(**{name: _said(value) for name, value in self.data.items()})

    @property
    def tone(self) -> Tone:
        return Tone.ATTENTION if self.attention else _TONES[self.answer]

    def __str__(self) -> str:
        return self.sentence


# --- 1. is the document intact? -------------------------------------------------------------------


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
class DataWouldBeLost(Finding):
    """Members that no context defines; a signature over the RDF does not cover them."""

    check = CheckName.INTEGRITY
    answer = Answer.FAILED
    problem_type = errors.DATA_LOSS_DETECTION_ERROR
    template = "Parts of the document are not covered by its seal: {terms}."
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

    @property
    def problem(self) -> str | None:
        return self.refusal.name


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
    """A credential inside a learner record is itself verified; `Report.parts` has the whole answer."""

    check = CheckName.INTEGRITY
    answer = Answer.PASSED
    aside = True
    template = "The credential {credential} in the record holds."
    credential: str


@dataclass(frozen=True)
class PartNotVerified(Finding):
    """A credential inside a learner record is not; what is wrong with it stands beside this, as the record's own."""

    check = CheckName.INTEGRITY
    answer = Answer.NOT_CHECKED
    aside = True
    attention = True
    template = "The credential {credential} in the record does not hold."
    credential: str


@dataclass(frozen=True)
class NotAW3cCredential(Finding):
    """An SD-JWT VC: another format, whose types and issuers no accreditation speaks about."""

    check = CheckName.ACCREDITATION
    answer = Answer.NOT_CHECKED
    decisive = False
    template = "This is an SD-JWT credential of type {vct}; accreditations speak about W3C credentials."
    vct: str


@dataclass(frozen=True)
class MisleadingText(Finding):
    """Signed like that: text with invisible or direction-changing characters, or not in composed form."""

    check = CheckName.INTEGRITY
    answer = Answer.PASSED
    attention = True
    template = "The text at {path} holds characters that can mislead a reader ({characters})."
    path: str
    characters: str


# --- 2. who issued it? ----------------------------------------------------------------------------


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

    @property
    def problem(self) -> str | None:
        return self.refusal.name


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


# --- 3. is the training accredited, and by whom? --------------------------------------------------


@dataclass(frozen=True)
class Accredited(Finding):
    """An authority recognised this training on the day of completion, and does today."""

    check = CheckName.ACCREDITATION
    answer = Answer.PASSED
    decisive = False
    template = "The training is accredited by {name}; it was on {on}."
    authority: str
    name: str
    on: datetime


@dataclass(frozen=True)
class AccreditationEnded(Finding):
    """Recognised on the day of completion; no longer today. Withdrawal later does not erase.

    `how`: today's standing (`vc.recognition.Standing`). `since`: when it ended, where that is known. `by`, `of`: for a
    broken chain, whose recognition of whom ended.
    """

    check = CheckName.ACCREDITATION
    answer = Answer.PASSED
    decisive = False
    template = "The training was accredited by {name} on {on}; it no longer is today."
    templates: ClassVar[Mapping[str, str]] = {
        "expired": "The training was accredited by {name} on {on}; the accreditation ended on {since}.",
        "withdrawn": "The training was accredited by {name} on {on}; the accreditation was withdrawn on {since}.",
        "suspended": "The training was accredited by {name} on {on}; the accreditation was suspended on {since}.",
        "chain_broken": "The training was accredited by {name} on {on}; since then, {by} no longer recognizes {of}.",
        "not_checked": "The training was accredited by {name} on {on}; whether it still is could not be checked.",
    }
    authority: str
    name: str
    on: datetime
    how: str
    since: datetime | None
    by: str = ""
    of: str = ""

    @property
    def wording(self) -> str:
        undated = self.since is None and self.how in ("expired", "withdrawn", "suspended")
        return self.template if undated else super().wording


@dataclass(frozen=True)
class AccreditationInForce(Finding):
    """One authority's answer for one day: yes. Shown in the matrix; what decides is `Accredited`."""

    check = CheckName.ACCREDITATION
    answer = Answer.PASSED
    decisive = False
    template = "The accreditation by {name} was in force on {on}."
    authority: str
    name: str
    on: datetime


@dataclass(frozen=True)
class AccreditationNotInForce(Finding):
    """There is an accreditation, and it did not cover the day.

    `how`: the standing on that day. `since`: when it ended, or begins. `by`, `of`: for a broken chain, whose
    recognition of whom was not in force.
    """

    check = CheckName.ACCREDITATION
    answer = Answer.FAILED
    decisive = False
    attention = True
    template = "The accreditation by {name} was not in force on {on}."
    templates: ClassVar[Mapping[str, str]] = {
        "expired": "The accreditation by {name} was not in force on {on}: it ended on {since}.",
        "withdrawn": "The accreditation by {name} was not in force on {on}: it was withdrawn on {since}.",
        "suspended": "The accreditation by {name} was not in force on {on}: it was suspended on {since}.",
        "not_yet": "The accreditation by {name} was not in force on {on}: it begins on {since}.",
        "chain_broken": "The accreditation by {name} was not in force on {on}: {by} did not recognize {of} that day.",
        "withdrawn_undated": "The accreditation by {name} was withdrawn; since when is not published.",
        "suspended_undated": "The accreditation by {name} is suspended; since when is not published.",
    }
    authority: str
    name: str
    on: datetime
    how: str
    since: datetime | None = None
    by: str = ""
    of: str = ""

    @property
    def wording(self) -> str:
        undated = self.templates.get(f"{self.how}_undated") if self.since is None else None
        return undated or super().wording


@dataclass(frozen=True)
class AccreditationForAnother(Finding):
    """There is an accreditation of this institution, and this training is not what it is for.

    `how`: the standing. `conditions`: what the accreditation is for; `stated`: what the credential says of itself.
    `by`, `of`: for an authority that went beyond its own recognition, who recognised whom for more.
    """

    check = CheckName.ACCREDITATION
    answer = Answer.FAILED
    decisive = False
    attention = True
    template = "The accreditation by {name} is for another training of this institution."
    templates: ClassVar[Mapping[str, str]] = {
        "wrong_stream": "The accreditation by {name} is for another stream ({conditions}); this training is {stated}.",
        "wrong_track": "The accreditation by {name} is for another track ({conditions}); this training is {stated}.",
        "wrong_territory": (
            "The accreditation by {name} is for another territory ({conditions}); this training is given in {stated}."
        ),
        "parent_narrower": "{by} recognizes {of} beyond what {name} allowed; that accreditation does not count.",
    }
    authority: str
    name: str
    how: str
    conditions: tuple[str, ...] = ()
    stated: tuple[str, ...] = ()
    by: str = ""
    of: str = ""


@dataclass(frozen=True)
class NotAccredited(Finding):
    """No authority among the anchors accredits this training."""

    check = CheckName.ACCREDITATION
    answer = Answer.FAILED
    decisive = False
    attention = True
    template = "No accreditation was found for this training."
    programme: str | None


@dataclass(frozen=True)
class NotAccreditedBy(Finding):
    """One authority's answer: it never accredited this training, nor any other of this institution."""

    check = CheckName.ACCREDITATION
    answer = Answer.FAILED
    decisive = False
    attention = True
    template = "No accreditation by {name} was found for this training."
    authority: str
    name: str


@dataclass(frozen=True)
class AccreditationNotChecked(Finding):
    """Something needed for the answer could not be obtained or read. `how`: `undated` where only a date is missing."""

    check = CheckName.ACCREDITATION
    answer = Answer.NOT_CHECKED
    decisive = False
    template = "Whether the training is accredited could not be checked: {detail}."
    templates: ClassVar[Mapping[str, str]] = {
        "undated": "The accreditation has ended, and since when is not published; so it could not be checked.",
    }
    detail: str
    how: str = ""


@dataclass(frozen=True)
class AccreditationByNotChecked(Finding):
    """One authority's answer for one day: it could not be found out. `how`: as `AccreditationNotChecked`."""

    check = CheckName.ACCREDITATION
    answer = Answer.NOT_CHECKED
    decisive = False
    template = "Whether {name} accredits the training could not be checked: {detail}."
    templates: ClassVar[Mapping[str, str]] = {
        "undated": (
            "The accreditation by {name} has ended, and since when is not published; so it could not be checked."
        ),
    }
    authority: str
    name: str
    detail: str
    how: str = ""


# --- 4. has it been revoked? ----------------------------------------------------------------------


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

    @property
    def problem(self) -> str | None:
        return self.refusal.name


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


# --- 5. is it in date today? ----------------------------------------------------------------------


@dataclass(frozen=True)
class InForce(Finding):
    """Today lies inside the validity period."""

    check = CheckName.VALIDITY
    answer = Answer.PASSED
    valid_from: datetime | None
    valid_until: datetime | None

    @property
    def sentence(self) -> str:
        start = f" It has been since {_plain(self.valid_from)}." if self.valid_from else ""
        end = f"until {_plain(self.valid_until)}" if self.valid_until else "with no end date"
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


# --- 6. does it belong to the person presenting it? -----------------------------------------------


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

    @property
    def problem(self) -> str | None:
        return self.refusal.name


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


@dataclass(frozen=True)
class NotReached(Finding):
    """An earlier check failed, so this one was not made. It belongs to whichever check stands empty."""

    check = CheckName.HOLDER
    answer = Answer.NOT_CHECKED
    decisive = False
    template = "Not checked, because an earlier check did not pass."


# --- the report -----------------------------------------------------------------------------------


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
        return Tone.PASS if self.answer is Answer.PASSED else _TONES[self.answer]

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

    def check(self, name: str) -> Check:
        """The check called `name` (`integrity`, `issuer`, …)."""
        return next(check for check in self.checks if check.name == name)

    def __getitem__(self, name: str) -> Check:
        return self.check(name)

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
        if any(f.decisive and f.answer is Answer.FAILED for f in self.findings):
            return Verdict.NOT_VALID
        if not self.verified:
            return Verdict.UNDECIDED
        if any(self[name].answer is Answer.FAILED for name in ("issuer", "accreditation")):
            return Verdict.VALID_NOT_RECOGNISED
        if any(check.answer is not Answer.PASSED for check in self.checks[:5]):
            return Verdict.UNDECIDED
        return Verdict.VALID

    @property
    def headline(self) -> Headline:
        """The first matching rule (design language, verdict headline)."""
        return next(headline for headline, matches in _HEADLINES if matches(self))


def _found(*kinds: type[Finding]) -> Any:
    return lambda report: any(isinstance(finding, kinds) for finding in report.findings)


def _unanswered(report: Report) -> bool:
    return any(check.answer is not Answer.PASSED for check in report.checks[:5])


_HEADLINES = (
    (Headline.UNREADABLE, _found(CannotBeRead, Malformed, OverLimit)),
    (
        Headline.ALTERED,
        lambda r: r["integrity"].answer is Answer.FAILED or any(isinstance(f, IssuerKeyForeign) for f in r.findings),
    ),
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
        if any(f.decisive and f.answer is Answer.FAILED for f in self.findings):
            return Verdict.NOT_VALID
        verdicts = {report.verdict for report in self.credentials}
        if not verdicts or self.presentation is None:
            return Verdict.NOT_VALID if Verdict.NOT_VALID in verdicts else Verdict.UNDECIDED
        return next(v for v in _WORST_FIRST if v in verdicts)

    @property
    def headline(self) -> Headline:
        """For one credential its own; for several that of the worst (pages also state the counts)."""
        if _found(CannotBeRead, Malformed, OverLimit)(self):
            return Headline.UNREADABLE
        order = list(Headline)
        headlines = sorted((report.headline for report in self.credentials), key=order.index)
        if any(f.decisive and f.answer is Answer.FAILED for f in self.findings):
            worst = headlines[:1]
            return worst[0] if worst and order.index(worst[0]) < 3 else Headline.WRONG_HOLDER
        return headlines[0] if headlines else Headline.INCOMPLETE

    def __iter__(self) -> Iterator[Report]:
        return iter(self.credentials)


_WORST_FIRST = (Verdict.NOT_VALID, Verdict.UNDECIDED, Verdict.VALID_NOT_RECOGNISED, Verdict.VALID)


def codes(findings: Iterable[Finding]) -> tuple[str, ...]:
    """The stable codes, in order."""
    return tuple(finding.code for finding in findings)
