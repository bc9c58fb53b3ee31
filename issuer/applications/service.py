"""What can be done with applications, from the first draft to the decision.

    applicant   start, save, attach, submit, answer, withdraw_application
    committee   assign, declare_conflict, ask, give_opinion
    authority   decide, end_participation

Each takes the application as `held` or `held_by_applicant` gives it: locked, so that what was looked at still stands
when it is acted upon; an application is locked before its scheme. Only `decide` opens its own unit, for it signs.
Nothing here asks whether the applicant is an organisation of this service. Whoever acts is named by `actor`.

Opinions: a member sees those of the others once they have given their own, so that nobody follows the first; when
the decision is made, the whole staff of the authority sees them. An opinion may be changed until then. Whoever
declares a conflict of interest neither gives an opinion nor decides, and an opinion given before no longer counts.
"""

from __future__ import annotations

import json
from calendar import monthrange
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, select

from issuer.accreditation import service as accreditation
from issuer.accreditation.models import Accreditation
from issuer.applications import answers, attachments
from issuer.applications.answers import Gap
from issuer.applications.models import (
    Application,
    ApplicationKind,
    ApplicationState,
    Attachment,
    AttachmentBody,
    CommitteeQuestion,
    ConflictOfInterest,
    Opinion,
    Vote,
)
from issuer.audit import service as audit
from issuer.office import Office
from issuer.organisations.models import Organisation
from issuer.schemes import service as schemes
from issuer.schemes.definition import FILE_KINDS, Definition, Grant
from issuer.schemes.models import Scheme
from issuer.schemes.service import Window
from issuer.staff.models import StaffMember
from kit.i18n import N_
from kit.problems import Conflict, Forbidden, NotFound, Unprocessable

LONGEST_ANSWER = 4_000
_LONGEST_NUMBER = 60
_UNDECIDED = (ApplicationState.SUBMITTED, ApplicationState.WAITING)
_UNFINISHED = (ApplicationState.DRAFT, *_UNDECIDED)


class UnknownApplication(NotFound):
    """There is no such application, or it is somebody else's."""


class WrongState(Conflict):
    """The application's present state does not allow this act."""

    advice = N_("Reload the page to see the present state.")


class AlreadyApplied(Conflict):
    """There is an unfinished application for the same programme under the same scheme: `application_id`."""

    slug, title = "already-applied", N_("There is an application for this program already")

    def __init__(self, application_id: str) -> None:
        super().__init__()
        self.application_id = application_id


class NotTaken(Conflict):
    """The scheme takes no applications now; `window` says why. The draft is kept."""

    slug, title = "applications-not-taken", N_("This scheme takes no applications now")
    advice = N_("Your draft is kept.")

    def __init__(self, window: Window) -> None:
        super().__init__(window.value)
        self.window = window


class Unfinished(Unprocessable):
    """The application has gaps."""

    def __init__(self, gaps: Sequence[Gap]) -> None:
        super().__init__(errors=[{"at": gap.field, "reason": gap.sentence % gap.values} for gap in gaps])
        self.gaps = gaps


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


class OpinionsMissing(Conflict):
    """The scheme asks for more opinions before a decision."""

    slug, title = "opinions-missing", N_("More opinions are needed before a decision")
    advice = N_("Ask the other members of the committee for theirs.")


class AlreadyDecided(Conflict):
    """Somebody decided first, and otherwise."""

    slug, title = "already-decided", N_("This application was decided already")
    advice = N_("Reload the page to see the decision. Yours was not recorded.")


class EnvelopeTooSmall(Conflict):
    """What is left of the envelope does not suffice."""

    slug, title = "envelope-too-small", N_("The envelope does not hold that much any more")
    advice = N_("Grant what is left, or refuse.")


@dataclass(frozen=True)
class Applicant:
    """Who applies. `organisation_id` is that of an organisation of this service, else None."""

    did: str
    name: str
    kind: str = ""
    contact_name: str = ""
    contact_email: str = ""
    organisation_id: str | None = None


