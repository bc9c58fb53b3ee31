"""The conformance issuers over HTTP: issue, derive, status (VCALM 1.0), and their status lists.

Every refusal is 400 with the problem under its standard name, whatever it was that could not be accepted.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Annotated, Any

from fastapi import Body, Depends
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from issuer.conformance.service import Issuers
from issuer.negotiation import preferred
from kit.problems import Problem
from kit.web import router as strict_router
from vc.errors import MalformedValueError, VcError

router = strict_router(prefix="/issuers/{name}", tags=["Conformance"])

_LIST_MEDIA_TYPES = ("application/json", "application/vc+ld+json", "application/vc", "application/ld+json")
_MOST_POINTERS = 1_000


class Refused(Problem):
    """What was sent is not issued, derived or changed."""

    status, slug, title = 400, "refused", "This credential is refused"

    @classmethod
    def of(cls, error: VcError) -> Refused:
        """Say why, by the standard's name."""
        problem = {"type": error.problem.url, "title": error.problem.name, "status": 400, "detail": error.detail}
        return cls(error.detail, verified=False, problemDetails=[problem], errors=[error.detail])


def _issuers(request: Request) -> Issuers:
    issuers: Issuers = request.app.state.conformance
    return issuers


IssuersDep = Annotated[Issuers, Depends(_issuers)]
Json = Annotated[Any, Body()]


@router.post("/credentials/issue")
def issue(issuers: IssuersDep, name: str, body: Json = None) -> Response:
    """Sign `credential` as it came. `options.mandatoryPointers` choose what ecdsa-sd-2023 always shows."""
    with _refusing():
        draft = _object(body, "credential")
        pointers = _pointers(_options(body), "mandatoryPointers")
        secured = issuers.issue(name, draft, mandatory_pointers=pointers)
    return JSONResponse({"verifiableCredential": secured}, 201)


@router.post("/credentials/derive")
def derive(issuers: IssuersDep, name: str, body: Json = None) -> Response:
    """Show of `verifiableCredential`, which carries a base proof, what `options.selectivePointers` choose."""
    with _refusing():
        document = _object(body, "verifiableCredential")
        pointers = _pointers(_options(body), "selectivePointers")
        derived = issuers.derive(name, document, selective_pointers=pointers)
    return JSONResponse({"verifiableCredential": derived}, 201)


@router.post("/credentials/status")
def set_status(issuers: IssuersDep, name: str, body: Json = None) -> Response:
    """Set what `credentialStatus` names to `status` (true unless said); see `Issuers.set_status`."""
    with _refusing():
        entry = _object(body, "credentialStatus")
        identifier, value = body.get("credentialId"), body.get("status", True)
        if not isinstance(value, bool) or not isinstance(identifier, str | None):
            raise MalformedValueError("status is true or false, and credentialId a text")
        issuers.set_status(name, entry, credential_id=identifier, value=value)
    return JSONResponse({"status": value})


@router.get("/status-lists/{list_id}")
def status_list(issuers: IssuersDep, request: Request, name: str, list_id: str) -> Response:
    """Return the signed list (Bitstring Status List 1.0, section 2.2); JSON unless another type is named."""
    answer = JSONResponse(issuers.status_list(name, list_id))
    answer.headers["content-type"] = preferred(request, *_LIST_MEDIA_TYPES)
    answer.headers["cache-control"] = "no-store"
    return answer


# --- reading the request ---


@contextmanager
def _refusing() -> Iterator[None]:
    try:
        yield
    except VcError as error:
        raise Refused.of(error) from error


def _object(body: Any, name: str) -> dict[str, Any]:
    value = body.get(name) if isinstance(body, dict) else None
    if not isinstance(value, dict):
        raise MalformedValueError("must be an object", path=f"/{name}")
    return value


def _options(body: Mapping[str, Any]) -> Mapping[str, Any]:
    return {} if body.get("options") is None else _object(body, "options")


def _pointers(options: Mapping[str, Any], name: str) -> tuple[str, ...]:
    pointers = options.get(name, [])
    if not isinstance(pointers, list) or len(pointers) > _MOST_POINTERS:
        raise MalformedValueError(f"must be an array of at most {_MOST_POINTERS}", path=f"/options/{name}")
    if not all(isinstance(pointer, str) for pointer in pointers):
        raise MalformedValueError("must be JSON Pointers", path=f"/options/{name}")
    return tuple(pointers)
