"""What is shown is what was signed: words, numbers and texts that JSON-LD takes for the same (V-TAM, V-LD, V-UNI)."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

import contexts
from tests.hostile.formats import COVERS_EVERY_BYTE, FORMATS, OVER_RDF, Document, draft, integrity, verify
from tests.reports import refused
from tests.world import World
from vc.findings import Report
from vc.policy import PUBLIC
from vc.vocabulary import InlineContexts

CREDENTIALS = "https://www.w3.org/2018/credentials#"
OB = "https://purl.imsglobal.org/spec/vc/ob/vocab.html#"
Change = Callable[[Document], Any]


def renamed(thing: Document, old: str, new: str) -> None:
    thing[new] = thing.pop(old)


def achievement(document: Document) -> Document:
    found: Document = document["credentialSubject"]["achievement"]
    return found


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_is_verified_when_nobody_lies(name: str) -> None:
    """And what is shown equals what was signed, member for member."""
    signed = draft()
    report = verify(FORMATS[name](signed))
    assert report.verified, report.problems
    shown = dict(report.credential or {})
    assert {**shown, "issuer": {**shown["issuer"], "id": ""}} == {**signed, "issuer": {**signed["issuer"], "id": ""}}


# Changes after which the RDF is the same, and the signature over it holds.
SAME_TO_RDF: dict[str, Change] = {
    "V-LD-3 subject's member by its address": lambda d: renamed(
        d["credentialSubject"], "achievement", f"{OB}achievement"
    ),
    "V-LD-3 name by its address": lambda d: renamed(achievement(d), "name", "https://schema.org/name"),
    "V-LD-3 case of a member": lambda d: renamed(d["credentialSubject"], "achievement", "Achievement"),
    "V-LD-3 another word for a member": lambda d: renamed(achievement(d), "criteria", "Criteria"),
    "V-TAM-1 type said twice": lambda d: d["type"].append(d["type"][1]),
    "V-TAM-1 type said twice, once by its address": lambda d: d["type"].append(f"{CREDENTIALS}VerifiableCredential"),
    "V-TAM-1 tag said twice": lambda d: achievement(d)["tag"].append("data"),
    "V-TAM-1 number said twice": lambda d: achievement(d).update(creditsAvailable=[45, 45]),
    "V-TAM-1 reference said twice": lambda d: achievement(d).update(related=achievement(d)["related"] * 2),
    "V-JSON-3 a number beyond what RDF keeps": lambda d: achievement(d).update(creditsAvailable=45.00000000000001),
    "V-LD-2 inline terms": lambda d: d["@context"].append({"more": "https://more.example/#"}),
    "V-LD-2 an inline word for the same": lambda d: d["@context"].append({"label": "https://schema.org/name"}),
    "V-LD-2 a context twice": lambda d: d["@context"].append(d["@context"][1]),
    "V-LD-2 null context": lambda d: d["@context"].append(None),
    "V-LD-2 context further in": lambda d: achievement(d).update({"@context": contexts.OPEN_BADGES_V3}),
    "V-LD-2 base": lambda d: d["@context"].append({"@base": "https://else.example/"}),
    "V-LD-2 vocabulary": lambda d: d["@context"].append({"@vocab": "https://else.example/"}),
    "V-LD-2 language": lambda d: d["@context"].append({"@language": "fr"}),
}


@pytest.mark.parametrize("name", [name for name in OVER_RDF if name != "ecdsa-sd-2023"])
@pytest.mark.parametrize("lie", SAME_TO_RDF)
def test_V_TAM_1_V_LD_3_a_change_that_RDF_does_not_see_is_refused(name: str, lie: str) -> None:
    made = draft()
    achievement(made).update(tag=["data", "école"], related=[{"id": "urn:other", "type": ["Related"]}])
    signed = FORMATS[name](made)
    assert verify(signed).verified
    changed = copy.deepcopy(signed)
    SAME_TO_RDF[lie](changed)
    assert refused(verify(changed))


def test_V_STA_1_a_revoked_status_is_not_hidden_behind_its_address() -> None:
    world = World()
    credential = world.issue()
    world.revoke(credential)
    assert refused(verify(credential, world=world), "CREDENTIAL_REVOKED")
    renamed(credential, "credentialStatus", f"{CREDENTIALS}credentialStatus")
    assert refused(verify(credential, world=world), "MALFORMED_VALUE_ERROR")


# Said and signed: properly signed by its issuer, and still not to be taken for verified.
SIGNED_LIES: dict[str, Change] = {
    "V-LD-1 a word that nothing defines": lambda d: d.update(bonusPoints="100"),
    "V-LD-1 deep down": lambda d: achievement(d).update(bonusPoints="100"),
    "V-LD-1 a type that nothing defines": lambda d: d["type"].append("GoldenBadge"),
    "V-LD-2 unknown context": lambda d: d["@context"].append("https://else.example/v1"),
    "V-LD-2 look-alike": lambda d: d["@context"].insert(1, "https://www.w3.org/ns/credentials/v2/"),
    "V-LD-2 http for https": lambda d: d["@context"].append(contexts.OPEN_BADGES_V3.replace("https", "http")),
    "V-LD-2 other order": lambda d: d["@context"].reverse(),
    "V-LD-2 inline": lambda d: d["@context"].append({"bonusPoints": "https://more.example/#"}),
    "V-LD-2 null": lambda d: d["@context"].append(None),
    "V-LD-2 50 000 terms": lambda d: d["@context"].append({f"t{n}": f"urn:t:{n}" for n in range(9000)}),
    "V-LD-3 @id beside id": lambda d: d.update({"@id": "urn:other"}),
    "V-LD-3 @type beside type": lambda d: d.update({"@type": "urn:other"}),
    "V-LD-3 @graph": lambda d: d.update({"@graph": [{"id": "urn:other"}]}),
    "V-LD-3 @included": lambda d: d.update({"@included": [{"id": "urn:other"}]}),
    "V-LD-3 @reverse": lambda d: d.update({"@reverse": {"issuer": "urn:other"}}),
    "V-LD-3 @nest": lambda d: d.update({"@nest": {"name": "other"}}),
    "V-LD-3 @json": lambda d: d.update(name={"@value": {"a": 1}, "@type": "@json"}),
    "V-LD-3 __proto__": lambda d: d.update({"__proto__": {"verified": True}}),
    "V-LD-3 case of a member": lambda d: d.update(Issuer="did:web:other.example"),
    "V-LD-3 case, further in": lambda d: d["credentialSubject"].update(ID="urn:other"),
    "V-TYP-1 a presentation too": lambda d: d["type"].append("VerifiablePresentation"),
    "V-TAM-3 dates of version 1 in version 2": lambda d: d.update(issuanceDate="2026-01-01T00:00:00Z"),
}


@pytest.mark.parametrize("name", COVERS_EVERY_BYTE)
@pytest.mark.parametrize("lie", SIGNED_LIES)
def test_V_LD_1_V_LD_2_V_LD_3_a_signed_lie_is_refused(name: str, lie: str) -> None:
    made = draft()
    SIGNED_LIES[lie](made)
    world = World()
    assert refused(verify(FORMATS[name](made), world=world))
    assert not [url for url in world.net.requests if "else.example" in url]


MISLEADING = {"decomposed": "E\u0301cole", "zero width": "Nor\u200bthern", "override": "\u202enrehtroN"}


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("text", MISLEADING.values(), ids=MISLEADING)
def test_V_UNI_1_a_misleading_text_is_shown_as_signed_with_a_mark(name: str, text: str) -> None:
    report = verify(FORMATS[name](draft(name=text)))
    assert report.verified, report.problems
    assert report.credential is not None
    assert report.credential["name"] == text
    assert "misleading_text" in [finding.code for finding in report["integrity"].findings]


@pytest.mark.parametrize("name", OVER_RDF)
def test_V_UNI_1_another_spelling_after_signing_is_refused(name: str) -> None:
    signed = FORMATS[name](draft(name="École"))
    assert refused(verify({**signed, "name": "E\u0301cole"}), "CRYPTOGRAPHIC_SECURITY_ERROR")


def test_V_TAM_2_another_issuers_name_over_the_same_seal() -> None:
    signed = FORMATS["eddsa-rdfc-2022"](draft())
    assert refused(verify({**signed, "issuer": "did:web:other.example"}), "CRYPTOGRAPHIC_SECURITY_ERROR")


# --- words of the document's own ------------------------------------------------------------------

OVER = {"validUntil": "2026-03-01T00:00:00Z"}
A_TIME = "http://www.w3.org/2001/XMLSchema#dateTime"
HIDDEN: dict[str, tuple[Document, str, Document]] = {
    "an end": (OVER, "validUntil", {"lapse": {"@id": f"{CREDENTIALS}validUntil", "@type": A_TIME}}),
    "an end, by a prefix": (
        OVER,
        "validUntil",
        {"lapse": {"@id": "c:validUntil", "@type": A_TIME}, "c": {"@id": CREDENTIALS, "@prefix": True}},
    ),
    "an end, by a prefix of a prefix": (
        OVER,
        "validUntil",
        {"lapse": {"@id": "c:validUntil", "@type": A_TIME}, "c": "w:credentials#", "w": "https://www.w3.org/2018/"},
    ),
    "a status": (
        {"credentialStatus": {"id": "https://else.example/s", "type": "https://else.example/#Unknown"}},
        "credentialStatus",
        {"lapse": {"@id": f"{CREDENTIALS}credentialStatus", "@type": "@id"}},
    ),
    "a schema": (
        {"credentialSchema": {"id": "https://else.example/s", "type": "JsonSchema"}},
        "credentialSchema",
        {"lapse": {"@id": f"{CREDENTIALS}credentialSchema", "@type": "@id"}},
    ),
}


def read_inline(credential: Document, inline: InlineContexts = "report") -> Report:
    return verify(credential, policy=replace(PUBLIC, inline_contexts=inline))


@pytest.mark.parametrize("inline", ["report", "report-any-word"])
@pytest.mark.parametrize("lie", HIDDEN)
def test_V_LD_2_nothing_is_hidden_behind_a_second_word(lie: str, inline: InlineContexts) -> None:
    said, member, context = HIDDEN[lie]
    signed = FORMATS["eddsa-rdfc-2022"](draft(**said))
    renamed(signed, member, "lapse")
    signed["@context"] = [*signed["@context"], context]
    assert refused(read_inline(signed, inline), "MALFORMED_VALUE_ERROR")


def test_V_LD_2_a_proofs_end_is_not_hidden_either() -> None:
    signed = integrity("ecdsa-rdfc-2019", draft(), expires=World().now - timedelta(hours=1))
    assert refused(read_inline(signed))
    renamed(signed["proof"], "expires", "lapse")
    meaning = {"@id": "https://w3id.org/security#expiration", "@type": A_TIME}
    signed["@context"] = [*signed["@context"], {"lapse": meaning}]
    assert refused(read_inline(signed), "MALFORMED_VALUE_ERROR")


def test_V_LD_2_a_vocabulary_makes_no_second_words() -> None:
    signed = FORMATS["eddsa-rdfc-2022"](draft(**HIDDEN["a status"][0]))
    renamed(signed, "credentialStatus", "Status")
    signed["@context"] = [*signed["@context"], {"@vocab": f"{CREDENTIALS}credential"}]
    assert refused(read_inline(signed, "report-any-word"), "MALFORMED_VALUE_ERROR")


def test_V_LD_2_an_identifier_is_not_respelt_by_a_prefix_of_the_documents_own() -> None:
    signed = FORMATS["eddsa-rdfc-2022"](draft(id="urn:uuid:1"))
    signed["id"] = "urn:1"
    signed["@context"] = [*signed["@context"], {"urn": {"@id": "urn:uuid:", "@prefix": True}}]
    assert refused(read_inline(signed), "MALFORMED_VALUE_ERROR")


@pytest.mark.parametrize(
    "context",
    [
        {"shoe": "https://more.example/#shoe", "more": "https://more.example/#", "size": {"@id": "more:size"}},
        {"shoe": "https://more.example/#shoe", "name": "https://schema.org/name"},
        {"shoe": {"@id": "https://more.example/#shoe", "@context": {"size": "https://more.example/#size"}}},
    ],
)
def test_V_LD_2_words_that_only_add_are_read(context: Document) -> None:
    made = draft(**{"@context": [*draft()["@context"], context]})
    made["credentialSubject"]["shoe"] = "shoe: 42"
    report = read_inline(FORMATS["eddsa-rdfc-2022"](made))
    assert report.verified, report.problems
