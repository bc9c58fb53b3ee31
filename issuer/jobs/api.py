"""Jobs for an institution's own systems: hand over a register or name a cohort, look how far it is, fetch outcomes."""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Iterator
from datetime import datetime
from typing import IO, Annotated, Any, Literal

from fastapi import Header, Query
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from sqlmodel import Session, select
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse

from issuer.cohorts.models import Cohort
from issuer.cohorts.register_file import FileRefused
from issuer.issuance.one_call import UnknownCompletion
from issuer.jobs import entries, outcomes, service
from issuer.jobs.models import Job, RowOutcome
from issuer.jobs.service import Progress, Standing
from issuer.office import Office, OfficeDep
from issuer.programmes.models import Programme
from issuer.staff.access import IssueCaller, ReadCaller
from issuer.staff.service import Caller
from kit.problems import Unprocessable, UnsupportedMediaType
from kit.web import Reading
from kit.web import router as strict_router
from vc import strict_json
from vc.errors import ParsingError

router = strict_router(prefix="/api/v1/jobs", tags=["Jobs"])

UPLOAD_PATHS = r"^/api/v1/jobs$"
_IN_MEMORY = 1 << 20
_READERS = {
    "text/csv": entries.of_csv,
    "application/x-ndjson": entries.of_json_lines,
    "application/jsonl": entries.of_json_lines,
}
Key = Annotated[str | None, Header(min_length=8, max_length=200)]
Name = Annotated[str, Query(max_length=200)]


class CohortIn(BaseModel):
    """A cohort: everybody of it who completed and has no credential."""

    model_config = ConfigDict(extra="forbid", strict=True)

    programme: Annotated[str, Field(min_length=1, max_length=200)]
    """Slug of the programme."""
    cohort: Annotated[str, Field(min_length=1, max_length=200)]
    """Code of the cohort."""


class JobOut(BaseModel):
    """A job and how far it is."""

    id: str
    state: Standing
    trouble: str
    total: int
    done: int
    issued: int
    alreadyIssued: int  # noqa: N815 - JSON's own spelling
    refused: int
    cancelled: int
    rowsPerSecond: float  # noqa: N815
    secondsLeft: int | None  # noqa: N815
    createdAt: datetime  # noqa: N815
    outcomes: str
    """Where the outcome of each row is, as CSV or, by `Accept`, JSON lines."""

    @classmethod
    def of(cls, office: Office, far: Progress) -> JobOut:
        """Shape a job."""
        return cls(
            id=far.job.id,
            state=far.standing,
            trouble=far.job.trouble,
            total=far.total,
            done=far.done,
            issued=far.issued,
            alreadyIssued=far.already_issued,
            refused=far.refused,
            cancelled=far.cancelled,
            rowsPerSecond=round(far.per_second, 1),
            secondsLeft=far.seconds_left,
            createdAt=far.job.created_at,
            outcomes=f"{address(office, far.job)}/outcomes",
        )


class JobsOut(BaseModel):
    """One page of jobs, newest first."""

    jobs: list[JobOut]


def address(office: Office, job: Job) -> str:
    """Return where the API shows the job."""
    return f"{office.settings.public_url}/api/v1/jobs/{job.id}"


@router.post(
    "",
    status_code=202,
    response_model=JobOut,
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {"schema": CohortIn.model_json_schema()},
                "text/csv": {"schema": {"type": "string"}},
                "application/x-ndjson": {"schema": {"type": "string"}},
            },
        }
    },
)
async def start(
    request: Request,
    office: OfficeDep,
    caller: IssueCaller,
    programme: Name = "",
    cohort: Name = "",
    idempotency_key: Key = None,
) -> Response:
    """Start a job. Send a register (CSV, or JSON lines), with programme and cohort in the query; or, as JSON, only
    programme and cohort: then for everybody of the cohort who is ready. The same idempotency key names the same job.
    """
    kind = request.headers.get("content-type", "").split(";")[0].strip().lower()
    with tempfile.SpooledTemporaryFile(_IN_MEMORY) as body:
        sum_of = hashlib.sha256(f"{kind} {programme} {cohort} ".encode())
        async for piece in request.stream():
            sum_of.update(piece)
            body.write(piece)
        body.seek(0)
        asked = _Asked(caller, kind, programme, cohort, idempotency_key, sum_of.hexdigest())
        job = await run_in_threadpool(_start, office, asked, body)
    with office.database.reading() as session:
        [far] = service.progress(session, [job], now=office.clock())
    out = JobOut.of(office, far).model_dump(mode="json")
    return JSONResponse(out, 202, {"location": address(office, job)})


