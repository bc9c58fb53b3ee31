"""What JSON-LD would drop or bend is refused before anything is signed or believed."""

from __future__ import annotations

from typing import Any

import pytest

import contexts
from vc.canonical import rdfc
from vc.errors import DataLossDetectionError, MalformedValueError, UnknownContextError

BASE = {"@context": [contexts.CREDENTIALS_V2], "type": "VerifiableCredential", "issuer": "did:example:i"}
P = "https://example.org/#p"


def test_plain_document() -> None:
    assert rdfc.canonicalize(BASE) == (
        "_:c14n0 <http://www.w3.org/1999/02/22-rdf-syntax-ns#type>"
        " <https://www.w3.org/2018/credentials#VerifiableCredential> .\n"
        "_:c14n0 <https://www.w3.org/2018/credentials#issuer> <did:example:i> .\n"
    )


@pytest.mark.parametrize(
    ("members", "named"),
    [
        ({"undefinedTerm": "x"}, "undefinedTerm"),
        ({P: None}, P),
        ({P: []}, P),
        ({P: [None]}, P),
        ({P: {"undefinedTerm": 1}}, "undefinedTerm"),
        ({"id": "relative"}, "relative"),
        ({"id": ""}, ""),
        ({"id": "_:b0"}, "_:b0"),
        ({"id": "https://x.example/a b"}, "https://x.example/a b"),
        ({"id": 'https://x.example/"> <urn:p> "x'}, "https://x"),
        ({"id": "https://x.example/\n"}, "https://x"),
        ({"type": ["VerifiableCredential", "Unknown"]}, "Unknown"),
        ({"issuer": "no-url"}, "no-url"),
        ({P: {"@value": "x", "@direction": "rtl"}}, "@direction"),
        ({P: {"@value": "x", "@index": "y"}}, "@index"),
        ({P: {"@value": "x", "@type": "relative"}}, ""),
        ({"@included": [{"id": "urn:x", P: "y"}]}, "@included"),
        ({"@reverse": {P: {"id": "urn:x"}}}, "@reverse"),
        ({"@index": "x"}, "@index"),
        ({P: [{"id": "urn:x", P: "1"}, {"id": "urn:x", P: "2"}]}, "urn:x"),
        ({P: [{"id": "urn:x", "type": "urn:A"}, {"id": "urn:x", "type": "urn:B"}]}, "urn:x"),
    ],
    ids=str,
)
def test_V_LD_1_V_LD_3_what_would_be_lost_is_refused(members: dict[str, Any], named: str) -> None:
    with pytest.raises((DataLossDetectionError, MalformedValueError)) as refused:
        rdfc.canonicalize({**BASE, **members})
    if isinstance(refused.value, DataLossDetectionError):
        assert any(named in term for term in refused.value.terms)


def test_text_direction_is_refused_only_where_the_signature_would_not_cover_it() -> None:
    document = {**BASE, P: {"@value": "x", "@direction": "rtl"}}
    with pytest.raises(DataLossDetectionError):
        rdfc.canonicalize(document)
    rdfc.check_data_loss(document)  # JCS and JOSE cover every member
    for_suites = rdfc.canonicalize(document, profile=contexts.Profile.CONFORMANCE_ANY_DIRECTION)
    assert for_suites == rdfc.canonicalize({**BASE, P: {"@value": "x"}})


@pytest.mark.parametrize(
    "members",
    [
        {P: [{"id": "urn:x", P: "1"}, {"id": "urn:x"}]},
        {P: [{"id": "urn:x", P: "1"}, {"id": "urn:x", P: "1"}]},
        {P: [{"id": "urn:x", "type": "urn:A", P: "1"}, {"id": "urn:x", "type": "urn:A"}]},
    ],
    ids=str,
)
def test_references_and_equal_descriptions_are_fine(members: dict[str, Any]) -> None:
    assert rdfc.canonicalize({**BASE, **members})


def test_an_embedded_credential_speaks_for_itself() -> None:
    inner = {"type": "VerifiableCredential", "issuer": "urn:i", "credentialSubject": {"id": "urn:l", P: "inner"}}
    outer = {**BASE, "credentialSubject": {"id": "urn:l", P: "outer", "https://example.org/#holds": inner}}
    assert rdfc.canonicalize(outer)


def test_control_characters_are_written_as_the_recommendation_says() -> None:
    text = 'a\u0000\u0007\b\t\n\u000b\f\r\u001f\u007f"\\'
    written = rdfc.canonicalize({**BASE, P: text})
    assert r'"a\u0000\u0007\b\t\n\u000B\f\r\u001F\u007F\"\\"' in written


def test_equal_values_count_once() -> None:
    assert rdfc.canonicalize({**BASE, P: ["a", "a"]}) == rdfc.canonicalize({**BASE, P: "a"})


@pytest.mark.parametrize("number", [1.5, 45, 0.1, 1e21, -3, True])
def test_numbers_and_booleans(number: Any) -> None:
    assert "XMLSchema#" in rdfc.canonicalize({**BASE, P: number})


def test_V_LD_2_an_unknown_context_is_refused_and_named() -> None:
    with pytest.raises(UnknownContextError) as refused:
        rdfc.canonicalize({**BASE, "@context": [contexts.CREDENTIALS_V2, "https://x.example/c"]})
    assert refused.value.url == "https://x.example/c"


def test_V_LD_2_the_suites_contexts_are_not_served_by_default() -> None:
    document = {**BASE, "@context": [contexts.CREDENTIALS_V2, contexts.EXAMPLES_V2]}
    assert rdfc.canonicalize(document, profile=contexts.Profile.CONFORMANCE)
    with pytest.raises(UnknownContextError):
        rdfc.canonicalize(document)


@pytest.mark.parametrize(
    "document",
    [
        {**BASE, "@context": [contexts.CREDENTIALS_V2, {"VerifiableCredential": "https://example.org/#other"}]},
        {**BASE, "@context": [contexts.CREDENTIALS_V2, {"@vocab": 7}]},
        {**BASE, "@context": 7},
        {**BASE, "type": 7},
        {**BASE, "type": {"a": "b"}},
        {**BASE, "id": ["urn:a"]},
        {**BASE, P: {"@value": {"a": 1}}},
        {**BASE, P: {"@list": [{"@list": [1]}], "id": "urn:x"}},
    ],
    ids=range(8),
)
def test_what_is_no_json_ld_is_malformed(document: dict[str, Any]) -> None:
    with pytest.raises((MalformedValueError, DataLossDetectionError)):
        rdfc.canonicalize(document)
