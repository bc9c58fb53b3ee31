"""From an identifier to a key, and every way not to get there (V-PRF-3, V-DID-1, V-SSRF-1, V-KEY-1)."""

from __future__ import annotations

import json
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyld import jsonld

import contexts
from keys import KeyType, PrivateKey
from keys.dids import (
    DidDeactivated,
    DidDocument,
    DidError,
    DidNotResolved,
    DidRefused,
    InvalidDid,
    InvalidDidDocument,
    InvalidRelationship,
    InvalidVerificationMethod,
    PublishedKey,
    UnsupportedDidMethod,
    did_jwk,
    did_key,
    did_web,
    resolve,
    split_key_address,
)
from keys.fetching import Fetched, FetchFailed, FetchRefused, NoNetwork
from keys.multibase import encode_base64url

KEY = PrivateKey.from_raw(KeyType.ED25519, b"\x05" * 32).public
OTHER = PrivateKey.from_raw(KeyType.P256, b"\x05" * 32).public
DID = "did:web:college.example"
URL = f"{DID}#key-1"


ANY_VALUE = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["id", "type"]), inner),
    max_leaves=4,
)


@dataclass
class Shelf:
    """A fetcher that serves from memory and notes what it was asked."""

    bodies: dict[str, bytes] = field(default_factory=dict)
    media_type: str = "application/did+json"
    asked: list[str] = field(default_factory=list)

    def fetch(self, url: str, *, accept: tuple[str, ...], max_bytes: int) -> Fetched:  # noqa: ARG002 (protocol)
        self.asked.append(url)
        if url not in self.bodies:
            raise FetchFailed(url, "nobody there")
        return Fetched(url, self.media_type, self.bodies[url])


class Guarded:
    def fetch(self, url: str, *, accept: tuple[str, ...], max_bytes: int) -> Fetched:  # noqa: ARG002 (protocol)
        raise FetchRefused(url, "a private address")


def method(**change: Any) -> dict[str, Any]:
    entry = {"id": URL, "type": "Multikey", "controller": DID, "publicKeyMultibase": KEY.multikey, **change}
    return {name: value for name, value in entry.items() if value is not ...}


def document(**change: Any) -> dict[str, Any]:
    sound = {"id": DID, "verificationMethod": [method()], "assertionMethod": [URL], **change}
    return {name: value for name, value in sound.items() if value is not ...}


def ask(found: dict[str, Any], url: Any = URL, purpose: str = "assertionMethod") -> Any:
    return DidDocument.of(DID, found).verification_method(url, purpose=purpose).public_key


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


