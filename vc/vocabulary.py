"""Which words a document may use: contexts from the bundle, inline terms within limits, no JSON-LD keywords.

JSON-LD lets a document change what its own words mean. Here it may not: a context is either in the bundle, by
exact address (and then its bytes are pinned), or an inline object that only *adds* terms. Contexts further in (but
for embedded credentials), `@vocab`, `@base`, `@import`, `@propagate` and keywords beside their aliases (`@id` beside
`id`) are refused before anything is expanded (threats V-LD-2, V-LD-3). That an inline object does not redefine a
protected term, and that every word has a meaning, is found on expansion (`vc.canonical.rdfc`).

A signature over RDF does not cover the inline object. So it may not give a second word to what the bundle's contexts
have a word for, or whoever hides `validUntil` behind one keeps the seal and loses the end; nor a prefix that an
identifier in the document is written with.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

import contexts
from contexts import Profile
from vc.errors import InlineContextError, LimitExceeded, MalformedValueError, UnknownContextError
from vc.limits import Limits

InlineContexts = Literal["refuse", "report", "report-any-word"]
"""Whether inline objects are read. The last also reads `@vocab`, which gives every misspelt or injected word a meaning,
and an object inside an `@context` of its own, which JSON-LD 1.1 (API, section 4.1.2) does not have and libraries do."""

_DEEPEST_SCOPE = 4
_CONTEXT_KEYWORDS = frozenset({"@version", "@protected", "@language"})
_TERM_KEYWORDS = frozenset({"@id", "@type", "@container", "@language", "@protected", "@context", "@prefix"})
_TERM_TYPES = frozenset({"@id", "@vocab", "@json", "@none"})
_CONTAINERS = frozenset({"@set", "@list", "@language"})
_LANGUAGE_VALUE = frozenset({"@value", "@language", "@direction"})
_LANGUAGE_TAG = re.compile(r"[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8}){0,8}\Z")
# What RFC 3987 and N-Quads forbid inside an IRI is forbidden here.
_ABSOLUTE = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]{0,63}):(?P<rest>[^\x00-\x20\x7f<>\"{}|\\^`]+)\Z")


def is_url(value: Any) -> bool:
    """Whether `value` is one absolute URL, as the data model asks for identifiers (did:, urn:, https:, …)."""
    match = _ABSOLUTE.match(value) if isinstance(value, str) else None
    if match is None:
        return False
    if match["scheme"].lower() in ("http", "https"):
        authority = match["rest"][2:].split("/", 1)[0]
        return match["rest"].startswith("//") and bool(authority) and not authority.startswith((":", "?", "#"))
    return True


@dataclass(frozen=True)
class Vocabulary:
    """A checked `@context`: its addresses in order, and the terms that inline objects add."""

    urls: tuple[str, ...]
    inline_terms: tuple[str, ...]


def check_context(
    value: Any,
    *,
    first: Sequence[str],
    inline: InlineContexts,
    profile: Profile,
    limits: Limits,
    path: str = "/@context",
) -> Vocabulary:
    """Check an `@context`: an array that begins with one of `first`.

    Raises `MalformedValueError`, `UnknownContextError` (not in the bundle, or not served under `profile`) or
    `LimitExceeded`.
    """
    if not isinstance(value, list):
        raise MalformedValueError("must be an array", path=path)
    if not value or value[0] not in first:
        raise MalformedValueError(f"must begin with {' or '.join(first)}", path=path)
    if len(value) > limits.contexts:
        raise LimitExceeded("contexts", limit=limits.contexts, path=path)
    urls: list[str] = []
    terms: list[tuple[str, str]] = []
    for index, item in enumerate(value):
        here = f"{path}/{index}"
        if isinstance(item, str):
            urls.append(_known(item, profile, here))
        elif isinstance(item, dict):
            if inline == "refuse":
                raise InlineContextError(path=here)
            any_word = inline == "report-any-word"
            terms.extend(_inline_terms(_unwrapped(item) if any_word else item, profile, here, depth=1, vocab=any_word))
        else:
            raise MalformedValueError("must be a URL or an object", path=here)
        if len(terms) > limits.inline_context_terms:
            raise LimitExceeded("inline terms", limit=limits.inline_context_terms, path=here)
    if len(set(urls)) != len(urls):
        raise MalformedValueError("names a context twice", path=path)
    _refuse_second_words(terms, path)
    return Vocabulary(tuple(urls), tuple(term for term, _ in terms))


def _known(url: str, profile: Profile, path: str) -> str:
    if not is_url(url):
        raise MalformedValueError(f"{url[:200]!r} is not an absolute URL", path=path)
    entry = contexts.CATALOGUE.get(url)
    if entry is None or entry.served not in profile.serves:
        raise UnknownContextError(url[:500], path=path)
    return url


def _unwrapped(context: Mapping[str, Any]) -> Mapping[str, Any]:
    inner = context.get("@context")
    return inner if context.keys() == {"@context"} and isinstance(inner, dict) else context


def _inline_terms(
    context: Mapping[str, Any], profile: Profile, path: str, *, depth: int, vocab: bool = False
) -> Iterator[tuple[str, str]]:
    """The terms that `context` adds, each with what it stands for as it is written there."""
    if depth > _DEEPEST_SCOPE:
        raise MalformedValueError("contexts are nested too deeply", path=path)
    for term, definition in context.items():
        here = f"{path}/{term}"
        if term == "@vocab" and vocab:
            _check_iri(definition, here)
            yield term, definition
            continue
        if term.startswith("@"):
            if term not in _CONTEXT_KEYWORDS:
                raise MalformedValueError(f"{term} is not accepted in an inline context", path=here)
            continue
        if isinstance(definition, str):
            _check_iri(definition, here)
            yield term, definition
        elif isinstance(definition, dict):
            _check_iri(definition.get("@id"), here)
            yield term, definition["@id"]
            yield from _check_definition(definition, profile, here, depth)
        else:
            raise MalformedValueError("a term is defined by an IRI or an object", path=here)


def _check_iri(value: Any, path: str) -> None:
    if not isinstance(value, str) or value.startswith("@") or not _ABSOLUTE.match(value):
        raise MalformedValueError("a term must stand for an absolute IRI", path=path)


def _check_definition(
    definition: Mapping[str, Any], profile: Profile, path: str, depth: int
) -> Iterator[tuple[str, str]]:
    """The terms of the contexts inside a definition."""
    unknown = sorted(definition.keys() - _TERM_KEYWORDS)
    if unknown:
        raise MalformedValueError(f"{unknown[0]} is not accepted in a term definition", path=path)
    kind = definition.get("@type")
    if kind is not None and kind not in _TERM_TYPES:
        _check_iri(kind, path)
    container = definition.get("@container")
    wanted = container if isinstance(container, list) else [] if container is None else [container]
    if not all(isinstance(item, str) and item in _CONTAINERS for item in wanted):
        raise MalformedValueError("this container is not accepted in a term definition", path=path)
    if "@context" in definition:
        scoped = definition["@context"]
        for index, item in enumerate(scoped if isinstance(scoped, list) else [scoped]):
            here = f"{path}/@context/{index}"
            if isinstance(item, str):
                _known(item, profile, here)
            elif isinstance(item, dict):
                yield from _inline_terms(item, profile, here, depth=depth + 1)
            else:
                raise MalformedValueError("must be a URL or an object", path=here)


def _refuse_second_words(terms: Sequence[tuple[str, str]], path: str) -> None:
    """Raises `MalformedValueError` where an inline term stands for what the bundle has another word for (V-LD-2)."""
    prefixes = dict(terms)
    if len(prefixes) != len(set(terms)):
        raise MalformedValueError("defines a term in two ways", path=path)
    for term, written in prefixes.items():
        if _is_second_word(term, _whole_address(written, prefixes)):
            raise MalformedValueError(f"{term} is a second word for what has one in a context", path=f"{path}/{term}")


def _is_second_word(term: str, meaning: str) -> bool:
    if term != "@vocab":
        return term not in _words().get(meaning, (term,))
    endings = ((whole.removeprefix(meaning), words) for whole, words in _words().items() if whole.startswith(meaning))
    return any(ending not in words for ending, words in endings)


def _whole_address(written: str, prefixes: Mapping[str, str]) -> str:
    """`written` with every prefix put in place of what it stands for: the document's own, then the bundle's."""
    for _ in range(len(prefixes) + 1):
        prefix, colon, rest = written.partition(":")
        if not colon or rest.startswith("//") or prefix not in prefixes:
            break
        written = prefixes[prefix] + rest
    return _spelt_by_bundle(written)


def refuse_own_prefixes(document: Any, vocabulary: Vocabulary) -> None:
    """Raises `MalformedValueError` where a value is an identifier that begins with a term of an inline context.

    `urn:a:1` may be `urn:b:1` then: to RDF what the prefix makes of it, to whoever compares identifiers what it says.
    """
    if not vocabulary.inline_terms:
        return
    waiting = [value for name, value in document.items() if name != "@context"]
    while waiting:
        value = waiting.pop()
        if isinstance(value, str):
            prefix, colon, rest = value.partition(":")
            if colon and not rest.startswith("//") and prefix in vocabulary.inline_terms and is_url(value):
                raise MalformedValueError(f"{value[:100]!r} begins with a word that the document defines itself")
        elif isinstance(value, list):
            waiting.extend(value)
        elif isinstance(value, dict):
            waiting.extend(inner for name, inner in value.items() if name != "@context")


def spelt_out(name: str) -> bool:
    """Whether a type is written as an address, or with a prefix, for which some context of the bundle has a word.

    JSON-LD takes both for the same; whoever looks for the word (`ClrCredential`) would not find it.
    """
    return _spelt_by_bundle(name) in _words()


def _spelt_by_bundle(name: str) -> str:
    prefix, _, rest = name.partition(":")
    return name if rest.startswith("//") else _addresses().get(prefix, f"{prefix}:") + rest


@cache
def _addresses() -> Mapping[str, str]:
    """The words of the bundle's contexts, and what they stand for as it is written there."""
    return {
        term: meaning
        for term, definition in contexts.definitions()
        if isinstance(meaning := definition.get("@id") if isinstance(definition, dict) else definition, str)
    }