@dataclass(frozen=True)
class Training:
    """Which programme an application is about, named as its credentials name it."""

    achievement_id: str
    title_fr: str
    title_en: str


@dataclass(frozen=True)
class Draft:
    """What the form's first steps say; a member that is None stays as it was."""

    applicant_kind: str | None = None
    contact_name: str | None = None
    contact_email: str | None = None
    track: str | None = None
    stream: str | None = None
    territory: str | None = None


@dataclass(frozen=True)
class Ruling:
    """What is decided. A refusal needs its reasons only; an approval may narrow what was asked for."""

    approve: bool
    reasons: str
    conditions: str = ""
    number: str = ""
    track: str = ""
    stream: str = ""
    territory: str = ""
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    granted: int | None = None


# --- the applicant ---


def start(
    office: Office,
    session: Session,
    scheme: Scheme,
    applicant: Applicant,
    training: Training,
    *,
    actor: str,
    renews: Accreditation | None = None,
) -> Application:
    """Begin a draft. Raises `NotTaken` for a scheme that is shut, `AlreadyApplied`, `InvalidText`.

    Before a scheme's opening and after its closing drafts may be written; only sending waits.
    """
    window = schemes.window(scheme, office.clock())
    if window in (Window.SHUT, Window.SPENT):
        raise NotTaken(window)
    _check_training(applicant, training)
    other = _unfinished(session, scheme, applicant.did, training.achievement_id, _UNFINISHED)
    if other is not None:
        raise AlreadyApplied(other.id)
    if renews is not None and not _may_renew(renews, scheme, applicant, training):
        raise UnknownApplication
    definition, now = schemes.definition(scheme), office.clock()
    application = Application(
        scheme_id=scheme.id,
        authority_id=scheme.authority_id,
        kind=ApplicationKind.RENEWAL if renews else ApplicationKind.FIRST,
        renews_id=renews.id if renews else None,
        applicant_did=applicant.did,
        applicant_name=applicant.name,
        applicant_kind=applicant.kind,
        applicant_organisation_id=applicant.organisation_id,
        contact_name=applicant.contact_name,
        contact_email=applicant.contact_email,
        achievement_id=training.achievement_id,
        programme_title_fr=training.title_fr,
        programme_title_en=training.title_en,
        track=_only([one.key for one in definition.tracks]),
        stream=_only(definition.streams),
        territory=_only(definition.territories),
        created_by=actor,
        created_at=now,
        changed_at=now,
    )
    session.add(application)
    session.flush()
    _record(office, session, application, "started", actor)
    return application


def save(
    office: Office,
    session: Session,
    application: Application,
    *,
    draft: Draft | None = None,
    given: Mapping[str, str] | None = None,
) -> None:
    """Keep what was typed, complete or not. `given` has answers by question; others stay as they were.

    Raises `WrongState` once it was sent, `InvalidText` for an answer beyond any limit.
    """
    _must_be(application, ApplicationState.DRAFT)
    for name, value in vars(draft or Draft()).items():
        if value is not None:
            setattr(application, name, _short(name, value, longest=254))
    if given:
        known = {one.key for one in schemes.definition(_scheme(session, application)).questions}
        kept = answers.of_application(application)
        kept |= {key: _short(key, value, longest=LONGEST_ANSWER) for key, value in given.items() if key in known}
        application.answers = json.dumps(kept, ensure_ascii=False, sort_keys=True)
    application.changed_at = office.clock()
    session.add(application)


