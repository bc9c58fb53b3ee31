"""Status lists over HTTP: public, cacheable, the same for everybody, so that nobody's look tells anything."""

from __future__ import annotations

import math

from starlette.requests import Request
from starlette.responses import Response

from issuer.negotiation import preferred
from issuer.office import OfficeDep
from issuer.status import publishing
from kit.web import router as strict_router

router = strict_router(tags=["Status lists"])

_MEDIA_TYPES = ("application/json", "application/vc+ld+json", "application/vc", "application/ld+json")


@router.get("/o/{slug}/status/{list_id}")
def status_list(office: OfficeDep, request: Request, slug: str, list_id: str) -> Response:
    """Return the signed list (Bitstring Status List 1.0, section 2.2), or 304 to whoever has it already.

    JSON unless another of our media types is named; generic clients do not parse `application/vc`.
    """
    published = publishing.publish(office, slug, list_id)
    headers = {
        "etag": published.etag,
        "cache-control": f"public, max-age={math.floor(published.max_age.total_seconds())}",
        "vary": "accept",
    }
    if _is_known(published.etag, request.headers.get("if-none-match", "")):
        return Response(status_code=304, headers=headers)
    return Response(published.body, media_type=preferred(request, *_MEDIA_TYPES), headers=headers)


def _is_known(etag: str, if_none_match: str) -> bool:
    """Whether the reader has this version (RFC 9110, section 13.1.2: compared weakly)."""
    given = [tag.strip().removeprefix("W/") for tag in if_none_match.split(",")]
    return etag in given or given == ["*"]
