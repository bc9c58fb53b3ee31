"""Pages of the committee: the queue with its clock, an application with what is said about it, and the decision."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time
from typing import Annotated

from fastapi import Depends, Form
from pydantic import BaseModel
from sqlmodel import Session, col, select
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from issuer.accreditation import listing as accreditation_listing
from issuer.accreditation import service as accreditation
from issuer.accreditation.limits import BeyondRecognition
from issuer.accreditation.service import NumberTaken
from issuer.applications import answers, rules, rulings, service, view
from issuer.applications.models import Application, ApplicationState, Vote
from issuer.applications.pages import as_download
from issuer.applications.rules import InvalidText
from issuer.applications.rulings import Ruling
from issuer.office import Office, OfficeDep
from issuer.organisations.models import Organisation
from issuer.schemes import service as schemes
from issuer.schemes.definition import Definition, Grant
from issuer.schemes.models import Scheme
from issuer.staff import service as staff
from issuer.staff.access import AuthorityMember, AuthorityOfficer, AuthorityRegistrar
from issuer.staff.models import Role, StaffMember
from issuer.staff.service import SignedIn
from kit import csrf
from kit.i18n import N_
from kit.pages import Lang
from kit.searching import has_word, words
from kit.web import Reading, Unit
from kit.web import router as strict_router

router = strict_router(dependencies=[Depends(csrf.guard)], include_in_schema=False)

Field = Annotated[str, Form()]

SHOWN = 200
OPEN = (ApplicationState.SUBMITTED, ApplicationState.WAITING)
FILTERS = (
    ("", N_("To be decided")),
    ("late", N_("Late")),
    ("waiting", N_("A question waits")),
    ("approved", N_("Approved")),
    ("refused", N_("Refused")),
    ("withdrawn", N_("Taken back")),
    ("all", N_("All")),
)
_STATES_OF = {
    "": OPEN,
    "late": (ApplicationState.SUBMITTED,),
    "waiting": (ApplicationState.WAITING,),
    "approved": (ApplicationState.APPROVED,),
    "refused": (ApplicationState.REFUSED,),
    "withdrawn": (ApplicationState.WITHDRAWN,),
}
_BEYOND = N_("Your organization is not itself recognized for that. Choose narrower conditions or dates.")
_DONE = ("assigned", "conflict", "asked", "opinion", "decided", "ended")


class RulingForm(BaseModel):
    """The form of a decision, as typed."""

    outcome: str = ""
    reasons: str = ""
    conditions: str = ""
    number: str = ""
    track: str = ""
    stream: str = ""
    territory: str = ""
    valid_from: str = ""
    valid_until: str = ""
    granted: str = ""
    confirmed: str = ""


# --- the queue ---


@router.get("/{lang}/office/queue")
def queue(
    request: Request,
    office: OfficeDep,
    session: Reading,
    lang: Lang,
    who: AuthorityOfficer,
    q: str = "",
    state: str = "",
    scheme: str = "",
    assigned: str = "",
) -> Response:
    """Show what waits for the committee, what is most pressing first."""
    found = _matching(
        session, who.organisation, q=q[:200], state=state, scheme=scheme, assigned=assigned, office=office
    )
    people = [(one.id, one.name) for one in staff.team(session, who.organisation)]
    runs = schemes.of_authority(session, who.organisation)
    everything = office.pages.translate(lang, N_("No filter"))
    return office.pages.render(
        request,
        "applications/queue.html",
        who=who,
        rows=view.rows(office, session, found, lang),
        q=q[:200],
        state=state,
        scheme=scheme,
        assigned=assigned,
        states=[(value, office.pages.translate(lang, text)) for value, text in FILTERS],
        people=[("", everything), ("nobody", office.pages.translate(lang, N_("Nobody"))), *people],
        schemes=[("", everything), *((one.id, one.name_fr if lang == "fr" else one.name_en) for one in runs)],
        runs_any=bool(runs),
    )


def _matching(
    session: Session, authority: Organisation, *, q: str, state: str, scheme: str, assigned: str, office: Office
) -> Sequence[Application]:
    query = select(Application).where(
        Application.authority_id == authority.id, col(Application.submitted_at).is_not(None)
    )
    if state in _STATES_OF:
        query = query.where(col(Application.state).in_(_STATES_OF[state]))
    if state == "late":
        query = query.where(col(Application.due_at) < office.clock())
    if scheme:
        query = query.where(Application.scheme_id == scheme)
    if assigned:
        query = query.where(Application.assigned_to == (None if assigned == "nobody" else assigned))
    columns = (Application.programme_title_fr, Application.programme_title_en)
    for word in words(q):
        query = query.where(has_word(word, *columns, Application.applicant_name, Application.number))
    return session.exec(query.order_by(col(Application.due_at), col(Application.id)).limit(SHOWN)).all()


@router.get("/{lang}/office/queue/{application_id}")
def application_page(
    request: Request,
    office: OfficeDep,
    session: Reading,
    lang: Lang,
    who: AuthorityOfficer,
    application_id: str,
    done: str = "",
) -> Response:
    """Show an application and everything about it that this person may read."""
    application = service.of_authority(session, who.organisation, application_id)
    return _page(request, office, session, lang, who, application, done=done if done in _DONE else "")


@router.get("/{lang}/office/queue/{application_id}/attachments/{attachment_id}")
def download(
    session: Reading,
    lang: Lang,  # noqa: ARG001 - the address has one
    who: AuthorityOfficer,
    application_id: str,
    attachment_id: str,
) -> Response:
    """Hand a file of the applicant's out."""
    application = service.of_authority(session, who.organisation, application_id)
    return as_download(session, service.attachment_of(session, application, attachment_id))


