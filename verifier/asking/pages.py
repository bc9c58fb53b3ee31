"""Pages for asking a candidate: say what and why, show the code, watch the answer arrive."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Depends, Form
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from kit import csrf
from kit.pages import Lang
from kit.verdicts import CameBy
from kit.web import Reading, Unit
from kit.web import router as strict_router
from verifier.asking import service
from verifier.asking.wanted import CHOICES
from verifier.base import PresentationRequest, RequestState
from verifier.browser import browser_of, browser_or_new, remember
from verifier.desk import Desk, DeskDep
from verifier.pages import verdict_page
from verifier.trust.access import EmployerDesk

router = strict_router(dependencies=[Depends(csrf.guard)], include_in_schema=False)


@router.get("/{lang}/ask")
def ask_form(request: Request, desk: DeskDep, lang: Lang) -> Response:
    """Show the form: what is needed, and why."""
    return desk.pages.render(request, "ask.html", choices=CHOICES.values(), longest=service.LONGEST_REASON)


@router.post("/{lang}/ask")
def ask(
    request: Request,
    desk: DeskDep,
    session: Unit,
    lang: Lang,
    wanted: Annotated[str, Form()] = "one",
    reason: Annotated[str, Form()] = "",
) -> Response:
    """Make the request, and lead to the page that waits for the answer."""
    browser = browser_or_new(request, desk)
    made = service.ask(desk, session, wanted=wanted, reason=reason, browser=browser)
    response = RedirectResponse(f"/{lang}/ask/{made.id}", 303)
    remember(response, desk, browser)
    return response


@router.get("/{lang}/ask/{request_id}")
def waiting(request: Request, desk: EmployerDesk, session: Reading, lang: Lang, request_id: str) -> Response:
    """Show the code while the request waits, then the verdict."""
    made = service.of_browser(session, request_id, browser_of(request, desk))
    if made.state is RequestState.ANSWERED and made.expires_at + service.LIFETIME > desk.clock():
        report = service.report_of(desk, made)
        return verdict_page(request, desk, lang, report, came_by=CameBy.REQUEST, reference=made.reference)
    return desk.pages.render(request, "waiting.html", **_waiting(desk, made))


@router.get("/{lang}/ask/{request_id}/state")
def state(request: Request, desk: DeskDep, session: Reading, lang: Lang, request_id: str) -> Response:
    """The part of the waiting page that changes; a header leads onward once there is an answer."""
    made = service.of_browser(session, request_id, browser_of(request, desk))
    context = _waiting(desk, made)
    response = Response(desk.pages.text(request, "waiting_state.html", **context), media_type="text/html")
    response.headers["cache-control"] = "no-store"
    if made.state is RequestState.ANSWERED:
        response.headers["x-see-other"] = f"/{lang}/ask/{made.id}"
    return response


def _waiting(desk: Desk, made: PresentationRequest) -> dict[str, Any]:
    now = desk.clock()
    left = max(0, int((made.expires_at - now).total_seconds()))
    ended = left == 0 or made.state is RequestState.REFUSED
    return {
        "made": made,
        "minutes_left": -(-left // 60),
        "ended": ended,
        "link": "" if ended else service.link(desk, made),
        "plain_link": "" if ended else service.plain_link(desk, made),
        "certified_link": "" if ended else service.certified_link(desk, made),
    }
