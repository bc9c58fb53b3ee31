"""The form of a credential that is bound to its holder's own DID: same id, same status entries, another subject id.

It is made when a wallet has proven its key; the intent is on record by then (issuer/hand_over). The signature is
deterministic and its time is the recorded one, so two attempts at once make the same bytes, and one is kept.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.exc import IntegrityError
from sqlmodel import select
from sqlmodel.sql.expression import SelectOfScalar

from issuer.audit import service as audit
from issuer.crash_points import crash_point
from issuer.issuance.draft import Draft
from issuer.issuance.models import IssuedCredential, SignedDocument
from issuer.issuance.signing import SigningBench
from issuer.office import Office
from vc import strict_json


def bind_to_holder(office: Office, credential_id: str, *, holder_did: str, at: datetime, actor: str) -> bytes:
    """Return the form of the credential for `holder_did`, byte for byte the same whenever it is asked for.

    `at`: the moment on record for this holder, which becomes the time of the signature. Opens its own units.
    Raises `vc.lint.DraftRefused` or `SignedFormRefused`, both bugs of ours by then: the first form passed.
    """
    with office.database.reading() as session:
        kept = session.exec(_form(credential_id, holder_did)).first()
        if kept is not None:
            return kept.body
        credential = session.get_one(IssuedCredential, credential_id)
        first = session.exec(_form(credential_id, credential.subject_id)).one()
    draft = Draft.of_signed(strict_json.settled(first.body), subject_id=holder_did)
    body = SigningBench.of(office, credential.organisation_id).sign(draft, created=at)
    crash_point("holder-form-signed")
    try:
        body = _keep(office, credential, body, holder_did=holder_did, actor=actor)
    except IntegrityError:  # another attempt kept its form between our look and our insert
        with office.database.reading() as session:
            kept = session.exec(_form(credential_id, holder_did)).first()
        if kept is None:
            raise
        body = kept.body
    crash_point("holder-form-committed")
    return body


def _keep(office: Office, credential: IssuedCredential, body: bytes, *, holder_did: str, actor: str) -> bytes:
    now = office.clock()
    with office.database.unit() as session:
        kept = session.exec(_form(credential.id, holder_did)).first()
        if kept is not None:
            return kept.body
        session.add(
            SignedDocument(
                credential_id=credential.id, subject_id=holder_did, holder_bound=True, body=body, signed_at=now
            )
        )
        audit.record(
            session,
            actor=actor,
            organisation_id=credential.organisation_id,
            act="credential.handed-over",
            subject=credential.credential_id,
            now=now,
        )
    return body


def _form(credential_id: str, subject_id: str) -> SelectOfScalar[SignedDocument]:
    return select(SignedDocument).where(
        SignedDocument.credential_id == credential_id, SignedDocument.subject_id == subject_id
    )
