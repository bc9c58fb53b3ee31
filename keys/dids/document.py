"""Identifier documents (Controlled Identifiers 1.0): read strictly, and written.

Reading: `DidDocument.of` checks the whole shape; a single key is opened, with every check of `PublicKey`,
when `verification_method` asks for it. Dates of a key are handed over, not judged: what they mean depends on
when a proof was made.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from types import MappingProxyType
from typing import Any

from contexts import DID_V1, MULTIKEY_V1
from keys import timestamps
from keys.dids.errors import DidDeactivated, InvalidDidDocument, InvalidRelationship, InvalidVerificationMethod
from keys.dids.syntax import split_did, split_key_address
from keys.errors import InvalidKey
from keys.model import KeyType, PublicKey

RELATIONSHIPS = (
    "authentication",
    "assertionMethod",
    "keyAgreement",
    "capabilityInvocation",
    "capabilityDelegation",
)
SIGNING_RELATIONSHIPS = (
    "authentication",
    "assertionMethod",
    "capabilityInvocation",
    "capabilityDelegation",
)

MAX_METHODS = 200
"""Most verification methods, embedded ones included, that a document may have."""

_PUBLIC_MEMBERS = ("publicKeyMultibase", "publicKeyJwk")
_KEY_MEMBER_OF_TYPE: Mapping[str, str] = {
    "Multikey": "publicKeyMultibase",
    "Ed25519VerificationKey2020": "publicKeyMultibase",
    "JsonWebKey": "publicKeyJwk",
    "JsonWebKey2020": "publicKeyJwk",
}
_SECRET_MEMBERS = frozenset(
    {"secretKeyMultibase", "secretKeyJwk", "privateKeyMultibase", "privateKeyJwk", "privateKeyBase58"}
)


@dataclass(frozen=True)
class VerificationMethod:
    """A key that a document publishes for a purpose.

    `expires` and `revoked` are for the caller to compare with the time a proof was made.
    """

    id: str
    controller: str
    public_key: PublicKey
    expires: datetime | None = None
    revoked: datetime | None = None


@dataclass(frozen=True)
class Service:
    """Something the subject of a document offers. `endpoint` is a URL, an object, or a list of them."""

    id: str
    types: tuple[str, ...]
    endpoint: Any

    @property
    def urls(self) -> tuple[str, ...]:
        """The endpoints that are plain URLs."""
        endpoints = self.endpoint if isinstance(self.endpoint, list) else [self.endpoint]
        return tuple(url for url in endpoints if isinstance(url, str))


@dataclass(frozen=True)
class DidDocument:
    """An identifier document whose shape was checked. Made by `DidDocument.of` or `keys.dids.resolve`."""

    id: str
    document: Mapping[str, Any]
    _methods: Mapping[str, Mapping[str, Any]]
    _purposes: Mapping[str, frozenset[str]]
    _opened: dict[str, VerificationMethod] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def of(cls, did: str, document: Any) -> DidDocument:
        """`document` as the document of `did`. Raises `InvalidDidDocument`.

        The `id` must equal `did` byte for byte. Ids of methods may be relative to it; no id may occur twice.
        """
        if not isinstance(document, dict):
            raise InvalidDidDocument(did, "an identifier document is an object")
        if document.get("id") != did:
            raise InvalidDidDocument(did, "the document carries another id")
        if document.get("deactivated", False) is not False:
            raise DidDeactivated(did, "the identifier was deactivated")
        methods, purposes = _Reader(did, document).read()
        return cls(did, MappingProxyType(document), MappingProxyType(methods), MappingProxyType(purposes))

    @cached_property
    def spelled_out(self) -> str:
        """A text that is the same for equal documents only."""
        return repr(self.document)

    def verification_method(self, url: str, *, purpose: str) -> VerificationMethod:
        """The key at `url`, which this document must list under the relationship `purpose`.

        Raises `InvalidVerificationMethod` (no such key, or not a sound one) or `InvalidRelationship`.
        """
        opened = self._opened.get(url) if isinstance(url, str) else None
        if opened is None:
            did, _ = split_key_address(url)
            if did != self.id:
                raise InvalidVerificationMethod(url, "belongs to another identifier than this document")
            if url not in self._methods:
                raise InvalidVerificationMethod(url, "the document has no such verification method")
        if purpose not in RELATIONSHIPS or url not in self._purposes[purpose]:
            raise InvalidRelationship(url, f"not published for the purpose {purpose[:60]!a}")
        if opened is None:
            opened = self._opened[url] = _open(self.id, url, self._methods[url])
        return opened

    def published_jwks(self, *, purpose: str) -> dict[str, Mapping[str, Any]]:
        """The `publicKeyJwk` of each key for `purpose` by its address, as it stands: of key types that we do not have
        too (RSA, which is only ever read). Keys with an end date are left out: nothing dated is decided about them.

        Whoever uses one checks it.
        """
        found: dict[str, Mapping[str, Any]] = {}
        for url in self._purposes.get(purpose, ()):
            method = self._methods.get(url, {})
            jwk = method.get("publicKeyJwk")
            ended = "revoked" in method or "expires" in method
            if isinstance(jwk, dict) and method.get("controller") == self.id and not ended:
                found[url] = jwk
        return found

    def verification_methods(self, *, purpose: str) -> tuple[VerificationMethod, ...]:
        """All keys of this document for `purpose` that are sound and of a type we know."""
        found = []
        for url in self._purposes.get(purpose, ()):
            try:
                found.append(self.verification_method(url, purpose=purpose))
            except InvalidVerificationMethod:
                continue  # a key of a type that we do not know is no key for us
        return tuple(sorted(found, key=lambda method: method.id))

    def services(self, service_type: str | None = None) -> tuple[Service, ...]:
        """The services, or those of one type, in the document's order."""
        return tuple(
            service
            for service in _services(self.id, self.document)
            if service_type is None or service_type in service.types
        )


