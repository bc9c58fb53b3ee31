"""Accreditations for machines: the schema that fixes a programme, and the institution's recognitions."""

from __future__ import annotations

import json

from starlette.requests import Request
from starlette.responses import Response

from issuer.accreditation import chain, programme_schemas
from issuer.accreditation import whois as whois_list
from issuer.negotiation import preferred
from issuer.office import OfficeDep
from issuer.organisations import service as organisations
from kit.web import Reading
from kit.web import router as strict_router
from vc.recognition import whois_presentation

router = strict_router(tags=["Accreditation"])

_SHORT = {"vary": "accept", "cache-control": "public, max-age=60"}
_FOREVER = {"vary": "accept", "cache-control": "public, max-age=31536000, immutable"}


@router.get("/o/{slug}/schemas/{accreditation_id}")
def schema(office: OfficeDep, session: Reading, slug: str, accreditation_id: str) -> Response:
    """Return the JSON Schema that an accreditation pins by digest."""
    body = programme_schemas.schema(office, session, slug, accreditation_id)
    return Response(body, media_type="application/schema+json", headers=_FOREVER)


@router.get("/o/{slug}/whois")
def whois(request: Request, office: OfficeDep, slug: str) -> Response:
    """Return who recognises the organisation for what: the presentation behind its `WhoisService`."""
    with office.database.reading() as session:
        own = whois_list.presentation(session, organisations.by_slug(session, slug), now=office.clock())
        served = chain.with_those_above(session, own)
    presentation = whois_presentation(served, status_lists=chain.status_lists(office, served))
    media_type = preferred(request, "application/vp", "application/json", "application/ld+json")
    body = json.dumps(presentation, ensure_ascii=False).encode()
    return Response(body, media_type=media_type, headers=_SHORT)


@router.get("/o/{slug}/recognitions")
def recognitions(session: Reading, slug: str, about: str = "") -> Response:
    """Return what an authority signed about one institution (`about`, a DID), ended and newer editions included."""
    found = whois_list.signed_about(session, organisations.by_slug(session, slug), about)
    return Response(json.dumps(found, ensure_ascii=False).encode(), media_type="application/vp", headers=_SHORT)
