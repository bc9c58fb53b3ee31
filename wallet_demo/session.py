"""Who is at the browser: the session cookie, and the pages' way to ask for it."""

from __future__ import annotations

import re
from typing import Annotated
from urllib.parse import urlencode

from fastapi import Depends
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from kit.pages import Pages
from kit.web import Now
from wallet_demo.learners.service import SESSION_LIFETIME, SignedIn, signed_in
from wallet_demo.settings import WalletSettings
from wallet_demo.tools import Tools

_OWN_PATH = re.compile(r"/(?:fr|en)/[A-Za-z0-9._~!$&'()*+,;=:@%/?-]*")


class SignInFirst(Exception):
    """The page belongs to a learner and nobody is signed in."""


def tools(request: Request) -> Tools:
    """Return what the service works with."""
    kept: Tools = request.app.state.tools
    return kept


def settings(request: Request) -> WalletSettings:
    """Return the service's settings."""
    kept: WalletSettings = request.app.state.settings
    return kept


def pages(request: Request) -> Pages:
    """Return what renders the service's pages."""
    kept: Pages = request.app.state.pages
    return kept


def visitor(request: Request, now: Now) -> SignedIn | None:
    """Return who is signed in, None for a visitor."""
    token = request.cookies.get(settings(request).cookie("session"))
    if not token:
        return None
    with tools(request).database.reading() as session:
        return signed_in(session, token, now=now)


def learner(who: Annotated[SignedIn | None, Depends(visitor)]) -> SignedIn:
    """Return who is signed in. Raises `SignInFirst`, which leads to the sign-in page and back."""
    if who is None:
        raise SignInFirst
    return who


Visitor = Annotated[SignedIn | None, Depends(visitor)]
Learner = Annotated[SignedIn, Depends(learner)]
WithTools = Annotated[Tools, Depends(tools)]
Settings = Annotated[WalletSettings, Depends(settings)]


def remember(response: Response, token: str, settings: WalletSettings) -> None:
    """Put the session's token into the browser, and nowhere else."""
    response.set_cookie(
        settings.cookie("session"),
        token,
        max_age=int(SESSION_LIFETIME.total_seconds()),
        path="/",
        httponly=True,
        samesite="lax",
        secure=settings.secure_cookies,
    )


def forget(response: Response, settings: WalletSettings) -> None:
    """Take the session's token out of the browser."""
    response.delete_cookie(
        settings.cookie("session"), path="/", httponly=True, samesite="lax", secure=settings.secure_cookies
    )


def own_path(path: str, *, otherwise: str) -> str:
    """Return `path` if it is one of our own pages, else `otherwise`; a sign-in never leads elsewhere."""
    return path if _OWN_PATH.fullmatch(path) and "//" not in path.partition("?")[0] else otherwise


async def to_sign_in(request: Request, _refused: Exception) -> Response:
    """Lead to the sign-in page, which says so if a form was lost by it, and afterwards back to where it was."""
    lang = request.path_params.get("lang", "fr")
    target = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    asked = {"next": target} if request.method == "GET" else {"note": "ended", "next": request.url.path}
    return RedirectResponse(f"/{lang}/sign-in?{urlencode(asked)}", 303)


def see(path: str) -> RedirectResponse:
    """Return the answer that follows a form: look at `path`."""
    return RedirectResponse(path, 303)
