"""Which browser asked: random cookies that name nobody, so that answers come back to who asked and to no one else."""

from __future__ import annotations

from enum import Enum

from starlette.requests import Request
from starlette.responses import Response

from kit.tokens import new_token
from verifier.desk import Desk

_DAY = 86_400


class Purpose(Enum):
    """What a secret is for: its cookie, and for how many seconds the browser brings it along."""

    ASKING = ("asker", _DAY)
    TRUST = ("trust", 400 * _DAY)

    def __init__(self, cookie: str, seconds: int) -> None:
        self.cookie = cookie
        self.seconds = seconds


def browser_of(request: Request, desk: Desk, purpose: Purpose = Purpose.ASKING) -> str:
    """Return the browser's secret, empty for one that has none yet."""
    return request.cookies.get(desk.settings.cookie(purpose.cookie), "")


def browser_or_new(request: Request, desk: Desk, purpose: Purpose = Purpose.ASKING) -> str:
    """Return the browser's secret, a new one for its first time."""
    return browser_of(request, desk, purpose) or new_token()


def remember(response: Response, desk: Desk, browser: str, purpose: Purpose = Purpose.ASKING) -> None:
    """Have the browser bring its secret along."""
    response.set_cookie(
        desk.settings.cookie(purpose.cookie),
        browser,
        max_age=purpose.seconds,
        path="/",
        httponly=True,
        samesite="lax",
        secure=desk.settings.secure_cookies,
    )
