"""The history over HTTP: the index that anyone can check and keep the end of, and every version as it was served."""

from __future__ import annotations

import json
from dataclasses import asdict

from fastapi import Query
from starlette.requests import Request
from starlette.responses import Response

from issuer.addresses import machine_origin
from issuer.history import service
from issuer.history.models import PublishedKind
from issuer.office import OfficeDep
from issuer.organisations import service as organisations
from issuer.registry.answers import FOR_EVER, answer
from keys.dids import did_webvh
from kit.web import Reading
from kit.web import router as strict_router

router = strict_router(tags=["History"])

PAGE = 1000
_MEDIA_TYPES = {
    PublishedKind.DID_DOCUMENT: "application/did+json",
    PublishedKind.DID_LOG: did_webvh.MEDIA_TYPE,
    PublishedKind.SIGNED_LIST: "application/vc",
    PublishedKind.RECOGNITION: "application/vc",
}


@router.get("/o/{slug}/history")
def index(request: Request, office: OfficeDep, session: Reading, slug: str, after: int = Query(0, ge=0)) -> Response:
    """Return the chain of everything the organisation published, oldest first, a thousand versions at a time."""
    organisation = organisations.by_slug(session, slug)
    home = f"{machine_origin(office.settings)}/o/{slug}/history"
    found = service.versions(session, organisation, after=after, most=PAGE)
    lines = [asdict(service.line(organisation, version)) for version in found]
    listed = {
        "organisation": organisation.did,
        "versions": [{**line, "document": f"{home}/{line['sequence']}"} for line in lines],
    }
    if len(found) == PAGE:
        listed["next"] = f"{home}?after={found[-1].sequence}"
    body = json.dumps(listed, ensure_ascii=False, separators=(",", ":")).encode()
    return answer(request, body, "application/json")


@router.get("/o/{slug}/history/{sequence}")
def version(request: Request, session: Reading, slug: str, sequence: int) -> Response:
    """Return one version, byte for byte as it was served."""
    found = service.by_sequence(session, organisations.by_slug(session, slug), sequence)
    return answer(request, found.body, _MEDIA_TYPES[found.kind], keep=FOR_EVER)
