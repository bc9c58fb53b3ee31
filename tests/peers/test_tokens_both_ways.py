"""Credentials as tokens: what we seal opens with somebody else's library, what they seal opens here, altered neither.

JWTs with jose, SD-JWTs and status lists with the OpenWallet Foundation's libraries, COSE with Auth0's. Whoever they
are, their identifier is a did:jwk, so that no key passes from one side to the other but as its issuer publishes it.
For SD-JWTs there are three parts to play (issuer, holder, verifier), and each is played by each side.
"""

import base64
import itertools
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

import contexts
from keys import KeyType, PrivateKey, PublicKey
from keys.dids import did_key
from tests.node import Peer
from tests.peers.college import COLLEGE, NOW, College, Published, badge, judged
from vc.cose import VC_COSE
from vc.findings import PresentationReport, Report
from vc.jose import base64url, jws, sd_jwt, sd_jwt_vc
from vc.jose.envelopes import VC_JWT, VC_SD_JWT, VP_JWT
from vc.jose.open_badges_jwt import OPEN_BADGES_JWT
from vc.jose.sd_jwt import HolderBinding, RequireKeyBinding
from vc.policy import PUBLIC, Anchors
from vc.securing import EVERYTHING_READ
from vc.status import token_list
from vc.status.token_list import StatusReference, TokenStatus, TokenStatusList
from vc.verify import verify_presentation

SECONDS = int(NOW.timestamp())
LEARNER = "did:example:learner"
EMPLOYER = "https://employer.example"
NONCE = "n-0S6_WzA2Mj"
VCT = "https://skills.example/types/badge"
LIST = f"{COLLEGE}/status/1"
KEY_TYPES = [KeyType.ED25519, KeyType.P256, KeyType.P384]
ALGS = [jws.ALGORITHMS[key_type] for key_type in KEY_TYPES]
PLAYERS = [parts for parts in itertools.product(("ours", "theirs"), repeat=3) if "theirs" in parts]
RESULT, ACHIEVEMENT = ("credentialSubject", "result"), ("credentialSubject", "achievement")
FRAME = {"credentialSubject": {"_sd": ["result", "achievement"], "achievement": {"_sd": ["criteria"]}}, "_sd_decoy": 3}
SHOWN = {"credentialSubject": {"achievement": {"criteria": True}}}
CLAIMS = {
    "name": "Analyse de données 101",
    "results": [{"value": "87"}, {"value": "Réussi"}],
    "place": {"city": "Alma"},
}
CLAIMS_FRAME = {
    "_sd": ["name", "results", "place"],
    "results": {"_sd": [0]},
    "place": {"_sd": ["city"]},
    "_sd_decoy": 3,
}
CLAIMS_PATHS: list[sd_jwt.Path] = [("name",), ("results",), ("results", 0), ("place",), ("place", "city")]


def altered(token: str, told: str = '"87"', instead: str = '"97"') -> str:
    """The same signature over another content: a better mark, if nothing else is said."""
    header, payload, rest = token.split(".", 2)
    return ".".join((header, reworded(payload, told, instead), rest))


def reworded(part: str, told: str, instead: str) -> str:
    text = base64url.decode(part).decode()
    assert told in text
    return base64url.encode(text.replace(told, instead).encode())


def with_other_criteria(token: str) -> str:
    """The disclosure of the criteria says something else; nothing that is signed has changed."""
    signed, *disclosures, binding = token.split("~")
    place = next(n for n, one in enumerate(disclosures) if b"projet final" in base64url.decode(one))
    disclosures[place] = reworded(disclosures[place], "projet final", "premier projet")
    return "~".join((signed, *disclosures, binding))


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


# --- SD-JWTs ---


