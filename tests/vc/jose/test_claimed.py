"""Tokens with a `vc` or `vp` claim: refused always, read only where a policy for the public suites says so."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

import contexts
from keys import KeyType, PrivateKey
from keys.dids import did_key
from keys.fetching import NoNetwork
from vc import securing
from vc.findings import PresentationReport
from vc.jose import jws
from vc.policy import PUBLIC, Anchors, Policy
from vc.verify import verify_presentation

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
HOLDER, ISSUER = PrivateKey.generate(KeyType.ED25519), PrivateKey.generate(KeyType.P256)
SUITE = replace(PUBLIC, insecure_read_vc_and_vp_claims=True, insecure_accept_any_presenter=True)


def token(key: PrivateKey, payload: dict[str, Any], **header: Any) -> str:
    made = {"typ": "JWT", **header}
    kid = did_key.verification_method_for(key.public)
    return jws.sign({"iss": did_key.did_for(key.public), **payload}, signer=key, kid=kid, **made)


def enveloped(kind: str, text: str) -> dict[str, Any]:
    kinds, address = f"EnvelopedVerifiable{kind}", f"data:application/jwt,{text}"
    return {"@context": contexts.CREDENTIALS_V2, "type": kinds, "id": address}


def presentation(**payload: Any) -> dict[str, Any]:
    credential = {
        "@context": [contexts.CREDENTIALS_V2],
        "type": ["VerifiableCredential"],
        "issuer": did_key.did_for(ISSUER.public),
        "credentialSubject": {"id": "did:example:alice"},
    }
    shown = {
        "@context": [contexts.CREDENTIALS_V2],
        "type": ["VerifiablePresentation"],
        "holder": did_key.did_for(HOLDER.public),
        "verifiableCredential": [enveloped("Credential", token(ISSUER, {"vc": credential}))],
    }
    return enveloped("Presentation", token(HOLDER, {"vp": shown, "nonce": "n-1", **payload}))


def judged(document: dict[str, Any] | str, policy: Policy = SUITE, challenge: str = "n-1") -> PresentationReport:
    return verify_presentation(
        document,
        challenge=challenge,
        domain=None,
        anchors=Anchors.none(),
        policy=policy,
        accepted_suites=securing.EVERYTHING_READ,
        fetcher=NoNetwork(),
        now=NOW,
    )


def test_V_JWT_1_a_vp_claim_is_refused_unless_the_policy_names_the_exception() -> None:
    assert not judged(presentation(), replace(SUITE, insecure_read_vc_and_vp_claims=False)).verified
    assert judged(presentation()).verified


@pytest.mark.parametrize(
    "payload",
    [{"vc": {}}, {"vp": "text"}, {"vp": None}, {"iss": "did:example:other"}, {"exp": 1}, {"nbf": 4_000_000_000}],
    ids=["two claims", "text", "null", "another party", "ended", "not begun"],
)
def test_what_the_claims_must_say_still_holds(payload: dict[str, Any]) -> None:
    assert not judged(presentation(**payload)).verified


def test_P_RPL_1_the_nonce_is_still_checked() -> None:
    assert not judged(presentation(), challenge="n-2").verified


def test_V_TAM_1_another_signature_is_refused() -> None:
    document = presentation()
    head, payload, signature = document["id"].split(".")
    other = presentation(jti="urn:x:other")["id"].split(".")[2]
    assert signature != other
    assert not judged({**document, "id": ".".join((head, payload, other))}).verified


def test_a_bare_token_is_never_read_this_way() -> None:
    bare = presentation()["id"].partition(",")[2]
    assert not judged(bare).verified


def test_V_TYP_1_each_claim_holds_its_own_kind() -> None:
    shown = {
        "@context": [contexts.CREDENTIALS_V2],
        "type": ["VerifiablePresentation"],
        "holder": did_key.did_for(HOLDER.public),
    }
    policy = replace(SUITE, insecure_accept_empty_presentation=True)
    assert judged(enveloped("Presentation", token(HOLDER, {"vp": shown, "nonce": "n-1"})), policy).verified
    assert not judged(enveloped("Presentation", token(HOLDER, {"vc": shown, "nonce": "n-1"})), policy).verified
