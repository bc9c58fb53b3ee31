"""Presentation requests: what the verifier makes the wallet reads, and lies are refused."""

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest

from keys import KeyType, PrivateKey
from keys.dids import did_key
from keys.fetching import NoNetwork
from vc import openid4vp as vp
from vc.jose import jws

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
RESPONSE_URI = "https://verifier.example/answers/7f3a"
NONCE = "n" * 43
QUERY = {"credentials": [vp.ldp_vc_query("badge")]}
REQUEST_URI = "https://verifier.example/requests/7f3a"


@pytest.fixture(scope="module")
def key() -> PrivateKey:
    return PrivateKey.generate(KeyType.ED25519)


def unsigned(**change: Any) -> vp.AuthorizationRequest:
    return vp.redirect_uri_request(response_uri=RESPONSE_URI, nonce=NONCE, dcql_query=QUERY, **change)


def by_did(key: PrivateKey) -> tuple[vp.AuthorizationRequest, str]:
    did = did_key.did_for(key.public)
    request = vp.decentralized_identifier_request(
        did=did, response_uri=RESPONSE_URI, nonce=NONCE, dcql_query=QUERY, state="s", client_name="Ateliers"
    )
    return request, f"{did}#{did.removeprefix('did:key:')}"


def with_parameters(link: str, **change: str | None) -> str:
    parameters = dict(parse_qsl(urlsplit(link).query)) | change
    return "openid4vp://?" + urlencode({name: value for name, value in parameters.items() if value is not None})


def refused(link: str) -> str:
    with pytest.raises(vp.Oid4vpError) as caught:
        vp.parse_request_link(link)
    return caught.value.error


class TestUnsigned:
    def test_there_and_back(self) -> None:
        request = unsigned(state="s", client_name="Ateliers Montcalme")
        read = vp.parse_request_link(request.link())
        assert read == request
        assert read.client_id == f"redirect_uri:{RESPONSE_URI}"
        assert read.client_name == "Ateliers Montcalme"
        assert not read.authenticated

    def test_a_wallets_own_address_carries_requests_too(self) -> None:
        link = unsigned().link().replace("openid4vp://", "https://wallet.example/present")
        request = vp.parse_request_link(link)
        assert isinstance(request, vp.AuthorizationRequest)
        assert request.nonce == NONCE

    @pytest.mark.parametrize(
        "change",
        [
            {"client_id": f"redirect_uri:{RESPONSE_URI}x"},
            {"client_id": "redirect_uri:https://attacker.example/answers/7f3a"},
            {"client_id": "decentralized_identifier:did:web:verifier.example"},
            {"client_id": "x509_san_dns:verifier.example"},
            {"client_id": "origin:https://verifier.example"},
            {"client_id": "pre-registered"},
            {"response_uri": "https://attacker.example/collect"},
        ],
    )
    def test_the_answer_goes_to_nobody_else(self, change: Any) -> None:
        assert refused(with_parameters(unsigned().link(), **change)) == "invalid_client"

    @pytest.mark.parametrize(
        ("change", "error"),
        [
            ({"client_id": None}, "invalid_request"),
            ({"nonce": None}, "invalid_request"),
            ({"response_mode": "fragment"}, "invalid_request"),
            ({"response_mode": None}, "invalid_request"),
            ({"response_type": "id_token"}, "invalid_request"),
            ({"dcql_query": None}, "invalid_request"),
            ({"dcql_query": "{}"}, "invalid_request"),
            ({"dcql_query": "not json"}, "invalid_request"),
            ({"scope": "openid"}, "invalid_request"),
            ({"presentation_definition": "{}"}, "invalid_request"),
            ({"redirect_uri": "https://verifier.example/back"}, "invalid_request"),
            ({"request": "a.b.c"}, "invalid_request"),
            ({"client_metadata": "[]"}, "invalid_request"),
            ({"transaction_data": '["e30"]'}, "invalid_transaction_data"),
        ],
    )
    def test_misshapen_requests(self, change: Any, error: str) -> None:
        assert refused(with_parameters(unsigned().link(), **change)) == error

    @pytest.mark.parametrize("link", ["", "hello", "openid4vp://", "openid4vp://?client_id", "x://[?client_id=a"])
    def test_what_is_no_request(self, link: str) -> None:
        assert refused(link) == "invalid_request"

    def test_a_doubled_parameter_is_refused(self) -> None:
        assert refused(unsigned().link() + "&nonce=another") == "invalid_request"

    def test_a_verifier_cannot_make_a_weak_request(self) -> None:
        with pytest.raises(ValueError, match="128"):
            vp.redirect_uri_request(response_uri=RESPONSE_URI, nonce="short", dcql_query=QUERY)
        with pytest.raises(vp.Oid4vpError):
            vp.redirect_uri_request(response_uri=RESPONSE_URI, nonce=NONCE, dcql_query={"credentials": []})


