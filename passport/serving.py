"""One service in one process or in several: they share the address, the database and the key store.

Nothing that a request depends on lives in a process, so any of them may answer it. The parent only watches: a process
that dies is replaced, and all end with the parent, however that ends.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import socket
import sys
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import uvicorn
from uvicorn.supervisors import Multiprocess

from kit.settings import ServiceSettings
from kit.telemetry import start_logging
from passport.patience import PatientProtocol
from passport.services import SERVICES

if TYPE_CHECKING:
    from fastapi import FastAPI

_SPREADS = sys.platform == "linux"
"""Whether connections to one address are spread over the sockets that listen there (SO_REUSEPORT)."""
STOP_SECONDS = 10
"""How long requests under way may take once the service is told to stop."""
_OPTIONS: Mapping[str, Any] = MappingProxyType(
    {
        "http": PatientProtocol,
        "access_log": False,  # addresses of claims and shares are secrets; the services log their own events
        "log_level": "warning",
        "server_header": False,
        "timeout_graceful_shutdown": STOP_SECONDS,
        "timeout_worker_healthcheck": 60,  # seconds; a process that is silent for longer is replaced
    }
)


@dataclass(frozen=True)
class _OneOfSeveral:
    """Makes the application in a process of its own; sent there whole, settings and all."""

    service: str
    settings: ServiceSettings

    def __call__(self) -> FastAPI:
        start_logging()
        threading.Thread(target=_end_with_parent, daemon=True).start()
        return SERVICES[self.service].app(self.settings)


def serve(app: FastAPI, *, host: str, port: int) -> None:
    """Serve `app` in this process until it is told to stop."""
    uvicorn.run(app, host=host, port=port, **_OPTIONS)


def serve_in_several(service: str, settings: ServiceSettings, *, host: str, port: int, processes: int) -> None:
    """Serve `service` in that many processes until this one is told to stop."""
    made = _OneOfSeveral(service, settings)
    config = uvicorn.Config(made, factory=True, host=host, port=port, workers=processes, **_OPTIONS)
    bound = config.bind_socket()  # says so where the address is somebody else's
    supervisor = _EachWithItsOwn(config, []) if _SPREADS else Multiprocess(config, [bound])
    supervisor.run()
    bound.close()  # not before: it keeps the address ours while no process listens


class _EachWithItsOwn(Multiprocess):
    """Processes with a listening socket each, among which the system spreads new connections.

    Where they share one, whoever wakes first takes all connections that come at the same moment, and others lie idle.
    """

    _bound: socket.socket | None = None

    @property
    def sockets(self) -> list[socket.socket]:
        """A socket for the process that is made next."""
        self._let_go()
        self._bound = socket.socket(socket.AF_INET6 if ":" in self.config.host else socket.AF_INET)
        self._bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        self._bound.bind((self.config.host, self.config.port))
        return [self._bound]

    @sockets.setter
    def sockets(self, _given: list[socket.socket]) -> None:
        """None are shared."""

    def keep_subprocess_alive(self) -> None:
        """Replace processes that ended. Their sockets ended with them: nobody waits where nobody answers."""
        self._let_go()
        super().keep_subprocess_alive()

    def _let_go(self) -> None:
        """Close our copy of the last socket; the process that it was made for has its own by now."""
        if self._bound is not None:
            self._bound.close()


def _end_with_parent() -> None:
    """Stop this process in good order once its parent is gone, `kill -9` included."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os.kill(os.getpid(), signal.SIGTERM)
