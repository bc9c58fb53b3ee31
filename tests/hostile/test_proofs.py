"""Whose proof, made with which key, for what: every one of these is properly signed (V-PRF, V-ISS, V-TYP, V-DM)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from keys.dids import did_key
from tests.hostile.formats import DID, EDWARDS, FORMATS, KEY, METHOD, V2, by_hand, draft, verify
from tests.reports import refused
from tests.world import World
from vc.errors import VcError

OTHER = did_key.did_for(EDWARDS.public)
FRAGMENT = METHOD.partition("#")[2]

PURPOSES: list[Any] = [
    "authentication",
    "keyAgreement",
    "capabilityInvocation",
    "AssertionMethod",
    "assertionMethod ",
    "https://w3id.org/security#assertionMethod",
    ["assertionMethod"],
    ["authentication", "assertionMethod"],
    None,
]


@pytest.mark.parametrize("purpose", PURPOSES)
def test_V_PRF_2_only_for_asserting(purpose: Any) -> None:
    credential = by_hand(draft(), proofPurpose=purpose)
    assert refused(verify(credential), "INVALID_RELATIONSHIP_FOR_VERIFICATION_METHOD")


METHODS: dict[str, Any] = {
    "embedded": {"id": METHOD, "type": "Multikey", "controller": DID, "publicKeyMultibase": KEY.public.multikey},
    "list": [METHOD],
    "two": [METHOD, METHOD],
    "foreign fragment": f"{DID}#other",
    "attacker's": did_key.verification_method_for(EDWARDS.public),
    "query": f"{DID}?versionId=1#{FRAGMENT}",
    "path": f"{DID}/keys#{FRAGMENT}",
    "relative": f"#{FRAGMENT}",
    "no fragment": DID,
    "empty fragment": f"{DID}#",
    "two fragments": f"{METHOD}#{FRAGMENT}",
    "white space": f" {METHOD}",
    "line feed": f"{METHOD}\n",
    "file": "file:///etc/passwd#key",
    "number": 5,
}


@pytest.mark.parametrize("method", METHODS.values(), ids=METHODS)
def test_V_PRF_3_a_key_is_one_address_under_its_issuer(method: Any) -> None:
    world = World()
    assert refused(verify(by_hand(draft(), verificationMethod=method), world=world), "INVALID_VERIFICATION_METHOD")
    assert world.net.requests == []


VALUES: dict[str, Callable[[str], Any]] = {
    "shortened": lambda v: v[:-1],
    "padded": lambda v: v + "1",
    "leading ones": lambda v: "z1" + v[1:],
    "white space": lambda v: v + " ",
    "line feed": lambda v: v + "\n",
    "base64url": lambda v: "u" + v[1:],
    "no prefix": lambda v: v[1:],
    "upper case": lambda v: v.upper(),
    "foreign letter": lambda v: v[:-1] + "0",
    "empty": lambda _: "",
    "only prefix": lambda _: "z",
    "list": lambda v: [v],
    "object": lambda v: {"@value": v},
    "number": lambda _: 5,
    "null": lambda _: None,
    "60 000 characters": lambda _: "z" + "2" * 60_000,
}


@pytest.mark.parametrize("bend", VALUES.values(), ids=VALUES)
def test_V_PRF_1_one_spelling_of_a_signature(bend: Callable[[str], Any]) -> None:
    signed = by_hand(draft())
    signed["proof"]["proofValue"] = bend(signed["proof"]["proofValue"])
    assert refused(verify(signed), "PROOF_VERIFICATION_ERROR")


@pytest.mark.parametrize(
    "suite", ["", "unknown-2022", "eddsa-jcs-2022 ", "../eddsa-jcs-2022", "none", ["ecdsa-jcs-2019"], 5, {}, None]
)
def test_V_PRF_1_only_suites_by_their_names(suite: Any) -> None:
    assert refused(verify(by_hand(draft(), suite="ecdsa-jcs-2019", cryptosuite=suite)), "PROOF_VERIFICATION_ERROR")


BESIDE: dict[str, Any] = {
    "by its address": {"https://w3id.org/security#domain": "else.example"},
    "keyword": {"@type": "urn:other"},
    "undefined": {"bonus": "1"},
    "nested": {"nonce": {"@value": "x"}},
    "time in words": {"created": "yesterday"},
    "no such day": {"created": "2026-02-30T00:00:00Z"},
    "list of times": {"created": ["2026-11-20T00:00:00Z"]},
    "to come": {"created": "2026-11-22T12:01:01Z"},
    "over": {"expires": "2026-11-22T11:58:59Z"},
    "same id twice": {"previousProof": "urn:uuid:0"},
}


@pytest.mark.parametrize("members", BESIDE.values(), ids=BESIDE)
def test_V_PRF_1_V_TIM_2_members_of_a_proof(members: dict[str, Any]) -> None:
    assert refused(verify(by_hand(draft(), **members)))


def test_V_PRF_4_nothing_unsecured_is_verified() -> None:
    signed = FORMATS["eddsa-rdfc-2022"](draft())
    bare = {name: value for name, value in signed.items() if name != "proof"}
    subject = {**bare["credentialSubject"], "proof": signed["proof"]}
    for lie in (
        bare,
        {**bare, "proof": None},
        {**bare, "proof": []},
        {**bare, "proof": {}},
        {**bare, "proof": [[signed["proof"]]]},
        {**bare, "proof": "z3"},
        {**bare, "Proof": signed["proof"]},
        {**bare, "proofs": signed["proof"]},
        {**bare, "https://w3id.org/security#proof": signed["proof"]},
        {**bare, "credentialSubject": subject},
    ):
        assert refused(verify(lie))


def test_V_PRF_5_every_proof_of_a_set_counts() -> None:
    one, two = FORMATS["eddsa-rdfc-2022"](draft()), FORMATS["eddsa-rdfc-2022"](draft(name="Another"))
    good, other = one["proof"], two["proof"]
    foreign = by_hand(draft())["proof"]
    dangling = {**good, "previousProof": "urn:uuid:nobody"}
    assert verify({**one, "proof": [good]}).verified
    for bad in (other, foreign, dangling, {}, None, {**good, "cryptosuite": "unknown-2022"}):
        assert refused(verify({**one, "proof": [good, bad]}))
        assert refused(verify({**one, "proof": [bad, good]}))


ISSUERS: dict[str, Any] = {
    "another": OTHER,
    "list": [DID],
    "two": [DID, OTHER],
    "two, other way": [OTHER, DID],
    "another, in an object": {"id": OTHER, "type": ["Profile"]},
    "trailing letter": f"{DID}a",
    "trailing white space": f"{DID} ",
    "trailing slash": f"{DID}/",
    "upper case": DID.upper(),
    "upper method": DID.replace("did:key", "did:Key"),
    "with the key": {"id": OTHER, "publicKeyMultibase": KEY.public.multikey},
    "also known as": {"id": OTHER, "type": ["Profile"], "alsoKnownAs": [DID]},
    "with fragment": METHOD,
    "missing": None,
    "empty": "",
    "number": 5,
}


def signed_unless_refused(name: str, document: dict[str, Any]) -> Any:
    """The document in that format, or None: our own signers refuse some lies, each in its way."""
    try:
        return FORMATS[name](document)
    except (VcError, KeyError, TypeError, AttributeError):
        return None


@pytest.mark.parametrize("name", [name for name in FORMATS if not name.startswith("eddsa")])
@pytest.mark.parametrize("issuer", ISSUERS.values(), ids=ISSUERS)
def test_V_ISS_1_the_signer_is_the_issuer_byte_for_byte(name: str, issuer: Any) -> None:
    signed = signed_unless_refused(name, draft(issuer=issuer))
    assert signed is None or refused(verify(signed))


SHAPES: dict[str, dict[str, Any]] = {
    "no context": {"@context": None},
    "context in words": {"@context": "credentials"},
    "context not first": {"@context": ["https://w3id.org/security/data-integrity/v2", V2]},
    "both versions": {"@context": [V2, "https://www.w3.org/2018/credentials/v1"]},
    "no type": {"type": None},
    "type a number": {"type": 5},
    "type empty": {"type": []},
    "type without the base": {"type": ["OpenBadgeCredential"]},
    "type in a list of lists": {"type": [["VerifiableCredential"]]},
    "no subject": {"credentialSubject": None},
    "subject in words": {"credentialSubject": "mira"},
    "subject empty": {"credentialSubject": {}},
    "subjects empty": {"credentialSubject": []},
    "subject's id a list": {"credentialSubject": {"id": ["urn:a", "urn:b"]}},
    "id a list": {"id": ["urn:a"]},
    "id no address": {"id": "badge 5"},
    "id a number": {"id": 5},
    "status without type": {"credentialStatus": {"id": "urn:a"}},
    "status in words": {"credentialStatus": "fine"},
    "schema without id": {"credentialSchema": {"type": "JsonSchema"}},
    "old claim": {"vc": {"type": ["VerifiableCredential"]}},
    "name a number": {"name": 5},
}


@pytest.mark.parametrize("name", ["ecdsa-jcs-2019", "vc+jwt", "vc+cose"])
@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_V_DM_1_shapes(name: str, shape: dict[str, Any]) -> None:
    problem = () if "vc" in shape and name != "vc+jwt" else ("MALFORMED_VALUE_ERROR",)
    assert refused(verify(FORMATS[name](draft(**shape))), *problem)