# --- the committee's acts ---


@router.post("/{lang}/office/queue/{application_id}/assign")
def assign(
    office: OfficeDep, session: Unit, lang: Lang, who: AuthorityMember, application_id: str, member: Field = ""
) -> Response:
    """Settle who looks after it."""
    application = service.held(session, who.organisation, application_id)
    chosen = staff.member_of(session, who.organisation, member) if member else None
    service.assign(office, session, application, chosen, actor=who.actor)
    return _back(lang, application, "assigned")


@router.post("/{lang}/office/queue/{application_id}/conflict")
def declare_conflict(
    request: Request,
    office: OfficeDep,
    session: Unit,
    lang: Lang,
    who: AuthorityMember,
    application_id: str,
    reason: Field = "",
) -> Response:
    """Declare a conflict of interest of one's own."""
    application = service.held(session, who.organisation, application_id)
    try:
        service.declare_conflict(office, session, application, who.member, reason=reason)
    except InvalidText as refused:
        return _page(request, office, session, lang, who, application, wrong={"conflict": refused.sentence})
    return _back(lang, application, "conflict")


@router.post("/{lang}/office/queue/{application_id}/ask")
def ask(
    request: Request,
    office: OfficeDep,
    session: Unit,
    lang: Lang,
    who: AuthorityMember,
    application_id: str,
    question: Field = "",
) -> Response:
    """Ask the applicant something."""
    application = service.held(session, who.organisation, application_id)
    try:
        service.ask(office, session, application, who.member, text=question)
    except InvalidText as refused:
        wrong, typed = {"question": refused.sentence}, {"question": question}
        return _page(request, office, session, lang, who, application, wrong=wrong, typed=typed)
    return _back(lang, application, "asked")


@router.post("/{lang}/office/queue/{application_id}/opinion")
def give_opinion(
    request: Request,
    office: OfficeDep,
    session: Unit,
    lang: Lang,
    who: AuthorityMember,
    application_id: str,
    vote: Field = "",
    opinion: Field = "",
) -> Response:
    """Give one's own opinion, or change it."""
    application = service.held(session, who.organisation, application_id)
    typed = {"vote": vote, "opinion": opinion}
    try:
        service.give_opinion(office, session, application, who.member, vote=_vote(vote), reasons=opinion)
    except InvalidText as refused:
        wrong = {"vote" if refused.field == "vote" else "opinion": refused.sentence}
        return _page(request, office, session, lang, who, application, wrong=wrong, typed=typed)
    return _back(lang, application, "opinion")


@router.post("/{lang}/office/queue/{application_id}/end")
def end_participation(
    request: Request,
    office: OfficeDep,
    session: Unit,
    lang: Lang,
    who: AuthorityRegistrar,
    application_id: str,
    reason: Field = "",
) -> Response:
    """End a participation that was approved."""
    application = service.held(session, who.organisation, application_id)
    try:
        rulings.end_participation(office, session, application, reason=reason, actor=who.actor)
    except InvalidText as refused:
        return _page(request, office, session, lang, who, application, wrong={"reason": refused.sentence})
    return _back(lang, application, "ended")


def _vote(text: str) -> Vote:
    try:
        return Vote(text)
    except ValueError:
        raise InvalidText("vote", N_("Choose for, against or abstain.")) from None


def _back(lang: str, application: Application, done: str) -> Response:
    return RedirectResponse(f"/{lang}/office/queue/{application.id}?done={done}", 303)


