"""Pages for checking many credentials: upload, watch, read the table, open one, take the answers along, delete."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Depends, File, UploadFile
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from keys.fetching import FetchError
from kit import csrf
from kit.i18n import N_
from kit.pages import Lang
from kit.problems import NotFound
from kit.tables import CSV_MEDIA_TYPE, XLSX_MEDIA_TYPE, write_csv, write_xlsx
from kit.verdicts import CameBy
from kit.web import Reading, Unit, client_address
from kit.web import router as strict_router
from verifier.base import Screening, ScreeningState
from verifier.browser import browser_of, browser_or_new, remember
from verifier.desk import Desk, DeskDep
from verifier.opening import document_in, opened
from verifier.pages import verdict_page
from verifier.screening import service
from verifier.screening.table import HEADINGS, cells, rows
from verifier.screening.unpacking import MAX_UPLOAD, UploadRefused, items
from verifier.trust.access import EmployerDesk

router = strict_router(dependencies=[Depends(csrf.guard)], include_in_schema=False)

UPLOAD_PATHS = r"^/(fr|en)/many$"
UPLOAD_LIMIT = MAX_UPLOAD + 64 * 1024

FILTERS = {"": N_("All"), "ok": N_("Valid"), "warn": N_("Attention"), "bad": N_("Not valid"), "unk": N_("Unknown")}
_NOTHING = N_("Choose a file.")
_GONE = N_("The link does not open any more.")


@router.get("/{lang}/many")
def form(request: Request, desk: DeskDep, session: Reading, lang: Lang) -> Response:
    """Show the form, and what this browser had checked today."""
    return _form(request, desk, service.all_of_owner(session, browser_of(request, desk)))


@router.post("/{lang}/many")
def upload(
    request: Request, desk: EmployerDesk, lang: Lang, file: Annotated[UploadFile | None, File()] = None
) -> Response:
    """Take the file, and lead to the page that shows the answers as they come."""
    browser = browser_or_new(request, desk)
    if file is None or not file.filename:
        return _refused(request, desk, browser, _NOTHING)
    try:
        made = service.start(
            desk,
            items(file.file.read(UPLOAD_LIMIT)),
            name=file.filename,
            owner=browser,
            address=client_address(request),
        )
    except UploadRefused as refused:
        return _refused(request, desk, browser, refused.sentence)
    response = RedirectResponse(f"/{lang}/many/{made.id}", 303)
    remember(response, desk, browser)
    return response


@router.get("/{lang}/many/{screening_id}")
def answers(
    request: Request, desk: DeskDep, session: Reading, lang: Lang, screening_id: str, kind: str = "", after: int = 0
) -> Response:
    """Show how far it is and the answers so far."""
    screening = service.of_owner(session, screening_id, browser_of(request, desk))
    context = _progress(session, screening)
    kind = kind if kind in FILTERS else ""
    found = service.page(session, screening, kind=kind, after=max(0, after))
    more = found[-1].position + 1 if len(found) == service.PAGE else None
    return desk.pages.render(
        request,
        "screening.html",
        **context,
        filters=FILTERS,
        kind=kind,
        after=max(0, after),
        more=more,
        rows=list(rows(desk, found, lang)),
        readable={one.position for one in found if one.document or one.link},
    )


@router.get("/{lang}/many/{screening_id}/state")
def state(request: Request, desk: DeskDep, session: Reading, lang: Lang, screening_id: str) -> Response:
    """The part of the page that changes; a header leads to the finished table."""
    screening = service.of_owner(session, screening_id, browser_of(request, desk))
    text = desk.pages.text(request, "screening_state.html", **_progress(session, screening))
    response = Response(text, media_type="text/html", headers={"cache-control": "no-store"})
    if screening.state is not ScreeningState.CHECKING:
        response.headers["x-see-other"] = f"/{lang}/many/{screening_id}"
    return response


@router.get("/{lang}/many/{screening_id}/{position:int}")
def one(
    request: Request, desk: EmployerDesk, session: Reading, lang: Lang, screening_id: str, position: int
) -> Response:
    """Check one item again, and show its whole verdict."""
    screening = service.of_owner(session, screening_id, browser_of(request, desk))
    item = service.item(session, screening, position)
    if not (item.document or item.link):
        raise NotFound
    try:
        data = opened(desk.fetcher, item.link) if item.link else item.document
    except FetchError as error:
        raise NotFound(_GONE) from error
    checked = desk.checker.whatever(document_in(data), domain=item.link or None)
    came_by = CameBy.LINK if item.link else CameBy.FILE
    return verdict_page(request, desk, lang, checked.report, came_by=came_by, as_of=checked.as_of)


@router.get("/{lang}/many/{screening_id}/answers.csv")
def as_csv(request: Request, desk: DeskDep, session: Reading, lang: Lang, screening_id: str) -> Response:
    """Give the answers as CSV."""
    screening = service.of_owner(session, screening_id, browser_of(request, desk))
    headings = [desk.pages.translate(lang, text) for text in HEADINGS]
    body = write_csv(headings, map(cells, rows(desk, service.answered(session, screening), lang)))
    return _download(body, CSV_MEDIA_TYPE, "csv", lang)


@router.get("/{lang}/many/{screening_id}/answers.xlsx")
def as_xlsx(request: Request, desk: DeskDep, session: Reading, lang: Lang, screening_id: str) -> Response:
    """Give the answers as a spreadsheet."""
    screening = service.of_owner(session, screening_id, browser_of(request, desk))
    headings = [desk.pages.translate(lang, text) for text in HEADINGS]
    title = desk.pages.translate(lang, N_("Answers"))
    body = write_xlsx(title, headings, map(cells, rows(desk, service.answered(session, screening), lang)))
    return _download(body, XLSX_MEDIA_TYPE, "xlsx", lang)


@router.post("/{lang}/many/{screening_id}/stop")
def stop(request: Request, desk: DeskDep, session: Unit, lang: Lang, screening_id: str) -> Response:
    """Check nothing more."""
    screening = service.of_owner(session, screening_id, browser_of(request, desk), lock=True)
    service.stop(session, screening, now=desk.clock())
    return RedirectResponse(f"/{lang}/many/{screening_id}", 303)


@router.post("/{lang}/many/{screening_id}/go-on")
def go_on(request: Request, desk: DeskDep, session: Unit, lang: Lang, screening_id: str) -> Response:
    """Go on after a stop, or ask again about what could not be decided."""
    screening = service.of_owner(session, screening_id, browser_of(request, desk), lock=True)
    service.go_on(session, screening, now=desk.clock())
    return RedirectResponse(f"/{lang}/many/{screening_id}", 303)


@router.post("/{lang}/many/{screening_id}/delete")
def delete(request: Request, desk: DeskDep, session: Unit, lang: Lang, screening_id: str) -> Response:
    """Forget the upload and its answers now."""
    service.forget(session, service.of_owner(session, screening_id, browser_of(request, desk), lock=True))
    return RedirectResponse(f"/{lang}/many?deleted=1", 303)


def _refused(request: Request, desk: Desk, browser: str, sentence: str) -> Response:
    with desk.database.reading() as session:
        mine = service.all_of_owner(session, browser)
    return _form(request, desk, mine, wrong=sentence)


def _form(request: Request, desk: Desk, mine: Any, *, wrong: str = "") -> Response:
    deleted = request.query_params.get("deleted") == "1"
    return desk.pages.render(
        request, "screen.html", status=422 if wrong else 200, mine=mine, wrong=wrong, deleted=deleted
    )


def _progress(session: Reading, screening: Screening) -> dict[str, Any]:
    counts = service.counts(session, screening)
    taken = max((screening.served_at - screening.created_at).total_seconds(), 0.001)
    seconds_left = round((counts.total - counts.done) * taken / counts.done) if counts.done else None
    running = screening.state is ScreeningState.CHECKING
    return {
        "screening": screening,
        "counts": counts,
        "running": running,
        "stopped": screening.state is ScreeningState.CANCELLED,
        "minutes_left": None if seconds_left is None else max(1, -(-seconds_left // 60)),
    }


def _download(body: bytes, media_type: str, ending: str, lang: str) -> Response:
    name = "verifications" if lang == "fr" else "verification"
    headers = {"content-disposition": f'attachment; filename="{name}.{ending}"', "cache-control": "no-store"}
    return Response(body, media_type=media_type, headers=headers)
