"""How the engine asks for a document from elsewhere: through a `Fetcher` that it is given.

The engine never opens a connection. The services bring a fetcher that guards scheme, port, address,
redirects, time and size (standards.md, section 18.5); tests bring one that serves from memory.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


class FetchError(Exception):
    """No document. `url` is the address asked for, `reason` an English sentence."""

    def __init__(self, url: str, reason: str) -> None:
        super().__init__(f"{url}: {reason}")
        self.url = url
        self.reason = reason


class FetchRefused(FetchError):
    """The guard does not let anybody ask this address. Asking again is useless."""


class FetchFailed(FetchError):
    """The address could not be reached, or did not answer with 200. Another time it may."""


class NotReached(FetchFailed):
    """No connection came about: nobody got anything of what was asked or sent."""


@dataclass(frozen=True)
class Fetched:
    """What an address answered with 200. `media_type` is in lower case, without parameters."""

    url: str
    media_type: str
    body: bytes


class Fetcher(Protocol):
    """One method, so that everything that goes out goes through one place."""

    def fetch(self, url: str, *, accept: tuple[str, ...], max_bytes: int) -> Fetched:
        """The document at `url`. `accept` lists media types, best first; a body over `max_bytes` fails.

        Raises `FetchRefused` or `FetchFailed`.
        """
        ...


class NoNetwork:
    """A fetcher for work without network: nothing can be reached, so nothing is decided about it."""

    def fetch(self, url: str, *, accept: tuple[str, ...], max_bytes: int) -> Fetched:  # noqa: ARG002 (protocol)
        """Always raises `FetchFailed`."""
        raise FetchFailed(url, "there is no network here")