@pytest.mark.parametrize(("issuer", "holder", "verifier"), PLAYERS)
def test_vc_sd_jwt(tokens: Peer, issuer: str, holder: str, verifier: str) -> None:
    """Recursive disclosures: the criteria stand inside the achievement, which may be withheld itself. With decoys.

    A disclosure that belongs to no digest is to be refused (RFC 9901, section 7.1, step 5), and is here. The peer
    passes over it, so that there an altered disclosure is merely not shown.
    """
    college, them = College(), tokens("new-key", alg="ES256")
    if issuer == "ours":
        document = badge(college.did, learner=LEARNER)
        paths = [RESULT, ACHIEVEMENT, (*ACHIEVEMENT, "criteria")]
        token = VC_SD_JWT.sign(document, signer=college.key, kid=college.method, disclosable=paths)
        jwk = college.key.public.jwk
    else:
        document = badge(them["did"], learner=LEARNER)
        header = {"typ": "vc+sd-jwt", "cty": "vc", "kid": them["method"]}
        made = {"header": header, "payload": document | {"iss": them["did"]}, "frame": FRAME}
        token, jwk = tokens("issue-sd-jwt", **made, secret=them["secret"])["token"], them["jwk"]
    if holder == "ours":
        shown = sd_jwt.present(token, disclose=[(*ACHIEVEMENT, "criteria")], typ="vc+sd-jwt", binding=None)
    else:
        shown = tokens("present-sd-jwt", token=token, frame=SHOWN)["token"]

    def verified(text: str) -> dict[str, Any] | None:
        if verifier == "ours":
            report = judged(text, college.on_the_web())
            return dict(report.credential) if report.verified and report.credential else None
        answer = tokens("verify-sd-jwt", token=text, jwk=jwk, typ="vc+sd-jwt")
        return answer["payload"] if answer["verified"] else None

    seen = verified(shown)
    assert seen is not None
    assert seen["credentialSubject"]["achievement"] == document["credentialSubject"]["achievement"]
    assert "result" not in seen["credentialSubject"]
    assert verified(altered(shown, "Nord", "Sud")) is None
    reworked = verified(with_other_criteria(shown))
    assert reworked is None or (verifier == "theirs" and "criteria" not in reworked["credentialSubject"]["achievement"])


@pytest.mark.parametrize("typ", ["vc+sd-jwt", "dc+sd-jwt"])
@pytest.mark.parametrize(("issuer", "holder", "verifier"), PLAYERS)
def test_key_binding(tokens: Peer, typ: str, issuer: str, holder: str, verifier: str) -> None:
    """RFC 9901 for both types: a place in a list is withheld, what is shown is bound to employer and nonce."""
    keys = tokens("new-key", alg="ES256"), tokens("new-key", alg="EdDSA")
    signing, holding = (PrivateKey.generate(KeyType.P256), PrivateKey.generate(KeyType.ED25519))
    jwk = signing.public.jwk if issuer == "ours" else keys[0]["jwk"]
    holder_jwk = holding.public.jwk if holder == "ours" else keys[1]["jwk"]
    payload = CLAIMS | {"iss": COLLEGE, "vct": VCT, "cnf": {"jwk": holder_jwk}}
    if issuer == "ours":
        token = sd_jwt.issue(payload, disclosable=CLAIMS_PATHS, signer=signing, typ=typ, decoys=3)
    else:
        made = {"header": {"typ": typ}, "payload": payload, "frame": CLAIMS_FRAME, "secret": keys[0]["secret"]}
        token = tokens("issue-sd-jwt", **made)["token"]
    if holder == "ours":
        binding = HolderBinding(signer=holding, audience=EMPLOYER, nonce=NONCE, now=NOW)
        shown = sd_jwt.present(token, disclose=[("results",), ("place", "city")], typ=typ, binding=binding)
    else:
        frame, claims = {"results": True, "place": {"city": True}}, {"aud": EMPLOYER, "nonce": NONCE, "iat": SECONDS}
        shown = tokens("present-sd-jwt", token=token, frame=frame, binding=claims, secret=keys[1]["secret"])["token"]

    def seen(text: str, nonce: str = NONCE) -> dict[str, Any] | None:
        if verifier == "ours":
            wanted = RequireKeyBinding(audience=EMPLOYER, nonce=nonce, now=datetime.now(UTC))
            try:
                key, read = PublicKey.from_jwk(jwk), sd_jwt.read(text, typ=typ)
                return read.verify(key, accepted_algs=frozenset({"ES256"}), key_binding=wanted)
            except jws.InvalidJws:
                return None
        asked = {"jwk": jwk, "typ": typ, "audience": EMPLOYER, "nonce": nonce}
        answer = tokens("verify-sd-jwt", token=text, **asked)
        return answer["payload"] if answer["verified"] else None

    told = payload | {"results": [{"value": "Réussi"}]}
    del told["name"]
    assert seen(shown) == told
    assert seen(shown, nonce="another") is None
    assert seen(altered(shown, "/types/badge", "/types/diploma")) is None
    signed, _, *others = shown.split("~")
    assert seen("~".join((signed, *others))) is None, "the binding covers what is shown"


