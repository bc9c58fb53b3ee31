"""The numbered story of a presentation: whose it is, and every credential in it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from keys.fetching import Fetcher
from vc import errors, recognition, securing
from vc import findings as found
from vc import presentation as presentations
from vc.credential import entries
from vc.errors import VcError
from vc.findings import Answer, Finding, PresentationReport, Report
from vc.policy import Anchors, Policy
from vc.presentation import Presentation
from vc.proofs.data_integrity import VerifiedProofs
from vc.securing import Secured
from vc.verify import refusals
from vc.verify.credential import judge as judge_credential
from vc.verify.run import Document, Run


def verify_presentation(
    document: Document,
    *,
    challenge: str | None,
    domain: str | None,
    anchors: Anchors,
    policy: Policy,
    accepted_suites: frozenset[str],
    fetcher: Fetcher,
    now: datetime,
    recognitions: Iterable[Document] = (),
    held: recognition.Held = recognition.NOTHING_HELD,
    schemas: Mapping[str, bytes] | None = None,
) -> PresentationReport:
    """Decide whether a presentation, made for `challenge` and `domain`, can be relied on at `now`.

    (1) to (3) as for a credential, for the presentation and all it holds, before the first signature is looked at
    (4) the presentation's own proof: made for authentication, for `challenge` and `domain`, by the holder's key
    (5) each credential, as `verify_credential` does
    (6) each credential is bound to the holder: the presenter's identifier is its subject's

    Accreditation credentials among the credentials (`RecognizedEntityCredential`) are taken as stapled: they are
    checked and used, and are nobody's to hold. `challenge` None means that the caller bound the presentation to no
    request: the holder check then has no answer, since anyone could replay it.
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
    return _judge(run, document, challenge=challenge, domain=domain)


def _judge(run: Run, document: Document, *, challenge: str | None, domain: str | None) -> PresentationReport:
    try:
        secured = run.open(document)  # (1)
        presentation = _shape(run, secured.document)  # (2) (3)
        held, stapled = _apart(presentation)
        for credential in (*held, *stapled):  # no signature is looked at while anything is over its limit
            run.count_proofs(credential, path="/verifiableCredential")
        run.effort.spend(secured.document)
        run.effort.foresee((*held, *stapled))
    except VcError as error:
        return PresentationReport(refusals.unreadable(error))
    run = replace(run, recognitions=(*run.recognitions, *stapled))
    try:
        proofs = _prove(run, secured, presentation, challenge, domain)  # (4)
    except VcError as error:
        return _without_holder(run, held, error)
    holder = proofs.controller
    reports = tuple(  # (5) (6)
        judge_credential(run, credential, [_binding(run, credential, holder, challenge)]) for credential in held
    )
    return PresentationReport(
        findings=(
            *(found.ProofVerified(p.suite, p.verification_method) for p in proofs.proofs),
            *_stapled(run, stapled),
            *_holder(reports, holder),
            *_nothing_held(reports, run.policy),
        ),
        credentials=reports,
        holder=holder,
        presentation=proofs.document,
    )


def _without_holder(run: Run, held: Sequence[Mapping[str, Any]], error: VcError) -> PresentationReport:
    """(5) alone: nobody proved to hold what was presented, and what it says is still told."""
    refusal = refusals.holder_unproven(error)
    reports = tuple(judge_credential(run, credential, [refusal]) for credential in held)
    return PresentationReport((*refusals.presentation_unproven(error), refusal), reports)


def _shape(run: Run, document: Mapping[str, Any]) -> Presentation:
    """(2) (3) Shape, contexts and counts of the presentation itself."""
    run.count_proofs(document, path="/proof")
    return presentations.check(
        document,
        inline_contexts=run.policy.inline_contexts,
        profile=run.policy.contexts,
        limits=run.policy.limits,
    )


def _apart(presentation: Presentation) -> tuple[list[Mapping[str, Any]], list[Mapping[str, Any]]]:
    """The credentials that are held, and the accreditations stapled to them."""
    held: list[Mapping[str, Any]] = []
    stapled: list[Mapping[str, Any]] = []
    for credential in presentation.credentials:
        accreditation = recognition.CREDENTIAL_TYPE in entries(credential.get("type"))
        (stapled if accreditation else held).append(credential)
    return held, stapled


def _prove(
    run: Run, secured: Secured, presentation: Presentation, challenge: str | None, domain: str | None
) -> VerifiedProofs:
    """(4) All proofs by one key holder, who is the stated `holder` if there is one."""
    expected = run.expectations("authentication", presentation.holder, challenge=challenge, domain=domain)
    proofs = securing.prove(secured, expected)
    if len({proof.controller for proof in proofs.proofs}) != 1:
        raise errors.InvalidVerificationMethodError("the presentation was signed by several parties")
    return proofs


def _binding(run: Run, document: Mapping[str, Any], holder: str, challenge: str | None) -> Finding:
    """(6) Whether a credential in the presentation is the presenter's own."""
    try:
        credential = run.shape(run.open(document).document)
    except VcError:
        return found.NotReached()
    name = credential.id or ", ".join(credential.types)
    subjects = [subject for subject in credential.subject_ids if subject is not None]
    if run.policy.insecure_accept_any_presenter:
        return found.HolderNotAsked()
    if not subjects:
        return found.HolderNotNamed(name)
    if holder not in subjects:
        return found.HolderMismatch(name, f"presented by {holder}")
    return found.HolderNotAsked() if challenge is None else found.HolderProven(holder)


def _stapled(run: Run, stapled: Sequence[Mapping[str, Any]]) -> Iterator[Finding]:
    """A stapled accreditation that does not verify spoils the presentation, like any other credential."""
    for document in stapled:
        try:
            secured = run.open(document)
            run.effort.spend(secured.document)
            run.prove(secured, run.shape(secured.document))
        except (errors.ProofNotInForce, errors.ControllerNotReached):
            continue  # over, or its authority does not answer: `recognition` knows what to make of that
        except VcError as error:
            yield found.ProofRefused(error.problem, f"an accreditation presented with it: {error.detail}")


def _holder(reports: Sequence[Report], holder: str) -> Iterator[Finding]:
    """The presentation's own holder check: proven where any credential is, refused where any is refused."""
    about = [f for report in reports for f in report["holder"].findings]
    refused = [f for f in about if f.answer is Answer.FAILED]
    if refused:
        yield from refused
    elif any(isinstance(f, found.HolderProven) for f in about):
        yield found.HolderProven(holder)
    else:
        yield found.HolderNotAsked()


def _nothing_held(reports: Sequence[Report], policy: Policy) -> Iterator[Finding]:
    if not reports and not policy.insecure_accept_empty_presentation:
        yield found.Malformed("it presents no credential", "/verifiableCredential")
