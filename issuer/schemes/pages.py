"""Pages about schemes: an authority adopts, sets, opens and closes them; everybody reads what they ask for."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import Depends, Form
from pydantic import BaseModel
from sqlmodel import Session, col, select
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from issuer.accreditation import listing
from issuer.applications import view
from issuer.applications.models import Application, ApplicationState
from issuer.office import Office, OfficeDep
from issuer.organisations import service as organisations
from issuer.schemes import service
from issuer.schemes.definition import KINDS, Definition, Grant, Text, end_of_minute, in_zone
from issuer.schemes.models import Scheme
from issuer.schemes.reading import InvalidScheme
from issuer.schemes.service import AlreadyAdopted, InvalidSettings, Settings
from issuer.staff.access import AuthorityOfficer, AuthorityRegistrar
from issuer.staff.models import Role
from issuer.staff.service import SignedIn
from kit import csrf
from kit.i18n import N_
from kit.pages import Lang
from kit.places import place
from kit.web import Reading, Unit
from kit.web import router as strict_router

router = strict_router(dependencies=[Depends(csrf.guard)], include_in_schema=False)

Field = Annotated[str, Form()]

_LOCAL_TIME = re.compile(r"(\d{4}-\d{2}-\d{2})[ T](\d{2}:\d{2})")
_NOT_A_TIME = N_("Write the date and time as year-month-day hour:minute. Example: 2026-06-08 23:59")
_ODD_TIME = N_("The clocks change then and show that time twice or never. Choose another.")


class SettingsForm(BaseModel):
    """The form of a scheme's settings, as typed."""

    name_fr: str = ""
    name_en: str = ""
    summary_fr: str = ""
    summary_en: str = ""
    territories: list[str] = []
    validity_months: str = ""
    promise_days: str = ""
    answer_by: str = ""
    opinions: str = ""
    opens: str = ""
    closes: str = ""


# --- everybody ---


@router.get("/{lang}/o/{slug}/schemes/{scheme_slug}")
def public_page(
    request: Request, office: OfficeDep, session: Reading, lang: Lang, slug: str, scheme_slug: str
) -> Response:
    """Show what a scheme is for, what it asks, when, and who takes part in it."""
    authority = organisations.by_slug(session, slug)
    scheme = service.by_slug(session, authority, scheme_slug)
    definition = service.definition(scheme)
    return office.pages.render(
        request,
        "schemes/public.html",
        authority=authority,
        authority_name=organisations.name(authority, lang),
        scheme=scheme,
        definition=definition,
        facts=_facts(office, scheme, definition, lang),
        availability=view.availability(office, scheme, lang),
        participants=_participants(session, scheme) if definition.grants is Grant.PARTICIPATION else None,
    )


def _participants(session: Session, scheme: Scheme) -> list[Application]:
    """Who takes part now, by name."""
    query = select(Application).where(
        Application.scheme_id == scheme.id,
        Application.state == ApplicationState.APPROVED,
        col(Application.ended_at).is_(None),
    )
    return list(session.exec(query.order_by(col(Application.applicant_name))).all())


# --- the authority ---


@router.get("/{lang}/office/schemes")
def schemes(request: Request, office: OfficeDep, session: Reading, lang: Lang, who: AuthorityOfficer) -> Response:
    """Show the schemes that the authority runs, and those it could adopt."""
    return _list_page(request, office, session, lang, who)


@router.post("/{lang}/office/schemes")
def adopt(
    request: Request,
    office: OfficeDep,
    session: Unit,
    lang: Lang,
    who: AuthorityRegistrar,
    shipped: Field = "",
    source: Field = "",
) -> Response:
    """Adopt a scheme that comes along, or one from the authority's own file."""
    text = service.shipped().get(shipped, "") if shipped else source.replace("\r\n", "\n")
    try:
        scheme = service.adopt(office, session, who.organisation, text, actor=who.actor)
    except InvalidScheme as refused:
        return _list_page(request, office, session, lang, who, refused=refused, source=text)
    except AlreadyAdopted:
        return _list_page(request, office, session, lang, who, twice=True, source=source)
    return RedirectResponse(f"/{lang}/office/schemes/{scheme.id}/edit", 303)


