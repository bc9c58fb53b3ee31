"""Pages for employers: paste, upload or open a link; the verdict."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import Depends, File, Form, UploadFile
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from keys.fetching import FetchError
from kit import csrf
from kit.i18n import N_
from kit.pages import Lang, other_language
from kit.tokens import short_code
from kit.verdicts import KINDS, CameBy
from kit.web import router as strict_router
from vc import baking
from vc.findings import Headline, PresentationReport, Report
from vc.verify import Document
from verifier.desk import Desk
from verifier.opening import MAX_DOCUMENT, NO_BADGE, document_in, is_link, opened
from verifier.trust.access import EmployerDesk
from verifier.views import Judged, judged

router = strict_router(dependencies=[Depends(csrf.guard)], include_in_schema=False)

UPLOAD_PATHS = r"^/(fr|en)/check$"
UPLOAD_LIMIT = baking.MAX_IMAGE_BYTES + 2 * MAX_DOCUMENT
_GOOD = (Headline.VALID, Headline.VALID_HOLDER_UNCONFIRMED)

_NOTHING = N_("Paste a credential or a link, or choose a file.")
_NOT_OPENED = N_(
    "The link could not be opened. It may have ended: ask the person for a new one. Links begin with https://."
)
_NOT_A_LINK = N_("This is not a link that can be checked: it begins with https:// and has no spaces.")


@router.get("/{lang}/")
def form(request: Request, desk: EmployerDesk, lang: Lang, link: str = "") -> Response:
    """Show the one entry for everything; a link in the address is ready to be checked."""
    return _form(request, desk, given=link)


@router.get("/{lang}/help")
def help_page(request: Request, desk: EmployerDesk, lang: Lang) -> Response:
    """Answer what people ask first, and say how this site treats them."""
    return desk.pages.render(request, "help.html")


@router.post("/{lang}/check")
def check(
    request: Request,
    desk: EmployerDesk,
    lang: Lang,
    text: Annotated[str, Form()] = "",
    file: Annotated[UploadFile | None, File()] = None,
) -> Response:
    """Check what was pasted, uploaded or linked, and show the verdict."""
    text = text.strip()
    if file is not None and file.filename:
        data = file.file.read(UPLOAD_LIMIT + 1)
        try:
            document: Document = document_in(data)
        except baking.NotBaked:
            return _form(request, desk, given="", wrong=NO_BADGE)
        return _verdict(request, desk, lang, document, came_by=CameBy.FILE)
    if not text:
        return _form(request, desk, given="", wrong=_NOTHING)
    if is_link(text):
        return _check_link(request, desk, lang, text)
    return _verdict(request, desk, lang, text, came_by=CameBy.TEXT, again=text)


@router.get("/{lang}/check")
def check_by_address(request: Request, desk: EmployerDesk, lang: Lang, link: str | None = None) -> Response:
    """Check a share link that stands in the address, as wallets and printed papers link here.

    Without one it is the form: somebody reloads the page of a verdict, or changes its language.
    """
    if link is None:
        return RedirectResponse(f"/{lang}/", 303)
    if not is_link(link):
        return _form(request, desk, given=link, wrong=_NOT_A_LINK if link else _NOTHING)
    return _check_link(request, desk, lang, link)


def _form(request: Request, desk: Desk, *, given: str, wrong: str = "") -> Response:
    return desk.pages.render(request, "verify.html", status=422 if wrong else 200, given=given, wrong=wrong)


def _check_link(request: Request, desk: Desk, lang: str, link: str) -> Response:
    try:
        body = opened(desk.fetcher, link)
    except FetchError:
        return _form(request, desk, given=link, wrong=_NOT_OPENED)
    return _verdict(request, desk, lang, body, came_by=CameBy.LINK, domain=link, again=link)


def _verdict(
    request: Request,
    desk: Desk,
    lang: str,
    document: Document,
    *,
    came_by: CameBy,
    domain: str | None = None,
    again: str = "",
) -> Response:
    checked = desk.checker.whatever(document, domain=domain)
    return verdict_page(request, desk, lang, checked.report, came_by=came_by, again=again, as_of=checked.as_of)


def verdict_page(
    request: Request,
    desk: Desk,
    lang: str,
    report: Report | PresentationReport,
    *,
    came_by: CameBy,
    again: str = "",
    reference: str = "",
    as_of: datetime | None = None,
) -> Response:
    """Show a verdict: one headline for the set, then each credential with its six checks.

    `as_of`: the day of which a share pack speaks, None for an answer of today.
    """
    switch: dict[str, Any] = {}
    if is_link(again):
        switch["other_language_path"] = f"/{other_language(request)}/check?{urlencode({'link': again})}"
    return desk.pages.render(
        request,
        "verdict.html",
        **verdict_context(desk, lang, report, came_by),
        again=again,
        reference=reference or f"V-{short_code(4)}-{short_code(4)}",
        at=desk.clock(),
        as_of=as_of,
        **switch,
    )


def verdict_context(desk: Desk, lang: str, report: Report | PresentationReport, came_by: CameBy) -> dict[str, Any]:
    """Return what the verdict template needs, for a page or a fragment."""
    words, writer = desk.words(lang, came_by), desk.pages.writer(lang)
    reports = report.credentials if isinstance(report, PresentationReport) else (report,)
    shown: list[Judged] = [judged(one, words, writer, lang, desk.checker.anchors) for one in reports]
    counts: dict[str, int] = {}
    for one in shown:
        counts[one.headline] = counts.get(one.headline, 0) + 1
    return {
        "kind": KINDS[report.headline.tone],
        "headline": words.headline(report.headline),
        "advice": words.advice(report),
        "judged": shown,
        "counts": counts,
        "valid": sum(one.headline in _GOOD for one in reports),
        "came_by": came_by,
    }