class TestDidWebAddresses:
    @pytest.mark.parametrize(
        ("did", "url"),
        [
            ("did:web:a.ca", "https://a.ca/.well-known/did.json"),
            ("did:web:a.ca%3A8443:u:1", "https://a.ca:8443/u/1/did.json"),
            ("did:web:a.ca%3a8443", "https://a.ca:8443/.well-known/did.json"),
            ("did:web:w3c-ccg.github.io:user:alice", "https://w3c-ccg.github.io/user/alice/did.json"),
            ("did:web:localhost%3A8001:organisations:north", "https://localhost:8001/organisations/north/did.json"),
            ("did:web:xn--ls8h.example", "https://xn--ls8h.example/.well-known/did.json"),
            ("did:web:a.ca:a%C3%A9b", "https://a.ca/a%C3%A9b/did.json"),
            ("did:web:1a.ca", "https://1a.ca/.well-known/did.json"),
        ],
    )
    def test_the_address_is_spelled_out(self, did: str, url: str) -> None:
        assert did_web.document_url(did) == url

    @pytest.mark.parametrize(
        "rest",
        [
            "127.0.0.1",
            "127.0.0.1%3A80",
            "127.1",
            "2130706433",
            "0x7f000001",
            "0x7f.1",
            "0177.0.0.1",
            "a.0x",
            "a.1",
            "10.0.0.1:u",
            "169.254.169.254",
            "%5B%3A%3A1%5D",
            "%5B%3A%3Affff%3A127.0.0.1%5D",
            "A.ca",
            "LOCALHOST",
            "a.ca.",
            ".a.ca",
            "a..ca",
            "-a.ca",
            "a-.ca",
            "a_b.ca",
            "a" * 64 + ".ca",
            ".".join(["a" * 60] * 5),
            "%61.ca",
            "a%2Eca",
            "user%40a.ca",
            "a.ca%2Fx",
            "a.ca%23",
            "a.ca%3F",
            "a.ca%5C",
            "a.ca%00",
            "a.ca%0D%0Ax",
            "a.ca%3A",
            "a.ca%3A0",
            "a.ca%3A08",
            "a.ca%3A65536",
            "a.ca%3A99999999",
            "a.ca%3A80%3A81",
            "a.ca%253A80",
            "a.ca%3A8%30",
            "%3A80",
            "a.ca::u",
            ":a.ca",
            "a.ca:.",
            "a.ca:..",
            "a.ca:u:..:v",
            "a.ca:%2e%2e",
            "a.ca:%2E",
            "a.ca:.%2e",
            "a.ca:%2F",
            "a.ca:u%2fv",
            "a.ca:u%5Cv",
            "a.ca:%00",
            "a.ca:%0d%0a",
            "a.ca:%20",
            "a.ca:%7F",
            "a.ca:u%3Fx",
            "a.ca:u%23x",
            "a.ca:%252e",
        ],
    )
    def test_V_SSRF_1_other_spellings_reach_no_fetcher(self, rest: str) -> None:
        shelf = Shelf()
        with pytest.raises(InvalidDid):
            resolve(f"did:web:{rest}", fetcher=shelf)
        assert shelf.asked == []

    @pytest.mark.parametrize(
        ("address", "did"),
        [
            ("https://a.ca", "did:web:a.ca"),
            ("https://a.ca/", "did:web:a.ca"),
            ("https://a.ca:8443/u/1", "did:web:a.ca%3A8443:u:1"),
            ("http://localhost:8001/organisations/north/", "did:web:localhost%3A8001:organisations:north"),
        ],
    )
    def test_an_origin_gives_its_identifier(self, address: str, did: str) -> None:
        assert did_web.did_for(address) == did

    @pytest.mark.parametrize(
        "address",
        [
            "a.ca",
            "ftp://a.ca",
            "https://",
            "https://u@a.ca",
            "https://u:p@a.ca",
            "https://a.ca?x",
            "https://a.ca?",
            "https://a.ca#x",
            "https://a.ca#",
            "https://a.ca:99999",
            "https://a.ca:x",
            "https://127.0.0.1",
            "https://[::1]/",
            "https://a.ca/a//b",
            "https://a.ca/../b",
            "https://a.ca/a%3Ab",
            "https://a.ca/a b",
        ],
    )
    def test_other_addresses_give_none(self, address: str) -> None:
        with pytest.raises(InvalidDid):
            did_web.did_for(address)

    @given(st.text(max_size=40) | st.from_regex(r"[a-z0-9.%:A-F_-]{1,40}", fullmatch=True))
    def test_V_SSRF_1_an_address_stays_on_the_host_that_is_named(self, rest: str) -> None:
        try:
            url = did_web.document_url(f"did:web:{rest}")
        except InvalidDid:
            return
        host = rest.split(":")[0].replace("%3A", ":").replace("%3a", ":")
        assert url.startswith(f"https://{host}/")
        assert url.endswith("/did.json")
        assert ".." not in url.removeprefix(f"https://{host}").split("/")


