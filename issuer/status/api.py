"""Status lists over HTTP: public, cacheable, the same for everybody, so that nobody's look tells anything."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from issuer.negotiation import preferred
from issuer.office import OfficeDep
from issuer.status import service
from kit.web import router as strict_router

router = strict_router(tags=["Status lists"])

_MEDIA_TYPES = ("application/json", "application/vc+ld+json", "application/vc", "application/ld+json")


@router.get("/o/{slug}/status/{list_id}")
def status_list(office: OfficeDep, request: Request, slug: str, list_id: str) -> Response:
    """Return the signed list (Bitstring Status List 1.0, section 2.2).

    JSON unless another of our media types is named; generic clients do not parse `application/vc`.
    """
    published = service.publish(office, slug, list_id)
    headers = {
        "etag": published.etag,
        "cache-control": f"public, max-age={int(service.TIME_TO_LIVE.total_seconds())}",
        "vary": "accept",
        "access-control-allow-origin": "*",
    }
    if published.etag in request.headers.get("if-none-match", "").replace("W/", "").split(", "):
        return Response(status_code=304, headers=headers)
    return Response(published.body, media_type=preferred(request, *_MEDIA_TYPES), headers=headers)