# --- the decision ---


@router.get("/{lang}/office/queue/{application_id}/decision")
def decision_form(
    request: Request, office: OfficeDep, session: Reading, lang: Lang, who: AuthorityRegistrar, application_id: str
) -> Response:
    """Ask for the decision, filled in with what was asked for."""
    application = service.of_authority(session, who.organisation, application_id)
    given = RulingForm(
        number=application.number or "",
        track=application.track,
        stream=application.stream,
        territory=application.territory,
        valid_from=office.clock().date().isoformat(),
        granted=_asked_for(session, application),
    )
    return _decision_page(request, office, session, lang, who, application, given, {})


@router.post("/{lang}/office/queue/{application_id}/decision")
def decide(
    request: Request,
    office: OfficeDep,
    lang: Lang,
    who: AuthorityRegistrar,
    application_id: str,
    form: Annotated[RulingForm, Form()],
) -> Response:
    """Write the effect out; when that is confirmed, decide, and for an accreditation sign and publish."""
    wrong: Mapping[str, str] = {}
    try:
        ruling = _ruling(form)
        if form.confirmed == "yes":
            decided = rulings.decide(office, who.organisation, application_id, ruling, member=who.member)
            return _back(lang, decided, "decided")
        rulings.rehearse(office, who.organisation, application_id, ruling, member=who.member)
    except InvalidText as refused:
        wrong = {refused.field: refused.sentence}
    except NumberTaken:
        wrong = {"number": N_("Give a file number that you have not used before, for example CQM-2026-0207.")}
    except BeyondRecognition as refused:
        at = str(refused.members["at"])
        wrong = {at if at in RulingForm.model_fields else "outcome": _BEYOND}
    with office.database.reading() as session:
        application = service.of_authority(session, who.organisation, application_id)
        if wrong:
            return _decision_page(request, office, session, lang, who, application, form, wrong)
        return _review_page(request, office, session, lang, who, application, form)


def _ruling(form: RulingForm) -> Ruling:
    """Read the form. Raises `InvalidText`."""
    if form.outcome not in ("approve", "refuse"):
        raise InvalidText("outcome", N_("Choose: approve or refuse."))
    if form.outcome == "refuse":
        return Ruling(approve=False, reasons=form.reasons.strip())
    granted = form.granted.strip()
    if granted and not (granted.isascii() and granted.isdigit() and len(granted) < 14):
        raise InvalidText("granted", N_("Enter a whole number, in digits only."))
    return Ruling(
        approve=True,
        reasons=form.reasons.strip(),
        conditions=form.conditions.strip(),
        number=form.number.strip(),
        track=form.track,
        stream=form.stream,
        territory=form.territory,
        valid_from=_day("valid_from", form.valid_from),
        valid_until=_day("valid_until", form.valid_until, last_moment=True) if form.valid_until.strip() else None,
        granted=int(granted) if granted else None,
    )


def _day(field: str, text: str, *, last_moment: bool = False) -> datetime:
    """Read year-month-day; a day begins at midnight UTC, and as an end includes its last second."""
    try:
        day = date.fromisoformat(text.strip())
    except ValueError:
        raise InvalidText(field, N_("Give the date as year-month-day. Example: 2026-09-01")) from None
    return datetime.combine(day, time(23, 59, 59) if last_moment else time(), UTC)


def _asked_for(session: Session, application: Application) -> str:
    """The sum that the applicant asked for, where the scheme has an envelope."""
    envelope = _definition(session, application).envelope
    return answers.of_application(application).get(envelope.question, "") if envelope else ""


def _definition(session: Session, application: Application) -> Definition:
    return schemes.definition(session.get_one(Scheme, application.scheme_id))


# --- pages ---


