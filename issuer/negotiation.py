"""Choosing the form of an answer by the `Accept` header, as plainly as our addresses need it."""

from __future__ import annotations

from starlette.requests import Request


def preferred(request: Request, *offered: str) -> str:
    """Return the first of `offered` that the request names by its exact media type, else the first offered.

    Wildcards do not choose: whoever takes everything gets our default. Quality values order nothing here, since
    each of our addresses offers one document in different clothes.
    """
    named = {part.split(";")[0].strip().lower() for part in request.headers.get("accept", "").split(",")}
    return next((media_type for media_type in offered if media_type in named), offered[0])
