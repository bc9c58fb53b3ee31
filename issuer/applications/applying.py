"""What an applicant does with an application, from the first draft to the answer to the committee's last question.

    start, save, attach, detach     a draft, kept complete or not
    submit                          it gets its number, and the clock runs
    answer, withdraw                until it is decided

Each act takes the application as `looking.held_by_applicant` gives it. Nothing here asks whether the applicant is an
organisation of this service. Whoever acts is named by `actor`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, select

from issuer.accreditation.models import Accreditation
from issuer.applications import answers, attachments
from issuer.applications.answers import Gap
from issuer.applications.looking import attachment_of, attachments_of, questions_of
from issuer.applications.models import (
    Application,
    ApplicationKind,
    ApplicationState,
    Attachment,
    AttachmentBody,
    CommitteeQuestion,
)
from issuer.applications.rules import (
    LONGEST_ANSWER,
    UNDECIDED,
    InvalidText,
    UnknownApplication,
    WrongState,
    must_be,
    needed_text,
    record_act,
    resume,
    scheme_of,
    short_text,
)
from issuer.office import Office
from issuer.schemes import service as schemes
from issuer.schemes.definition import FILE_KINDS, Definition
from issuer.schemes.models import Scheme
from issuer.schemes.service import Window
from kit.i18n import N_
from kit.problems import Conflict, Unprocessable

_UNFINISHED = (ApplicationState.DRAFT, *UNDECIDED)


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


# --- a draft ---


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
    record_act(office, session, application, "started", actor)
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
    must_be(application, ApplicationState.DRAFT)
    for name, value in vars(draft or Draft()).items():
        if value is not None:
            setattr(application, name, short_text(name, value, longest=254))
    if given:
        known = {one.key for one in schemes.definition(scheme_of(session, application)).questions}
        kept = answers.of_application(application)
        kept |= {key: short_text(key, value, longest=LONGEST_ANSWER) for key, value in given.items() if key in known}
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
    must_be(application, ApplicationState.DRAFT)
    attachment = attachment_of(session, application, attachment_id)
    session.delete(session.get_one(AttachmentBody, attachment.id))
    session.flush()
    session.delete(attachment)


def gaps(session: Session, application: Application) -> list[Gap]:
    """Return what is missing before it can be sent, in the order of the form."""
    definition = schemes.definition(scheme_of(session, application))
    return answers.gaps(definition, application, attached=_attached(session, application))


# --- sending, and after ---


def submit(office: Office, session: Session, application: Application, *, actor: str) -> None:
    """Send it to the committee: it gets its number, and the clock runs. Sending again changes nothing.

    Raises `WrongState`, `Unfinished`, `AlreadyApplied`, and `NotTaken` before opening, after closing or once the
    envelope is spent; the draft stays as it is.
    """
    if application.state in UNDECIDED:
        return
    must_be(application, ApplicationState.DRAFT)
    scheme = session.get_one(Scheme, application.scheme_id, with_for_update=True, populate_existing=True)
    now = office.clock()
    window = schemes.window(scheme, now)
    if window is not Window.OPEN:
        raise NotTaken(window)
    missing = gaps(session, application)
    if missing:
        raise Unfinished(missing)
    other = _unfinished(session, scheme, application.applicant_did, application.achievement_id, UNDECIDED)
    if other is not None:
        raise AlreadyApplied(other.id)
    scheme.last_number += 1
    application.number = f"{scheme.slug.upper()}-{now.year}-{scheme.last_number:04}"
    application.state = ApplicationState.SUBMITTED
    application.submitted_at, application.due_at = now, _due(schemes.definition(scheme), now)
    session.add_all([scheme, application])
    record_act(office, session, application, "submitted", actor, number=application.number)


def answer(
    office: Office, session: Session, application: Application, question_id: str, *, text: str, actor: str
) -> None:
    """Answer a question of the committee's; with the last one the clock runs on.

    Raises `WrongState` when it is answered already, `UnknownApplication`, `InvalidText`.
    """
    must_be(application, ApplicationState.WAITING)
    question = session.get(CommitteeQuestion, question_id)
    if question is None or question.application_id != application.id:
        raise UnknownApplication
    if question.answered_at is not None:
        raise WrongState
    now = office.clock()
    question.answer, question.answered_by, question.answered_at = needed_text("answer", text), actor, now
    session.add(question)
    session.flush()
    if not _open_questions(session, application):
        resume(application, now)
    session.add(application)
    record_act(office, session, application, "answered", actor)


def withdraw(office: Office, session: Session, application: Application, *, actor: str) -> None:
    """Take it back before it is decided. Raises `WrongState`."""
    must_be(application, *_UNFINISHED)
    application.state = ApplicationState.WITHDRAWN
    application.decided_at = office.clock()
    session.add(application)
    record_act(office, session, application, "withdrawn", actor)


# --- rules ---


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
    must_be(application, ApplicationState.DRAFT)
    found = schemes.definition(scheme_of(session, application)).question(question)
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
        short_text(name, text, longest=500)
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


def _only(keys: Sequence[str]) -> str:
    """The only choice that there is, if so."""
    return keys[0] if len(keys) == 1 else ""