def attach(
    office: Office,
    session: Session,
    application: Application,
    *,
    question: str,
    file_name: str,
    data: bytes,
    actor: str,
) -> Attachment:
    """Keep a file as an answer to `question`: of the form while it is a draft, or of the committee.

    Raises `WrongState`, `UnknownApplication` for no such question, `attachments.FileRefused`.
    """
    accepts = _accepted(session, application, question)
    if len(attachments_of(session, application)) >= attachments.MOST_FILES:
        raise attachments.FileRefused(N_("There are 20 files already. Remove one first."))
    name = attachments.shown_name(file_name)
    attachment = Attachment(
        application_id=application.id,
        question=question,
        file_name=name,
        kind=attachments.kind_of(name, data, accepts=accepts),
        size=len(data),
        sha256=attachments.digest(data),
        added_by=actor,
        added_at=office.clock(),
    )
    session.add(attachment)
    session.flush()
    session.add(AttachmentBody(attachment_id=attachment.id, body=data))
    return attachment


def detach(session: Session, application: Application, attachment_id: str) -> None:
    """Remove a file from a draft. Raises `WrongState`, `UnknownApplication`."""
    _must_be(application, ApplicationState.DRAFT)
    attachment = attachment_of(session, application, attachment_id)
    session.delete(session.get_one(AttachmentBody, attachment.id))
    session.flush()
    session.delete(attachment)


def gaps(session: Session, application: Application) -> list[Gap]:
    """Return what is missing before it can be sent, in the order of the form."""
    definition = schemes.definition(_scheme(session, application))
    return answers.gaps(definition, application, attached=_attached(session, application))


def submit(office: Office, session: Session, application: Application, *, actor: str) -> None:
    """Send it to the committee: it gets its number, and the clock runs. Sending again changes nothing.

    Raises `WrongState`, `Unfinished`, `AlreadyApplied`, and `NotTaken` before opening, after closing or once the
    envelope is spent; the draft stays as it is.
    """
    if application.state in _UNDECIDED:
        return
    _must_be(application, ApplicationState.DRAFT)
    scheme = session.get_one(Scheme, application.scheme_id, with_for_update=True, populate_existing=True)
    now = office.clock()
    window = schemes.window(scheme, now)
    if window is not Window.OPEN:
        raise NotTaken(window)
    missing = gaps(session, application)
    if missing:
        raise Unfinished(missing)
    other = _unfinished(session, scheme, application.applicant_did, application.achievement_id, _UNDECIDED)
    if other is not None:
        raise AlreadyApplied(other.id)
    scheme.last_number += 1
    application.number = f"{scheme.slug.upper()}-{now.year}-{scheme.last_number:04}"
    application.state = ApplicationState.SUBMITTED
    application.submitted_at, application.due_at = now, _due(schemes.definition(scheme), now)
    session.add_all([scheme, application])
    _record(office, session, application, "submitted", actor, number=application.number)


def answer(
    office: Office, session: Session, application: Application, question_id: str, *, text: str, actor: str
) -> None:
    """Answer a question of the committee's; with the last one the clock runs on.

    Raises `WrongState` when it is answered already, `UnknownApplication`, `InvalidText`.
    """
    _must_be(application, ApplicationState.WAITING)
    question = session.get(CommitteeQuestion, question_id)
    if question is None or question.application_id != application.id:
        raise UnknownApplication
    if question.answered_at is not None:
        raise WrongState
    now = office.clock()
    question.answer, question.answered_by, question.answered_at = _needed("answer", text), actor, now
    session.add(question)
    session.flush()
    if not _open_questions(session, application):
        _resume(application, now)
    session.add(application)
    _record(office, session, application, "answered", actor)


def withdraw_application(office: Office, session: Session, application: Application, *, actor: str) -> None:
    """Take it back before it is decided. Raises `WrongState`."""
    _must_be(application, *_UNFINISHED)
    application.state = ApplicationState.WITHDRAWN
    application.decided_at = office.clock()
    session.add(application)
    _record(office, session, application, "withdrawn", actor)


# --- the committee ---


