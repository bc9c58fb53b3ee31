"""The numbered story of one credential, from its bytes to the whole answer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from keys.fetching import Fetcher
from vc import achievement, enclosed, recognition
from vc import findings as found
from vc.credential import Credential
from vc.errors import VcError
from vc.findings import Finding, Report
from vc.policy import Acceptance, Anchors, Policy, Refused, UnsafeNoOp
from vc.verify import content, in_force, inside, refusals
from vc.verify.run import Document, Proven, Run


def verify_credential(
    document: Document,
    *,
    anchors: Anchors,
    policy: Policy,
    accepted_suites: frozenset[str],
    fetcher: Fetcher,
    now: datetime,
    recognitions: Iterable[Document] = (),
    held: recognition.Held = recognition.NOTHING_HELD,
    schemas: Mapping[str, bytes] | None = None,
) -> Report:
    """Decide whether a credential can be relied on at `now`.

    (1) the document is strict JSON within its limits, or an envelope we read
    (2) it has the shape of a credential, and not too many of anything
    (3) its contexts are ones we carry
    (4) the caller's policy accepts such an issuer
    (5) the issuer publishes the key that the proof names, for issuing
    (6) every proof fits the content, and covers all of it
    (7) it fits the schemas that it names, those that the caller carries
    (8) `now` lies inside its validity period, and the proof's
    (9) the issuer's status lists, themselves verified first, neither revoke nor suspend it
    (10) an authority among `anchors` recognised the training on the day of completion; and today
    (11) the credentials that it holds, as a learner record or elsewhere, hold too; endorsements are told apart
    (12) who presents it: not asked here (`verify_presentation` does)

    `recognitions`: accreditation credentials that came stapled to it. `held`: those of lists that the verifier keeps.
    Each is verified fully before it counts. `schemas`: JSON Schemas by address, which the caller vouches for: those
    that credentials name, and those of accreditations that pin one we cannot work out (if the digest is right).
    `now` must be aware. Accreditation does not count for `verified`; it decides the verdict (see `vc.findings`).
    """
    run = Run.of(
        anchors=anchors,
        policy=policy,
        accepted_suites=accepted_suites,
        fetcher=fetcher,
        now=now,
        recognitions=recognitions,
        held=held,
        schemas=schemas,
    )
    return judge(run, document, (found.HolderNotAsked(),))


def judge(run: Run, document: Document, about_holder: Sequence[Finding]) -> Report:
    """The whole story but (12), which the caller knows: `about_holder`."""
    try:
        proven = _prove(run, document, run.policy.acceptance)  # (1) to (6)
    except _NotProven as refusal:
        return Report((*refusal.findings, *about_holder))
    credential = proven.credential
    intact = content.findings(run, proven)  # (6) (7)
    current = in_force.findings(run, credential)  # (8) (9)
    recognised = _recognition(run, credential)  # (10)
    parts = inside.parts(run, credential, judge)  # (11)
    endorsements = inside.endorsements(run, credential, _judge_alone)
    others = (*inside.others(run, credential, _judge_alone), *inside.forged(report for _, report in endorsements))
    return Report(
        (
            *intact,
            *inside.of_parts((*parts, *others)),
            *_issuer(run, credential, recognised),
            *(finding for finding, _ in endorsements),
            *(inside.accreditation_of_parts(credential, parts) if parts else recognition.deciding(recognised)),
            *current,
            *about_holder,  # (12)
        ),
        credential=proven.proofs.document,
        recognition=recognised,
        parts=parts,
        endorsements=tuple(report for _, report in endorsements),
    )


def _judge_alone(run: Run, document: Document) -> Report:
    """As `judge`, for whomever it is from: without (4) and (10). What would need (11) is refused: it is deep enough."""
    try:
        proven = _prove(replace(run, inside_record=True), document, UnsafeNoOp())
    except _NotProven as refusal:
        return Report(refusal.findings)
    if enclosed.enclosed_in(proven.credential.document):
        return Report((found.Malformed("credentials inside it are not looked at there", ""),))
    key = found.IssuerKeyProven(proven.credential.issuer)
    findings = (*content.findings(run, proven), key, *in_force.findings(run, proven.credential))
    return Report(findings, credential=proven.proofs.document)


class _NotProven(Exception):
    """The story ended before there was anything proven; `findings` say where and why."""

    def __init__(self, findings: tuple[Finding, ...]) -> None:
        super().__init__(*findings)
        self.findings = findings


def _prove(run: Run, document: Document, acceptance: Acceptance) -> Proven:
    """(1) to (6): nothing is fetched for a document before `acceptance` has let it pass. Raises `_NotProven`."""
    try:
        secured = run.open(document)  # (1)
        credential = run.shape(secured.document)  # (2) (3)
        run.effort.spend(secured.document)
        acceptance.check(credential)  # (4)
    except VcError as error:
        raise _NotProven(refusals.unreadable(error)) from error
    except Refused as refused:
        raise _NotProven((found.NotAcceptedByPolicy(refused.detail),)) from refused
    try:
        return run.prove(secured, credential)  # (5) (6), and the proof's own time
    except VcError as error:
        raise _NotProven(refusals.unproven(error, credential.issuer)) from error


def _recognition(run: Run, credential: Credential) -> recognition.Recognition:
    """(10) Who recognised the training, on the day of completion and today; nobody knows of a day to come."""
    completed = achievement.completion_date(credential.document) or run.now
    return recognition.evaluate(
        credential,
        recognitions=run.recognitions,
        anchors=run.anchors,
        as_of_completion=min(completed, run.now),
        today=run.now,
        fetcher=run.fetcher,
        resolver=run.resolver,
        accepted_suites=run.accepted_suites,
        policy=run.policy,
        schemas=run.schemas,
        held=run.held,
    )


def _issuer(run: Run, credential: Credential, recognised: recognition.Recognition) -> Iterator[Finding]:
    """Whose key it was, and who vouches for them."""
    issuer = credential.issuer
    if run.policy.insecure_accept_any_signer:
        yield found.IssuerBindingSkipped(issuer)
    else:
        yield found.IssuerKeyProven(issuer)
    known = recognised.institution
    if known is not None:
        yield found.IssuerRecognised(issuer, known.name, known.authority)
    elif recognised.troubles:
        yield found.RegisterSilent(recognised.troubles[0])
    else:
        yield found.IssuerNotRecognised(issuer)
