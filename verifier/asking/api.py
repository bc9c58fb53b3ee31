"""OpenID4VP 1.0 over HTTP, for wallets: the signed request, the answer, and the verifier's own DID document."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Annotated, Any, Protocol
from urllib.parse import parse_qsl

from fastapi import APIRouter, Depends
from sqlmodel import Session
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from kit.web import StrictRoute, Unit
from vc.openid4vp import REQUEST_OBJECT_MEDIA_TYPE, ErrorName, Oid4vpError, accepted
from verifier.asking import service
from verifier.base import PresentationRequest
from verifier.desk import Desk, DeskDep

_NO_STORE = {"cache-control": "no-store"}
_MOST_FIELDS = 20


class ProtocolRoute(StrictRoute):
    """A route that answers errors as OpenID4VP says, and that no cache keeps."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Wrap the handler."""
        handler = super().get_route_handler()

        async def answered(request: Request) -> Response:
            try:
                response = await handler(request)
            except Oid4vpError as error:
                response = JSONResponse(error.body(), 400)
            response.headers.update(_NO_STORE)
            return response

        return answered


router = APIRouter(route_class=ProtocolRoute, tags=["OpenID4VP"])


# --- what endpoints ask for ---


async def _pairs(request: Request) -> list[tuple[str, str]]:
    """The posted form, name by name; whatever content type it is sent with."""
    try:
        text = (await request.body()).decode("utf-8")
        return parse_qsl(text, keep_blank_values=True, max_num_fields=_MOST_FIELDS, errors="strict")
    except ValueError as error:
        raise Oid4vpError(ErrorName.INVALID_REQUEST, "the form cannot be read") from error


Form = Annotated[list[tuple[str, str]], Depends(_pairs)]


# --- the request ---


@router.get("/.well-known/did.json")
def did_document(desk: DeskDep) -> Response:
    """The DID document of this verifier, by which wallets check who asks."""
    return JSONResponse(service.did_document(desk))


@router.get("/oid4vp/{request_id}/request")
def request_object(desk: DeskDep, session: Unit, request_id: str) -> Response:
    """The request, signed in the name of the verifier's DID."""
    return _request_object(desk, session, request_id, service.request_object)


@router.post("/oid4vp/{request_id}/request")
def request_object_for_nonce(desk: DeskDep, session: Unit, request_id: str, form: Form) -> Response:
    """The same, repeating the nonce that the wallet may send; what it says of itself is not needed."""
    return _request_object(desk, session, request_id, service.request_object, form)


@router.get("/oid4vp/{request_id}/request/certified")
def certified_request_object(desk: DeskDep, session: Unit, request_id: str) -> Response:
    """The request, signed in the name of the verifier's host; its answer comes encrypted."""
    return _request_object(desk, session, request_id, service.certified_request_object)


@router.post("/oid4vp/{request_id}/request/certified")
def certified_request_object_for_nonce(desk: DeskDep, session: Unit, request_id: str, form: Form) -> Response:
    """The same, repeating the nonce that the wallet may send."""
    return _request_object(desk, session, request_id, service.certified_request_object, form)


class _Signed(Protocol):
    def __call__(self, desk: Desk, made: PresentationRequest, *, wallet_nonce: str | None) -> str: ...


def _request_object(
    desk: Desk, session: Session, request_id: str, signed: _Signed, form: list[tuple[str, str]] | None = None
) -> Response:
    made = service.open_request(session, request_id, now=desk.clock())
    service.opened(session, made)
    token = signed(desk, made, wallet_nonce=dict(form or ()).get("wallet_nonce") or None)
    return Response(token, media_type=REQUEST_OBJECT_MEDIA_TYPE)


# --- the answer ---


@router.post("/oid4vp/{request_id}/response")
def response(desk: DeskDep, request_id: str, form: Form) -> Response:
    """Take the wallet's answer (`direct_post`, or encrypted by `direct_post.jwt`)."""
    service.answer(desk, request_id, form)
    return JSONResponse(accepted())
