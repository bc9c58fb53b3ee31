"""OpenID4VCI 1.0 over HTTP: every organisation is a credential issuer of its own, at `{public_url}/o/{slug}`.

Parse, one call, shape. Errors are the protocol's own JSON; the tolerances are those of docs and clients.md: both
well-known forms, the older `proof` object, an empty nonce request without content type.
"""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends
from sqlmodel import col, select
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

import contexts
from issuer.hand_over import exchange, nonces
from issuer.hand_over.exchange import issuer_identifier
from issuer.hand_over.protocol import NO_STORE, Bearer, Form, ProtocolRoute, json_as
from issuer.office import OfficeDep
from issuer.organisations import service as organisations
from issuer.programmes.models import Programme
from kit.web import Reading, Unit, client_address
from vc.openid4vci import (
    ErrorName,
    authorization_server_metadata,
    credential_configuration,
    issuer_metadata,
    nonce_response,
    parse_notification_request,
)

router = APIRouter(route_class=ProtocolRoute, tags=["OpenID4VCI"])


# --- metadata ---


@router.get("/.well-known/openid-credential-issuer/o/{slug}")
@router.get("/o/{slug}/.well-known/openid-credential-issuer", include_in_schema=False)
def credential_issuer_metadata(office: OfficeDep, session: Reading, slug: str) -> JSONResponse:
    """Return what the organisation issues and where (section 12.2); one configuration per programme."""
    organisation = organisations.by_slug(session, slug)
    mine = select(Programme).where(Programme.organisation_id == organisation.id).order_by(col(Programme.slug))
    here = issuer_identifier(office, slug)
    return JSONResponse(
        issuer_metadata(
            credential_issuer=here,
            credential_endpoint=f"{here}/credential",
            nonce_endpoint=f"{here}/nonce",
            token_endpoint=f"{here}/token",
            notification_endpoint=f"{here}/notification",
            configurations={programme.slug: _configuration(programme) for programme in session.exec(mine)},
            name={"fr-CA": organisation.name_fr, "en-CA": organisation.name_en},
        )
    )


@router.get("/.well-known/oauth-authorization-server/o/{slug}")
@router.get("/o/{slug}/.well-known/oauth-authorization-server", include_in_schema=False)
def server_metadata(office: OfficeDep, session: Reading, slug: str) -> JSONResponse:
    """Return the metadata of the organisation as its own authorization server (RFC 8414)."""
    organisations.by_slug(session, slug)
    here = issuer_identifier(office, slug)
    return JSONResponse(authorization_server_metadata(issuer=here, token_endpoint=f"{here}/token"))


def _configuration(programme: Programme) -> dict[str, Any]:
    def claim(path: list[str], fr: str, en: str) -> dict[str, Any]:
        return {"path": path, "display": [{"name": fr, "locale": "fr-CA"}, {"name": en, "locale": "en-CA"}]}

    return credential_configuration(
        name={"fr-CA": programme.title_fr, "en-CA": programme.title_en},
        context=[contexts.CREDENTIALS_V2, contexts.OPEN_BADGES_V3],
        types=["VerifiableCredential", "OpenBadgeCredential"],
        cryptosuites=["eddsa-rdfc-2022"],
        di_vp_cryptosuites=sorted(exchange.ACCEPTED_SUITES),
        claims=[
            claim(["credentialSubject", "achievement", "name"], "Formation", "Training"),
            claim(["credentialSubject", "achievement", "description"], "Description", "Description"),
            claim(["credentialSubject", "achievement", "criteria"], "Conditions de réussite", "Criteria"),
            claim(["credentialSubject", "identifier"], "Nom", "Name"),
            claim(["awardedDate"], "Réussite", "Completed on"),
        ],
    )


# --- the exchange ---


@router.get("/o/{slug}/offers/{link_token}")
def credential_offer(office: OfficeDep, session: Unit, slug: str, link_token: str) -> JSONResponse:
    """Return the credential offer behind a claim link, with a fresh pre-authorized code (section 4.1.3)."""
    return JSONResponse(exchange.offer(office, session, slug, link_token), headers=NO_STORE)


@router.post("/o/{slug}/token")
def token(office: OfficeDep, request: Request, slug: str, form: Form) -> JSONResponse:
    """Exchange a pre-authorized code and its transaction code for an access token (section 6)."""
    return JSONResponse(exchange.redeem(office, slug, form, address=client_address(request)), headers=NO_STORE)


@router.post("/o/{slug}/nonce")
def nonce(office: OfficeDep, session: Reading, slug: str) -> JSONResponse:
    """Return a fresh nonce for a key proof (section 7); whatever the request's body, it is not read."""
    organisations.by_slug(session, slug)
    fresh = nonces.new_nonce(office.settings.secret, now=office.clock())
    return JSONResponse(nonce_response(fresh), headers=NO_STORE)


@router.post("/o/{slug}/credential")
def credential(
    office: OfficeDep,
    slug: str,
    access_token: Bearer,
    body: Annotated[Any, Depends(json_as(ErrorName.INVALID_CREDENTIAL_REQUEST))],
) -> Response:
    """Return the credential bound to the wallet's key (section 8), its stored bytes unchanged."""
    given = exchange.hand_over(office, slug, access_token, body)
    answer = b'{"credentials":[{"credential":%b}],"notification_id":"%b"}' % (
        given.body,
        given.notification_id.encode(),
    )
    return Response(answer, media_type="application/json", headers=NO_STORE)


@router.post("/o/{slug}/notification", status_code=204)
def notification(
    office: OfficeDep,
    session: Unit,
    slug: str,
    access_token: Bearer,
    body: Annotated[Any, Depends(json_as(ErrorName.INVALID_NOTIFICATION_REQUEST))],
) -> Response:
    """Take note of what the wallet did with the credential (section 11)."""
    notice = parse_notification_request(body)
    exchange.notified(session, slug, access_token, notice, now=office.clock())
    return Response(status_code=204)
