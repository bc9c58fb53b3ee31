"""DID documents over HTTP (did:web, did:webvh): public, for every program that checks a credential.

`did.json` takes the parameters of DID resolution: `versionTime` gives the document that was served at that time,
`versionId` the one with that number in the organisation's history.
"""

from __future__ import annotations

import json

from starlette.responses import Response

from issuer.history import asking
from issuer.history.asking import AsOf
from issuer.history.identifier_log import log
from issuer.history.models import PublishedKind
from issuer.office import OfficeDep
from issuer.organisations import service
from keys.dids import did_webvh
from kit.problems import NotFound
from kit.web import Reading
from kit.web import router as strict_router

router = strict_router(tags=["DID documents"])

_HEADERS = {"cache-control": "public, max-age=60"}


@router.get("/o/{slug}/did.json")
def did_document(office: OfficeDep, session: Reading, slug: str, as_of: AsOf) -> Response:
    """Return the DID document of an organisation, as it is or as it was."""
    organisation = service.by_slug(session, slug)
    headers = {**_HEADERS, "link": asking.link(office, slug)}
    if as_of.given:
        version = as_of.find(session, organisation, PublishedKind.DID_DOCUMENT, service.web_did(organisation))
        return Response(version.body, media_type="application/did+json", headers=headers)
    body = json.dumps(service.web_document(office, session, organisation), ensure_ascii=False).encode()
    return Response(body, media_type="application/did+json", headers=headers)


@router.get("/o/{slug}/did.jsonl")
def did_log(session: Reading, slug: str) -> Response:
    """Return the log of an organisation whose identifier is a did:webvh."""
    body = log(session, service.by_slug(session, slug))
    if not body:
        raise NotFound
    return Response(body, media_type=did_webvh.MEDIA_TYPE, headers=_HEADERS)
