"""Pages for presenting: open or paste a request, see who asks for what and why, choose, agree or decline."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Depends, Form, UploadFile
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from kit import qr
from kit.csrf import guard
from kit.pages import Lang, preferred_language
from kit.web import Now, Reading, router
from vc.openid4vp import REQUEST_SCHEME
from wallet_demo.credentials.pages import entries
from wallet_demo.presenting import service
from wallet_demo.receiving.conversation import host_of
from wallet_demo.receiving.pages import picture_error
from wallet_demo.session import Learner, WithTools, pages, see
from wallet_demo.tools import Tools

routes = router(dependencies=[Depends(guard)], include_in_schema=False)

Field = Annotated[str, Form()]


@routes.get("/present")
def present_without_language(request: Request) -> Response:
    """The wallet's address for requests, as verifiers link to it."""
    return see(f"/{preferred_language(request)}/present?{request.url.query}")


@routes.get("/{lang}/present")
def present_form(request: Request, lang: Lang, who: Learner) -> Response:
    """The form for a request; with a request in the address, one click leads to it."""
    link = f"{REQUEST_SCHEME}://?{request.url.query}" if "client_id=" in request.url.query else ""
    return pages(request).render(request, "present.html", who=who, values={"link": link}, errors={})


@routes.post("/{lang}/present")
def look(
    request: Request,
    lang: Lang,
    who: Learner,
    tools: WithTools,
    now: Now,
    link: Field = "",
    image: UploadFile | None = None,
) -> Response:
    """Read and check the request, and show it."""
    field = "image" if image is not None and image.size else "link"
    try:
        if image is not None and image.size:
            link = qr.read(image.file.read()) or ""
        error = "" if link.strip() else ("no_code" if field == "image" else "missing")
    except qr.Unreadable as unreadable:
        error = picture_error(unreadable, image)
    if not error and "credential_offer" in urlsplit(link.strip()).query:
        return see(f"/{lang}/offer?{urlsplit(link.strip()).query}")
    if error:
        return pages(request).render(
            request, "present.html", status=422, who=who, values={"link": link}, errors={field: error}
        )
    try:
        request_id = service.look(tools, who, link, now=now)
    except service.RequestFailed as failed:
        return pages(request).render(request, "request_failed.html", status=422, who=who, failed=failed)
    return see(f"/{lang}/requests/{request_id}")


@routes.get("/{lang}/requests/{request_id}")
def consent(request: Request, lang: Lang, request_id: str, who: Learner, session: Reading, now: Now) -> Response:
    """Who asks, for what, and which credentials fit."""
    asked = service.asked(session, who, request_id)
    wishes = service.wishes(session, who, asked.request)
    shown = [(wish, entries(wish.candidates, lang=lang, now=now)) for wish in wishes or ()]
    return pages(request).render(request, "request.html", who=who, asked=asked, wishes=shown, errors={})


@routes.post("/{lang}/requests/{request_id}/answer")
async def answer(request: Request, lang: Lang, request_id: str, who: Learner, tools: WithTools, now: Now) -> Response:
    """Sign what was chosen and send it."""
    form = await request.form()
    chosen = {
        name.removeprefix("choice-"): value
        for name, value in form.items()
        if name.startswith("choice-") and isinstance(value, str)
    }
    return await run_in_threadpool(_answered, request, lang, request_id, who, tools, chosen, now)


@routes.post("/{lang}/requests/{request_id}/decline")
def decline(lang: Lang, request_id: str, who: Learner, tools: WithTools) -> Response:
    """Show nothing, and say so to whoever asked."""
    service.decline(tools, who, request_id)
    return see(f"/{lang}/?note=declined")


def _answered(
    request: Request, lang: str, request_id: str, who: Learner, tools: Tools, chosen: dict[str, str], now: datetime
) -> Response:
    with tools.database.reading() as session:
        asked = service.asked(session, who, request_id)
        wishes = service.wishes(session, who, asked.request)
    try:
        redirect = service.answer(tools, who, request_id, chosen=chosen, now=now)
    except service.RequestFailed as failed:
        if failed.code == "not_chosen":
            shown = [(wish, entries(wish.candidates, lang=lang, now=now)) for wish in wishes or ()]
            return pages(request).render(
                request, "request.html", status=422, who=who, asked=asked, wishes=shown, errors={"choice": "missing"}
            )
        return pages(request).render(request, "request_failed.html", status=422, who=who, failed=failed)
    return pages(request).render(
        request,
        "presented.html",
        who=who,
        asked=asked,
        redirect=redirect,
        redirect_host=host_of(redirect) if redirect else "",
    )