class _Reader:
    """One pass over the methods and relationships of a document."""

    def __init__(self, did: str, document: Mapping[str, Any]) -> None:
        self._did = did
        self._document = document
        self._methods: dict[str, Mapping[str, Any]] = {}

    def read(self) -> tuple[dict[str, Mapping[str, Any]], dict[str, frozenset[str]]]:
        for method in _list(self._did, self._document, "verificationMethod"):
            self._add(method, "verificationMethod")
        purposes = {name: frozenset(self._relationship(name)) for name in RELATIONSHIPS}
        _services(self._did, self._document)
        return self._methods, purposes

    def _relationship(self, name: str) -> Iterator[str]:
        seen = set()
        for item in _list(self._did, self._document, name):
            url = self._absolute(item) if isinstance(item, str) else self._add(item, name)
            if url in seen:
                raise InvalidDidDocument(self._did, f"{name} lists a verification method twice")
            seen.add(url)
            yield url

    def _add(self, method: Any, where: str) -> str:
        if not isinstance(method, dict):
            raise InvalidDidDocument(self._did, f"{where} holds something that is no verification method")
        url = self._absolute(method.get("id"))
        if url in self._methods:
            raise InvalidDidDocument(self._did, f"two verification methods have the id {url[:200]!a}")
        if len(self._methods) >= MAX_METHODS:
            raise InvalidDidDocument(self._did, f"more than {MAX_METHODS} verification methods")
        self._methods[url] = method
        return url

    def _absolute(self, url: Any) -> str:
        if not isinstance(url, str) or not url:
            raise InvalidDidDocument(self._did, "a verification method without id")
        return self._did + url if url.startswith("#") else url


def _list(did: str, document: Mapping[str, Any], name: str) -> list[Any]:
    items = document.get(name, [])
    if not isinstance(items, list) or len(items) > MAX_METHODS:
        raise InvalidDidDocument(did, f"{name} is not a list of at most {MAX_METHODS}")
    return items


def _open(did: str, url: str, method: Mapping[str, Any]) -> VerificationMethod:
    """Check one verification method to the end (Controlled Identifiers 1.0, section 3.3)."""
    if method.get("controller") != did:
        raise InvalidVerificationMethod(url, "controlled by another than the identifier")
    return VerificationMethod(
        id=url,
        controller=did,
        public_key=_public_key(url, method),
        expires=_date(url, method, "expires"),
        revoked=_date(url, method, "revoked"),
    )


