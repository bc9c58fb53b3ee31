"""Where authorities deliver recognitions: open to anyone, since a recognition proves itself."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from fastapi import Depends
from starlette.requests import Request
from starlette.responses import JSONResponse

from issuer.office import Office, OfficeDep
from issuer.organisations import service as organisations
from issuer.received import service
from issuer.received.models import Acceptance
from issuer.staff.models import Attempt
from kit.problems import TooLarge, UnsupportedMediaType
from kit.throttle import count_attempt
from kit.web import client_address
from kit.web import router as strict_router

router = strict_router(tags=["Accreditation"])

PER_MINUTE = 30


async def _document(request: Request) -> bytes:
    kind = request.headers.get("content-type", "").split(";")[0].strip().lower()
    if kind not in service.MEDIA_TYPES:
        raise UnsupportedMediaType(f"send one of {', '.join(service.MEDIA_TYPES)}")
    body = await request.body()
    if len(body) > service.MAX_BYTES:
        raise TooLarge(f"at most {service.MAX_BYTES} bytes")
    return body


@router.post("/o/{slug}/recognitions", status_code=202)
def deliver(
    request: Request, office: OfficeDep, slug: str, document: Annotated[bytes, Depends(_document)]
) -> JSONResponse:
    """Take in a recognition about this organisation, signed by any authority.

    201 when it is published (the organisation knows the authority), 202 while it waits for the organisation's staff.
    The body is the signed document itself; how it was delivered proves nothing and is not asked.
    """
    _count(office, client_address(request))
    with office.database.reading() as session:
        organisation = organisations.by_slug(session, slug)
    kept = service.deliver(office, organisation, document)
    published = kept.acceptance is Acceptance.PUBLISHED
    return JSONResponse({"id": kept.credential_id, "state": kept.acceptance.value}, 201 if published else 202)


def _count(office: Office, address: str) -> None:
    with office.database.unit() as session:
        count_attempt(
            session,
            Attempt,
            f"recognitions:{address}",
            limit=PER_MINUTE,
            window=timedelta(minutes=1),
            now=office.clock(),
        )
