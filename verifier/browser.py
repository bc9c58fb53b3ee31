"""Which browser asked: a random cookie that names nobody, so that answers come back to who asked and to no one else."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from kit.tokens import new_token
from verifier.desk import Desk

_COOKIE = "asker"
_SECONDS = 86_400


def browser_of(request: Request, desk: Desk) -> str:
    """Return the browser's secret, empty for one that never asked for anything."""
    return request.cookies.get(desk.settings.cookie(_COOKIE), "")


def browser_or_new(request: Request, desk: Desk) -> str:
    """Return the browser's secret, a new one for its first time."""
    return browser_of(request, desk) or new_token()


def remember(response: Response, desk: Desk, browser: str) -> None:
    """Have the browser bring its secret along for a day."""
    name = desk.settings.cookie(_COOKIE)
    secure = desk.settings.secure_cookies
    response.set_cookie(name, browser, max_age=_SECONDS, path="/", httponly=True, samesite="lax", secure=secure)
