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

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from sqlmodel import Session, col, select

from issuer.audit import service as audit
from issuer.completions.models import Completion
from issuer.crash_points import crash_point
from issuer.issuance import numbers
from issuer.issuance.draft import Facts, prepare
from issuer.issuance.models import CredentialState, IssuedCredential, SignedDocument
from issuer.issuance.outcomes import Outcome, OutcomeKind
from issuer.issuance.self_check import SignedFormRefused
from issuer.issuance.signing import SigningBench
from issuer.office import Office
from issuer.organisations.models import Organisation
from issuer.programmes.models import Programme
from issuer.status import service as status
from issuer.status.models import Purpose
from issuer.status.service import Place
from kit.i18n import N_
from kit.problems import Conflict, NotFound
from kit.telemetry import log_event
from kit.tokens import new_token
from vc.lint import DraftRefused, blocking

CHUNK = 100
"""Completions per unit: so many that a commit costs little per row, so few that others wait only briefly."""
INTENT_LIFETIME = timedelta(seconds=45)
"""An intent this old has been left behind. With a sweep every ten seconds none is open for longer than sixty."""


Recording = Callable[[Session], Sequence[str]]
"""Gives the completions to issue for; called in the unit that records the intents."""


class UnknownCredential(NotFound):
    """The organisation has issued no such credential."""


class WrongState(Conflict):
    """The credential's present state does not allow this act."""

    advice = N_("Reload the page to see the present state.")


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
        found = _issue_chunk(
            office, partial(_known, chunk), organisation_id=organisation_id, actor=actor, correcting=correcting
        )
        outcomes |= {outcome.completion_id: outcome for outcome in found}
        crash_point("between-chunks")
    return [outcomes[completion_id] for completion_id in wanted]


def issue_recording(
    office: Office, recording: Callable[[Session], str], *, organisation_id: str, actor: str
) -> Outcome:
    """Issue the credential of the one completion that `recording` writes down, in the unit of the intent itself.

    So a call that brings its own register entry costs no unit more than one that names a completion.
    """
    [outcome] = _issue_chunk(
        office,
        lambda session: [recording(session)],
        organisation_id=organisation_id,
        actor=actor,
        correcting=None,
    )
    return outcome


def _known(completion_ids: Sequence[str], _session: Session) -> Sequence[str]:
    return completion_ids


def _chunks(items: Sequence[str]) -> Iterator[Sequence[str]]:
    return (items[start : start + CHUNK] for start in range(0, len(items), CHUNK))


def _issue_chunk(
    office: Office,
    recording: Recording,
    *,
    organisation_id: str,
    actor: str,
    correcting: IssuedCredential | None,
) -> list[Outcome]:
    crash_point("before-intent")
    with office.database.unit() as session:  # (1)
        completion_ids = recording(session)
        intents, outcomes = _record_intents(
            office, session, completion_ids, organisation_id=organisation_id, actor=actor, correcting=correcting
        )
    if not intents:
        return list(outcomes.values())
    crash_point("after-intent")
    bench = SigningBench(office, organisation_id)
    results = [(intent, _signed(office, bench, intent)) for intent in intents]  # (2) (3) (4)
    crash_point("before-commit")
    with office.database.unit() as session:  # (5)
        settled = list(_settled(session, results, actor=actor, now=office.clock()))
    crash_point("after-commit")
    return [*outcomes.values(), *settled]


@dataclass(frozen=True)
class _Signed:
    """What the bench made of an intent: a checked body, or why there is none."""

    body: bytes = b""
    reasons: tuple[str, ...] = ()


def _signed(office: Office, bench: SigningBench, intent: _Intent) -> _Signed:
    try:
        draft = prepare(office, intent.facts, intent.credential)
        crash_point("draft-linted")
        return _Signed(bench.sign(draft, created=intent.credential.created_at))
    except DraftRefused as error:
        reasons = tuple(finding.sentence for finding in blocking(error.findings))
    except SignedFormRefused as error:
        reasons = error.reasons
    log_event("issuance_refused", credential=intent.credential.id, reasons=len(reasons))
    return _Signed(reasons=reasons)


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


def _settled(
    session: Session, results: Sequence[tuple[_Intent, _Signed]], *, actor: str, now: datetime
) -> Iterator[Outcome]:
    """Turn each intent into an issued credential or into nothing, unless it was declared void meanwhile."""
    ids = [intent.credential.id for intent, _ in results]
    query = select(IssuedCredential).where(col(IssuedCredential.id).in_(ids)).order_by(col(IssuedCredential.id))
    rows = {row.id: row for row in session.exec(query.with_for_update())}
    for intent, signed in results:
        row = rows[intent.credential.id]
        if row.state is not CredentialState.INTENT:
            yield Outcome(row.completion_id, OutcomeKind.INTERRUPTED)
        elif signed.reasons:
            void(session, row, actor=actor, now=now, why="refused")
            yield Outcome(row.completion_id, OutcomeKind.REFUSED, reasons=signed.reasons)
        else:
            _store_issued(session, row, signed.body, actor=actor, now=now)
            yield Outcome(row.completion_id, OutcomeKind.ISSUED, row.id)