@router.get("/{lang}/office/schemes/{scheme_id}")
def scheme_page(
    request: Request,
    office: OfficeDep,
    session: Reading,
    lang: Lang,
    who: AuthorityOfficer,
    scheme_id: str,
    done: str = "",
) -> Response:
    """Show one scheme as it applies."""
    scheme = service.get(session, who.organisation, scheme_id)
    definition = service.definition(scheme)
    return office.pages.render(
        request,
        "schemes/scheme.html",
        who=who,
        scheme=scheme,
        definition=definition,
        facts=_facts(office, scheme, definition, lang),
        availability=view.availability(office, scheme, lang),
        may_change=who.may(Role.REGISTRAR),
        done=done if done in ("saved", "opened", "closed") else "",
    )


@router.get("/{lang}/office/schemes/{scheme_id}/edit")
def edit_form(
    request: Request, office: OfficeDep, session: Reading, lang: Lang, who: AuthorityRegistrar, scheme_id: str
) -> Response:
    """Ask for dates, texts and promises."""
    scheme = service.get(session, who.organisation, scheme_id)
    return _edit_page(request, office, lang, who, scheme, _as_typed(scheme), {})


@router.post("/{lang}/office/schemes/{scheme_id}/edit")
def save(
    request: Request,
    office: OfficeDep,
    session: Unit,
    lang: Lang,
    who: AuthorityRegistrar,
    scheme_id: str,
    form: Annotated[SettingsForm, Form()],
) -> Response:
    """Set them."""
    scheme = service.get(session, who.organisation, scheme_id, lock=True)
    try:
        service.change(office, session, scheme, _settings(form, scheme.zone), actor=who.actor)
    except InvalidSettings as refused:
        return _edit_page(request, office, lang, who, scheme, form, refused.fields)
    return RedirectResponse(f"/{lang}/office/schemes/{scheme.id}?done=saved", 303)


@router.post("/{lang}/office/schemes/{scheme_id}/open")
def open_scheme(office: OfficeDep, session: Unit, lang: Lang, who: AuthorityRegistrar, scheme_id: str) -> Response:
    """Take applications."""
    scheme = service.get(session, who.organisation, scheme_id, lock=True)
    service.open_scheme(office, session, scheme, actor=who.actor)
    return RedirectResponse(f"/{lang}/office/schemes/{scheme.id}?done=opened", 303)


@router.post("/{lang}/office/schemes/{scheme_id}/close")
def close_scheme(office: OfficeDep, session: Unit, lang: Lang, who: AuthorityRegistrar, scheme_id: str) -> Response:
    """Take no more applications."""
    scheme = service.get(session, who.organisation, scheme_id, lock=True)
    service.close_scheme(office, session, scheme, actor=who.actor)
    return RedirectResponse(f"/{lang}/office/schemes/{scheme.id}?done=closed", 303)


# --- reading the form ---


def _as_typed(scheme: Scheme) -> SettingsForm:
    zone = ZoneInfo(scheme.zone)
    closes = view.last_minute(scheme.closes_at) if scheme.closes_at else None
    return SettingsForm(
        name_fr=scheme.name_fr,
        name_en=scheme.name_en,
        summary_fr=scheme.summary_fr,
        summary_en=scheme.summary_en,
        territories=scheme.territories.split(),
        validity_months=str(scheme.validity_months or ""),
        promise_days=str(scheme.promise_days),
        answer_by=scheme.answer_by.isoformat() if scheme.answer_by else "",
        opinions=str(scheme.opinions),
        opens=f"{scheme.opens_at.astimezone(zone):%Y-%m-%d %H:%M}" if scheme.opens_at else "",
        closes=f"{closes.astimezone(zone):%Y-%m-%d %H:%M}" if closes else "",
    )


def _settings(form: SettingsForm, zone: str) -> Settings:
    """Return the settings. Raises `InvalidSettings` for fields that cannot be read."""
    wrong: dict[str, str] = {}
    settings = Settings(
        name=Text(form.name_fr, form.name_en),
        summary=Text(form.summary_fr, form.summary_en),
        territories=tuple(form.territories),
        validity_months=_number(form.validity_months) if form.validity_months.strip() else None,
        promise_days=_number(form.promise_days),
        answer_by=_day(form.answer_by, wrong),
        opinions=_number(form.opinions),
        zone=zone,
        opens=_moment("opens", form.opens, zone, wrong),
        closes=end_of_minute(_moment("closes", form.closes, zone, wrong)),
    )
    if wrong:
        raise InvalidSettings(wrong)
    return settings


