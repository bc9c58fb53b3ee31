"""Verification, as one story in the order of the threat model.

Nothing that a later step needs is fetched by an earlier one, and no text of the document steers a fetch before
its issuer has passed the caller's policy. What is returned says what was found and what could not be found out
(`vc.findings`); nothing here raises for what a document says.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cache
from typing import Any

from keys import dids
from keys.fetching import Fetcher
from vc import achievement, clr, endorsement, errors, recognition, schemas, securing, strict_json, text, times
from vc import credential as credentials
from vc import findings as found
from vc import presentation as presentations
from vc.credential import Credential, entries
from vc.effort import Effort
from vc.errors import VcError
from vc.fetching import BudgetedFetcher
from vc.findings import Answer, Finding, PresentationReport, Report
from vc.policy import Anchors, Limits, Policy, Refused
from vc.presentation import Presentation
from vc.proofs.data_integrity import Resolver, VerifiedProofs
from vc.securing import Expectations, Secured
from vc.status import bitstring, revocation_list

Document = Mapping[str, Any] | str | bytes

ALLOWED_MARKS = 20  # at most so many findings about misleading text; one is enough to warn


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
    (11) the credentials that it holds, if it is a learner record, hold in the same way; endorsements are told apart
    (12) who presents it: not asked here (`verify_presentation` does)

    `recognitions`: accreditation credentials that came stapled to it. `held`: those of lists that the verifier keeps.
    Each is verified fully before it counts. `schemas`: JSON Schemas by address, which the caller vouches for: those
    that credentials name, and those of accreditations that pin one we cannot work out (if the digest is right).
    `now` must be aware. Whether accreditation counts for `verified`:
    it does not; it decides the verdict. See `vc.findings`.
    """
    run = _Run.of(anchors, policy, accepted_suites, fetcher, now, recognitions, schemas, held)
    return run.judge_credential(document, (found.HolderNotAsked(),))


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
    run = _Run.of(anchors, policy, accepted_suites, fetcher, now, recognitions, schemas, held)
    return run.judge_presentation(document, challenge=challenge, domain=domain)


@dataclass(frozen=True)
class _Proven:
    """What the proofs established: having one *is* the proof."""

    credential: Credential
    proofs: VerifiedProofs