def _public_key(url: str, method: Mapping[str, Any]) -> PublicKey:
    kind = method.get("type")
    member = _KEY_MEMBER_OF_TYPE.get(kind) if isinstance(kind, str) else None
    if member is None:
        raise InvalidVerificationMethod(url, "a verification method of unknown type")
    if not _SECRET_MEMBERS.isdisjoint(method):
        raise InvalidVerificationMethod(url, "a private key in a public document")
    if [name for name in _PUBLIC_MEMBERS if name in method] != [member]:
        raise InvalidVerificationMethod(url, f"a {kind} has {member} and no other key")
    read = PublicKey.from_multikey if member == "publicKeyMultibase" else PublicKey.from_jwk
    try:
        key = read(method[member])
    except InvalidKey as error:
        raise InvalidVerificationMethod(url, error.reason) from error
    if kind == "Ed25519VerificationKey2020" and key.type is not KeyType.ED25519:
        raise InvalidVerificationMethod(url, f"a key of type {key.type.value} in a {kind}")
    return key


def _date(url: str, method: Mapping[str, Any], name: str) -> datetime | None:
    if name not in method:
        return None
    try:
        return timestamps.parse(method[name])
    except timestamps.InvalidTimestamp as error:
        raise InvalidVerificationMethod(url, f"{name}: {error}") from None


def _services(did: str, document: Mapping[str, Any]) -> list[Service]:
    services = [_service(did, item) for item in _list(did, document, "service")]
    if len({service.id for service in services}) != len(services):
        raise InvalidDidDocument(did, "two services have the same id")
    return services


def _service(did: str, item: Any) -> Service:
    if not isinstance(item, dict):
        raise InvalidDidDocument(did, "a service is an object")
    url, types, endpoint = item.get("id"), item.get("type"), item.get("serviceEndpoint")
    types = [types] if isinstance(types, str) else types
    if not isinstance(url, str) or not url:
        raise InvalidDidDocument(did, "a service without id")
    if not isinstance(types, list) or not types or not all(isinstance(name, str) for name in types):
        raise InvalidDidDocument(did, "a service without type")
    if not isinstance(endpoint, str | dict | list):
        raise InvalidDidDocument(did, "a service without endpoint")
    return Service(did + url if url.startswith("#") else url, tuple(types), endpoint)


@dataclass(frozen=True)
class PublishedKey:
    """A key as our own documents publish it.

    A key that is no longer used stays listed, with `expires` (it was replaced) or `revoked` (it must not be
    trusted from then on), so that what it signed before still verifies. `purposes=()` takes it out of every
    use. `fragment` defaults to the Multikey text.
    """

    public_key: PublicKey
    fragment: str | None = None
    purposes: tuple[str, ...] = ("authentication", "assertionMethod")
    expires: datetime | None = None
    revoked: datetime | None = None

    def id_under(self, did: str) -> str:
        """The key's address in the document of `did`."""
        return f"{did}#{self.fragment or self.public_key.multikey}"


def build(did: str, *, methods: Sequence[PublishedKey], services: Iterable[Mapping[str, Any]] = ()) -> dict[str, Any]:
    """The document of `did`, with Multikey methods. It is read back before it is returned.

    Services are objects with `id` (absolute or `#name`), `type` and `serviceEndpoint`.
    Raises `InvalidDid`, `InvalidDidDocument`, `InvalidVerificationMethod` or, for a purpose that does not
    exist, `InvalidRelationship`.
    """
    split_did(did)
    document: dict[str, Any] = {
        "@context": [DID_V1, MULTIKEY_V1],
        "id": did,
        "verificationMethod": [_method(did, method) for method in methods],
    }
    for name in RELATIONSHIPS:
        listed = [method.id_under(did) for method in methods if name in method.purposes]
        if listed:
            document[name] = listed
    offered = [dict(service) for service in services]
    if offered:
        document["service"] = [{**service, "id": _under(did, service.get("id"))} for service in offered]
    read_back = DidDocument.of(did, document)
    for method in methods:
        for purpose in method.purposes:
            read_back.verification_method(method.id_under(did), purpose=purpose)
    return document


def _method(did: str, method: PublishedKey) -> dict[str, Any]:
    url = method.id_under(did)
    split_key_address(url)
    entry = {
        "id": url,
        "type": "Multikey",
        "controller": did,
        "publicKeyMultibase": method.public_key.multikey,
    }
    if method.expires is not None:
        entry["expires"] = timestamps.write(method.expires)
    if method.revoked is not None:
        entry["revoked"] = timestamps.write(method.revoked)
    return entry


def _under(did: str, url: Any) -> Any:
    return did + url if isinstance(url, str) and url.startswith("#") else url
