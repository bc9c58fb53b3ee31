"""Addresses that scripts of every origin may ask: for wallets and verifiers that run in a browser (Fetch, section 3.3).

No cookie comes with such a request, and what needs a token needs it from everywhere, so nothing is given away. Errors
may be read too: a wallet that tries one well-known address after another goes on after a 404, and gives up where the
browser tells it nothing.
"""

from __future__ import annotations

import re

from starlette.datastructures import MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_READABLE = {
    "access-control-allow-origin": "*",
    "access-control-expose-headers": "etag, link, retry-after, www-authenticate, x-request-id",
}
_PREFLIGHT = {
    "access-control-allow-origin": "*",
    "access-control-allow-methods": "GET, HEAD, POST",
    # A widespread verifier asks for status lists with `cache-control` and `pragma`. The star leaves `authorization`
    # out, and older browsers do not know it.
    "access-control-allow-headers": "accept, authorization, cache-control, content-type, if-none-match, pragma, *",
    "access-control-max-age": "86400",
}


class AnyOrigin:
    """Answers preflights for the addresses that `paths`, a regular expression, matches, and marks what they answer."""

    def __init__(self, app: ASGIApp, *, paths: str) -> None:
        self.app = app
        self.paths = re.compile(paths)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http" or not self.paths.match(scope["path"]):
            await self.app(scope, receive, send)
            return
        if scope["method"] == "OPTIONS":
            await Response(status_code=204, headers=_PREFLIGHT)(scope, receive, send)
            return

        async def readable(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(_READABLE)
            await send(message)

        await self.app(scope, receive, readable)
