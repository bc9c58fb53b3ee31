"""Per format: flip every bit of every signature, change every single member; and edge cases of keys and signatures.

The Data Integrity suites over the whole document have `test_tampering`; here are the formats that secure differently:
tokens, selective disclosure, COSE, and the post-quantum suite. Zero verify.
"""

from __future__ import annotations

import base64
import copy
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import cbor2
import pytest

import contexts
from keys import InvalidKey, KeyType, PrivateKey, PublicKey
from keys.dids import did_key
from tests.world import ACCEPTED, NOW, World, key_for
from vc import cose, securing
from vc.jose import base64url
from vc.jose.envelopes import VC_JWT, VC_SD_JWT
from vc.jose.open_badges_jwt import OPEN_BADGES_JWT
from vc.proofs import data_integrity
from vc.proofs.ecdsa_sd_2023 import DerivedProof, derive
from vc.proofs.suites import selective

KEY = key_for("hostile sweep", KeyType.P256)
DID = did_key.did_for(KEY.public)
METHOD = did_key.verification_method_for(KEY.public)
WORLD = World()

Secured = Any
Bent = tuple[str, Secured]


@cache
def draft() -> dict[str, Any]:
    made = WORLD.draft(credentialStatus=None, validUntil="2030-01-01T00:00:00Z")
    return {**made, "issuer": {**made["issuer"], "id": DID}}


def verified(secured: Secured) -> bool:
    return WORLD.verify(secured, accepted_suites=securing.EVERYTHING_READ | ACCEPTED).verified


# --- the formats ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Format:
    """One way to secure a credential, and how to bend it: each kind of bending yields what must not verify."""

    name: str
    secured: Callable[[], Secured]
    flipped: Callable[[Secured], Iterator[Bent]]
    changed: Callable[[Secured], Iterator[Bent]]


