"""Finding recognitions that nobody brought: behind a DID's `WhoisService`, and up `issuer.recognizedIn`.

Nobody's document sends us to anybody else's host (V-SSRF-3). An address counts only on the host of the organisation
that names it, or on the host of an authority that the verifier itself trusts. What is not fetched for that reason is
looked for in the next way: every authority has a `WhoisService` of its own to publish by.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from copy import deepcopy
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from keys import dids
from keys.fetching import Fetcher, FetchError
from vc import strict_json
from vc.credential import entries
from vc.errors import ParsingError
from vc.limits import Limits
from vc.policy import Anchors, Policy
from vc.proofs.data_integrity import Resolver
from vc.recognition.building import CREDENTIAL_TYPE, WHOIS

_MEDIA_TYPES = (
    "application/vp",
    "application/vp+ld+json",
    "application/vc",
    "application/ld+json",
    "application/json",
)
_CREDENTIALS = "verifiableCredential"
_LONGEST_KEPT = 64 * 1024
"""Bytes of an answer that is kept with what is in it."""
_ADDRESSES = 2
"""So many addresses of one organisation are asked, by each way."""


class Discovery:
    """Both ways, for one verification. What could not be obtained is added to `troubles`."""

    def __init__(self, resolver: Resolver, fetcher: Fetcher, limits: Limits, troubles: list[str]) -> None:
        self._resolver = resolver
        self._fetcher = fetcher
        self._limits = limits
        self._troubles = troubles

    def whois(self, did: str, *, whose: str) -> Iterator[Mapping[str, Any]]:
        """What is served by the `WhoisService`s of `did`. `whose` says in English who that is."""
        try:
            document = self._resolver(did)
        except dids.DidError as error:
            self._troubles.append(f"the identifier of {whose}: {error.reason}")
            return
        if not isinstance(document, dids.DidDocument):
            return
        offered = (url for service in document.services(WHOIS) for url in service.urls)
        for url in [url for url in offered if is_under(url, did)][:_ADDRESSES]:
            yield from self._served(url, f"the list of recognitions of {whose}")

    def recognised_in(self, urls: tuple[str, ...], *, by: str, anchors: Anchors) -> Iterator[Mapping[str, Any]]:
        """What is served where the authority `by` says that it is recognised, as far as that may be asked."""
        hosts = (by, *(authority.did for authority in anchors))
        allowed = [url for url in urls if any(is_under(url, host) for host in hosts)]
        for url in allowed[:_ADDRESSES]:
            yield from self._served(url, "the recognition of an authority")

    def _served(self, url: str, what: str) -> Iterator[Mapping[str, Any]]:
        try:
            fetched = self._fetcher.fetch(url, accept=_MEDIA_TYPES, max_bytes=self._limits.fetched_bytes)
            yield from _read_once(fetched.body) if len(fetched.body) <= _LONGEST_KEPT else _read(fetched.body)
        except FetchError as error:
            self._troubles.append(f"{what}: {error.reason}")
        except ParsingError as error:
            self._troubles.append(f"{what}: {error.detail}")


def _read(body: bytes) -> tuple[Mapping[str, Any], ...]:
    """The credentials in what was served: a presentation, or one credential by itself. Raises `ParsingError`."""
    served = strict_json.parse_object(body)
    found = [served] if "VerifiableCredential" in entries(served.get("type")) else entries(served.get(_CREDENTIALS))
    return tuple(item for item in found if isinstance(item, dict))


_read_once = lru_cache(maxsize=32)(_read)


def discovered(
    did: str, resolver: Resolver, fetcher: Fetcher, policy: Policy, troubles: list[str]
) -> Iterator[Mapping[str, Any]]:
    """The recognitions in the presentations served by the `WhoisService`s of an organisation, unverified.

    Those of the authorities above it may be among them. What could not be obtained or read is added to `troubles`, in
    English.
    """
    served = Discovery(resolver, fetcher, policy.limits, troubles).whois(did, whose="the issuer")
    return (deepcopy(one) for one in served if CREDENTIAL_TYPE in entries(one.get("type")))


def is_under(url: str, did: str) -> bool:
    """Whether an address is on the host that `did` itself is on."""
    try:
        return urlsplit(url)[:2] == urlsplit(dids.document_url(did))[:2]
    except (dids.InvalidDid, ValueError):
        return False
