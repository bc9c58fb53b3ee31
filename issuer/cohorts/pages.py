"""Pages of the cohorts: create one, see its register, import a class register step by step."""

from __future__ import annotations

from datetime import date
from typing import Annotated
from urllib.parse import quote

from fastapi import Depends, File, Form, UploadFile
from sqlmodel import Session
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from issuer.cohorts import importing, service
from issuer.cohorts.headings import LABELS, REQUIRED, RegisterField
from issuer.cohorts.importing import Preview
from issuer.cohorts.models import Cohort, Participant, RegisterImport
from issuer.cohorts.register import Change
from issuer.cohorts.register_file import MAX_BYTES, FileRefused
from issuer.cohorts.rows import CellError
from issuer.completions import service as completions
from issuer.components import service as components
from issuer.office import Office, OfficeDep
from issuer.programmes import service as programmes
from issuer.programmes.models import Programme
from issuer.staff.access import Officer, Registrar
from issuer.staff.service import SignedIn
from kit import csrf
from kit.i18n import N_
from kit.pages import Lang
from kit.problems import Conflict, NotFound, Unprocessable
from kit.web import Reading, Unit
from kit.web import router as strict_router

router = strict_router(dependencies=[Depends(csrf.guard)], include_in_schema=False)

Field = Annotated[str, Form()]

UPLOAD_PATHS = r"^/(fr|en)/office/cohorts/[0-9a-f-]+/import(/[0-9a-f-]+/correct)?$"
UPLOAD_LIMIT = MAX_BYTES + 64 * 1024
_ROWS_SHOWN = 200
_PEOPLE_SHOWN = 500
_FIELDS = frozenset(field.value for field in RegisterField)
_NOT_A_DATE = N_("Write the date as year-month-day. Example: 2026-06-12")
_NO_FILE = N_("Choose a CSV or XLSX file.")


# --- cohorts ---


@router.get("/{lang}/office/programmes/{programme_id}/cohorts/new")
def new_cohort(
    request: Request, office: OfficeDep, session: Reading, lang: Lang, who: Registrar, programme_id: str
) -> Response:
    """Show the form for a cohort."""
    programme = programmes.get(session, who.organisation, programme_id)
    return _cohort_form(request, office, who, programme, {}, {})


@router.post("/{lang}/office/programmes/{programme_id}/cohorts/new")
def create_cohort(
    request: Request,
    office: OfficeDep,
    session: Unit,
    lang: Lang,
    who: Registrar,
    programme_id: str,
    code: Field = "",
    starts_on: Field = "",
    ends_on: Field = "",
) -> Response:
    """Create a cohort."""
    programme = programmes.get(session, who.organisation, programme_id)
    given = {"code": code, "starts_on": starts_on, "ends_on": ends_on}
    days = {name: _day(given[name]) for name in ("starts_on", "ends_on")}
    wrong = {name: _NOT_A_DATE for name, day in days.items() if day is None}
    first, last = days["starts_on"], days["ends_on"]
    if first is None or last is None:
        return _cohort_form(request, office, who, programme, given, wrong)
    try:
        cohort = service.create(office, session, programme, code=code, starts_on=first, ends_on=last, actor=who.actor)
    except service.InvalidCohort as problem:
        return _cohort_form(request, office, who, programme, given, {problem.field: problem.sentence})
    except Conflict:
        return _cohort_form(request, office, who, programme, given, {"code": N_("There is a cohort of this name.")})
    return RedirectResponse(f"/{lang}/office/cohorts/{cohort.id}", 303)


def _cohort_form(
    request: Request,
    office: Office,
    who: SignedIn,
    programme: Programme,
    given: dict[str, str],
    wrong: dict[str, str],
) -> Response:
    context = {"who": who, "programme": programme, "given": given, "wrong": wrong}
    return office.pages.render(request, "cohorts/form.html", status=422 if wrong else 200, **context)


@router.get("/{lang}/office/cohorts/{cohort_id}")
def cohort_page(
    request: Request, office: OfficeDep, session: Reading, lang: Lang, who: Officer, cohort_id: str
) -> Response:
    """Show a cohort's register and what can be done with it."""
    cohort, programme = service.get(session, who.organisation, cohort_id)
    people, ready = service.counts(session, cohort)
    return office.pages.render(
        request,
        "cohorts/cohort.html",
        who=who,
        cohort=cohort,
        programme=programme,
        register=service.register(session, cohort, limit=_PEOPLE_SHOWN),
        people=people,
        ready=ready,
        imports=importing.recent(session, cohort),
        has_parts=bool(components.parts_of(session, [programme.id])),
    )


