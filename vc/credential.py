"""The shape of a verifiable credential: every rule of VCDM 2.0 that needs no key, no network and no clock.

`check` is used on both sides: by the issuer before it signs, by the verifier before it looks at the proof. The
original document is kept as it came, members unknown to us included. VCDM 1.1 is read too (its dates have other
names, its first context another address); nothing here issues it.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import contexts
from contexts import Profile
from keys import multibase
from vc import times
from vc.errors import LimitExceeded, MalformedValueError, UnknownContextError
from vc.limits import DEFAULT, Limits
from vc.vocabulary import (
    InlineContexts,
    Vocabulary,
    check_context,
    check_keywords,
    check_language_value,
    is_url,
    refuse_own_prefixes,
    spelt_out,
)

Version = Literal["2.0", "1.1"]

_DATES: Mapping[Version, tuple[str, str]] = {
    "2.0": ("validFrom", "validUntil"),
    "1.1": ("issuanceDate", "expirationDate"),
}
_TYPED = ("credentialStatus", "termsOfUse", "evidence", "refreshService", "credentialSchema")
_SRI = re.compile(r"(?P<algorithm>sha256|sha384|sha512)-(?P<digest>[A-Za-z0-9+/]{1,88}={0,2})\Z")
_SIZES = {"sha256": 32, "sha384": 48, "sha512": 64}
_MULTIHASH = {b"\x12\x20": 32, b"\x20\x30": 48, b"\x13\x40": 64}


@dataclass(frozen=True)
class Credential:
    """A credential of good shape. Nothing about it is verified; having one proves no signature."""

    document: Mapping[str, Any]
    version: Version
    id: str | None
    types: tuple[str, ...]
    issuer: str
    subjects: tuple[Mapping[str, Any], ...]
    valid_from: datetime | None
    valid_until: datetime | None
    status: tuple[Mapping[str, Any], ...]
    contexts: tuple[str, ...]
    inline_terms: tuple[str, ...]

    @property
    def subject_ids(self) -> tuple[str | None, ...]:
        """The `id` of each subject, None for a subject without one."""
        return tuple(subject.get("id") for subject in self.subjects)


def check(
    document: Mapping[str, Any],
    *,
    inline_contexts: InlineContexts = "report",
    profile: Profile = Profile.STANDARD,
    limits: Limits = DEFAULT,
    superseded_digests: bool = False,
) -> Credential:
    """Check the shape of `document`. Raises `MalformedValueError` (or its `UnknownContextError`, `LimitExceeded`).

    A time without zone is refused: when it begins or ends would be a guess (dateTimeStamp, VCDM 2.0, section 4.9).
    `superseded_digests`: a related resource may also be one that was published at its address before.
    Not checked here: that each word has a meaning (found on canonicalisation), the proof, the dates against a clock.
    """
    vocabulary = base_vocabulary(document.get("@context"), inline_contexts, profile, limits)
    refuse_own_prefixes(document, vocabulary)
    version: Version = "2.0" if vocabulary.urls[0] == contexts.CREDENTIALS_V2 else "1.1"
    check_keywords(
        document,
        check_embedded=lambda value, path: base_vocabulary(value, inline_contexts, profile, limits, path=path),
    )
    _check_optional_id(document, "")
    types = type_names(document.get("type"), "/type")
    if "VerifiableCredential" not in types:
        raise MalformedValueError("must contain VerifiableCredential", path="/type")
    if "VerifiablePresentation" in types:
        raise MalformedValueError("a document is a credential or a presentation, not both", path="/type")
    issuer = _issuer(document.get("issuer"))
    subjects = _subjects(document.get("credentialSubject"))
    dates = _validity(document, version)
    for name in _TYPED:
        _check_typed(document, name)
    _check_texts(document)
    _check_related_resources(document, superseded=superseded_digests)
    status = tuple(entries(document.get("credentialStatus")))
    if len(status) > limits.status_entries:
        raise LimitExceeded("status entries", limit=limits.status_entries, path="/credentialStatus")
    valid_from, valid_until = dates
    return Credential(
        document=document,
        version=version,
        id=document.get("id"),
        types=types,
        issuer=issuer,
        subjects=subjects,
        valid_from=valid_from,
        valid_until=valid_until,
        status=status,
        contexts=vocabulary.urls,
        inline_terms=vocabulary.inline_terms,
    )


def base_vocabulary(
    value: Any, inline: InlineContexts, profile: Profile, limits: Limits, *, path: str = "/@context"
) -> Vocabulary:
    """The `@context` of a credential or presentation: it begins with that of VCDM 2.0 or 1.1."""
    return check_context(
        value,
        first=(contexts.CREDENTIALS_V2, contexts.CREDENTIALS_V1),
        inline=inline,
        profile=profile,
        limits=limits,
        path=path,
    )


def entries(value: Any) -> list[Any]:
    """A member that may hold one value or several, as a list."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def texts_in(value: Any) -> list[str]:
    """The texts of a member, by themselves or as value objects: to RDF both are the same (threat V-TAM-1)."""
    found = (item.get("@value") if isinstance(item, dict) else item for item in entries(value))
    return [text for text in found if isinstance(text, str)]


