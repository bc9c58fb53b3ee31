"""Pages of the account: help, sign in, sign up, sign out, name, passphrase, export, delete."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlencode

from fastapi import Depends, Form
from starlette.requests import Request
from starlette.responses import Response

from kit.csrf import guard
from kit.pages import Lang
from kit.web import Now, Unit, client_address, router
from wallet_demo.credentials import service as credentials
from wallet_demo.learners import mail, service
from wallet_demo.session import Learner, Settings, Visitor, WithTools, forget, own_path, pages, remember, see
from wallet_demo.standing import service as standing

routes = router(dependencies=[Depends(guard)], include_in_schema=False)

Field = Annotated[str, Form()]


@routes.get("/{lang}/help")
def help_page(request: Request, lang: Lang, who: Visitor) -> Response:
    """Answer what people ask first, and say how this site treats them."""
    return pages(request).render(request, "help.html", who=who)


@routes.get("/{lang}/sign-in")
def sign_in_form(request: Request, lang: Lang, who: Visitor, next: str = "", note: str = "") -> Response:
    """The sign-in form; a learner who is signed in goes on to where they wanted to go."""
    if who is not None:
        return see(own_path(next, otherwise=f"/{lang}/"))
    return pages(request).render(request, "sign_in.html", next=next, note=note, values={}, errors={})


@routes.post("/{lang}/sign-in")
def sign_in(
    request: Request,
    lang: Lang,
    tools: WithTools,
    settings: Settings,
    now: Now,
    email: Field = "",
    passphrase: Field = "",
    next: Field = "",
) -> Response:
    """Open the passport. Wrong addresses and wrong passphrases look the same."""
    try:
        token = service.sign_in(
            tools.database, email=email, passphrase=passphrase, client=client_address(request), now=now
        )
    except service.SignInRefused:
        return pages(request).render(
            request,
            "sign_in.html",
            status=422,
            next=next,
            note="",
            values={"email": email},
            errors={"email": "refused"},
        )
    with tools.database.unit() as session:
        credentials.sweep(session, now=now)
    response = see(own_path(next, otherwise=f"/{lang}/"))
    remember(response, token, settings)
    return response


@routes.get("/{lang}/sign-up")
def sign_up_form(request: Request, lang: Lang, who: Visitor, next: str = "") -> Response:
    """The form for a new passport."""
    if who is not None:
        return see(own_path(next, otherwise=f"/{lang}/"))
    return pages(request).render(request, "sign_up.html", next=next, values={}, errors={})


@routes.post("/{lang}/sign-up")
def sign_up(
    request: Request,
    lang: Lang,
    tools: WithTools,
    settings: Settings,
    now: Now,
    name: Field = "",
    email: Field = "",
    passphrase: Field = "",
    next: Field = "",
) -> Response:
    """Make a passport. The answer is the same when there was one; the mail says which it was (W-AUT-1)."""
    try:
        new = service.NewLearner.of(name=name, email=email, passphrase=passphrase)
    except service.FormRefused as refused:
        return pages(request).render(
            request,
            "sign_up.html",
            status=422,
            next=next,
            values={"name": name, "email": email},
            errors=refused.errors,
        )
    made = service.sign_up(tools.database, new, client=client_address(request), now=now)
    mail.after_sign_up(request.app.state.mailer, new, made=made, lang=lang, public_url=settings.public_url)
    target = f"/{lang}/sign-in?note=signed-up"
    return see(f"{target}&{urlencode({'next': next})}" if own_path(next, otherwise="") else target)


@routes.post("/{lang}/sign-out")
def sign_out(lang: Lang, who: Visitor, settings: Settings, session: Unit) -> Response:
    """Close the passport in this browser."""
    if who is not None:
        service.sign_out(session, who)
    response = see(f"/{lang}/sign-in?note=signed-out")
    forget(response, settings)
    return response


@routes.get("/{lang}/account")
def account(request: Request, lang: Lang, who: Learner, note: str = "") -> Response:
    """Name, passphrase, export, deletion."""
    return _account(request, who, note=note)


@routes.post("/{lang}/account/name")
def rename(request: Request, lang: Lang, who: Learner, session: Unit, name: Field = "") -> Response:
    """Change the name on the passport."""
    try:
        service.rename(session, who, name)
    except service.NotAcceptable as refused:
        return _account(request, who, values={"name": name}, errors={"name": refused.code})
    return see(f"/{lang}/account?note=renamed")


@routes.post("/{lang}/account/passphrase")
def change_passphrase(
    request: Request, lang: Lang, who: Learner, tools: WithTools, now: Now, old: Field = "", new: Field = ""
) -> Response:
    """Change the passphrase; the other browsers are signed out."""
    try:
        service.checked_passphrase(new)
        service.confirm_passphrase(tools.database, who, old, now=now)
    except service.NotAcceptable as refused:
        return _account(request, who, errors={"new": refused.code})
    except service.SignInRefused:
        return _account(request, who, errors={"old": "refused"})
    with tools.database.unit() as session:
        service.change_passphrase(session, who, new)
    return see(f"/{lang}/account?note=passphrase-changed")


@routes.get("/{lang}/account/export")
def export(lang: Lang, who: Learner, tools: WithTools, now: Now) -> Response:
    """Everything in one ZIP file, as the institutions signed it."""
    with tools.database.reading() as session:
        content = credentials.export(
            session, who, recognitions=lambda kept: standing.stapled(session, who, [kept]), now=now
        )
    headers = {
        "content-disposition": f'attachment; filename="passport-{now:%Y-%m-%d}.zip"',
        "cache-control": "no-store",
    }
    return Response(content, media_type="application/zip", headers=headers)


@routes.post("/{lang}/account/delete")
def delete_account(
    request: Request, lang: Lang, who: Learner, tools: WithTools, settings: Settings, now: Now, confirm: Field = ""
) -> Response:
    """Delete the passport and everything in it, for good."""
    try:
        service.confirm_passphrase(tools.database, who, confirm, now=now)
    except service.SignInRefused:
        return _account(request, who, errors={"confirm": "refused"})
    with tools.database.unit() as session:
        service.delete_account(session, who)
    response = see(f"/{lang}/sign-in?note=account-deleted")
    forget(response, settings)
    return response


def _account(
    request: Request,
    who: service.SignedIn,
    *,
    note: str = "",
    values: dict[str, str] | None = None,
    errors: dict[str, str] | None = None,
) -> Response:
    return pages(request).render(
        request,
        "account.html",
        status=422 if errors else 200,
        who=who,
        note=note,
        values=values or {"name": who.learner.name},
        errors=errors or {},
    )
