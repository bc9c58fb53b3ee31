"""Credentials as tokens: what we seal opens with somebody else's library, what they seal opens here, altered neither.

JWTs with jose, COSE messages with Auth0's library; SD-JWTs have a file of their own. Their identifier is a did:jwk, so
that their key is found here as any issuer's is.
"""

import base64
import json
from datetime import UTC, datetime
from typing import Any

import pytest

import contexts
from keys import KeyType, PrivateKey
from keys.dids import did_key
from tests.node import Peer
from tests.peers.altering import altered
from tests.peers.college import COLLEGE, NOW, College, Published, badge, judged
from vc.cose import VC_COSE
from vc.findings import PresentationReport
from vc.jose import jws
from vc.jose.envelopes import VC_JWT, VP_JWT
from vc.jose.open_badges_jwt import OPEN_BADGES_JWT
from vc.policy import PUBLIC, Anchors
from vc.securing import EVERYTHING_READ
from vc.verify import verify_presentation

SECONDS = int(NOW.timestamp())
LEARNER = "did:example:learner"
EMPLOYER = "https://employer.example"
NONCE = "n-0S6_WzA2Mj"
KEY_TYPES = [KeyType.ED25519, KeyType.P256, KeyType.P384]
ALGS = [jws.ALGORITHMS[key_type] for key_type in KEY_TYPES]


# --- JWTs ---


@pytest.mark.parametrize("key_type", KEY_TYPES)
def test_our_vc_jwt_there(tokens: Peer, key_type: KeyType) -> None:
    college = College(key_type)
    document = badge(college.did, learner=LEARNER)
    token = VC_JWT.sign(document, signer=college.key, kid=college.method)
    asked = {"jwk": college.key.public.jwk, "typ": "vc+jwt"}
    assert tokens("verify-jwt", token=token, **asked)["payload"] == document | {"iss": college.did}
    assert not tokens("verify-jwt", token=altered(token), **asked)["verified"]


@pytest.mark.parametrize("alg", ALGS)
def test_their_vc_jwt_here(tokens: Peer, alg: str) -> None:
    token = their_vc_jwt(tokens, tokens("new-key", alg=alg))
    report = judged(token)
    assert report.verified, report.findings
    assert not judged(altered(token)).verified


def their_vc_jwt(tokens: Peer, issuer: dict[str, Any], **changes: Any) -> str:
    header = {"typ": "vc+jwt", "cty": "vc", "kid": issuer["method"]}
    payload = badge(issuer["did"], learner=LEARNER) | {"iss": issuer["did"], "iat": SECONDS, **changes}
    token: str = tokens("sign-jwt", header=header, payload=payload, secret=issuer["secret"])["token"]
    return token


def presentation(holder: str, credential: str) -> dict[str, Any]:
    """A presentation of one credential, itself a JWT."""
    enveloped = {
        "@context": contexts.CREDENTIALS_V2,
        "type": "EnvelopedVerifiableCredential",
        "id": f"data:application/vc+jwt,{credential}",
    }
    return {
        "@context": [contexts.CREDENTIALS_V2],
        "type": ["VerifiablePresentation"],
        "holder": holder,
        "verifiableCredential": [enveloped],
    }


@pytest.mark.parametrize("key_type", KEY_TYPES)
def test_our_vp_jwt_there(tokens: Peer, key_type: KeyType) -> None:
    learner, college = PrivateKey.generate(key_type), College()
    holder = did_key.did_for(learner.public)
    credential = VC_JWT.sign(badge(college.did, learner=holder), signer=college.key, kid=college.method)
    document = presentation(holder, credential)
    kid = did_key.verification_method_for(learner.public)
    token = VP_JWT.sign(document, signer=learner, kid=kid, audience=EMPLOYER, nonce=NONCE)

    asked = {"token": token, "jwk": learner.public.jwk, "typ": "vp+jwt"}
    answer = tokens("verify-jwt", **asked, audience=EMPLOYER)
    assert answer["payload"] == document | {"iss": holder, "aud": EMPLOYER, "nonce": NONCE}
    assert not tokens("verify-jwt", **asked, audience="https://other.example")["verified"]