def assign(
    office: Office, session: Session, application: Application, member: StaffMember | None, *, actor: str
) -> None:
    """Give it to a member of the authority's staff to look after, or to nobody. Raises `WrongState`, `Conflicted`."""
    _must_be(application, *_UNDECIDED)
    if member is not None:
        _may_judge(session, application, member)
    application.assigned_to = member.id if member else None
    session.add(application)
    _record(office, session, application, "assigned", actor, member=member.id if member else "")


def declare_conflict(
    office: Office, session: Session, application: Application, member: StaffMember, *, reason: str
) -> None:
    """Keep out of it from now on. Raises `WrongState`, `InvalidText`; declaring twice changes nothing."""
    _must_be(application, *_UNDECIDED)
    if is_conflicted(session, application, member):
        return
    session.add(
        ConflictOfInterest(
            application_id=application.id,
            member_id=member.id,
            reason=_needed("reason", reason),
            declared_at=office.clock(),
        )
    )
    if application.assigned_to == member.id:
        application.assigned_to = None
        session.add(application)
    _record(office, session, application, "conflict-declared", f"staff:{member.id}")


def ask(
    office: Office, session: Session, application: Application, member: StaffMember, *, text: str
) -> CommitteeQuestion:
    """Ask the applicant something; the clock stands still until the answer.

    Raises `WrongState`, `Conflicted`, `InvalidText`.
    """
    _must_be(application, *_UNDECIDED)
    _may_judge(session, application, member)
    now = office.clock()
    question = CommitteeQuestion(
        application_id=application.id, text=_needed("question", text), asked_by=member.id, asked_at=now
    )
    session.add(question)
    if application.paused_at is None:
        application.state, application.paused_at = ApplicationState.WAITING, now
    session.add(application)
    session.flush()
    _record(office, session, application, "asked", f"staff:{member.id}")
    return question


def give_opinion(
    office: Office, session: Session, application: Application, member: StaffMember, *, vote: Vote, reasons: str
) -> None:
    """Record a member's opinion, or change it. Raises `WrongState`, `Conflicted`, `InvalidText`."""
    _must_be(application, *_UNDECIDED)
    _may_judge(session, application, member)
    text = _needed("reasons", reasons)
    query = select(Opinion).where(Opinion.application_id == application.id, Opinion.member_id == member.id)
    opinion = session.exec(query).first() or Opinion(
        application_id=application.id, member_id=member.id, vote=vote, reasons=text, given_at=office.clock()
    )
    opinion.vote, opinion.reasons, opinion.given_at = vote, text, office.clock()
    session.add(opinion)
    _record(office, session, application, "opinion-given", f"staff:{member.id}")


# --- the decision ---


def decide(
    office: Office, authority: Organisation, application_id: str, ruling: Ruling, *, member: StaffMember
) -> Application:
    """Approve or refuse, and for an accreditation sign and publish it. Opens its own units.

    The decision and the plan to sign are one unit: after a crash in between, `accreditation.finish_planned` or the
    same request again signs what was decided. The same member sending the same again gets what there is; anything
    else on a decided application raises `AlreadyDecided`. Also raises `UnknownApplication`, `WrongState`,
    `Conflicted`, `OpinionsMissing`, `EnvelopeTooSmall`, `InvalidText`, `accreditation.NumberTaken`, and
    `BeyondRecognition` where the authority is itself recognised for less.
    """
    with office.database.unit() as session:
        application = held(session, authority, application_id)
        exactly = _exactly(ruling, member)
        if not application.decision:
            _decide(office, session, authority, application, ruling, member)
            application.decision = exactly
        elif application.decision != exactly:
            raise AlreadyDecided
    if application.accreditation_id is not None:
        accreditation.finish(office, application.accreditation_id)
    return application


def rehearse(
    office: Office, authority: Organisation, application_id: str, ruling: Ruling, *, member: StaffMember
) -> None:
    """Raise what `decide` would raise and change nothing: before the effect of a decision is written out."""
    with office.database.reading() as session:
        application = of_authority(session, authority, application_id)
        if application.decision:
            raise AlreadyDecided
        scheme = _scheme(session, application)
        terms, definition = _terms(session, application, scheme, ruling, member), schemes.definition(scheme)
        if terms is not None and definition.grants is Grant.ACCREDITATION:
            decision = _accreditation(application, definition, ruling, terms)
            accreditation.check_limits(session, authority, decision)


