"""A process may ask an https origin that it serves itself, under a certificate that is trusted there alone."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from keys.fetching import FetchFailed, FetchRefused
from kit.fetching import GuardedFetcher
from passport.conformance.certificate import Certificate
from tests.serving import START_SECONDS, free_port

ACCEPT = ("application/json",)


async def answer(_request: Request) -> JSONResponse:
    return JSONResponse({"here": True})


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Certificate]]:
    certificate, port = Certificate.make(tmp_path_factory.mktemp("tls"), now=datetime.now(UTC)), free_port()
    config = uvicorn.Config(
        Starlette(routes=[Route("/", answer)]),
        port=port,
        ssl_certfile=certificate.path,
        ssl_keyfile=certificate.key_path,
        log_level="critical",
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + START_SECONDS
    while not server.started:
        if time.monotonic() > deadline or not thread.is_alive():
            raise RuntimeError("the server did not start")
        time.sleep(0.01)
    yield f"https://localhost:{port}", certificate
    server.should_exit = True
    thread.join(10)


def test_its_own_origin_is_asked_and_no_other_on_this_machine(served: tuple[str, Certificate]) -> None:
    origin, certificate = served
    fetcher = GuardedFetcher(own_origins={origin: certificate.trusted_alone()})
    assert fetcher.fetch(f"{origin}/", accept=ACCEPT, max_bytes=100).body == b'{"here":true}'
    for other in (origin.replace("localhost", "127.0.0.1"), "https://localhost:8443", "https://localhost"):
        with pytest.raises(FetchRefused):
            fetcher.fetch(f"{other}/", accept=ACCEPT, max_bytes=100)


def test_V_SSRF_1_without_that_it_is_refused_like_every_address_inside(served: tuple[str, Certificate]) -> None:
    with pytest.raises(FetchRefused):
        GuardedFetcher().fetch(f"{served[0]}/", accept=ACCEPT, max_bytes=100)


def test_another_certificate_is_not_trusted_there(served: tuple[str, Certificate], tmp_path: Path) -> None:
    other = Certificate.make(tmp_path, now=datetime.now(UTC))
    fetcher = GuardedFetcher(own_origins={served[0]: other.trusted_alone()})
    with pytest.raises(FetchFailed):
        fetcher.fetch(f"{served[0]}/", accept=ACCEPT, max_bytes=100)


def test_the_key_is_for_its_owner_only(tmp_path: Path) -> None:
    made = Certificate.make(tmp_path, now=datetime.now(UTC))
    assert made.key_path.stat().st_mode & 0o777 == 0o600
