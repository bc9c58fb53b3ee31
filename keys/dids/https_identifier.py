"""Identifiers that are https addresses: a controlled identifier document served there (Controlled Identifiers 1.0).

Open Badges issuers are often named like that. The document is at the address itself, and carries it as its `id`, byte
for byte. Names of hosts are held to the same narrow rules as in did:web.
"""

from __future__ import annotations

import re
from typing import Any

from keys.dids.did_web import check_host, fetched_document
from keys.dids.document import DidDocument
from keys.dids.errors import InvalidDid
from keys.fetching import Fetcher

_LONGEST = 2048
_ADDRESS = re.compile(
    r"https://(?P<host>[a-z0-9.-]+)(?::(?P<port>[1-9][0-9]{0,4}))?"
    r"(?:/(?P<path>(?:[A-Za-z0-9._~!$&'()*+,;=:@/-]|%[0-9A-Fa-f]{2})*))?"
)


def is_one(identifier: Any) -> bool:
    """Whether `identifier` is meant as an https address; `check` says whether it is a good one."""
    return isinstance(identifier, str) and identifier.startswith("https://")


def check(identifier: str) -> None:
    """Raises `InvalidDid` unless `identifier` is an address without user, query, fragment or dot segments."""
    match = _ADDRESS.fullmatch(identifier) if len(identifier) <= _LONGEST else None
    if match is None:
        raise InvalidDid(identifier, "not a plain https address")
    check_host(identifier, match["host"], match["port"])
    if any(segment in (".", "..") for segment in (match["path"] or "").split("/")):
        raise InvalidDid(identifier, "a dot segment in the path")


def resolve(identifier: str, *, fetcher: Fetcher) -> DidDocument:
    """The document at `identifier`. Raises as `did_web.resolve`."""
    check(identifier)
    return fetched_document(identifier, identifier, fetcher=fetcher)
