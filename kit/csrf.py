"""Cross-site requests: a form counts only when our own page sent it (W-WEB-1).

Two independent fences: the browser's own word (`Sec-Fetch-Site`, `Origin`) and a token in the form, an HMAC of a
random cookie under the service's secret. Machines with an API key send no cookie and need neither.
"""

from __future__ import annotations

import hashlib
import hmac
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response

from kit.i18n import N_
from kit.problems import Forbidden
from kit.settings import ServiceSettings
from kit.tokens import new_token, same

FIELD = "csrf_token"
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_SCOPE_KEY = "passport.csrf"


class CrossSiteRequest(Forbidden):
    """The form did not come from one of our own pages, or the page had been open for too long."""

    slug, title = "cross-site-request", N_("This form was not sent from our own page")
    advice = N_("Reload the page and send the form again.")


def csrf_token(request: Request) -> str:
    """Return the value for the hidden field of a form on the page that answers `request`."""
    settings: ServiceSettings = request.app.state.settings
    return _token_of(settings, _cookie(request, settings))


def attach_cookie(request: Request, response: Response) -> None:
    """Give the browser the cookie that the page's forms belong to; called for every page."""
    settings: ServiceSettings = request.app.state.settings
    name = settings.cookie("csrf")
    if name not in request.cookies and _SCOPE_KEY in request.scope:
        response.set_cookie(
            name, request.scope[_SCOPE_KEY], httponly=True, samesite="lax", secure=settings.secure_cookies, path="/"
        )


async def guard(request: Request) -> None:
    """Refuse an unsafe request that is not from our own page: a dependency of every page router.

    Raises `CrossSiteRequest`.
    """
    if request.method in _SAFE_METHODS:
        return
    settings: ServiceSettings = request.app.state.settings
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        raise CrossSiteRequest
    origin = request.headers.get("origin")
    if origin is not None and origin != _origin(settings.public_url):
        raise CrossSiteRequest
    given = (await request.form()).get(FIELD)
    cookie = request.cookies.get(settings.cookie("csrf"))
    if not isinstance(given, str) or not cookie or not same(given, _token_of(settings, cookie)):
        raise CrossSiteRequest


def _cookie(request: Request, settings: ServiceSettings) -> str:
    kept = request.cookies.get(settings.cookie("csrf")) or request.scope.get(_SCOPE_KEY)
    if kept is None:
        kept = request.scope[_SCOPE_KEY] = new_token()
    return str(kept)


def _token_of(settings: ServiceSettings, cookie: str) -> str:
    return hmac.new(settings.secret, b"csrf:" + cookie.encode(), hashlib.sha256).hexdigest()


def _origin(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"
