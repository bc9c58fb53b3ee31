"""VC-JOSE-COSE: what is sealed opens, and a token that is of another kind, person, time or content does not."""

import base64
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import cbor2
import pytest

import contexts
from contexts import Profile
from keys import KeyType, PrivateKey, dids
from keys.dids import PublishedKey, did_key, did_web
from keys.fetching import NoNetwork
from vc import cose, securing
from vc.credential import check
from vc.envelope import Expectations
from vc.errors import (
    CryptographicSecurityError,
    InvalidChallengeError,
    InvalidDomainError,
    InvalidVerificationMethodError,
    KeyNotInForce,
    MalformedValueError,
    ProofNotInForce,
    UnacceptableSuite,
    VcError,
)
from vc.jose import base64url, jws, sd_jwt
from vc.jose.envelopes import VC_JWT, VC_SD_JWT, VP_JWT, JoseEnvelope

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
ALGS = frozenset(jws.ALGORITHMS.values())
KEYS = {kind: PrivateKey.generate(kind) for kind in jws.ALGORITHMS}
SECURED = [*KEYS.values()]
KEY = KEYS[KeyType.ED25519]
OTHER = PrivateKey.generate(KeyType.ED25519)


def method(key: PrivateKey) -> str:
    did = did_key.did_for(key.public)
    return f"{did}#{did.removeprefix('did:key:')}"


def credential(key: PrivateKey = KEY, **changes: Any) -> dict[str, Any]:
    document = {
        "@context": [contexts.CREDENTIALS_V2],
        "type": ["VerifiableCredential"],
        "issuer": did_key.did_for(key.public),
        "validFrom": "2026-06-12T00:00:00Z",
        "credentialSubject": {"id": "did:example:learner"},
    }
    return {**document, **changes}


def expected(key: PrivateKey = KEY, **changes: Any) -> Expectations:
    given: dict[str, Any] = {
        "accepted_suites": ALGS,
        "purpose": "assertionMethod",
        "controller": did_key.did_for(key.public),
        "resolver": lambda did: dids.resolve(did, fetcher=NoNetwork()),
        "now": NOW,
        "skew": timedelta(seconds=60),
        "profile": Profile.STANDARD,
        "max_proofs": 16,
    }
    return Expectations(**{**given, **changes})


def envelope(media_type: str, payload: str) -> dict[str, Any]:
    return {
        "@context": contexts.CREDENTIALS_V2,
        "type": "EnvelopedVerifiableCredential",
        "id": f"data:{media_type},{payload}",
    }


def opened(source: Any, key: PrivateKey = KEY, **changes: Any) -> Any:
    return securing.prove(securing.read(source), expected(key, **changes))


@pytest.mark.parametrize("key", SECURED, ids=lambda key: key.public.type.value)
@pytest.mark.parametrize("kind", [VC_JWT, VC_SD_JWT], ids=lambda kind: kind.typ)
def test_what_is_sealed_opens_bare_and_enveloped(key: PrivateKey, kind: JoseEnvelope) -> None:
    token = kind.sign(credential(key), signer=key, kid=method(key))
    for source in (token, token.encode(), envelope(f"application/{kind.typ}", token)):
        proven = opened(source, key)
        assert proven.document == credential(key)
        assert proven.proofs[0].suite == jws.ALGORITHMS[key.public.type]


@pytest.mark.parametrize("key", SECURED, ids=lambda key: key.public.type.value)
def test_what_is_sealed_with_cose_opens(key: PrivateKey) -> None:
    message = cose.VC_COSE.sign(credential(key), signer=key, kid=method(key))
    source = envelope("application/vc+cose;base64", base64.b64encode(message).decode())
    assert opened(source, key).document == credential(key)


