"""A college with a great many credentials: rows as issuing leaves them, written in bulk and never signed.

    fill(college, 1_000_000)

People in cohorts of a hundred, each with a completion, an issued credential, one signed form of a real one's size and
a claim invitation; acts chained as bulk jobs chain them; places taken from status lists as issuing takes them, every
hundredth credential revoked with its bit set, every tenth with a public page. Indexes grow row by row, as in use. What
is not real is the signature: every form is a copy of the first credential's, under another name.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from sqlmodel import Session, SQLModel

from issuer.audit import service as audit
from issuer.base import new_id, new_urn, new_urn_of
from issuer.cohorts.models import Cohort, Participant
from issuer.completions.models import Completion
from issuer.hand_over.models import ClaimInvitation
from issuer.issuance.models import CredentialState, IssuedCredential, SignedDocument
from issuer.issuance.numbers import new_numbers
from issuer.status import service as status
from issuer.status.models import Purpose
from issuer.status.service import Place
from kit.many import insert_many
from kit.tokens import new_token
from tests.issuer.college import ACTOR, NOW, College

COHORT = 100
CHUNK = 1_000
"""Credentials begun in one act, as by a bulk job."""
UNIT = 10_000
REVOKED_OF, SHOWN_OF = 100, 10
_QUICKLY = {  # references are right by the way that rows are made, and nothing is lost that matters
    "sqlite": (),
    "postgresql": ("SET LOCAL session_replication_role = replica", "SET LOCAL synchronous_commit = off"),
}
_SETTLE = {  # what a database would otherwise do in the middle of whatever is measured next
    "sqlite": ("COMMIT", "PRAGMA wal_checkpoint(TRUNCATE)"),  # the unit that `kit.database` begins; no figures are kept
    "postgresql": ("VACUUM ANALYZE", "CHECKPOINT"),
}

Row = dict[str, Any]


def fill(college: College, count: int) -> None:
    """Add `count` credentials to `college`, and tell the database what its tables look like now."""
    body = college.bodies(college.issue(college.enrol(1))[0].credential or "")[0]
    database = college.office.database
    for first in range(0, count, UNIT):
        with database.unit() as session:
            for statement in _QUICKLY[database.engine.dialect.name]:
                session.connection().exec_driver_sql(statement)
            _add(college, session, range(first, min(first + UNIT, count)), body)
    with database.engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        for statement in _SETTLE[connection.dialect.name]:
            connection.exec_driver_sql(statement)


def _add(college: College, session: Session, numbers: range, body: bytes) -> None:
    places = [_places(college, session, purpose, len(numbers)) for purpose in (Purpose.REVOCATION, Purpose.SUSPENSION)]
    rows: dict[type[SQLModel], list[Row]] = defaultdict(list)
    called = new_numbers(college.organisation.territory, count=len(numbers), now=NOW)
    for number, name, revocation, suspension in zip(numbers, called, *places, strict=True):
        if number % COHORT == 0 or not rows[Cohort]:
            rows[Cohort].append(_cohort(college, number))
        for table, row in _rows(college, number, name, rows[Cohort][-1]["id"], revocation, suspension, body):
            rows[table].append(row)
    for table, made in rows.items():
        insert_many(session, table, made)
    for one in rows[IssuedCredential]:
        if one["state"] is CredentialState.REVOKED:
            status.set_bit(session, Place(one["revocation_list_id"], one["revocation_index"]), value=True)
    _record_acts(college, session, rows[IssuedCredential])


def _places(college: College, session: Session, purpose: Purpose, count: int) -> Sequence[Place]:
    length = college.office.settings.status_list_length
    owner = college.organisation.id
    return status.take_indexes(session, owner, purposes=[purpose], count=count, length=length, now=NOW)[purpose]


def _record_acts(college: College, session: Session, issued: Sequence[Mapping[str, Any]]) -> None:
    """Record what a bulk job records, an act for those begun and one for those issued together, and each invitation."""
    for first in range(0, len(issued), CHUNK):
        chunk = issued[first : first + CHUNK]
        named = [one["credential_id"] for one in chunk]
        for act in ("credentials.intended", "credentials.issued"):
            audit.record(
                session,
                actor=ACTOR,
                organisation_id=college.organisation.id,
                act=act,
                subject=named[0],
                now=chunk[0]["created_at"],
                credentials=named,
            )
        for one in chunk:
            audit.record(
                session,
                actor=ACTOR,
                organisation_id=college.organisation.id,
                act="claim.invited",
                subject=one["credential_id"],
                now=one["created_at"],
            )


def _cohort(college: College, number: int) -> Row:
    return {
        "id": new_id(),
        "programme_id": college.programme.id,
        "code": f"C{number}-{new_token(4)}",
        "starts_on": date(2026, 4, 7),
        "ends_on": date(2026, 6, 12),
        "created_at": NOW,
    }


def _rows(
    college: College, number: int, called: str, cohort_id: str, revocation: Place, suspension: Place, body: bytes
) -> Iterator[tuple[type[SQLModel], Row]]:
    person, completion, credential, subject = new_id(), new_id(), new_id(), new_urn()
    at = NOW - timedelta(days=200) + timedelta(seconds=number)
    revoked, shown = number % REVOKED_OF == REVOKED_OF - 1, number % SHOWN_OF == 0
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
            "credential_id": new_urn_of(at),
            "subject_id": subject,
            "public_id": new_token(16) if shown else credential,
            "number": called,
            "state": CredentialState.REVOKED if revoked else CredentialState.ISSUED,
            "state_since": at,
            "reason": "Erreur" if revoked else "",
            "revocation_list_id": revocation.list_id,
            "revocation_index": revocation.index,
            "suspension_list_id": suspension.list_id,
            "suspension_index": suspension.index,
            "replaces_id": None,
            "public_page": shown,
            "created_at": at,
            "issued_at": at,
        },
    )
    yield (
        SignedDocument,
        {
            "id": new_id(),
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
            "id": new_id(),
            "credential_id": credential,
            "link_digest": new_token(),
            "wrong_codes": 0,
            "created_at": at,
            "expires_at": at + timedelta(days=90),
            "sent_at": None,
            "redeemed_at": None,
            "accepted_at": at if number % 3 == 0 else None,
            "voided_at": None,
        },
    )
