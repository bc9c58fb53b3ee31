"""OpenID4VP 1.0 over HTTP, for wallets: the signed request, the answer, and the verifier's own DID document."""

from __future__ import annotations

from urllib.parse import parse_qsl

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from kit.web import Unit
from kit.web import router as strict_router
from vc.openid4vp import REQUEST_OBJECT_MEDIA_TYPE, ErrorName, Oid4vpError, accepted
from verifier.asking import service
from verifier.desk import DeskDep

router = strict_router(tags=["OpenID4VP"])

_CORS = {"access-control-allow-origin": "*", "cache-control": "no-store"}
_MOST_FIELDS = 20


@router.get("/.well-known/did.json")
def did_document(desk: DeskDep) -> Response:
    """The DID document of this verifier, by which wallets check who asks."""
    return JSONResponse(service.did_document(desk), headers={"access-control-allow-origin": "*"})


@router.get("/oid4vp/{request_id}/request")
def request_object(desk: DeskDep, session: Unit, request_id: str) -> Response:
    """The signed request."""
    return _request_object(desk, session, request_id, None)


@router.post("/oid4vp/{request_id}/request")
async def request_object_for_nonce(request: Request, desk: DeskDep, session: Unit, request_id: str) -> Response:
    """The signed request, repeating the nonce that the wallet may send."""
    form = dict(_pairs(await request.body()))
    return _request_object(desk, session, request_id, form.get("wallet_nonce"))


@router.post("/oid4vp/{request_id}/response")
async def response(request: Request, desk: DeskDep, request_id: str) -> Response:
    """Take the wallet's answer (`direct_post`)."""
    body = await request.body()
    return await run_in_threadpool(_take, desk, request_id, body)


def _take(desk: DeskDep, request_id: str, body: bytes) -> Response:
    try:
        service.answer(desk, request_id, _pairs(body))
    except Oid4vpError as error:
        return JSONResponse(error.body(), 400, _CORS)
    return JSONResponse(accepted(), headers=_CORS)


def _request_object(desk: DeskDep, session: Unit, request_id: str, wallet_nonce: str | None) -> Response:
    made = service.open_request(session, request_id, now=desk.clock())
    service.opened(session, made)
    token = service.request_object(desk, made, wallet_nonce=wallet_nonce)
    return Response(token, media_type=REQUEST_OBJECT_MEDIA_TYPE, headers=_CORS)


def _pairs(body: bytes) -> list[tuple[str, str]]:
    try:
        text = body.decode("utf-8")
        return parse_qsl(text, keep_blank_values=True, max_num_fields=_MOST_FIELDS, errors="strict")
    except ValueError as error:
        raise Oid4vpError(ErrorName.INVALID_REQUEST, "the form cannot be read") from error