# --- SD-JWT VC and status lists ---


@pytest.mark.parametrize("status", list(TokenStatus))
def test_our_sd_jwt_vc_and_its_status_there(tokens: Peer, status: TokenStatus) -> None:
    college, learner = College(KeyType.P256), PrivateKey.generate(KeyType.P256)
    token = sd_jwt_vc.issue(
        CLAIMS,
        vct=VCT,
        issuer=college.did,
        signer=college.key,
        kid=college.method,
        holder=learner.public,
        issued=NOW,
        valid_until=NOW + timedelta(days=1),
        status=StatusReference(LIST, 2),
        disclosable=CLAIMS_PATHS,
        decoys=3,
    )
    listed = token_list.sign_list(
        TokenStatusList.of([1, 1, status, 1], bits=2),
        uri=LIST,
        issuer=college.did,
        signer=college.key,
        kid=college.method,
        now=NOW,
        lifetime=timedelta(hours=1),
        ttl=timedelta(minutes=5),
    )
    binding = HolderBinding(signer=learner, audience=EMPLOYER, nonce=NONCE, now=NOW)
    shown = sd_jwt_vc.present(token, disclose=[("name",)], binding=binding)
    asked = {"jwk": college.key.public.jwk, "typ": "dc+sd-jwt", "audience": EMPLOYER, "nonce": NONCE}
    answer = tokens("verify-sd-jwt", token=shown, **asked, lists={LIST: listed})
    assert answer["verified"] is (status is TokenStatus.VALID)
    assert not answer["verified"] or answer["payload"]["name"] == CLAIMS["name"]
    other = sd_jwt_vc.present(token, disclose=[], binding=None)
    assert not tokens("verify-sd-jwt", token=other, **asked, lists={LIST: listed})["verified"], "not bound"


@pytest.mark.parametrize("status", list(TokenStatus))
@pytest.mark.parametrize("alg", ALGS)
def test_their_sd_jwt_vc_and_its_status_here(tokens: Peer, alg: str, status: TokenStatus) -> None:
    them, learner = tokens("new-key", alg=alg), tokens("new-key", alg="ES256")
    own = {"iss": them["did"], "vct": VCT, "iat": SECONDS, "cnf": {"jwk": learner["jwk"]}}
    payload = CLAIMS | own | {"status": {"status_list": {"idx": 2, "uri": LIST}}}
    header = {"typ": "dc+sd-jwt", "kid": them["method"]}
    made = {"header": header, "payload": payload, "frame": CLAIMS_FRAME, "secret": them["secret"]}
    token = tokens("issue-sd-jwt", **made)["token"]
    about = {"sub": LIST, "iss": them["did"], "iat": SECONDS, "exp": SECONDS + 3600, "ttl": 300}
    written = {"header": {"kid": them["method"]}, "payload": about, "values": [1, 1, status, 1], "bits": 2}
    listed = tokens("sign-list", **written, secret=them["secret"])["token"]
    binding = {"aud": EMPLOYER, "nonce": NONCE, "iat": SECONDS}
    shown = tokens("present-sd-jwt", token=token, frame={"name": True}, binding=binding, secret=learner["secret"])[
        "token"
    ]

    report = received(shown, Published({LIST: listed.encode()}))
    assert report.verified is (status is TokenStatus.VALID), report.findings
    assert report["integrity"].answer.value == "passed"
    assert report["holder"].answer.value == "passed"
    assert not received(shown, Published({})).verified, "whose status is not known"


