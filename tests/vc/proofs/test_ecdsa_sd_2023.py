"""ecdsa-sd-2023: the published cases step by step, our round trip, and derived proofs that must not hold."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import cbor2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import contexts
from contexts import Profile
from keys import KeyType, PrivateKey, PublicKey, dids
from keys.dids import did_key
from keys.fetching import NoNetwork
from keys.multibase import decode_base64url, encode_base64url
from vc.errors import ProofGenerationError, ProofVerificationError, VcError
from vc.proofs import data_integrity
from vc.proofs.ecdsa_sd_2023 import BASE_HEADER, DERIVED_HEADER, BaseProof, _Statements, derive
from vc.proofs.suites import selective

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
ISSUER = PrivateKey.generate(KeyType.P256)
DID = did_key.did_for(ISSUER.public)
METHOD = f"{DID}#{DID.removeprefix('did:key:')}"


class KeySigner:
    """A signer on a bare key."""

    public_key = ISSUER.public
    sign = staticmethod(ISSUER.sign)


def resolver(did: str) -> dids.DidDocument:
    return dids.resolve(did, fetcher=NoNetwork())


def verify(document: dict[str, Any], *, controller: str | None = DID, profile: Profile = Profile.STANDARD) -> Any:
    return data_integrity.verify(
        document,
        accepted_suites=frozenset({"ecdsa-sd-2023"}),
        purpose="assertionMethod",
        controller=controller,
        resolver=resolver,
        now=NOW,
        profile=profile,
    )


# --- the published cases ---


@pytest.fixture(params=["employ", "prc"])
def case(request: pytest.FixtureRequest, vectors: Path) -> Callable[[str], Any]:
    folder = vectors / "ecdsa" / "ecdsa-sd-2023"

    def read(name: str) -> Any:
        path = folder / request.param / name
        return json.loads((path if path.exists() else folder / name).read_text())

    return read


def test_published_derived_proofs_verify(case: Callable[[str], Any]) -> None:
    verify(case("derivedRevealDocument.json"), controller=None, profile=Profile.CONFORMANCE)


def test_a_published_base_proof_is_refused_by_a_verifier(case: Callable[[str], Any]) -> None:
    with pytest.raises(ProofVerificationError, match="another kind"):
        verify(case("addSignedSDBase.json"), controller=None, profile=Profile.CONFORMANCE)


def test_published_statements_are_ours(case: Callable[[str], Any]) -> None:
    signed = case("addSignedSDBase.json")
    base = BaseProof.decoded(signed["proof"]["proofValue"])
    assert base.hmac_key == bytes.fromhex(case("SDKeyMaterial.json")["hmacKeyString"])
    document = {name: value for name, value in signed.items() if name != "proof"}
    statements = _Statements(document, base.hmac_key, Profile.CONFORMANCE, (base.mandatory_pointers,))
    assert statements.lines == case("addBaseDocHMACCanon.json")
    assert sorted(statements.indexes_of(0)) == [
        index for index, _ in case("addBaseTransform.json")["mandatory"]["value"]
    ]


def test_published_disclosures_are_derived_byte_for_byte(case: Callable[[str], Any]) -> None:
    expected = case("derivedRevealDocument.json")
    derived = derive(
        case("addSignedSDBase.json"),
        selective_pointers=[f"/credentialSubject/{name}" for name in expected["credentialSubject"] if name != "type"]
        + [f"/{name}" for name in expected if name in ("validFrom", "validUntil", "name", "description", "identifier")],
        profile=Profile.CONFORMANCE,
    )
    assert derived == expected


# --- our own round trip ---

CREDENTIAL: dict[str, Any] = {
    "@context": [contexts.CREDENTIALS_V2, contexts.OPEN_BADGES_V3],
    "id": "urn:uuid:7d3c5a2e-8a70-4d5b-9d3c-000000000001",
    "type": ["VerifiableCredential", "OpenBadgeCredential"],
    "issuer": {"id": DID, "type": "Profile", "name": "Cégep de la Rivière-aux-Pins"},
    "validFrom": "2026-06-12T00:00:00Z",
    "name": 'Analyse de données "avec" Python',
    "credentialSubject": {
        "type": ["AchievementSubject"],
        "id": "did:example:learner",
        "achievement": {
            "id": "https://college.example/p/1",
            "type": ["Achievement"],
            "name": "Analyse de données",
            "description": "Nettoyer, interroger, présenter.",
            "criteria": {"narrative": "Remettre un projet."},
            "alignment": [
                {"type": ["Alignment"], "targetName": "Python", "targetUrl": "https://esco.example/python"},
                {"type": ["Alignment"], "targetName": "SQL", "targetUrl": "https://esco.example/sql"},
            ],
        },
        "result": [{"type": ["Result"], "value": "92 %"}],
    },
}
MANDATORY = ["/issuer", "/validFrom", "/credentialSubject/achievement/name"]
SELECTABLE = [
    "/name",
    "/credentialSubject/id",
    "/credentialSubject/achievement",
    "/credentialSubject/achievement/alignment/0",
    "/credentialSubject/achievement/alignment/1/targetName",
    "/credentialSubject/achievement/criteria",
    "/credentialSubject/result",
    "/credentialSubject/result/0/value",
]


def signed(mandatory: list[str] | None = None, **changes: Any) -> dict[str, Any]:
    return data_integrity.sign(
        {**CREDENTIAL, **changes},
        signer=KeySigner(),
        verification_method=METHOD,
        suite=selective(MANDATORY if mandatory is None else mandatory),
        created=NOW,
    )


BASE = signed()


@settings(max_examples=30, deadline=None)
@given(st.sets(st.sampled_from(SELECTABLE)))
def test_whatever_is_chosen_verifies_and_shows_no_more(chosen: set[str]) -> None:
    derived = derive(BASE, selective_pointers=sorted(chosen))
    verify(derived)
    subject = derived["credentialSubject"]
    assert ("result" in subject) == any("result" in pointer for pointer in chosen)
    assert ("name" in derived) == ("/name" in chosen)
    if "/credentialSubject/achievement" not in chosen:
        shown = {item.get("targetName") for item in subject["achievement"].get("alignment", [])}
        assert ("SQL" in shown) == ("/credentialSubject/achievement/alignment/1/targetName" in chosen)


@pytest.mark.parametrize("separator", ["\u0085", "\u2028", "\u2029", "\v", "\x1c"])
def test_v_json_4_text_may_hold_what_some_take_for_the_end_of_a_line(separator: str) -> None:
    base = signed(name=f"two{separator}lines and more")
    verify(derive(base, selective_pointers=["/name"]))


def test_everything_may_be_selective_and_everything_mandatory() -> None:
    verify(derive(signed(mandatory=[]), selective_pointers=["/issuer"]))
    verify(derive(signed(mandatory=[""]), selective_pointers=[]))


@pytest.mark.parametrize("pointer", ["/missing", "name", "/credentialSubject/achievement/alignment/2", "/@context/9"])
def test_a_pointer_that_leads_nowhere_is_refused(pointer: str) -> None:
    with pytest.raises(ProofGenerationError):
        derive(BASE, selective_pointers=[pointer])
    with pytest.raises(ProofGenerationError):
        signed(mandatory=[pointer])


def test_nothing_chosen_at_all_is_refused() -> None:
    with pytest.raises(ProofGenerationError, match="nothing was chosen"):
        derive(signed(mandatory=[]), selective_pointers=[])


def test_only_a_base_proof_can_be_derived_from() -> None:
    derived = derive(BASE, selective_pointers=["/name"])
    for document in (derived, CREDENTIAL, {**BASE, "proof": [BASE["proof"]] * 2}):
        with pytest.raises(ProofVerificationError):
            derive(document, selective_pointers=["/name"])


# --- what must not hold ---

DERIVED = derive(BASE, selective_pointers=["/name", "/credentialSubject/result"])
PARTS = cbor2.loads(decode_base64url(DERIVED["proof"]["proofValue"][1:])[3:])


def with_parts(*parts: Any, header: bytes = DERIVED_HEADER, body: bytes | None = None) -> dict[str, Any]:
    value = "u" + encode_base64url(header + (cbor2.dumps(list(parts)) if body is None else body))
    return {**DERIVED, "proof": {**DERIVED["proof"], "proofValue": value}}


def changed(index: int, value: Any) -> dict[str, Any]:
    return with_parts(*(value if n == index else part for n, part in enumerate(PARTS)))


OTHER = PrivateKey.generate(KeyType.P256)


@pytest.mark.parametrize(
    "document",
    [
        {**DERIVED, "name": "Master of science"},
        {**DERIVED, "validFrom": "2020-06-12T00:00:00Z"},
        {name: value for name, value in DERIVED.items() if name != "name"},
        {**DERIVED, "validUntil": "2030-06-12T00:00:00Z"},
        with_parts(*PARTS, header=BASE_HEADER),
        with_parts(*PARTS, header=b"\xd9\x5d\x03"),
        with_parts(*PARTS[:4]),
        with_parts(*PARTS, 1),
        with_parts(body=cbor2.dumps(PARTS) + b"\0"),
        with_parts(body=cbor2.dumps(cbor2.CBORTag(24, PARTS))),
        with_parts(body=cbor2.dumps([cbor2.CBORTag(64, PARTS[0]), *PARTS[1:]])),
        with_parts(body=b"\x9f" + b"".join(cbor2.dumps(part) for part in PARTS) + b"\xff"),
        with_parts(body=b""),
        with_parts(body=b"\x81" * 5000),
        changed(0, PARTS[0][:-1]),
        changed(0, bytes(64)),
        changed(0, "text"),
        changed(1, PARTS[1][:-1]),
        changed(1, PARTS[1] + b"\0"),
        changed(1, b"\x80\x24" + OTHER.public.raw),
        changed(1, b"\xed\x01" + PARTS[1][2:]),
        changed(2, PARTS[2][:-1]),
        changed(2, [*PARTS[2], PARTS[2][0]]),
        changed(2, list(reversed(PARTS[2]))),
        changed(2, []),
        changed(3, {}),
        changed(3, {**PARTS[3], 0: bytes(31)}),
        changed(3, {str(n): label for n, label in PARTS[3].items()}),
        changed(3, {n: bytes([label[0] ^ 1]) + label[1:] for n, label in PARTS[3].items()}),
        changed(4, []),
        changed(4, [*PARTS[4], 99]),
        changed(4, [*PARTS[4], PARTS[4][0]]),
        changed(4, [True, *PARTS[4][1:]]),
        changed(4, [-1]),
    ],
)
def test_V_TAM_1_V_PRF_1_a_changed_disclosure_is_refused(document: dict[str, Any]) -> None:
    with pytest.raises(VcError):
        verify(document)


def test_V_PRF_1_every_bit_of_the_base_signature_counts() -> None:
    for bit in range(0, 512, 7):
        flipped = bytearray(PARTS[0])
        flipped[bit // 8] ^= 1 << bit % 8
        with pytest.raises(VcError):
            verify(changed(0, bytes(flipped)))


def test_the_random_names_differ_from_proof_to_proof() -> None:
    first, second = (BaseProof.decoded(signed()["proof"]["proofValue"]) for _ in range(2))
    assert first.hmac_key != second.hmac_key
    assert first.public_key != second.public_key
    assert isinstance(first.public_key, PublicKey)
