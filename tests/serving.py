"""Real HTTP in tests: an application served by uvicorn on this machine, in a thread of the test process."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from fastapi import FastAPI

from passport.conformance.certificate import Certificate

START_SECONDS = 20


def free_port() -> int:
    """Return a port that nobody listens on now; services need their address before they are built."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def served(app: FastAPI, port: int, certificate: Certificate | None = None) -> Iterator[str]:
    """Serve `app` on `port` while the block runs; yields its address. Over https with a `certificate`."""
    config = uvicorn.Config(
        app,
        host="127.0.0.1",
        port=port,
        log_level="warning",
        lifespan="on",
        ssl_certfile=certificate.path if certificate else None,
        ssl_keyfile=certificate.key_path if certificate else None,
    )
    with running(config):
        yield f"{'https' if certificate else 'http'}://localhost:{port}"


@contextmanager
def running(config: uvicorn.Config) -> Iterator[None]:
    """Serve as `config` says while the block runs."""
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + START_SECONDS
    while not server.started:
        if time.monotonic() > deadline or not thread.is_alive():
            raise RuntimeError("the service did not start")
        time.sleep(0.01)
    try:
        yield
    finally:
        server.should_exit = True
        thread.join(10)
