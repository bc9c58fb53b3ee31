"""Answers of the register, and identifier documents: cached for a while, and not sent twice to who has them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import Response

A_WHILE = "public, max-age=300"
FOR_EVER = "public, max-age=31536000, immutable"


def answer(
    request: Request,
    body: bytes | Callable[[], bytes],
    media_type: str,
    *,
    keep: str = A_WHILE,
    digest: str = "",
    **headers: str,
) -> Response:
    """Return `body`, or 304 where the request names its entity tag (RFC 9110, section 13.1.2).

    `digest`: one of what decides the body, where that is known before the body is put together.
    """
    if not digest:
        body = body() if callable(body) else body
        digest = hashlib.sha256(body).hexdigest()
    etag = f'"{digest[:32]}"'
    all_headers = {"etag": etag, "cache-control": keep, **headers}
    known = {tag.strip().removeprefix("W/") for tag in request.headers.get("if-none-match", "").split(",")}
    if etag in known or "*" in known:
        return Response(status_code=304, headers=all_headers)
    return Response(body() if callable(body) else body, media_type=media_type, headers=all_headers)
