"""Pages of the staff: sign in and out, the team, API keys, the record of acts."""

from __future__ import annotations

import re
from typing import Annotated

from fastapi import Depends, Form
from sqlmodel import Session
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from issuer.audit import sentences
from issuer.audit import service as audit
from issuer.audit.service import Entry
from issuer.office import Office, OfficeDep
from issuer.organisations.models import Organisation, OrganisationKind
from issuer.staff import service
from issuer.staff.access import Administrator, Officer, Visitor
from issuer.staff.models import Role
from issuer.staff.service import Scope, SignedIn
from kit import csrf
from kit.i18n import N_
from kit.pages import Lang
from kit.problems import Conflict, Problem, Unprocessable
from kit.web import Reading, Unit, client_address
from kit.web import router as strict_router

router = strict_router(dependencies=[Depends(csrf.guard)], include_in_schema=False)

Field = Annotated[str, Form()]

_OWN_PATH = re.compile(r"/(?:fr|en)/[A-Za-z0-9._~/?=&%-]*")
_ACTS_SHOWN = 200
_PAGES = {
    "accreditation": "accreditations",
    "application": "applications",
    "cohort": "cohorts",
    "job": "jobs",
    "programme": "programmes",
    "recognition": "recognitions",
    "scheme": "schemes",
}
"""Where the office shows what acts of each kind are about."""

ROLES = (
    (Role.ADMINISTRATOR, N_("Administrator: team, keys, and everything below")),
    (Role.REGISTRAR, N_("Registrar: programs, registers, credentials")),
    (Role.MEMBER, N_("Committee member: gives opinions on applications, signs nothing")),
    (Role.READER, N_("Reader: looks, changes nothing")),
)
SCOPES = (
    (Scope.ISSUE, N_("Issue credentials")),
    (Scope.STATUS, N_("Revoke, suspend, reinstate credentials")),
    (Scope.READ, N_("Read credentials")),
)


@router.get("/{lang}/office/sign-in")
def sign_in_form(
    request: Request, office: OfficeDep, lang: Lang, who: Visitor, next: str = "", note: str = ""
) -> Response:
    """Show the sign-in form."""
    if who is not None:
        return RedirectResponse(f"/{lang}/office/", 303)
    return office.pages.render(request, "staff/sign_in.html", next=next, note=note, email="", refused=False)


@router.post("/{lang}/office/sign-in")
def sign_in(
    request: Request, office: OfficeDep, lang: Lang, email: Field = "", password: Field = "", next: Field = ""
) -> Response:
    """Open a session."""
    try:
        token = service.sign_in(office, email=email, password=password, client=client_address(request))
    except service.SignInRefused:
        return office.pages.render(request, "staff/sign_in.html", status=422, next=next, email=email, refused=True)
    own = _OWN_PATH.fullmatch(next) and "//" not in next
    response = RedirectResponse(next if own else f"/{lang}/office/", 303)
    response.set_cookie(
        office.settings.cookie("session"),
        token,
        max_age=int(service.SESSION_LIFETIME.total_seconds()),
        path="/",
        httponly=True,
        samesite="lax",
        secure=office.settings.secure_cookies,
    )
    return response


@router.post("/{lang}/office/sign-out")
def sign_out(
    request: Request, office: OfficeDep, session: Unit, lang: Lang, who: Visitor, everywhere: Field = ""
) -> Response:
    """End the session; with `everywhere`, all sessions of this person."""
    service.sign_out(session, request.cookies.get(office.settings.cookie("session"), ""))
    if everywhere and who is not None:
        service.sign_out_everywhere(session, who.member)
    response = RedirectResponse(f"/{lang}/office/sign-in", 303)
    response.delete_cookie(office.settings.cookie("session"), path="/")
    return response


# --- one's own account ---


@router.get("/{lang}/office/account")
def account(request: Request, office: OfficeDep, lang: Lang, who: Officer, done: str = "") -> Response:
    """Show what people settle about themselves."""
    return office.pages.render(request, "staff/account.html", who=who, wrong={}, done=done == "password")


@router.post("/{lang}/office/account")
def change_password(
    request: Request, office: OfficeDep, lang: Lang, who: Officer, current: Field = "", password: Field = ""
) -> Response:
    """Take a new password in place of the current one."""
    token = request.cookies.get(office.settings.cookie("session"), "")
    try:
        service.change_password(office, who.member, current=current, new=password, token=token)
    except service.SignInRefused:
        wrong = {"current": N_("This is not your current password. Capital letters count.")}
    except Unprocessable as problem:
        wrong = _wrong(problem)
    else:
        return RedirectResponse(f"/{lang}/office/account?done=password", 303)
    return office.pages.render(request, "staff/account.html", status=422, who=who, wrong=wrong, done=False)


# --- the team ---


@router.get("/{lang}/office/team")
def team(request: Request, office: OfficeDep, session: Reading, lang: Lang, who: Administrator) -> Response:
    """Show who works here."""
    return _team_page(request, office, session, who)


@router.post("/{lang}/office/team")
def add_member(
    request: Request,
    office: OfficeDep,
    session: Unit,
    lang: Lang,
    who: Administrator,
    email: Field = "",
    name: Field = "",
    role: Annotated[Role, Form()] = Role.READER,
    password: Field = "",
) -> Response:
    """Add a person."""
    try:
        service.add_member(
            session,
            organisation=who.organisation,
            email=email,
            name=name,
            role=role,
            password=password,
            actor=who.actor,
            now=office.clock(),
        )
    except (Unprocessable, Conflict) as problem:
        given = {"email": email, "name": name, "role": role}
        return _team_page(request, office, session, who, wrong=_wrong(problem), given=given, status=422)
    return RedirectResponse(f"/{lang}/office/team", 303)


