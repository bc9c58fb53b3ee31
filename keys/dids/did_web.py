"""did:web: a document at an https address that the identifier spells out.

The rules for names are narrow on purpose (V-SSRF-1): lower-case host names only, no IP address in any
spelling, one port after `%3A`, path segments that mean the same to every server. Which of the remaining names
may be asked is the fetcher's guard to decide.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any
from urllib.parse import unquote_to_bytes, urlsplit

from contexts.strict_json import JsonRefused, parse
from keys.dids.document import DidDocument, PublishedKey, build
from keys.dids.errors import DidNotResolved, DidRefused, InvalidDid, InvalidDidDocument
from keys.dids.syntax import split_did
from keys.fetching import Fetcher, FetchError, FetchRefused

MEDIA_TYPES = (
    "application/did",
    "application/did+ld+json",
    "application/did+json",
    "application/cid",
    "application/ld+json",
    "application/json",
)
MAX_DOCUMENT_BYTES = 256 * 1024
_LONGEST_KEPT = 16 * 1024  # bytes; of 64 documents, at most a few MiB as Python keeps them

_HOST_AND_PORT = re.compile(r"([a-z0-9.-]+)(?:%3[Aa]([1-9][0-9]{0,4}))?")
_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_ENDS_IN_NUMBER = re.compile(r"(?:.*\.)?(?:[0-9]+|0x[0-9a-f]*)")
_UNSAFE_WHEN_ENCODED = frozenset(b"/\\?#%:")


def did_for(origin_or_url: str) -> str:
    """The did:web of an origin (`https://college.example`) or of a page's address under it.

    Raises `InvalidDid` for an address with user, query or fragment, or that breaks the rules for names.
    """
    try:
        parts = urlsplit(origin_or_url)
        port = parts.port
    except ValueError as error:
        raise InvalidDid(origin_or_url, str(error)) from None
    if parts.scheme not in ("https", "http") or not parts.hostname:
        raise InvalidDid(origin_or_url, "not a web address")
    if "@" in parts.netloc or parts.query or parts.fragment or origin_or_url.endswith(("?", "#")):
        raise InvalidDid(origin_or_url, "an address with user, query or fragment")
    host = parts.hostname if port is None else f"{parts.hostname}%3A{port}"
    path = parts.path.strip("/")
    did = ":".join(["did:web", host, *(path.split("/") if path else ())])
    document_url(did)
    return did


def document_url(did: str) -> str:
    """The address of the document of `did`. Raises `InvalidDid`. (did:web, section "Read")"""
    method, identifier = split_did(did)
    if method != "web":
        raise InvalidDid(did, "not a did:web")
    host_part, *segments = identifier.split(":")
    origin = f"https://{_host(did, host_part)}"
    if not segments:
        return f"{origin}/.well-known/did.json"
    for segment in segments:
        _check_segment(did, segment)
    return f"{origin}/{'/'.join(segments)}/did.json"


def document(
    did: str, *, methods: Sequence[PublishedKey], services: Iterable[Mapping[str, Any]] = ()
) -> dict[str, Any]:
    """The document to publish at `document_url(did)`. Retired keys stay in `methods`, with their dates."""
    document_url(did)
    return build(did, methods=methods, services=services)


def resolve(did: str, *, fetcher: Fetcher) -> DidDocument:
    """The document of `did`, fetched.

    Raises `InvalidDid`, `DidNotResolved` (not to be had this time), `DidRefused` (the guard said no) or
    `InvalidDidDocument` (duplicate members, another id, not JSON at all).
    """
    return fetched_document(did, document_url(did), fetcher=fetcher)


def fetched_document(did: str, url: str, *, fetcher: Fetcher) -> DidDocument:
    """The document of `did`, which should be at `url`. Raises as `resolve`."""
    try:
        fetched = fetcher.fetch(url, accept=MEDIA_TYPES, max_bytes=MAX_DOCUMENT_BYTES)
    except FetchRefused as error:
        raise DidRefused(did, error.reason) from error
    except FetchError as error:
        raise DidNotResolved(did, error.reason) from error
    if fetched.media_type not in MEDIA_TYPES:
        raise InvalidDidDocument(did, f"answered with {fetched.media_type[:80]!a} instead of JSON")
    if len(fetched.body) > MAX_DOCUMENT_BYTES:
        raise InvalidDidDocument(did, f"a document of more than {MAX_DOCUMENT_BYTES} bytes")
    return _read(did, fetched.body) if len(fetched.body) <= _LONGEST_KEPT else _read.__wrapped__(did, fetched.body)


@lru_cache(maxsize=64)
def _read(did: str, body: bytes) -> DidDocument:
    """The same bytes are the same document: it is read once as long as they do not change."""
    try:
        return DidDocument.of(did, parse(body))
    except JsonRefused as error:
        raise InvalidDidDocument(did, error.reason) from error


def _host(did: str, text: str) -> str:
    match = _HOST_AND_PORT.fullmatch(text)
    if match is None:
        raise InvalidDid(did, "the host is a name in lower case, with %3A before a port")
    host, port = match.groups()
    check_host(did, host, port)
    return host if port is None else f"{host}:{port}"


def check_host(did: str, host: str, port: str | None) -> None:
    """Raises `InvalidDid` unless `host` is a host name, and no IP address in any spelling."""
    if len(host) > 253 or not all(_LABEL.fullmatch(label) for label in host.split(".")):
        raise InvalidDid(did, "not a host name")
    if _ENDS_IN_NUMBER.fullmatch(host):
        raise InvalidDid(did, "the host is an IP address, or would be read as one")
    if port is not None and int(port) > 65535:
        raise InvalidDid(did, "no such port")


def _check_segment(did: str, segment: str) -> None:
    decoded = unquote_to_bytes(segment)
    if decoded in (b"", b".", b".."):
        raise InvalidDid(did, "an empty or dot segment in the path")
    if "%" in segment and any(byte <= 0x20 or byte == 0x7F or byte in _UNSAFE_WHEN_ENCODED for byte in decoded):
        raise InvalidDid(did, "an encoded separator or control character in the path")