def end_participation(office: Office, session: Session, application: Application, *, reason: str, actor: str) -> None:
    """End a participation that was approved. Raises `WrongState`, `InvalidText`."""
    scheme = _scheme(session, application)
    granted = schemes.definition(scheme).grants is Grant.PARTICIPATION
    if not granted or application.state is not ApplicationState.APPROVED or application.ended_at is not None:
        raise WrongState
    application.ended_at, application.ended_reason = office.clock(), _needed("reason", reason)
    session.add(application)
    _record(office, session, application, "participation-ended", actor)


@dataclass(frozen=True)
class _Terms:
    """What an approval comes to, within what the scheme allows."""

    valid_from: datetime
    valid_until: datetime | None
    granted: int | None


def _terms(
    session: Session, application: Application, scheme: Scheme, ruling: Ruling, member: StaffMember
) -> _Terms | None:
    """Apply every rule to a ruling. None for a refusal, which needs its reasons only."""
    _must_be(application, *_UNDECIDED)
    _may_judge(session, application, member)
    definition = schemes.definition(scheme)
    if counted(session, application) < definition.opinions:
        raise OpinionsMissing
    _needed("reasons", ruling.reasons)
    if not ruling.approve:
        return None
    _short("conditions", ruling.conditions, longest=LONGEST_ANSWER)
    _check_scope(definition, ruling)
    number = ruling.number.strip() or application.number or ""
    if len(number) > _LONGEST_NUMBER:
        raise InvalidText("number", N_("This text is too long."))
    if accreditation.number_is_taken(session, application.authority_id, number):
        raise accreditation.NumberTaken
    valid_from, valid_until = _validity(definition, ruling)
    return _Terms(valid_from, valid_until, _granted(definition, scheme, application, ruling))


def _decide(
    office: Office,
    session: Session,
    authority: Organisation,
    application: Application,
    ruling: Ruling,
    member: StaffMember,
) -> None:
    scheme = session.get_one(Scheme, application.scheme_id, with_for_update=True, populate_existing=True)
    terms, now = _terms(session, application, scheme, ruling, member), office.clock()
    if application.paused_at is not None:
        _resume(application, now)
    application.reasons, application.conditions = ruling.reasons.strip(), ruling.conditions.strip()
    application.decided_at, application.decided_by = now, f"staff:{member.id}"
    application.state = ApplicationState.APPROVED if terms else ApplicationState.REFUSED
    session.add(application)
    if terms is not None:
        application.track, application.stream, application.territory = ruling.track, ruling.stream, ruling.territory
        application.valid_from, application.valid_until = terms.valid_from, terms.valid_until
        application.granted = terms.granted
        scheme.committed += terms.granted or 0
        session.add(scheme)
        if schemes.definition(scheme).grants is Grant.ACCREDITATION:
            decision = _accreditation(application, schemes.definition(scheme), ruling, terms)
            planned = accreditation.plan(office, session, authority, decision, actor=application.decided_by)
            application.accreditation_id = planned.accreditation_id
    _record(office, session, application, application.state.value, application.decided_by)


def _accreditation(
    application: Application, definition: Definition, ruling: Ruling, terms: _Terms
) -> accreditation.Decision:
    track = definition.track(ruling.track)
    return accreditation.Decision(
        institution_did=application.applicant_did,
        institution_name=application.applicant_name,
        achievement_id=application.achievement_id,
        programme_title_fr=application.programme_title_fr,
        programme_title_en=application.programme_title_en,
        number=ruling.number.strip() or application.number or "",
        track=ruling.track,
        stream=ruling.stream,
        territory=ruling.territory,
        valid_from=terms.valid_from,
        valid_until=terms.valid_until,
        track_fr=track.name.fr if track else "",
        track_en=track.name.en if track else "",
    )


