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

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeAlias

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, select

from issuer.crash_points import crash_point
from issuer.issuance import intents
from issuer.issuance.facts import Completed, Facts
from issuer.issuance.intents import Intent
from issuer.issuance.models import CredentialState, IssuedCredential, SignedDocument
from issuer.issuance.outcomes import Outcome, OutcomeKind
from issuer.issuance.signing import OnRecord, SigningBench
from issuer.office import Office
from issuer.self_check.service import SignedFormRefused
from kit.i18n import N_
from kit.problems import Conflict, NotFound
from kit.telemetry import log_event
from vc.lint import DraftRefused, blocking

CHUNK = 100
"""Completions per unit: so many that a commit costs little per row, so few that others wait only briefly."""
INTENT_LIFETIME = timedelta(seconds=45)
"""An intent this old has been left behind. With a sweep every ten seconds none is open for longer than sixty."""


class UnknownCredential(NotFound):
    """The organisation has issued no such credential."""


class WrongState(Conflict):
    """The credential's present state does not allow this act."""

    advice = N_("Reload the page to see the present state.")


class Errand(ABC):
    """Who has credentials issued, for which completions, and what they write down for themselves on the way."""

    correcting: IssuedCredential | None = None
    """The revoked credential of the (single) completion that a new one takes the place of."""

    def __init__(self, organisation_id: str, actor: str) -> None:
        self.organisation_id = organisation_id
        self.actor = actor

    @abstractmethod
    def wanted(self, session: Session) -> Sequence[str]:
        """Return the completions to issue for; in the unit of the intents, before them."""

    def admitted(self, session: Session, basis: str | None) -> None:  # noqa: B027 - who has nothing to say, hears it
        """Raise to have nothing of it begun; in the same unit, once the completions are locked. `basis`: see
        `IssuingBasis`; None where nothing was locked."""

    def begun(self, session: Session, begun: Sequence[Intent]) -> None:  # noqa: B027 - as above
        """Hear what was begun; in the same unit."""

    def settling(self, session: Session) -> None:  # noqa: B027 - as above
        """Raise to have nothing of it written; in the unit that settles, before anything else."""

    def issued(self, signed: Sequence[tuple[Intent, bytes]], now: datetime) -> None:  # noqa: B027 - as above
        """Hear what is issued, with its signed forms, and when; in the same unit."""

    def ended(self, session: Session, outcomes: Mapping[str, Outcome]) -> None:  # noqa: B027 - as above
        """Hear what became of each completion; in the unit that makes it true, before it commits."""


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
        outcomes |= carry_out(office, _Known(organisation_id, actor, chunk, correcting))
        crash_point("between-chunks")
    return [outcomes[completion_id] for completion_id in wanted]


class _Known(Errand):
    """Completions that are on record."""

    def __init__(
        self, organisation_id: str, actor: str, completion_ids: Sequence[str], correcting: IssuedCredential | None
    ) -> None:
        super().__init__(organisation_id, actor)
        self.correcting = correcting
        self._completion_ids = completion_ids

    def wanted(self, _session: Session) -> Sequence[str]:
        return self._completion_ids


def _chunks(items: Sequence[str]) -> Iterator[Sequence[str]]:
    return (items[start : start + CHUNK] for start in range(0, len(items), CHUNK))


def carry_out(office: Office, errand: Errand) -> dict[str, Outcome]:
    """Issue for all completions of one errand together; returns what became of each, by completion."""
    crash_point("before-intent")
    begun, prepared, outcomes = _begun(office, errand)  # (1)
    if prepared is None:
        return outcomes
    crash_point("after-intent")
    bench, facts = SigningBench(office, prepared.on_record), prepared.facts
    results = {intent.id: _signed(bench, intent, facts[intent.completion_id]) for intent in begun}  # (2) (3) (4)
    crash_point("before-commit")
    with office.database.unit() as session:  # (5)
        errand.settling(session)
        settled = _settled(session, errand, begun, results, now=office.clock())
        outcomes |= {outcome.completion_id: outcome for outcome in settled}
        errand.ended(session, outcomes)
    crash_point("after-commit")
    return outcomes


@dataclass(frozen=True)
class _Signed:
    """What the bench made of an intent: a checked body, or why there is none."""

    body: bytes = b""
    reasons: tuple[str, ...] = ()


def _signed(bench: SigningBench, intent: Intent, facts: Facts) -> _Signed:
    try:
        draft = bench.prepare(facts, intent)
        crash_point("draft-linted")
        return _Signed(bench.sign(draft, created=intent.created_at))
    except DraftRefused as error:
        reasons = tuple(finding.sentence for finding in blocking(error.findings))
    except SignedFormRefused as error:
        reasons = error.reasons
    log_event("issuance_refused", credential=intent.id, reasons=len(reasons))
    return _Signed(reasons=reasons)


