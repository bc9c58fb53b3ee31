"""The issuer's check of an unsigned draft: every rule that can be applied before a key is touched.

*Prepare, then sign.* What the verifier would refuse, `lint` finds here, and more: what a verifier must tolerate from
others (text that misleads, a missing status list, another issuer's name) is no good reason to sign it oneself.

    findings = lint(draft, issuer=college_did)
    if blocking(findings): …            # show them
    credential = data_integrity.sign(checked(draft, issuer=college_did), …)
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from contexts import Profile
from vc import achievement, canonical, errors, strict_json, text
from vc import credential as credentials
from vc.credential import Credential, entries
from vc.errors import VcError
from vc.findings import (
    Answer,
    CannotBeRead,
    CheckName,
    ContextNotKnown,
    DataWouldBeLost,
    Finding,
    Malformed,
    MisleadingText,
    OverLimit,
    ProofRefused,
)
from vc.status import bitstring

LONGEST_TEXT = 5_000
REVOCABLE = frozenset({"revocation"})


@dataclass(frozen=True)
class AlreadySigned(Finding):
    """A draft has no proof; signing twice makes two credentials."""

    check = CheckName.INTEGRITY
    answer = Answer.FAILED
    template = "The draft already carries a proof."


@dataclass(frozen=True)
class WrongIssuer(Finding):
    """The draft names another issuer than the one who would sign it."""

    check = CheckName.ISSUER
    answer = Answer.FAILED
    template = "The draft names {stated} as its issuer, and would be signed by {expected}."
    stated: str
    expected: str


@dataclass(frozen=True)
class OtherContexts(Finding):
    """Not exactly the contexts that this kind of credential is published with."""

    check = CheckName.INTEGRITY
    answer = Answer.FAILED
    template = "The contexts are {stated}, where {expected} are due."
    stated: tuple[str, ...]
    expected: tuple[str, ...]


@dataclass(frozen=True)
class MissingMember(Finding):
    """A member that the data model leaves open and this kind of credential needs."""

    check = CheckName.INTEGRITY
    answer = Answer.FAILED
    template = "{path} is missing."
    path: str


@dataclass(frozen=True)
class MissingStatus(Finding):
    """Without an entry for `purpose` the credential could never be taken back."""

    check = CheckName.STATUS
    answer = Answer.FAILED
    template = "There is no status entry for {purpose}."
    purpose: str


@dataclass(frozen=True)
class StatusEntryRefused(Finding):
    """A status entry that no verifier could follow."""

    check = CheckName.STATUS
    answer = Answer.FAILED
    template = "A status entry is not usable: {detail}."
    detail: str


@dataclass(frozen=True)
class TextTooLong(Finding):
    """A text that no page or certificate has room for."""

    check = CheckName.INTEGRITY
    answer = Answer.FAILED
    template = "The text at {path} has {length} characters; {limit} are allowed."
    path: str
    length: int
    limit: int


@dataclass(frozen=True)
class TextNotClean(Finding):
    """Control characters, or text that is not in composed form: to be cleaned where it was entered."""

    check = CheckName.INTEGRITY
    answer = Answer.FAILED
    template = "The text at {path} is not clean: {why}."
    path: str
    why: str


@dataclass(frozen=True)
class ResultWithoutDescription(Finding):
    """A result that points at no result description of the achievement."""

    check = CheckName.INTEGRITY
    answer = Answer.FAILED
    template = "The result {result} is described nowhere in the achievement."
    result: str


@dataclass(frozen=True)
class DescribedTwice(Finding):
    """An identifier is described in two places. In RDF both become one: what is said in only one is not seen.

    A verifier puts up with it where others did so consistently; here it is not signed. A reference, the `id` alone, is
    fine.
    """

    check = CheckName.INTEGRITY
    answer = Answer.FAILED
    template = "{identifier} is described in two places; refer to it by its id alone in one of them."
    identifier: str


class DraftRefused(Exception):
    """The draft must not be signed. `findings` say why; the blocking ones among them are in the sentence."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        super().__init__(" ".join(finding.sentence for finding in blocking(findings)))
        self.findings = tuple(findings)


def lint(
    draft: Mapping[str, Any],
    *,
    issuer: str,
    required_status: frozenset[str] = REVOCABLE,
    contexts: Sequence[str] | None = achievement.CONTEXTS,
    profile: Profile = Profile.STANDARD,
    longest_text: int = LONGEST_TEXT,
    superseded_digests: bool = False,
) -> tuple[Finding, ...]:
    """All that is wrong with `draft`, or worth a second look. Empty where nothing is.

    `issuer`: the DID whose key will sign. `required_status`: purposes that need an entry. `contexts`: exactly these,
    or None to accept any that the bundle has. Findings with answer PASSED are remarks; the others block.
    `superseded_digests`: as for `vc.credential.check`.
    """
    try:
        document = strict_json.settled(draft)
    except VcError as error:
        return (_finding(error),)
    return _linted(document, issuer, required_status, contexts, profile, longest_text, superseded_digests)


