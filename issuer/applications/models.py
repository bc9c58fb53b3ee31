"""Applications: what an institution asks for, what the committee says about it, and how it ended."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import BigInteger, LargeBinary, UniqueConstraint
from sqlmodel import Field

from issuer.base import Base, new_id
from kit.database import UtcDateTime


class ApplicationKind(StrEnum):
    """Whether something new is asked for, or that something goes on."""

    FIRST = "first"
    RENEWAL = "renewal"


class ApplicationState(StrEnum):
    """Where an application stands."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    WAITING = "waiting"
    """A question waits for the applicant; the clock stands still."""
    APPROVED = "approved"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    """By the applicant."""


class Vote(StrEnum):
    """A member's opinion."""

    FOR = "for"
    AGAINST = "against"
    ABSTAIN = "abstain"


class Application(Base, table=True):
    """One application for one programme under one scheme.

    The applicant is named by DID and name, the programme by achievement id and titles, so that it makes no difference
    whether the institution's issuer is this one; `applicant_organisation_id` is there only when it is.
    """

    __tablename__ = "application"
    __table_args__ = (UniqueConstraint("authority_id", "number"),)

    id: str = Field(default_factory=new_id, primary_key=True)
    scheme_id: str = Field(foreign_key="scheme.id", index=True)
    authority_id: str = Field(foreign_key="organisation.id", index=True)
    kind: ApplicationKind = ApplicationKind.FIRST
    renews_id: str | None = Field(default=None, foreign_key="accreditation.id")
    number: str | None = Field(default=None, max_length=100)
    """The authority's number for it, given when it is sent; an accreditation that it leads to has the same."""

    applicant_did: str = Field(index=True)
    applicant_name: str
    applicant_kind: str = ""
    """One of `schemes.definition.KINDS`."""
    applicant_organisation_id: str | None = Field(default=None, foreign_key="organisation.id")
    contact_name: str = ""
    contact_email: str = Field(default="", max_length=254)
    achievement_id: str
    programme_title_fr: str
    programme_title_en: str

    track: str = ""
    stream: str = ""
    territory: str = Field(default="", max_length=10)
    answers: str = "{}"
    """JSON: the answer to each question by its key, as typed; attachments are apart."""

    state: ApplicationState = ApplicationState.DRAFT
    created_by: str
    created_at: datetime = Field(sa_type=UtcDateTime)
    changed_at: datetime = Field(sa_type=UtcDateTime)
    submitted_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    due_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """When the committee means to have answered; moves on by as long as questions waited for the applicant."""
    paused_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """Since when the clock stands still."""
    paused_seconds: int = 0
    """How long it stood still before."""
    assigned_to: str | None = Field(default=None, foreign_key="staff_member.id")

    decided_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    decided_by: str = ""
    decision: str = ""
    """JSON: exactly what was decided, by which a repeated request is known again."""
    reasons: str = ""
    conditions: str = ""
    granted: int | None = Field(default=None, sa_type=BigInteger)
    """What an approval takes from the scheme's envelope."""
    valid_from: datetime | None = Field(default=None, sa_type=UtcDateTime)
    valid_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    accreditation_id: str | None = Field(default=None, foreign_key="accreditation.id", unique=True)
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """When a participation ended; an accreditation has its own end."""
    ended_reason: str = ""


class Attachment(Base, table=True):
    """A file that an applicant sent along; its bytes are in `AttachmentBody`, so that lists need not carry them."""

    __tablename__ = "application_attachment"

    id: str = Field(default_factory=new_id, primary_key=True)
    application_id: str = Field(foreign_key="application.id", index=True)
    question: str
    """The key of the question that it answers, or the id of a question of the committee's."""
    file_name: str
    """As the applicant called it: shown, never used as a path."""
    kind: str
    """One of `schemes.definition.FILE_KINDS`, as its content says."""
    size: int
    sha256: str
    added_by: str
    added_at: datetime = Field(sa_type=UtcDateTime)


class AttachmentBody(Base, table=True):
    """The bytes of an attachment."""

    __tablename__ = "application_attachment_body"

    attachment_id: str = Field(foreign_key="application_attachment.id", primary_key=True)
    body: bytes = Field(sa_type=LargeBinary)


class CommitteeQuestion(Base, table=True):
    """A question back to the applicant, and the answer."""

    __tablename__ = "application_question"

    id: str = Field(default_factory=new_id, primary_key=True)
    application_id: str = Field(foreign_key="application.id", index=True)
    text: str
    asked_by: str = Field(foreign_key="staff_member.id")
    asked_at: datetime = Field(sa_type=UtcDateTime)
    answer: str = ""
    answered_by: str = ""
    answered_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class ConflictOfInterest(Base, table=True):
    """A member's own declaration that they must keep out of one application."""

    __tablename__ = "application_conflict"
    __table_args__ = (UniqueConstraint("application_id", "member_id"),)

    id: str = Field(default_factory=new_id, primary_key=True)
    application_id: str = Field(foreign_key="application.id", index=True)
    member_id: str = Field(foreign_key="staff_member.id")
    reason: str
    declared_at: datetime = Field(sa_type=UtcDateTime)


class Opinion(Base, table=True):
    """A member's opinion, one for each application; it may be changed until the decision."""

    __tablename__ = "application_opinion"
    __table_args__ = (UniqueConstraint("application_id", "member_id"),)

    id: str = Field(default_factory=new_id, primary_key=True)
    application_id: str = Field(foreign_key="application.id", index=True)
    member_id: str = Field(foreign_key="staff_member.id")
    vote: Vote
    reasons: str
    given_at: datetime = Field(sa_type=UtcDateTime)