@pytest.mark.parametrize("kind", [VC_JWT, VC_SD_JWT], ids=lambda kind: kind.typ)
def test_K_ROT_1_a_token_that_says_when_it_was_made_outlives_its_key(kind: JoseEnvelope) -> None:
    did = "did:web:college.example"
    retired = PublishedKey(KEY.public, expires=NOW - timedelta(days=1))
    document = dids.DidDocument.of(did, did_web.document(did, methods=[retired]))
    url = retired.id_under(did)
    rotated: dict[str, Any] = {"controller": did, "resolver": lambda _: document}
    made, late = NOW - timedelta(days=30), NOW - timedelta(hours=1)
    token = kind.sign(credential(issuer=did), signer=KEY, kid=url, made=made)
    proven = opened(token, **rotated)
    assert proven.proofs[0].created == made
    assert proven.document == credential(issuer=did)
    for moment in (None, late):
        with pytest.raises(KeyNotInForce):
            opened(kind.sign(credential(issuer=did), signer=KEY, kid=url, made=moment), **rotated)


def test_a_selective_credential_shows_what_is_disclosed() -> None:
    subject = {"id": "did:example:learner", "name": "Éloïse"}
    token = VC_SD_JWT.sign(
        credential(credentialSubject=subject), signer=KEY, kid=method(KEY), disclosable=[("credentialSubject", "name")]
    )
    assert opened(token).document["credentialSubject"] == subject
    withheld = token.split("~")[0] + "~"
    assert opened(withheld).document["credentialSubject"] == {"id": "did:example:learner"}


@pytest.mark.parametrize("name", ["@context", "type", "issuer", "credentialStatus"])
def test_what_decides_validity_is_never_withheld(name: str) -> None:
    document = credential(credentialStatus={"type": "BitstringStatusListEntry"})
    with pytest.raises(ValueError, match="may not be withheld"):
        VC_SD_JWT.sign(document, signer=KEY, kid=method(KEY), disclosable=[(name,)])


def selective(disclosable: list[tuple[str | int, ...]], **changes: Any) -> str:
    """As another issuer makes one, who withholds what we never would."""
    return sd_jwt.issue(
        credential(**changes),
        disclosable=disclosable,
        signer=KEY,
        typ="vc+sd-jwt",
        kid=method(KEY),
        header={"cty": "vc"},
    )


def test_a_type_withheld_by_others_is_read_when_it_is_disclosed() -> None:
    token = selective([("type",)])
    assert opened(token).document["type"] == ["VerifiableCredential"]
    with pytest.raises(VcError):  # without it there is no credential, whose shape `vc.credential.check` judges
        check(securing.read(token.split("~")[0] + "~").document)


@pytest.mark.parametrize(
    "path", [("validUntil",), ("credentialStatus",), ("type", 0), ("credentialStatus", "type")], ids=str
)
def test_S_DIS_2_what_decides_validity_may_not_be_withheld_by_others_either(path: tuple[str | int, ...]) -> None:
    decides = {"validUntil": "2030-01-01T00:00:00Z", "credentialStatus": {"type": "BitstringStatusListEntry"}}
    token = selective([path], **decides)
    for shown in (token, token.split("~")[0] + "~"):
        if shown != token and len(path) == 1:
            continue  # a digest alone does not tell whose it is
        with pytest.raises(VcError):
            opened(shown)


def test_a_presentation_answers_its_verifier_and_nonce() -> None:
    holder = did_key.did_for(KEY.public)
    document = {"@context": [contexts.CREDENTIALS_V2], "type": ["VerifiablePresentation"], "holder": holder}
    token = VP_JWT.sign(document, signer=KEY, kid=method(KEY), audience="https://v.example", nonce="n-1")
    asked: dict[str, Any] = {"purpose": "authentication", "domain": "https://v.example", "challenge": "n-1"}
    assert opened(token, **asked).document == document
    with pytest.raises(InvalidDomainError):
        opened(token, **{**asked, "domain": "https://w.example"})
    with pytest.raises(InvalidChallengeError):
        opened(token, **{**asked, "challenge": "n-2"})


def token_with(
    payload: dict[str, Any] | None = None, *, key: PrivateKey = KEY, typ: str = "vc+jwt", **header: Any
) -> str:
    header = {"kid": method(KEY), **header}
    return jws.sign({**credential(), **(payload or {})}, signer=key, typ=typ, header=header)


LATER = int((NOW + timedelta(seconds=61)).timestamp())
EARLIER = int((NOW - timedelta(seconds=61)).timestamp())