@cache
def _words() -> Mapping[str, frozenset[str]]:
    """The addresses that words of the bundle's contexts stand for, and these words."""
    words: dict[str, set[str]] = defaultdict(set)
    for term, definition in contexts.definitions():
        meaning = definition.get("@id") if isinstance(definition, dict) else definition
        if isinstance(meaning, str) and ":" in meaning:
            words[_spelt_by_bundle(meaning)].add(term)
    return {meaning: frozenset(alike) for meaning, alike in words.items()}


@cache
def _second_words() -> frozenset[str]:
    """The names of types that stand for the same address as a member: `Achievement` beside `achievement`."""
    alike = (words for words in _words().values() if len(words) > 1)
    return frozenset(term for words in alike for term in words if term[0].isupper())


def check_keywords(
    document: Mapping[str, Any],
    *,
    check_embedded: Callable[[Any, str], object],
    elsewhere: Sequence[str] = (),
) -> None:
    """Refuse JSON-LD keywords as member names, except the top `@context` and language values.

    A credential inside the document (an endorsement, a part of a learning record) is a document of its own and has
    its own `@context`, which `check_embedded` checks. `elsewhere`: top-level members that are checked where they
    are read (`verifiableCredential` in a presentation), as `proof` always is.
    """
    for name, value in document.items():
        if name in elsewhere or name in ("@context", "proof"):
            continue
        _refuse_keyword(name, f"/{name}")
        _check_members(value, f"/{name}", check_embedded)