def _linted(
    document: dict[str, Any],
    issuer: str,
    required_status: frozenset[str] = REVOCABLE,
    contexts: Sequence[str] | None = achievement.CONTEXTS,
    profile: Profile = Profile.STANDARD,
    longest_text: int = LONGEST_TEXT,
    superseded_digests: bool = False,
) -> tuple[Finding, ...]:
    try:
        credential = credentials.check(document, profile=profile, superseded_digests=superseded_digests)
    except VcError as error:
        return (_finding(error),)
    return (
        *_signing(credential, issuer),
        *_contexts(credential, contexts),
        *_covered(document, profile),
        *_status(credential, required_status),
        *_described_twice(document, {}),
        *_texts(document, longest_text),
        *_badge(credential),
    )


def blocking(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Those that forbid signing."""
    return tuple(finding for finding in findings if finding.answer is not Answer.PASSED)


def checked(draft: Mapping[str, Any], *, issuer: str, **options: Any) -> dict[str, Any]:
    """`draft`, as an object of its own, fit to be signed. Raises `DraftRefused`. Options as for `lint`."""
    try:
        document = strict_json.settled(draft)
    except VcError as error:
        raise DraftRefused((_finding(error),)) from error
    findings = _linted(document, issuer, **options)
    if blocking(findings):
        raise DraftRefused(findings)
    return document


def _finding(error: VcError) -> Finding:
    match error:
        case errors.ParsingError():
            return CannotBeRead(error.detail)
        case errors.UnknownContextError():
            return ContextNotKnown(error.url)
        case errors.LimitExceeded():
            return OverLimit(error.what, error.limit)
        case errors.DataLossDetectionError():
            return DataWouldBeLost(error.terms)
        case errors.MalformedValueError():
            return Malformed(error.detail, error.path)
        case _:
            return ProofRefused(error.problem, error.detail)


def _signing(credential: Credential, issuer: str) -> Iterator[Finding]:
    if "proof" in credential.document:
        yield AlreadySigned()
    if credential.issuer != issuer:
        yield WrongIssuer(credential.issuer, issuer)
    if credential.id is None:
        yield MissingMember("/id")
    if credential.valid_from is None:
        yield MissingMember("/validFrom")
    if None in credential.subject_ids:
        yield MissingMember("/credentialSubject/id")


def _contexts(credential: Credential, expected: Sequence[str] | None) -> Iterator[Finding]:
    stated = entries(credential.document["@context"])
    if expected is not None and stated != list(expected):
        yield OtherContexts(tuple(str(item) for item in stated), tuple(expected))


def _covered(document: Mapping[str, Any], profile: Profile) -> Iterator[Finding]:
    """Every word has a meaning, and the document can be canonicalised at all."""
    unsigned = {name: value for name, value in document.items() if name != "proof"}
    try:
        canonical.canonicalize(unsigned, profile=profile)
    except VcError as error:
        yield _finding(error)


def _described_twice(value: Any, seen: dict[str, int]) -> Iterator[Finding]:
    if isinstance(value, list):
        for item in value:
            yield from _described_twice(item, seen)
    elif isinstance(value, dict):
        if "@context" in value:
            seen = {}  # a credential inside the credential speaks for itself
        identifier = value.get("id")
        if isinstance(identifier, str) and len(value) > 1:
            seen[identifier] = seen.get(identifier, 0) + 1
            if seen[identifier] == 2:
                yield DescribedTwice(identifier)
        for name, item in value.items():
            if name != "@context":
                yield from _described_twice(item, seen)


def _status(credential: Credential, required: frozenset[str]) -> Iterator[Finding]:
    found = set()
    for entry in credential.status:
        if bitstring.ENTRY_TYPE not in entries(entry.get("type")):
            continue
        try:
            found.add(bitstring.read_entry(entry).purpose)
        except VcError as error:
            yield StatusEntryRefused(error.detail)
    for purpose in sorted(required - found):
        yield MissingStatus(purpose)


def _texts(document: dict[str, Any], longest: int) -> Iterator[Finding]:
    strings = text.all_strings(document)
    if max(map(len, strings)) <= longest and not text.any_misleads(strings):
        return
    for path, value in text.strings(document):
        if len(value) > longest:
            yield TextTooLong(path, len(value), longest)
        why = text.misleading(value)
        if why is None:
            continue
        if text.CONTROL.search(value) or why == text.NOT_COMPOSED:
            yield TextNotClean(path, why)
        else:
            yield MisleadingText(path, why)


def _badge(credential: Credential) -> Iterator[Finding]:
    """What Open Badges 3.0 requires beyond the data model."""
    if not achievement.BADGE_TYPES.intersection(credential.types):
        return
    for index, subject in enumerate(credential.subjects):
        path = "/credentialSubject" if len(credential.subjects) == 1 else f"/credentialSubject/{index}"
        achieved = subject.get("achievement")
        if not isinstance(achieved, dict):
            yield MissingMember(f"{path}/achievement")
            continue
        for name in ("id", "type", "name", "description", "criteria"):
            if not achieved.get(name):
                yield MissingMember(f"{path}/achievement/{name}")
        yield from _results(subject, achieved)


def _results(subject: Mapping[str, Any], achieved: Mapping[str, Any]) -> Iterator[Finding]:
    described = {d.get("id") for d in entries(achieved.get("resultDescription")) if isinstance(d, dict)}
    for result in entries(subject.get("result")):
        points_at = result.get("resultDescription") if isinstance(result, dict) else None
        if points_at is not None and points_at not in described:
            yield ResultWithoutDescription(str(points_at))
