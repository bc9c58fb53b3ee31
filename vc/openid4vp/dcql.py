"""The Digital Credentials Query Language (OpenID4VP 1.0 sections 6 and 7) for `ldp_vc` credentials.

One matcher serves both ends: the wallet finds what it could show, the verifier checks again what it was
shown, because a wallet is not trusted with the query.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from pyld import jsonld

import contexts
from vc.openid4vp.errors import ErrorName, Oid4vpError

VERIFIABLE_CREDENTIAL = "https://www.w3.org/2018/credentials#VerifiableCredential"
OPEN_BADGE_CREDENTIAL = "https://purl.imsglobal.org/spec/vc/ob/vocab.html#OpenBadgeCredential"
OPEN_BADGE_TYPES = (VERIFIABLE_CREDENTIAL, OPEN_BADGE_CREDENTIAL)
"""The expanded types of an Open Badges 3.0 credential; `AchievementCredential` expands to the same."""
OPEN_BADGE = (
    OPEN_BADGE_TYPES,
    ("VerifiableCredential", "OpenBadgeCredential"),
    ("VerifiableCredential", "AchievementCredential"),
)
"""The `type_values` that ask for one: expanded, as appendix B.1.1 has it, and as written in a credential, since some
wallets compare without expanding."""

LDP_VC = "ldp_vc"
MAX_QUERIES = 50
"""A query of more credentials, claims or sets than this is refused before it is evaluated."""

_ID = re.compile(r"[A-Za-z0-9_-]+", re.ASCII)

Path = tuple[str | int | None, ...]


@dataclass(frozen=True)
class ClaimQuery:
    """One claim that the verifier asks for; `values`, when given, are the only ones that satisfy it."""

    id: str | None
    path: Path
    values: tuple[str | int | bool, ...] | None

    def matches(self, credential: Mapping[str, Any]) -> bool:
        """Whether `credential` holds the claim, with one of the values, compared with their types."""
        found = select(credential, self.path)
        if self.values is None:
            return bool(found)
        return any(type(item) is type(value) and item == value for item in found for value in self.values)


@dataclass(frozen=True)
class CredentialQuery:
    """One credential that the verifier asks for."""

    id: str
    format: str
    type_values: tuple[frozenset[str], ...]
    claims: tuple[ClaimQuery, ...]
    claim_sets: tuple[tuple[str, ...], ...]
    multiple: bool
    holder_binding: bool

    def matches(self, credential: Mapping[str, Any]) -> bool:
        """Whether `credential`, a whole `ldp_vc`, answers this query.

        `trusted_authorities` are not evaluated: none of their kinds is defined for this format.
        """
        types = expanded_types(credential)
        if self.format != LDP_VC or not any(wanted <= types for wanted in self.type_values):
            return False
        if not self.claim_sets:
            return all(claim.matches(credential) for claim in self.claims)
        by_id = {claim.id: claim for claim in self.claims}
        return any(all(by_id[one].matches(credential) for one in ids) for ids in self.claim_sets)


@dataclass(frozen=True)
class CredentialSet:
    """Alternatives: any one of `options` will do; nothing is due when the set is not `required`."""

    options: tuple[tuple[str, ...], ...]
    required: bool


@dataclass(frozen=True)
class Query:
    """A whole, well-formed DCQL query. `document` is what was sent."""

    credentials: tuple[CredentialQuery, ...]
    credential_sets: tuple[CredentialSet, ...]
    document: Mapping[str, Any]

    def __getitem__(self, query_id: str) -> CredentialQuery:
        """Return the credential query of that id; raise KeyError."""
        for query in self.credentials:
            if query.id == query_id:
                return query
        raise KeyError(query_id)

    def __contains__(self, query_id: object) -> bool:
        """Whether something is asked for under that id."""
        return any(query.id == query_id for query in self.credentials)

    def candidates(self, credentials: Sequence[Mapping[str, Any]]) -> dict[str, tuple[int, ...]]:
        """Return, for each query id, the indexes of the `credentials` that would answer it."""
        return {
            query.id: tuple(i for i, credential in enumerate(credentials) if query.matches(credential))
            for query in self.credentials
        }

    def choice(self, available: Iterable[str]) -> tuple[str, ...] | None:
        """Return the query ids to answer when those in `available` can be, preferred options first.

        None when the query cannot be satisfied: then nothing at all is sent (section 6.4.2). Sets that are
        not required are left out; a wallet shows no more than it must.
        """
        at_hand = frozenset(available)
        if not self.credential_sets:
            ids = tuple(query.id for query in self.credentials)
            return ids if at_hand.issuperset(ids) else None
        chosen: dict[str, None] = {}
        for credential_set in self.credential_sets:
            option = next((ids for ids in credential_set.options if at_hand.issuperset(ids)), None)
            if option is None and credential_set.required:
                return None
            if option is not None and credential_set.required:
                chosen.update(dict.fromkeys(option))
        return tuple(chosen)


def ldp_vc_query(
    query_id: str,
    *,
    type_values: Sequence[Sequence[str]] = (OPEN_BADGE_TYPES,),
    claims: Sequence[Mapping[str, Any]] = (),
    multiple: bool = False,
) -> dict[str, Any]:
    """Return one entry of `credentials`: an `ldp_vc` whose expanded types include one of `type_values`.

    `claims` are `{"path": [...], "values": [...]}` entries. Put entries into `{"credentials": [...]}`.
    """
    query: dict[str, Any] = {
        "id": query_id,
        "format": LDP_VC,
        "meta": {"type_values": [list(types) for types in type_values]},
    }
    if claims:
        query["claims"] = [dict(claim) for claim in claims]
    if multiple:
        query["multiple"] = True
    return query


def parse_query(document: object) -> Query:
    """Return the query, checked as section 6 demands; unknown members are ignored.

    Raises `Oid4vpError` (`invalid_request`) for empty lists, doubled or dangling ids, and wrong shapes.
    """
    root = _object(document, "dcql_query")
    credentials = tuple(_credential_query(entry) for entry in _filled_list(root, "credentials"))
    ids = [query.id for query in credentials]
    if len(set(ids)) != len(ids):
        raise _invalid("`credentials` uses one id twice")
    sets: tuple[CredentialSet, ...] = ()
    if "credential_sets" in root:
        sets = tuple(_credential_set(entry, frozenset(ids)) for entry in _filled_list(root, "credential_sets"))
    return Query(credentials, sets, root)


def check_answer(query: Query, answer: Mapping[str, Sequence[Mapping[str, Any]]]) -> None:
    """Check, at the verifier, that the credentials presented for each query id satisfy the whole query.

    Call it with the *verified* credentials. Raises `Oid4vpError` (`access_denied`) naming what is missing.
    """
    for query_id, credentials in answer.items():
        if query_id not in query:
            raise Oid4vpError(ErrorName.INVALID_REQUEST, f"nothing was asked for under the id {query_id!r}")
        if not all(query[query_id].matches(credential) for credential in credentials):
            raise Oid4vpError(ErrorName.ACCESS_DENIED, f"what was presented for {query_id!r} does not match it")
    if query.choice(query_id for query_id, credentials in answer.items() if credentials) is None:
        raise Oid4vpError(ErrorName.ACCESS_DENIED, "a required credential was not presented")


def select(document: Any, path: Path) -> list[Any]:
    """Return what the claims path pointer selects (section 7.1); nothing where it does not apply."""
    selected = [document]
    for step in path:
        selected = _step(selected, step)
    return selected


def expanded_types(credential: Mapping[str, Any]) -> frozenset[str]:
    """Return the credential's types as IRIs, and as written (types that no context defines stay as written)."""
    types = credential.get("type", [])
    names = [types] if isinstance(types, str) else types
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        return frozenset()
    return _expanded(json.dumps([credential.get("@context"), names], sort_keys=True))