def type_names(value: Any, path: str) -> tuple[str, ...]:
    """`type`: one string or several. Raises `MalformedValueError`."""
    names = entries(value)
    if not names or not all(isinstance(name, str) and name for name in names):
        raise MalformedValueError("must be one or more strings", path=path)
    if any(":" in name and spelt_out(name) for name in names):
        raise MalformedValueError("a type that has a word in a context is named by it, not by its address", path=path)
    return tuple(names)


def _check_optional_id(thing: Mapping[str, Any], path: str) -> None:
    if "id" in thing and not is_url(thing["id"]):
        raise MalformedValueError("must be one absolute URL", path=f"{path}/id")


def issuer_of(document: Mapping[str, Any]) -> Any:
    """The identifier of the issuer as it stands, whatever it is; `check` says whether it may be one."""
    issuer = document.get("issuer")
    return issuer.get("id") if isinstance(issuer, dict) else issuer


def _issuer(value: Any) -> str:
    if isinstance(value, dict):
        identifier, path = value.get("id"), "/issuer/id"
    else:
        identifier, path = value, "/issuer"
    if not is_url(identifier):
        raise MalformedValueError("must be a URL, or an object with a URL as id", path=path)
    assert isinstance(identifier, str)  # noqa: S101 - is_url said so
    return identifier


def _subjects(value: Any) -> tuple[Mapping[str, Any], ...]:
    subjects = entries(value)
    if not subjects:
        raise MalformedValueError("is missing or empty", path="/credentialSubject")
    for index, subject in enumerate(subjects):
        path = f"/credentialSubject/{index}" if isinstance(value, list) else "/credentialSubject"
        if not isinstance(subject, dict) or not subject:
            raise MalformedValueError("must be an object that says something", path=path)
        _check_optional_id(subject, path)
    return tuple(subjects)


def _validity(document: Mapping[str, Any], version: Version) -> tuple[datetime | None, datetime | None]:
    other: Version = "1.1" if version == "2.0" else "2.0"
    for name in _DATES[other]:
        if name in document:
            raise MalformedValueError(f"{name} does not belong in a version {version} credential", path=f"/{name}")
    if version == "1.1" and "issuanceDate" not in document:
        raise MalformedValueError("is missing", path="/issuanceDate")
    start, end = (
        times.parse(document[name], path=f"/{name}", zone_required=True) if name in document else None
        for name in _DATES[version]
    )
    if start and end and start > end:
        raise MalformedValueError(f"lies before {_DATES[version][0]}", path=f"/{_DATES[version][1]}")
    return start, end


