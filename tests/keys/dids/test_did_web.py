"""did:web: where a document is, what an answer must be, and what we publish (V-DID-1, V-SSRF-1)."""

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
    DidDocument,
    DidError,
    DidNotResolved,
    DidRefused,
    InvalidDid,
    InvalidDidDocument,
    PublishedKey,
    did_jwk,
    did_key,
    did_web,
    resolve,
)
from keys.fetching import Fetched, FetchFailed, FetchRefused, NoNetwork
from tests.keys.dids.sample import DID, KEY, OTHER, URL, document


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