@lru_cache(maxsize=256)
def _expanded(contexts_and_types: str) -> frozenset[str]:
    context, names = json.loads(contexts_and_types)
    try:
        expanded = jsonld.expand(
            {"@context": context, "type": names, "id": "urn:x:credential"},
            {"documentLoader": contexts.document_loader, "processingMode": "json-ld-1.1"},
        )
    except (jsonld.JsonLdError, contexts.UnknownContext):
        return frozenset(names)
    return frozenset(names).union(*(node.get("@type", []) for node in expanded))


def _step(selected: list[Any], step: str | int | None) -> list[Any]:
    if isinstance(step, str):
        if not all(isinstance(item, Mapping) for item in selected):
            return []
        return [item[step] for item in selected if step in item]
    if not all(isinstance(item, list) for item in selected):
        return []
    if step is None:
        return [element for item in selected for element in item]
    return [item[step] for item in selected if step < len(item)]


def _credential_query(entry: object) -> CredentialQuery:
    query = _object(entry, "credentials")
    credential_format = query.get("format")
    if not isinstance(credential_format, str):
        raise _invalid("a credential query names its `format`")
    meta = _object(query.get("meta"), "meta")
    claims = _claims(query) if "claims" in query else ()
    sets = _claim_sets(query, claims) if "claim_sets" in query else ()
    if "trusted_authorities" in query:
        _check_authorities(query)
    return CredentialQuery(
        _id(query.get("id")),
        credential_format,
        _type_values(meta) if credential_format == LDP_VC else (),
        claims,
        sets,
        _boolean(query, "multiple", default=False),
        _boolean(query, "require_cryptographic_holder_binding", default=True),
    )


