"""Offers, metadata, token and credential messages: there and back, and refused when they lie."""

import json
from typing import Any
from urllib.parse import quote, urlencode

import pytest

from vc import openid4vci as vci

ISSUER = "https://issuer.example/o/college"
OFFER = vci.CredentialOffer(
    ISSUER,
    ("badge",),
    pre_authorized_code="adhjhdjajkdkhjhdj",
    tx_code=vci.TxCode(length=6, description="Le code envoyé par courriel"),
)


class TestOffer:
    def test_there_and_back_by_value(self) -> None:
        assert vci.parse_offer_link(OFFER.link()) == OFFER

    def test_there_and_back_by_reference(self) -> None:
        link = vci.offer_link_by_reference("https://issuer.example/offers/1?a=b&c=d")
        assert vci.parse_offer_link(link) == vci.OfferReference("https://issuer.example/offers/1?a=b&c=d")

    def test_a_wallets_own_https_address_carries_offers_too(self) -> None:
        link = "https://wallet.example/offer?" + OFFER.link().partition("?")[2]
        assert vci.parse_offer_link(f"  {link}\n") == OFFER

    def test_an_empty_tx_code_still_means_that_one_is_needed(self) -> None:
        document = OFFER.as_json()
        document["grants"][vci.PRE_AUTHORIZED_CODE]["tx_code"] = {}
        assert vci.parse_offer(document).tx_code == vci.TxCode()

    def test_other_grants_are_ignored(self) -> None:
        document = OFFER.as_json() | {"grants": {"authorization_code": {"issuer_state": "x"}}}
        assert vci.parse_offer(document).pre_authorized_code is None

    @pytest.mark.parametrize(
        "link",
        [
            "",
            "hello",
            "openid-credential-offer://",
            "openid-credential-offer://?x=1",
            "openid-credential-offer://?credential_offer={",
            "openid-credential-offer://?credential_offer=[]",
            "openid-credential-offer://?credential_offer=%7B%22a%22%3A1%2C%22a%22%3A2%7D",
            "openid-credential-offer://?credential_offer_uri=https://a.example&credential_offer=%7B%7D",
            "openid-credential-offer://?credential_offer_uri=https://a.example&credential_offer_uri=https://b.example",
            "http://[broken?credential_offer_uri=https://a.example",
            "x://?" + "&".join(f"p{i}=1" for i in range(100)),
        ],
    )
    def test_what_is_no_offer_link(self, link: str) -> None:
        with pytest.raises(vci.UnreadableMessage):
            vci.parse_offer_link(link)

    @pytest.mark.parametrize(
        "change",
        [
            {"credential_issuer": None},
            {"credential_issuer": 7},
            {"credential_configuration_ids": []},
            {"credential_configuration_ids": "badge"},
            {"credential_configuration_ids": ["badge", "badge"]},
            {"credential_configuration_ids": [{"format": "ldp_vc"}]},
            {"grants": []},
            {"grants": {vci.PRE_AUTHORIZED_CODE: {}}},
            {"grants": {vci.PRE_AUTHORIZED_CODE: None}},
            {"grants": {vci.PRE_AUTHORIZED_CODE: {"pre-authorized_code": "x", "tx_code": {"length": -1}}}},
            {"grants": {vci.PRE_AUTHORIZED_CODE: {"pre-authorized_code": "x", "tx_code": {"length": True}}}},
            {"grants": {vci.PRE_AUTHORIZED_CODE: {"pre-authorized_code": "x", "tx_code": {"input_mode": "eval"}}}},
            {"grants": {vci.PRE_AUTHORIZED_CODE: {"pre-authorized_code": "x", "tx_code": {"description": "é" * 301}}}},
            {"grants": {vci.PRE_AUTHORIZED_CODE: {"pre-authorized_code": "x", "tx_code": None}}},
        ],
    )
    def test_misshapen_offers(self, change: Any) -> None:
        link = "x://?credential_offer=" + quote(json.dumps(OFFER.as_json() | change))
        with pytest.raises(vci.UnreadableMessage):
            vci.parse_offer_link(link)


