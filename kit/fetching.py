"""Outgoing requests under the guard: nobody's document makes a service call an address inside the house (V-SSRF).

https only; the name is resolved once, every address it has is checked, and the connection goes to an address that was
checked, so a name that changes in between gains nothing. No redirects, proxies, cookies or compression; total time,
size and content type are limited. `local_origins` are a development switch: https origins that are really plain http
on this machine's loopback. `own_origins` are https on the loopback, under certificates trusted there and nowhere else:
a process that serves such an origin itself can ask it.
"""

from __future__ import annotations

import ipaddress
import re
import socket
import ssl
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock
from typing import Any, Protocol
from urllib.parse import SplitResult, urlsplit

import httpcore

from keys.fetching import Fetched, Fetcher, FetchFailed, FetchRefused, NotReached

TOTAL_SECONDS = 5.0
PORTS = frozenset({443, 8443})
USER_AGENT = "skills-passport"
_NAME = re.compile(r"(?=.{1,253}\Z)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*\Z")
_TARGET = re.compile(r"[\x21-\x7e]*\Z")
_NAT64 = ipaddress.ip_network("64:ff9b::/32")

_Headers = dict[bytes | str, bytes | str]

Resolve = Callable[[str, int], Iterable[str]]
"""From a host name and port to its addresses, as text."""


@dataclass(frozen=True)
class Answered:
    """What came back from a post, whatever its status."""

    status: int
    media_type: str
    body: bytes


