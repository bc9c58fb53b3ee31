"""Outgoing requests under the guard (V-SSRF): which addresses are refused, and what a slow or large answer costs."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime, timedelta

import pytest

from keys.fetching import Fetched, FetchFailed, FetchRefused, NotReached
from kit import fetching
from kit.fetching import GuardedFetcher, RememberingFetcher, is_public

ACCEPT = ("application/json",)
PUBLIC_ADDRESS = "93.184.215.14"


def nowhere(host: str, port: int) -> list[str]:
    raise AssertionError(f"{host}:{port} was looked up")


def fetch(url: str, *, resolve: Callable[[str, int], list[str]] = nowhere) -> Fetched:
    return GuardedFetcher(resolve=resolve).fetch(url, accept=ACCEPT, max_bytes=1000)


@pytest.mark.parametrize(
    "url",
    [
        "http://college.example/",
        "ftp://college.example/",
        "file:///etc/passwd",
        "https://127.0.0.1/",
        "https://127.1/",
        "https://2130706433/",
        "https://0x7f000001/",
        "https://0177.0.0.1/",
        "https://[::1]/",
        "https://[::ffff:127.0.0.1]/",
        "https://user@college.example/",
        "https://user:secret@college.example/",
        "https://college.example:22/",
        "https://college.example:6379/",
        "https://college.example:99999/",
        "https://college.example\\@127.0.0.1/",
        "https://college.example/a b",
        "https://college.example/\r\nHost: inside",
        "https://collège.example/",
        "https://college_.example/",
        "https:///path",
        "https://",
        "",
        "https://" + "a" * 3000 + ".example/",
    ],
)
def test_V_SSRF_1_addresses_that_are_refused_before_any_lookup(url: str) -> None:
    with pytest.raises(FetchRefused):
        fetch(url)


INSIDE = [
    "127.0.0.1",
    "10.0.0.1",
    "172.16.5.4",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "0.0.0.0",  # noqa: S104 - an address to refuse
    "224.0.0.1",
    "255.255.255.255",
    "::1",
    "::",
    "fe80::1",
    "fe80::1%eth0",
    "fc00::1",
    "ff02::1",
    "::ffff:10.0.0.1",
    "2002:7f00:1::",
    "2001:0:53aa:64c::",
    "64:ff9b::7f00:1",
    "not an address",
]


def always(addresses: list[str]) -> Callable[[str, int], list[str]]:
    return lambda _host, _port: addresses


@pytest.mark.parametrize("address", INSIDE)
def test_V_SSRF_2_names_that_lead_inside_are_refused(address: str) -> None:
    assert not is_public(address)
    for addresses in ([address], [PUBLIC_ADDRESS, address]):
        with pytest.raises(FetchRefused, match="public address"):
            fetch("https://college.example/", resolve=always(addresses))


def test_addresses_out_there_are_not_refused() -> None:
    assert is_public(PUBLIC_ADDRESS)
    assert is_public("2606:2800:21f:cb07:6820:80da:af6b:8b2c")


def test_a_name_that_leads_nowhere() -> None:
    def unknown(_host: str, _port: int) -> list[str]:
        raise socket.gaierror

    with pytest.raises(FetchFailed):
        fetch("https://college.example/", resolve=unknown)


# --- what comes back, from a server that says exactly what a test wants ---


@contextmanager
def saying(*parts: bytes, pause: float = 0.0) -> Iterator[str]:
    """An https origin of development: a listener that answers one request with `parts`, `pause` seconds apart."""
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:

        def answer() -> None:
            with suppress(OSError), closing(listener.accept()[0]) as connection:
                connection.recv(65536)
                for part in parts:
                    connection.sendall(part)
                    time.sleep(pause)

        threading.Thread(target=answer, daemon=True).start()
        yield f"https://localhost:{listener.getsockname()[1]}"


def asked(origin: str, *, max_bytes: int = 1000, seconds: float = 5.0) -> Fetched:
    fetcher = GuardedFetcher(local_origins=frozenset({origin}), total_seconds=seconds)
    return fetcher.fetch(f"{origin}/", accept=ACCEPT, max_bytes=max_bytes)


def http(body: bytes, *, status: str = "200 OK", headers: str = "content-type: application/json") -> bytes:
    return f"HTTP/1.1 {status}\r\n{headers}\r\ncontent-length: {len(body)}\r\n\r\n".encode() + body


def test_an_answer_of_an_accepted_type() -> None:
    for media_type in ("application/json", "application/ld+json; charset=utf-8", "Application/JSON"):
        with saying(http(b"{}", headers=f"content-type: {media_type}")) as origin:
            assert asked(origin).body == b"{}"


@pytest.mark.parametrize(
    "answer",
    [
        http(b"<html>", headers="content-type: text/html"),
        http(b"{}", headers="x-nothing: 1"),
        http(b"{}", headers="content-type: application/json\r\ncontent-encoding: gzip"),
        http(b"x" * 1001),
    ],
    ids=["type", "no type", "compressed", "too large"],
)
def test_answers_that_are_refused(answer: bytes) -> None:
    with saying(answer) as origin, pytest.raises(FetchRefused):
        asked(origin)


@pytest.mark.parametrize(
    "answer",
    [
        http(b"{}", status="404 Not Found"),
        http(b"", status="302 Found", headers="location: https://127.0.0.1/"),
        b"nonsense\r\n\r\n",
        b"",
        b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\ncontent-type: application/json\r\n\r\n{}",
    ],
    ids=["not found", "elsewhere", "no http", "silence", "cut short"],
)
def test_answers_that_are_none(answer: bytes) -> None:
    with saying(answer) as origin, pytest.raises(FetchFailed):
        asked(origin)


def test_what_nobody_got_is_told_from_what_nobody_answered() -> None:
    with saying(b"") as origin, pytest.raises(FetchFailed) as unanswered:
        asked(origin)
    assert not isinstance(unanswered.value, NotReached), "it may have been read"
    with pytest.raises(NotReached):
        asked("https://localhost:1")


def test_V_DOS_a_body_that_drips_ends_at_the_deadline() -> None:
    head = b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\ncontent-type: application/json\r\n\r\n"
    start = time.monotonic()
    with saying(head, *[b" "] * 100, pause=0.1) as origin, pytest.raises(FetchFailed):
        asked(origin, seconds=0.5)
    assert time.monotonic() - start < 5, "far less than the ten seconds that the whole drip takes"


def test_other_ports_of_this_machine_stay_closed() -> None:
    with saying(http(b"{}")) as origin, pytest.raises(FetchRefused):
        GuardedFetcher(local_origins=frozenset({"https://localhost:1"})).fetch(
            f"{origin}/", accept=ACCEPT, max_bytes=1000
        )


# --- remembering ---


class Counting:
    """A source that counts how often it was asked, and can be told to fail."""

    def __init__(self) -> None:
        self.asked = 0
        self.fails = False

    def fetch(self, url: str, *, accept: tuple[str, ...], max_bytes: int) -> Fetched:  # noqa: ARG002 (protocol)
        self.asked += 1
        if self.fails:
            raise FetchFailed(url, "no answer")
        return Fetched(url, "application/json", f"{self.asked}".encode())


def test_an_answer_is_used_again_while_it_is_young_and_a_failure_never() -> None:
    now = datetime(2026, 11, 22, tzinfo=UTC)
    clock = [now]
    source = Counting()
    fetcher = RememberingFetcher(source, clock=lambda: clock[0], max_age=timedelta(seconds=60), max_entries=2)

    def ask(url: str) -> bytes:
        return fetcher.fetch(url, accept=ACCEPT, max_bytes=10).body

    assert [ask("a"), ask("a")] == [b"1", b"1"]
    clock[0] += timedelta(seconds=61)
    assert ask("a") == b"2"
    clock[0] -= timedelta(hours=1)
    assert ask("a") == b"3", "a clock that was set back makes nothing young again"
    source.fails = True
    for _ in range(2):
        with pytest.raises(FetchFailed):
            ask("b")
    assert source.asked == 5
    source.fails = False
    ask("b")
    ask("c")
    ask("a")
    assert source.asked == 8, "the oldest of three was forgotten"


def test_V_DOS_1_large_answers_are_not_all_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "MOST_REMEMBERED_BYTES", 2)
    now, source = datetime(2026, 11, 22, tzinfo=UTC), Counting()
    fetcher = RememberingFetcher(source, clock=lambda: now, max_age=timedelta(seconds=60), max_entries=100)

    def ask(url: str) -> bytes:
        return fetcher.fetch(url, accept=ACCEPT, max_bytes=10).body

    assert [ask(url) for url in "abccbaa"] == [b"1", b"2", b"3", b"3", b"2", b"4", b"4"], "the oldest went"
