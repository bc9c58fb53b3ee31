"""The catalogue of contexts, and the loaders that serve it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import Any


class UnknownContext(LookupError):
    """A context address that is not served. `url` is the address as asked for."""

    def __init__(self, url: str, reason: str = "not in the catalogue") -> None:
        super().__init__(f"context {url[:200]!a}: {reason}")
        self.url = url


class ContextNotServed(UnknownContext):
    """A context that the catalogue has, but that `profile` does not serve."""

    def __init__(self, url: str, profile: Profile) -> None:
        super().__init__(url, f"not served under the profile {profile.value}")
        self.profile = profile


class CatalogueDamaged(RuntimeError):
    """A file of this installation is not the one the catalogue was made with."""


class Served(Enum):
    """When a context is given out."""

    ALWAYS = "always"
    TEST_SUITES = "test-suites"
    """Written for the examples of the specifications; only the public test suites need it."""
    UNDEFINED_TERMS = "undefined-terms"
    """Gives every word a meaning (`@vocab`), which hides misspelt and injected members."""


class Profile(Enum):
    """What a caller asks to be served."""

    STANDARD = "standard"
    CONFORMANCE = "conformance"
    """Also what the public conformance suites use."""
    CONFORMANCE_ANY_DIRECTION = "conformance-any-direction"
    """As `CONFORMANCE`; and text direction, for which RDF has no place, may go uncovered by a signature over RDF."""
    UNDEFINED_TERMS = "undefined-terms"
    """Also credentials/undefined-terms/v2. Never for documents of strangers."""

    @property
    def serves(self) -> frozenset[Served]:
        return _SERVED_UNDER[self]


_SERVED_UNDER: Mapping[Profile, frozenset[Served]] = {
    Profile.STANDARD: frozenset({Served.ALWAYS}),
    Profile.CONFORMANCE: frozenset({Served.ALWAYS, Served.TEST_SUITES}),
    Profile.CONFORMANCE_ANY_DIRECTION: frozenset({Served.ALWAYS, Served.TEST_SUITES}),
    Profile.UNDEFINED_TERMS: frozenset({Served.ALWAYS, Served.UNDEFINED_TERMS}),
}


@dataclass(frozen=True)
class PublishedBytes:
    """Digests, in hexadecimal, of one byte sequence that was published at an address."""

    sha256: str
    sha384: str | None = None


@dataclass(frozen=True)
class Entry:
    """One context. Our file means the same as the publisher's, and may be formatted differently."""

    address: str
    published: tuple[PublishedBytes, ...]
    """Newest first. Several where the publisher changed the bytes without changing the meaning."""
    file: str
    file_sha256: str
    source: str
    licence: str
    served: Served


def _read_catalogue() -> Mapping[str, Entry]:
    rows = json.loads(_package_text("catalogue.json"))
    entries = [
        Entry(
            **{
                **row,
                "published": tuple(PublishedBytes(**digests) for digests in row["published"]),
                "served": Served(row["served"]),
            }
        )
        for row in rows
    ]
    return MappingProxyType({entry.address: entry for entry in entries})


def _package_text(*path: str) -> str:
    return resources.files("contexts").joinpath(*path).read_bytes().decode()


CATALOGUE: Mapping[str, Entry] = _read_catalogue()


def load(url: str, *, profile: Profile = Profile.STANDARD) -> dict[str, Any]:
    """The context document at `url`: a fresh copy, which the caller may change at will.

    Raises `UnknownContext`, also (as `ContextNotServed`) for one that `profile` does not serve.
    """
    document: dict[str, Any] = json.loads(_text(_entry(url, profile)))
    return document


def digest(url: str) -> str:
    """SHA-256, in hexadecimal, of the bytes now published at `url`. Raises `UnknownContext`."""
    return _known(url).published[0].sha256


def related_resource_digests(url: str, *, superseded: bool = False) -> frozenset[str]:
    """All digests (SHA-256 and SHA-384, hexadecimal) that a `relatedResource` may state for a context.

    Those of the bytes now published; with `superseded`, also of what stood there before and meant the same, as
    credentials/v2 has it. Raises `UnknownContext`.
    """
    published = _known(url).published[: None if superseded else 1]
    return frozenset(d for sequence in published for d in (sequence.sha256, sequence.sha384) if d)


@cache
def definitions() -> tuple[tuple[str, Any], ...]:
    """Every term of every context of the catalogue, at whatever depth, with its definition as it stands there."""
    found: list[tuple[str, Any]] = []
    for entry in CATALOGUE.values():
        found.extend(_definitions_in(json.loads(_text(entry))["@context"]))
    return tuple(found)


def _definitions_in(context: Any) -> Iterator[tuple[str, Any]]:
    """The terms of `context` and of the contexts inside its definitions.

    A context named by address needs no look here: it is in the catalogue, or it is not served.
    """
    if isinstance(context, list):
        for part in context:
            yield from _definitions_in(part)
    elif isinstance(context, dict):
        for term, definition in context.items():
            if not term.startswith("@"):
                yield term, definition
            if isinstance(definition, dict) and "@context" in definition:
                yield from _definitions_in(definition["@context"])


DocumentLoader = Callable[[str, Mapping[str, Any]], dict[str, Any]]


def document_loader(url: str, _options: Mapping[str, Any]) -> dict[str, Any]:
    """The loader to give to PyLD (`documentLoader`). Raises `UnknownContext`; PyLD wraps that."""
    return _remote_document(url, Profile.STANDARD)


def document_loader_for(profile: Profile) -> DocumentLoader:
    """A loader for PyLD that serves what `profile` serves."""

    def loader(url: str, _options: Mapping[str, Any]) -> dict[str, Any]:
        return _remote_document(url, profile)

    return loader


def _remote_document(url: str, profile: Profile) -> dict[str, Any]:
    entry = _entry(url, profile)
    remote = {
        "contentType": "application/ld+json",
        "contextUrl": None,
        "documentUrl": url,
        "document": load(url, profile=profile),
    }
    if entry.served is Served.ALWAYS:
        # PyLD keeps such a context for the whole process, whichever loader brought it: so only these.
        remote["tag"] = "static"
    return remote


def _known(url: str) -> Entry:
    try:
        return CATALOGUE[url]
    except KeyError:
        raise UnknownContext(url) from None


def _entry(url: str, profile: Profile) -> Entry:
    entry = _known(url)
    if entry.served not in profile.serves:
        raise ContextNotServed(url, profile)
    return entry


@cache
def _text(entry: Entry) -> str:
    """The file's text, checked against its digest the first time it is read."""
    text = _package_text("files", entry.file)
    if hashlib.sha256(text.encode()).hexdigest() != entry.file_sha256:
        raise CatalogueDamaged(f"{entry.file} is not the file that {entry.address} was catalogued with")
    return text
