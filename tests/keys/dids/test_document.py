"""From an identifier to a key, and every way not to get there (V-PRF-3, V-KEY-1)."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keys import KeyType, PrivateKey
from keys.dids import (
    DidDeactivated,
    DidDocument,
    DidError,
    InvalidDid,
    InvalidDidDocument,
    InvalidRelationship,
    InvalidVerificationMethod,
    UnsupportedDidMethod,
    did_jwk,
    did_key,
    resolve,
    split_key_address,
)
from keys.fetching import NoNetwork
from keys.multibase import encode_base64url
from tests.keys.dids.sample import DID, KEY, OTHER, URL, ask, document, method

ANY_VALUE = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["id", "type"]), inner),
    max_leaves=4,
)


class TestWorkedOut:
    @pytest.mark.parametrize("key_type", [kind for kind in KeyType if kind is not KeyType.ML_DSA_44])
    @pytest.mark.parametrize("scheme", [did_key, did_jwk])
    def test_the_identifier_is_the_key(self, scheme: Any, key_type: KeyType) -> None:
        key = PrivateKey.generate(key_type).public
        did = scheme.did_for(key)
        found = resolve(did, fetcher=NoNetwork())
        for purpose in ("authentication", "assertionMethod", "capabilityInvocation", "capabilityDelegation"):
            got = found.verification_method(scheme.verification_method_for(key), purpose=purpose)
            assert (got.public_key, got.controller, got.expires) == (key, did, None)
        with pytest.raises(InvalidRelationship):
            found.verification_method(scheme.verification_method_for(key), purpose="keyAgreement")

    def test_a_did_key_has_one_fragment(self) -> None:
        found = resolve(did_key.did_for(KEY), fetcher=NoNetwork())
        for fragment in ("key-1", "0", OTHER.multikey, KEY.multikey.lower()):
            with pytest.raises(InvalidVerificationMethod):
                found.verification_method(f"{found.id}#{fragment}", purpose="assertionMethod")

    @pytest.mark.parametrize(
        "identifier",
        [
            "z",
            "z6Mk",
            KEY.multikey + "1",
            KEY.multikey[:-1],
            "1.1:" + KEY.multikey,
            KEY.multikey + ":" + KEY.multikey,
            "u" + encode_base64url(b"\xed\x01" + KEY.raw),
            "z6LSbysY2xFMRpGMhb7tFTLMpeuPRaqaWM1yECx2AtzE3KCc",
            PrivateKey.from_raw(KeyType.ED25519, bytes(range(32))).secret_multikey,
            "z" + "6" * 5_000,
            "z6Mk%20",
        ],
    )
    def test_V_KEY_1_what_is_no_key_is_no_did_key(self, identifier: str) -> None:
        with pytest.raises(InvalidDid):
            resolve(f"did:key:{identifier}", fetcher=NoNetwork())

    @pytest.mark.parametrize(
        "text",
        [
            json.dumps({**KEY.jwk, "d": "AAAA"}),
            json.dumps({**KEY.jwk, "use": "enc"}),
            json.dumps({**KEY.jwk, "alg": "ES256"}),
            '{"kty":"OKP","crv":"Ed25519","x":"' + KEY.jwk["x"] + '","x":"' + KEY.jwk["x"] + '"}',
            json.dumps({"kty": "oct", "k": "AAAA"}),
            "[]",
            "{",
            "[" * 500,
        ],
    )
    def test_V_KEY_1_what_is_no_public_jwk_is_no_did_jwk(self, text: str) -> None:
        with pytest.raises(InvalidDid):
            resolve(f"did:jwk:{encode_base64url(text.encode())}", fetcher=NoNetwork())

    def test_a_did_jwk_of_others_may_state_its_use(self) -> None:
        text = json.dumps({**OTHER.jwk, "use": "sig", "alg": "ES256", "kid": "1"})
        did = f"did:jwk:{encode_base64url(text.encode())}"
        found = resolve(did, fetcher=NoNetwork()).verification_method(f"{did}#0", purpose="authentication")
        assert found.public_key == OTHER


class TestTexts:
    @pytest.mark.parametrize(
        "did",
        [
            None,
            7,
            [DID],
            {"id": DID},
            "",
            "did",
            "did:",
            "did:web",
            "did:web:",
            "did:web:a.ca:",
            "DID:web:a.ca",
            "did:WEB:a.ca",
            "did:web:a.ca#k",
            "did:web:a.ca/x",
            "did:web:a.ca?x=1",
            "did:web:a.ca ",
            " did:web:a.ca",
            "did:web:a.ca\n",
            "did:web:é.ca",
            "did:web:a%2",
            "did:web:" + "a" * 5_000,
            "http://a.ca",
        ],
    )
    def test_what_is_no_bare_did_is_refused(self, did: Any) -> None:
        with pytest.raises(InvalidDid):
            resolve(did, fetcher=NoNetwork())

    @pytest.mark.parametrize("did", ["did:ion:abc", "did:webvh:abc:a.ca", "did:webs:a", "did:keys:z6Mk"])
    def test_other_methods_are_said_to_be_others(self, did: str) -> None:
        with pytest.raises(UnsupportedDidMethod):
            resolve(did, fetcher=NoNetwork())

    @pytest.mark.parametrize(
        "url",
        [
            None,
            {"id": URL, "publicKeyMultibase": KEY.multikey},
            [URL],
            "",
            DID,
            DID + "#",
            "#key-1",
            "key-1",
            URL + "#key-1",
            f"{DID}/path#key-1",
            f"{DID}?versionId=1#key-1",
            URL + " ",
            URL + "\n",
            "http://college.example/keys#1",
            DID + "#" + "k" * 9_000,
        ],
    )
    def test_V_PRF_3_what_is_no_key_address_is_refused(self, url: Any) -> None:
        with pytest.raises(InvalidVerificationMethod):
            split_key_address(url)
        with pytest.raises(InvalidVerificationMethod):
            ask(document(), url)


class TestDocuments:
    def test_a_sound_document_gives_its_key(self) -> None:
        assert ask(document()) == KEY

    @pytest.mark.parametrize(
        "change",
        [
            {"verificationMethod": [method(id="#key-1")]},
            {"assertionMethod": ["#key-1"]},
            {"verificationMethod": ..., "assertionMethod": [method()]},
            {"verificationMethod": ..., "assertionMethod": [method(id="#key-1")]},
            {"verificationMethod": [method(type="Ed25519VerificationKey2020")]},
            {"verificationMethod": [method(type="JsonWebKey", publicKeyMultibase=..., publicKeyJwk=KEY.jwk)]},
            {"verificationMethod": [method(type="JsonWebKey2020", publicKeyMultibase=..., publicKeyJwk=KEY.jwk)]},
            {"verificationMethod": [{"id": "#old", "type": "Unknown2019"}, method()]},
            {"deactivated": False},
            {"unknownMember": {"x": 1}},
        ],
    )
    def test_the_forms_that_are_allowed(self, change: dict[str, Any]) -> None:
        assert ask(document(**change)) == KEY

    @pytest.mark.parametrize(
        "change",
        [
            {"id": ...},
            {"id": None},
            {"id": [DID]},
            {"id": DID + "/"},
            {"id": DID.upper()},
            {"id": "did:web:attacker.example"},
            {"verificationMethod": method()},
            {"verificationMethod": [URL]},
            {"verificationMethod": [None]},
            {"verificationMethod": [method(), method()]},
            {"verificationMethod": [method(), method(id="#key-1")]},
            {"verificationMethod": [method(id=...)]},
            {"verificationMethod": [method(id=7)]},
            {"verificationMethod": [method(id=f"#k{n}") for n in range(500)]},
            {"assertionMethod": URL},
            {"assertionMethod": [URL, URL]},
            {"assertionMethod": [URL, "#key-1"]},
            {"assertionMethod": [method()]},
            {"authentication": [{}]},
            {"authentication": [7]},
            {"service": {}},
            {"service": [{"id": "#s"}]},
            {"service": [{"id": "#s", "type": "T"}]},
            {"service": [{"id": "#s", "type": [], "serviceEndpoint": "https://a.ca"}]},
            {"service": [{"type": "T", "serviceEndpoint": "https://a.ca"}]},
            {"service": [{"id": s, "type": "T", "serviceEndpoint": "https://a.ca"} for s in ("#s", DID + "#s")]},
        ],
    )
    def test_V_DID_1_documents_that_are_not_sound_are_refused(self, change: dict[str, Any]) -> None:
        with pytest.raises(InvalidDidDocument) as refused:
            DidDocument.of(DID, document(**change))
        assert refused.value.problem == "INVALID_CONTROLLED_IDENTIFIER_DOCUMENT"

    @pytest.mark.parametrize("found", [None, [], "x", 7, [document()]])
    def test_V_DID_1_what_is_no_object_is_no_document(self, found: Any) -> None:
        with pytest.raises(InvalidDidDocument):
            DidDocument.of(DID, found)

    @pytest.mark.parametrize("value", [True, "true", 1, None])
    def test_V_DID_1_a_deactivated_identifier_has_no_document(self, value: Any) -> None:
        with pytest.raises(DidDeactivated):
            DidDocument.of(DID, document(deactivated=value))

    @pytest.mark.parametrize(
        "change",
        [
            {"controller": ...},
            {"controller": "did:web:attacker.example"},
            {"controller": [DID]},
            {"controller": DID + "#key-1"},
            {"type": ...},
            {"type": ["Multikey"]},
            {"type": "Multikey2"},
            {"type": "JsonWebKey"},
            {"publicKeyMultibase": ...},
            {"publicKeyMultibase": None},
            {"publicKeyMultibase": [KEY.multikey]},
            {"publicKeyMultibase": "z6LSbysY2xFMRpGMhb7tFTLMpeuPRaqaWM1yECx2AtzE3KCc"},
            {"publicKeyJwk": KEY.jwk},
            {"publicKeyJwk": None},
            {"secretKeyMultibase": "z"},
            {"privateKeyJwk": {}},
            {"type": "JsonWebKey", "publicKeyMultibase": ..., "publicKeyJwk": {**KEY.jwk, "d": "AA"}},
            {"type": "Ed25519VerificationKey2020", "publicKeyMultibase": OTHER.multikey},
            {"expires": "tomorrow"},
            {"expires": None},
            {"revoked": "2026-01-01"},
            {"revoked": 0},
        ],
    )
    def test_V_KEY_1_methods_that_are_not_sound_give_no_key(self, change: dict[str, Any]) -> None:
        found = document(verificationMethod=[method(**change)])
        with pytest.raises(InvalidVerificationMethod) as refused:
            ask(found)
        assert refused.value.problem == "INVALID_VERIFICATION_METHOD"
        assert DidDocument.of(DID, found).verification_methods(purpose="assertionMethod") == ()

    def test_V_PRF_3_a_key_of_another_identifier_is_not_taken_from_this_document(self) -> None:
        foreign = "did:web:attacker.example#key-1"
        found = document(verificationMethod=[method(), method(id=foreign)], assertionMethod=[URL, foreign])
        with pytest.raises(InvalidVerificationMethod):
            ask(found, foreign)

    @pytest.mark.parametrize("purpose", ["authentication", "keyAgreement", "", "verificationMethod", "id", "service"])
    def test_V_PRF_2_a_key_serves_only_its_purposes(self, purpose: str) -> None:
        with pytest.raises(InvalidRelationship) as refused:
            ask(document(), purpose=purpose)
        assert refused.value.problem == "INVALID_RELATIONSHIP_FOR_VERIFICATION_METHOD"

    def test_V_PRF_2_an_embedded_key_serves_only_where_it_stands(self) -> None:
        found = document(verificationMethod=..., assertionMethod=..., authentication=[method()])
        assert ask(found, purpose="authentication") == KEY
        with pytest.raises(InvalidRelationship):
            ask(found)

    def test_V_PRF_3_a_reference_to_nothing_is_no_key(self) -> None:
        with pytest.raises(InvalidVerificationMethod):
            ask(document(verificationMethod=[], assertionMethod=[URL]))

    def test_services_are_found_by_type(self) -> None:
        services = [
            {"id": "#whois", "type": ["WhoisService", "PathService"], "serviceEndpoint": "https://a.ca/whois"},
            {"id": DID + "#o", "type": "Other", "serviceEndpoint": [{"uri": "x"}, "https://b.ca"]},
        ]
        found = DidDocument.of(DID, document(service=services))
        whois = found.services("WhoisService")
        assert [(s.id, s.urls) for s in whois] == [(DID + "#whois", ("https://a.ca/whois",))]
        assert [s.urls for s in found.services()] == [("https://a.ca/whois",), ("https://b.ca",)]
        assert found.services("Nothing") == ()

    @given(ANY_VALUE)
    def test_V_DID_1_any_value_in_any_place_is_judged_not_tripped_over(self, value: Any) -> None:
        for name in (*document(), "service", "authentication"):
            with pytest.raises(DidError):
                ask(document(**{name: value}), purpose="authentication")
        for name in method():
            with pytest.raises(DidError):
                ask(document(verificationMethod=[method(**{name: value})]))
