"""DID documents over HTTP (did:web): public, for every program that checks a credential."""

from __future__ import annotations

import json

from starlette.responses import Response

from issuer.office import OfficeDep
from issuer.organisations import service
from kit.web import Reading
from kit.web import router as strict_router

router = strict_router(tags=["DID documents"])

_HEADERS = {"cache-control": "public, max-age=60", "access-control-allow-origin": "*"}


@router.get("/o/{slug}/did.json")
def did_document(office: OfficeDep, session: Reading, slug: str) -> Response:
    """Return the DID document of an organisation."""
    document = service.did_document(office, session, service.by_slug(session, slug))
    body = json.dumps(document, ensure_ascii=False).encode()
    return Response(body, media_type="application/did+json", headers=_HEADERS)
