"""Our own context: accreditation credentials expand without loss, also beside the contexts of others."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest
from pyld import jsonld

import contexts

OURS = "https://skills-passport.example/vocab/recognition#"

ACCREDITATION: dict[str, Any] = {
    "@context": [contexts.CREDENTIALS_V2, contexts.RECOGNITION_V1],
    "id": "urn:uuid:4c1b2a1e-6f2e-4b6e-9a52-0d6f0b7f3c11",
    "type": ["VerifiableCredential", "RecognizedEntityCredential"],
    "issuer": {
        "id": "did:web:authority.example",
        "type": "RecognizedIssuer",
        "name": "Authority",
        "legalName": "The Authority of the Territory",
        "recognizedIn": {
            "id": "https://ministry.example/authorities",
            "type": "RecognizedEntityCredential",
            "name": "Authorities",
        },
    },
    "validFrom": "2026-09-01T00:00:00Z",
    "credentialSubject": {
        "id": "did:web:college.example",
        "type": "RecognizedEntity",
        "name": "Northern College",
        "legalName": "Northern College of Applied Arts",
        "url": "https://college.example/",
        "image": "https://college.example/logo.png",
        "sameAs": ["https://registry.example/7"],
        "description": "A college",
        "recognizedTo": {
            "type": "RecognizedAction",
            "action": "issue",
            "recognizedBy": "did:web:authority.example",
            "track": "technical",
            "stream": "upskilling",
            "territory": "CA-QC",
            "maxDepth": 1,
            "outputValidation": {
                "id": "https://authority.example/schemas/1.json",
                "type": "JsonSchema",
                "digestMultibase": "uEiBZl963sknNAHgPyslVv6VztZpfWQoRvW1htfx-UwirFo",
            },
        },
        "recognizedIn": {"id": "https://authority.example/list", "type": "RecognizedEntityCredential"},
    },
}


def expand(document: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
    dropped: list[str] = []
    options = {"documentLoader": contexts.document_loader, "base": None}
    expanded: list[dict[str, Any]] = jsonld.expand(document, options, on_property_dropped=dropped.append)
    return expanded[0], dropped


def test_an_accreditation_expands_without_loss() -> None:
    expanded, dropped = expand(ACCREDITATION)
    assert dropped == []
    subject = expanded["https://www.w3.org/2018/credentials#credentialSubject"][0]
    action = subject[OURS + "recognizedTo"][0]
    assert action["@type"] == [OURS + "RecognizedAction"]
    for member in ("action", "track", "stream", "territory"):
        assert action[OURS + member] == [
            {"@value": ACCREDITATION["credentialSubject"]["recognizedTo"][member]},
        ]
    assert action[OURS + "maxDepth"] == [{"@value": 1}]
    assert action[OURS + "recognizedBy"] == [{"@id": "did:web:authority.example"}]
    schema = action[OURS + "outputValidation"][0]
    assert schema["@type"] == ["https://www.w3.org/2018/credentials#JsonSchema"]
    assert "https://w3id.org/security#digestMultibase" in schema
    issuer = expanded["https://www.w3.org/2018/credentials#issuer"][0]
    assert issuer["https://schema.org/legalName"] == [{"@value": "The Authority of the Territory"}]
    assert issuer[OURS + "recognizedIn"][0]["@id"] == "https://ministry.example/authorities"


def test_an_expanded_accreditation_compacts_to_itself() -> None:
    options = {"documentLoader": contexts.document_loader, "base": None}
    expanded = jsonld.expand(ACCREDITATION, options)
    compacted = jsonld.compact(expanded, ACCREDITATION["@context"], options)
    again = jsonld.expand(compacted, options)
    assert again == expanded


@pytest.mark.parametrize(
    "members", [("issuer",), ("credentialSubject",), ("credentialSubject", "recognizedTo")], ids=".".join
)
def test_V_LD_1_a_member_that_no_context_defines_is_dropped_aloud(members: tuple[str, ...]) -> None:
    document = deepcopy(ACCREDITATION)
    inner = document
    for name in members:
        inner = inner[name]
    inner["undefinedMember"] = "x"
    assert expand(document)[1] == ["undefinedMember"]


def test_it_stands_beside_open_badges_without_redefining_protected_terms() -> None:
    for order in (
        [contexts.CREDENTIALS_V2, contexts.OPEN_BADGES_V3, contexts.RECOGNITION_V1],
        [contexts.CREDENTIALS_V2, contexts.RECOGNITION_V1, contexts.OPEN_BADGES_V3],
    ):
        assert expand({**ACCREDITATION, "@context": order})[1] == []


def test_V_LD_2_its_terms_are_protected() -> None:
    for term in ("recognizedIn", "RecognizedEntity"):
        redefined = [*ACCREDITATION["@context"], {term: "https://attacker.example/x"}]
        with pytest.raises(jsonld.JsonLdError):
            expand({**ACCREDITATION, "@context": redefined})
