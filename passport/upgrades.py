"""Offers to speak another protocol are passed over, and the request behind them is answered (RFC 9110, section 7.8).

Java's HTTP client offers HTTP/2 on every plain connection, in the head of its first request (`Upgrade: h2c`). The
parser below takes that for the end of HTTP/1.1 and drops the body: a wallet's form, or a call of the issue API, would
come in empty. So the offer is made unreadable before it is parsed.
"""

from __future__ import annotations

import re

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

_OFFER = re.compile(rb"(?<=\n)upgrade(?=:)", re.IGNORECASE)
_PASSED_OVER = b"ignored"
"""A field of the same length that nobody reads."""


class SingleProtocol(HttpToolsProtocol):
    """uvicorn's HTTP/1.1, and nothing that a client would rather speak."""

    _in_body = False

    def data_received(self, data: bytes) -> None:
        """Some of a request came in; the offer is looked for in its head alone.

        What begins with the end of a line may begin with the end of the head, and is left alone.
        """
        if not self._in_body and not data.startswith((b"\r", b"\n")):
            head, end, rest = data.partition(b"\r\n\r\n")
            data = _OFFER.sub(_PASSED_OVER, head) + end + rest
        super().data_received(data)

    def on_headers_complete(self) -> None:
        """The head is there, what follows is the body."""
        self._in_body = True
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """All of a request is there, the next one begins with its head."""
        self._in_body = False
        super().on_message_complete()
