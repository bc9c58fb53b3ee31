"""The web frame around every service: limits, request ids, headers, strict JSON, and errors in one place.

`build` wires it once. An endpoint then only parses, calls one service function and shapes the answer; its `Unit`
is committed before the answer leaves.
"""

from __future__ import annotations

import asyncio
import logging
import re
import secrets
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator, Mapping, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Depends, FastAPI, HTTPException
from fastapi.concurrency import contextmanager_in_threadpool
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute, iter_route_contexts
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlmodel import Session
from starlette.datastructures import FormData, Headers, MutableHeaders
from starlette.exceptions import HTTPException as StarletteHTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from kit.any_origin import AnyOrigin
from kit.clock import Clock
from kit.database import Database, DatabaseBusy, is_conflict, is_unavailable, storage_failed
from kit.i18n import LANGUAGES
from kit.pages import Pages, preferred_language
from kit.problems import (
    BY_STATUS,
    Conflict,
    Malformed,
    MethodNotAllowed,
    Problem,
    ServerError,
    StorageFailed,
    TooLarge,
    Unavailable,
    Unprocessable,
    UnsupportedMediaType,
    problem_json,
    request_id,
    wants_page,
)
from kit.settings import ServiceSettings
from kit.telemetry import log_event
from vc import strict_json
from vc.errors import ParsingError

BODY_LIMIT = 1 << 20
_STATIC = Path(__file__).parent / "static"
_SECURITY_HEADERS = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",  # with no-referrer, browsers send our own forms with `Origin: null`
    "cross-origin-opener-policy": "same-origin",
    "permissions-policy": "camera=(self), geolocation=(), microphone=()",
}
_ONLY_HEAD = "passport.only_head"
_UNCOMPRESSED = UnsupportedMediaType("send the body uncompressed", headers={"Accept-Encoding": "identity"})


# --- what endpoints ask for ---


async def _unit(request: Request) -> AsyncIterator[Session]:
    # Waiting for one's turn costs no thread here; in threads, the waiting could starve the one whose turn it is.
    # Who asks with HEAD got nothing: no opening is counted for it, and no code is made.
    database, only_head = request.app.state.database, request.scope[_ONLY_HEAD]
    opened = database.reading() if only_head else database.unit()
    async with request.app.state.turn, contextmanager_in_threadpool(opened) as session:
        yield session


def _reading(request: Request) -> Iterator[Session]:
    with request.app.state.database.reading() as session:
        yield session


def _now(request: Request) -> Any:
    return request.app.state.clock()


Unit = Annotated[Session, Depends(_unit, scope="function")]
"""A session that is committed when the endpoint returns, before its answer is sent; not for HEAD."""
Reading = Annotated[Session, Depends(_reading, scope="function")]
"""A session for looking only."""
Now = Annotated[Any, Depends(_now)]
"""The moment of this request, read once (an aware UTC datetime)."""


class StrictRoute(APIRoute):
    """A route whose JSON body was parsed by `vc.strict_json` before any model sees it (V-JSON-1 to V-JSON-4)."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Wrap FastAPI's handler."""
        handler = super().get_route_handler()

        async def strict(request: Request) -> Response:
            if self.body_field is not None and not _is_form(request):
                await _parse_strictly(request)
            return await handler(request)

        return strict


def router(**arguments: Any) -> APIRouter:
    """Return an `APIRouter` whose routes are strict; use it in place of FastAPI's own."""
    return APIRouter(route_class=StrictRoute, **arguments)


def client_address(request: Request) -> str:
    """Return the address that a request came from, as the proxy in front names it."""
    return request.client.host if request.client else "unknown"


def text_of(form: FormData, name: str) -> str:
    """Return a field of a form without the spaces around it; empty where it is missing or a file."""
    value = form.get(name, "")
    return value.strip() if isinstance(value, str) else ""


def _is_form(request: Request) -> bool:
    kind = request.headers.get("content-type", "").split(";")[0].strip().lower()
    return kind in ("application/x-www-form-urlencoded", "multipart/form-data")


async def _parse_strictly(request: Request) -> None:
    kind = request.headers.get("content-type", "").split(";")[0].strip().lower()
    body = await request.body()
    if not body and not kind:
        return
    if kind != "application/json" and not (kind.startswith("application/") and kind.endswith("+json")):
        raise UnsupportedMediaType("send application/json")
    try:
        request._json = strict_json.parse(body)
    except ParsingError as error:
        named = {"type": error.problem.url, "title": error.problem.name, "status": 400, "detail": error.detail}
        raise Malformed(str(error), problemDetails=[named]) from error