@router.post("/{lang}/office/team/{member_id}/role")
def change_role(
    office: OfficeDep,
    session: Unit,
    lang: Lang,
    who: Administrator,
    member_id: str,
    role: Annotated[Role, Form()],
) -> Response:
    """Give a person another role."""
    member = service.member_of(session, who.organisation, member_id)
    service.change_role(session, member, role, actor=who.actor, now=office.clock())
    return RedirectResponse(f"/{lang}/office/team", 303)


@router.post("/{lang}/office/team/{member_id}/disable")
def disable(office: OfficeDep, session: Unit, lang: Lang, who: Administrator, member_id: str) -> Response:
    """Close a person's account."""
    member = service.member_of(session, who.organisation, member_id)
    service.disable(session, member, actor=who.actor, now=office.clock())
    return RedirectResponse(f"/{lang}/office/team", 303)


@router.post("/{lang}/office/team/{member_id}/enable")
def enable(office: OfficeDep, session: Unit, lang: Lang, who: Administrator, member_id: str) -> Response:
    """Open a closed account again."""
    member = service.member_of(session, who.organisation, member_id)
    service.enable(session, member, actor=who.actor, now=office.clock())
    return RedirectResponse(f"/{lang}/office/team", 303)


@router.get("/{lang}/office/team/{member_id}/password")
def password_form(
    request: Request, office: OfficeDep, session: Reading, lang: Lang, who: Administrator, member_id: str
) -> Response:
    """Show the form that gives a person a new password."""
    member = service.member_of(session, who.organisation, member_id)
    return office.pages.render(request, "staff/password.html", who=who, member=member, wrong={})


@router.post("/{lang}/office/team/{member_id}/password")
def give_password(
    request: Request, office: OfficeDep, session: Unit, lang: Lang, who: Administrator, member_id: str, password: Field
) -> Response:
    """Give a person who forgot theirs a new password."""
    member = service.member_of(session, who.organisation, member_id)
    try:
        service.give_password(session, member, password, actor=who.actor, now=office.clock())
    except Unprocessable as problem:
        context = {"who": who, "member": member, "wrong": _wrong(problem)}
        return office.pages.render(request, "staff/password.html", status=422, **context)
    return RedirectResponse(f"/{lang}/office/team", 303)


def _wrong(problem: Problem) -> dict[str, str]:
    """The field that a problem is about, with its sentence."""
    return {str(problem.members["field"]): problem.advice}


def _team_page(
    request: Request,
    office: Office,
    session: Session,
    who: SignedIn,
    *,
    wrong: dict[str, str] | None = None,
    given: dict[str, str] | None = None,
    status: int = 200,
) -> Response:
    members = service.team(session, who.organisation)
    context = {"who": who, "members": members, "roles": ROLES, "wrong": wrong or {}, "given": given or {}}
    return office.pages.render(request, "staff/team.html", status=status, **context)


# --- API keys ---


@router.get("/{lang}/office/keys")
def keys(request: Request, office: OfficeDep, session: Reading, lang: Lang, who: Administrator) -> Response:
    """Show the API keys."""
    return _keys_page(request, office, session, who)


@router.post("/{lang}/office/keys")
def create_key(
    request: Request,
    office: OfficeDep,
    session: Unit,
    lang: Lang,
    who: Administrator,
    name: Field = "",
    scopes: Annotated[list[Scope] | None, Form()] = None,
) -> Response:
    """Make an API key and show its secret, this once."""
    try:
        _, secret = service.create_api_key(
            session, who.organisation, name=name, scopes=scopes or (), actor=who.actor, now=office.clock()
        )
    except Unprocessable as problem:
        return _keys_page(request, office, session, who, error=problem.advice, status=422)
    return _keys_page(request, office, session, who, secret=secret)


@router.post("/{lang}/office/keys/{key_id}/revoke")
def revoke_key(office: OfficeDep, session: Unit, lang: Lang, who: Administrator, key_id: str) -> Response:
    """End an API key."""
    service.revoke_api_key(session, who.organisation, key_id, actor=who.actor, now=office.clock())
    return RedirectResponse(f"/{lang}/office/keys", 303)


def _keys_page(
    request: Request,
    office: Office,
    session: Session,
    who: SignedIn,
    *,
    error: str = "",
    secret: str = "",
    status: int = 200,
) -> Response:
    context = {"who": who, "keys": service.api_keys(session, who.organisation), "scopes": SCOPES}
    return office.pages.render(request, "staff/keys.html", status=status, error=error, secret=secret, **context)


# --- the record of acts ---


@router.get("/{lang}/office/record")
def record(request: Request, office: OfficeDep, session: Reading, lang: Lang, who: Officer) -> Response:
    """Show the last acts of the organisation, in sentences."""

    def translate(text: str, **values: object) -> str:
        return office.pages.translate(lang, text, **values)

    acts = audit.newest(session, organisation_id=who.organisation.id, limit=_ACTS_SHOWN)
    names = sentences.names(session, (entry.actor for entry in acts))
    lines = [(entry, sentences.sentence(entry, names, translate), _page_of(entry, who.organisation)) for entry in acts]
    return office.pages.render(request, "staff/record.html", who=who, lines=lines)


def _page_of(entry: Entry, organisation: Organisation) -> str:
    """The office's page about what was acted upon; empty where there is none."""
    folder = _PAGES.get(entry.act.partition(".")[0])
    if folder == "applications" and organisation.kind is OrganisationKind.AUTHORITY:
        folder = "queue"
    return f"/office/{folder}/{entry.subject}" if folder else ""