def resolve_by_system(host: str, port: int) -> list[str]:
    """Ask the system's resolver. Raises `OSError`."""
    return [str(info[4][0]) for info in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


class Poster(Protocol):
    """One method, so that everything that is sent out goes through one place."""

    def post(
        self,
        url: str,
        *,
        body: bytes,
        content_type: str,
        accept: tuple[str, ...],
        max_bytes: int,
        authorization: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answered:
        """Post `body` and return the answer, also when it tells an error. Raises `FetchError`."""
        ...


class GuardedFetcher:
    """Implements `keys.fetching.Fetcher`, and posts for the wallet's protocols."""

    def __init__(
        self,
        *,
        local_origins: frozenset[str] = frozenset(),
        own_origins: Mapping[str, ssl.SSLContext] | None = None,
        trusted_certificates: ssl.SSLContext | None = None,
        resolve: Resolve = resolve_by_system,
        total_seconds: float = TOTAL_SECONDS,
    ) -> None:
        self._local_origins = local_origins
        self._own_origins = dict(own_origins or {})
        self._tls = trusted_certificates or ssl.create_default_context()
        self._resolve = resolve
        self._total_seconds = total_seconds

    def fetch(self, url: str, *, accept: tuple[str, ...], max_bytes: int) -> Fetched:
        """Return the body of a GET. Raises `FetchRefused` (the guard) or `FetchFailed` (no good answer)."""
        answer = self._request("GET", url, {"accept": ", ".join(accept)}, b"", max_bytes)
        if answer.status != 200:
            raise FetchFailed(url, f"the answer was {answer.status}")
        if not _is_accepted(answer.media_type, accept):
            raise FetchRefused(url, f"the answer is of type {answer.media_type or 'unknown'}")
        return Fetched(url, answer.media_type, answer.body)

    def post(
        self,
        url: str,
        *,
        body: bytes,
        content_type: str,
        accept: tuple[str, ...],
        max_bytes: int,
        authorization: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answered:
        """Post `body` and return the answer, also when it tells an error. Raises `FetchError`."""
        sent: _Headers = {
            "accept": ", ".join(accept),
            "content-type": content_type,
            "content-length": str(len(body)),
        }
        sent.update(headers or {})
        if authorization is not None:
            sent["authorization"] = authorization
        return self._request("POST", url, sent, body, max_bytes)

    def _request(self, method: str, url: str, headers: _Headers, body: bytes, max_bytes: int) -> Answered:
        to = self._checked(url)
        parts = to.parts
        deadline = time.monotonic() + self._total_seconds
        backend = _CheckedBackend(self._resolve, deadline, on_loopback=to.on_loopback)
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        port = parts.port or 443
        address = httpcore.URL(scheme=b"https" if to.tls else b"http", host=_host(parts), port=port, target=target)
        sent: _Headers = {
            "host": parts.netloc,
            "user-agent": USER_AGENT,
            "accept-encoding": "identity",
            **headers,
        }
        try:
            with (
                httpcore.ConnectionPool(ssl_context=to.tls, network_backend=backend) as pool,
                pool.stream(method, address, headers=sent, content=body) as answer,
            ):
                return _received(url, answer, deadline, max_bytes)
        except _AddressRefused as refused:
            raise FetchRefused(url, str(refused)) from refused
        except (httpcore.ConnectError, httpcore.ConnectTimeout, OSError) as error:
            raise NotReached(url, f"not reached ({type(error).__name__})") from error
        except (httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProtocolError) as error:
            raise FetchFailed(url, f"no whole answer ({type(error).__name__})") from error

    def _checked(self, url: str) -> _To:
        """Return where an acceptable address leads."""
        if len(url) > 2000 or not _TARGET.match(url) or "\\" in url:
            raise FetchRefused(url[:200], "not a plain address")
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:
            raise FetchRefused(url, "not an address") from None
        if parts.username is not None or parts.password is not None:
            raise FetchRefused(url, "addresses with a user are not fetched")
        if parts.scheme in ("https", "http") and _origin(parts) in self._local_origins:
            return _To(parts, tls=None, on_loopback=True)
        if parts.scheme != "https":
            raise FetchRefused(url, "only https addresses are fetched")
        if _origin(parts) in self._own_origins:
            return _To(parts, tls=self._own_origins[_origin(parts)], on_loopback=True)
        if not _NAME.match(_host(parts)) or _is_number(_host(parts)):
            raise FetchRefused(url, "the host is not a name")
        if (port or 443) not in PORTS:
            raise FetchRefused(url, f"port {port} is not one that is fetched from")
        return _To(parts, tls=self._tls, on_loopback=False)


@dataclass(frozen=True)
class _To:
    """Where a request goes. `tls` None means plain http, which only a local development origin speaks."""

    parts: SplitResult
    tls: ssl.SSLContext | None
    on_loopback: bool


def _origin(parts: SplitResult) -> str:
    return f"https://{parts.netloc}"


def _host(parts: SplitResult) -> str:
    return (parts.hostname or "").lower()


def _is_number(host: str) -> bool:
    """Whether a resolver could read the name as an address: its last label begins with a digit."""
    return host.rsplit(".", 1)[-1][:1].isdigit()


def _is_accepted(media_type: str, accept: tuple[str, ...]) -> bool:
    return media_type in accept or ("application/json" in accept and media_type.endswith("+json"))


def _received(url: str, answer: httpcore.Response, deadline: float, max_bytes: int) -> Answered:
    headers = {name.lower(): value for name, value in answer.headers}
    if headers.get(b"content-encoding", b"identity").lower() != b"identity":
        raise FetchRefused(url, "the answer is compressed, which was not asked for")
    body = bytearray()
    for chunk in answer.iter_stream():
        body += chunk
        if len(body) > max_bytes:
            raise FetchRefused(url, f"the answer is larger than {max_bytes} bytes")
        if time.monotonic() > deadline:
            raise FetchFailed(url, "the answer took too long")
    media_type = headers.get(b"content-type", b"").decode("latin-1").split(";")[0].strip().lower()
    return Answered(answer.status, media_type, bytes(body))


# --- the connection ---


class _AddressRefused(Exception):
    """The name leads to an address that is not out there."""


def is_public(address: str) -> bool:
    """Whether an IP address belongs to the public internet, seen through every wrapping of IPv4 in IPv6."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.sixtofour is not None or ip.teredo is not None or ip in _NAT64 or ip.scope_id is not None:
            return False
        if ip.ipv4_mapped is not None:
            ip = ip.ipv4_mapped
    return ip.is_global and not ip.is_multicast and not ip.is_reserved


class _CheckedBackend(httpcore.NetworkBackend):
    """Connects to a checked address of the name, and never waits past the deadline."""

    def __init__(self, resolve: Resolve, deadline: float, *, on_loopback: bool) -> None:
        self._resolve = resolve
        self._deadline = deadline
        self._on_loopback = on_loopback
        self._system = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ARG002 - the deadline is what counts
        local_address: str | None = None,
        socket_options: Any = None,
    ) -> httpcore.NetworkStream:
        address = "127.0.0.1" if self._on_loopback else self._public_address(host, port)
        stream = self._system.connect_tcp(address, port, _left(self._deadline), local_address, socket_options)
        return _DeadlineStream(stream, self._deadline)

    def _public_address(self, host: str, port: int) -> str:
        addresses = list(self._resolve(host, port))
        if not addresses or not all(is_public(address) for address in addresses):
            raise _AddressRefused(f"{host} does not lead to a public address")
        return addresses[0]


class _DeadlineStream(httpcore.NetworkStream):
    """A stream of which every wait ends at one deadline, however slowly the other side drips."""

    def __init__(self, stream: httpcore.NetworkStream, deadline: float) -> None:
        self._stream = stream
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002 - as above
        return self._stream.read(max_bytes, _left(self._deadline))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002 - as above
        self._stream.write(buffer, _left(self._deadline))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ARG002 - as above
    ) -> httpcore.NetworkStream:
        secured = self._stream.start_tls(ssl_context, server_hostname, _left(self._deadline))
        return _DeadlineStream(secured, self._deadline)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise httpcore.ReadTimeout("the total time is over")
    return left


# --- remembering answers ---


MOST_REMEMBERED_BYTES = 64 * 1024 * 1024
"""Strangers choose what is fetched, and how long it is (V-DOS-1)."""


class RememberingFetcher:
    """Gives an answer again while it is young, so that checking many credentials asks each origin once."""

    def __init__(
        self, fetcher: Fetcher, *, clock: Callable[[], datetime], max_age: timedelta, max_entries: int
    ) -> None:
        self._fetcher = fetcher
        self._clock = clock
        self._max_age = max_age
        self._max_entries = max_entries
        self._kept: OrderedDict[tuple[str, tuple[str, ...]], tuple[datetime, Fetched]] = OrderedDict()
        self._bytes = 0
        self._lock = Lock()

    def fetch(self, url: str, *, accept: tuple[str, ...], max_bytes: int) -> Fetched:
        """As the fetcher behind it; failures are never remembered."""
        key, now = (url, accept), self._clock()
        with self._lock:
            kept = self._kept.get(key)
        if kept is not None and timedelta(0) <= now - kept[0] <= self._max_age and len(kept[1].body) <= max_bytes:
            return kept[1]
        fetched = self._fetcher.fetch(url, accept=accept, max_bytes=max_bytes)
        self._keep(key, fetched, now)
        return fetched

    def _keep(self, key: tuple[str, tuple[str, ...]], fetched: Fetched, now: datetime) -> None:
        """Of too many, or of too large ones, the oldest goes."""
        with self._lock:
            _, before = self._kept.pop(key, (now, None))
            self._kept[key] = (now, fetched)
            self._bytes += len(fetched.body) - (len(before.body) if before else 0)
            while len(self._kept) > self._max_entries or self._bytes > MOST_REMEMBERED_BYTES:
                _, (_, oldest) = self._kept.popitem(last=False)
                self._bytes -= len(oldest.body)
