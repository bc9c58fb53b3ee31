"""JSON Schemas that a credential names (VC JSON Schema, Candidate Recommendation; Open Badges 3.0).

Three kinds are read: `JsonSchema`, `JsonSchemaCredential` (the schema comes inside a credential of its own) and
`1EdTechJsonSchemaValidator2019`. The answer is success, failure or indeterminate, and indeterminate is not success.

**From the bundle only.** `bundle` maps addresses to the bytes that the caller carries for them and vouches for; nothing
is fetched, and a `$ref` that leads out of the schema is not followed. So that one is also cheap to apply (V-DOS-5),
patterns run on RE2, which takes time in proportion to the text; what RE2 cannot express (look-around,
back-references), and patterns for the names of members, make the answer indeterminate.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from typing import Any

import jsonschema
import re2
from jsonschema import validators
from referencing import Registry
from referencing.exceptions import Unresolvable

from vc import strict_json
from vc.credential import entries, multibase_digest
from vc.errors import ParsingError
from vc.vocabulary import is_url

JSON_SCHEMA = "JsonSchema"
JSON_SCHEMA_CREDENTIAL = "JsonSchemaCredential"
ONE_EDTECH = "1EdTechJsonSchemaValidator2019"
KINDS = frozenset({JSON_SCHEMA, JSON_SCHEMA_CREDENTIAL, ONE_EDTECH})

SCHEMAS_OF_SCHEMA_CREDENTIALS = frozenset(
    {
        "https://www.w3.org/ns/credentials/json-schema/v2.json",
        "https://www.w3.org/2022/credentials/v2/json-schema-credential-schema.json",
    }
)
"""What a `JsonSchemaCredential` must itself be held to: the address of the specification, and its older one."""

LARGEST_SCHEMA = 256 * 1024
"""Bytes; the largest of Open Badges' own has 163 000."""
LONGEST_PATTERN = 1000
_PATTERN_MEMORY = 1 << 20
_DEEPEST = 60
LIMITS = strict_json.Limits(members=50_000)
_DIALECTS: Mapping[str, Any] = {
    "https://json-schema.org/draft/2020-12/schema": jsonschema.Draft202012Validator,
    "https://json-schema.org/draft/2019-09/schema": jsonschema.Draft201909Validator,
    "http://json-schema.org/draft-07/schema": jsonschema.Draft7Validator,
    "https://json-schema.org/draft-07/schema": jsonschema.Draft7Validator,
}


class Outcome(Enum):
    """The three answers of VC JSON Schema, section 4.2."""

    SUCCESS = "success"
    FAILURE = "failure"
    INDETERMINATE = "indeterminate"


@dataclass(frozen=True)
class SchemaAnswer:
    """What came of one `credentialSchema` entry. `detail` says why it is not a success, in English."""

    kind: str
    schema: str
    outcome: Outcome
    detail: str = ""


class _Failed(Exception):
    """The entry, the schema or the credential breaks a rule."""


class _Undecided(Exception):
    """The schema cannot be had or applied here."""


def check(document: Mapping[str, Any], entry: Mapping[str, Any], *, bundle: Mapping[str, bytes]) -> SchemaAnswer:
    """Hold `document`, its proof removed, against the schema that `entry` (one of its `credentialSchema`) names.

    (1) the entry is of a kind that is read here, and its schema is in `bundle`, with the digest it states
    (2) the schema names itself (`$id`) as the entry does, and a dialect that is known here
    (3) it is sound, refers to nothing outside itself, and its patterns are such as run in linear time
    (4) the document fits it
    """
    kind, address = str(entry.get("type"))[:100], str(entry.get("id"))[:500]
    unsecured = {name: value for name, value in document.items() if name != "proof"}
    try:
        problem = next(_checker(entry, bundle).iter_errors(unsecured), None)
    except _Failed as reason:
        return SchemaAnswer(kind, address, Outcome.FAILURE, str(reason))
    except _Undecided as reason:
        return SchemaAnswer(kind, address, Outcome.INDETERMINATE, str(reason))
    except Unresolvable:
        return SchemaAnswer(kind, address, Outcome.INDETERMINATE, "the schema refers to another one")
    except RecursionError:
        return SchemaAnswer(kind, address, Outcome.INDETERMINATE, "the schema refers to itself without end")
    if problem is not None:
        where = "/" + "/".join(str(part)[:60] for part in problem.absolute_path)
        return SchemaAnswer(kind, address, Outcome.FAILURE, f"{where} breaks the rule {problem.validator}")
    return SchemaAnswer(kind, address, Outcome.SUCCESS)


# --- finding the schema ---------------------------------------------------------------------------


def _checker(entry: Mapping[str, Any], bundle: Mapping[str, bytes]) -> Any:
    """(1)"""
    kinds = KINDS.intersection(kind for kind in entries(entry.get("type")) if isinstance(kind, str))
    address = entry.get("id")
    if len(kinds) != 1:
        raise _Failed("not one kind of schema that is read here")
    if not is_url(address):
        raise _Failed("the schema is not named by a URL")
    assert isinstance(address, str)  # noqa: S101 - is_url said so
    if address not in bundle:
        raise _Undecided("the schema is not among those that this verifier carries")
    stated = [text for name in ("digestSRI", "digestMultibase") for text in entries(entry.get(name))]
    if not all(_is_digest_of(bundle[address], text) for text in stated):
        raise _Failed("the schema is not the one whose digest the credential states")
    return _prepared(bundle[address], address, kinds == {JSON_SCHEMA_CREDENTIAL})


