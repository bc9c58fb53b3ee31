"""Pages of the programmes: the office's list and form, and what the public sees."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Depends, Form
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from issuer.accreditation import in_force
from issuer.applications import view
from issuer.cohorts import service as cohorts
from issuer.components import service as components
from issuer.endorsements import shown
from issuer.office import Office, OfficeDep
from issuer.organisations import service as organisations
from issuer.organisations.models import OrganisationKind
from issuer.programmes import service
from issuer.programmes.described import as_achievement
from issuer.programmes.models import Programme, ProgrammeSkill, Stream
from issuer.programmes.service import InvalidProgramme, ProgrammeText, SkillText
from issuer.schemes import service as schemes
from issuer.staff.access import Officer, Registrar, Visitor
from issuer.staff.service import SignedIn
from kit import csrf
from kit.i18n import N_
from kit.pages import Lang, preferred_language
from kit.problems import NotFound, wants_page
from kit.web import Reading, Unit
from kit.web import router as strict_router

router = strict_router(dependencies=[Depends(csrf.guard)], include_in_schema=False)

STREAMS = ((Stream.UPSKILLING, N_("Upskilling")), (Stream.RESKILLING, N_("Reskilling")))
TAUGHT_IN = (
    ("fr", N_("French")),
    ("en", N_("English")),
    ("nl", N_("Dutch")),
    ("de", N_("German")),
    ("iu", N_("Inuktitut")),
    ("cr", N_("Cree")),
)
_EMPTY_SKILLS = 3
_SKILL_FIELDS = ("name_fr", "name_en", "framework", "code", "url")


# --- the office ---


@router.get("/{lang}/office/programmes")
def programmes(request: Request, office: OfficeDep, session: Reading, lang: Lang, who: Officer) -> Response:
    """List the institution's programmes."""
    _only_institutions(who)
    shown = service.of_organisation(session, who.organisation, archived=True)
    accredited = {one.id: in_force.of_training(session, one.achievement_id, now=office.clock()) for one in shown}
    return office.pages.render(request, "programmes/list.html", who=who, programmes=shown, accredited=accredited)


@router.get("/{lang}/office/programmes/new")
def new_programme(request: Request, office: OfficeDep, lang: Lang, who: Registrar) -> Response:
    """Show the empty form."""
    _only_institutions(who)
    return _form_page(request, office, who, None, {}, [])


@router.post("/{lang}/office/programmes/new")
async def create_programme(request: Request, office: OfficeDep, session: Unit, lang: Lang, who: Registrar) -> Response:
    """Create a programme."""
    _only_institutions(who)
    form = await request.form()
    try:
        programme = service.create(office, session, who.organisation, _text(form), actor=who.actor)
    except InvalidProgramme as problem:
        return _form_page(request, office, who, None, form, _skills(form), wrong=problem.fields)
    return RedirectResponse(f"/{lang}/office/programmes/{programme.id}", 303)


@router.get("/{lang}/office/programmes/{programme_id}")
def programme_page(
    request: Request,
    office: OfficeDep,
    session: Reading,
    lang: Lang,
    who: Officer,
    programme_id: str,
    page: str = "1",
) -> Response:
    """Show a programme with its cohorts."""
    number = int(page) if page.isascii() and page.isdigit() and len(page) < 7 else 1
    programme = service.get(session, who.organisation, programme_id)
    return office.pages.render(
        request,
        "programmes/programme.html",
        who=who,
        programme=programme,
        skills=service.skills(session, programme),
        cohorts=cohorts.overview(session, programme, page=max(1, number)),
        accreditations=in_force.of_training(session, programme.achievement_id, now=office.clock()),
    )


@router.get("/{lang}/office/programmes/{programme_id}/edit")
def edit_programme(
    request: Request, office: OfficeDep, session: Reading, lang: Lang, who: Registrar, programme_id: str
) -> Response:
    """Show the form with the programme's texts."""
    programme = service.get(session, who.organisation, programme_id)
    given = {**programme.model_dump(), "valid_months": programme.valid_months or ""}
    return _form_page(request, office, who, programme, given, service.skills(session, programme))


@router.post("/{lang}/office/programmes/{programme_id}/edit")
async def change_programme(
    request: Request, office: OfficeDep, session: Unit, lang: Lang, who: Registrar, programme_id: str
) -> Response:
    """Change a programme."""
    programme = service.get(session, who.organisation, programme_id)
    form = await request.form()
    try:
        service.change(office, session, programme, _text(form), actor=who.actor)
    except InvalidProgramme as problem:
        return _form_page(request, office, who, programme, form, _skills(form), wrong=problem.fields)
    return RedirectResponse(f"/{lang}/office/programmes/{programme.id}", 303)


@router.post("/{lang}/office/programmes/{programme_id}/archive")
def archive_programme(
    office: OfficeDep,
    session: Unit,
    lang: Lang,
    who: Registrar,
    programme_id: str,
    undo: Annotated[str, Form()] = "",
) -> Response:
    """Archive a programme, or with `undo` put it back."""
    programme = service.get(session, who.organisation, programme_id)
    act = service.restore if undo else service.archive
    act(office, session, programme, actor=who.actor)
    return RedirectResponse(f"/{lang}/office/programmes", 303)


