"""Pages of the staff for jobs: start one from a cohort, follow it, decide about it, take its outcomes home."""

from __future__ import annotations

from typing import Annotated, Any, BinaryIO

from fastapi import Depends, File, UploadFile
from sqlmodel import Session
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from issuer.cohorts import service as cohorts
from issuer.cohorts.register_file import FileRefused
from issuer.jobs import entries, outcomes, service
from issuer.jobs.models import RowOutcome
from issuer.jobs.service import Progress, Standing
from issuer.jobs.service import Request as JobRequest
from issuer.office import Office, OfficeDep
from issuer.staff.access import Officer, Registrar
from issuer.staff.models import Role
from issuer.staff.service import SignedIn
from kit import csrf
from kit.i18n import N_
from kit.pages import Lang
from kit.web import Reading
from kit.web import router as strict_router

router = strict_router(dependencies=[Depends(csrf.guard)], include_in_schema=False)

UPLOAD_PATHS = r"^/(fr|en)/office/cohorts/[0-9a-f-]+/job-file$"
ACTS = {"pause": service.pause, "resume": service.resume, "cancel": service.cancel, "retry": service.retry}
_REFUSED_SHOWN = 50
_NO_FILE = N_("Choose a CSV file.")


@router.get("/{lang}/office/jobs")
def jobs(
    request: Request, office: OfficeDep, session: Reading, lang: Lang, who: Officer, page: str = "1", cohort: str = ""
) -> Response:
    """Show the jobs of the organisation, or of one of its cohorts, newest first."""
    number = int(page) if page.isascii() and page.isdigit() and 0 < len(page) < 6 else 1
    found = service.of_organisation(session, who.organisation.id, cohort_id=cohort, page=max(1, number))
    return office.pages.render(
        request,
        "jobs/list.html",
        who=who,
        jobs=_with_names(session, service.progress(session, found, now=office.clock()), lang),
        at=max(1, number),
        cohort=cohort,
        more=len(found) == service.PAGE,
    )


@router.post("/{lang}/office/cohorts/{cohort_id}/job")
def start(office: OfficeDep, lang: Lang, who: Registrar, cohort_id: str) -> Response:
    """Start a job for everybody of the cohort who is ready."""
    with office.database.reading() as session:
        cohort, _ = cohorts.get(session, who.organisation, cohort_id)
    job = service.start_for_cohort(office, JobRequest(who.organisation.id, cohort, who.actor))
    return RedirectResponse(f"/{lang}/office/jobs/{job.id}", 303)


@router.get("/{lang}/office/cohorts/{cohort_id}/job-file")
def file_form(
    request: Request, office: OfficeDep, session: Reading, lang: Lang, who: Registrar, cohort_id: str
) -> Response:
    """Show where a large register goes in."""
    return _file_form(request, office, session, lang, who, cohort_id)


@router.post("/{lang}/office/cohorts/{cohort_id}/job-file")
def start_with_file(
    request: Request,
    office: OfficeDep,
    lang: Lang,
    who: Registrar,
    cohort_id: str,
    file: Annotated[UploadFile | None, File()] = None,
) -> Response:
    """Start a job for the rows of a register."""
    with office.database.reading() as session:
        cohort, _ = cohorts.get(session, who.organisation, cohort_id)
    try:
        job = service.start_for_register(
            office,
            JobRequest(who.organisation.id, cohort, who.actor, file_name=(file and file.filename) or ""),
            entries.of_csv(_given(file)),
        )
    except FileRefused as refused:
        with office.database.reading() as session:
            return _file_form(request, office, session, lang, who, cohort_id, refused=refused)
    return RedirectResponse(f"/{lang}/office/jobs/{job.id}", 303)


def _given(file: UploadFile | None) -> BinaryIO:
    if file is None or not file.filename:
        raise FileRefused(_NO_FILE)
    return file.file


def _file_form(
    request: Request,
    office: Office,
    session: Session,
    lang: str,
    who: SignedIn,
    cohort_id: str,
    *,
    refused: FileRefused | None = None,
) -> Response:
    cohort, programme = cohorts.get(session, who.organisation, cohort_id)
    return office.pages.render(
        request,
        "jobs/file.html",
        status=422 if refused else 200,
        who=who,
        cohort=cohort,
        title=programme.title_fr if lang == "fr" else programme.title_en,
        programme=programme,
        refused=outcomes.sentence_of(office, lang, refused) if refused else "",
        most=office.settings.job_upload_mib,
    )


@router.get("/{lang}/office/jobs/{job_id}")
def job(
    request: Request, office: OfficeDep, session: Reading, lang: Lang, who: Officer, job_id: str, seen: str = ""
) -> Response:
    """Show how far a job is; to the page's own script, the part that changes (`seen`: the state that it shows)."""
    found = service.get(session, who.organisation.id, job_id)
    [far] = service.progress(session, [found], now=office.clock())
    here = f"/{lang}/office/jobs/{job_id}"
    if "x-fragment" in request.headers:
        if seen != far.standing.value:  # other buttons are due
            return Response(headers={"x-see-other": here, "cache-control": "no-store"})
        text = office.pages.text(request, "jobs/progress.html", far=far)
        return HTMLResponse(text, headers={"cache-control": "no-store"})
    cohort, programme = service.programme_of(session, found)
    refused = service.rows_of(session, found, outcome=RowOutcome.REFUSED, limit=_REFUSED_SHOWN)
    return office.pages.render(
        request,
        "jobs/job.html",
        who=who,
        far=far,
        job=found,
        cohort=cohort,
        programme=programme,
        title=programme.title_fr if lang == "fr" else programme.title_en,
        here=here,
        live=far.standing in (Standing.RUNNING, Standing.PAUSED) and far.is_open,
        may_decide=who.may(Role.REGISTRAR),
        refused=[(row, outcomes.reasons(office, lang, row)) for row, _ in refused],
        hidden=max(0, far.refused - len(refused)),
    )


@router.post("/{lang}/office/jobs/{job_id}/{act}")
def decide(office: OfficeDep, lang: Lang, who: Registrar, job_id: str, act: str) -> Response:
    """Pause, resume, cancel, or try the refused rows again."""
    if act not in ACTS:
        raise service.UnknownJob
    ACTS[act](office, who.organisation.id, job_id, actor=who.actor)
    return RedirectResponse(f"/{lang}/office/jobs/{job_id}", 303)


@router.get("/{lang}/office/jobs/{job_id}/outcomes.csv")
def outcome_file(
    office: OfficeDep, session: Reading, lang: Lang, who: Officer, job_id: str, only: str = ""
) -> Response:
    """The outcome of each row as a file."""
    found = service.get(session, who.organisation.id, job_id)
    outcome = RowOutcome(only) if only in list(RowOutcome) else None
    return outcomes.as_file(office, found, language=lang, outcome=outcome)


def _with_names(session: Session, found: list[Progress], lang: str) -> list[tuple[Progress, Any, str]]:
    named = []
    for far in found:
        cohort, programme = service.programme_of(session, far.job)
        named.append((far, cohort, programme.title_fr if lang == "fr" else programme.title_en))
    return named
