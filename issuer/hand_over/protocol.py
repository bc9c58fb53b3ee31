"""What every OpenID4VCI endpoint here is made of: errors in the protocol's own words, forms, tokens."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine
from typing import Annotated, Any
from urllib.parse import parse_qsl

from fastapi import Depends
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from kit.web import StrictRoute
from vc import strict_json
from vc.errors import ParsingError
from vc.openid4vci import ErrorName, Oid4vciError

NO_STORE = {"cache-control": "no-store", "pragma": "no-cache"}
_MAX_FIELDS = 50


class ProtocolRoute(StrictRoute):
    """A route that answers errors as OAuth and OpenID4VCI say."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Wrap the handler."""
        handler = super().get_route_handler()

        async def answered(request: Request) -> Response:
            try:
                return await handler(request)
            except Oid4vciError as error:
                headers = dict(NO_STORE)
                if error.status == 401:
                    headers["www-authenticate"] = error.www_authenticate()
                return JSONResponse(error.body(), error.status, headers)

        return answered


# --- what endpoints ask for ---


async def _form(request: Request) -> list[tuple[str, str]]:
    kind = request.headers.get("content-type", "").split(";")[0].strip().lower()
    if kind != "application/x-www-form-urlencoded":
        raise Oid4vciError(ErrorName.INVALID_REQUEST, "send a form (application/x-www-form-urlencoded)")
    try:
        text = (await request.body()).decode("utf-8")
        return parse_qsl(text, keep_blank_values=True, max_num_fields=_MAX_FIELDS, errors="strict")
    except ValueError as error:  # not UTF-8, or too many fields
        raise Oid4vciError(ErrorName.INVALID_REQUEST, "the form cannot be read") from error


def json_as(error_name: ErrorName) -> Callable[[Request], Awaitable[Any]]:
    """Return a dependency that reads strict JSON, and refuses other bodies by this name."""

    async def parsed(request: Request) -> Any:
        try:
            return strict_json.parse(await request.body())
        except ParsingError as error:
            raise Oid4vciError(error_name, f"not acceptable JSON: {error}") from error

    return parsed


def _bearer(request: Request) -> str:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    token = token.strip()
    if scheme.lower() != "bearer" or not token or not token.isascii():
        raise Oid4vciError(ErrorName.INVALID_TOKEN, "send the access token as Authorization: Bearer")
    return token


Bearer = Annotated[str, Depends(_bearer)]
Form = Annotated[list[tuple[str, str]], Depends(_form)]