@router.post("/{lang}/office/cohorts/{cohort_id}/participants/{participant_id}/completion")
def record_completion(
    office: OfficeDep,
    session: Unit,
    lang: Lang,
    who: Registrar,
    cohort_id: str,
    participant_id: str,
    completed_on: Field = "",
    result: Field = "",
    undo: Field = "",
) -> Response:
    """Record a completion by hand, or with `undo` take it back."""
    cohort, _ = service.get(session, who.organisation, cohort_id)
    participant = session.get(Participant, participant_id)
    if participant is None or participant.cohort_id != cohort.id:
        raise NotFound
    if undo:
        completion = completions.of_participant(session, participant)
        if completion is not None:
            completions.take_back(office, session, cohort, completion, actor=who.actor)
    else:
        day = _day(completed_on)
        if day is None:
            raise Unprocessable(errors=[{"at": "completed_on", "reason": office.pages.translate(lang, _NOT_A_DATE)}])
        completions.record(office, session, cohort, participant, completed_on=day, result=result, actor=who.actor)
    return RedirectResponse(f"/{lang}/office/cohorts/{cohort.id}", 303)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        return None


# --- the import ---


@router.get("/{lang}/office/cohorts/{cohort_id}/import")
def import_form(
    request: Request, office: OfficeDep, session: Reading, lang: Lang, who: Registrar, cohort_id: str
) -> Response:
    """Show where the file goes in."""
    cohort, programme = service.get(session, who.organisation, cohort_id)
    return _import_form(request, office, who, cohort, programme)


@router.post("/{lang}/office/cohorts/{cohort_id}/import")
def upload_register(
    request: Request,
    office: OfficeDep,
    session: Unit,
    lang: Lang,
    who: Registrar,
    cohort_id: str,
    file: Annotated[UploadFile | None, File()] = None,
) -> Response:
    """Read the file and show what it holds; nothing is taken over yet."""
    cohort, programme = service.get(session, who.organisation, cohort_id)
    data = file.file.read(MAX_BYTES + 1) if file is not None else b""
    if file is None or not file.filename:
        return _import_form(request, office, who, cohort, programme, refused=FileRefused(_NO_FILE))
    try:
        kept = importing.upload(office, session, cohort, file_name=file.filename, data=data, actor=who.actor)
    except FileRefused as refused:
        return _import_form(request, office, who, cohort, programme, refused=refused)
    return RedirectResponse(f"/{lang}/office/cohorts/{cohort.id}/import/{kept.id}", 303)


def _import_form(
    request: Request,
    office: Office,
    who: SignedIn,
    cohort: Cohort,
    programme: Programme,
    *,
    refused: FileRefused | None = None,
) -> Response:
    context = {"who": who, "cohort": cohort, "programme": programme, "refused": refused, "labels": LABELS}
    return office.pages.render(
        request, "cohorts/import.html", status=422 if refused else 200, required=REQUIRED, **context
    )


@router.get("/{lang}/office/cohorts/{cohort_id}/import/{upload_id}")
def preview(
    request: Request,
    office: OfficeDep,
    session: Reading,
    lang: Lang,
    who: Registrar,
    cohort_id: str,
    upload_id: str,
    show: str = "bad",
) -> Response:
    """Show what taking the rows over would do, and every row that is not acceptable, with the reason."""
    cohort, programme = service.get(session, who.organisation, cohort_id)
    plan = _plan(office, session, cohort, programme, upload_id)
    shown = plan.bad_lines if show == "bad" and plan.errors else [row.line for row in plan.sheet.rows]
    rows = {row.line: row for row in plan.sheet.rows}
    return office.pages.render(
        request,
        "cohorts/preview.html",
        status=200,
        who=who,
        cohort=cohort,
        programme=programme,
        plan=plan,
        show=show if plan.errors else "all",
        rows=[(rows[line], _cell_texts(plan, rows[line].cells)) for line in shown[:_ROWS_SHOWN]],
        hidden=max(0, len(shown) - _ROWS_SHOWN),
        errors={(error.line, error.field): _sentence(office, lang, error) for error in plan.errors},
        changes={row.learner.line: row.change for row in plan.planned},
        labels=LABELS,
        fields=list(RegisterField),
        new=plan.count(Change.NEW),
        updated=plan.count(Change.UPDATE),
        same=plan.count(Change.SAME),
    )