# --- wiring ---


def build(
    settings: ServiceSettings,
    *,
    title: str,
    clock: Clock,
    database: Database,
    pages: Pages | None,
    routers: Sequence[APIRouter],
    problems: Mapping[type[Exception], type[Problem]] | None = None,
    body_limits: Mapping[str, int] | None = None,
    any_origin: str | None = None,
    lifespan: Any = None,
) -> FastAPI:
    """Return the service's application.

    `problems` is the one table that turns the service's typed errors into HTTP; `body_limits` maps a regular
    expression on the path to the bytes a request body may have there, where 1 MiB is too little. `any_origin`: a
    regular expression for the beginning of the paths that scripts of every origin may ask.
    """
    app = FastAPI(title=title, docs_url=None, redoc_url=None, openapi_url="/openapi.json", lifespan=lifespan)
    app.router.redirect_slashes = False
    app.state.settings = settings
    app.state.clock = clock
    app.state.database = database
    app.state.turn = asyncio.Lock() if database.is_sqlite else nullcontext()
    app.state.pages = pages
    for part in routers:
        app.include_router(part)
    app.include_router(_own_routes(pages))
    app.mount("/static", StaticFiles(directory=_STATIC), name="static")
    _install_error_handlers(app, problems or {})
    app.add_middleware(_BodyLimit, limits=body_limits or {})
    if any_origin is not None:
        app.add_middleware(AnyOrigin, paths=any_origin)
    app.add_middleware(_Frame, https=settings.secure_cookies)
    return app


def _own_routes(pages: Pages | None) -> APIRouter:
    own = APIRouter(include_in_schema=False)

    @own.get("/healthz")
    async def healthz() -> dict[str, str]:
        return {"status": "ok"}

    @own.get("/readyz")
    def readyz(request: Request) -> Response:
        ready = request.app.state.database.is_ready()
        return JSONResponse({"status": "ok" if ready else "database"}, 200 if ready else 503)

    if pages is not None:

        @own.get("/")
        async def in_own_language(request: Request) -> Response:
            return RedirectResponse(f"/{preferred_language(request)}/", 303, {"vary": "Accept-Language"})

    return own


def answer(request: Request, problem: Problem) -> Response:
    """Return what happened as a page to a person at a browser, and as problem+json to a program."""
    pages: Pages | None = request.app.state.pages
    if pages is None or not wants_page(request):
        return problem_json(problem, request)
    page = pages.problem(request, problem)
    page.headers.update(problem.headers)
    return page


def _page_above(request: Request) -> str:
    """Return the nearest page above an address that only takes forms, for people; empty for programs.

    People come to such an address by changing the language of a form that was refused, or by reloading it.
    """
    parts = request.url.path.split("/")
    if not wants_page(request) or len(parts) < 2 or parts[1] not in LANGUAGES:
        return ""
    above = ("/".join(parts[:end]) for end in range(len(parts) - 1, 2, -1))
    return next((path for path in above if "GET" in _methods_at(request.app, path)), f"/{parts[1]}/")


def _install_error_handlers(app: FastAPI, problems: Mapping[type[Exception], type[Problem]]) -> None:
    async def on_problem(request: Request, error: Exception) -> Response:
        return answer(request, error if isinstance(error, Problem) else ServerError())

    async def on_http(request: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, StarletteHTTPException) else 500
        if status == MethodNotAllowed.status and request.method == "GET" and (page := _page_above(request)):
            return RedirectResponse(page, 303)
        headers = {"Allow": _methods_at(app, request.scope["path"])} if status == MethodNotAllowed.status else {}
        return answer(request, BY_STATUS.get(status, Malformed if status < 500 else ServerError)(headers=headers))

    async def on_validation(request: Request, error: Exception) -> Response:
        return answer(request, _validation_problem(error))

    async def on_busy(request: Request, error: Exception) -> Response:
        if not is_unavailable(error):
            raise error
        if isinstance(error, DBAPIError) and storage_failed(error):
            log_event("storage_failed", level=logging.ERROR, request=request_id(request), reason=str(error.orig))
            return answer(request, StorageFailed(headers={"Retry-After": "60"}))
        log_event("database_unavailable", request=request_id(request), reason=type(error).__name__)
        return answer(request, Unavailable(headers={"Retry-After": "2"}))

    async def on_conflict(request: Request, error: Exception) -> Response:
        if isinstance(error, IntegrityError) and not is_conflict(error):
            raise error
        # two at the same moment: neither saw what the other wrote, until the database refused the second
        log_event("refused_by_database", request=request_id(request), reason=type(error).__name__)
        return answer(request, Conflict())

    async def on_data(request: Request, error: Exception) -> Response:
        log_event("value_refused_by_database", request=request_id(request), reason=type(error).__name__)
        return answer(request, Unprocessable("a value holds a character, or has a size, that cannot be kept"))

    def translated(kind: type[Problem]) -> Callable[[Request, Exception], Awaitable[Response]]:
        async def handler(request: Request, error: Exception) -> Response:
            return answer(request, kind(str(error)))

        return handler

    app.add_exception_handler(Problem, on_problem)
    app.add_exception_handler(StarletteHTTPException, on_http)
    app.add_exception_handler(RequestValidationError, on_validation)
    for busy in (DBAPIError, PoolTimeout, DatabaseBusy):
        app.add_exception_handler(busy, on_busy)
    app.add_exception_handler(IntegrityError, on_conflict)
    app.add_exception_handler(DataError, on_data)  # such as NUL in a form's field, which PostgreSQL keeps nowhere
    for error_class, kind in problems.items():
        app.add_exception_handler(error_class, translated(kind))


