"""The public form of a scheme, without an account: what the scheme is, who applies, and for what."""

from __future__ import annotations

from collections.abc import Mapping

from fastapi import Depends
from sqlmodel import Session
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from issuer.applications import view
from issuer.office import Office, OfficeDep
from issuer.organisations import service as organisations
from issuer.organisations.models import Organisation, OrganisationKind
from issuer.outside import attempts, letters, screens, service, training
from issuer.outside.service import Beginning, Incomplete
from issuer.schemes import service as schemes
from issuer.schemes.definition import KINDS
from issuer.schemes.models import Scheme
from kit import csrf
from kit.i18n import N_
from kit.pages import Lang
from kit.problems import NotFound
from kit.web import Reading, text_of
from kit.web import router as strict_router

router = strict_router(dependencies=[Depends(csrf.guard)], include_in_schema=False)

_FIELDS = tuple(Beginning.__dataclass_fields__)


@router.get("/{lang}/apply/{slug}/{scheme_slug}")
def form(request: Request, office: OfficeDep, session: Reading, lang: Lang, slug: str, scheme_slug: str) -> Response:
    """Show what the scheme is, and ask who applies for what."""
    return _shown(request, office, session, lang, _scheme(session, slug, scheme_slug), {}, {})


@router.post("/{lang}/apply/{slug}/{scheme_slug}")
async def begin(request: Request, office: OfficeDep, lang: Lang, slug: str, scheme_slug: str) -> Response:
    """Fill the form from the training's own address, or begin."""
    form = await request.form(max_fields=50)
    given = {name: text_of(form, name) for name in (*_FIELDS, "address")}
    act = _fill_in if form.get("fill_in") else _begin
    return await run_in_threadpool(act, request, office, lang, slug, scheme_slug, given)


def _fill_in(
    request: Request, office: Office, lang: str, slug: str, scheme_slug: str, given: dict[str, str]
) -> Response:
    """Suggest what the training's own address says about it."""
    attempts.count(office, request, "fill-in")
    found = training.described_at(given["address"], fetcher=office.fetcher)
    wrong = {} if found else {"address": N_("Nothing was found at this address. Fill in the fields below yourself.")}
    with office.database.reading() as session:
        return _shown(request, office, session, lang, _scheme(session, slug, scheme_slug), {**given, **found}, wrong)


def _begin(request: Request, office: Office, lang: str, slug: str, scheme_slug: str, given: dict[str, str]) -> Response:
    """Keep what was typed, send the link, and ask for the proof."""
    attempts.count(office, request, "begin")
    try:
        with office.database.unit() as session:
            scheme = _scheme(session, slug, scheme_slug)
            beginning = Beginning(**{name: given[name] for name in _FIELDS})
            applicant, token = service.begin(office, session, scheme, beginning, language=lang)
    except Incomplete as wrong:
        with office.database.reading() as session:
            return _shown(request, office, session, lang, _scheme(session, slug, scheme_slug), given, wrong.fields)
    with office.database.reading() as session:
        sent = letters.send_link(office, session, applicant)
    return RedirectResponse(f"/{lang}/application/{token}?done={'begun' if sent else 'unsent'}", 303)


def _authority(session: Session, slug: str) -> Organisation:
    found = organisations.by_slug(session, slug)
    if found.kind is not OrganisationKind.AUTHORITY:
        raise NotFound
    return found


def _scheme(session: Session, slug: str, scheme_slug: str) -> Scheme:
    found = schemes.by_slug(session, _authority(session, slug), scheme_slug)
    if not found.is_open:
        raise schemes.UnknownScheme
    return found


def _shown(
    request: Request,
    office: Office,
    session: Session,
    lang: str,
    scheme: Scheme,
    given: Mapping[str, str],
    wrong: Mapping[str, str],
) -> Response:
    authority, definition = session.get_one(Organisation, scheme.authority_id), schemes.definition(scheme)
    return office.pages.render(
        request,
        "outside/begin.html",
        status=422 if wrong else 200,
        authority=authority,
        authority_name=organisations.name(authority, lang),
        scheme=scheme,
        scheme_name=definition.name.read_in(lang),
        summary=definition.summary.read_in(lang),
        conditions=[one.read_in(lang) for one in definition.conditions],
        admitted=[office.pages.translate(lang, KINDS[one]) for one in definition.admits],
        availability=view.availability(office, scheme, lang),
        given=given,
        errors=screens.translated(office, lang, wrong),
    )
