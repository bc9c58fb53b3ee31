"""Pages of an institution that applies: a guided form in steps, and where each application stands."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import quote

from fastapi import Depends, File, Form, UploadFile
from sqlmodel import Session
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from issuer.accreditation.models import Accreditation
from issuer.applications import answers, applying, looking, view
from issuer.applications.applying import AlreadyApplied, Applicant, Draft, NotTaken, Training, Unfinished
from issuer.applications.attachments import MAX_BYTES, FileRefused
from issuer.applications.models import Application, ApplicationState, Attachment
from issuer.applications.rules import InvalidText, UnknownApplication, WrongState
from issuer.applications.screens import QUESTION, Screens
from issuer.office import Office, OfficeDep
from issuer.organisations.models import Organisation
from issuer.programmes import service as programmes
from issuer.schemes import service as schemes
from issuer.schemes.definition import KINDS, QuestionType
from issuer.schemes.models import Scheme
from issuer.staff.access import InstitutionOfficer, InstitutionRegistrar
from issuer.staff.models import Role
from issuer.staff.service import SignedIn
from kit import csrf
from kit.i18n import N_
from kit.pages import Lang
from kit.problems import NotFound
from kit.web import Reading, Unit, text_of
from kit.web import router as strict_router

router = strict_router(dependencies=[Depends(csrf.guard)], include_in_schema=False)

Field = Annotated[str, Form()]

UPLOAD_PATHS = r"^/(fr|en)/office/applications/[0-9a-f-]+/attachments$"
UPLOAD_LIMIT = MAX_BYTES + 64 * 1024
_OF_ORGANISATION = ("applicant_kind", "contact_name", "contact_email", "track", "stream", "territory")
_LONGEST_CONTACT = {"contact_name": 200, "contact_email": 254}


# --- list and beginning ---


@router.get("/{lang}/office/applications")
def applications(
    request: Request, office: OfficeDep, session: Reading, lang: Lang, who: InstitutionOfficer
) -> Response:
    """Show the institution's applications, and the schemes that take more."""
    found = looking.all_of_applicant(session, who.organisation.did)
    return office.pages.render(
        request,
        "applications/list.html",
        who=who,
        rows=view.rows(office, session, found, lang),
        offers=_offers(office, session, lang),
    )


@router.get("/{lang}/office/applications/new")
def new(
    request: Request,
    office: OfficeDep,
    session: Reading,
    lang: Lang,
    who: InstitutionRegistrar,
    scheme: str = "",
    programme: str = "",
) -> Response:
    """Ask which programme, and under which scheme."""
    return Screens(request, office, session, lang, who).new({"scheme": scheme, "programme": programme}, {})


@router.post("/{lang}/office/applications/new")
def start(
    request: Request,
    office: OfficeDep,
    session: Unit,
    lang: Lang,
    who: InstitutionRegistrar,
    scheme: Field = "",
    programme: Field = "",
    renews: Field = "",
) -> Response:
    """Begin a draft, or go on with the one that there is."""
    given = {"scheme": scheme, "programme": programme, "renews": renews}
    chosen = session.get(Scheme, scheme) if scheme else None
    wrong = {}
    if chosen is None:
        wrong["scheme"] = N_("Choose a scheme.")
    try:
        taught = programmes.get(session, who.organisation, programme)
    except NotFound:
        wrong["programme"] = N_("Choose a program.")
    if chosen is None or wrong:
        return Screens(request, office, session, lang, who).new(given, wrong)
    try:
        application = applying.start(
            office,
            session,
            chosen,
            _applicant(session, who),
            Training(taught.achievement_id, taught.title_fr, taught.title_en),
            actor=who.actor,
            renews=session.get(Accreditation, renews) if renews else None,
        )
    except AlreadyApplied as there:
        return RedirectResponse(f"/{lang}/office/applications/{there.application_id}?there=yes", 303)
    except NotTaken:
        return Screens(request, office, session, lang, who).new(given, {"scheme": N_("Takes no applications.")})
    except UnknownApplication:
        mismatch = N_("This accreditation is of another program, or of another authority.")
        return Screens(request, office, session, lang, who).new(given, {"renews": mismatch})
    if str(taught.stream) in schemes.definition(chosen).streams:  # what its credentials say
        applying.save(office, session, application, draft=Draft(stream=str(taught.stream)))
    return RedirectResponse(f"/{lang}/office/applications/{application.id}/organisation", 303)


@router.get("/{lang}/office/applications/{application_id}")
def application_page(
    request: Request,
    office: OfficeDep,
    session: Reading,
    lang: Lang,
    who: InstitutionOfficer,
    application_id: str,
    there: str = "",
    done: str = "",
) -> Response:
    """Show where an application stands; a draft's form for whoever may go on with it."""
    application = looking.of_applicant(session, who.organisation.did, application_id)
    if application.state is ApplicationState.DRAFT and who.may(Role.REGISTRAR):
        note = "?there=yes" if there else ""
        return RedirectResponse(f"/{lang}/office/applications/{application.id}/check{note}", 303)
    return Screens(request, office, session, lang, who).state(application, done=done, there=bool(there))