def _page(
    request: Request,
    office: Office,
    session: Session,
    lang: str,
    who: SignedIn,
    application: Application,
    *,
    done: str = "",
    wrong: Mapping[str, str] | None = None,
    typed: Mapping[str, str] | None = None,
) -> Response:
    definition, files = _definition(session, application), service.attachments_of(session, application)
    [row] = view.rows(office, session, [application], lang)
    seen = service.opinions_seen_by(session, application, who.member)
    own = next((one for one in seen if one.member_id == who.member.id), None)
    conflicted = rules.is_conflicted(session, application, who.member)
    is_open = application.state in OPEN
    return office.pages.render(
        request,
        "applications/application.html",
        status=422 if wrong else 200,
        who=who,
        application=application,
        row=row,
        scope=view.scope(office, definition, application, lang),
        sections=view.answered(office, definition, application, files, lang),
        files=files,
        conditions=[one.read_in(lang) for one in definition.conditions],
        questions=service.questions_of(session, application),
        opinions=view.opinions(session, application, seen),
        votes={vote.value: (tag, office.pages.translate(lang, text)) for vote, (tag, text) in view.VOTES.items()},
        own=own,
        counted=rules.counted(session, application),
        needed=definition.opinions,
        conflicts=view.conflicts(session, application),
        conflicted=conflicted,
        people=[("", office.pages.translate(lang, N_("Nobody"))), *_eligible(session, application, who.organisation)],
        timeline=view.timeline(office, session, application, lang, for_applicant=False),
        may_judge=who.may(Role.MEMBER) and is_open and not conflicted,
        may_declare=who.may(Role.MEMBER) and is_open and not conflicted,
        may_assign=who.may(Role.MEMBER) and is_open,
        may_decide=who.may(Role.REGISTRAR) and is_open and not conflicted,
        may_end=who.may(Role.REGISTRAR),
        grants=definition.grants.value,
        currency=definition.envelope.currency if definition.envelope else "",
        accreditation=_accreditation(office, session, lang, application),
        renews=_renewed(session, application),
        done=done,
        typed=typed or {},
        errors={field: office.pages.translate(lang, sentence) for field, sentence in (wrong or {}).items()},
    )


def _eligible(session: Session, application: Application, authority: Organisation) -> list[tuple[str, str]]:
    """Who may look after it: the team, without those who keep out of it and closed accounts."""
    away = {one.member_id for one in rules.conflicts_of(session, application)}
    team: list[StaffMember] = staff.team(session, authority)
    return [(one.id, one.name) for one in team if one.id not in away and one.disabled_at is None]


def _accreditation(
    office: Office, session: Session, lang: str, application: Application
) -> accreditation_listing.Row | None:
    """The accreditation that came of it, as its own page shows it."""
    if application.accreditation_id is None:
        return None
    found = accreditation.accreditation_of(session, application.authority_id, application.accreditation_id)

    def translate(text: str, **values: object) -> str:
        return office.pages.translate(lang, text, **values)

    writer = office.pages.writer(lang)
    [row] = accreditation_listing.rows(
        session, [found], language=lang, translate=translate, writer=writer, now=office.clock()
    )
    return row


def _renewed(session: Session, application: Application) -> tuple[str, str] | None:
    """Id and number of the accreditation whose renewal is asked for."""
    if application.renews_id is None:
        return None
    found = accreditation.accreditation_of(session, application.authority_id, application.renews_id)
    return found.id, found.number


def _decision_page(
    request: Request,
    office: Office,
    session: Session,
    lang: str,
    who: SignedIn,
    application: Application,
    given: RulingForm,
    wrong: Mapping[str, str],
) -> Response:
    definition = _definition(session, application)
    return office.pages.render(
        request,
        "applications/decide.html",
        status=422 if wrong else 200,
        who=who,
        application=application,
        title=view.title(application, lang),
        given=given.model_dump(),
        options=view.options(office, definition, lang),
        conditions=[one.read_in(lang) for one in definition.conditions],
        grants=definition.grants.value,
        validity_months=definition.validity_months,
        currency=definition.envelope.currency if definition.envelope else "",
        left=schemes.left(session.get_one(Scheme, application.scheme_id)),
        counted=rules.counted(session, application),
        needed=definition.opinions,
        errors={field: office.pages.translate(lang, sentence) for field, sentence in wrong.items()},
    )


def _review_page(
    request: Request,
    office: Office,
    session: Session,
    lang: str,
    who: SignedIn,
    application: Application,
    form: RulingForm,
) -> Response:
    definition, ruling = _definition(session, application), _ruling(form)
    until = ruling.valid_until
    if ruling.valid_from is not None and until is None:
        until = rulings.last_moment(definition, ruling.valid_from)
    names = view.options(office, definition, lang)
    return office.pages.render(
        request,
        "applications/review.html",
        who=who,
        application=application,
        title=view.title(application, lang),
        form=form.model_dump(exclude={"confirmed"}),
        approve=ruling.approve,
        signs=ruling.approve and definition.grants is Grant.ACCREDITATION,
        elsewhere=application.applicant_organisation_id is None,
        valid_from=ruling.valid_from,
        valid_until=until,
        scope=[
            (office.pages.translate(lang, label), dict(names[name]).get(getattr(ruling, name), ""))
            for name, label in (("track", N_("Track")), ("stream", N_("Stream")), ("territory", N_("Territory")))
        ],
        conditions=[one.read_in(lang) for one in definition.conditions],
    )
