"""Clients that would rather speak HTTP/2, or a WebSocket, on real connections: their requests arrive whole."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest
import uvicorn
from fastapi import FastAPI, Request

from passport.patience import PatientProtocol
from tests.serving import free_port, running

HEAD = b"POST /echo HTTP/1.1\r\nHost: localhost\r\n"
JAVA = b"Connection: Upgrade, HTTP2-Settings\r\nContent-Length: 5\r\nHTTP2-Settings: AAEAAEAA\r\nUpgrade: h2c\r\n"
"""As `java.net.http.HttpClient` sends it on a plain connection, with every first request."""
CHUNKED = b"Connection: Upgrade\r\nupgrade: h2c\r\nTransfer-Encoding: chunked\r\n"
WEBSOCKET = b"Connection: Upgrade\r\nUPGRADE: websocket\r\nContent-Length: 5\r\n"
OF_OUR_OWN = b"Content-Length: 5\r\n"


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    app = FastAPI()

    @app.post("/echo")
    async def echo(request: Request) -> str:
        return (await request.body()).decode()

    chosen = free_port()
    with running(uvicorn.Config(app, host="127.0.0.1", port=chosen, http=PatientProtocol, log_level="warning")):
        yield chosen


def answered(port: int, *parts: bytes) -> bytes:
    """What came back for these parts, sent one after the other, until the server closes."""
    with socket.create_connection(("127.0.0.1", port)) as client:
        client.settimeout(20)
        for part in parts:
            client.sendall(part)
        received = b""
        while more := client.recv(4096):
            received += more
        return received


LAST = HEAD + b"Connection: close\r\nContent-Length: 4\r\n\r\nlast"


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param(HEAD + JAVA + b"\r\nhello", id="h2c"),
        pytest.param(HEAD + CHUNKED + b"\r\n5\r\nhello\r\n0\r\n\r\n", id="h2c, chunked"),
        pytest.param(HEAD + WEBSOCKET + b"\r\nhello", id="websocket"),
        pytest.param(HEAD + OF_OUR_OWN + b"\r\nhello", id="no offer"),
    ],
)
def test_a_body_behind_an_offer_arrives_and_the_connection_goes_on(port: int, sent: bytes) -> None:
    received = answered(port, sent, LAST)
    assert received.count(b"200 OK") == 2
    assert b'"hello"' in received
    assert received.endswith(b'"last"')


def test_a_body_that_comes_by_itself_arrives_too(port: int) -> None:
    assert b'"hello"' in answered(port, HEAD + JAVA + b"\r\n", b"he", b"llo", LAST)


def test_a_body_that_reads_like_an_offer_is_left_as_it_is(port: int) -> None:
    body = b"\nUpgrade: h2c"
    head = HEAD + b"Connection: close\r\nContent-Length: %d\r\n\r\n" % len(body)
    assert answered(port, head + body).endswith(rb'"\nUpgrade: h2c"')
    assert answered(port, head, body).endswith(rb'"\nUpgrade: h2c"')


@pytest.mark.parametrize("cut", [1, 2, 3])
def test_a_body_is_left_as_it_is_though_the_last_of_its_head_comes_with_it(port: int, cut: int) -> None:
    body = b"a: b\nUpgrade: h2c"
    head = HEAD + b"Connection: close\r\nContent-Length: %d\r\n\r\n" % len(body)
    assert answered(port, head[:-cut], head[-cut:] + body).endswith(rb'"a: b\nUpgrade: h2c"')
