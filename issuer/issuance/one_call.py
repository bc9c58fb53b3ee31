"""Issuing from another system in one call: the register entry, the completion and the credential.

An idempotency key points at a completion, and a completion has one credential; so the same key gives the same
credential over restarts, replicas and a hundred tries at once, and a key whose first try died half-way gets its
credential on the next (I-DBL-1).
"""

from __future__ import annotations

import asyncio
import hashlib
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, select

from issuer.cohorts.models import Cohort, Participant
from issuer.completions.models import Completion
from issuer.issuance.models import IdempotencyKey, IssuedCredential
from issuer.issuance.outcomes import Outcome, OutcomeKind
from issuer.issuance.service import credential_of, issue_corrected
from issuer.issuance.together import Answer, issue_together
from issuer.office import Office
from issuer.programmes.models import Programme
from issuer.staff.service import KnownCaller
from kit.i18n import N_
from kit.problems import Conflict, NotFound, Unavailable, Unprocessable
from kit.tokens import digest

WAIT_SECONDS = 10.0
_POLL_SECONDS = 0.05
_COLLISIONS = 4  # whoever was first may have been rolled back, and a third be first then


class AlreadyIssued(Conflict):
    """The completion has its credential: the answer names it."""

    slug, title = "already-issued", N_("This completion already has its credential")
    advice = N_("Use the credential that is named; to replace it, revoke it and issue a corrected one.")


class KeyUsedOtherwise(Conflict):
    """The idempotency key came before, with another request."""

    slug, title = "idempotency-key-reused", N_("This idempotency key belongs to another request")
    advice = N_("Use a new key for a new request.")


class NotIssued(Unprocessable):
    """The draft or its signed form does not pass; the answer says why. Nothing was issued."""

    slug, title = "not-issued", N_("The credential cannot be issued")
    advice = N_("Correct the program or the register entry, then try again.")


class UnknownCompletion(NotFound):
    """The organisation has no such completion, programme or cohort."""


@dataclass(frozen=True)
class RegisterEntry:
    """A person's completion as another system reports it."""

    programme: str
    """Slug of the programme."""
    cohort: str
    """Code of the cohort."""
    learner_number: str
    given_name: str
    family_name: str
    email: str
    language: str
    completed_on: date
    result: str


@dataclass(frozen=True)
class Issued:
    """A credential that was issued, and its first signed form."""

    credential: IssuedCredential
    body: bytes


async def issue_one(
    office: Office,
    wanted: str | RegisterEntry,
    *,
    caller: KnownCaller,
    idempotency_key: str | None,
) -> Issued:
    """Issue the credential of a completion (by id) or of a register entry, and return it issued.

    Opens its own units. Raises `NotSignedIn` where the key of the caller counts no more, `AlreadyIssued`,
    `KeyUsedOtherwise`, `NotIssued`, `UnknownCompletion`, `Unprocessable` and, when another attempt takes too long,
    `Unavailable`.
    """
    request = _Request(wanted, caller.system.organisation_id, caller.system.actor, idempotency_key, office.clock())
    deadline = time.monotonic() + WAIT_SECONDS
    while True:
        answer = await _attempt(office, request, caller)
        if answer.outcome.kind not in (OutcomeKind.IN_PROGRESS, OutcomeKind.INTERRUPTED):
            break
        if time.monotonic() > deadline:
            raise Unavailable(headers={"Retry-After": "2"})
        await asyncio.sleep(_POLL_SECONDS)
    _check(answer.outcome, by_this_key=idempotency_key is not None)
    if answer.credential is None or answer.body is None:
        raise UnknownCompletion
    return Issued(answer.credential, answer.body)


async def _attempt(office: Office, request: _Request, caller: KnownCaller) -> Answer:
    attempt = partial(issue_together, office, request, caller)
    for _ in range(_COLLISIONS):
        with suppress(IntegrityError):  # the same key or entry was being recorded elsewhere: by now it is there
            return await attempt()
    raise Unavailable(headers={"Retry-After": "2"})


def correct_one(office: Office, revoked_id: str, *, organisation_id: str, actor: str) -> IssuedCredential:
    """Issue a corrected credential in the place of a revoked one, and return it issued.

    Raises `UnknownCredential`, `WrongState`, `NotIssued`, `Unavailable`.
    """
    outcome = issue_corrected(office, revoked_id, organisation_id=organisation_id, actor=actor)
    if outcome.kind in (OutcomeKind.IN_PROGRESS, OutcomeKind.INTERRUPTED):
        raise Unavailable(headers={"Retry-After": "2"})
    _check(outcome, by_this_key=False)
    with office.database.reading() as session:
        return credential_of(session, organisation_id, outcome.credential or "")