@dataclass(frozen=True)
class _Run:
    """One verification: the caller's choices, one clock reading, one budget of fetches."""

    anchors: Anchors
    policy: Policy
    accepted_suites: frozenset[str]
    fetcher: BudgetedFetcher
    resolver: Resolver
    now: datetime
    recognitions: tuple[Document, ...]
    schemas: Mapping[str, bytes] = field(default_factory=dict)
    held: recognition.Held = recognition.NOTHING_HELD
    inside_record: bool = False
    effort: Effort = field(default_factory=lambda: Effort(Limits().canonicalized_members))

    @classmethod
    def of(
        cls,
        anchors: Anchors,
        policy: Policy,
        accepted_suites: frozenset[str],
        fetcher: Fetcher,
        now: datetime,
        recognitions: Iterable[Document],
        schemas: Mapping[str, bytes] | None,
        held: recognition.Held,
    ) -> _Run:
        if now.tzinfo is None:
            raise ValueError("now must be aware")
        limits = policy.limits
        budgeted = BudgetedFetcher(fetcher, limit=limits.fetches, max_bytes=limits.fetched_bytes)
        resolver = cache(lambda did: dids.resolve(did, fetcher=budgeted, now=now))
        effort = Effort(limits.canonicalized_members)
        return cls(
            anchors,
            policy,
            accepted_suites,
            budgeted,
            resolver,
            now,
            tuple(recognitions),
            schemas or {},
            held=held,
            effort=effort,
        )

    # --- a credential -----------------------------------------------------------------------------

    def judge_credential(self, document: Document, about_holder: Sequence[Finding]) -> Report:
        try:
            secured = self.open(document)  # (1)
            credential = self.shape(secured.document)  # (2) (3)
            self.effort.spend(secured.document)
            self.policy.acceptance.check(credential)  # (4)
        except VcError as error:
            return Report((*_unreadable(error), *about_holder))
        except Refused as refused:
            return Report((found.NotAcceptedByPolicy(refused.detail), *about_holder))
        try:
            proven = self.prove(secured, credential)  # (5) (6), and the proof's own time
        except VcError as error:
            return Report((*_unproven(error, credential.issuer), *about_holder))
        return self.judge_proven(proven, about_holder)

    def judge_proven(self, proven: _Proven, about_holder: Sequence[Finding]) -> Report:
        credential = proven.credential
        intact = self.intact(proven)  # (6) (7)
        in_force = self.in_force(credential)  # (8) (9)
        recognised = self.recognition(credential)  # (10)
        parts = self.parts(credential)  # (11)
        endorsements = tuple(self.endorsements(credential))
        return Report(
            (
                *intact,
                *_of_parts(parts),
                *self.issuer(credential, recognised),
                *(finding for finding, _ in endorsements),
                *(_accreditation_of_parts(credential, parts) if parts else recognition.deciding(recognised)),
                *in_force,
                *about_holder,  # (12)
            ),
            credential=proven.proofs.document,
            recognition=recognised,
            parts=parts,
            endorsements=tuple(report for _, report in endorsements),
        )

    def intact(self, proven: _Proven) -> tuple[Finding, ...]:
        """(6) (7) What the proofs and schemas say about the content."""
        return (*_integrity(proven), *self.schema_findings(proven.credential))

    def in_force(self, credential: Credential) -> tuple[Finding, ...]:
        """(8) (9) What the clock and the issuer's lists say."""
        validity = tuple(self.validity(credential))
        return (*self.status(credential), *validity)

    def parts(self, credential: Credential) -> tuple[Report, ...]:
        """(11) Every credential in a learner record, judged like one that came alone."""
        held = clr.parts_of(credential.document, limit=self.policy.limits.credentials)
        within = replace(self, inside_record=True)
        return tuple(within.judge_credential(part, (found.HolderNotAsked(),)) for part in held)

    def endorsements(self, credential: Credential) -> Iterator[tuple[Finding, Report]]:
        """(11) Every endorsement in it, by itself. Who recognises the endorser is not asked."""
        for embedded in endorsement.embedded_in(credential.document):
            report = self.judge_alone(embedded.source)
            yield _endorsement_finding(embedded, report), report

    def judge_alone(self, document: Document) -> Report:
        """As `judge_credential`, without (10) and (11)."""
        try:
            secured = self.open(document)
            credential = self.shape(secured.document)
            self.effort.spend(secured.document)
        except VcError as error:
            return Report(_unreadable(error))
        try:
            proven = self.prove(secured, credential)
        except VcError as error:
            return Report(_unproven(error, credential.issuer))
        key = found.IssuerKeyProven(credential.issuer)
        findings = (*self.intact(proven), key, *self.in_force(proven.credential))
        return Report(findings, credential=proven.proofs.document)

    def schema_findings(self, credential: Credential) -> Iterator[Finding]:
        """(7) Each schema it names: fits, does not, or was not checked."""
        for entry in entries(credential.document.get("credentialSchema")):
            kind, address = str(entries(entry.get("type"))[0])[:100], str(entry.get("id"))[:500]
            if not schemas.KINDS.intersection(entries(entry.get("type"))):
                yield found.SchemaNotChecked(kind, address, "a kind of schema that is not read here")
                continue
            answer = schemas.check(credential.document, entry, bundle=self.schemas)
            match answer.outcome:
                case schemas.Outcome.SUCCESS:
                    yield found.SchemaFits(kind, address)
                case schemas.Outcome.FAILURE:
                    yield found.SchemaBroken(kind, address, answer.detail)
                case schemas.Outcome.INDETERMINATE:
                    yield found.SchemaNotChecked(kind, address, answer.detail)

    def open(self, document: Document) -> Secured:
        """(1) Strict JSON, or an envelope of a kind that this policy reads."""
        claims_too = self.policy.insecure_read_vc_and_vp_claims
        return securing.read(document, envelopes=securing.ENVELOPES_AND_CLAIMS if claims_too else securing.ENVELOPES)

    def shape(self, document: Mapping[str, Any]) -> Credential:
        """(2) (3) Shape, contexts and counts."""
        limits = self.policy.limits
        if len(entries(document.get("proof"))) > limits.proofs:
            raise errors.LimitExceeded("proofs", limit=limits.proofs, path="/proof")
        if self.inside_record and clr.CREDENTIAL_TYPE in entries(document.get("type")):
            raise errors.MalformedValueError("a record does not hold records", path="/type")
        inner = len(clr.parts_of(document, limit=limits.credentials)) + len(endorsement.embedded_in(document))
        if inner > limits.credentials:
            raise errors.LimitExceeded("credentials inside it", limit=limits.credentials, path="/credentialSubject")
        return credentials.check(
            document,
            inline_contexts=self.policy.inline_contexts,
            profile=self.policy.contexts,
            limits=limits,
            superseded_digests=self.policy.superseded_digests,
        )

    def prove(self, secured: Secured, credential: Credential) -> _Proven:
        """(5) (6) The issuer's key, and the signature over everything. What is used onward is what was signed.

        Under embedded proofs that is the very document whose shape was checked, but for the proofs.
        """
        bound = None if self.policy.insecure_accept_any_signer else credential.issuer
        expected = replace(self.expectations("assertionMethod", bound), resolver=self.keys_for(credential))
        proofs = securing.prove(secured, expected)
        if secured.token is None:
            return _Proven(replace(credential, document=proofs.document), proofs)
        return _Proven(self.shape(proofs.document), proofs)

    def keys_for(self, credential: Credential) -> Resolver:
        """Where the issuer's keys are looked up: as of now or, if policy and identifier allow it, as of signing."""
        if not self.policy.keys_as_of_signing or not credential.issuer.startswith("did:webvh:"):
            return self.resolver
        made = [proof.get("created") for proof in entries(credential.document.get("proof")) if isinstance(proof, dict)]
        stated = [times.parse(created, path="/proof/created") for created in made if created is not None]
        moment = min(stated, default=credential.valid_from or self.now)
        return cache(lambda did: dids.resolve(did, fetcher=self.fetcher, now=self.now, as_of=moment))

    def expectations(
        self,
        purpose: str,
        controller: str | None,
        *,
        challenge: str | None = None,
        domain: str | None = None,
    ) -> Expectations:
        return Expectations(
            accepted_suites=self.accepted_suites,
            purpose=purpose,
            controller=controller,
            resolver=self.resolver,
            now=self.now,
            skew=self.policy.clock_skew,
            profile=self.policy.contexts,
            max_proofs=self.policy.limits.proofs,
            challenge=challenge,
            domain=domain,
            fetcher=self.fetcher,
        )

    def issuer(self, credential: Credential, recognised: recognition.Recognition) -> Iterator[Finding]:
        """Whose key it was, and who vouches for them."""
        issuer = credential.issuer
        if self.policy.insecure_accept_any_signer:
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

    def recognition(self, credential: Credential) -> recognition.Recognition:
        """(10) Who recognised the training, on the day of completion and today; nobody knows of a day to come."""
        completed = achievement.completion_date(credential.document) or self.now
        return recognition.evaluate(
            credential,
            recognitions=self.recognitions,
            anchors=self.anchors,
            as_of_completion=min(completed, self.now),
            today=self.now,
            fetcher=self.fetcher,
            resolver=self.resolver,
            accepted_suites=self.accepted_suites,
            policy=self.policy,
            schemas=self.schemas,
            held=self.held,
        )

    def validity(self, credential: Credential) -> Iterator[Finding]:
        """(8) Today against the validity period, with the caller's tolerance."""
        start, end, skew = credential.valid_from, credential.valid_until, self.policy.clock_skew
        if start is not None and start > self.now + skew:
            yield found.NotYetValid(start)
        elif end is not None and end < self.now - skew:
            yield found.Expired(end)
        elif start is None and end is None:
            yield found.NoDates()
        else:
            yield found.InForce(start, end)

    def status(self, credential: Credential) -> Iterator[Finding]:
        """(9) Every status entry; one that cannot be answered counts as failed in `verified`."""
        if not credential.status:
            yield found.NoStatusList()
        for entry in credential.status:
            kinds = entries(entry.get("type"))
            if bitstring.ENTRY_TYPE in kinds:
                yield self.bitstring_status(entry, credential.issuer)
            elif revocation_list.ENTRY_TYPE in kinds:
                yield from self.listed_revocation(entry, credential.id)
            elif self.policy.insecure_ignore_unknown_status:
                yield found.StatusKindIgnored(str(kinds[0])[:100])
            else:
                yield found.StatusKindUnknown(str(kinds[0])[:100])

    def bitstring_status(self, entry: Mapping[str, Any], issuer: str) -> Finding:
        try:
            answer = bitstring.check(
                entry,
                issuer=issuer,
                fetcher=self.fetcher,
                resolver=self.resolver,
                accepted_suites=self.accepted_suites,
                now=self.now,
                skew=self.policy.clock_skew,
                profile=self.policy.contexts,
                limits=self.policy.limits,
            )
        except VcError as error:
            return found.StatusNotObtained(error.problem, error.detail)
        return _status_finding(answer)

    def listed_revocation(self, entry: Mapping[str, Any], credential_id: str | None) -> Iterator[Finding]:
        limit = self.policy.limits.fetched_bytes
        try:
            answer = revocation_list.check(entry, credential_id=credential_id, fetcher=self.fetcher, max_bytes=limit)
        except VcError as error:
            yield found.StatusNotObtained(error.problem, error.detail)
            return
        yield found.StatusListUnsigned(answer.list_url)
        if answer.revoked:
            yield found.Revoked(answer.list_url, None)
        else:
            yield found.NotRevoked("revocation", answer.list_url)

    # --- a presentation ---------------------------------------------------------------------------

    def judge_presentation(
        self, document: Document, *, challenge: str | None, domain: str | None
    ) -> PresentationReport:
        try:
            secured = self.open(document)  # (1)
            presentation = self.presentation_shape(secured.document)  # (2) (3)
            held, stapled = _apart(presentation)
            self.count_everything(held, stapled)
            self.effort.spend(secured.document)
        except VcError as error:
            return PresentationReport(_unreadable(error))
        run = replace(self, recognitions=(*self.recognitions, *stapled))
        try:
            proofs = self.prove_presentation(secured, presentation, challenge, domain)  # (4)
        except VcError as error:
            refusal = _holder_unproven(error)
            reports = tuple(run.judge_credential(credential, [refusal]) for credential in held)
            return PresentationReport((*_presentation_unproven(error), refusal), reports)
        holder = proofs.controller
        reports = tuple(  # (5) (6)
            run.judge_credential(credential, [run.binding(credential, holder, challenge)]) for credential in held
        )
        return PresentationReport(
            findings=(
                *(found.ProofVerified(p.suite, p.verification_method) for p in proofs.proofs),
                *self.stapled_findings(stapled),
                *_presentation_holder(reports, holder),
                *_nothing_held(reports, self.policy),
            ),
            credentials=reports,
            holder=holder,
            presentation=proofs.document,
        )

    def presentation_shape(self, document: Mapping[str, Any]) -> Presentation:
        limits = self.policy.limits
        if len(entries(document.get("proof"))) > limits.proofs:
            raise errors.LimitExceeded("proofs", limit=limits.proofs, path="/proof")
        return presentations.check(
            document,
            inline_contexts=self.policy.inline_contexts,
            profile=self.policy.contexts,
            limits=limits,
        )

    def count_everything(self, held: Sequence[Mapping[str, Any]], stapled: Sequence[Mapping[str, Any]]) -> None:
        """(3) No signature is looked at while anything in the presentation is over its limit."""
        limits = self.policy.limits
        for credential in (*held, *stapled):
            if len(entries(credential.get("proof"))) > limits.proofs:
                raise errors.LimitExceeded("proofs", limit=limits.proofs, path="/verifiableCredential")

    def prove_presentation(
        self, secured: Secured, presentation: Presentation, challenge: str | None, domain: str | None
    ) -> VerifiedProofs:
        """(4) All proofs by one key holder, who is the stated `holder` if there is one."""
        expected = self.expectations("authentication", presentation.holder, challenge=challenge, domain=domain)
        proofs = securing.prove(secured, expected)
        if len({proof.controller for proof in proofs.proofs}) != 1:
            raise errors.InvalidVerificationMethodError("the presentation was signed by several parties")
        return proofs

    def binding(self, document: Mapping[str, Any], holder: str, challenge: str | None) -> Finding:
        """(6) Whether a credential in the presentation is the presenter's own."""
        try:
            credential = self.shape(self.open(document).document)
        except VcError:
            return found.NotReached()
        name = credential.id or ", ".join(credential.types)
        subjects = [subject for subject in credential.subject_ids if subject is not None]
        if self.policy.insecure_accept_any_presenter:
            return found.HolderNotAsked()
        if not subjects:
            return found.HolderNotNamed(name)
        if holder not in subjects:
            return found.HolderMismatch(name, f"presented by {holder}")
        return found.HolderNotAsked() if challenge is None else found.HolderProven(holder)

    def stapled_findings(self, stapled: Sequence[Mapping[str, Any]]) -> Iterator[Finding]:
        """A stapled accreditation that does not verify spoils the presentation, like any other credential."""
        for document in stapled:
            try:
                secured = self.open(document)
                self.effort.spend(secured.document)
                self.prove(secured, self.shape(secured.document))
            except (errors.ProofNotInForce, errors.ControllerNotReached):
                continue  # over, or its authority does not answer: `recognition` knows what to make of that
            except VcError as error:
                yield found.ProofRefused(error.problem, f"an accreditation presented with it: {error.detail}")