def bits(raw: bytes) -> Iterator[tuple[int, bytes]]:
    for bit in range(len(raw) * 8):
        flipped = bytearray(raw)
        flipped[bit // 8] ^= 1 << bit % 8
        yield bit, bytes(flipped)


def members(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    if isinstance(value, (dict, list)):
        for step, item in value.items() if isinstance(value, dict) else enumerate(value):
            yield (*path, step)
            yield from members(item, (*path, step))


def bent_documents(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every member removed, replaced, and one added beside it."""
    for path in members(document):
        for how in ("removed", "replaced", "added"):
            bent = copy.deepcopy(document)
            place: Any = bent
            for step in path[:-1]:
                place = place[step]
            if how == "removed":
                del place[path[-1]]
            elif how == "replaced":
                place[path[-1]] = "urn:other" if place[path[-1]] != "urn:other" else "urn:another"
            elif isinstance(place, dict):
                place["added"] = "urn:other"
            else:
                place.append("urn:other")
            yield f"{'/'.join(map(str, path))} {how}", bent


def encoded(value: Any) -> str:
    return base64url.encode(json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode())


def decoded(part: str) -> dict[str, Any]:
    value: dict[str, Any] = json.loads(base64url.decode(part))
    return value


def flipped_token(token: str) -> Iterator[Bent]:
    jwt, *rest = token.split("~")
    head, payload, signature = jwt.split(".")
    for bit, raw in bits(base64url.decode(signature)):
        yield f"bit {bit}", "~".join((f"{head}.{payload}.{base64url.encode(raw)}", *rest))
    for bit, raw in bits(base64url.decode(head)):
        yield f"header bit {bit}", "~".join((f"{base64url.encode(raw)}.{payload}.{signature}", *rest))
    raw = base64url.decode(signature)
    for about, text in {
        "cut": base64url.encode(raw[:-1]),
        "padded": signature + "=",
        "longer": base64url.encode(raw + b"\0"),
        "empty": "",
        "white space": signature + "\n ",
        "four parts": signature + "." + signature,
    }.items():
        if about != "white space":  # around a token it is taken off; inside one it is not
            yield about, "~".join((f"{head}.{payload}.{text}", *rest))
    yield "white space inside", "~".join((f"{head}. {payload}.{signature}", *rest))


def changed_token(token: str) -> Iterator[Bent]:
    jwt, *rest = token.split("~")
    head, payload, signature = jwt.split(".")
    for about, bent in bent_documents(decoded(payload)):
        yield f"payload {about}", "~".join((f"{head}.{encoded(bent)}.{signature}", *rest))
    for about, bent in bent_documents(decoded(head)):
        yield f"header {about}", "~".join((f"{encoded(bent)}.{payload}.{signature}", *rest))
    for place, disclosure in enumerate(rest[:-1]):
        salt, name, value = json.loads(base64url.decode(disclosure))
        lies = ([salt + "x", name, value], [salt, name + "x", value], [salt, name, "other"], [salt, value])
        for lie in lies:
            yield f"disclosure {place} {lie[1:]}", "~".join((jwt, *rest[:place], encoded(lie), *rest[place + 1 :]))
        yield f"disclosure {place} twice", "~".join((jwt, disclosure, *rest))


def cose_envelope(message: bytes) -> dict[str, Any]:
    return {
        "@context": contexts.CREDENTIALS_V2,
        "type": "EnvelopedVerifiableCredential",
        "id": f"data:application/vc+cose;base64,{base64.b64encode(message).decode()}",
    }


def cose_parts(secured: Secured) -> list[Any]:
    return list(cbor2.loads(base64.b64decode(secured["id"].split(",", 1)[1])).value)


def sign1(parts: list[Any]) -> dict[str, Any]:
    return cose_envelope(cbor2.dumps(cbor2.CBORTag(18, parts)))


def flipped_cose(secured: Secured) -> Iterator[Bent]:
    protected, unprotected, payload, signature = cose_parts(secured)
    for bit, raw in bits(signature):
        yield f"bit {bit}", sign1([protected, unprotected, payload, raw])
    for bit, raw in bits(protected):
        yield f"header bit {bit}", sign1([raw, unprotected, payload, signature])


def changed_cose(secured: Secured) -> Iterator[Bent]:
    protected, unprotected, payload, signature = cose_parts(secured)
    for about, bent in bent_documents(json.loads(payload)):
        yield about, sign1([protected, unprotected, json.dumps(bent).encode(), signature])
    header = cbor2.loads(protected)
    for name in header:
        bent_header = {key: value for key, value in header.items() if key != name}
        yield f"header {name} removed", sign1([cbor2.dumps(bent_header), unprotected, payload, signature])


def derived() -> dict[str, Any]:
    suite = selective(["/issuer", "/validFrom", "/validUntil", "/credentialSubject/id"])
    base = data_integrity.sign(draft(), signer=KEY, verification_method=METHOD, suite=suite, created=NOW)
    return derive(base, selective_pointers=["/credentialSubject/achievement", "/name"])


def flipped_derived(secured: Secured) -> Iterator[Bent]:
    """Each bit of the base signature, of the first and last statement's, and of the proof's own key."""
    proof = DerivedProof.decoded(secured["proof"]["proofValue"])
    first, *between, last = proof.signatures
    for bit, raw in bits(proof.base_signature):
        yield f"base bit {bit}", with_proof(secured, proof, base_signature=raw)
    for bit, raw in bits(first):
        yield f"first bit {bit}", with_proof(secured, proof, signatures=(raw, *between, last))
    for bit, raw in bits(last):
        yield f"last bit {bit}", with_proof(secured, proof, signatures=(first, *between, raw))
    another = PrivateKey.generate(KeyType.P256).public
    yield "another key", with_proof(secured, proof, public_key=another)
    yield "one signature fewer", with_proof(secured, proof, signatures=proof.signatures[1:])
    yield "one signature more", with_proof(secured, proof, signatures=(*proof.signatures, first))
    yield "signatures in another order", with_proof(secured, proof, signatures=proof.signatures[::-1])
    yield "no mandatory statements", with_proof(secured, proof, mandatory_indexes=())


def with_proof(secured: dict[str, Any], proof: DerivedProof, **changes: Any) -> dict[str, Any]:
    made = DerivedProof(**{**{name: getattr(proof, name) for name in proof.__dataclass_fields__}, **changes})
    return {**secured, "proof": {**secured["proof"], "proofValue": made.encoded()}}


def changed_document(secured: Secured) -> Iterator[Bent]:
    for about, bent in bent_documents(secured):
        if not about.startswith("proof/proofValue"):
            yield about, bent


def jwt(kind: Any, **options: Any) -> Callable[[], str]:
    return lambda: kind.sign(draft(), signer=KEY, kid=METHOD, **options)


WITHHOLDABLE = [("name",), ("credentialSubject", "achievement", "description")]
FORMATS = (
    Format("vc+jwt", jwt(VC_JWT), flipped_token, changed_token),
    Format("vc+sd-jwt", jwt(VC_SD_JWT, disclosable=WITHHOLDABLE), flipped_token, changed_token),
    Format("Open Badges JWT", jwt(OPEN_BADGES_JWT), flipped_token, changed_token),
    Format(
        "vc+cose",
        lambda: cose_envelope(cose.VC_COSE.sign(draft(), signer=KEY, kid=METHOD)),
        flipped_cose,
        changed_cose,
    ),
    Format("ecdsa-sd-2023", derived, flipped_derived, changed_document),
)


@pytest.mark.parametrize("form", FORMATS, ids=lambda form: form.name)
def test_it_verifies_before_it_is_bent(form: Format) -> None:
    assert verified(form.secured())


@pytest.mark.parametrize("form", FORMATS, ids=lambda form: form.name)
def test_V_PRF_1_no_flipped_signature_verifies(form: Format) -> None:
    assert [about for about, bent in form.flipped(form.secured()) if verified(bent)] == []


@pytest.mark.parametrize("form", FORMATS, ids=lambda form: form.name)
def test_V_TAM_1_no_changed_member_verifies(form: Format) -> None:
    assert [about for about, bent in form.changed(form.secured()) if verified(bent)] == []


# --- keys and signatures --------------------------------------------------------------------------

EDGE = json.loads((Path(__file__).parent.parent / "vectors" / "keys-and-signatures.json").read_text())


def stage(case: dict[str, Any]) -> str:
    """Where the case ends: accepted, or refused at its key or its signature."""
    try:
        key = PublicKey(KeyType(case["type"]), bytes.fromhex(case["key"]))
    except InvalidKey:
        return "refused at key"
    holds = key.verify(bytes.fromhex(case["signature"]), bytes.fromhex(EDGE["message"]))
    return "accepted" if holds else "refused at signature"


@pytest.mark.parametrize("case", EDGE["cases"], ids=lambda case: f"{case['type']}: {case['about'][:60]}")
def test_V_KEY_1_edge_case_of_keys_and_signatures(case: dict[str, Any]) -> None:
    assert stage(case) == case["expect"]
