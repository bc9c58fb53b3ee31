"""Who is asking: the dependencies by which endpoints demand a role or a scope."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from functools import partial
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import Depends
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from issuer.office import Office, OfficeDep
from issuer.organisations.models import OrganisationKind
from issuer.staff import service
from issuer.staff.models import Role
from issuer.staff.service import Caller, KnownCaller, Scope, SignedIn
from kit.i18n import N_
from kit.problems import Forbidden, NotFound, NotSignedIn
from kit.tokens import digest


class SignInFirst(Exception):
    """The page belongs to staff and nobody is signed in."""


class PageOfAuthorities(NotFound):
    """Whoever is signed in works for an organisation that accredits nothing."""

    advice = N_("This page belongs to authorities. Sign in with an account at the authority.")


class PageOfTrainers(NotFound):
    """Whoever is signed in works for an authority, and the page is for those whom authorities accredit."""

    advice = N_(
        "This page belongs to organizations that train, and you are signed in for an authority. "
        "To apply, sign in with an account at the organization."
    )


def visitor(request: Request, office: OfficeDep) -> SignedIn | None:
    """Return who is signed in at this browser."""
    token = request.cookies.get(office.settings.cookie("session"))
    if not token:
        return None
    with office.database.reading() as session:
        return service.signed_in(session, token, now=office.clock())


Visitor = Annotated[SignedIn | None, Depends(visitor)]


def _with_role(role: Role) -> Callable[[SignedIn | None], SignedIn]:
    def check(who: Visitor) -> SignedIn:
        if who is None:
            raise SignInFirst
        if not who.may(role):
            raise Forbidden
        return who

    return check


Officer = Annotated[SignedIn, Depends(_with_role(Role.READER))]
"""Anybody of the staff."""
Registrar = Annotated[SignedIn, Depends(_with_role(Role.REGISTRAR))]
"""Staff who may change registers and issue."""
Administrator = Annotated[SignedIn, Depends(_with_role(Role.ADMINISTRATOR))]
"""Staff who may change the team, keys and accreditations."""


def _of_kind(kind: OrganisationKind, role: Role) -> Callable[[SignedIn], SignedIn]:
    demanded = _with_role(role)

    def check(who: Visitor) -> SignedIn:
        signed_in = demanded(who)
        if signed_in.organisation.kind is not kind:
            raise PageOfAuthorities
        return signed_in

    return check


AuthorityOfficer = Annotated[SignedIn, Depends(_of_kind(OrganisationKind.AUTHORITY, Role.READER))]
"""Anybody of the staff of an accrediting authority."""
AuthorityRegistrar = Annotated[SignedIn, Depends(_of_kind(OrganisationKind.AUTHORITY, Role.REGISTRAR))]
"""Staff of an authority who may decide."""


def _of_trainers(role: Role) -> Callable[[SignedIn], SignedIn]:
    demanded = _with_role(role)

    def check(who: Visitor) -> SignedIn:
        signed_in = demanded(who)
        if signed_in.organisation.kind is OrganisationKind.AUTHORITY:
            raise PageOfTrainers
        return signed_in

    return check


InstitutionOfficer = Annotated[SignedIn, Depends(_of_trainers(Role.READER))]
"""Anybody of the staff of an organisation that can be accredited: an institution, or a partner that trains."""
InstitutionRegistrar = Annotated[SignedIn, Depends(_of_trainers(Role.REGISTRAR))]
"""Staff of such an organisation who may change what it publishes."""
InstitutionAdministrator = Annotated[SignedIn, Depends(_of_trainers(Role.ADMINISTRATOR))]
"""Staff of such an organisation who may answer for its identifier."""
AuthorityMember = Annotated[SignedIn, Depends(_of_kind(OrganisationKind.AUTHORITY, Role.MEMBER))]
"""Staff of an authority who sit on its committee."""


def _secret_of(request: Request) -> str:
    kind, _, secret = request.headers.get("authorization", "").partition(" ")
    if kind.lower() != "bearer" or not secret.strip():
        raise NotSignedIn("send an API key: Authorization: Bearer sp_…", headers={"WWW-Authenticate": "Bearer"})
    return secret.strip()


async def _looked_up(office: Office, secret: str) -> Caller:
    """Whose key it is, looked up after the call has come: one that was revoked before is refused."""
    asked = partial(service.callers, office.database)
    caller: Caller | None = await office.callers.join("", secret, asked)
    if caller is None:
        raise service.key_refused()
    return caller


def _demand(scope: Scope, caller: Caller) -> None:
    if not caller.may(scope):
        raise Forbidden(f"this API key has not the scope {scope}")


def _with_scope(scope: Scope) -> Callable[[Request, OfficeDep], Coroutine[Any, Any, Caller]]:
    async def check(request: Request, office: OfficeDep) -> Caller:
        caller = await _looked_up(office, _secret_of(request))
        _demand(scope, caller)
        return caller

    return check


async def _known_issuer(request: Request, office: OfficeDep) -> KnownCaller:
    secret = _secret_of(request)
    name = digest(secret)
    known = office.known_callers.get(name)
    if known is None:
        known = KnownCaller(await _looked_up(office, secret))
        office.known_callers.keep(name, known)
    _demand(Scope.ISSUE, known.system)
    return known


IssueCaller = Annotated[Caller, Depends(_with_scope(Scope.ISSUE))]
KnownIssuer = Annotated[KnownCaller, Depends(_known_issuer)]
"""Who may issue, to be confirmed in the unit that issues: under load that is once for many calls."""
StatusCaller = Annotated[Caller, Depends(_with_scope(Scope.STATUS))]
ReadCaller = Annotated[Caller, Depends(_with_scope(Scope.READ))]


async def to_sign_in(request: Request, _refused: Exception) -> Response:
    """Lead to the sign-in page, which says so if a form was lost by it, and afterwards back to where it was."""
    lang = request.path_params.get("lang", "fr")
    target = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    asked = {"next": target} if request.method == "GET" else {"note": "ended", "next": request.url.path}
    return RedirectResponse(f"/{lang}/office/sign-in?{urlencode(asked)}", 303)