# --- from errors and answers to findings ----------------------------------------------------------


def _unreadable(error: VcError) -> tuple[Finding, ...]:
    match error:
        case errors.ParsingError():
            return (found.CannotBeRead(error.detail),)
        case errors.UnknownContextError():
            return (found.ContextNotKnown(error.url),)
        case errors.LimitExceeded():
            return (found.OverLimit(error.what, error.limit),)
        case errors.UnacceptableSuite():
            return (found.SuiteNotAccepted(error.suite),)
        case errors.MalformedValueError():
            return (found.Malformed(error.detail, error.path),)
        case _:
            return (found.ProofRefused(error.problem, error.detail),)


def _unproven(error: VcError, issuer: str) -> tuple[Finding, ...]:
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
            return _presentation_unproven(error)


def _presentation_unproven(error: VcError) -> tuple[Finding, ...]:
    match error:
        case errors.CryptographicSecurityError():
            return (found.ContentAltered(), found.ProofRefused(errors.PROOF_VERIFICATION_ERROR, error.detail))
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
            return _unreadable(error)


def _holder_unproven(error: VcError) -> Finding:
    if isinstance(error, errors.ControllerNotReached):
        return found.HolderNotReached(error.detail)
    return found.HolderProofRefused(error.problem, error.detail)


