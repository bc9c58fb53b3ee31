"""Applications as people read them: where one stands, what the clock says, what was answered, who did what when."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from babel import dates
from sqlmodel import Session, col, select

from issuer.accreditation import listing
from issuer.applications import answers, looking, rules
from issuer.applications.models import Application, ApplicationKind, ApplicationState, Attachment, Opinion, Vote
from issuer.audit import sentences
from issuer.office import Office
from issuer.organisations import service as organisations
from issuer.organisations.models import Organisation
from issuer.schemes import service as schemes
from issuer.schemes.definition import KINDS, Definition, Question, QuestionType
from issuer.schemes.models import Scheme
from issuer.schemes.service import Window
from issuer.staff.models import StaffMember
from kit.i18n import N_, Writer
from kit.places import place

STATES = {
    ApplicationState.DRAFT: ("unk", N_("Draft")),
    ApplicationState.SUBMITTED: ("info", N_("Being assessed")),
    ApplicationState.WAITING: ("warn", N_("A question waits")),
    ApplicationState.APPROVED: ("ok", N_("Approved")),
    ApplicationState.REFUSED: ("bad", N_("Refused")),
    ApplicationState.WITHDRAWN: ("unk", N_("Taken back")),
}
VOTES = {
    Vote.FOR: ("ok", N_("For")),
    Vote.AGAINST: ("bad", N_("Against")),
    Vote.ABSTAIN: ("unk", N_("Abstains")),
}
APPLICATION_KINDS = {
    ApplicationKind.FIRST: N_("New accreditation"),
    ApplicationKind.RENEWAL: N_("Renewal"),
}
_CLOSED_TO_APPLICANTS = ("application.assigned", "application.conflict-declared", "application.opinion-given")
_OWN_ACTS = ("application.submitted", "application.answered", "application.withdrawn")


@dataclass(frozen=True)
class Clock:
    """How long an application has been with the committee. Times that waited for the applicant do not count."""

    days: int
    due: date | None
    days_late: int
    """How many days past its promise; 0 when in time."""
    stands_since: datetime | None


@dataclass(frozen=True)
class Row:
    """One application in a list."""

    id: str
    number: str
    title: str
    applicant: str
    scheme: str
    authority: str
    kind: str
    tag: tuple[str, str]
    clock: Clock | None
    assigned: str
    sent: datetime | None


def clock(application: Application, now: datetime) -> Clock | None:
    """Return what the clock says; None for a draft."""
    if application.submitted_at is None or application.due_at is None:
        return None
    until = application.paused_at or application.decided_at or now
    spent = until - application.submitted_at - timedelta(seconds=application.paused_seconds)
    due = application.due_at + (now - application.paused_at if application.paused_at else timedelta())
    is_open = application.state is ApplicationState.SUBMITTED
    late = now - due if is_open and now > due else None
    return Clock(max(0, spent.days), due.date(), late.days + 1 if late else 0, application.paused_at)


def rows(office: Office, session: Session, found: Sequence[Application], lang: str) -> list[Row]:
    """Return a row for each application, in their order."""
    by_scheme = _by_id(session, Scheme, {one.scheme_id for one in found})
    authorities = _by_id(session, Organisation, {one.authority_id for one in found})
    members = _by_id(session, StaffMember, {one.assigned_to for one in found if one.assigned_to})
    made = []
    for one in found:
        scheme = by_scheme[one.scheme_id]
        silhouette, word = STATES[one.state]
        made.append(
            Row(
                id=one.id,
                number=one.number or "",
                title=title(one, lang),
                applicant=one.applicant_name,
                scheme=schemes.name(scheme, lang),
                authority=organisations.name(authorities[one.authority_id], lang),
                kind=office.pages.translate(lang, APPLICATION_KINDS[one.kind]),
                tag=(silhouette, office.pages.translate(lang, word)),
                clock=clock(one, office.clock()),
                assigned=members[one.assigned_to].name if one.assigned_to else "",
                sent=one.submitted_at,
            )
        )
    return made


def definition_of(session: Session, application: Application) -> Definition:
    """Return the definition of the scheme that it was made under."""
    return schemes.definition(session.get_one(Scheme, application.scheme_id))


def title(application: Application, lang: str) -> str:
    """Return the program's title in the reader's language, French where there is no English one."""
    return (application.programme_title_en if lang == "en" else "") or application.programme_title_fr


def _by_id(session: Session, model: type[Any], ids: set[str]) -> dict[str, Any]:
    return {one.id: one for one in session.exec(select(model).where(col(model.id).in_(ids)))}


# --- scope and answers ---


def scope(office: Office, definition: Definition, application: Application, lang: str) -> list[tuple[str, str]]:
    """Return track, stream and territory as (label, value), those that the scheme knows."""

    def _(text: str) -> str:
        return office.pages.translate(lang, text)

    track = definition.track(application.track)
    found = [
        (_(N_("Kind of organization")), _(KINDS[application.applicant_kind]) if application.applicant_kind else ""),
        (_(N_("Track")), track.name.read_in(lang) if track else ""),
        (_(N_("Stream")), _(listing.STREAMS[application.stream]) if application.stream in listing.STREAMS else ""),
        (_(N_("Territory")), place(application.territory, _)),
    ]
    return [(label, value) for label, value in found if value]


def answered(
    office: Office, definition: Definition, application: Application, files: Sequence[Attachment], lang: str
) -> list[tuple[str, list[tuple[str, str, list[Attachment]]]]]:
    """Return each section's name with its questions, answers as words, and files."""
    given = answers.of_application(application)
    found = []
    for section in definition.sections:
        lines = [
            (
                question.label.read_in(lang),
                words(office, question, given.get(question.key, ""), lang),
                [file for file in files if file.question == question.key],
            )
            for question in definition.asked(application.track)
            if question.section == section.key
        ]
        if lines:
            found.append((section.name.read_in(lang), lines))
    return found


