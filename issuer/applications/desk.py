"""Pages of the committee: the queue with its clock, an application with what is said about it, and the decision."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated

from fastapi import Depends, Form
from sqlmodel import Session, col, select
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from issuer.accreditation.limits import BeyondRecognition
from issuer.accreditation.rules import NumberTaken
from issuer.applications import answers, committee, looking, rules, ruling_form, rulings, view
from issuer.applications.desk_screens import DeskScreens
from issuer.applications.models import Application, ApplicationState, Vote
from issuer.applications.pages import as_download
from issuer.applications.rules import InvalidText
from issuer.applications.ruling_form import RulingForm
from issuer.office import Office, OfficeDep
from issuer.organisations.models import Organisation
from issuer.schemes import service as schemes
from issuer.staff import service as staff
from issuer.staff.access import AuthorityMember, AuthorityOfficer, AuthorityRegistrar
from kit import csrf
from kit.i18n import N_
from kit.pages import Lang
from kit.searching import has_word, words
from kit.web import Reading, Unit
from kit.web import router as strict_router

router = strict_router(dependencies=[Depends(csrf.guard)], include_in_schema=False)

Field = Annotated[str, Form()]

SHOWN = 200
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
    "": rules.UNDECIDED,
    "late": (ApplicationState.SUBMITTED,),
    "waiting": (ApplicationState.WAITING,),
    "approved": (ApplicationState.APPROVED,),
    "refused": (ApplicationState.REFUSED,),
    "withdrawn": (ApplicationState.WITHDRAWN,),
}
_BEYOND = N_("Your organization is not itself recognized for that. Choose narrower conditions or dates.")
_DONE = ("assigned", "conflict", "asked", "opinion", "decided", "ended")


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
        schemes=[("", everything), *((one.id, schemes.name(one, lang)) for one in runs)],
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
    application = looking.of_authority(session, who.organisation, application_id)
    return DeskScreens(request, office, session, lang, who).application(application, done=done if done in _DONE else "")


@router.get("/{lang}/office/queue/{application_id}/attachments/{attachment_id}")
def download(
    session: Reading,
    lang: Lang,  # noqa: ARG001 - the address has one
    who: AuthorityOfficer,
    application_id: str,
    attachment_id: str,
) -> Response:
    """Hand a file of the applicant's out."""
    application = looking.of_authority(session, who.organisation, application_id)
    return as_download(session, looking.attachment_of(session, application, attachment_id))


# --- the committee's acts ---


@router.post("/{lang}/office/queue/{application_id}/assign")
def assign(
    office: OfficeDep, session: Unit, lang: Lang, who: AuthorityMember, application_id: str, member: Field = ""
) -> Response:
    """Settle who looks after it."""
    application = looking.held(session, who.organisation, application_id)
    chosen = staff.member_of(session, who.organisation, member) if member else None
    committee.assign(office, session, application, chosen, actor=who.actor)
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
    application = looking.held(session, who.organisation, application_id)
    try:
        committee.declare_conflict(office, session, application, who.member, reason=reason)
    except InvalidText as refused:
        return DeskScreens(request, office, session, lang, who).application(
            application, wrong={"conflict": refused.sentence}
        )
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
    application = looking.held(session, who.organisation, application_id)
    try:
        committee.ask(office, session, application, who.member, text=question)
    except InvalidText as refused:
        wrong, typed = {"question": refused.sentence}, {"question": question}
        return DeskScreens(request, office, session, lang, who).application(application, wrong=wrong, typed=typed)
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
    application = looking.held(session, who.organisation, application_id)
    typed = {"vote": vote, "opinion": opinion}
    try:
        committee.give_opinion(office, session, application, who.member, vote=_vote(vote), reasons=opinion)
    except InvalidText as refused:
        wrong = {"vote" if refused.field == "vote" else "opinion": refused.sentence}
        return DeskScreens(request, office, session, lang, who).application(application, wrong=wrong, typed=typed)
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
    application = looking.held(session, who.organisation, application_id)
    try:
        rulings.end_participation(office, session, application, reason=reason, actor=who.actor)
    except InvalidText as refused:
        return DeskScreens(request, office, session, lang, who).application(
            application, wrong={"reason": refused.sentence}
        )
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
    application = looking.of_authority(session, who.organisation, application_id)
    given = RulingForm(
        number=application.number or "",
        track=application.track,
        stream=application.stream,
        territory=application.territory,
        valid_from=office.clock().date().isoformat(),
        granted=_asked_for(session, application),
    )
    return DeskScreens(request, office, session, lang, who).decision(application, given, {})


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
        ruling = ruling_form.read(form)
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
        application = looking.of_authority(session, who.organisation, application_id)
        if wrong:
            return DeskScreens(request, office, session, lang, who).decision(application, form, wrong)
        return DeskScreens(request, office, session, lang, who).review(application, form)


def _asked_for(session: Session, application: Application) -> str:
    """The sum that the applicant asked for, where the scheme has an envelope."""
    envelope = view.definition_of(session, application).envelope
    return answers.of_application(application).get(envelope.question, "") if envelope else ""