def _type_values(meta: Mapping[str, Any]) -> tuple[frozenset[str], ...]:
    values = _filled_list(meta, "type_values")
    for types in values:
        if not isinstance(types, list) or not types or not all(isinstance(name, str) for name in types):
            raise _invalid("`type_values` is a list of non-empty lists of type names")
    return tuple(frozenset(types) for types in values)


def _check_authorities(query: Mapping[str, Any]) -> None:
    """Hold `trusted_authorities` to their form (section 6.1.1), whatever kind they are of."""
    for entry in _filled_list(query, "trusted_authorities"):
        authority = _object(entry, "trusted_authorities")
        named = [authority.get("type"), *_filled_list(authority, "values")]
        if not all(isinstance(one, str) for one in named):
            raise _invalid("`trusted_authorities` have a `type` and `values`, all of them texts")


def _claims(query: Mapping[str, Any]) -> tuple[ClaimQuery, ...]:
    claims = tuple(_claim(one) for one in _filled_list(query, "claims"))
    ids = [claim.id for claim in claims if claim.id is not None]
    if len(set(ids)) != len(ids):
        raise _invalid("`claims` uses one id twice")
    return claims


def _claim(entry: object) -> ClaimQuery:
    claim = _object(entry, "claims")
    path = tuple(_filled_list(claim, "path"))
    for step in path:
        if not (step is None or isinstance(step, str) or (type(step) is int and step >= 0)):
            raise _invalid("a claims path is made of names, null and non-negative numbers")
    values = None
    if "values" in claim:
        values = tuple(_filled_list(claim, "values"))
        if not all(isinstance(value, str | int | bool) for value in values):
            raise _invalid("`values` are texts, whole numbers or booleans")
    return ClaimQuery(_id(claim["id"]) if "id" in claim else None, path, values)


def _claim_sets(query: Mapping[str, Any], claims: tuple[ClaimQuery, ...]) -> tuple[tuple[str, ...], ...]:
    ids = [claim.id for claim in claims]
    if None in ids:
        raise _invalid("with `claim_sets`, every claim has an id of its own")
    return tuple(_ids(one, frozenset(filter(None, ids))) for one in _filled_list(query, "claim_sets"))


def _credential_set(entry: object, known: frozenset[str]) -> CredentialSet:
    credential_set = _object(entry, "credential_sets")
    options = tuple(_ids(option, known) for option in _filled_list(credential_set, "options"))
    return CredentialSet(options, _boolean(credential_set, "required", default=True))


def _ids(value: object, known: frozenset[str]) -> tuple[str, ...]:
    if not isinstance(value, list) or not value or len(value) > MAX_QUERIES:
        raise _invalid("a set is a non-empty list of ids")
    if not all(isinstance(one, str) and one in known for one in value):
        raise _invalid("a set names an id that is not in the query")
    return tuple(value)


def _id(value: object) -> str:
    if not isinstance(value, str) or not _ID.fullmatch(value):
        raise _invalid("an id is made of letters, digits, - and _")
    return value


def _boolean(document: Mapping[str, Any], name: str, *, default: bool) -> bool:
    value = document.get(name, default)
    if not isinstance(value, bool):
        raise _invalid(f"`{name}` is true or false")
    return value


def _object(value: object, name: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise _invalid(f"`{name}` is an object")
    return value


def _filled_list(document: Mapping[str, Any], name: str) -> list[Any]:
    value = document.get(name)
    if not isinstance(value, list) or not 0 < len(value) <= MAX_QUERIES:
        raise _invalid(f"`{name}` is a list of 1 to {MAX_QUERIES} entries")
    return value


def _invalid(reason: str) -> Oid4vpError:
    return Oid4vpError(ErrorName.INVALID_REQUEST, reason)
