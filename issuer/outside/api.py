"""OpenID4VCI 1.0 for signed accreditations: every authority is a credential issuer at `…/o/{slug}/handover`."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends
from sqlmodel import Session
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from issuer.hand_over.protocol import NO_STORE, Bearer, Form, ProtocolRoute, json_as
from issuer.office import OfficeDep
from issuer.organisations import service as organisations
from issuer.organisations.models import Organisation, OrganisationKind
from issuer.outside import wallet_offer
from kit.problems import NotFound
from kit.web import Reading, client_address
from vc.openid4vci import ErrorName

router = APIRouter(route_class=ProtocolRoute, tags=["OpenID4VCI"])


@router.get("/.well-known/openid-credential-issuer/o/{slug}/handover")
@router.get("/o/{slug}/handover/.well-known/openid-credential-issuer", include_in_schema=False)
def credential_issuer_metadata(office: OfficeDep, session: Reading, slug: str) -> JSONResponse:
    """Return what the authority offers to wallets, and where (section 12.2)."""
    return JSONResponse(wallet_offer.metadata(office, _authority(session, slug)))


@router.get("/.well-known/oauth-authorization-server/o/{slug}/handover")
@router.get("/o/{slug}/handover/.well-known/oauth-authorization-server", include_in_schema=False)
def server_metadata(office: OfficeDep, session: Reading, slug: str) -> JSONResponse:
    """Return the metadata of the authority as its own authorization server (RFC 8414)."""
    return JSONResponse(wallet_offer.server_metadata(office, _authority(session, slug)))


@router.post("/o/{slug}/handover/token")
def token(office: OfficeDep, request: Request, slug: str, form: Form) -> JSONResponse:
    """Exchange a pre-authorized code for an access token (section 6)."""
    with office.database.reading() as session:
        authority = _authority(session, slug)
    return JSONResponse(wallet_offer.redeem(office, authority, form, address=client_address(request)), headers=NO_STORE)


@router.post("/o/{slug}/handover/credential")
def credential(
    office: OfficeDep,
    session: Reading,
    slug: str,
    access_token: Bearer,
    body: Annotated[Any, Depends(json_as(ErrorName.INVALID_CREDENTIAL_REQUEST))],
) -> Response:
    """Return the signed accreditation (section 8), its stored bytes unchanged."""
    signed = wallet_offer.credential(office, session, _authority(session, slug), access_token, body)
    return Response(b'{"credentials":[{"credential":%b}]}' % signed, media_type="application/json", headers=NO_STORE)


def _authority(session: Session, slug: str) -> Organisation:
    found = organisations.by_slug(session, slug)
    if found.kind is not OrganisationKind.AUTHORITY:
        raise NotFound
    return found