@lru_cache(maxsize=64)
def _prepared(data: bytes, address: str, in_credential: bool) -> Any:
    """(2) (3) What applies the schema in `data`; a large one is made ready once."""
    if len(data) > LARGEST_SCHEMA:
        raise _Undecided(f"a schema of more than {LARGEST_SCHEMA} bytes")
    try:
        found = strict_json.parse_object(data, limits=LIMITS)
    except ParsingError as error:
        raise _Failed(f"the schema cannot be read: {error.detail}") from error
    if in_credential:
        return _sound(_inside_credential(found, address))
    if found.get("$id") != address:
        raise _Failed("the schema at this address names itself otherwise, or not at all")
    return _sound(found)


def _is_digest_of(data: bytes, text: Any) -> bool:
    if not isinstance(text, str) or len(text) > 200:
        return False
    digests = {name: hashlib.new(name, data).digest() for name in ("sha256", "sha384", "sha512")}
    if text in {f"{name}-{base64.b64encode(digest).decode()}" for name, digest in digests.items()}:
        return True
    return multibase_digest(text) in digests.values()


def _inside_credential(credential: Mapping[str, Any], address: str) -> Mapping[str, Any]:
    """The schema of a `JsonSchemaCredential` (VC JSON Schema, section 2.2)."""
    if credential.get("id") != address:
        raise _Failed("the schema credential at this address names itself otherwise")
    if JSON_SCHEMA_CREDENTIAL not in entries(credential.get("type")):
        raise _Failed(f"what stands at this address is no {JSON_SCHEMA_CREDENTIAL}")
    held_to = [entry.get("id") for entry in entries(credential.get("credentialSchema")) if isinstance(entry, dict)]
    if len(held_to) != 1 or held_to[0] not in SCHEMAS_OF_SCHEMA_CREDENTIALS:
        raise _Failed("the schema credential is not held to the schema for schema credentials")
    subjects = entries(credential.get("credentialSubject"))
    if len(subjects) != 1 or not isinstance(subjects[0], dict) or JSON_SCHEMA not in entries(subjects[0].get("type")):
        raise _Failed(f"the subject of the schema credential is no {JSON_SCHEMA}")
    schema = subjects[0].get("jsonSchema")
    if not isinstance(schema, dict):
        raise _Failed("the schema credential holds no schema")
    if not is_url(schema.get("$id")):
        raise _Failed("the schema has no $id, or none that is a URL")
    return schema


# --- applying it ----------------------------------------------------------------------------------


def _sound(schema: Mapping[str, Any]) -> Any:
    dialect = schema.get("$schema")
    if not isinstance(dialect, str):
        raise _Failed("the schema names no dialect")
    made = _DIALECTS.get(dialect.removesuffix("#"))
    if made is None:
        raise _Undecided(f"schemas in the dialect {dialect[:200]} are not applied here")
    for pattern in _patterns(schema, 0):
        _compiled(pattern)
    try:
        made.check_schema(schema)
    except jsonschema.exceptions.SchemaError as error:
        raise _Failed("the schema itself is not well-formed") from error
    return _linear(made)(schema, registry=Registry())


def _patterns(part: Any, depth: int) -> Iterator[Any]:
    """Every pattern, wherever one may stand; what only looks like one costs an answer, never safety."""
    if depth > _DEEPEST:
        raise _Undecided("the schema is nested too deeply")
    if isinstance(part, dict):
        if isinstance(part.get("patternProperties"), dict):
            raise _Undecided("patterns for the names of members are not applied here")
        if isinstance(part.get("pattern"), str):
            yield part["pattern"]
    if isinstance(part, (dict, list)):
        for item in part.values() if isinstance(part, dict) else part:
            yield from _patterns(item, depth + 1)


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> Any:
    if len(pattern) > LONGEST_PATTERN:
        raise _Undecided(f"a pattern of more than {LONGEST_PATTERN} characters")
    options = re2.Options()
    options.max_mem = _PATTERN_MEMORY
    options.log_errors = False
    try:
        return re2.compile(pattern, options=options)
    except re2.error as error:
        raise _Undecided("a pattern that cannot be matched in linear time") from error


def _matches(_validator: Any, pattern: str, instance: Any, _schema: Any) -> Iterator[Any]:
    if isinstance(instance, str) and _compiled(pattern).search(instance) is None:
        yield jsonschema.ValidationError("does not match")


@lru_cache(maxsize=8)
def _linear(dialect: Any) -> Any:
    return validators.extend(dialect, {"pattern": _matches})


__all__ = ["JSON_SCHEMA", "JSON_SCHEMA_CREDENTIAL", "KINDS", "ONE_EDTECH", "Outcome", "SchemaAnswer", "check"]
