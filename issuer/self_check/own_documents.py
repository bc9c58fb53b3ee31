"""What a verifier would fetch from us, read from the database: for checks of our own, without network."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from issuer.history.identifier_log import log
from issuer.office import Office
from issuer.organisations import service as organisations
from issuer.status import publishing
from keys import dids
from keys.dids import DidDocument, VerificationMethod
from keys.fetching import Fetched, FetchRefused
from keys.second_opinion import SecondOpinion
from kit.problems import NotFound
from vc.status.bitstring import Bitstring


class OwnDocuments:
    """A `Fetcher` that serves this service's own identifier documents and status lists from the database, each
    once, and refuses every other address."""

    def __init__(
        self,
        office: Office,
        did_documents: Mapping[str, Mapping[str, Any]] | None = None,
        lists: Mapping[str, bytes] | None = None,
    ) -> None:
        """`did_documents`, by slug, and `lists`, by address: those that the caller has at hand as the database has
        them."""
        self._office = office
        self._host = urlsplit(office.settings.public_url).netloc
        self._did_documents = dict(did_documents or {})
        self._kept = {url: Fetched(url, "application/json", body) for url, body in (lists or {}).items()}
        self._digests: dict[tuple[str, ...], bytes] = {}
        self._resolved: dict[str, _OwnKeys] = {}
        self._lists: dict[str, Bitstring] = {}

    def fetch(self, url: str, *, accept: tuple[str, ...], max_bytes: int) -> Fetched:  # noqa: ARG002 - the protocol's
        """Return the document that is served at `url`. Raises `FetchRefused` for addresses that are not ours."""
        if url not in self._kept:
            self._kept[url] = Fetched(url, "application/json", self._body(url))
        return self._kept[url]

    def resolve(self, did: str) -> _OwnKeys:
        """Return the keys of our own identifier document, read once."""
        if did not in self._resolved:
            self._resolved[did] = _OwnKeys(dids.resolve(did, fetcher=self, now=self._office.clock()))
        return self._resolved[did]

    def is_set(self, entry: Mapping[str, str]) -> bool:
        """Say whether the published list has the bit of a status entry set. The list itself is not judged here."""
        url = entry["statusListCredential"]
        if url not in self._lists:
            published = json.loads(self.fetch(url, accept=(), max_bytes=0).body)
            self._lists[url] = Bitstring.from_encoded(published["credentialSubject"]["encodedList"])
        return bool(self._lists[url][int(entry["statusListIndex"])])

    def digest(self, document: Mapping[str, Any]) -> bytes:
        """Return what changes when anything does that a verifier would fetch from us to check `document`."""
        named = (document["issuer"]["id"], *(entry["statusListCredential"] for entry in document["credentialStatus"]))
        if named not in self._digests:
            did, *lists = named
            bodies = [self.fetch(url, accept=(), max_bytes=0).body for url in (dids.document_url(did), *lists)]
            self._digests[named] = hashlib.sha256(b"\n".join(bodies)).digest()
        return self._digests[named]

    def _body(self, url: str) -> bytes:
        parts = urlsplit(url)
        segments = parts.path.strip("/").split("/")
        if parts.netloc != self._host:
            raise FetchRefused(url, "not an address of this service")
        match segments:
            case ["o", slug, "did.json"]:
                return self._did_document(url, slug)
            case ["o", slug, "did.jsonl"]:
                return self._did_log(url, slug)
            case ["o", slug, "status", list_id]:
                return publishing.in_force(self._office, slug, list_id).body
            case _:
                raise FetchRefused(url, "nothing that a check of our own needs")

    def _did_document(self, url: str, slug: str) -> bytes:
        if slug in self._did_documents:
            return json.dumps(self._did_documents[slug]).encode()
        with self._office.database.reading() as session:
            try:
                organisation = organisations.by_slug(session, slug)
            except NotFound as error:
                raise FetchRefused(url, "no such organisation") from error
            return json.dumps(organisations.web_document(self._office, session, organisation)).encode()

    def _did_log(self, url: str, slug: str) -> bytes:
        with self._office.database.reading() as session:
            try:
                return log(session, organisations.by_slug(session, slug))
            except NotFound as error:
                raise FetchRefused(url, "no such organisation") from error


class _OwnKeys:
    """The keys of an identifier document of ours, for signatures that we just made (`keys.second_opinion`)."""

    def __init__(self, document: DidDocument) -> None:
        self._document = document
        self._known: dict[tuple[str, str], VerificationMethod] = {}

    def verification_method(self, url: str, *, purpose: str) -> VerificationMethod:
        """The key at `url`. Raises as `DidDocument.verification_method`."""
        if (url, purpose) not in self._known:
            method = self._document.verification_method(url, purpose=purpose)
            key = SecondOpinion(method.public_key.type, method.public_key.raw)
            self._known[url, purpose] = replace(method, public_key=key)
        return self._known[url, purpose]