class TestMetadata:
    def metadata(self, **change: Any) -> dict[str, Any]:
        configuration = vci.credential_configuration(
            name={"fr": "Badge", "en": "Badge"},
            context=["https://www.w3.org/ns/credentials/v2"],
            types=["VerifiableCredential", "OpenBadgeCredential"],
            cryptosuites=["eddsa-rdfc-2022"],
        )
        built = vci.issuer_metadata(
            credential_issuer=ISSUER,
            credential_endpoint=f"{ISSUER}/credential",
            nonce_endpoint=f"{ISSUER}/nonce",
            token_endpoint=f"{ISSUER}/token",
            configurations={"badge": configuration},
            name={"fr": "Collège", "en": "College"},
        )
        return built | change

    def test_what_the_issuer_publishes_the_wallet_reads(self) -> None:
        metadata = vci.parse_issuer_metadata(self.metadata(), credential_issuer=ISSUER)
        assert metadata.names == {"fr": "Collège", "en": "College"}
        assert metadata.nonce_endpoint == f"{ISSUER}/nonce"
        badge = metadata.configurations["badge"]
        assert badge.binding_methods
        assert badge.format == "ldp_vc"
        assert badge.proof_signing_algs == ("EdDSA", "ES256")
        assert badge.names["fr"] == "Badge"

    @pytest.mark.parametrize(
        "odd",
        [
            None,
            {},
            {"format": 1},
            {"format": "mso_mdoc", "cryptographic_binding_methods_supported": "cose_key"},
            {"format": "ldp_vc", "proof_types_supported": []},
            {"format": "ldp_vc", "proof_types_supported": {"jwt": {"proof_signing_alg_values_supported": [-7]}}},
        ],
        ids=str,
    )
    def test_an_odd_configuration_beside_it_does_not_hide_a_good_one(self, odd: Any) -> None:
        metadata = self.metadata()
        metadata["credential_configurations_supported"] = {"odd": odd} | metadata["credential_configurations_supported"]
        assert set(vci.parse_issuer_metadata(metadata, credential_issuer=ISSUER).configurations) == {"badge"}

    def test_every_configuration_carries_credential_metadata(self) -> None:
        # clients.md: without it openid4vc takes the issuer for draft 14
        assert "credential_metadata" in self.metadata()["credential_configurations_supported"]["badge"]

    def test_binding_methods_and_proof_types_come_together(self) -> None:
        badge = self.metadata()["credential_configurations_supported"]["badge"]
        assert badge["cryptographic_binding_methods_supported"]
        assert badge["proof_types_supported"]["jwt"]["proof_signing_alg_values_supported"] == ["EdDSA", "ES256"]

    @pytest.mark.parametrize(
        "other", [ISSUER + "/", "https://issuer.example/o/College", "http://issuer.example/o/college"]
    )
    def test_metadata_of_another_issuer_is_refused(self, other: str) -> None:
        with pytest.raises(vci.UnreadableMessage):
            vci.parse_issuer_metadata(self.metadata(credential_issuer=other), credential_issuer=ISSUER)

    @pytest.mark.parametrize("document", [None, [], "x", {}, {"credential_issuer": ISSUER}])
    def test_misshapen_metadata(self, document: Any) -> None:
        with pytest.raises(vci.UnreadableMessage):
            vci.parse_issuer_metadata(document, credential_issuer=ISSUER)

    def test_both_well_known_forms(self) -> None:
        assert vci.well_known_urls(ISSUER, vci.ISSUER_METADATA) == (
            "https://issuer.example/.well-known/openid-credential-issuer/o/college",
            "https://issuer.example/o/college/.well-known/openid-credential-issuer",
        )
        assert vci.well_known_urls("https://issuer.example", vci.ISSUER_METADATA) == (
            "https://issuer.example/.well-known/openid-credential-issuer",
        )

    def test_the_authorization_server_lets_anonymous_wallets_in(self) -> None:
        built = vci.authorization_server_metadata(issuer=ISSUER, token_endpoint=f"{ISSUER}/token")
        assert built["pre-authorized_grant_anonymous_access_supported"] is True
        parsed = vci.parse_authorization_server_metadata(built, issuer=ISSUER)
        assert parsed.token_endpoint == f"{ISSUER}/token"
        with pytest.raises(vci.UnreadableMessage):
            vci.parse_authorization_server_metadata(built, issuer=ISSUER + "/")


