"""A college with a great many credentials: rows as issuing leaves them, written in bulk and never signed.

    fill(college, 100_000)

People in cohorts of a hundred, each with a completion, an issued credential, one signed form of a real one's size, a
claim invitation, and two chained acts; places are taken from status lists as issuing takes them. What is not real is
the signature: every form is a copy of the first credential's, under another name.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import insert
from sqlmodel import Session, SQLModel

from issuer.audit import service as audit
from issuer.cohorts.models import Cohort, Participant
from issuer.completions.models import Completion
from issuer.hand_over.models import ClaimInvitation
from issuer.issuance.models import CredentialState, IssuedCredential, SignedDocument
from issuer.issuance.numbers import new_number
from issuer.status import service as status
from issuer.status.models import Purpose
from issuer.status.service import Place
from kit.tokens import new_token
from tests.issuer.college import ACTOR, NOW, College

COHORT = 100
BATCH = 5_000
_SETTLE = {  # what a database would otherwise do in the middle of whatever is measured next
    "sqlite": ("ANALYZE",),
    "postgresql": ("VACUUM ANALYZE", "CHECKPOINT"),
}


def fill(college: College, count: int) -> None:
    """Add `count` credentials to `college`, and tell the database what its tables look like now."""
    body = college.bodies(college.issue(college.enrol(1))[0].credential or "")[0]
    database = college.office.database
    for first in range(0, count, BATCH):
        with database.unit() as session:
            _add(college, session, range(first, min(first + BATCH, count)), body)
    with database.engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        for statement in _SETTLE[connection.dialect.name]:
            connection.exec_driver_sql(statement)


def _add(college: College, session: Session, numbers: range, body: bytes) -> None:
    places = [_places(college, session, purpose, len(numbers)) for purpose in (Purpose.REVOCATION, Purpose.SUSPENSION)]
    rows: dict[type[SQLModel], list[dict[str, Any]]] = {
        table: [] for table in (Cohort, Participant, Completion, IssuedCredential, SignedDocument, ClaimInvitation)
    }
    for number, revocation, suspension in zip(numbers, *places, strict=True):
        if number % COHORT == 0 or not rows[Cohort]:
            rows[Cohort].append(_cohort(college, number))
        for table, row in _rows(college, number, str(rows[Cohort][-1]["id"]), revocation, suspension, body):
            rows[table].append(row)
    for table, made in rows.items():
        session.connection().execute(insert(table), made)
    for row in rows[IssuedCredential]:
        for act in ("credential.intended", "credential.issued"):
            audit.record(
                session,
                actor=ACTOR,
                organisation_id=college.organisation.id,
                act=act,
                subject=row["credential_id"],
                now=row["created_at"],
            )


def _places(college: College, session: Session, purpose: Purpose, count: int) -> Sequence[Place]:
    length = college.office.settings.status_list_length
    return status.take_indexes(session, college.organisation.id, purpose=purpose, count=count, length=length, now=NOW)


def _cohort(college: College, number: int) -> dict[str, Any]:
    return {
        "id": _id(),
        "programme_id": college.programme.id,
        "code": f"C{number}-{new_token(4)}",
        "starts_on": date(2026, 4, 7),
        "ends_on": date(2026, 6, 12),
        "created_at": NOW,
    }


def _rows(
    college: College, number: int, cohort_id: str, revocation: Place, suspension: Place, body: bytes
) -> Iterator[tuple[type[SQLModel], dict[str, Any]]]:
    person, completion, credential, subject = _id(), _id(), _id(), uuid.uuid4().urn
    at: datetime = NOW - timedelta(days=200) + timedelta(seconds=number)
    yield (
        Participant,
        {
            "id": person,
            "cohort_id": cohort_id,
            "learner_number": f"L{number}",
            "given_name": "Noor",
            "family_name": f"Lavallière-{number % 997}",
            "email": f"noor{number}@courriel.example",
            "language": "fr",
            "created_at": at,
        },
    )
    yield (
        Completion,
        {
            "id": completion,
            "participant_id": person,
            "programme_id": college.programme.id,
            "completed_on": date(2026, 6, 12),
            "result": "82 %",
            "recorded_at": at,
            "recorded_by": ACTOR,
        },
    )
    yield (
        IssuedCredential,
        {
            "id": credential,
            "organisation_id": college.organisation.id,
            "completion_id": completion,
            "active_for": completion,
            "credential_id": uuid.uuid4().urn,
            "subject_id": subject,
            "public_id": new_token(16),
            "number": f"{new_number('CA-QC', now=at)}{number}",
            "state": CredentialState.ISSUED,
            "state_since": at,
            "reason": "",
            "revocation_list_id": revocation.list_id,
            "revocation_index": revocation.index,
            "suspension_list_id": suspension.list_id,
            "suspension_index": suspension.index,
            "public_page": number % 2 == 0,
            "created_at": at,
            "issued_at": at,
        },
    )
    yield (
        SignedDocument,
        {
            "id": _id(),
            "credential_id": credential,
            "subject_id": subject,
            "holder_bound": False,
            "body": body,
            "signed_at": at,
        },
    )
    yield (
        ClaimInvitation,
        {
            "id": _id(),
            "credential_id": credential,
            "link_digest": new_token(),
            "wrong_codes": 0,
            "created_at": at,
            "expires_at": at + timedelta(days=30),
            "accepted_at": at if number % 3 == 0 else None,
        },
    )


def _id() -> str:
    return str(uuid.uuid4())
