"""Issue over HTTPS: what every issuer signs verifies at the verifier beside it, and what must be refused is."""

from __future__ import annotations

import base64
from typing import Any

import pytest

import contexts
from issuer.conformance.issuers import ISSUERS
from keys.multibase import decode
from tests.conformance.live import Live, draft, refused

SIZES = {"ed25519": 64, "ed25519-jcs": 64, "p256": 64, "p256-jcs": 64, "p384": 96, "p384-jcs": 96, "status": 64}
WITH_PROOF = [name for name in ISSUERS if name != "jose"]


@pytest.mark.parametrize("name", [name for name in ISSUERS if name != "sd"])
def test_what_is_issued_verifies(live: Live, name: str) -> None:
    secured = live.issued(draft(), name)
    answer = live.verify(secured, checks=["proof"])
    assert (answer.status_code, answer.json()["verified"]) == (200, True), answer.text
    assert "errors" not in answer.json()


@pytest.mark.parametrize("name", WITH_PROOF)
def test_the_document_is_kept_and_the_proof_has_its_form(live: Live, name: str) -> None:
    sent = draft(issuer={"id": live.issuer(name)["did"], "name": "Collège du Nord"})
    answer = live.issue(sent, name)
    secured = answer.json()["verifiableCredential"]
    proof = secured.pop("proof")
    secured.pop("credentialStatus", None)
    assert (answer.status_code, secured) == (201, sent)
    did = live.issuer(name)["did"]
    assert proof["verificationMethod"] == f"{did}#{did.removeprefix('did:key:')}"
    assert (proof["type"], proof["proofPurpose"]) == ("DataIntegrityProof", "assertionMethod")
    assert proof["cryptosuite"] == live.issuer(name)["suite"]
    assert len(proof["created"]) == len("2026-01-15T00:00:00Z")
    assert proof.get("@context") == (sent["@context"] if name.endswith("-jcs") else None)
    if name in SIZES:
        assert len(decode(proof["proofValue"], max_length=200)) == SIZES[name]


def test_an_enveloping_issuer_answers_with_an_envelope(live: Live) -> None:
    secured = live.issued(draft(), "jose")
    assert secured.keys() == {"@context", "type", "id"}
    assert secured["id"].startswith("data:application/vc+jwt,")


def test_a_version_1_1_credential_gets_the_words_for_its_proof(live: Live) -> None:
    old = draft(**{"@context": [contexts.CREDENTIALS_V1]}, validFrom=..., issuanceDate="2026-01-15T00:00:00Z")
    old["credentialSubject"] = {"id": "did:example:mira"}
    secured = live.issued(old)
    assert secured["@context"] == [contexts.CREDENTIALS_V1, contexts.DATA_INTEGRITY_V2]
    assert live.verify(secured).json()["verified"]
    assert refused(live.issue({**old, "issuer": live.issuer("jose")["did"]}, "jose"))


def test_repeats_missing_ids_and_unknown_options_are_no_reason_to_refuse(live: Live) -> None:
    same = draft()
    assert [live.issued(same)["id"] for _ in range(2)] == [same["id"]] * 2
    assert "id" not in live.issued(draft(id=...))
    live.issued(draft(), somethingElse=True)


def term(iri: str) -> list[Any]:
    return [contexts.CREDENTIALS_V2, {"grade": iri}]


def sri(digest: str) -> str:
    return "sha256-" + base64.b64encode(bytes.fromhex(digest)).decode()


