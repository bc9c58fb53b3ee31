"""Errors on their way to HTTP: business errors are `Problem` classes, one handler turns them into answers.

Machines get `application/problem+json` (RFC 9457), people a page in their language; both carry the request id
that the log has. What is not a `Problem` becomes a bare 500: no trace, path, SQL or library name leaves the house.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from starlette.requests import Request
from starlette.responses import JSONResponse

from kit.i18n import N_


class Problem(Exception):
    """Something the caller can act on. Subclasses fix `status`, `slug` and `title`; instances the detail.

    All are English source texts. Pages translate `title` and `advice`, and show both; `detail` is for machines. What
    people can run into therefore says so in `advice`, for the class or for the one case.
    """

    status: ClassVar[int] = 400
    slug: ClassVar[str] = "bad-request"
    title: ClassVar[str] = N_("The request cannot be carried out")
    advice: str = ""
    """What is in the way and what to do next, one or two sentences."""

    def __init__(
        self, detail: str = "", *, advice: str = "", headers: Mapping[str, str] | None = None, **members: Any
    ) -> None:
        super().__init__(detail or advice or self.title)
        self.detail = detail
        self.advice = advice or self.advice
        self.headers = dict(headers or {})
        self.members = members

    def body(self, request_id: str) -> dict[str, Any]:
        """Return the problem details object."""
        body: dict[str, Any] = {
            "type": f"urn:skills-passport:problem:{self.slug}",
            "title": self.title,
            "status": self.status,
            "requestId": request_id,
        }
        if self.detail:
            body["detail"] = self.detail
        if self.advice:
            body["advice"] = self.advice
        return {**self.members, **body}


class Malformed(Problem):
    """The body is not what the content type promises."""

    status, slug, title = 400, "malformed", N_("The request cannot be read")


class NotSignedIn(Problem):
    """No session, or it ended."""

    status, slug, title = 401, "sign-in-required", N_("You are not signed in")
    advice = N_("Sign in, then try again.")


class Forbidden(Problem):
    """Signed in, and not allowed."""

    status, slug, title = 403, "forbidden", N_("You may not do this")
    advice = N_("Ask an administrator of your organization for the role that this needs.")


class NotFound(Problem):
    """No such thing, or it belongs to someone else: both look the same from outside."""

    status, slug, title = 404, "not-found", N_("There is nothing at this address")
    advice = N_("Check the address, or start again from the first page.")


class MethodNotAllowed(Problem):
    """The address exists and answers to other methods."""

    status, slug, title = 405, "method-not-allowed", N_("This address does not take that method")


class Conflict(Problem):
    """The act contradicts what is already recorded."""

    status, slug, title = 409, "conflict", N_("This was changed or done already")


class Gone(Problem):
    """It existed and was ended on purpose."""

    status, slug, title = 410, "gone", N_("This has ended")


class TooLarge(Problem):
    """Body over the limit."""

    status, slug, title = 413, "too-large", N_("The request is too large")
    advice = N_("Nothing was taken over. Go back and choose a smaller file; the limit stands beside the field.")


class UnsupportedMediaType(Problem):
    """A content type or encoding that is not taken here."""

    status, slug, title = 415, "unsupported-media-type", N_("This content type is not accepted here")


class Unprocessable(Problem):
    """Well formed, and against the rules; `errors` name the members."""

    status, slug, title = 422, "unprocessable", N_("Some values are not acceptable")


class TooManyRequests(Problem):
    """Slow down; `Retry-After` says for how long."""

    status, slug, title = 429, "too-many-requests", N_("Too many attempts")
    advice = N_("Wait a moment, then try again.")


class ServerError(Problem):
    """A fault of ours, without any detail."""

    status, slug, title = 500, "server-error", N_("Something went wrong on our side")
    advice = N_("Nothing that was confirmed is lost. Try again; if it happens again, send us the reference.")


class Unavailable(Problem):
    """The database or a needed service does not answer now."""

    status, slug, title = 503, "unavailable", N_("The service is busy")
    advice = N_("Nothing that was confirmed is lost. Try again in a moment.")


class StorageFailed(Problem):
    """The database cannot write: its disk is full, or fails. Reading goes on."""

    status, slug, title = 507, "storage-failed", N_("The service cannot keep anything at the moment")
    advice = N_("Nothing that was confirmed is lost. Tell whoever runs the service: its disk is full, or fails.")


BY_STATUS: Mapping[int, type[Problem]] = {
    problem.status: problem
    for problem in (
        Malformed, NotSignedIn, Forbidden, NotFound, MethodNotAllowed, Conflict, Gone, TooLarge,
        UnsupportedMediaType, Unprocessable, TooManyRequests, ServerError, Unavailable,
        StorageFailed,
    )
}  # fmt: skip


def request_id(request: Request) -> str:
    """Return the id under which the log knows this request."""
    return str(request.scope.get("passport.request_id", "-"))


def problem_json(problem: Problem, request: Request) -> JSONResponse:
    """Shape `problem` as `application/problem+json`."""
    return JSONResponse(
        problem.body(request_id(request)),
        status_code=problem.status,
        headers=problem.headers,
        media_type="application/problem+json",
    )


def wants_page(request: Request) -> bool:
    """Say whether the caller is a person at a browser: HTML is asked for by name."""
    return "text/html" in request.headers.get("accept", "")