# --- the form ---


@router.get("/{lang}/office/applications/{application_id}/organisation")
def organisation_step(
    request: Request,
    office: OfficeDep,
    session: Reading,
    lang: Lang,
    who: InstitutionRegistrar,
    application_id: str,
) -> Response:
    """Ask who applies, and for what."""
    application = _draft(session, who, application_id)
    given = {name: getattr(application, name) for name in _OF_ORGANISATION}
    return Screens(request, office, session, lang, who).organisation(application, given, {})


@router.post("/{lang}/office/applications/{application_id}/organisation")
async def save_organisation(
    request: Request, office: OfficeDep, session: Unit, lang: Lang, who: InstitutionRegistrar, application_id: str
) -> Response:
    """Keep who applies, and for what."""
    application = looking.held_by_applicant(session, who.organisation.did, application_id)
    form = await request.form()
    given = {name: text_of(form, name) for name in _OF_ORGANISATION}
    wrong = {
        name: N_("This text is too long.") for name, longest in _LONGEST_CONTACT.items() if len(given[name]) > longest
    }
    if given["applicant_kind"] and given["applicant_kind"] not in KINDS:
        wrong["applicant_kind"] = N_("Say what kind of organization yours is.")
    if wrong:
        return Screens(request, office, session, lang, who).organisation(application, given, wrong)
    applying.save(office, session, application, draft=Draft(**given))
    return _onwards(lang, application, form, "questions")


@router.get("/{lang}/office/applications/{application_id}/questions")
def questions_step(
    request: Request,
    office: OfficeDep,
    session: Reading,
    lang: Lang,
    who: InstitutionRegistrar,
    application_id: str,
) -> Response:
    """Ask the scheme's questions."""
    application = _draft(session, who, application_id)
    given = answers.of_application(application)
    return Screens(request, office, session, lang, who).questions(application, given, {})


@router.post("/{lang}/office/applications/{application_id}/questions")
async def save_questions(
    request: Request, office: OfficeDep, session: Unit, lang: Lang, who: InstitutionRegistrar, application_id: str
) -> Response:
    """Keep the answers; what cannot be an answer is said at its field, and kept as typed."""
    application = looking.held_by_applicant(session, who.organisation.did, application_id)
    form = await request.form(max_fields=500)
    asked = view.definition_of(session, application).asked(application.track)
    given = {one.key: text_of(form, QUESTION + one.key) for one in asked if one.type is not QuestionType.ATTACHMENT}
    try:
        applying.save(office, session, application, given=given)
    except InvalidText as refused:
        wrong = {QUESTION + refused.field: refused.sentence}
        return Screens(request, office, session, lang, who).questions(application, given, wrong)
    problems = [problem for one in asked if (problem := answers.problem_with(one, given.get(one.key, "")))]
    if problems:
        said = {QUESTION + field: text for field, text in view.gap_sentences(office, problems, lang).items()}
        return Screens(request, office, session, lang, who).questions(application, given, said)
    return _onwards(lang, application, form, "attachments")


@router.get("/{lang}/office/applications/{application_id}/attachments")
def attachments_step(
    request: Request,
    office: OfficeDep,
    session: Reading,
    lang: Lang,
    who: InstitutionRegistrar,
    application_id: str,
) -> Response:
    """Ask for files."""
    return Screens(request, office, session, lang, who).attachments(_draft(session, who, application_id), {})


@router.post("/{lang}/office/applications/{application_id}/attachments")
def attach(
    request: Request,
    office: OfficeDep,
    session: Unit,
    lang: Lang,
    who: InstitutionRegistrar,
    application_id: str,
    question: Field = "",
    file: Annotated[UploadFile | None, File()] = None,
) -> Response:
    """Keep a file, as the answer to a question of the form or of the committee."""
    application = looking.held_by_applicant(session, who.organisation.did, application_id)
    try:
        name, data = _read(file)
        applying.attach(office, session, application, question=question, file_name=name, data=data, actor=who.actor)
    except FileRefused as refused:
        wrong = {f"{QUESTION}{question}": refused.sentence}
        if application.state is ApplicationState.DRAFT:
            return Screens(request, office, session, lang, who).attachments(application, wrong)
        return Screens(request, office, session, lang, who).state(application, wrong=wrong)
    is_draft = application.state is ApplicationState.DRAFT
    return RedirectResponse(f"/{lang}/office/applications/{application.id}{'/attachments' if is_draft else ''}", 303)


@router.post("/{lang}/office/applications/{application_id}/attachments/{attachment_id}/remove")
def detach(session: Unit, lang: Lang, who: InstitutionRegistrar, application_id: str, attachment_id: str) -> Response:
    """Remove a file from a draft."""
    application = looking.held_by_applicant(session, who.organisation.did, application_id)
    applying.detach(session, application, attachment_id)
    return RedirectResponse(f"/{lang}/office/applications/{application.id}/attachments", 303)