class TestToken:
    def test_there_and_back(self) -> None:
        request = vci.parse_token_request(vci.token_request("code", "123456").items())
        assert (request.pre_authorized_code, request.tx_code) == ("code", "123456")

    def test_unknown_parameters_of_real_clients_are_ignored(self) -> None:
        pairs = [*vci.token_request("code").items(), ("user_pin", "1"), ("client_id", "w")]
        pairs += [("resource", "https://issuer.example"), ("resource", f"{ISSUER}/credential")]
        assert vci.parse_token_request(pairs).tx_code is None

    def test_authorization_details_are_read(self) -> None:
        details = json.dumps([{"type": "openid_credential", "credential_configuration_id": "badge"}])
        pairs = [*vci.token_request("code").items(), ("authorization_details", details)]
        assert vci.parse_token_request(pairs).requested_configurations == ("badge",)

    @pytest.mark.parametrize(
        ("pairs", "error"),
        [
            ([], "invalid_request"),
            ([("grant_type", "authorization_code")], "unsupported_grant_type"),
            ([("grant_type", vci.PRE_AUTHORIZED_CODE)], "invalid_request"),
            ([("grant_type", vci.PRE_AUTHORIZED_CODE), ("pre-authorized_code", "")], "invalid_request"),
            ([*vci.token_request("a").items(), ("pre-authorized_code", "b")], "invalid_request"),
            ([*vci.token_request("a").items(), ("authorization_details", "{")], "invalid_authorization_details"),
            ([*vci.token_request("a").items(), ("authorization_details", "[]")], "invalid_authorization_details"),
            (
                [*vci.token_request("a").items(), ("authorization_details", '[{"type":"x"}]')],
                "invalid_authorization_details",
            ),
        ],
    )
    def test_misshapen_requests(self, pairs: list[tuple[str, str]], error: str) -> None:
        with pytest.raises(vci.Oid4vciError) as caught:
            vci.parse_token_request(pairs)
        assert caught.value.error == error
        assert caught.value.status == 400

    def test_the_response_repeats_details_only_when_asked(self) -> None:
        assert "authorization_details" not in vci.token_response("t", expires_in=300)
        answered = vci.token_response("t", expires_in=300, credential_identifiers={"badge": ["badge-1"]})
        assert vci.parse_token_response(answered).credential_identifiers == {"badge": ("badge-1",)}

    def test_token_type_is_in_lower_case_and_read_in_any(self) -> None:
        assert vci.token_response("t", expires_in=300)["token_type"] == "bearer"
        assert vci.parse_token_response({"access_token": "t", "token_type": "Bearer"}).access_token == "t"

    @pytest.mark.parametrize(
        "document", [None, {}, {"access_token": "t", "token_type": "DPoP"}, {"token_type": "bearer"}]
    )
    def test_misshapen_responses(self, document: Any) -> None:
        with pytest.raises(vci.UnreadableMessage):
            vci.parse_token_response(document)

    def test_nonce(self) -> None:
        assert vci.parse_nonce_response(vci.nonce_response("abc")) == "abc"
        with pytest.raises(vci.UnreadableMessage):
            vci.parse_nonce_response({"c_nonce": 7})


