"""Issuing and its afterlife: *prepare, then sign*, each completion one credential.

`issue` is one story, for one completion or five thousand, told in two short units with the work between them:

    (1) the intent, its status places and its audit entry are committed: no key has been near it yet
    (2) the draft is built from the register and linted: every rule applies before signing
    (3) the draft is signed, once
    (4) the signed form is checked with the verifier's own code, and equals the draft except for its proof
    (5) the signed form and the issued state are committed; only then does anybody hear of it

Whatever breaks off before (5) ends as void, its places burnt, by `recover` (I-DUR-4).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import update
from sqlmodel import Session, col, select

from issuer.audit import service as audit
from issuer.completions.models import Completion
from issuer.crash_points import crash_point
from issuer.issuance import numbers
from issuer.issuance.draft import Draft, DraftRefused, Facts, prepare
from issuer.issuance.models import CredentialState, IssuedCredential, SignedDocument
from issuer.issuance.outcomes import Outcome, OutcomeKind
from issuer.issuance.self_check import OwnDocuments, SignedFormRefused, check_signed_form
from issuer.office import Office
from issuer.organisations import service as organisations
from issuer.organisations.models import KeyUse, Organisation
from issuer.programmes.models import Programme
from issuer.status import service as status
from issuer.status.models import Purpose
from issuer.status.service import Place
from kit.problems import Conflict, NotFound, Unprocessable
from kit.telemetry import log_event
from kit.tokens import new_token

CHUNK = 50
"""Completions per unit: large enough that a commit costs little per row, small enough to keep others waiting briefly."""
INTENT_LIFETIME = timedelta(seconds=45)
"""An intent this old has been left behind. With a sweep every ten seconds none is open for longer than sixty."""


class UnknownCredential(NotFound):
    """The organisation has issued no such credential."""


class WrongState(Conflict):
    """The credential's present state does not allow this act."""

    advice = "Reload the page to see the present state."


class ReasonMissing(Unprocessable):
    """Revoking, suspending and reinstating need a reason."""

    advice = "Write the reason in a sentence; it can be shown to whoever checks the credential."


@dataclass(frozen=True)
class _Intent:
    """A committed intention to issue: everything that the draft needs, and nothing signed."""

    credential: IssuedCredential
    facts: Facts


# --- issuing ---


def issue(
    office: Office,
    completion_ids: Sequence[str],
    *,
    organisation_id: str,
    actor: str,
    correcting: IssuedCredential | None = None,
) -> list[Outcome]:
    """Issue the credential of each completion of the organisation, and report what became of each, in order.

    Opens its own units: call it outside any. A completion that already has a credential is reported, not issued
    again; `correcting` names the revoked credential of the (single) completion that a new one takes the place of.
    """
    outcomes: dict[str, Outcome] = {}
    wanted = list(dict.fromkeys(completion_ids))
    for chunk in _chunks(wanted):
        outcomes |= _issue_chunk(office, chunk, organisation_id=organisation_id, actor=actor, correcting=correcting)
        crash_point("between-chunks")
    return [outcomes[completion_id] for completion_id in wanted]


def _chunks(items: Sequence[str]) -> Iterator[Sequence[str]]:
    return (items[start : start + CHUNK] for start in range(0, len(items), CHUNK))


def _issue_chunk(
    office: Office,
    completion_ids: Sequence[str],
    *,
    organisation_id: str,
    actor: str,
    correcting: IssuedCredential | None,
) -> dict[str, Outcome]:
    crash_point("before-intent")
    with office.database.unit() as session:  # (1)
        intents, outcomes = _record_intents(
            office, session, completion_ids, organisation_id=organisation_id, actor=actor, correcting=correcting
        )
    if not intents:
        return outcomes
    crash_point("after-intent")
    signed: list[tuple[_Intent, bytes]] = []
    refused: list[tuple[_Intent, tuple[str, ...]]] = []
    bench = _SigningBench(office, organisation_id)
    for intent in intents:
        try:
            signed.append((intent, bench.sign(intent)))  # (2) (3) (4)
        except (DraftRefused, SignedFormRefused) as error:
            log_event("issuance_refused", credential=intent.credential.id, reason=type(error).__name__)
            refused.append((intent, error.reasons))
    crash_point("before-commit")
    with office.database.unit() as session:  # (5)
        for intent, body in signed:
            kind = _store_issued(office, session, intent.credential, body, actor=actor)
            completion_id = intent.credential.completion_id
            outcomes[completion_id] = Outcome(completion_id, kind, intent.credential.id)
        for intent, reasons in refused:
            completion_id = intent.credential.completion_id
            _void(session, [intent.credential.id], actor=actor, now=office.clock(), why="refused")
            outcomes[completion_id] = Outcome(completion_id, OutcomeKind.REFUSED, reasons=reasons)
    crash_point("after-commit")
    return outcomes