def _check(outcome: Outcome, *, by_this_key: bool) -> None:
    if outcome.kind is OutcomeKind.UNKNOWN:
        raise UnknownCompletion
    if outcome.kind is OutcomeKind.REFUSED:
        raise NotIssued(reasons=list(outcome.reasons))
    if outcome.kind is OutcomeKind.ALREADY_ISSUED and not by_this_key:
        raise AlreadyIssued(credential=outcome.credential)


@dataclass(frozen=True)
class _Request:
    """One call, which can be carried out again: `record` finds or writes its completion, and ties the key to it."""

    wanted: str | RegisterEntry
    organisation_id: str
    actor: str
    key: str | None
    now: datetime

    @property
    def completion_id(self) -> str | None:
        """The completion, where it is named and no key has to be tied to it."""
        return self.wanted if isinstance(self.wanted, str) and self.key is None else None

    @property
    def turn(self) -> str:
        """By key, else by completion; entries without a key as they come."""
        return self.key or (self.wanted if isinstance(self.wanted, str) else "")

    def record(self, session: Session) -> str:
        """Return the completion's id. A key that came before leads to the same completion, whatever happened since."""
        if self.key is None:
            return self._completion(session)
        known = self._known_by(session, self.key)
        if known is not None:
            return known
        completion_id = self._completion(session)
        present = session.exec(select(IssuedCredential).where(IssuedCredential.active_for == completion_id)).first()
        if present is not None:
            # where others commit between our statements, the same key may have been recorded since the first look
            known = self._known_by(session, self.key)
            if known is not None:
                return known
            raise AlreadyIssued(credential=present.id)
        session.add(
            IdempotencyKey(
                organisation_id=self.organisation_id,
                key_digest=digest(self.key),
                request_digest=self._digest(),
                completion_id=completion_id,
                created_at=self.now,
            )
        )
        return completion_id

    def _known_by(self, session: Session, key: str) -> str | None:
        """Return the completion that `key` stands for, if it came before. Raises `KeyUsedOtherwise`."""
        known = session.get(IdempotencyKey, (self.organisation_id, digest(key)))
        if known is None:
            return None
        if known.request_digest != self._digest():
            raise KeyUsedOtherwise
        return known.completion_id

    def _digest(self) -> str:
        return hashlib.sha256(repr(self.wanted).encode()).hexdigest()

    def _completion(self, session: Session) -> str:
        if isinstance(self.wanted, RegisterEntry):
            return _completion_of(
                session, self.wanted, self.now, organisation_id=self.organisation_id, actor=self.actor
            )
        completion = session.get(Completion, self.wanted)
        if completion is None:
            raise UnknownCompletion
        if session.get_one(Programme, completion.programme_id).organisation_id != self.organisation_id:
            raise UnknownCompletion
        return completion.id


def _completion_of(session: Session, entry: RegisterEntry, now: datetime, *, organisation_id: str, actor: str) -> str:
    """Return the completion of the entry, recording person and completion where the register lacks them."""
    cohort = _cohort_of(session, entry, organisation_id)
    if entry.completed_on > now.date():
        raise Unprocessable("the completion lies in the future")
    participant = _participant_of(session, entry, cohort, now)
    completion = session.exec(select(Completion).where(Completion.participant_id == participant.id)).first()
    if completion is None:
        completion = Completion(
            participant_id=participant.id,
            programme_id=cohort.programme_id,
            completed_on=entry.completed_on,
            result=entry.result,
            recorded_at=now,
            recorded_by=actor,
        )
        session.add(completion)
        session.flush()
    return completion.id


def _cohort_of(session: Session, entry: RegisterEntry, organisation_id: str) -> Cohort:
    programme = session.exec(
        select(Programme).where(Programme.organisation_id == organisation_id, Programme.slug == entry.programme)
    ).first()
    if programme is None:
        raise UnknownCompletion("no such programme")
    cohort = session.exec(
        select(Cohort).where(Cohort.programme_id == programme.id, Cohort.code == entry.cohort)
    ).first()
    if cohort is None:
        raise UnknownCompletion("no such cohort")
    return cohort


def _participant_of(session: Session, entry: RegisterEntry, cohort: Cohort, now: datetime) -> Participant:
    participant = session.exec(
        select(Participant).where(
            Participant.cohort_id == cohort.id, Participant.learner_number == entry.learner_number
        )
    ).first()
    if participant is None:
        participant = Participant(
            cohort_id=cohort.id,
            learner_number=entry.learner_number,
            given_name=entry.given_name,
            family_name=entry.family_name,
            email=entry.email,
            language=entry.language,
            created_at=now,
        )
        session.add(participant)
        session.flush()
    return participant