class TestCredential:
    def test_there_and_back(self) -> None:
        request = vci.parse_credential_request(
            vci.credential_request(credential_configuration_id="badge", jwt_proofs=["a.b.c", "d.e.f"])
        )
        assert request.credential_configuration_id == "badge"
        assert (request.proof_type, request.proofs) == ("jwt", ("a.b.c", "d.e.f"))

    def test_the_older_proof_object_is_tolerated(self) -> None:
        document = {"credential_identifier": "x", "proof": {"proof_type": "jwt", "jwt": "a.b.c"}}
        request = vci.parse_credential_request(document)
        assert (request.proof_type, request.proofs) == ("jwt", ("a.b.c",))

    def test_what_is_null_was_left_out(self) -> None:
        """Some wallets write every member that their library knows."""
        names = {"credential_identifier": None, "credential_configuration_id": "badge"}
        others = {"credential_response_encryption": None, "proofs": None}
        older = {"proof": {"proof_type": "jwt", "jwt": "a.b.c"}}
        assert vci.parse_credential_request({**names, **others, **older}).proofs == ("a.b.c",)
        assert vci.parse_credential_request({**names, **others, "proof": None}).proof_type is None

    def test_no_proof_is_the_callers_decision(self) -> None:
        assert vci.parse_credential_request({"credential_identifier": "x"}).proof_type is None

    @pytest.mark.parametrize(
        ("document", "error"),
        [
            (None, "invalid_credential_request"),
            ([], "invalid_credential_request"),
            ({}, "invalid_credential_request"),
            ({"credential_configuration_id": "a", "credential_identifier": "b"}, "invalid_credential_request"),
            ({"credential_configuration_id": 1}, "invalid_credential_request"),
            ({"credential_identifier": "b", "proofs": {}}, "invalid_proof"),
            ({"credential_identifier": "b", "proofs": {"jwt": []}}, "invalid_proof"),
            ({"credential_identifier": "b", "proofs": {"jwt": "a.b.c"}}, "invalid_proof"),
            ({"credential_identifier": "b", "proofs": {"jwt": [1]}}, "invalid_proof"),
            ({"credential_identifier": "b", "proofs": {"jwt": ["a"], "di_vp": [{}]}}, "invalid_proof"),
            ({"credential_identifier": "b", "proofs": {"cwt": ["a"]}}, "invalid_proof"),
            ({"credential_identifier": "b", "proofs": {"jwt": ["a"] * 101}}, "invalid_proof"),
            ({"credential_identifier": "b", "proofs": ["a"]}, "invalid_proof"),
            ({"credential_identifier": "b", "proof": "a"}, "invalid_proof"),
            ({"credential_identifier": "b", "proof": {"proof_type": "jwt"}}, "invalid_proof"),
            (
                {"credential_identifier": "b", "proof": {"proof_type": "jwt", "jwt": "a"}, "proofs": {"jwt": ["a"]}},
                "invalid_proof",
            ),
            ({"credential_identifier": "b", "credential_response_encryption": {}}, "invalid_encryption_parameters"),
        ],
    )
    def test_misshapen_requests(self, document: Any, error: str) -> None:
        with pytest.raises(vci.Oid4vciError) as caught:
            vci.parse_credential_request(document)
        assert caught.value.error == error

    def test_responses(self) -> None:
        credential = {"type": ["VerifiableCredential"]}
        response = vci.parse_credential_response(vci.credential_response([credential], notification_id="n"))
        assert response.credentials == (credential,)
        assert response.notification_id == "n"
        deferred = vci.parse_credential_response({"transaction_id": "t", "interval": 5})
        assert (deferred.transaction_id, deferred.interval) == ("t", 5)

    @pytest.mark.parametrize(
        "document",
        [None, {}, {"credentials": []}, {"credentials": [{}]}, {"credentials": [{"credential": 1}]},
         {"credentials": [{"credential": "a"}], "transaction_id": "t"}, {"credential": {}}],
    )  # fmt: skip
    def test_misshapen_responses(self, document: Any) -> None:
        with pytest.raises(vci.UnreadableMessage):
            vci.parse_credential_response(document)


class TestNotification:
    def test_there_and_back(self) -> None:
        notice = vci.Notification("n", vci.NotificationEvent.CREDENTIAL_FAILURE, "mon nom est mal écrit")
        assert vci.parse_notification_request(vci.notification_request(notice)) == notice

    @pytest.mark.parametrize("document", [None, {}, {"notification_id": "n"}, {"notification_id": "n", "event": "x"}])
    def test_misshapen_notices(self, document: Any) -> None:
        with pytest.raises(vci.Oid4vciError) as caught:
            vci.parse_notification_request(document)
        assert caught.value.error == "invalid_notification_request"


class TestErrors:
    def test_there_and_back(self) -> None:
        error = vci.Oid4vciError(vci.ErrorName.INVALID_GRANT, "wrong code")
        again = vci.parse_error(error.body())
        assert (again.error, again.description, again.status) == ("invalid_grant", "wrong code", 400)

    def test_token_faults_are_401(self) -> None:
        error = vci.Oid4vciError(vci.ErrorName.INVALID_TOKEN, "expired")
        assert error.status == 401
        assert error.www_authenticate() == 'Bearer error="invalid_token", error_description="expired"'

    def test_an_unknown_name_is_kept(self) -> None:
        assert vci.parse_error({"error": "slow_down"}).error == "slow_down"

    @pytest.mark.parametrize("document", [None, {}, {"error": 1}, []])
    def test_what_is_no_error(self, document: Any) -> None:
        with pytest.raises(vci.UnreadableMessage):
            vci.parse_error(document)


def test_a_doubled_form_parameter_is_seen_in_the_encoded_form() -> None:
    assert urlencode(vci.token_request("a b")) == (
        "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Apre-authorized_code&pre-authorized_code=a+b"
    )