def _number(text: str) -> int:
    """The number, or one that no rule accepts."""
    text = text.strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else -1


def _day(text: str, wrong: dict[str, str]) -> date | None:
    if not text.strip():
        return None
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        wrong["answer_by"] = N_("Write the date as year-month-day. Example: 2026-06-12")
        return None


def _moment(field: str, text: str, zone: str, wrong: dict[str, str]) -> datetime | None:
    """Read a local time as a moment in UTC."""
    if not text.strip():
        return None
    typed = _LOCAL_TIME.fullmatch(text.strip())
    try:
        local = datetime.fromisoformat(f"{typed[1]}T{typed[2]}") if typed else None
    except ValueError:
        local = None
    moment = in_zone(local, zone) if local else None
    if moment is None:
        wrong[field] = _ODD_TIME if local else _NOT_A_TIME
    return moment


# --- pages ---


def _facts(office: Office, scheme: Scheme, definition: Definition, lang: str) -> list[tuple[str, str]]:
    """What is worth knowing about a scheme, as (label, value)."""

    def _(text: str, **values: object) -> str:
        return office.pages.translate(lang, text, **values)

    writer = office.pages.writer(lang)
    grants = {
        Grant.ACCREDITATION: N_("A signed accreditation"),
        Grant.PARTICIPATION: N_("Participation, which accredits nothing"),
    }
    answer = (
        _(N_("By %(date)s"), date=writer.date(definition.answer_by))
        if definition.answer_by
        else _(N_("In %(days)s days"), days=definition.promise_days)
    )
    months = definition.validity_months
    remaining = service.left(scheme)
    found = [
        (_(N_("An approval is")), _(grants[definition.grants])),
        (_(N_("For")), ", ".join(_(KINDS[kind]) for kind in definition.admits)),
        (_(N_("Tracks")), ", ".join(one.name.read_in(lang) for one in definition.tracks)),
        (_(N_("Streams")), ", ".join(_(listing.STREAMS[one]) for one in definition.streams)),
        (_(N_("Territories")), ", ".join(place(one, _) for one in definition.territories)),
        (_(N_("Holds for")), _(N_("%(months)s months"), months=months) if months else _(N_("No end date"))),
        (_(N_("Answer")), answer),
        (_(N_("Opinions before a decision")), str(definition.opinions)),
        (
            _(N_("Left in the envelope")),
            f"{writer.number(remaining)} {definition.envelope.currency}"
            if remaining is not None and definition.envelope
            else "",
        ),
    ]
    return [(label, value) for label, value in found if value]


def _list_page(
    request: Request,
    office: Office,
    session: Session,
    lang: str,
    who: SignedIn,
    *,
    refused: InvalidScheme | None = None,
    twice: bool = False,
    source: str = "",
) -> Response:
    runs = service.of_authority(session, who.organisation)
    adopted = {one.slug for one in runs}
    offered = [service.read_cached(text) for key, text in service.shipped().items() if key not in adopted]
    status = 422 if refused else 409 if twice else 200
    return office.pages.render(
        request,
        "schemes/list.html",
        status=status,
        who=who,
        runs=[(one, view.availability(office, one, lang)) for one in runs],
        offered=sorted(offered, key=lambda one: one.name.read_in(lang)),
        may_change=who.may(Role.REGISTRAR),
        refused=refused,
        twice=twice,
        source=source,
    )


def _edit_page(
    request: Request,
    office: Office,
    lang: str,
    who: SignedIn,
    scheme: Scheme,
    given: SettingsForm,
    wrong: Mapping[str, str],
) -> Response:
    def translate(text: str) -> str:
        return office.pages.translate(lang, text)

    allowed = service.read_cached(scheme.source).territories
    return office.pages.render(
        request,
        "schemes/edit.html",
        status=422 if wrong else 200,
        who=who,
        scheme=scheme,
        given=given.model_dump(),
        places=[(one, place(one, translate)) for one in allowed],
        clocks=view.clocks_of(lang, scheme.zone),
        errors={field: translate(sentence) for field, sentence in wrong.items()},
    )
