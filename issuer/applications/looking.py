"""Applications and what hangs on them, looked up: by the authority that received them, and by the applicant.

What `held` and `held_by_applicant` give is locked, so that what was looked at still stands when it is acted upon; an
application is locked before its scheme.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlmodel import Session, col, select

from issuer.applications.models import Application, Attachment, AttachmentBody, CommitteeQuestion
from issuer.applications.rules import UnknownApplication
from issuer.audit import service as audit
from issuer.organisations.models import Organisation


def held(session: Session, authority: Organisation, application_id: str) -> Application:
    """Return an application that was sent to this authority, locked. Raises `UnknownApplication`."""
    return _of_authority(session, authority, application_id, lock=True)


def of_authority(session: Session, authority: Organisation, application_id: str) -> Application:
    """Return an application that was sent to this authority. Raises `UnknownApplication`, for drafts too."""
    return _of_authority(session, authority, application_id, lock=False)


def held_by_applicant(session: Session, did: str, application_id: str) -> Application:
    """Return an application of the organisation with this DID, locked. Raises `UnknownApplication`."""
    return _of_applicant(session, did, application_id, lock=True)


def of_applicant(session: Session, did: str, application_id: str) -> Application:
    """Return an application of the organisation with this DID. Raises `UnknownApplication`."""
    return _of_applicant(session, did, application_id, lock=False)


def all_of_applicant(session: Session, did: str) -> Sequence[Application]:
    """Return the applications of the organisation with this DID, newest first."""
    query = select(Application).where(Application.applicant_did == did)
    return session.exec(query.order_by(col(Application.created_at).desc(), col(Application.id))).all()


def attachments_of(session: Session, application: Application) -> Sequence[Attachment]:
    """Return the files of an application, in the order in which they came."""
    query = select(Attachment).where(Attachment.application_id == application.id)
    return session.exec(query.order_by(col(Attachment.added_at), col(Attachment.id))).all()


def attachment_of(session: Session, application: Application, attachment_id: str) -> Attachment:
    """Return one of its files. Raises `UnknownApplication`."""
    found = session.get(Attachment, attachment_id)
    if found is None or found.application_id != application.id:
        raise UnknownApplication
    return found


def body_of(session: Session, attachment: Attachment) -> bytes:
    """Return a file's bytes."""
    return session.get_one(AttachmentBody, attachment.id).body


def questions_of(session: Session, application: Application) -> Sequence[CommitteeQuestion]:
    """Return the committee's questions, oldest first."""
    query = select(CommitteeQuestion).where(CommitteeQuestion.application_id == application.id)
    return session.exec(query.order_by(col(CommitteeQuestion.asked_at), col(CommitteeQuestion.id))).all()


def acts_upon(session: Session, application: Application) -> Sequence[audit.Entry]:
    """Return what the authority's record says about an application and what came of it, oldest first."""
    subjects = [application.id, *([application.accreditation_id] if application.accreditation_id else [])]
    return audit.about(session, organisation_id=application.authority_id, subjects=subjects)


def _of_authority(session: Session, authority: Organisation, application_id: str, *, lock: bool) -> Application:
    found = session.get(Application, application_id, with_for_update=lock, populate_existing=lock)
    if found is None or found.authority_id != authority.id or found.submitted_at is None:
        raise UnknownApplication
    return found


def _of_applicant(session: Session, did: str, application_id: str, *, lock: bool) -> Application:
    found = session.get(Application, application_id, with_for_update=lock, populate_existing=lock)
    if found is None or found.applicant_did != did:
        raise UnknownApplication
    return found