def _only_institutions(who: SignedIn) -> None:
    if who.organisation.kind is OrganisationKind.AUTHORITY:
        raise NotFound


def _form_page(
    request: Request,
    office: Office,
    who: SignedIn,
    programme: Programme | None,
    given: Any,
    skills: list[ProgrammeSkill] | list[SkillText],
    *,
    wrong: dict[str, str] | None = None,
) -> Response:
    return office.pages.render(
        request,
        "programmes/form.html",
        status=422 if wrong else 200,
        who=who,
        programme=programme,
        given=given,
        skills=[*skills, *[SkillText("", "", "", "", "")] * _EMPTY_SKILLS],
        streams=STREAMS,
        taught_in=TAUGHT_IN,
        wrong=wrong or {},
    )


def _text(form: FormData) -> ProgrammeText:
    def text(name: str) -> str:
        value = form.get(name, "")
        return value if isinstance(value, str) else ""

    return ProgrammeText(
        title_fr=text("title_fr"),
        title_en=text("title_en"),
        description_fr=text("description_fr"),
        description_en=text("description_en"),
        criteria_fr=text("criteria_fr"),
        criteria_en=text("criteria_en"),
        hours=_number(text("hours")) or 0,
        stream=Stream.RESKILLING if text("stream") == Stream.RESKILLING else Stream.UPSKILLING,
        language=text("language"),
        valid_months=None if not text("valid_months").strip() else _number(text("valid_months")) or 0,
        skills=_skills(form),
    )


def _skills(form: FormData) -> list[SkillText]:
    """The skills of the form, the empty rows left out."""
    columns = [[str(value) for value in form.getlist(f"skill_{name}")] for name in _SKILL_FIELDS]
    rows = [SkillText(*(value.strip() for value in row)) for row in zip(*columns, strict=False)]
    return [row for row in rows if any(vars(row)[name] for name in _SKILL_FIELDS)]


def _number(text: str) -> int | None:
    text = text.strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 6 else None


# --- the public ---


@router.get("/{lang}/")
def front(request: Request, office: OfficeDep, session: Reading, lang: Lang) -> Response:
    """Show which institutions and authorities are here."""
    return office.pages.render(
        request,
        "front.html",
        institutions=organisations.all_of(session, OrganisationKind.INSTITUTION),
        authorities=organisations.all_of(session, OrganisationKind.AUTHORITY),
    )


@router.get("/{lang}/help")
def help_page(request: Request, office: OfficeDep, lang: Lang, who: Visitor) -> Response:
    """Answer what people ask first, and say how this site treats them."""
    link = office.settings.verifier_link
    return office.pages.render(request, "help.html", who=who, verifier_link=link.format(lang=lang) if link else "")


@router.get("/{lang}/o/{slug}")
def organisation_page(request: Request, office: OfficeDep, session: Reading, lang: Lang, slug: str) -> Response:
    """Show one organisation and its programmes."""
    organisation = organisations.by_slug(session, slug)
    programmes = service.of_organisation(session, organisation)
    accredited = {one.id: in_force.of_training(session, one.achievement_id, now=office.clock()) for one in programmes}
    runs = [(one, view.availability(office, one, lang)) for one in schemes.of_authority(session, organisation)]
    return office.pages.render(
        request,
        "organisation.html",
        organisation=organisation,
        programmes=programmes,
        accredited=accredited,
        schemes=[(one, availability) for one, availability in runs if one.is_open],
    )


@router.get("/{lang}/o/{slug}/p/{programme_slug}")
def public_programme(
    request: Request, office: OfficeDep, session: Reading, lang: Lang, slug: str, programme_slug: str
) -> Response:
    """Show a programme and who accredits it."""
    organisation = organisations.by_slug(session, slug)
    programme = service.by_slug(session, organisation, programme_slug)
    return office.pages.render(
        request,
        "programmes/public.html",
        organisation=organisation,
        programme=programme,
        skills=service.skills(session, programme),
        accreditations=in_force.of_training(session, programme.achievement_id, now=office.clock()),
        parts=components.parts_of(session, [programme.id]).get(programme.id, []),
        wholes=components.wholes_of(session, programme),
        endorsements=shown.on_page(session, programme),
        streams=dict(STREAMS),
        taught_in=dict(TAUGHT_IN),
    )


@router.get("/o/{slug}/p/{programme_slug}")
def achievement(request: Request, session: Reading, slug: str, programme_slug: str) -> Response:
    """The address that credentials name as their achievement leads to the programme's page; programs get JSON."""
    organisation = organisations.by_slug(session, slug)
    programme = service.by_slug(session, organisation, programme_slug)
    if not wants_page(request) and "json" in request.headers.get("accept", ""):
        return JSONResponse(as_achievement(programme, organisation), headers={"vary": "accept"})
    here = f"/{preferred_language(request)}/o/{slug}/p/{programme_slug}"
    return RedirectResponse(here, 303, {"vary": "accept, accept-language"})