def _methods_at(app: FastAPI, path: str) -> str:
    """What the address takes, which a refused caller is told (RFC 9110, section 15.5.6)."""
    here = (route for route in iter_route_contexts(app.routes) if route.methods and route.path_regex.match(path))
    methods = {method for route in here for method in route.methods or ()}
    return ", ".join(sorted(methods | {"HEAD"} if "GET" in methods else methods))


def _validation_problem(error: Exception) -> Problem:
    errors = error.errors() if isinstance(error, RequestValidationError) else []
    return Unprocessable(
        errors=[{"at": "/".join(str(part) for part in item["loc"]), "reason": item["msg"]} for item in errors][:50]
    )


# --- middleware ---


class _Frame:
    """Request id, security headers, one log line per request; compressed request bodies are refused.

    HEAD is answered as GET is (RFC 9110, section 9.1); the server leaves the content out, and `Unit` keeps nothing.
    """

    def __init__(self, app: ASGIApp, *, https: bool) -> None:
        self.app = app
        self.headers = dict(_SECURITY_HEADERS)
        if https:
            self.headers["strict-transport-security"] = "max-age=31536000"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        identifier = secrets.token_hex(8)
        method = scope["method"]
        only_head = method == "HEAD"
        scope = {
            **scope,
            "method": "GET" if only_head else method,
            "passport.request_id": identifier,
            _ONLY_HEAD: only_head,
        }
        started, status, answered = time.monotonic(), 500, False

        async def framed(message: Message) -> None:
            nonlocal status, answered
            if message["type"] == "http.response.start":
                status, answered = message["status"], True
                headers = MutableHeaders(scope=message)
                for name, value in self.headers.items():
                    headers.setdefault(name, value)
                headers["x-request-id"] = identifier
            await send(message)

        try:
            if Headers(scope=scope).get("content-encoding", "").strip().lower() not in ("", "identity"):
                refused = problem_json(_UNCOMPRESSED, Request(scope))
                await refused(scope, receive, framed)
            else:
                await self.app(scope, receive, framed)
        except Exception as fault:  # noqa: BLE001 - the last fence: a bug answers 500 without a word of its insides
            log_event("fault", level=logging.ERROR, fault=fault, request=identifier)
            if not answered:
                await problem_json(ServerError(), Request(scope))(scope, receive, framed)
        finally:
            log_event(
                "request",
                request=identifier,
                method=method,
                route=getattr(scope.get("route"), "path", "-"),  # the pattern: the path itself may hold a token
                status=status,
                ms=round((time.monotonic() - started) * 1000, 1),
            )


class _BodyLimit:
    """Counts the body as it comes in and answers 413 past the limit, whatever Content-Length said."""

    def __init__(self, app: ASGIApp, *, limits: Mapping[str, int]) -> None:
        self.app = app
        self.limits = [(re.compile(pattern), limit) for pattern, limit in limits.items()]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        limit = next((n for pattern, n in self.limits if pattern.search(scope["path"])), BODY_LIMIT)
        declared = Headers(scope=scope).get("content-length", "0")
        if not declared.isdigit() or int(declared[:20]) > limit:
            request = Request(scope)
            await answer(request, TooLarge(f"at most {limit} bytes"))(scope, receive, send)
            return
        seen = 0

        async def counted() -> Message:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > limit:
                raise HTTPException(TooLarge.status)  # FastAPI's own class: its body parsing lets it through
            return message

        try:
            await self.app(scope, counted, send)
        except ClientDisconnect:
            log_event("client_disconnected", request=scope["passport.request_id"])
