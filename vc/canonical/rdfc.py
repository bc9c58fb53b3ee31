"""A JSON-LD document as canonical N-Quads: the reference path, on PyLD's expansion and our RDFC-1.0.

Three things PyLD would do silently are refused here, because a signature over the result would not cover what
the document shows (`DataLossDetectionError`):

- words without a meaning, relative identifiers and types (dropped on expansion or on the way to RDF);
- members that carry nothing into RDF: null, empty arrays, text direction, blank node labels;
- an identifier described twice, differently, in one credential: RDF merges both descriptions, so a claim taken
  out of one of them would go unnoticed. A reference (`id`, or `id` with its types) beside a description is fine.

`base=None` throughout: PyLD would otherwise resolve relative names against an address of its own.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from queue import LifoQueue
from typing import Any

from cachetools import LRUCache
from pyld import jsonld
from pyld.context_resolver import ContextResolver

import contexts
from contexts import Profile
from vc.canonical.rdfc10 import canonicalize_dataset
from vc.canonical.to_rdf import XSD, escaped, literal, quads
from vc.errors import DataLossDetectionError, MalformedValueError, ProofTransformationError, UnknownContextError

# PyLD silently drops a quad whose IRI holds white space of any script, hence \s on top of RFC 3987's own list.
_IRI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s\x00-\x20\x7f<>\"{}|\\^`]*\Z")
# Language tags are not escaped in N-Quads: anything else in their place could pass for further statements.
_LANGUAGE = re.compile(r"[A-Za-z]+(-[A-Za-z0-9]+)*\Z")
_NUMBER = re.compile(r"-?[0-9]{1,15}(?:\.[0-9]{1,15})?(?:[Ee][+-]?[0-9]{1,3})?\Z")
_AT_A_TIME = 3  # documents of one profile that are expanded at once; each has caches of its own
_CREDENTIAL = "https://www.w3.org/2018/credentials#VerifiableCredential"


def canonicalize(document: Mapping[str, Any], *, hash_name: str = "sha256", profile: Profile = Profile.STANDARD) -> str:
    """The canonical N-Quads of `document`, lines ended by `\\n`, in code point order.

    `hash_name`: "sha256", or "sha384" for P-384 keys (the hash inside RDFC-1.0, not that of the result).
    Raises `DataLossDetectionError`, `UnknownContextError`, `MalformedValueError` (JSON-LD cannot read it), or
    `ProofTransformationError` (beyond the limits on work).
    """
    expanded = expand(document, profile=profile)
    return canonicalize_dataset(quads(expanded), hash_name=hash_name).nquads


def check_data_loss(document: Mapping[str, Any], *, profile: Profile = Profile.STANDARD) -> None:
    """The refusals of `canonicalize` for documents that are secured in another way (JCS, JOSE), which covers text
    direction too."""
    expand(document, profile=profile, any_direction=True)


def check_words(document: Mapping[str, Any], *, profile: Profile = Profile.STANDARD) -> None:
    """Of the refusals of `canonicalize` only that of words without a meaning: members and types that no context
    defines."""
    dropped: list[str] = []
    expanded = _expanded(document, profile, dropped)
    lost = [*dropped, *_meaningless(expanded)]
    if lost:
        raise DataLossDetectionError(lost)


def expand(
    document: Mapping[str, Any], *, profile: Profile = Profile.STANDARD, any_direction: bool = False
) -> list[dict[str, Any]]:
    """The expanded form of `document`, refusing instead of dropping. Raises as `canonicalize`.

    `any_direction`: text direction is not refused; what becomes of it is the caller's part.
    """
    dropped: list[str] = []
    expanded = _expanded(document, profile, dropped)
    any_direction = any_direction or profile is Profile.CONFORMANCE_ANY_DIRECTION
    lost = [
        *dropped,
        *_lost(expanded, any_direction=any_direction),
        *_carrying_nothing(document, _json_literals(expanded)),
    ]
    if lost:
        raise DataLossDetectionError(lost)
    return expanded


# --- expansion ------------------------------------------------------------------------------------


class _Expander:
    """PyLD with our frozen contexts. Its caches are not made for several threads at a time; expansion is linear."""

    def __init__(self, profile: Profile) -> None:
        loader = contexts.document_loader_for(profile)
        static = _always_static(loader)
        self.options = {
            "base": None,
            "documentLoader": static,
            "processingMode": "json-ld-1.1",
            "extractAllScripts": False,
        }
        self.resolved: LRUCache[str, Any] = LRUCache(maxsize=256)

    def expand(self, document: Mapping[str, Any], dropped: list[str]) -> list[dict[str, Any]]:
        def on_dropped(term: Any) -> None:
            dropped.append(str(term))

        resolver = ContextResolver(self.resolved, self.options["documentLoader"])
        processor = jsonld.JsonLdProcessor(on_property_dropped=on_dropped)
        expanded: list[dict[str, Any]] = processor.expand(dict(document), {**self.options, "contextResolver": resolver})
        return expanded


class _Expanders:
    """A few for one profile: a long document keeps one of them busy, and short ones do not wait for it (V-DOS-1).

    Whoever comes next takes the one that was used last, whose caches are warm.
    """

    def __init__(self, profile: Profile) -> None:
        self._idle: LifoQueue[_Expander] = LifoQueue()
        for _ in range(_AT_A_TIME):
            self._idle.put(_Expander(profile))

    def expand(self, document: Mapping[str, Any], dropped: list[str]) -> list[dict[str, Any]]:
        """The expanded form; what has no meaning is added to `dropped`."""
        expander = self._idle.get()
        try:
            return expander.expand(document, dropped)
        finally:
            self._idle.put(expander)


def _always_static(loader: Callable[..., dict[str, Any]]) -> Callable[..., dict[str, Any]]:
    """Each expander has a cache of its own, so what its profile serves may stay in it."""

    def load(url: str, options: Mapping[str, Any]) -> dict[str, Any]:
        return {**loader(url, options), "tag": "static"}

    return load


_EXPANDERS = {profile: _Expanders(profile) for profile in Profile}


def _expanded(document: Mapping[str, Any], profile: Profile, dropped: list[str]) -> list[dict[str, Any]]:
    try:
        return _EXPANDERS[profile].expand(document, dropped)
    except jsonld.JsonLdError as error:
        raise _refusal(error) from error
    except RecursionError as error:
        raise ProofTransformationError("nested too deeply") from error
    except (TypeError, AttributeError, KeyError, ValueError) as error:
        # PyLD takes well-formed JSON-LD for granted in places; what trips it there is a document it cannot read.
        raise MalformedValueError(f"not JSON-LD ({type(error).__name__})") from error


def _refusal(error: BaseException | None) -> MalformedValueError:
    code = "invalid"
    while error is not None:
        if isinstance(error, contexts.UnknownContext):
            return UnknownContextError(error.url[:500])
        code = getattr(error, "code", None) or code
        error = error.__cause__
    return MalformedValueError(f"not JSON-LD: {code}", path="/@context")


# --- data loss ------------------------------------------------------------------------------------


def _lost(expanded: list[dict[str, Any]], *, any_direction: bool) -> list[str]:
    """What of the expanded form does not reach RDF as it stands."""
    lost: list[str] = []
    _walk_graph(expanded, _Scope(any_direction), lost)
    return lost


@dataclass
class _Scope:
    """What has been said about each identifier within one credential, or one graph."""

    any_direction: bool
    descriptions: dict[str, dict[str, Any]] = field(default_factory=dict)
    types: dict[str, list[Any]] = field(default_factory=dict)


def _walk_graph(nodes: Any, around: _Scope, lost: list[str]) -> None:
    _walk(nodes, _Scope(around.any_direction), lost)


def _walk(value: Any, described: _Scope, lost: list[str]) -> None:
    if isinstance(value, list):
        for item in value:
            _walk(item, described, lost)
    elif isinstance(value, dict):
        if "@value" in value:
            _check_literal(value, described, lost)
        elif "@list" in value:
            lost.extend(str(name) for name in value if name != "@list")  # PyLD forgets what stands beside a list
            _walk(value["@list"], described, lost)
        else:
            _check_node(value, described, lost)


def _check_literal(value: dict[str, Any], described: _Scope, lost: list[str]) -> None:
    if "@direction" in value and not described.any_direction:
        lost.append("@direction")
    if "@index" in value:
        lost.append("@index")
    language = value.get("@language")
    if language is not None and not _LANGUAGE.match(language):
        lost.append(f"@language {language[:50]}")
    datatype = value.get("@type")
    if datatype is not None and datatype != "@json" and not _IRI.match(datatype):
        lost.append(datatype)
    content = value["@value"]
    if datatype == f"{XSD}double" and isinstance(content, str) and not _NUMBER.match(content):
        lost.append(f"{content[:50]} (as a number)")  # it would be rounded and respelt like one
    if isinstance(content, float) and datatype != "@json" and not _survives(value):
        lost.append(f"{content!r} (rounded)")  # RDF's doubles keep 16 digits, and JSON's numbers may need 17


def _survives(number: dict[str, Any]) -> bool:
    return bool(float(literal(number).split('"')[1]) == number["@value"])


def _check_node(node: dict[str, Any], described: _Scope, lost: list[str]) -> None:
    if _CREDENTIAL in node.get("@type", ()):  # one inside another speaks for itself, and has a proof of its own
        described = _Scope(described.any_direction)
    for name, value in node.items():
        if name == "@id":
            _check_identifier(node, described, lost)
        elif name == "@type":
            lost.extend(str(kind) for kind in value if not (isinstance(kind, str) and _IRI.match(kind)))
        elif name == "@graph":
            lost.extend(str(item)[:200] for item in value if not _says_something(item))
            _walk_graph(value, described, lost)
        elif name.startswith("@") or not _IRI.match(name):
            lost.append(name)
        else:
            _walk(value, described, lost)


def _says_something(item: dict[str, Any]) -> bool:
    """Whether a member of a graph reaches RDF: a bare name, a value or a list there is forgotten."""
    return not item.keys() <= {"@id"} and "@value" not in item and "@list" not in item


def _check_identifier(node: dict[str, Any], described: _Scope, lost: list[str]) -> None:
    identifier = node["@id"]
    if not isinstance(identifier, str) or not _IRI.match(identifier):
        lost.append(str(identifier))
        return
    same = True
    if "@type" in node:
        same = described.types.setdefault(identifier, node["@type"]) == node["@type"]
    if node.keys() - {"@id", "@type"}:
        same = described.descriptions.setdefault(identifier, node) == node and same
    if not same:
        lost.append(f"{identifier} (described twice, differently)")


def _meaningless(value: Any) -> Iterator[str]:
    """The types that are no IRIs. (Members that are none were dropped on expansion.)"""
    if isinstance(value, list):
        for item in value:
            yield from _meaningless(item)
    elif isinstance(value, dict) and "@value" not in value:
        for name, inner in value.items():
            if name == "@type":
                yield from (str(kind) for kind in inner if not (isinstance(kind, str) and _IRI.match(kind)))
            else:
                yield from _meaningless(inner)


def _json_literals(expanded: Any) -> list[Any]:
    """The values that JSON-LD keeps as JSON, where null and empty arrays are kept too."""
    if isinstance(expanded, list):
        return [kept for item in expanded for kept in _json_literals(item)]
    if not isinstance(expanded, dict):
        return []
    if expanded.get("@type") == "@json" and "@value" in expanded:
        return [expanded["@value"]]
    return [kept for item in expanded.values() for kept in _json_literals(item)]


def _carrying_nothing(value: Any, literals: list[Any], name: str = "") -> Iterator[str]:
    if value is None or value == []:
        yield f"{name} (empty)"
    elif isinstance(value, (dict, list)):
        if literals and any(value == literal for literal in literals):
            return
        for key, item in value.items() if isinstance(value, dict) else ((name, item) for item in value):
            if key != "@context":
                yield from _carrying_nothing(item, literals, key)


__all__ = ["canonicalize", "check_data_loss", "check_words", "escaped", "expand", "quads"]