class TestSigned:
    def check(self, jwt: object, client_id: str, **options: Any) -> vp.AuthorizationRequest:
        return vp.check_request_object(
            jwt, client_id=client_id, fetcher=NoNetwork(), authorities=(), now=NOW, **options
        )

    def refused(self, jwt: object, client_id: str, **options: Any) -> str:
        with pytest.raises(vp.Oid4vpError) as caught:
            self.check(jwt, client_id, **options)
        return caught.value.error

    def forged(
        self, key: PrivateKey, *, typ: str = vp.REQUEST_OBJECT_TYPE, kid: str | None = None, **change: Any
    ) -> str:
        request, own_kid = by_did(key)
        claims = {**request.parameters(), "aud": "https://self-issued.me/v2", **change}
        return jws.sign({k: v for k, v in claims.items() if v is not None}, signer=key, typ=typ, kid=kid or own_kid)

    def test_there_and_back(self, key: PrivateKey) -> None:
        request, kid = by_did(key)
        link = vp.request_link_by_reference(request.client_id, REQUEST_URI, method="post")
        reference = vp.parse_request_link(link)
        assert reference == vp.RequestReference(request.client_id, REQUEST_URI, "post")
        read = self.check(
            request.signed(signer=key, kid=kid, now=NOW, wallet_nonce="w"), reference.client_id, wallet_nonce="w"
        )
        assert read.authenticated
        assert (read.nonce, read.state, read.client_name) == (NONCE, "s", "Ateliers")

    def test_an_unsigned_kind_of_client_cannot_be_linked_unsigned(self, key: PrivateKey) -> None:
        with pytest.raises(ValueError, match="unsigned"):
            by_did(key)[0].link()

    def test_the_link_and_the_object_name_one_client(self, key: PrivateKey) -> None:
        request, kid = by_did(key)
        jwt = request.signed(signer=key, kid=kid, now=NOW)
        other = "decentralized_identifier:" + did_key.did_for(PrivateKey.generate(KeyType.ED25519).public)
        assert self.refused(jwt, other) == "invalid_request"

    def test_V_PRF_3_another_key_signs_in_the_clients_name(self, key: PrivateKey) -> None:
        attacker = PrivateKey.generate(KeyType.ED25519)
        request, kid = by_did(key)
        claims = {**request.parameters(), "aud": "https://self-issued.me/v2"}
        jwt = jws.sign(claims, signer=attacker, typ=vp.REQUEST_OBJECT_TYPE, kid=kid)
        assert self.refused(jwt, request.client_id) == "invalid_request"
        own_kid = by_did(attacker)[1]
        jwt = jws.sign(claims, signer=attacker, typ=vp.REQUEST_OBJECT_TYPE, kid=own_kid)
        assert self.refused(jwt, request.client_id) == "invalid_client"

    @pytest.mark.parametrize("typ", ["JWT", "vp+jwt", "openid4vci-proof+jwt"])
    def test_V_TYP_1_only_a_request_object_will_do(self, key: PrivateKey, typ: Any) -> None:
        assert self.refused(self.forged(key, typ=typ), by_did(key)[0].client_id) == "invalid_request"

    @pytest.mark.parametrize(
        ("change", "error"),
        [
            ({"aud": None}, "invalid_request"),
            ({"aud": "https://wallet.example"}, "invalid_request"),
            ({"exp": int((NOW - timedelta(seconds=61)).timestamp())}, "invalid_request"),
            ({"exp": "tomorrow"}, "invalid_request"),
            ({"exp": 2**39}, None),
            ({"nbf": int((NOW + timedelta(seconds=61)).timestamp())}, "invalid_request"),
            ({"response_mode": "direct_post.jwt"}, "invalid_request"),
            ({"redirect_uri": "https://verifier.example"}, "invalid_request"),
            ({"dcql_query": {"credentials": [{"id": "a b", "format": "ldp_vc", "meta": {}}]}}, "invalid_request"),
            ({"transaction_data": ["e30"]}, "invalid_transaction_data"),
        ],
    )
    def test_claims(self, key: PrivateKey, change: Any, error: str) -> None:
        client_id = by_did(key)[0].client_id
        if error is None:
            assert self.check(self.forged(key, **change), client_id).authenticated
        else:
            assert self.refused(self.forged(key, **change), client_id) == error

    @pytest.mark.parametrize("aud", [REQUEST_URI, [REQUEST_URI]], ids=["text", "list"])
    def test_a_request_may_be_meant_for_the_address_it_stands_at(self, key: PrivateKey, aud: object) -> None:
        client_id = by_did(key)[0].client_id
        jwt = self.forged(key, aud=aud)
        assert self.check(jwt, client_id, request_uri=REQUEST_URI).authenticated
        assert self.refused(jwt, client_id, request_uri="https://wallet.example") == "invalid_request"
        assert self.refused(jwt, client_id) == "invalid_request"
        assert self.refused(self.forged(key, aud=[None]), client_id) == "invalid_request"

    def test_the_wallets_nonce_must_come_back(self, key: PrivateKey) -> None:
        request, kid = by_did(key)
        jwt = request.signed(signer=key, kid=kid, now=NOW, wallet_nonce="other")
        assert self.refused(jwt, request.client_id, wallet_nonce="mine") == "invalid_request"
        without = request.signed(signer=key, kid=kid, now=NOW)
        assert self.refused(without, request.client_id, wallet_nonce="mine") == "invalid_request"

    def test_an_unreachable_client_is_not_believed(self, key: PrivateKey) -> None:
        request, _ = by_did(key)
        claims = {**request.parameters(), "client_id": "decentralized_identifier:did:web:verifier.example"}
        jwt = jws.sign(claims, signer=key, typ=vp.REQUEST_OBJECT_TYPE, kid="did:web:verifier.example#k")
        assert self.refused(jwt, claims["client_id"]) == "invalid_client"

    @pytest.mark.parametrize("client_id", ["x509_san_dns:verifier.example", "did:web:verifier.example", "plain"])
    def test_other_kinds_of_clients_are_refused(self, key: PrivateKey, client_id: str) -> None:
        assert self.refused(self.forged(key, client_id=client_id), client_id) == "invalid_client"

    def test_request_uri_method_is_in_lower_case(self, key: PrivateKey) -> None:
        link = vp.request_link_by_reference(by_did(key)[0].client_id, REQUEST_URI, method="POST")
        assert refused(link) == "invalid_request_uri_method"


class TestRecognitions:
    @pytest.mark.parametrize("takes", [True, False])
    def test_what_the_verifier_says_reaches_the_wallet(self, takes: bool) -> None:
        read = vp.parse_request_link(unsigned(takes_recognitions=takes).link())
        assert isinstance(read, vp.AuthorizationRequest)
        assert read.takes_recognitions is takes

    @pytest.mark.parametrize(
        "metadata", ["{}", '{"stapled_recognitions": "true"}', '{"stapled_recognitions": 1}', None]
    )
    def test_nothing_but_true_says_so(self, metadata: str | None) -> None:
        read = vp.parse_request_link(with_parameters(unsigned().link(), client_metadata=metadata))
        assert isinstance(read, vp.AuthorizationRequest)
        assert not read.takes_recognitions