@pytest.mark.parametrize("alg", ALGS)
def test_their_vp_jwt_here(tokens: Peer, alg: str) -> None:
    them, college = tokens("new-key", alg=alg), College()
    holder = them["did"]
    credential = VC_JWT.sign(badge(college.did, learner=holder), signer=college.key, kid=college.method)
    payload = presentation(holder, credential) | {"iss": holder, "aud": EMPLOYER, "nonce": NONCE, "iat": SECONDS}
    header = {"typ": "vp+jwt", "cty": "vp", "kid": them["method"]}
    token = tokens("sign-jwt", header=header, payload=payload, secret=them["secret"])["token"]

    def received(text: str, challenge: str) -> PresentationReport:
        return verify_presentation(
            text,
            challenge=challenge,
            domain=EMPLOYER,
            anchors=Anchors.none(),
            policy=PUBLIC,
            accepted_suites=EVERYTHING_READ,
            fetcher=college.on_the_web(),
            now=datetime.now(UTC),
        )

    report = received(token, NONCE)
    assert report.verified, report.findings
    assert report.holder == holder
    assert not received(token, "another").verified


@pytest.mark.parametrize("key_type", [KeyType.ED25519, KeyType.P256])
@pytest.mark.parametrize("by_kid", [True, False], ids=["kid", "jwk"])
def test_our_open_badge_jwt_there(tokens: Peer, key_type: KeyType, *, by_kid: bool) -> None:
    """Open Badges 3.0, section 8.2: the profile has Ed25519, P-256 and RSA only."""
    college = College(key_type)
    document = badge(college.did, learner=LEARNER)
    token = OPEN_BADGES_JWT.sign(document, signer=college.key, kid=college.method if by_kid else None)
    asked = {"jwk": college.key.public.jwk, "typ": "JWT"}
    answer = tokens("verify-jwt", token=token, **asked)
    assert answer["payload"] == document | repeated(document)
    assert not tokens("verify-jwt", token=altered(token), **asked)["verified"]


def repeated(document: dict[str, Any]) -> dict[str, Any]:
    """The claims in which a badge says again what it says."""
    begins = datetime.fromisoformat(document["validFrom"])
    return {
        "iss": document["issuer"]["id"],
        "jti": document["id"],
        "nbf": int(begins.timestamp()),
        "sub": document["credentialSubject"]["id"],
    }


@pytest.mark.parametrize("alg", ["EdDSA", "ES256", "RS256"])
def test_their_open_badge_jwt_here(tokens: Peer, alg: str) -> None:
    """The key stands at an address of the issuer's, as the profile has it for RSA keys too."""
    them = tokens("new-key", alg=alg)
    document = badge(f"{COLLEGE}/issuers/7", learner=LEARNER)
    kid = f"{COLLEGE}/issuers/7/key"
    header, payload = {"typ": "JWT", "kid": kid}, document | repeated(document)
    token = tokens("sign-jwt", header=header, payload=payload, secret=them["secret"])["token"]
    web = Published({kid: json.dumps(them["jwk"]).encode()})
    report = judged(token, web)
    assert report.verified, report.findings
    assert not judged(altered(token), web).verified


# --- COSE ---


@pytest.mark.parametrize("key_type", KEY_TYPES)
def test_our_vc_cose_there(cose: Peer, key_type: KeyType) -> None:
    college = College(key_type)
    document = badge(college.did, learner=LEARNER)
    message = VC_COSE.sign(document, signer=college.key, kid=college.method)
    answer = cose("verify", message=base64.b64encode(message).decode(), jwk=college.key.public.jwk)
    assert answer["payload"] == document
    assert dict(answer["header"])[4] == college.method
    assert dict(answer["header"])[16] == "application/vc+cose"
    changed = base64.b64encode(message.replace(b'"87"', b'"97"')).decode()
    assert not cose("verify", message=changed, jwk=college.key.public.jwk)["verified"]


@pytest.mark.parametrize("alg", ALGS)
def test_their_vc_cose_here(tokens: Peer, cose: Peer, alg: str) -> None:
    them = tokens("new-key", alg=alg)
    header = [[3, "application/vc"], [4, them["method"]], [16, "application/vc+cose"]]
    document = badge(them["did"], learner=LEARNER)
    message = base64.b64decode(cose("sign", header=header, payload=document, secret=them["secret"])["message"])
    report = judged(enveloped(message))
    assert report.verified, report.findings
    assert not judged(enveloped(message.replace(b'"87"', b'"97"'))).verified


def enveloped(message: bytes) -> dict[str, Any]:
    return {
        "@context": contexts.CREDENTIALS_V2,
        "type": "EnvelopedVerifiableCredential",
        "id": f"data:application/vc+cose;base64,{base64.b64encode(message).decode()}",
    }
