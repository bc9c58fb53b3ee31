"""DID documents over HTTP (did:web, did:webvh): public, for every program that checks a credential.

`did.json` takes the parameters of DID resolution: `versionTime` gives the document that was served at that time,
`versionId` the one with that number in the organisation's history.
"""

from __future__ import annotations

import json

from starlette.requests import Request
from starlette.responses import Response

from issuer.history import asking
from issuer.history.asking import AsOf
from issuer.history.identifier_log import log
from issuer.history.models import PublishedKind
from issuer.office import OfficeDep
from issuer.organisations import service
from issuer.registry.answers import answer
from keys.dids import did_webvh
from kit.problems import NotFound
from kit.web import Reading
from kit.web import router as strict_router

router = strict_router(tags=["DID documents"])

A_MINUTE = "public, max-age=60"


@router.get("/o/{slug}/did.json")
def did_document(request: Request, office: OfficeDep, session: Reading, slug: str, as_of: AsOf) -> Response:
    """Return the DID document of an organisation, as it is or as it was."""
    organisation = service.by_slug(session, slug)
    if as_of.given:
        body = as_of.find(session, organisation, PublishedKind.DID_DOCUMENT, service.web_did(organisation)).body
    else:
        body = json.dumps(service.web_document(office, session, organisation), ensure_ascii=False).encode()
    return answer(request, body, "application/did+json", keep=A_MINUTE, link=asking.link(office, slug))


@router.get("/o/{slug}/did.jsonl")
def did_log(request: Request, session: Reading, slug: str) -> Response:
    """Return the log of an organisation whose identifier is a did:webvh."""
    body = log(session, service.by_slug(session, slug))
    if not body:
        raise NotFound
    return answer(request, body, did_webvh.MEDIA_TYPE, keep=A_MINUTE)