@router.get("/{lang}/office/applications/{application_id}/attachments/{attachment_id}")
def download(
    session: Reading, lang: Lang, who: InstitutionOfficer, application_id: str, attachment_id: str
) -> Response:
    """Hand one's own file back."""
    application = looking.of_applicant(session, who.organisation.did, application_id)
    return as_download(session, looking.attachment_of(session, application, attachment_id))


@router.get("/{lang}/office/applications/{application_id}/check")
def check_step(
    request: Request,
    office: OfficeDep,
    session: Reading,
    lang: Lang,
    who: InstitutionRegistrar,
    application_id: str,
    there: str = "",
) -> Response:
    """Show everything before it is sent, with what is missing."""
    application = _draft(session, who, application_id)
    return Screens(request, office, session, lang, who).check(application, there=bool(there))


@router.post("/{lang}/office/applications/{application_id}/submit")
def submit(
    request: Request, office: OfficeDep, session: Unit, lang: Lang, who: InstitutionRegistrar, application_id: str
) -> Response:
    """Send it to the committee."""
    application = looking.held_by_applicant(session, who.organisation.did, application_id)
    try:
        applying.submit(office, session, application, actor=who.actor)
    except Unfinished:
        return Screens(request, office, session, lang, who).check(application, status=422)
    except NotTaken:
        scheme = session.get_one(Scheme, application.scheme_id)
        refusal = view.refusal(office, scheme, lang)
        return Screens(request, office, session, lang, who).check(application, refusal=refusal, status=409)
    return RedirectResponse(f"/{lang}/office/applications/{application.id}?done=sent", 303)


# --- after sending ---


@router.post("/{lang}/office/applications/{application_id}/answer/{question_id}")
def answer(
    request: Request,
    office: OfficeDep,
    session: Unit,
    lang: Lang,
    who: InstitutionRegistrar,
    application_id: str,
    question_id: str,
    answer: Field = "",
) -> Response:
    """Answer a question of the committee's."""
    application = looking.held_by_applicant(session, who.organisation.did, application_id)
    try:
        applying.answer(office, session, application, question_id, text=answer, actor=who.actor)
    except InvalidText as refused:
        wrong = {f"answer-{question_id}": refused.sentence}
        return Screens(request, office, session, lang, who).state(application, wrong=wrong, typed=answer)
    return RedirectResponse(f"/{lang}/office/applications/{application.id}?done=answered", 303)


@router.post("/{lang}/office/applications/{application_id}/take-back")
def take_back(office: OfficeDep, session: Unit, lang: Lang, who: InstitutionRegistrar, application_id: str) -> Response:
    """Take an application back before it is decided."""
    application = looking.held_by_applicant(session, who.organisation.did, application_id)
    applying.withdraw(office, session, application, actor=who.actor)
    return RedirectResponse(f"/{lang}/office/applications/{application.id}?done=withdrawn", 303)


def as_download(session: Session, attachment: Attachment) -> Response:
    """Return a file as a download that no browser shows under our address."""
    name = quote(attachment.file_name, safe="")
    headers = {
        "content-disposition": f"attachment; filename*=UTF-8''{name}",
        "cache-control": "no-store",
        "content-security-policy": "sandbox; default-src 'none'",
    }
    return Response(looking.body_of(session, attachment), media_type="application/octet-stream", headers=headers)


# --- reading forms ---


def _read(file: UploadFile | None) -> tuple[str, bytes]:
    """Name and content of an uploaded file, one byte more than it may have at most. Raises `FileRefused`."""
    if file is None or not file.filename:
        raise FileRefused(N_("Choose a file."))
    return file.filename, file.file.read(MAX_BYTES + 1)


def _onwards(lang: str, application: Application, form: FormData, step: str) -> Response:
    """To the next step, or back to the list for whoever goes on later."""
    later = bool(text_of(form, "later"))
    return RedirectResponse(f"/{lang}/office/applications{'' if later else f'/{application.id}/{step}'}", 303)


def _draft(session: Session, who: SignedIn, application_id: str) -> Application:
    application = looking.of_applicant(session, who.organisation.did, application_id)
    if application.state is not ApplicationState.DRAFT:
        raise WrongState
    return application


def _applicant(session: Session, who: SignedIn) -> Applicant:
    """The organisation, with the facts that it gave the last time."""
    before = next(iter(looking.all_of_applicant(session, who.organisation.did)), None)
    return Applicant(
        did=who.organisation.did,
        name=who.organisation.name_fr,
        kind=before.applicant_kind if before else "",
        contact_name=who.member.name,
        contact_email=who.member.email,
        organisation_id=who.organisation.id,
    )


def _offers(office: Office, session: Session, lang: str) -> list[tuple[Scheme, Organisation, str, str]]:
    """Each open scheme with its authority, and in which words it takes applications."""
    return [
        (scheme, authority, *view.availability(office, scheme, lang)) for scheme, authority in schemes.all_open(session)
    ]
