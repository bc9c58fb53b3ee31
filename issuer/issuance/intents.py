"""Intents: what a credential will be called and where its status will stand, on record before any key is near.

Each function does one thing for many rows, in a few statements whatever their number, in the caller's unit.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import bindparam, update
from sqlmodel import Session, col, select

from issuer.audit import service as audit
from issuer.base import new_id, new_urn, new_urn_of
from issuer.crash_points import crash_point
from issuer.issuance.models import CredentialState, IssuedCredential, SignedDocument
from issuer.issuance.numbers import new_numbers
from issuer.office import Office
from issuer.organisations.models import Organisation
from issuer.status import service as status
from issuer.status.models import Purpose
from issuer.status.service import Place
from kit.database import UtcDateTime
from kit.many import among, insert_many, texts


class Intent(NamedTuple):
    """A recorded intention to issue: the names and places that the credential will have. `id`: in our database."""

    id: str
    organisation_id: str
    completion_id: str
    credential_id: str
    subject_id: str
    number: str
    revocation: Place
    suspension: Place
    created_at: datetime

    def issued(self, now: datetime) -> IssuedCredential:
        """Return what stands in the database once `fulfil` has made a credential of it, unless it is a correction."""
        settled = {"state": CredentialState.ISSUED, "state_since": now, "issued_at": now}
        return IssuedCredential(**{**_row(self, None), **settled})


def record(
    office: Office,
    session: Session,
    organisation: Organisation,
    completion_ids: Sequence[str],
    *,
    replaces: IssuedCredential | None,
    actor: str,
    now: datetime,
) -> list[Intent]:
    """Record an intent for each completion, with fresh names and with places that nobody had before."""
    places = status.take_indexes(
        session,
        organisation.id,
        purposes=(Purpose.REVOCATION, Purpose.SUSPENSION),
        count=len(completion_ids),
        length=office.settings.status_list_length,
        now=now,
    )
    crash_point("indexes-taken")
    fresh = new_numbers(organisation.territory, count=len(completion_ids), now=now)
    made = [
        Intent(
            id=new_id(),
            organisation_id=organisation.id,
            completion_id=completion_id,
            credential_id=new_urn_of(now),
            subject_id=new_urn(),
            number=number,
            revocation=revocation,
            suspension=suspension,
            created_at=now,
        )
        for completion_id, number, revocation, suspension in zip(
            completion_ids, fresh, places[Purpose.REVOCATION], places[Purpose.SUSPENSION], strict=True
        )
    ]
    replaced = replaces.id if replaces else None
    insert_many(session, IssuedCredential, [_row(intent, replaced) for intent in made])
    _audit_all(session, made, ("credential.intended", "credentials.intended"), actor=actor, now=now)
    return made


def _row(intent: Intent, replaces_id: str | None) -> dict[str, Any]:
    return {
        "id": intent.id,
        "organisation_id": intent.organisation_id,
        "completion_id": intent.completion_id,
        "active_for": intent.completion_id,
        "credential_id": intent.credential_id,
        "subject_id": intent.subject_id,
        "public_id": intent.id,
        "number": intent.number,
        "state": CredentialState.INTENT,
        "state_since": intent.created_at,
        "reason": "",
        "revocation_list_id": intent.revocation.list_id,
        "revocation_index": intent.revocation.index,
        "suspension_list_id": intent.suspension.list_id,
        "suspension_index": intent.suspension.index,
        "replaces_id": replaces_id,
        "public_page": False,
        "created_at": intent.created_at,
        "issued_at": None,
    }


def locked(session: Session, ids: Sequence[str]) -> set[str]:
    """Return those of the credentials that are intents still, their rows locked. None asks nothing of the database."""
    if not ids:
        return set()
    query = (
        select(IssuedCredential.id)
        .where(among(IssuedCredential.id, ids), IssuedCredential.state == CredentialState.INTENT)
        .order_by(col(IssuedCredential.id))
        .with_for_update()
    )
    return set(session.exec(query))


def fulfil(session: Session, signed: Sequence[tuple[Intent, bytes]], *, actor: str, now: datetime) -> set[str]:
    """Turn those of the intents that are intents still into issued credentials with their signed forms; returns their
    ids."""
    if not signed:
        return set()
    ended = {"intents": [intent.id for intent, _ in signed], "now": now}
    issued = set(session.connection().scalars(_ISSUED, ended))
    forms = [
        {
            "id": new_id(),
            "credential_id": intent.id,
            "subject_id": intent.subject_id,
            "holder_bound": False,
            "body": body,
            "signed_at": now,
        }
        for intent, body in signed
        if intent.id in issued
    ]
    insert_many(session, SignedDocument, forms)
    done = [intent for intent, _ in signed if intent.id in issued]
    _audit_all(session, done, ("credential.issued", "credentials.issued"), actor=actor, now=now)
    return issued


_ISSUED = (
    update(IssuedCredential)
    .where(among(IssuedCredential.id, texts("intents")), col(IssuedCredential.state) == CredentialState.INTENT)
    .values(
        state=CredentialState.ISSUED,
        state_since=bindparam("now", type_=UtcDateTime()),
        issued_at=bindparam("now", type_=UtcDateTime()),
    )
    .returning(col(IssuedCredential.id))
)


def void(session: Session, ids: Sequence[str], *, actor: str, now: datetime, why: str) -> None:
    """End intents, whose rows the caller has locked: nothing was issued, their places are burnt, their completions
    free. A revoked credential that one of them was to correct stays the answer."""
    if not ids:
        return
    for row in session.exec(select(IssuedCredential).where(col(IssuedCredential.id).in_(ids))):
        row.state, row.state_since, row.active_for = CredentialState.VOID, now, None
        session.add(row)
        session.flush()
        if row.replaces_id is not None:
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


def _audit_all(session: Session, made: Sequence[Intent], acts: tuple[str, str], *, actor: str, now: datetime) -> None:
    """Record one act for all that are begun, or issued, together; each is named in it. `acts`: of one, of several."""
    if not made:
        return
    first, *more = (intent.credential_id for intent in made)
    audit.record(
        session,
        actor=actor,
        organisation_id=made[0].organisation_id,
        act=acts[bool(more)],
        subject=first,
        now=now,
        **({"credentials": [first, *more]} if more else {}),
    )