class TestDidWebResolution:
    def shelf(self, body: Any, media_type: str = "application/did+json") -> Shelf:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        return Shelf({"https://college.example/.well-known/did.json": data}, media_type)

    @pytest.mark.parametrize("media_type", did_web.MEDIA_TYPES)
    def test_a_document_is_fetched_once_and_read(self, media_type: str) -> None:
        shelf = self.shelf(document(), media_type)
        found = resolve(DID, fetcher=shelf)
        assert found.verification_method(URL, purpose="assertionMethod").public_key == KEY
        assert shelf.asked == ["https://college.example/.well-known/did.json"]

    @pytest.mark.parametrize("media_type", ["text/html", "text/plain", "", "application/xml", "image/svg+xml"])
    def test_V_DID_1_an_answer_that_is_not_json_is_no_document(self, media_type: str) -> None:
        with pytest.raises(InvalidDidDocument):
            resolve(DID, fetcher=self.shelf(document(), media_type))

    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"<html></html>",
            b"null",
            b"\xff",
            b"[" * 100_000,
            b" " * 300_000,
            json.dumps(document()).encode("utf-16"),
            json.dumps(document()).encode().replace(b'"id"', b'"id": "did:web:attacker.example", "id"', 1),
            json.dumps(document()).encode().replace(b'"id"', b'"\\u0069d": "did:web:attacker.example", "id"', 1),
            json.dumps(document(id="did:web:attacker.example")).encode(),
        ],
    )
    def test_V_JSON_1_a_body_with_two_readings_is_no_document(self, body: bytes) -> None:
        with pytest.raises(InvalidDidDocument):
            resolve(DID, fetcher=self.shelf(body))

    def test_what_cannot_be_had_is_not_decided(self) -> None:
        for fetcher in (Shelf(), NoNetwork()):
            with pytest.raises(DidNotResolved):
                resolve(DID, fetcher=fetcher)

    def test_V_SSRF_1_what_the_guard_refuses_is_refused_for_good(self) -> None:
        with pytest.raises(DidRefused) as refused:
            resolve(DID, fetcher=Guarded())
        assert refused.value.problem == "INVALID_CONTROLLED_IDENTIFIER_DOCUMENT"


class TestPublishing:
    RETIRED = datetime(2026, 6, 1, tzinfo=UTC)
    SERVICES = (
        {"id": "#whois", "type": ["WhoisService", "PathService"], "serviceEndpoint": "https://college.example/w"},
    )

    def published(self) -> dict[str, Any]:
        methods = [
            PublishedKey(KEY, fragment="key-2"),
            PublishedKey(OTHER, fragment="key-1", purposes=("assertionMethod",), expires=self.RETIRED),
            PublishedKey(PrivateKey.generate(KeyType.P384).public, purposes=(), revoked=self.RETIRED),
        ]
        return did_web.document(DID, methods=methods, services=self.SERVICES)

    def test_K_ROT_1_retired_keys_stay_published_with_their_dates(self) -> None:
        found = DidDocument.of(DID, json.loads(json.dumps(self.published())))
        old = found.verification_method(f"{DID}#key-1", purpose="assertionMethod")
        assert (old.public_key, old.expires, old.revoked) == (OTHER, self.RETIRED, None)
        new = found.verification_method(f"{DID}#key-2", purpose="authentication")
        assert (new.public_key, new.expires) == (KEY, None)
        assert found.services("PathService")[0].id == f"{DID}#whois"

    def test_K_CMP_1_a_key_out_of_use_is_listed_for_no_purpose(self) -> None:
        published = self.published()
        out_of_use = published["verificationMethod"][2]
        assert out_of_use["revoked"] == "2026-06-01T00:00:00Z"
        assert all(
            out_of_use["id"] not in published.get(purpose, ()) for purpose in ("authentication", "assertionMethod")
        )

    @pytest.mark.parametrize(
        "make", [lambda: did_key.document(did_key.did_for(KEY)), lambda: did_jwk.document(did_jwk.did_for(KEY))]
    )
    def test_documents_expand_without_loss(self, make: Any) -> None:
        for published in (make(), self.published()):
            dropped: list[str] = []
            jsonld.expand(
                deepcopy(published),
                {"documentLoader": contexts.document_loader, "base": None},
                on_property_dropped=dropped.append,
            )
            assert dropped == []

    @pytest.mark.parametrize(
        "methods",
        [
            [PublishedKey(KEY), PublishedKey(KEY)],
            [PublishedKey(KEY, fragment="a"), PublishedKey(OTHER, fragment="a")],
            [PublishedKey(KEY, fragment="a#b")],
            [PublishedKey(KEY, fragment="a b")],
            [PublishedKey(KEY, purposes=("signing",))],
        ],
    )
    def test_a_document_that_could_not_be_read_is_not_made(self, methods: list[PublishedKey]) -> None:
        with pytest.raises(DidError):
            did_web.document(DID, methods=methods)

    def test_a_document_is_made_for_a_did_web_only(self) -> None:
        with pytest.raises(InvalidDid):
            did_web.document("did:web:127.0.0.1", methods=[PublishedKey(KEY)])