@pytest.mark.parametrize(
    ("token", "error"),
    [
        (lambda: token_with(key=OTHER), CryptographicSecurityError),
        (lambda: token_with(kid=method(OTHER), key=OTHER), InvalidVerificationMethodError),
        (lambda: token_with(kid="key-1"), InvalidVerificationMethodError),
        (lambda: token_with(kid=method(KEY) + "#x"), InvalidVerificationMethodError),
        (lambda: token_with({"vc": {}}), MalformedValueError),
        (lambda: token_with({"vp": {}}), MalformedValueError),
        (lambda: token_with({"iss": "did:example:other"}), MalformedValueError),
        (lambda: token_with(iss="did:example:other"), MalformedValueError),
        (lambda: token_with({"jti": "urn:uuid:other"}), MalformedValueError),
        (lambda: token_with({"sub": "did:example:other"}), MalformedValueError),
        (lambda: token_with({"exp": EARLIER}), ProofNotInForce),
        (lambda: token_with({"nbf": LATER}), ProofNotInForce),
        (lambda: token_with({"iat": LATER}), ProofNotInForce),
        (lambda: token_with({"exp": "tomorrow"}), MalformedValueError),
        (lambda: token_with({"exp": 2**53 - 1}), MalformedValueError),
        (lambda: token_with(typ="vp+jwt"), VcError),
        (lambda: token_with(typ="vc+sd-jwt"), VcError),
    ],
)
def test_V_JWT_V_TIM_1_V_ISS_1_a_token_that_is_not_what_it_should_be_is_refused(
    token: Callable[[], str], error: type[VcError]
) -> None:
    with pytest.raises(error):
        opened(envelope("application/vc+jwt", token()))


def test_V_JWT_1_an_algorithm_that_the_caller_does_not_accept_could_not_be_checked() -> None:
    with pytest.raises(UnacceptableSuite):
        opened(token_with(), accepted_suites=frozenset({"ES256"}))


@pytest.mark.parametrize(
    ("token", "why"),
    [
        (lambda: token_with(alg="ES256K"), "the algorithm"),
        (lambda: token_with(crit=["exp"]), "critical extensions"),
        (lambda: token_with(typ="vc-ld+jwt"), "'vc-ld\\+jwt'"),
    ],
)
def test_a_bare_token_that_is_not_taken_is_told_from_a_text_that_is_none(token: Callable[[], str], why: str) -> None:
    with pytest.raises(VcError, match=why):
        securing.read(token())


def test_V_PRF_1_every_bit_of_the_signature_counts() -> None:
    head, payload, signature = token_with().split(".")
    raw = base64url.decode(signature)
    for bit in range(len(raw) * 8):
        flipped = bytearray(raw)
        flipped[bit // 8] ^= 1 << bit % 8
        with pytest.raises(CryptographicSecurityError):
            opened(f"{head}.{payload}.{base64url.encode(bytes(flipped))}")


SIGN1 = cbor2.loads(cose.VC_COSE.sign(credential(), signer=KEY, kid=method(KEY))).value


def cose_envelope(message: Any) -> dict[str, Any]:
    return envelope("application/vc+cose;base64", base64.b64encode(message).decode())


@pytest.mark.parametrize(
    "message",
    [
        cbor2.dumps(SIGN1),
        cbor2.dumps(cbor2.CBORTag(17, SIGN1)),
        cbor2.dumps(cbor2.CBORTag(18, SIGN1[:3])),
        cbor2.dumps(cbor2.CBORTag(18, [SIGN1[0], {}, b"{}", SIGN1[3]])),
        cbor2.dumps(cbor2.CBORTag(18, [SIGN1[0], {}, SIGN1[2], bytes(64)])),
        cbor2.dumps(cbor2.CBORTag(18, [cbor2.dumps({1: -7, 4: method(KEY).encode(), 16: "application/vc+cose"}), {},
                                       SIGN1[2], SIGN1[3]])),
        cbor2.dumps(cbor2.CBORTag(18, [cbor2.dumps({2: [1]}), {}, SIGN1[2], SIGN1[3]])),
        cose.VP_COSE.sign(credential(), signer=KEY, kid=method(KEY)),
        b"",
        b"\x9f" * 2000,
    ],
)  # fmt: skip
def test_V_PRF_1_V_TYP_1_a_cose_message_that_lies_is_refused(message: bytes) -> None:
    with pytest.raises(VcError):
        opened(cose_envelope(message))
