"""Checking many credentials, for programs: send them all, ask how far it is, fetch the answers line by line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Annotated, Any

from fastapi import Depends, Header
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse

from kit.problems import NotSignedIn, Unprocessable
from kit.tokens import new_token
from kit.web import Reading, Unit, client_address
from kit.web import router as strict_router
from verifier.base import Screening
from verifier.desk import Desk, DeskDep
from verifier.screening import service
from verifier.screening.table import record
from verifier.screening.unpacking import MAX_UPLOAD, UploadRefused, items

router = strict_router(prefix="/api/v1/screenings", tags=["Verification of many"])

UPLOAD_PATHS = r"^/api/v1/screenings$"
UPLOAD_LIMIT = MAX_UPLOAD
_PRIVATE = {"cache-control": "no-store"}


def _token(authorization: Annotated[str, Header()] = "") -> str:
    kind, _, token = authorization.partition(" ")
    if kind.lower() != "bearer" or not token:
        raise NotSignedIn("send the token that came with the screening, as a bearer token")
    return token


Token = Annotated[str, Depends(_token)]


@router.post("", status_code=202)
async def start(request: Request, desk: DeskDep) -> Response:
    """Take credentials to check: JSON lines, a JSON list, a ZIP of files, or a CSV of links, as the whole body.

    Answers 202 with the address to ask at and the token that opens it; both are kept for a day.
    """
    data = await request.body()
    return await run_in_threadpool(_start, desk, data, client_address(request))


def _start(desk: Desk, data: bytes, client: str) -> Response:
    token = new_token()
    try:
        made = service.start(desk, items(data), name="", owner=token, address=client)
    except UploadRefused as refused:
        raise Unprocessable(refused.sentence) from refused
    address = f"{desk.settings.public_url}/api/v1/screenings/{made.id}"
    body = {"id": made.id, "address": address, "token": token, "total": made.total}
    return JSONResponse(body, 202, {**_PRIVATE, "location": address})


@router.get("/{screening_id}")
def state(session: Reading, screening_id: str, token: Token) -> dict[str, Any]:
    """Say how far it is, and how many answers are of each kind (`ok`, `warn`, `bad`, `unk`)."""
    return _state(session, service.of_owner(session, screening_id, token))


@router.get("/{screening_id}/answers")
def answers(desk: DeskDep, session: Reading, screening_id: str, token: Token) -> Response:
    """Give the answers so far as JSON lines, in the order of the upload."""
    screening = service.of_owner(session, screening_id, token)
    return StreamingResponse(_lines(desk, screening), media_type="application/x-ndjson", headers=_PRIVATE)


@router.post("/{screening_id}/stop")
def stop(desk: DeskDep, session: Unit, screening_id: str, token: Token) -> dict[str, Any]:
    """Check nothing more; the answers so far stay."""
    screening = service.of_owner(session, screening_id, token, lock=True)
    service.stop(session, screening, now=desk.clock())
    return _state(session, screening)


@router.post("/{screening_id}/go-on")
def go_on(desk: DeskDep, session: Unit, screening_id: str, token: Token) -> dict[str, Any]:
    """Go on after a stop, or ask again about what could not be decided."""
    screening = service.of_owner(session, screening_id, token, lock=True)
    service.go_on(session, screening, now=desk.clock())
    return _state(session, screening)


@router.delete("/{screening_id}", status_code=204)
def forget(session: Unit, screening_id: str, token: Token) -> Response:
    """Delete the upload and its answers now."""
    service.forget(session, service.of_owner(session, screening_id, token, lock=True))
    return Response(status_code=204)


def _state(session: Reading, screening: Screening) -> dict[str, Any]:
    counts = service.counts(session, screening)
    return {
        "id": screening.id,
        "state": screening.state.value,
        "total": counts.total,
        "done": counts.done,
        "kinds": counts.by_kind,
        "expires": screening.expires_at.isoformat(),
    }


def _lines(desk: Desk, screening: Screening) -> Iterator[bytes]:
    with desk.database.reading() as session:
        for item in service.answered(session, screening):
            yield json.dumps(record(item), ensure_ascii=False).encode() + b"\n"
