"""Verify over HTTPS: one verifier for every suite, and what must be refused is."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

import cbor2
import pytest

import contexts
from keys import KeyType, PrivateKey
from keys.dids import did_key
from keys.multibase import decode_base64url, encode_base64url
from tests.conformance.live import DID, KEY, Live, draft, refused, signed

Change = Callable[[dict[str, Any]], None]


def proof(**changes: Any) -> Change:
    """Change members of the proof; `...` takes one out."""

    def apply(document: dict[str, Any]) -> None:
        for name, value in changes.items():
            if value is ...:
                del document["proof"][name]
            else:
                document["proof"][name] = value

    return apply


def top(**changes: Any) -> Change:
    return lambda document: document.update(changes)


UNFIT: list[Any] = [None, "text", [], 7, {}]

CHANGES: dict[str, Change] = {
    **{f"V-PRF-4 proof is {value!r}": top(proof=value) for value in UNFIT},
    **{
        f"V-PRF-1 no {name}": proof(**{name: ...})
        for name in ("type", "cryptosuite", "verificationMethod", "proofPurpose", "proofValue")
    },
    "V-PRF-1 another type": proof(type="Signature"),
    "V-PRF-1 a suite nobody knows": proof(cryptosuite="rot13-2026"),
    "V-PRF-1 another suite": proof(cryptosuite="eddsa-jcs-2022"),
    "V-PRF-2 another purpose": proof(proofPurpose="authentication"),
    "V-PRF-1 no value": proof(proofValue=None),
    "V-PRF-1 another multibase": proof(proofValue="u" + "A" * 86),
    "V-PRF-1 too short": proof(proofValue="z1"),
    "V-TIM-3 created is no date": proof(created="yesterday"),
    "V-TIM-3 expires is no date": proof(expires="tomorrow"),
    "V-PRF-5 a previous proof that is not there": proof(previousProof="urn:uuid:0d5b5a1c-51a4-4f0e-93f1-6cbb1df8ff1c"),
    "V-PRF-5 a previous proof that is a number": proof(previousProof=7),
    "V-TAM-1 a claim changed": top(credentialSubject={"id": "did:example:mira", "name": "Somebody Else"}),
    "V-TAM-3 a date added": top(validUntil="2100-01-01T00:00:00Z"),
    "V-LD-1 a word without meaning": top(shoeSize=42),
    "V-LD-1 a type without meaning": top(type=["VerifiableCredential", "Diploma"]),
    "V-DM-1 no subject": top(credentialSubject={}),
}


def sent(change: Change) -> dict[str, Any]:
    document = copy.deepcopy(signed(draft()))
    change(document)
    return document


def test_a_proof_by_a_stranger_verifies(live: Live) -> None:
    assert live.verify(signed(draft())).json()["verified"] is True


@pytest.mark.parametrize("change", CHANGES.values(), ids=list(CHANGES))
def test_a_changed_credential_is_refused(live: Live, change: Change) -> None:
    answer = live.verify(sent(change))
    assert answer.status_code == 400
    assert refused(answer)
    assert answer.json()["problemDetails"][0]["type"].startswith("https://")


VALUES: list[Any] = [..., None, "", json.dumps(signed(draft())), [], [signed(draft())], 7, {}]


@pytest.mark.parametrize("value", VALUES, ids=lambda value: type(value).__name__)
def test_V_JSON_4_what_is_no_credential_is_refused(live: Live, value: Any) -> None:
    body = {} if value is ... else {"verifiableCredential": value}
    assert live.post(live.manifest["verifier"]["credentials"], body).status_code == 400


def test_V_PRF_2_a_proof_soundly_made_for_another_purpose_is_refused(live: Live) -> None:
    assert live.verify(signed(draft(), purpose="authentication")).status_code == 400


def test_V_TIM_3_times_without_zone_are_refused(live: Live) -> None:
    assert live.verify(signed(draft(validFrom="2026-01-15T00:00:00"))).status_code == 400


def test_V_PRF_5_chains_hold_only_as_a_whole(live: Live) -> None:
    first = signed(draft(), proof_id="urn:uuid:6f0a9e3c-1d7b-4e0e-bb7d-5b0a4b8f8a11")
    chained = signed(first, previous_proof=first["proof"]["id"])
    assert live.verify(chained).status_code == 200
    broken = copy.deepcopy(chained)
    broken["proof"][0]["proofValue"] = broken["proof"][1]["proofValue"]
    assert live.verify(broken).status_code == 400
    assert live.verify({**chained, "proof": chained["proof"][1:]}).status_code == 400


def test_V_PRF_6_challenge_and_domain_are_compared_where_they_are_given(live: Live) -> None:
    document = signed(draft(), challenge="c-1", domain="verifier.example")
    assert live.verify(document, challenge="c-1", domain="verifier.example").status_code == 200
    assert live.verify(document, challenge="c-2", domain="verifier.example").status_code == 400
    assert live.verify(document, challenge="c-1", domain="other.example").status_code == 400


def test_V_ISS_1_a_stranger_who_signs_for_the_issuer_is_refused_but_by_the_verifier_for_samples(live: Live) -> None:
    forged = signed(draft(issuer=live.issuer()["did"]))
    assert live.verify(forged).status_code == 400
    assert live.verify(forged, "verifierForSamples").status_code == 200


def test_V_LD_2_words_given_wholesale_are_refused_but_by_the_verifier_for_samples(live: Live) -> None:
    vocabulary = [contexts.CREDENTIALS_V2, {"@vocab": "https://x.example/#"}]
    document = signed(draft(**{"@context": vocabulary}, shoeSize="42"))
    assert live.verify(document).status_code == 400
    assert live.verify(document, "verifierForSamples").status_code == 200


# --- selective disclosure ---


def derived(live: Live) -> dict[str, Any]:
    base = live.issued(draft(), "sd", mandatoryPointers=["/issuer"])
    pointers = {"selectivePointers": ["/credentialSubject/id"]}
    answer = live.post(live.issuer("sd")["derive"], {"verifiableCredential": base, "options": pointers})
    assert answer.status_code == 201, answer.text
    shown: dict[str, Any] = answer.json()["verifiableCredential"]
    return shown


def test_a_derived_credential_shows_what_was_chosen_and_verifies(live: Live) -> None:
    shown = derived(live)
    assert shown["credentialSubject"] == {"id": "did:example:mira"}
    assert "validFrom" not in shown
    assert live.verify(shown).json()["verified"] is True


def test_V_PRF_1_a_base_proof_is_never_verified(live: Live) -> None:
    assert live.verify(live.issued(draft(), "sd")).status_code == 400


def respelt(change: Callable[[list[Any]], Any], header: bytes = b"\xd9\x5d\x01") -> Change:
    def apply(document: dict[str, Any]) -> None:
        parts = cbor2.loads(decode_base64url(document["proof"]["proofValue"][1:])[3:])
        document["proof"]["proofValue"] = "u" + encode_base64url(header + cbor2.dumps(change(parts)))

    return apply


SPELLINGS: dict[str, Change] = {
    "as a base proof": respelt(lambda parts: parts, b"\xd9\x5d\x00"),
    "as a BBS proof": respelt(lambda parts: parts, b"\xd9\x5d\x03"),
    "a component less": respelt(lambda parts: parts[:-1]),
    "a tagged component": respelt(lambda parts: [cbor2.CBORTag(64, parts[0]), *parts[1:]]),
    "a signature less": respelt(lambda parts: [*parts[:2], parts[2][1:], *parts[3:]]),
    "a signature too short": respelt(lambda parts: [parts[0][1:], *parts[1:]]),
    "text for bytes": respelt(lambda parts: ["signature", *parts[1:]]),
    "a map, not an array": respelt(lambda parts: dict(enumerate(parts))),
    "without its multibase letter": lambda d: d["proof"].update(proofValue=d["proof"]["proofValue"][1:]),
}


@pytest.mark.parametrize("change", SPELLINGS.values(), ids=list(SPELLINGS))
def test_V_PRF_1_a_derived_proof_has_one_spelling(live: Live, change: Change) -> None:
    shown = derived(live)
    change(shown)
    assert live.verify(shown).status_code == 400


BAD_DERIVES: dict[str, tuple[Any, Any]] = {
    "a pointer to nothing": ({}, {"selectivePointers": ["/credentialSubject/shoeSize"]}),
    "no pointer": ({}, {"selectivePointers": "x"}),
    "no pointer syntax": ({}, {"selectivePointers": ["credentialSubject"]}),
    "no base proof": ({"proof": signed(draft())["proof"]}, {"selectivePointers": ["/credentialSubject/id"]}),
    "no proof": ({"proof": None}, {"selectivePointers": ["/credentialSubject/id"]}),
}


@pytest.mark.parametrize(("changes", "options"), BAD_DERIVES.values(), ids=list(BAD_DERIVES))
def test_what_cannot_be_derived_is_refused(live: Live, changes: dict[str, Any], options: Any) -> None:
    base = live.issued(draft(), "sd") | changes
    answer = live.post(live.issuer("sd")["derive"], {"verifiableCredential": base, "options": options})
    assert answer.status_code == 400


def test_mandatory_pointers_to_nothing_are_refused(live: Live) -> None:
    document = draft(issuer=live.issuer("sd")["did"])
    assert live.issue(document, "sd", mandatoryPointers=["/evidence"]).status_code == 400


# --- envelopes ---

ENVELOPES: dict[str, dict[str, Any]] = {
    "no context": {"@context": []},
    "another context": {"@context": contexts.EXAMPLES_V2},
    "no type": {"type": ...},
    "another type": {"type": "VerifiableCredential"},
    "V-ENV-1 a claim beside the token": {"credentialSubject": {"id": "did:example:else"}},
}


@pytest.mark.parametrize("changes", ENVELOPES.values(), ids=list(ENVELOPES))
def test_V_ENV_1_an_envelope_has_one_form(live: Live, changes: dict[str, Any]) -> None:
    enveloped = {**live.issued(draft(), "jose"), **changes}
    kept = {name: value for name, value in enveloped.items() if value is not ...}
    assert live.verify(kept).status_code == 400


def test_V_ENV_1_the_id_of_an_envelope_is_a_data_url(live: Live) -> None:
    enveloped = live.issued(draft(), "jose")
    assert live.verify({**enveloped, "id": enveloped["id"].partition(",")[2]}).status_code == 400


# --- presentations ---


def presented(key: PrivateKey = KEY, **changes: Any) -> dict[str, Any]:
    made = {
        "@context": [contexts.CREDENTIALS_V2],
        "type": ["VerifiablePresentation"],
        "holder": DID,
        "verifiableCredential": [signed(draft())],
        **changes,
    }
    kept = {name: value for name, value in made.items() if value is not ...}
    method = did_key.verification_method_for(key.public)
    options = {"purpose": "authentication", "challenge": "c-1", "domain": "verifier.example"}
    return signed(kept, signer=key, verification_method=method, **options)


HELD: dict[str, dict[str, Any]] = {
    "as it is": {},
    "without holder": {"holder": ...},
    "holder as an object": {"holder": {"id": DID}},
    "nothing presented": {"verifiableCredential": ...},
    "one credential without array": {"verifiableCredential": signed(draft())},
    "a type of its own": {
        "@context": [contexts.CREDENTIALS_V2, {"Folder": "https://x.example/#Folder"}],
        "type": ["VerifiablePresentation", "Folder"],
    },
}


@pytest.mark.parametrize("changes", HELD.values(), ids=list(HELD))
def test_a_presentation_is_verified(live: Live, changes: dict[str, Any]) -> None:
    answer = live.verify_presentation(presented(**changes), challenge="c-1", domain="verifier.example")
    assert (answer.status_code, answer.json()["verified"]) == (200, True), answer.text


def test_P_RPL_1_P_RPL_2_another_challenge_or_domain_is_refused(live: Live) -> None:
    for options in ({"challenge": "c-2"}, {"domain": "other.example"}):
        given = {"challenge": "c-1", "domain": "verifier.example", **options}
        assert live.verify_presentation(presented(), **given).status_code == 400


NOT_HELD: dict[str, dict[str, Any]] = {
    "no proof": {"proof": ...},
    "no context": {"@context": ...},
    "the base context second": {"@context": [{"grade": "https://x.example/#g"}, contexts.CREDENTIALS_V2]},
    "a context nobody carries": {"@context": [contexts.CREDENTIALS_V2, "https://x.example/ctx"]},
    "a number among the contexts": {"@context": [contexts.CREDENTIALS_V2, 7]},
    "no type": {"type": ...},
    "another type": {"type": ["VerifiableCredential"]},
    "P-DM-1 a credential by address": {"verifiableCredential": ["https://x.example/1"]},
    "V-TAM-1 another credential": {"verifiableCredential": [{**signed(draft()), "id": "urn:x:other"}]},
}


@pytest.mark.parametrize("changes", NOT_HELD.values(), ids=list(NOT_HELD))
def test_a_bad_presentation_is_refused(live: Live, changes: dict[str, Any]) -> None:
    document = {name: value for name, value in {**presented(), **changes}.items() if value is not ...}
    assert live.verify_presentation(document, challenge="c-1", domain="verifier.example").status_code == 400


def test_P_BND_1_a_holder_who_did_not_sign_is_refused(live: Live) -> None:
    thief = PrivateKey.generate(KeyType.ED25519)
    answer = live.verify_presentation(presented(thief), challenge="c-1", domain="verifier.example")
    assert answer.status_code == 400