def _record_intents(
    office: Office,
    session: Session,
    completion_ids: Sequence[str],
    *,
    organisation_id: str,
    actor: str,
    correcting: IssuedCredential | None,
) -> tuple[list[_Intent], dict[str, Outcome]]:
    """Record an intent for each completion that has no credential; for the others, say why not.

    The completions' rows are locked first, so that of two attempts at once the second sees the first's intent.
    """
    now = office.clock()
    mine = {
        completion.id: completion
        for completion in session.exec(
            select(Completion)
            .join(Programme, col(Programme.id) == Completion.programme_id)
            .where(col(Completion.id).in_(completion_ids), Programme.organisation_id == organisation_id)
            .order_by(col(Completion.id))
            .with_for_update(of=Completion, key_share=True)
        )
    }
    if correcting is not None:
        _make_room(session, correcting)
    query = select(IssuedCredential).where(col(IssuedCredential.active_for).in_(list(mine)))
    present = {credential.completion_id: credential for credential in session.exec(query)}
    outcomes = {
        completion_id: _without_issuing(completion_id, present.get(completion_id))
        for completion_id in completion_ids
        if completion_id not in mine or completion_id in present
    }
    ready = [mine[completion_id] for completion_id in completion_ids if completion_id not in outcomes]
    if not ready:
        return [], outcomes
    organisation = session.get_one(Organisation, organisation_id)
    credentials = _new_credentials(office, session, organisation, ready, now=now, correcting=correcting)
    for credential in credentials:
        audit.record(
            session,
            actor=actor,
            organisation_id=organisation_id,
            act="credential.intended",
            subject=credential.credential_id,
            now=now,
        )
    facts = Facts.gather(session, organisation, ready)
    return [_Intent(credential, facts[credential.completion_id]) for credential in credentials], outcomes


def _without_issuing(completion_id: str, present: IssuedCredential | None) -> Outcome:
    if present is None:
        return Outcome(completion_id, OutcomeKind.UNKNOWN)
    in_progress = present.state is CredentialState.INTENT
    kind = OutcomeKind.IN_PROGRESS if in_progress else OutcomeKind.ALREADY_ISSUED
    return Outcome(completion_id, kind, present.id)


def _new_credentials(
    office: Office,
    session: Session,
    organisation: Organisation,
    completions: Sequence[Completion],
    *,
    now: datetime,
    correcting: IssuedCredential | None,
) -> list[IssuedCredential]:
    def places(purpose: Purpose) -> list[Place]:
        length = office.settings.status_list_length
        count = len(completions)
        return status.take_indexes(session, organisation.id, purpose=purpose, count=count, length=length, now=now)

    revocations, suspensions = places(Purpose.REVOCATION), places(Purpose.SUSPENSION)
    crash_point("indexes-taken")
    fresh = numbers.fresh(session, organisation.territory, count=len(completions), now=now)
    made = [
        IssuedCredential(
            organisation_id=organisation.id,
            completion_id=completion.id,
            active_for=completion.id,
            credential_id=numbers.new_urn(),
            subject_id=numbers.new_urn(),
            public_id=new_token(16),
            number=number,
            state=CredentialState.INTENT,
            state_since=now,
            revocation_list_id=revocation.list_id,
            revocation_index=revocation.index,
            suspension_list_id=suspension.list_id,
            suspension_index=suspension.index,
            replaces_id=correcting.id if correcting else None,
            created_at=now,
        )
        for completion, number, revocation, suspension in zip(completions, fresh, revocations, suspensions, strict=True)
    ]
    session.add_all(made)
    session.flush()
    return made


class _SigningBench:
    """The organisation's key and the checker's view of its documents, fetched once for a chunk."""

    def __init__(self, office: Office, organisation_id: str) -> None:
        self.office = office
        with office.database.reading() as session:
            self.organisation = session.get_one(Organisation, organisation_id)
            key = organisations.signing_key(session, self.organisation, KeyUse.CREDENTIAL)
        self.signer = organisations.signer(office, key)
        self.verification_method = organisations.verification_method(self.organisation, key)
        self.documents = OwnDocuments(office)

    def sign(self, intent: _Intent) -> bytes:
        """Return the checked signed form. Raises `DraftRefused` before the key is used, `SignedFormRefused` after."""
        draft = prepare(intent.facts, identity=_identity(self.office, self.organisation, intent.credential))
        crash_point("draft-linted")
        return self.sign_draft(draft, created=self.office.clock())

    def sign_draft(self, draft: Draft, *, created: datetime) -> bytes:
        """Sign `draft`, once, and check the result."""
        crash_point("before-signing")
        body = draft.sign(self.signer, verification_method=self.verification_method, created=created)
        crash_point("after-signing")
        check_signed_form(body, draft=draft, fetcher=self.documents, issuer=self.organisation.did, now=created)
        return body


def _store_issued(
    office: Office, session: Session, credential: IssuedCredential, body: bytes, *, actor: str
) -> OutcomeKind:
    """Turn an intent into an issued credential, unless it was declared void meanwhile."""
    now = office.clock()
    changed = session.connection().execute(
        update(IssuedCredential)
        .where(col(IssuedCredential.id) == credential.id, col(IssuedCredential.state) == CredentialState.INTENT)
        .values(state=CredentialState.ISSUED, state_since=now, issued_at=now)
    )
    if changed.rowcount != 1:
        return OutcomeKind.INTERRUPTED
    session.add(
        SignedDocument(
            credential_id=credential.id,
            subject_id=credential.subject_id,
            holder_bound=False,
            body=body,
            signed_at=now,
        )
    )
    audit.record(
        session,
        actor=actor,
        organisation_id=credential.organisation_id,
        act="credential.issued",
        subject=credential.credential_id,
        now=now,
    )
    return OutcomeKind.ISSUED