def words(office: Office, question: Question, answer: str, lang: str) -> str:
    """Return an answer as people read it."""
    if not answer:
        return ""
    if question.type is QuestionType.YES_NO:
        return office.pages.translate(lang, N_("Yes") if answer == "yes" else N_("No"))
    if question.type is QuestionType.CHOICE:
        return next((one.name.read_in(lang) for one in question.options if one.key == answer), answer)
    writer = office.pages.writer(lang)
    if question.type is QuestionType.NUMBER and not answers.problem_with(question, answer):
        return writer.number(int(answer))
    if question.type is QuestionType.DATE and not answers.problem_with(question, answer):
        return writer.date(answer)
    return answer


def options(office: Office, definition: Definition, lang: str) -> dict[str, list[tuple[str, str]]]:
    """Return the choices of track, stream and territory, for forms; empty lists where the scheme makes none."""

    def _(text: str) -> str:
        return office.pages.translate(lang, text)

    return {
        "track": [(one.key, one.name.read_in(lang)) for one in definition.tracks],
        "stream": [(one, _(listing.STREAMS[one])) for one in definition.streams],
        "territory": [(one, place(one, _)) for one in definition.territories],
    }


# --- what happened ---


def timeline(
    office: Office, session: Session, application: Application, lang: str, *, for_applicant: bool
) -> list[tuple[str, str]]:
    """Return (when, sentence) of each act, oldest first.

    Applicants do not read who of the committee did what, nor that somebody gave an opinion.
    """

    def translate(text: str, **values: object) -> str:
        return office.pages.translate(lang, text, **values)

    entries = looking.acts_upon(session, application)
    names = sentences.names(session, (entry.actor for entry in entries))
    if for_applicant:
        entries = [entry for entry in entries if entry.act not in _CLOSED_TO_APPLICANTS]
        committee = translate(N_("The committee"))
        names |= {entry.actor: committee for entry in entries if entry.act not in _OWN_ACTS}
    writer = office.pages.writer(lang)
    return [(writer.datetime(entry.at), sentences.sentence(entry, names, translate)) for entry in entries]


def opinions(session: Session, application: Application, seen: Sequence[Opinion]) -> list[tuple[str, Opinion, bool]]:
    """Return (name, opinion, whether it counts) of each that may be read."""
    names = _by_id(session, StaffMember, {one.member_id for one in seen})
    away = {one.member_id for one in rules.conflicts_of(session, application)}
    return [(names[one.member_id].name, one, one.member_id not in away) for one in seen]


def conflicts(session: Session, application: Application) -> list[tuple[str, str]]:
    """Return (name, reason) of each declared conflict of interest."""
    found = rules.conflicts_of(session, application)
    names = _by_id(session, StaffMember, {one.member_id for one in found})
    return [(names[one.member_id].name, one.reason) for one in found]


# --- when applications are taken ---


def local_time(lang: str, moment: datetime, zone: str) -> str:
    """Return a moment on the clocks of `zone`, with the zone's name: June 8, 2022 at 11:59 p.m. (Eastern Time)."""
    return f"{Writer(lang, zone).datetime(moment)} ({clocks_of(lang, zone)})"


def clocks_of(lang: str, zone: str) -> str:
    """Return what people call the clocks of a zone: Eastern Time, heure de l’Est."""
    writer = Writer(lang, zone)
    return dates.get_timezone_name(writer.zone, width="long", locale=writer.locale)


def last_minute(closes: datetime) -> datetime:
    """Return the last minute in which applications are taken, as it is announced."""
    return closes - timedelta(minutes=1)


def availability(office: Office, scheme: Scheme, lang: str) -> tuple[str, str]:
    """Return silhouette and sentence for whether a scheme takes applications now."""
    window = schemes.window(scheme, office.clock())
    silhouette, sentence, values = "unk", N_("Takes no applications."), {}
    if window is Window.OPEN and scheme.closes_at is not None:
        silhouette, sentence = "ok", N_("Open until %(when)s.")
        values = {"when": local_time(lang, last_minute(scheme.closes_at), scheme.zone)}
    elif window is Window.OPEN:
        silhouette, sentence = "ok", N_("Open, without a closing date.")
    elif window is Window.NOT_YET and scheme.opens_at is not None:
        silhouette, sentence = "info", N_("Opens on %(when)s.")
        values = {"when": local_time(lang, scheme.opens_at, scheme.zone)}
    elif window is Window.OVER and scheme.closes_at is not None:
        sentence = N_("Closed since %(when)s.")
        values = {"when": local_time(lang, last_minute(scheme.closes_at), scheme.zone)}
    elif window is Window.SPENT:
        sentence = N_("Closed: the envelope is spent.")
    return silhouette, office.pages.translate(lang, sentence, **values)


def refusal(office: Office, scheme: Scheme, lang: str) -> str:
    """Return why an application cannot be sent now, and that nothing is lost."""
    kept = office.pages.translate(lang, N_("Your application was not sent; the draft is kept."))
    return f"{kept} {availability(office, scheme, lang)[1]}"


def gap_sentences(office: Office, found: Sequence[answers.Gap], lang: str) -> Mapping[str, str]:
    """Return the sentence about each field that has a gap."""
    return {gap.field: office.pages.translate(lang, gap.sentence, **gap.values) for gap in found}
