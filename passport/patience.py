"""Connections that keep a service waiting are closed (threat V-HTTP-2).

Whoever opens a connection and says nothing, or a byte now and then, holds a place that somebody else could use. From
the first byte of a request until its last, a fair amount has to come in every half minute; large uploads over slow
lines do that, and a client who drips does not. While an answer is worked out nobody is hurried.
"""

from __future__ import annotations

import asyncio
from typing import ClassVar

from passport.upgrades import SingleProtocol


class PatientProtocol(SingleProtocol):
    """Our HTTP, which looks after each `patience` seconds whether `least` bytes came in, and else hangs up."""

    patience: ClassVar[float] = 30.0
    least: ClassVar[int] = 64 * 1024
    _received = 0
    _waiting: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn has it
        """A client is there: its first request is awaited."""
        super().connection_made(transport)
        self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing is awaited any more."""
        self._have_all()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Some of a request came in."""
        self._received += len(data)
        super().data_received(data)

    def on_message_begin(self) -> None:
        """A request begins, on a connection that is new or was kept."""
        super().on_message_begin()
        if self._waiting is None:
            self._wait()

    def on_message_complete(self) -> None:
        """All of a request is there."""
        self._have_all()
        super().on_message_complete()

    def _wait(self) -> None:
        self._received = 0
        self._waiting = self.loop.call_later(self.patience, self._look)

    def _have_all(self) -> None:
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None

    def _look(self) -> None:
        """Whether it goes on; a service that is itself at work, or too busy to read, waits for itself."""
        at_work = self.cycle is not None and not self.cycle.more_body and not self.cycle.response_complete
        if self._received >= self.least or at_work or self.flow.read_paused:
            self._wait()
        else:
            self.transport.close()