def _check_scope(definition: Definition, ruling: Ruling) -> None:
    for name, allowed in (
        ("track", [one.key for one in definition.tracks]),
        ("stream", definition.streams),
        ("territory", definition.territories),
    ):
        if getattr(ruling, name) not in (allowed or ("",)):
            raise InvalidText(name, N_("Choose one that the scheme names."))


def last_moment(definition: Definition, valid_from: datetime) -> datetime | None:
    """Return the last moment that an approval from `valid_from` on may cover; None for no end.

    The day before the same day so many months later, in UTC; the last of a shorter month where there is no such day.
    """
    if definition.validity_months is None:
        return None
    year, month = divmod(valid_from.year * 12 + valid_from.month - 1 + definition.validity_months, 12)
    day = min(valid_from.day, monthrange(year, month + 1)[1])
    same_day = datetime(year, month + 1, day, tzinfo=UTC)
    return same_day - timedelta(seconds=1)


def _validity(definition: Definition, ruling: Ruling) -> tuple[datetime, datetime | None]:
    if ruling.valid_from is None:
        raise InvalidText("valid_from", N_("Give the date as year-month-day. Example: 2026-09-01"))
    longest = last_moment(definition, ruling.valid_from)
    until = ruling.valid_until or longest
    if until is not None and until <= ruling.valid_from:
        raise InvalidText("valid_until", N_("Give a date after the beginning as year-month-day, or leave it empty."))
    if longest is not None and until is not None and until > longest:
        raise InvalidText("valid_until", N_("The scheme does not allow an approval for so long."))
    return ruling.valid_from, until


def _granted(definition: Definition, scheme: Scheme, application: Application, ruling: Ruling) -> int | None:
    """What an approval takes from the envelope. Under the lock of the scheme's row it never goes below zero."""
    if definition.envelope is None:
        return None
    asked = int(answers.of_application(application).get(definition.envelope.question, "0"))
    granted = asked if ruling.granted is None else ruling.granted
    if not 0 <= granted <= asked:
        raise InvalidText("granted", N_("Grant at most what was asked for."))
    if granted > definition.envelope.amount - scheme.committed:
        raise EnvelopeTooSmall
    return granted


def _exactly(ruling: Ruling, member: StaffMember) -> str:
    return json.dumps({**vars(ruling), "member": member.id}, ensure_ascii=False, sort_keys=True, default=str)


# --- looking ---


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


def conflicts_of(session: Session, application: Application) -> Sequence[ConflictOfInterest]:
    """Return who declared a conflict of interest."""
    query = select(ConflictOfInterest).where(ConflictOfInterest.application_id == application.id)
    return session.exec(query.order_by(col(ConflictOfInterest.declared_at))).all()


def is_conflicted(session: Session, application: Application, member: StaffMember) -> bool:
    """Say whether the member declared a conflict of interest."""
    return member.id in {one.member_id for one in conflicts_of(session, application)}


def opinions_seen_by(session: Session, application: Application, member: StaffMember) -> Sequence[Opinion]:
    """Return the opinions that a member may read now: after their own, or when it is decided."""
    found = _opinions(session, application)
    own = [one for one in found if one.member_id == member.id]
    return found if application.decided_at is not None or own else own


def counted(session: Session, application: Application) -> int:
    """Return how many opinions count: those of members without a conflict of interest."""
    away = {one.member_id for one in conflicts_of(session, application)}
    return sum(one.member_id not in away for one in _opinions(session, application))


# --- rules ---


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


def _scheme(session: Session, application: Application) -> Scheme:
    return session.get_one(Scheme, application.scheme_id)


def _must_be(application: Application, *states: ApplicationState) -> None:
    if application.state not in states:
        raise WrongState(f"the application is {application.state.value}")