def _check_typed(document: Mapping[str, Any], name: str) -> None:
    """Each of these members, single or in an array, is an object with `type` (VCDM 2.0, section 4)."""
    if name not in document:
        return
    things = entries(document[name])
    if not things:
        raise MalformedValueError("is empty", path=f"/{name}")
    for index, thing in enumerate(things):
        path = f"/{name}/{index}" if isinstance(document[name], list) else f"/{name}"
        if not isinstance(thing, dict):
            raise MalformedValueError("must be an object", path=path)
        type_names(thing.get("type"), f"{path}/type")
        _check_optional_id(thing, path)
        if name == "credentialSchema" and "id" not in thing:
            raise MalformedValueError("a schema needs an id", path=path)


def _check_texts(document: Mapping[str, Any]) -> None:
    issuer = document["issuer"]
    for holder, path in ((document, ""), (issuer if isinstance(issuer, dict) else {}, "/issuer")):
        for name in ("name", "description"):
            if name in holder:
                _check_text(holder[name], f"{path}/{name}")


def _check_text(value: Any, path: str) -> None:
    if isinstance(value, str):
        return
    texts = value if isinstance(value, list) else [value]
    if not texts or not all(isinstance(text, dict) for text in texts):
        raise MalformedValueError("must be a text, or texts with their language", path=path)
    for text in texts:
        check_language_value(text, path)


# --- related resources (VCDM 2.0, section 5.3) ----------------------------------------------------


def _check_related_resources(document: Mapping[str, Any], *, superseded: bool) -> None:
    if "relatedResource" not in document:
        return
    resources = entries(document["relatedResource"])
    seen: set[str] = set()
    for index, resource in enumerate(resources):
        path = f"/relatedResource/{index}"
        if not isinstance(resource, dict) or not is_url(resource.get("id")):
            raise MalformedValueError("must be an object with a URL as id", path=path)
        if resource["id"] in seen:
            raise MalformedValueError("the same resource is listed twice", path=path)
        seen.add(resource["id"])
        stated = list(_stated_digests(resource, path))
        if not stated:
            raise MalformedValueError("needs digestSRI or digestMultibase", path=path)
        _compare_with_bundle(resource["id"], stated, path, superseded=superseded)


def _stated_digests(resource: Mapping[str, Any], path: str) -> Iterator[bytes]:
    readers: Sequence[tuple[str, Callable[[str], bytes | None]]] = (
        ("digestSRI", _sri),
        ("digestMultibase", multibase_digest),
    )
    for member, read in readers:
        for text in entries(resource.get(member)):
            digest = read(text) if isinstance(text, str) and len(text) < 200 else None
            if digest is None:
                raise MalformedValueError("not a digest", path=f"{path}/{member}")
            yield digest


def _sri(text: str) -> bytes | None:
    match = _SRI.match(text)
    if match is None:
        return None
    try:
        digest = base64.b64decode(match["digest"], validate=True)
    except binascii.Error:
        return None
    return digest if len(digest) == _SIZES[match["algorithm"]] else None


def multibase_digest(text: str) -> bytes | None:
    """The digest inside a `digestMultibase`: a multihash, or (as older documents have it) bare 32 bytes."""
    try:
        raw = multibase.decode(text)
    except multibase.InvalidEncoding:
        return None
    if len(raw) == 32:
        return raw
    return raw[2:] if _MULTIHASH.get(raw[:2]) == len(raw) - 2 else None


def _compare_with_bundle(url: str, stated: Sequence[bytes], path: str, *, superseded: bool) -> None:
    """A resource that we carry must be the one that is meant; of others only the form is checked."""
    try:
        published = contexts.related_resource_digests(url, superseded=superseded)
    except contexts.UnknownContext:
        return
    for digest in stated:
        if len(digest) != 64 and digest.hex() not in published:
            raise MalformedValueError(f"the digest is not that of {url}", path=path)


__all__ = ["Credential", "UnknownContextError", "check", "entries", "multibase_digest", "type_names"]