@router.post("/{lang}/office/cohorts/{cohort_id}/import/{upload_id}/correct")
async def correct(
    request: Request, office: OfficeDep, session: Unit, lang: Lang, who: Registrar, cohort_id: str, upload_id: str
) -> Response:
    """Change what the columns mean, or single cells, and look again."""
    cohort, _ = service.get(session, who.organisation, cohort_id)
    kept = importing.get(session, cohort, upload_id)
    form = await request.form(max_fields=20_000)
    importing.correct(session, kept, columns=_columns(form), cells=_cells(form))
    return RedirectResponse(f"/{lang}/office/cohorts/{cohort.id}/import/{kept.id}", 303)


@router.post("/{lang}/office/cohorts/{cohort_id}/import/{upload_id}/take-over")
def take_over(office: OfficeDep, session: Unit, lang: Lang, who: Registrar, cohort_id: str, upload_id: str) -> Response:
    """Take all good rows over, at once."""
    cohort, programme = service.get(session, who.organisation, cohort_id)
    kept = importing.get(session, cohort, upload_id)
    importing.take_over(office, session, kept, cohort, programme, actor=who.actor)
    return RedirectResponse(f"/{lang}/office/cohorts/{cohort.id}", 303)


@router.post("/{lang}/office/cohorts/{cohort_id}/import/{upload_id}/take-back")
def take_back(office: OfficeDep, session: Unit, lang: Lang, who: Registrar, cohort_id: str, upload_id: str) -> Response:
    """Take an import back, while nothing was issued from it."""
    cohort, programme = service.get(session, who.organisation, cohort_id)
    kept = importing.get(session, cohort, upload_id)
    importing.take_back(office, session, kept, programme, actor=who.actor)
    return RedirectResponse(f"/{lang}/office/cohorts/{cohort.id}", 303)


@router.get("/{lang}/office/cohorts/{cohort_id}/import/{upload_id}/errors.csv")
def error_file(
    office: OfficeDep, session: Reading, lang: Lang, who: Registrar, cohort_id: str, upload_id: str
) -> Response:
    """The rows that are not acceptable, as a file to correct and import again."""
    cohort, programme = service.get(session, who.organisation, cohort_id)
    plan = _plan(office, session, cohort, programme, upload_id)
    sentences: dict[int, str] = {}
    for error in plan.errors:
        said = f"{office.pages.translate(lang, LABELS[error.field])}: {_sentence(office, lang, error)}"
        sentences[error.line] = f"{sentences[error.line]} / {said}" if error.line in sentences else said
    heading = office.pages.translate(lang, N_("Error"))
    body = importing.errors_csv(plan, error_heading=heading, sentences=sentences)
    name = quote(f"{cohort.code}-{heading}.csv", safe="")
    headers = {"content-disposition": f"attachment; filename*=UTF-8''{name}", "cache-control": "no-store"}
    return Response(body, media_type="text/csv; charset=utf-8", headers=headers)


def _plan(office: Office, session: Session, cohort: Cohort, programme: Programme, upload_id: str) -> Preview:
    kept: RegisterImport = importing.get(session, cohort, upload_id)
    return importing.preview(session, kept, cohort, programme, today=office.clock().date())


def _sentence(office: Office, lang: str, error: CellError) -> str:
    return (
        office.pages.translate(lang, error.reason, line=error.other_line)
        if error.other_line
        else (office.pages.translate(lang, error.reason))
    )


def _cell_texts(plan: Preview, cells: tuple[str, ...]) -> dict[RegisterField, str]:
    return {field: cells[place] if place < len(cells) else "" for field, place in plan.columns.items()}


def _columns(form: FormData) -> dict[RegisterField, int] | None:
    chosen = {field: form.get(f"column.{field}") for field in RegisterField}
    if all(value is None for value in chosen.values()):
        return None
    return {field: int(value) for field, value in chosen.items() if isinstance(value, str) and _is_place(value)}


def _cells(form: FormData) -> dict[tuple[int, RegisterField], str]:
    cells: dict[tuple[int, RegisterField], str] = {}
    for name, value in form.multi_items():
        kind, _, rest = name.partition(".")
        line, _, field = rest.partition(".")
        if kind == "cell" and _is_place(line) and field in _FIELDS and isinstance(value, str):
            cells[int(line), RegisterField(field)] = value
    return cells


def _is_place(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 9