NO_DIGEST = sri("00" * 32)
NESTED = {
    "credentialStatus": {"id": "https://x.example/1", "type": "https://x.example/#Status"},
    "credentialSchema": {"id": "https://x.example/2", "type": "https://x.example/#Schema"},
    "termsOfUse": {"type": "https://x.example/#Terms"},
    "evidence": {"type": "https://x.example/#Evidence"},
    "refreshService": {"type": "https://x.example/#Refresh"},
}
ACCEPTED: dict[str, dict[str, Any]] = {
    "types nobody has heard of": NESTED,
    "several of each": {name: [entry, {**entry, "id": f"urn:x:{name}"}] for name, entry in NESTED.items()},
    "an inline word": {"@context": term("https://x.example/#grade"), "grade": "A"},
    "far ahead, with offset and fraction": {"validFrom": "2126-01-15T00:00:00.25-06:00"},
    "long past": {"validFrom": "1990-01-15T00:00:00Z", "validUntil": "1991-01-15T00:00:00Z"},
    "names in two languages": {"name": [{"@value": "Soins", "@language": "fr"}, {"@value": "Care", "@language": "en"}]},
    "a text with direction": {"name": {"@value": "رعاية", "@language": "ar", "@direction": "rtl"}},
    "several subjects": {"credentialSubject": [{"id": "did:example:a"}, {"id": "did:example:b"}]},
    "a related resource by its digest": {
        "relatedResource": [{"id": contexts.CREDENTIALS_V2, "digestSRI": sri(contexts.digest(contexts.CREDENTIALS_V2))}]
    },
}


@pytest.mark.parametrize("changes", ACCEPTED.values(), ids=list(ACCEPTED))
def test_what_the_data_model_allows_is_issued(live: Live, changes: dict[str, Any]) -> None:
    live.issued(draft(**changes))


REFUSED: dict[str, dict[str, Any]] = {
    "no context": {"@context": ...},
    "a context that is no array": {"@context": contexts.CREDENTIALS_V2},
    "an empty context": {"@context": []},
    "another context first": {"@context": [{"grade": "https://x.example/#grade"}, contexts.CREDENTIALS_V2]},
    "V-LD-2 a number among the contexts": {"@context": [contexts.CREDENTIALS_V2, 1]},
    "V-LD-2 a boolean among the contexts": {"@context": [contexts.CREDENTIALS_V2, True]},
    "V-LD-2 null among the contexts": {"@context": [contexts.CREDENTIALS_V2, None]},
    "V-LD-2 a relative context": {"@context": [contexts.CREDENTIALS_V2, "v2.jsonld"]},
    "V-LD-2 a context nobody carries": {"@context": [contexts.CREDENTIALS_V2, "https://x.example/ctx"]},
    "V-LD-2 a protected word redefined": {"@context": [contexts.CREDENTIALS_V2, {"VerifiableCredential": "https://x.example/#VC"}]},
    "V-LD-2 a vocabulary for every word": {"@context": [contexts.CREDENTIALS_V2, {"@vocab": "https://x.example/#"}]},
    "no type": {"type": ...},
    "another type only": {"type": ["VerifiablePresentation"]},
    "a type that is no text": {"type": ["VerifiableCredential", 7]},
    "V-LD-1 a type without meaning": {"type": ["VerifiableCredential", "Diploma"]},
    "V-LD-1 a type that maps to no URL": {
        "@context": [contexts.CREDENTIALS_V2, {"Diploma": "https ://x.example/#Diploma"}],
        "type": ["VerifiableCredential", "Diploma"],
    },
    "V-LD-1 a word without meaning": {"shoeSize": 42},
    "V-LD-1 a word without meaning in the subject": {"credentialSubject": {"id": "did:example:a", "shoeSize": 42}},
    "V-LD-1 statusEntry": {"statusEntry": {"type": "BitstringStatusListEntry"}},
    "no subject": {"credentialSubject": ...},
    **{
        f"a subject that is {name}": {"credentialSubject": value}
        for name, value in {
            "text": "Mira", "a number": 1, "a boolean": True, "null": None, "empty": {}, "an empty array": [],
            "an array with an empty one": [{"id": "did:example:a"}, {}],
        }.items()
    },
    **{f"an id that is {value!r}": {"id": value} for value in (None, ["urn:x:1"], "no-url", 7, "")},
    "a subject's id that is null": {"credentialSubject": {"id": None, "name": "Mira"}},
    "a subject's id that is no URL": {"credentialSubject": {"id": "mira", "name": "Mira"}},
    **{
        f"validFrom {value!r}": {"validFrom": value}
        for value in ("2026-01-15T00:00:00", "2026-01-15", "yesterday", 0, None, "2026-02-30T00:00:00Z")
    },
    "validUntil before validFrom": {"validUntil": "2026-01-14T23:59:59Z"},
    "dates of version 1.1": {"issuanceDate": "2026-01-15T00:00:00Z"},
    **{f"{name} without type": {name: {k: v for k, v in NESTED[name].items() if k != "type"} | {"id": "urn:x:1"}}
       for name in NESTED},
    **{f"{name} with a bad id": {name: {**NESTED[name], "id": "no-url"}} for name in NESTED},
    "a schema without id": {"credentialSchema": {"type": "https://x.example/#Schema"}},
    "V-LD-1 a status of a type without meaning": {"credentialStatus": {"id": "urn:x:1", "type": "Unheard"}},
    "a name that is a number": {"name": 7},
    "a name with more in it": {"name": {"@value": "Soins", "@language": "fr", "url": "https://x.example/"}},
    "a description in no language": {"description": {"@value": "Soins", "@language": 7}},
    "a related resource without digest": {"relatedResource": [{"id": "https://x.example/"}]},
    "a related resource without id": {"relatedResource": [{"digestSRI": NO_DIGEST}]},
    "a related resource twice": {"relatedResource": [{"id": "https://x.example/", "digestSRI": NO_DIGEST}] * 2},
    "a related resource that is text": {"relatedResource": ["https://x.example/"]},
    "a related resource with another digest": {
        "relatedResource": [{"id": contexts.CREDENTIALS_V2, "digestSRI": NO_DIGEST}]
    },
    "V-LD-3 a keyword": {"@graph": []},
    "a proof already": {"proof": {"type": "DataIntegrityProof"}},
}  # fmt: skip