def _check_members(value: Any, path: str, check_embedded: Callable[[Any, str], object]) -> None:
    if isinstance(value, list):
        for index, item in enumerate(value):
            if isinstance(item, (dict, list)):
                _check_members(item, f"{path}/{index}", check_embedded)
    elif isinstance(value, dict):
        if "@value" in value:
            check_language_value(value, path)
            return
        kinds = _listed(value.get("type"))
        envelope = "EnvelopedVerifiableCredential" in kinds  # whoever opens it sees to the context that it may have
        own = "@context" in value and (envelope or "VerifiableCredential" in kinds)
        for name, item in value.items():
            if own and name == "@context":
                if not envelope:
                    check_embedded(item, f"{path}/@context")
            elif not (own and name == "proof"):
                _refuse_keyword(name, path)
                if isinstance(item, (dict, list)):
                    _check_members(item, f"{path}/{name}", check_embedded)


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _refuse_keyword(name: str, path: str) -> None:
    """Members have plain names. `https://…#credentialStatus` would mean the status to JSON-LD, and nothing to us."""
    if name.startswith("@"):
        raise MalformedValueError(f"the keyword {name[:40]} is not accepted as a member", path=path)
    if ":" in name:
        raise MalformedValueError(f"a member is named by a word, not by the address {name[:100]!r}", path=path)
    if name in _second_words():
        raise MalformedValueError(f"{name} is the name of a type, and to JSON-LD another word for a member", path=path)


def check_language_value(value: Mapping[str, Any], path: str) -> None:
    """A language value object: `@value` text, and only `@language`, `@direction` beside it (VCDM 2.0, 11.1)."""
    if not isinstance(value.get("@value"), str) or not value.keys() <= _LANGUAGE_VALUE:
        raise MalformedValueError("not a text with a language", path=path)
    language, direction = value.get("@language"), value.get("@direction")
    if "@language" in value and not (isinstance(language, str) and _LANGUAGE_TAG.match(language)):
        raise MalformedValueError("not a language tag", path=f"{path}/@language")
    if "@direction" in value and direction not in ("ltr", "rtl"):
        raise MalformedValueError("neither ltr nor rtl", path=f"{path}/@direction")
