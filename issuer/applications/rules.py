"""The rules that every act upon an application shares: who may, when, and what a text must be."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session, col, select

from issuer.applications.models import Application, ApplicationState, ConflictOfInterest, Opinion
from issuer.audit import service as audit
from issuer.office import Office
from issuer.schemes.models import Scheme
from issuer.staff.models import StaffMember
from kit.i18n import N_
from kit.problems import Conflict, Forbidden, NotFound, Unprocessable

LONGEST_ANSWER = 4_000
UNDECIDED = (ApplicationState.SUBMITTED, ApplicationState.WAITING)


class UnknownApplication(NotFound):
    """There is no such application, or it is somebody else's."""


class WrongState(Conflict):
    """The application's present state does not allow this act."""

    advice = N_("Reload the page to see the present state.")


class InvalidText(Unprocessable):
    """A text is missing or too long; `field` names it."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(errors=[{"at": field, "reason": sentence}])
        self.field = field
        self.sentence = sentence


class Conflicted(Forbidden):
    """The member declared a conflict of interest in this application."""

    slug, title = "conflict-of-interest", N_("You declared a conflict of interest in this application")
    advice = N_("Somebody else gives an opinion and decides.")


def scheme_of(session: Session, application: Application) -> Scheme:
    """Return the scheme under which it was made."""
    return session.get_one(Scheme, application.scheme_id)


def must_be(application: Application, *states: ApplicationState) -> None:
    """Raise `WrongState` unless it is in one of these states."""
    if application.state not in states:
        raise WrongState(f"the application is {application.state.value}")


def may_judge(session: Session, application: Application, member: StaffMember) -> None:
    """Raise `UnknownApplication` for somebody of another authority, `Conflicted` for who keeps out of it."""
    if member.organisation_id != application.authority_id:
        raise UnknownApplication
    if is_conflicted(session, application, member):
        raise Conflicted


def conflicts_of(session: Session, application: Application) -> Sequence[ConflictOfInterest]:
    """Return who declared a conflict of interest."""
    query = select(ConflictOfInterest).where(ConflictOfInterest.application_id == application.id)
    return session.exec(query.order_by(col(ConflictOfInterest.declared_at))).all()


def is_conflicted(session: Session, application: Application, member: StaffMember) -> bool:
    """Say whether the member declared a conflict of interest."""
    return member.id in {one.member_id for one in conflicts_of(session, application)}


def opinions_of(session: Session, application: Application) -> Sequence[Opinion]:
    """Return every opinion, in the order in which they were given; who may read them is not asked here."""
    query = select(Opinion).where(Opinion.application_id == application.id)
    return session.exec(query.order_by(col(Opinion.given_at), col(Opinion.id))).all()


def counted(session: Session, application: Application) -> int:
    """Return how many opinions count: those of members without a conflict of interest."""
    away = {one.member_id for one in conflicts_of(session, application)}
    return sum(one.member_id not in away for one in opinions_of(session, application))


def resume(application: Application, now: datetime) -> None:
    """Let the clock run on; the day of the answer moves by as long as it stood."""
    if application.paused_at is None or application.due_at is None:
        raise WrongState
    stood = now - application.paused_at
    application.state, application.paused_at = ApplicationState.SUBMITTED, None
    application.paused_seconds += int(stood.total_seconds())
    application.due_at += stood


def needed_text(field: str, text: str) -> str:
    """Return a text without the spaces around it. Raises `InvalidText` when nothing or too much is left."""
    if not text.strip():
        raise InvalidText(field, N_("Write this text."))
    return short_text(field, text, longest=LONGEST_ANSWER)


def short_text(field: str, text: str, *, longest: int) -> str:
    """Return a text, perhaps empty, without the spaces around it. Raises `InvalidText` when it is too long."""
    if len(text.strip()) > longest:
        raise InvalidText(field, N_("This text is too long."))
    return text.strip()


def record_act(
    office: Office, session: Session, application: Application, act: str, actor: str, **detail: object
) -> None:
    """Record an act: in the authority's record once it was sent; a draft is nobody's business but the applicant's."""
    sent = application.submitted_at is not None
    audit.record(
        session,
        actor=actor,
        organisation_id=application.authority_id if sent else application.applicant_organisation_id or "",
        act=f"application.{act}",
        subject=application.id,
        now=office.clock(),
        **detail,
    )
