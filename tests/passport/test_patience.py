"""Slow clients, on real connections: whoever drips is hung up on, whoever sends is served (V-HTTP-2)."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator

import pytest
import uvicorn
from fastapi import FastAPI, Request

from passport.patience import PatientProtocol
from tests.serving import free_port, running

PATIENCE = 0.4
POST = b"POST /length HTTP/1.1\r\nHost: localhost\r\n"


class Hasty(PatientProtocol):
    """The same, for tests that do not take half a minute."""

    patience = PATIENCE
    least = 1024


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    app = FastAPI()

    @app.post("/length")
    async def length(request: Request) -> int:
        return len(await request.body())

    @app.get("/long")
    def long() -> str:
        time.sleep(3 * PATIENCE)
        return "done"

    chosen = free_port()
    with running(uvicorn.Config(app, host="127.0.0.1", port=chosen, http=Hasty, log_level="warning")):
        yield chosen


def connected(port: int) -> socket.socket:
    made = socket.create_connection(("127.0.0.1", port))
    made.settimeout(20)
    return made


def hung_up_on(client: socket.socket) -> bool:
    """Whether one more byte finds nobody there."""
    try:
        client.sendall(b"x")
    except OSError:
        return True
    return False


SLOW = {
    "nothing": b"",
    "half a line": b"POST /len",
    "half of the headers": POST,
    "half of the body": POST + b"Content-Length: 100\r\n\r\nhalf",
    "half a chunk": POST + b"Transfer-Encoding: chunked\r\n\r\n5\r\nab",
    "after a request that was answered": b"GET /long HTTP/1.1\r\nHost: localhost\r\n\r\n" + POST,
}


@pytest.mark.parametrize("sent", SLOW.values(), ids=SLOW)
def test_V_HTTP_2_who_stops_is_hung_up_on(port: int, sent: bytes) -> None:
    with connected(port) as client:
        client.sendall(sent)
        answered = b""
        while more := client.recv(4096):
            answered += more
        assert (b"done" in answered) == (b"/long" in sent)


def test_V_HTTP_2_who_drips_is_hung_up_on(port: int) -> None:
    with connected(port) as client:
        client.sendall(POST + b"Content-Length: 100000\r\n\r\n")
        started = time.monotonic()
        while not hung_up_on(client):
            assert time.monotonic() - started < 20
            time.sleep(0.05)


def test_V_HTTP_2_a_long_upload_that_goes_on_is_taken(port: int) -> None:
    with connected(port) as client:
        client.sendall(POST + b"Content-Length: 40960\r\n\r\n")
        for _ in range(10):
            time.sleep(PATIENCE / 2)
            client.sendall(b"x" * 4096)
        assert b"200 OK" in client.recv(4096)


def test_V_HTTP_2_others_are_served_while_many_wait(port: int) -> None:
    waiting = [connected(port) for _ in range(100)]
    for one in waiting:
        one.sendall(POST)
    with connected(port) as client:
        client.sendall(POST + b"Content-Length: 2\r\n\r\nab")
        assert client.recv(4096).endswith(b"2")
    for one in waiting:
        assert one.recv(4096) == b""
        one.close()
    assert threading.active_count() < 100