@pytest.mark.parametrize("name", ["ed25519", "ed25519-jcs", "jose"])
@pytest.mark.parametrize("changes", REFUSED.values(), ids=list(REFUSED))
def test_V_DM_1_V_LD_1_a_bad_draft_is_not_signed(live: Live, name: str, changes: dict[str, Any]) -> None:
    answer = live.issue(draft(**{"issuer": live.issuer(name)["did"], **changes}), name)
    assert answer.status_code == 400, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    body = answer.json()
    assert body["verified"] is False
    assert body["requestId"]
    [problem] = body["problemDetails"]
    assert problem["type"].endswith(problem["title"])
    assert problem["title"] in ("MALFORMED_VALUE_ERROR", "DATA_LOSS_DETECTION_ERROR")


ISSUERS_REFUSED = [..., None, True, 7, [], ["did:key:x"], "no-url", {}, {"id": None}, {"id": "no-url"}, {"name": "x"}]


@pytest.mark.parametrize("issuer", ISSUERS_REFUSED, ids=repr)
def test_V_ISS_1_an_issuer_that_is_none_is_not_signed_for(live: Live, issuer: Any) -> None:
    assert live.issue(draft(issuer=issuer)).status_code == 400


def test_V_ISS_1_nothing_is_signed_in_anothers_name(live: Live) -> None:
    assert live.issue(draft(issuer=live.issuer("p256")["did"])).status_code == 400
    assert live.issue(draft(issuer=live.issuer()["did"] + " ")).status_code == 400


BODIES: list[Any] = [None, [], "text", 7, {}, {"credential": None}, {"credential": "text"}, {"credential": []}]


@pytest.mark.parametrize("body", BODIES, ids=repr)
def test_V_JSON_4_a_body_without_credential_is_refused(live: Live, body: Any) -> None:
    assert live.post(live.issuer()["issue"], body).status_code == 400


OPTIONS: list[Any] = [[], "text", 7, {"mandatoryPointers": "/issuer"}, {"mandatoryPointers": [7]}]


@pytest.mark.parametrize("options", OPTIONS, ids=repr)
def test_V_JSON_4_options_of_another_type_are_refused(live: Live, options: Any) -> None:
    body = {"credential": draft(issuer=live.issuer("sd")["did"]), "options": options}
    assert live.post(live.issuer("sd")["issue"], body).status_code == 400


def test_V_JSON_1_a_doubled_member_is_refused(live: Live) -> None:
    text = '{"credential": {}, "credential": {}}'
    answer = live.client.post(live.issuer()["issue"], content=text, headers={"content-type": "application/json"})
    assert answer.status_code == 400


def test_an_issuer_that_does_not_exist_is_not_found(live: Live) -> None:
    assert live.post(live.issuer()["issue"].replace("ed25519", "nobody"), {"credential": draft()}).status_code == 404