def received(text: str, web: Published) -> Report:
    return sd_jwt_vc.verify(
        text,
        key_binding=RequireKeyBinding(audience=EMPLOYER, nonce=NONCE, now=datetime.now(UTC)),
        anchors=Anchors.none(),
        accepted_types=frozenset({VCT}),
        accepted_algs=frozenset(ALGS),
        fetcher=web,
        now=datetime.now(UTC),
    )


@pytest.mark.parametrize("bits", token_list.ENTRY_BITS)
def test_status_lists_of_every_width(tokens: Peer, bits: int) -> None:
    """Each side reads every value that the other wrote."""
    them, college = tokens("new-key", alg="ES256"), College(KeyType.P256)
    values = [n * 7 % 2**bits for n in range(64)]
    signed = token_list.sign_list(
        TokenStatusList.of(values, bits=bits),
        uri=LIST,
        issuer=college.did,
        signer=college.key,
        kid=college.method,
        now=NOW,
        lifetime=timedelta(hours=1),
        ttl=timedelta(minutes=5),
    )
    assert tokens("read-list", token=signed, jwk=college.key.public.jwk)["values"] == values

    about = {"sub": LIST, "iat": SECONDS}
    written = {"header": {"kid": them["method"]}, "payload": about, "values": values, "bits": bits}
    listed = tokens("sign-list", **written, secret=them["secret"])["token"]
    key = PublicKey.from_jwk(them["jwk"])
    read = [
        token_list.check(StatusReference(LIST, n), listed, key=key, accepted_algs=frozenset({"ES256"}), now=NOW)
        for n in range(64)
    ]
    assert read == values


# --- COSE ---


@pytest.mark.parametrize("key_type", KEY_TYPES)
def test_our_vc_cose_there(tokens: Peer, key_type: KeyType) -> None:
    college = College(key_type)
    document = badge(college.did, learner=LEARNER)
    message = VC_COSE.sign(document, signer=college.key, kid=college.method)
    answer = tokens("verify-cose", message=base64.b64encode(message).decode(), jwk=college.key.public.jwk)
    assert answer["payload"] == document
    assert dict(answer["header"])[4] == college.method
    assert dict(answer["header"])[16] == "application/vc+cose"
    changed = base64.b64encode(message.replace(b'"87"', b'"97"')).decode()
    assert not tokens("verify-cose", message=changed, jwk=college.key.public.jwk)["verified"]


@pytest.mark.parametrize("alg", ALGS)
def test_their_vc_cose_here(tokens: Peer, alg: str) -> None:
    them = tokens("new-key", alg=alg)
    header = [[3, "application/vc"], [4, them["method"]], [16, "application/vc+cose"]]
    document = badge(them["did"], learner=LEARNER)
    message = base64.b64decode(tokens("sign-cose", header=header, payload=document, secret=them["secret"])["message"])
    report = judged(enveloped(message))
    assert report.verified, report.findings
    assert not judged(enveloped(message.replace(b'"87"', b'"97"'))).verified


def enveloped(message: bytes) -> dict[str, Any]:
    return {
        "@context": contexts.CREDENTIALS_V2,
        "type": "EnvelopedVerifiableCredential",
        "id": f"data:application/vc+cose;base64,{base64.b64encode(message).decode()}",
    }
