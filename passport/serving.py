"""One service in one process or in several: they share the listening socket, the database and the key store.

Nothing that a request depends on lives in a process, so any of them may answer it. The parent only watches: a process
that dies is replaced, and all end with the parent, however that ends.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
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
    listening = config.bind_socket()
    Multiprocess(config, [listening]).run()
    listening.close()


def _end_with_parent() -> None:
    """Stop this process in good order once its parent is gone, `kill -9` included."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os.kill(os.getpid(), signal.SIGTERM)
