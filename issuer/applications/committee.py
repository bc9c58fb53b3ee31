"""What the committee does with an application until it is decided; `rulings` has the decision.

Each act takes the application as `looking.held` gives it.

Opinions: a member sees those of the others once they have given their own, so that nobody follows the first; when
the decision is made, the whole staff of the authority sees them. An opinion may be changed until then. Whoever
declares a conflict of interest neither gives an opinion nor decides, and an opinion given before no longer counts.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlmodel import Session, select

from issuer.applications.models import (
    Application,
    ApplicationState,
    CommitteeQuestion,
    ConflictOfInterest,
    Opinion,
    Vote,
)
from issuer.applications.rules import (
    UNDECIDED,
    is_conflicted,
    may_judge,
    must_be,
    needed_text,
    opinions_of,
    record_act,
)
from issuer.office import Office
from issuer.staff.models import StaffMember


def assign(
    office: Office, session: Session, application: Application, member: StaffMember | None, *, actor: str
) -> None:
    """Give it to a member of the authority's staff to look after, or to nobody. Raises `WrongState`, `Conflicted`."""
    must_be(application, *UNDECIDED)
    if member is not None:
        may_judge(session, application, member)
    application.assigned_to = member.id if member else None
    session.add(application)
    record_act(office, session, application, "assigned", actor, member=member.id if member else "")


def declare_conflict(
    office: Office, session: Session, application: Application, member: StaffMember, *, reason: str
) -> None:
    """Keep out of it from now on. Raises `WrongState`, `InvalidText`; declaring twice changes nothing."""
    must_be(application, *UNDECIDED)
    if is_conflicted(session, application, member):
        return
    session.add(
        ConflictOfInterest(
            application_id=application.id,
            member_id=member.id,
            reason=needed_text("reason", reason),
            declared_at=office.clock(),
        )
    )
    if application.assigned_to == member.id:
        application.assigned_to = None
        session.add(application)
    record_act(office, session, application, "conflict-declared", f"staff:{member.id}")


def ask(
    office: Office, session: Session, application: Application, member: StaffMember, *, text: str
) -> CommitteeQuestion:
    """Ask the applicant something; the clock stands still until the answer.

    Raises `WrongState`, `Conflicted`, `InvalidText`.
    """
    must_be(application, *UNDECIDED)
    may_judge(session, application, member)
    now = office.clock()
    question = CommitteeQuestion(
        application_id=application.id, text=needed_text("question", text), asked_by=member.id, asked_at=now
    )
    session.add(question)
    if application.paused_at is None:
        application.state, application.paused_at = ApplicationState.WAITING, now
    session.add(application)
    session.flush()
    record_act(office, session, application, "asked", f"staff:{member.id}")
    return question


def give_opinion(
    office: Office, session: Session, application: Application, member: StaffMember, *, vote: Vote, reasons: str
) -> None:
    """Record a member's opinion, or change it. Raises `WrongState`, `Conflicted`, `InvalidText`."""
    must_be(application, *UNDECIDED)
    may_judge(session, application, member)
    text = needed_text("reasons", reasons)
    query = select(Opinion).where(Opinion.application_id == application.id, Opinion.member_id == member.id)
    opinion = session.exec(query).first() or Opinion(
        application_id=application.id, member_id=member.id, vote=vote, reasons=text, given_at=office.clock()
    )
    opinion.vote, opinion.reasons, opinion.given_at = vote, text, office.clock()
    session.add(opinion)
    record_act(office, session, application, "opinion-given", f"staff:{member.id}")


def opinions_seen_by(session: Session, application: Application, member: StaffMember) -> Sequence[Opinion]:
    """Return the opinions that a member may read now: after their own, or when it is decided."""
    found = opinions_of(session, application)
    own = [one for one in found if one.member_id == member.id]
    return found if application.decided_at is not None or own else own