class _Asked:
    def __init__(self, caller: Caller, kind: str, programme: str, cohort: str, key: str | None, digest: str) -> None:
        self.caller, self.kind, self.programme, self.cohort = caller, kind, programme, cohort
        self.key, self.digest = key, digest


def _start(office: Office, asked: _Asked, body: IO[bytes]) -> Job:
    if asked.kind == "application/json":
        named = _cohort_in(body.read(_IN_MEMORY))
        return service.start_for_cohort(office, _request(office, asked, named.programme, named.cohort))
    if asked.kind not in _READERS:
        raise UnsupportedMediaType("send text/csv, application/x-ndjson or application/json")
    wanted = _request(office, asked, asked.programme, asked.cohort)
    try:
        return service.start_for_register(office, wanted, _READERS[asked.kind](body))  # type: ignore[arg-type] # a spooled file is a binary file
    except FileRefused as refused:
        detail = outcomes.sentence_of(office, "en", refused)
        raise Unprocessable(detail, errors=[{"at": f"line {refused.line}", "reason": detail}]) from refused


def _cohort_in(body: bytes) -> CohortIn:
    try:
        return CohortIn.model_validate(strict_json.parse(body))
    except (ParsingError, ValidationError) as error:
        raise Unprocessable("send programme and cohort, and nothing else") from error


def _request(office: Office, asked: _Asked, programme: str, code: str) -> service.Request:
    with office.database.reading() as session:
        found = _cohort(session, asked.caller.organisation_id, programme, code)
    return service.Request(
        asked.caller.organisation_id,
        found,
        asked.caller.actor,
        file_name="" if asked.kind == "application/json" else "API",
        key=asked.key,
        digest=asked.digest,
    )


def _cohort(session: Session, organisation_id: str, programme: str, code: str) -> Cohort:
    query = (
        select(Cohort)
        .join(Programme, Programme.id == Cohort.programme_id)  # type: ignore[arg-type] # a column, for SQLAlchemy
        .where(Programme.organisation_id == organisation_id, Programme.slug == programme, Cohort.code == code)
    )
    found = session.exec(query).first()
    if found is None:
        raise UnknownCompletion("no such programme or cohort")
    return found


@router.get("")
def jobs(
    office: OfficeDep, session: Reading, caller: ReadCaller, page: Annotated[int, Query(ge=1, le=100_000)] = 1
) -> JobsOut:
    """List jobs, newest first."""
    found = service.of_organisation(session, caller.organisation_id, page=page)
    return JobsOut(jobs=[JobOut.of(office, far) for far in service.progress(session, found, now=office.clock())])


@router.get("/{job_id}")
def job(office: OfficeDep, session: Reading, caller: ReadCaller, job_id: str) -> JobOut:
    """Return one job and how far it is."""
    return _shown(office, session, caller, job_id)


def _shown(office: Office, session: Session, caller: Caller, job_id: str) -> JobOut:
    [far] = service.progress(session, [service.get(session, caller.organisation_id, job_id)], now=office.clock())
    return JobOut.of(office, far)


@router.post("/{job_id}/{act}")
def decide(
    office: OfficeDep, caller: IssueCaller, job_id: str, act: Literal["pause", "resume", "cancel", "retry"]
) -> JobOut:
    """Pause, resume or cancel; or try the refused rows again."""
    getattr(service, act)(office, caller.organisation_id, job_id, actor=caller.actor)
    with office.database.reading() as session:
        return _shown(office, session, caller, job_id)


@router.get("/{job_id}/outcomes", response_class=Response)
def outcomes_of(
    request: Request,
    office: OfficeDep,
    session: Reading,
    caller: ReadCaller,
    job_id: str,
    outcome: RowOutcome | None = None,
) -> Response:
    """Return the outcome of each row that has one: CSV, or JSON lines where that is asked for."""
    found = service.get(session, caller.organisation_id, job_id)
    if "ndjson" in request.headers.get("accept", ""):
        return StreamingResponse(_json_lines(office, found, outcome), media_type="application/x-ndjson")
    return outcomes.as_file(office, found, language="en", outcome=outcome)


def _json_lines(office: Office, found: Job, outcome: RowOutcome | None) -> Iterator[str]:
    for row, number in outcomes.all_rows(office, found, outcome):
        said: dict[str, Any] = {"line": row.line, "learnerNumber": row.learner_number, "outcome": row.outcome.value}
        if number:
            said |= {"credential": row.credential_id, "number": number}
        if row.reasons:
            said["reasons"] = outcomes.reasons(office, "en", row)
        yield json.dumps(said, ensure_ascii=False) + "\n"