@dataclass(frozen=True)
class _Prepared:
    """What the database says about those that are to be signed, and about who signs."""

    facts: Mapping[str, Facts]
    on_record: OnRecord


_Begun: TypeAlias = tuple[list[Intent], _Prepared | None, dict[str, Outcome]]
"""What is begun, what it takes to sign that (nothing where nothing is), and what became of the others."""
_COLLISIONS = 3


def _begun(office: Office, errand: Errand) -> _Begun:
    for _ in range(_COLLISIONS):
        with suppress(IntegrityError):  # somebody else was recording the same: by now it is there to be seen
            return _begun_in_a_unit(office, errand)
    return _begun_in_a_unit(office, errand)


def _begun_in_a_unit(office: Office, errand: Errand) -> _Begun:
    with office.database.unit() as session:
        made, prepared, outcomes = begun = _begin(office, session, errand)
        errand.begun(session, made)
        if prepared is None:
            errand.ended(session, outcomes)
        return begun


def _begin(office: Office, session: Session, errand: Errand) -> _Begun:
    """Record an intent for every completion that is ours and has no credential; say what is with the others."""
    now = office.clock().replace(microsecond=0)
    completion_ids = errand.wanted(session)
    mine = Completed.locked(session, errand.organisation_id, completion_ids)
    errand.admitted(session, next((one.basis for one in mine.values()), None))
    if errand.correcting is not None:
        _make_room(session, errand.correcting)
    outcomes = _without_issuing(completion_ids, mine, errand.correcting)
    ready = [mine[completion_id] for completion_id in completion_ids if completion_id not in outcomes]
    if not ready:
        return [], None, outcomes
    facts = Facts.gather(office, session, ready)
    organisation = facts[ready[0].completion_id].offered.organisation
    prepared = _Prepared(facts, OnRecord.read(office, session, organisation, ready[0].basis))
    begun = intents.record(  # last: all who issue for the organisation take their places from the same lists
        office,
        session,
        organisation,
        [one.completion_id for one in ready],
        replaces=errand.correcting,
        actor=errand.actor,
        now=now,
    )
    return begun, prepared, outcomes


def _without_issuing(
    completion_ids: Sequence[str], mine: Mapping[str, Completed], corrected: IssuedCredential | None
) -> dict[str, Outcome]:
    """What is with those that are not ours, or have a credential other than the one that is `corrected`."""
    outcomes: dict[str, Outcome] = {}
    for completion_id in completion_ids:
        one = mine.get(completion_id)
        if one is None:
            outcomes[completion_id] = Outcome(completion_id, OutcomeKind.UNKNOWN)
        elif one.credential_id is not None and (corrected is None or one.credential_id != corrected.id):
            in_progress = one.credential_state is CredentialState.INTENT
            kind = OutcomeKind.IN_PROGRESS if in_progress else OutcomeKind.ALREADY_ISSUED
            outcomes[completion_id] = Outcome(completion_id, kind, one.credential_id)
    return outcomes


def _settled(
    session: Session, errand: Errand, begun: Sequence[Intent], results: Mapping[str, _Signed], *, now: datetime
) -> Iterator[Outcome]:
    """Turn each intent into an issued credential or into nothing, unless it was declared void meanwhile."""
    signed = [(intent, results[intent.id].body) for intent in begun if not results[intent.id].reasons]
    issued = intents.fulfil(session, signed, actor=errand.actor, now=now)
    errand.issued([one for one in signed if one[0].id in issued], now)
    refused = intents.locked(session, [intent.id for intent in begun if results[intent.id].reasons])
    intents.void(session, sorted(refused), actor=errand.actor, now=now, why="refused")
    for intent in begun:
        if intent.id in issued:
            yield Outcome(intent.completion_id, OutcomeKind.ISSUED, intent.id)
        elif intent.id in refused:
            yield Outcome(intent.completion_id, OutcomeKind.REFUSED, reasons=results[intent.id].reasons)
        else:
            yield Outcome(intent.completion_id, OutcomeKind.INTERRUPTED)


# --- intents left behind ---


def recover(office: Office) -> int:
    """End every intent that was left behind as void, so that its completion can be issued again; returns how many.

    Called when the service starts and every ten seconds (I-DUR-4). Safe on several replicas at once, and against
    a signer that is merely slow: whoever comes second finds the state changed and lets be.
    """
    now = office.clock()
    with office.database.unit() as session:
        query = (
            select(IssuedCredential.id)
            .where(
                IssuedCredential.state == CredentialState.INTENT,
                IssuedCredential.created_at < now - INTENT_LIFETIME,
            )
            .with_for_update(skip_locked=True)
        )
        left = session.exec(query).all()
        intents.void(session, left, actor="system", now=now, why="left behind")
    if left:
        log_event("intents_voided", count=len(left))
    return len(left)


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
