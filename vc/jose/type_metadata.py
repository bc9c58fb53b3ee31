"""Type metadata of SD-JWT VC (draft-ietf-oauth-sd-jwt-vc-24, section 4): what a `vct` means, for wallets and pages.

Verification does not need it and does not fetch it. Whoever shows a credential asks `type_metadata`, which follows
`extends` a few steps, refuses circles, and holds every document to the digest that is stated for it.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from keys import dids
from keys.dids import https_identifier
from keys.fetching import Fetcher, FetchError
from vc import strict_json
from vc.credential import entries
from vc.errors import MalformedValueError, ParsingError

MAX_EXTENDS = 4
_LARGEST = 256 * 1024
_HASHES = {"sha256": hashlib.sha256, "sha384": hashlib.sha384, "sha512": hashlib.sha512}
_SD = frozenset({"always", "allowed", "never"})


class TypeNotKnown(Exception):
    """The metadata could not be had. The credential may be good all the same."""


@dataclass(frozen=True)
class ClaimRule:
    """What the type says about one claim. `path`: names, positions, or None for every element."""

    path: tuple[str | int | None, ...]
    sd: str
    mandatory: bool
    display: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True)
class TypeMetadata:
    """A type with everything it extends: the nearest word about a claim counts."""

    vct: str
    lineage: tuple[str, ...]
    names: Mapping[str, str]
    claims: tuple[ClaimRule, ...]

    def check(self, claims: Mapping[str, Any]) -> None:
        """Raises `MalformedValueError` where `claims`, as disclosed, lack one that the type makes mandatory and that
        cannot have been withheld."""
        for rule in self.claims:
            if rule.mandatory and rule.sd == "never" and not _stands(claims, rule.path):
                raise MalformedValueError(f"the type asks for the claim {'/'.join(map(str, rule.path))}")


def type_metadata(vct: str, *, integrity: str | None, fetcher: Fetcher) -> TypeMetadata:
    """The metadata of `vct`, an https address, and of what it extends.

    `integrity`: the credential's `vct#integrity`, None where it states none. Raises `TypeNotKnown`, or
    `MalformedValueError` for a document that is not what it should be: another type's, another digest, a circle, more
    than `MAX_EXTENDS` steps.
    """
    documents = _lineage(vct, integrity, fetcher)
    claims: dict[tuple[Any, ...], ClaimRule] = {}
    names: dict[str, str] = {}
    for document in reversed(documents):  # from the most general, so that the nearest word stays
        for item in entries(document.get("claims")):
            rule = _rule(item)
            general = claims.get(rule.path)
            if general is not None and general.sd != "allowed" and rule.sd != general.sd:
                raise MalformedValueError("a type may not loosen what it extends", path="/claims")
            claims[rule.path] = rule
        for display in entries(document.get("display")):
            if isinstance(display, dict) and isinstance(display.get("locale"), str):
                names[display["locale"]] = str(display.get("name", ""))[:200]
    return TypeMetadata(vct, tuple(document["vct"] for document in documents), names, tuple(claims.values()))


def _lineage(vct: str, integrity: str | None, fetcher: Fetcher) -> Sequence[Mapping[str, Any]]:
    documents: list[Mapping[str, Any]] = []
    seen: set[str] = set()
    next_type: Any = vct
    while next_type is not None:
        if not isinstance(next_type, str) or next_type in seen:
            raise MalformedValueError("the type extends itself, or something that is no type", path="/extends")
        if len(seen) > MAX_EXTENDS:
            raise MalformedValueError(f"the type extends others over more than {MAX_EXTENDS} steps", path="/extends")
        seen.add(next_type)
        document = _document(next_type, integrity, fetcher)
        documents.append(document)
        next_type, integrity = document.get("extends"), document.get("extends#integrity")
    return documents


def _document(vct: str, integrity: Any, fetcher: Fetcher) -> Mapping[str, Any]:
    try:
        https_identifier.check(vct)
        body = fetcher.fetch(vct, accept=("application/json",), max_bytes=_LARGEST).body
    except dids.InvalidDid as error:
        raise TypeNotKnown(f"{vct[:200]}: {error.reason}") from error
    except FetchError as error:
        raise TypeNotKnown(f"{vct[:200]}: {error.reason}") from error
    if integrity is not None and not _fits(body, integrity):
        raise MalformedValueError("the type's document is not the one whose digest is stated", path="/vct#integrity")
    try:
        document = strict_json.parse_object(body)
    except ParsingError as error:
        raise MalformedValueError(f"the type's document cannot be read: {error.detail}", path="/vct") from error
    if document.get("vct") != vct:
        raise MalformedValueError("the type's document speaks about another type", path="/vct")
    return document


def _fits(body: bytes, integrity: Any) -> bool:
    """Subresource Integrity: one of the stated digests, of the strongest kind that is stated."""
    stated = integrity.split() if isinstance(integrity, str) else []
    for name in sorted(_HASHES, reverse=True):
        of_kind = [text for text in stated if text.startswith(f"{name}-")]
        if of_kind:
            return f"{name}-{base64.b64encode(_HASHES[name](body).digest()).decode()}" in of_kind
    return False


def _rule(item: Any) -> ClaimRule:
    path = item.get("path") if isinstance(item, dict) else None
    if not isinstance(path, list) or not path or not all(_is_step(step) for step in path):
        raise MalformedValueError("a claim of the type has no path", path="/claims")
    sd, mandatory = item.get("sd", "allowed"), item.get("mandatory", False)
    if not isinstance(sd, str) or sd not in _SD or not isinstance(mandatory, bool):
        raise MalformedValueError("sd or mandatory of a claim of the type is malformed", path="/claims")
    display = tuple(one for one in entries(item.get("display")) if isinstance(one, dict))
    return ClaimRule(tuple(path), sd, mandatory, display)


def _is_step(step: Any) -> bool:
    return step is None or isinstance(step, str) or (isinstance(step, int) and not isinstance(step, bool) and step >= 0)


def _stands(value: Any, path: Sequence[str | int | None]) -> bool:
    if not path:
        return True
    step, rest = path[0], path[1:]
    if isinstance(step, str):
        return isinstance(value, Mapping) and step in value and _stands(value[step], rest)
    if not isinstance(value, list):
        return False
    if step is None:
        return all(_stands(item, rest) for item in value)
    return step < len(value) and _stands(value[step], rest)