def _integrity(proven: _Proven) -> Iterator[Finding]:
    for proof in proven.proofs.proofs:
        yield found.ProofVerified(proof.suite, proof.verification_method)
    if proven.credential.inline_terms:
        yield found.InlineTermsReported(proven.credential.inline_terms)
    if not text.any_misleads(text.all_strings(proven.credential.document)):
        return
    marks = 0
    for path, value in text.strings(dict(proven.credential.document)):
        why = text.misleading(value)
        if why and marks < ALLOWED_MARKS:
            marks += 1
            yield found.MisleadingText(path, why)


def _status_finding(answer: bitstring.StatusAnswer) -> Finding:
    if answer.purpose in ("revocation", "suspension"):
        if answer.value == 0:
            return found.NotRevoked(answer.purpose, answer.list_url)
        marked = found.Revoked if answer.purpose == "revocation" else found.Suspended
        return marked(answer.list_url, answer.index)
    message = answer.message or ("set" if answer.value else "not set")
    return found.StatusMessageShown(answer.purpose, message, answer.value)


def _of_parts(parts: Sequence[Report]) -> Iterator[Finding]:
    """What is wrong with any part is wrong with the record; which part it was, is told beside it."""
    for part in parts:
        name = str((part.credential or {}).get("id", "?"))
        if part.verified:
            yield found.PartVerified(name)
            continue
        yield found.PartNotVerified(name)
        yield from (finding for finding in part.findings if finding.decisive and finding.answer is not Answer.PASSED)