def _store_issued(session: Session, row: IssuedCredential, body: bytes, *, actor: str, now: datetime) -> None:
    row.state, row.state_since, row.issued_at = CredentialState.ISSUED, now, now
    session.add(row)
    session.add(
        SignedDocument(credential_id=row.id, subject_id=row.subject_id, holder_bound=False, body=body, signed_at=now)
    )
    audit.record(
        session,
        actor=actor,
        organisation_id=row.organisation_id,
        act="credential.issued",
        subject=row.credential_id,
        now=now,
    )


# --- intents left behind ---


def recover(office: Office) -> int:
    """End every intent that was left behind as void, so that its completion can be issued again; returns how many.

    Called when the service starts and every ten seconds (I-DUR-4). Safe on several replicas at once, and against
    a signer that is merely slow: whoever comes second finds the state changed and lets be.
    """
    now = office.clock()
    with office.database.unit() as session:
        query = (
            select(IssuedCredential)
            .where(
                IssuedCredential.state == CredentialState.INTENT,
                IssuedCredential.created_at < now - INTENT_LIFETIME,
            )
            .with_for_update(skip_locked=True)
        )
        left = session.exec(query).all()
        for credential in left:
            void(session, credential, actor="system", now=now, why="left behind")
    if left:
        log_event("intents_voided", count=len(left))
    return len(left)


def void(session: Session, row: IssuedCredential, *, actor: str, now: datetime, why: str) -> None:
    """End an intent, whose row the caller has locked: nothing was issued, its places are burnt, its completion free."""
    row.state, row.state_since, row.active_for = CredentialState.VOID, now, None
    session.add(row)
    session.flush()
    if row.replaces_id is not None:  # the correction did not come about: the revoked one stays the answer
        corrected = session.get_one(IssuedCredential, row.replaces_id)
        corrected.active_for = corrected.completion_id
        session.add(corrected)
    audit.record(
        session,
        actor=actor,
        organisation_id=row.organisation_id,
        act="credential.voided",
        subject=row.credential_id,
        now=now,
        why=why,
    )


# --- corrections ---


def issue_corrected(office: Office, revoked_id: str, *, organisation_id: str, actor: str) -> Outcome:
    """Issue a new credential in the place of a revoked one, from the register as it stands now.

    Raises `UnknownCredential`, `WrongState` unless it is revoked and not replaced yet.
    """
    with office.database.reading() as session:
        revoked = credential_of(session, organisation_id, revoked_id)
    _check_replaceable(revoked)
    [outcome] = issue(office, [revoked.completion_id], organisation_id=organisation_id, actor=actor, correcting=revoked)
    return outcome


def _check_replaceable(credential: IssuedCredential) -> None:
    if credential.state is not CredentialState.REVOKED or credential.active_for is None:
        raise WrongState("only a revoked credential that was not replaced yet can be corrected")


def _make_room(session: Session, revoked: IssuedCredential) -> None:
    """Free the completion for the correction, in the unit that records the new intent."""
    kept = session.get_one(IssuedCredential, revoked.id, with_for_update=True, populate_existing=True)
    _check_replaceable(kept)
    kept.active_for = None
    session.add(kept)
    session.flush()


# --- looking up ---


def credential_of(session: Session, organisation_id: str, credential_id: str) -> IssuedCredential:
    """Return a credential of the organisation by its database id. Raises `UnknownCredential`."""
    found = session.get(IssuedCredential, credential_id)
    if found is None or found.organisation_id != organisation_id:
        raise UnknownCredential
    return found


def first_form(session: Session, credential: IssuedCredential) -> SignedDocument | None:
    """Return the first signed form, which names the person by a pairwise urn; None before it is issued."""
    query = select(SignedDocument).where(
        SignedDocument.credential_id == credential.id, SignedDocument.subject_id == credential.subject_id
    )
    return session.exec(query).first()


def replacement_of(session: Session, credential_id: str) -> IssuedCredential | None:
    """Return the issued credential that corrects this one, if there is one."""
    query = select(IssuedCredential).where(
        IssuedCredential.replaces_id == credential_id, IssuedCredential.state != CredentialState.VOID
    )
    return session.exec(query).first()