def _may_judge(session: Session, application: Application, member: StaffMember) -> None:
    if member.organisation_id != application.authority_id:
        raise UnknownApplication
    if is_conflicted(session, application, member):
        raise Conflicted


def _opinions(session: Session, application: Application) -> Sequence[Opinion]:
    query = select(Opinion).where(Opinion.application_id == application.id)
    return session.exec(query.order_by(col(Opinion.given_at), col(Opinion.id))).all()


def _open_questions(session: Session, application: Application) -> bool:
    return any(one.answered_at is None for one in questions_of(session, application))


def _attached(session: Session, application: Application) -> set[str]:
    return {one.question for one in attachments_of(session, application)}


def _accepted(session: Session, application: Application, question: str) -> Sequence[str]:
    """The kinds of file that a question takes now."""
    if application.state is ApplicationState.WAITING:
        asked = session.get(CommitteeQuestion, question)
        if asked is None or asked.application_id != application.id or asked.answered_at is not None:
            raise UnknownApplication
        return FILE_KINDS
    _must_be(application, ApplicationState.DRAFT)
    found = schemes.definition(_scheme(session, application)).question(question)
    if found is None or not found.accepts:
        raise UnknownApplication
    return found.accepts


def _unfinished(
    session: Session, scheme: Scheme, did: str, achievement_id: str, states: Sequence[ApplicationState]
) -> Application | None:
    query = select(Application).where(
        Application.scheme_id == scheme.id,
        Application.applicant_did == did,
        Application.achievement_id == achievement_id,
        col(Application.state).in_(states),
    )
    return session.exec(query).first()


def _may_renew(renews: Accreditation, scheme: Scheme, applicant: Applicant, training: Training) -> bool:
    return (renews.authority_id, renews.institution_did, renews.achievement_id) == (
        scheme.authority_id,
        applicant.did,
        training.achievement_id,
    )


def _check_training(applicant: Applicant, training: Training) -> None:
    if not applicant.did.startswith("did:"):
        raise InvalidText("applicant_did", N_("Give the institution's identifier; it begins with did:"))
    for name, text in (("applicant_name", applicant.name), ("achievement_id", training.achievement_id)):
        _short(name, text, longest=500)
        if not text.strip():
            raise InvalidText(name, N_("This is needed."))
    for name, text in (("title_fr", training.title_fr), ("title_en", training.title_en)):
        if not 1 <= len(text.strip()) <= 200:
            raise InvalidText(name, N_("A title has 1 to 200 characters."))


def _due(definition: Definition, now: datetime) -> datetime:
    """The end of the day of `answer_by`, or so many days from now."""
    if definition.answer_by is None:
        return now + timedelta(days=definition.promise_days)
    return datetime.combine(definition.answer_by, time(23, 59, 59), ZoneInfo(definition.zone)).astimezone(UTC)


def _resume(application: Application, now: datetime) -> None:
    """Let the clock run on; the day of the answer moves by as long as it stood."""
    if application.paused_at is None or application.due_at is None:
        raise WrongState
    stood = now - application.paused_at
    application.state, application.paused_at = ApplicationState.SUBMITTED, None
    application.paused_seconds += int(stood.total_seconds())
    application.due_at += stood


def _only(keys: Sequence[str]) -> str:
    """The only choice that there is, if so."""
    return keys[0] if len(keys) == 1 else ""


def _needed(field: str, text: str) -> str:
    if not text.strip():
        raise InvalidText(field, N_("Write this text."))
    return _short(field, text, longest=LONGEST_ANSWER)


def _short(field: str, text: str, *, longest: int) -> str:
    if len(text.strip()) > longest:
        raise InvalidText(field, N_("This text is too long."))
    return text.strip()


def _record(office: Office, session: Session, application: Application, act: str, actor: str, **detail: object) -> None:
    """In the authority's record once it was sent; a draft is nobody's business but the applicant's."""
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