def _accreditation_of_parts(record: Credential, parts: Sequence[Report]) -> Iterator[Finding]:
    """A learner record is accredited as far as what it holds is.

    A part of a programme whose credential is held too needs no accreditation of its own, if that is of the record's
    issuer: only who teaches the whole can say what is a part of it.
    """
    taught = {
        achievement.programme_of(part.credential): part
        for part in parts
        if part.credential is not None and credentials.issuer_of(part.credential) == record.issuer
    }
    wholes = clr.wholes_in(record.document)
    said: dict[Finding, None] = {}
    for part in parts:
        programme = achievement.programme_of(part.credential) if part.credential is not None else None
        whole = taught.get(wholes[programme], part) if programme in wholes else part
        accredited = part["accreditation"].answer is Answer.PASSED
        said.update(dict.fromkeys((part if accredited else whole)["accreditation"].findings))
    yield from said


def _endorsement_finding(embedded: endorsement.Embedded, report: Report) -> Finding:
    if not report.verified or report.credential is None:
        wrong = next((f.sentence for f in report.findings if f.answer is not Answer.PASSED), "it cannot be read")
        return found.EndorsementNotProven(wrong.rstrip("."))
    endorsed, comment = endorsement.endorsed_by(report.credential)
    if endorsement.CREDENTIAL_TYPE not in entries(report.credential.get("type")):
        return found.EndorsementNotProven("the credential in its place is no endorsement")
    if endorsed is None or endorsed != embedded.about:
        return found.EndorsementNotProven("it is about something else than what carries it")
    issuer = report.credential.get("issuer")
    return found.Endorsed(str(issuer.get("id") if isinstance(issuer, dict) else issuer), endorsed, comment)


def _apart(presentation: Presentation) -> tuple[list[Mapping[str, Any]], list[Mapping[str, Any]]]:
    """The credentials that are held, and the accreditations stapled to them."""
    held: list[Mapping[str, Any]] = []
    stapled: list[Mapping[str, Any]] = []
    for credential in presentation.credentials:
        accreditation = recognition.CREDENTIAL_TYPE in entries(credential.get("type"))
        (stapled if accreditation else held).append(credential)
    return held, stapled


def _presentation_holder(reports: Sequence[Report], holder: str) -> Iterator[Finding]:
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


__all__ = ["strict_json", "verify_credential", "verify_presentation"]
