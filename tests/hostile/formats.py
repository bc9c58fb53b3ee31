"""One issuer, every format, and a pen that signs whatever it is given: our own signers refuse much of what is here."""

from __future__ import annotations

import base64
import copy
import hashlib
import json
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from keys import KeyType, PrivateKey
from keys.dids import did_key
from keys.multibase import encode_base58
from tests.world import ACCEPTED, World, key_for
from vc import cose, securing
from vc.canonical import jcs
from vc.findings import PresentationReport, Report
from vc.jose import jws, sd_jwt
from vc.jose.open_badges_jwt import OPEN_BADGES_JWT
from vc.proofs import data_integrity
from vc.proofs.ecdsa_sd_2023 import derive
from vc.proofs.suites import Suite, selective

Document = dict[str, Any]
Secured = Any
KEY = key_for("hostile", KeyType.P256)
DID = did_key.did_for(KEY.public)
METHOD = did_key.verification_method_for(KEY.public)
EDWARDS = key_for("hostile edwards")
SUITES = securing.EVERYTHING_READ | ACCEPTED
V2 = "https://www.w3.org/ns/credentials/v2"


@cache
def _draft() -> Document:
    made = World().draft(credentialStatus=None, validUntil="2030-01-01T00:00:00Z")
    return {**made, "issuer": {**made["issuer"], "id": DID}}


def draft(**changes: Any) -> Document:
    """A badge by a did:key, unsigned; None takes a member out."""
    made = {**copy.deepcopy(_draft()), **changes}
    return {name: value for name, value in made.items() if value is not None}


def by(key: PrivateKey, document: Document) -> Document:
    """The same, issued by the did:key of `key`."""
    issuer = document["issuer"]
    did = did_key.did_for(key.public)
    return {**document, "issuer": {**issuer, "id": did} if isinstance(issuer, dict) else did}


def integrity(suite: str | Suite, document: Document, *, key: PrivateKey = KEY, **options: Any) -> Document:
    """A Data Integrity proof by our own signer."""
    method = options.pop("verification_method", did_key.verification_method_for(key.public))
    created = options.pop("created", World().now)
    return data_integrity.sign(
        document, signer=key, verification_method=method, suite=suite, created=created, **options
    )


def by_hand(document: Document, *, key: PrivateKey = KEY, suite: str = "ecdsa-jcs-2019", **proof: Any) -> Document:
    """A JCS proof by a signer that refuses nothing; None leaves a member of the proof out."""
    stated = {
        "@context": document.get("@context"),
        "type": "DataIntegrityProof",
        "cryptosuite": suite,
        "created": "2026-11-20T00:00:00Z",
        "verificationMethod": did_key.verification_method_for(key.public),
        "proofPurpose": "assertionMethod",
        **proof,
    }
    options = {name: value for name, value in stated.items() if value is not None}
    hashed = hashlib.sha256(jcs.canonicalize(options)).digest() + hashlib.sha256(jcs.canonicalize(document)).digest()
    return {**document, "proof": {**options, "proofValue": encode_base58(key.sign(hashed))}}


def disclosed(document: Document) -> Document:
    """ecdsa-sd-2023, everything shown."""
    signed = integrity(selective(["/issuer"]), document)
    return derive(signed, selective_pointers=[f"/{name}" for name in document if name != "@context"])


def token(claims: Mapping[str, Any], *, key: PrivateKey = KEY, typ: str = "vc+jwt", **header: Any) -> str:
    """A compact JWS with these claims and header members, whatever they are."""
    head = {"alg": jws.ALGORITHMS[key.type], "typ": typ, "kid": did_key.verification_method_for(key.public), **header}
    parts = [json.dumps(part).encode() for part in ({n: v for n, v in head.items() if v is not None}, claims)]
    signed = ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts)
    return f"{signed}.{base64.urlsafe_b64encode(key.sign(signed.encode())).rstrip(b'=').decode()}"


def disclosures(document: Mapping[str, Any], *, disclosable: list[Any] | None = None) -> str:
    """vc+sd-jwt; `disclosable` may name what ours would not withhold."""
    header = {"cty": "vc"}
    text = sd_jwt.issue(document, disclosable=disclosable or [], signer=KEY, typ="vc+sd-jwt", kid=METHOD, header=header)
    return text if "~" in text else f"{text}~"


def enveloped(media_type: str, content: str, **beside: Any) -> Document:
    """An EnvelopedVerifiableCredential around `content`."""
    kind = "EnvelopedVerifiablePresentation" if "/vp" in media_type else "EnvelopedVerifiableCredential"
    return {"@context": [V2], "type": kind, "id": f"data:{media_type},{content}", **beside}


def in_cose(document: Mapping[str, Any]) -> Document:
    message = cose.VC_COSE.sign(document, signer=KEY, kid=METHOD)
    return enveloped("application/vc+cose;base64", base64.b64encode(message).decode())


FORMATS: Mapping[str, Callable[[Document], Secured]] = {
    "eddsa-rdfc-2022": lambda d: integrity("eddsa-rdfc-2022", by(EDWARDS, d), key=EDWARDS),
    "eddsa-jcs-2022": lambda d: by_hand(by(EDWARDS, d), key=EDWARDS, suite="eddsa-jcs-2022"),
    "ecdsa-rdfc-2019": lambda d: integrity("ecdsa-rdfc-2019", d),
    "ecdsa-jcs-2019": by_hand,
    "ecdsa-sd-2023": disclosed,
    "vc+jwt": lambda d: enveloped("application/vc+jwt", token(d)),
    "vc+sd-jwt": lambda d: enveloped("application/vc+sd-jwt", disclosures(d)),
    "vc+cose": in_cose,
    "open-badges": lambda d: OPEN_BADGES_JWT.sign(d, signer=KEY, kid=METHOD),
}
COVERS_EVERY_BYTE = tuple(name for name in FORMATS if "rdfc" not in name and "sd-2023" not in name)
OVER_RDF = tuple(name for name in FORMATS if name not in COVERS_EVERY_BYTE)


def verify(secured: Secured, *, world: World | None = None, **options: Any) -> Report:
    return (world or World()).verify(secured, accepted_suites=SUITES, **options)


def verify_presentation(secured: Secured, *, world: World, **options: Any) -> PresentationReport:
    return world.verify_presentation(secured, accepted_suites=SUITES, **options)
