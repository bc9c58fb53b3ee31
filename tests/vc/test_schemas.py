"""Schemas that credentials name: three answers, from the bundle only, in linear time."""

from __future__ import annotations

import base64
import hashlib
import json
import time
from typing import Any

import pytest

from tests.world import World
from vc import schemas
from vc.findings import SchemaBroken, SchemaFits, SchemaNotChecked, Verdict
from vc.schemas import Outcome

ADDRESS = "https://college.example/schemas/badge.json"
DIALECT = "https://json-schema.org/draft/2020-12/schema"
ENTRY = {"id": ADDRESS, "type": "JsonSchema"}


def schema(**changes: Any) -> bytes:
    return json.dumps({"$schema": DIALECT, "$id": ADDRESS, "type": "object", "required": ["name"], **changes}).encode()


def outcome(document: dict[str, Any], data: bytes, **entry: Any) -> Outcome:
    return schemas.check(document, {**ENTRY, **entry}, bundle={ADDRESS: data}).outcome


def test_the_three_answers() -> None:
    assert outcome({"name": "x"}, schema()) is Outcome.SUCCESS
    assert outcome({"title": "x"}, schema()) is Outcome.FAILURE
    assert schemas.check({"name": "x"}, ENTRY, bundle={}).outcome is Outcome.INDETERMINATE


def test_the_proof_is_not_part_of_what_is_held_against_the_schema() -> None:
    closed = schema(properties={"name": {}}, additionalProperties=False)
    assert outcome({"name": "x", "proof": {}}, closed) is Outcome.SUCCESS
    assert outcome({"name": "x", "more": {}}, closed) is Outcome.FAILURE


@pytest.mark.parametrize(
    "dialect", ["https://json-schema.org/draft/2019-09/schema#", "http://json-schema.org/draft-07/schema#"]
)
def test_older_dialects_are_applied(dialect: str) -> None:
    assert outcome({"name": "x"}, schema(**{"$schema": dialect})) is Outcome.SUCCESS


UNDECIDED: list[dict[str, Any]] = [
    {"$schema": "http://json-schema.org/draft-04/schema#"},
    {"$ref": "https://evil.example/other.json"},
    {"$ref": "other.json"},
    {"properties": {"name": {"$ref": "file:///etc/passwd"}}},
    {"allOf": [{"$ref": "#"}]},
    {"patternProperties": {"^a": {}}},
    {"properties": {"name": {"pattern": "(?=a)b"}}},
    {"properties": {"name": {"pattern": r"(a)\1"}}},
    {"properties": {"name": {"pattern": "a" * 1001}}},
    {"properties": {"name": {"pattern": "((a{1,100}){1,100}){1,100}"}}},
]


@pytest.mark.parametrize("change", UNDECIDED, ids=str)
def test_V_SSRF_3_V_DOS_5_what_cannot_be_applied_here_is_no_success(change: dict[str, Any]) -> None:
    assert outcome({"name": "x"}, schema(**change)) is Outcome.INDETERMINATE


FAILURES: list[tuple[bytes, dict[str, Any]]] = [
    (schema(**{"$id": "https://college.example/schemas/other.json"}), {}),
    (schema(**{"$schema": None}), {}),
    (schema(type="nonsense"), {}),
    (b"[]", {}),
    (b'{"a": 1, "a": 2}', {}),
    (schema(), {"type": "OtherSchema"}),
    (schema(), {"digestSRI": "sha256-AAAA"}),
    (schema(), {"digestMultibase": "uEiAAAA"}),
    (schema(), {"digestSRI": 7}),
]


@pytest.mark.parametrize(("data", "entry"), FAILURES)
def test_what_is_not_what_it_says_fails(data: bytes, entry: dict[str, Any]) -> None:
    assert outcome({"name": "x"}, data, **entry) is Outcome.FAILURE


def test_a_digest_that_is_stated_must_be_that_of_the_bundle() -> None:
    data = schema()
    sri = "sha384-" + base64.b64encode(hashlib.sha384(data).digest()).decode()
    multihash = "u" + base64.urlsafe_b64encode(b"\x12\x20" + hashlib.sha256(data).digest()).rstrip(b"=").decode()
    assert outcome({"name": "x"}, data, digestSRI=sri, digestMultibase=multihash) is Outcome.SUCCESS
    assert outcome({"name": "x"}, data + b" ", digestSRI=sri) is Outcome.FAILURE


@pytest.mark.parametrize("pattern", ["^(a+)+$", "^(a|a)*$", "^(a*)*$", "^a*a*a*a*a*a*b$"])
def test_V_DOS_5_patterns_take_time_in_proportion_to_the_text(pattern: str) -> None:
    data = schema(properties={"name": {"pattern": pattern}})
    outcome({"name": "a"}, data)
    started = time.process_time()
    assert outcome({"name": "a" * 64_000 + "!"}, data) is Outcome.FAILURE
    assert time.process_time() - started < 0.5


def test_V_DOS_5_a_schema_that_is_too_large_or_too_deep_is_not_applied() -> None:
    deep: dict[str, Any] = {}
    for _ in range(70):
        deep = {"not": deep}
    assert outcome({"name": "x"}, schema(not_=deep)) is not Outcome.SUCCESS
    assert outcome({"name": "x"}, schema(description="x" * 300_000)) is Outcome.INDETERMINATE


class TestInVerification:
    """What the findings say, and what they do to `verified`."""

    def test_a_schema_that_fits(self) -> None:
        world = World()
        report = world.verify(world.issue(credentialSchema=ENTRY), schemas={ADDRESS: schema()})
        assert report.verdict is Verdict.VALID
        assert any(isinstance(finding, SchemaFits) for finding in report.findings)

    def test_a_schema_that_is_broken(self) -> None:
        world = World()
        report = world.verify(world.issue(credentialSchema=ENTRY), schemas={ADDRESS: schema(required=["missing"])})
        assert not report.verified
        assert report.problems == ("MALFORMED_VALUE_ERROR",)
        assert any(isinstance(finding, SchemaBroken) for finding in report.findings)

    @pytest.mark.parametrize("kind", ["JsonSchema", "https://other.example/types#Schema"])
    def test_V_SSRF_3_what_is_not_carried_is_told_aside_and_never_fetched(self, kind: str) -> None:
        world = World()
        report = world.verify(world.issue(credentialSchema={**ENTRY, "type": kind}))
        assert report.verdict is Verdict.VALID
        assert any(isinstance(finding, SchemaNotChecked) for finding in report["integrity"].findings)
        assert not any("schemas/badge" in url for url in world.net.requests)

    def test_a_schema_never_makes_a_forgery_good(self) -> None:
        world = World()
        forged = {**world.issue(credentialSchema=ENTRY), "name": "Forged"}
        assert not world.verify(forged, schemas={ADDRESS: schema()}).verified
