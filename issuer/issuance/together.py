"""Credentials that are asked for one by one, issued together with those asked for at the same moment.

A credential by itself costs two commits, the keys, the status lists and their verification. A chunk costs the same,
once: so under load single calls come near the price of bulk, each with an outcome of its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from issuer.issuance.intents import Intent
from issuer.issuance.models import IssuedCredential, SignedDocument
from issuer.issuance.outcomes import Outcome, OutcomeKind
from issuer.issuance.service import Errand, carry_out
from issuer.office import Office
from issuer.staff.service import KnownCaller
from kit.gathering import Postponed
from kit.many import among
from kit.problems import Problem


class Call(Protocol):
    """One completion that somebody wants the credential of; `record` may be tried more than once."""

    @property
    def completion_id(self) -> str | None:
        """The completion, where the call names it and so has nothing to write down."""
        ...

    @property
    def turn(self) -> str:
        """Where it comes among those that go together. Who comes with the same calls elsewhere records them in the same
        order, so that they do not wait for each other in a circle."""
        ...

    def record(self, session: Session) -> str:
        """Find or write down the completion, and return its id."""
        ...


@dataclass(frozen=True)
class Answer:
    """What became of a call, and the credential that the completion has now, with its first signed form."""

    outcome: Outcome
    credential: IssuedCredential | None
    body: bytes | None


async def issue_together(office: Office, call: Call, caller: KnownCaller) -> Answer:
    """Issue the credential of the one completion that `call` gives, in the unit of the intent itself.

    Raises `NotSignedIn` where the caller's key counts no more, and what `call.record` raises. Opens its own units: call
    it outside any.
    """

    def work(calls: Sequence[Call]) -> list[Answer | BaseException]:
        errand = _Several(office, caller, calls)
        outcomes = carry_out(office, errand)
        others = {one: outcome for one, outcome in outcomes.items() if one not in errand.given}
        answers = {**errand.given, **_with_credentials(office, others)}
        return [answers[one] if isinstance(one, str) else one for one in errand.recorded]

    found: Answer = await office.gathering.join(caller.system.key_id, call, work)
    return found


def _with_credentials(office: Office, outcomes: Mapping[str, Outcome]) -> dict[str, Answer]:
    """Look up what callers whose credentials were there before are about to be told, for all of them at once."""
    present = [one.credential for one in outcomes.values() if one.credential]
    if not present:
        return {completion_id: Answer(outcome, None, None) for completion_id, outcome in outcomes.items()}
    query = (
        select(IssuedCredential, SignedDocument.body)
        .join(
            SignedDocument,
            (col(SignedDocument.credential_id) == IssuedCredential.id)
            & (col(SignedDocument.subject_id) == IssuedCredential.subject_id),
            isouter=True,
        )
        .where(among(IssuedCredential.id, present))
    )
    with office.database.reading() as session:
        found = {credential.id: (credential, body) for credential, body in session.exec(query)}
    nothing = (None, None)
    return {
        completion_id: Answer(outcome, *found.get(outcome.credential or "", nothing))
        for completion_id, outcome in outcomes.items()
    }


class _Several(Errand):
    """Completions that are found or recorded on the way; one that cannot be does not hold up the others."""

    def __init__(self, office: Office, caller: KnownCaller, calls: Sequence[Call]) -> None:
        super().__init__(caller.system.organisation_id, caller.system.actor)
        self._office, self._caller, self._calls = office, caller, calls
        self.recorded: list[str | BaseException] = []
        """For each call its completion, or why there is none."""
        self.given: dict[str, Answer] = {}
        """The answers to those whose credentials were issued now, by completion."""

    def wanted(self, session: Session) -> Sequence[str]:
        self.recorded = [Postponed()] * len(self._calls)
        for place, call in sorted(enumerate(self._calls), key=lambda one: one[1].turn):
            self.recorded[place] = self._record(session, call)
        return [one for one in self.recorded if isinstance(one, str)]

    def admitted(self, session: Session, basis: str | None) -> None:
        """Raises `NotSignedIn` where the key of those who call counts no more."""
        self._caller.confirm(self._office, session, basis)

    def issued(self, signed: Sequence[tuple[Intent, bytes]], now: datetime) -> None:
        """Keep what the callers are told, so that nobody need look it up."""
        for intent, body in signed:
            outcome = Outcome(intent.completion_id, OutcomeKind.ISSUED, intent.id)
            self.given[intent.completion_id] = Answer(outcome, intent.issued(now), body)

    def _record(self, session: Session, call: Call) -> str | BaseException:
        try:
            if call.completion_id is not None:  # whose it is, is asked when it is locked
                return self._of_its_own(call.completion_id)
            with session.begin_nested():
                return self._of_its_own(call.record(session))
        except (Problem, IntegrityError, Postponed) as error:
            return error

    def _of_its_own(self, completion_id: str) -> str:
        if completion_id in self.recorded:  # two ask for the same: the second is to see what the first one got
            raise Postponed
        return completion_id
