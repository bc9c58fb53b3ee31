"""OpenID4VCI: a learner's wallet takes a credential over; nobody else does, and nothing is handed over twice."""

import json
import threading
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from issuer.hand_over import nonces
from issuer.hand_over.exchange import OPEN_OFFERS
from issuer.hand_over.invitations import TOKEN_LIFETIME, InvitationState
from issuer.issuance import states
from keys import KeyType, PrivateKey
from tests.issuer.college import ACTOR, College
from tests.issuer.hand_over.wallet import BASE, ISSUER, Invitation, Wallet, invite, state
from vc import openid4vci as vci
from vc.findings import Verdict
from vc.jose import jws


@pytest.fixture
def college(tmp_path: Path, database_url: str) -> College:
    return College.open(tmp_path, learners=2, database_url=database_url)


@pytest.fixture
def credential(college: College) -> str:
    return college.issue()[0].credential or ""


@pytest.fixture
def invitation(college: College, credential: str) -> Invitation:
    return invite(college, credential)


@pytest.fixture
def wallet(college: College) -> Wallet:
    return Wallet(college.client)


def error_of(answer: Any) -> str:
    assert answer.status_code in (400, 401), answer.text
    assert answer.headers["content-type"] == "application/json"
    name: str = answer.json()["error"]
    return name


# --- the road ---


def test_I_OID_1_whoever_only_asks_for_the_head_of_an_offer_uses_none_up(
    college: College, invitation: Invitation, wallet: Wallet
) -> None:
    heads = [college.client.head(f"{BASE}/offers/{invitation.link}").status_code for _ in range(OPEN_OFFERS + 1)]
    assert set(heads) == {200}
    assert wallet.token(invitation.link, invitation.tx_code)


def test_a_wallet_takes_the_credential_over_bound_to_its_own_key(
    college: College, credential: str, invitation: Invitation, wallet: Wallet
) -> None:
    college.accredit()
    answer = wallet.credential(wallet.token(invitation.link, invitation.tx_code), college.clock())
    [document] = vci.parse_credential_response(answer.json()).credentials
    assert document["credentialSubject"]["id"] == wallet.holder
    first = json.loads(college.bodies(credential)[0])
    assert document["id"] == first["id"]
    assert document["credentialStatus"] == first["credentialStatus"]
    assert college.verify(document).verdict is Verdict.VALID
    assert state(college, invitation) is InvitationState.ACCEPTED


@pytest.mark.parametrize("key_type", [KeyType.ED25519, KeyType.P256])
def test_keys_of_both_announced_kinds_are_taken(college: College, invitation: Invitation, key_type: KeyType) -> None:
    wallet = Wallet(college.client, PrivateKey.generate(key_type))
    answer = wallet.credential(wallet.token(invitation.link, invitation.tx_code), college.clock())
    assert answer.json()["credentials"][0]["credential"]["credentialSubject"]["id"] == wallet.holder


def test_a_lost_answer_can_be_asked_for_again_and_is_the_same_to_the_byte(
    college: College, credential: str, invitation: Invitation, wallet: Wallet
) -> None:
    token = wallet.token(invitation.link, invitation.tx_code)
    first, second = (wallet.credential(token, college.clock()) for _ in range(2))
    assert first.content == second.content
    assert len(college.bodies(credential)) == 2
    assert college.bodies(credential)[1] in first.content


def test_a_lost_answer_is_not_given_to_another_key(
    college: College, credential: str, invitation: Invitation, wallet: Wallet
) -> None:
    token = wallet.token(invitation.link, invitation.tx_code)
    wallet.credential(token, college.clock())
    thief = Wallet(college.client)
    assert error_of(thief.credential(token, college.clock())) == "credential_request_denied"
    assert len(college.bodies(credential)) == 2


def test_the_same_token_at_the_same_time_gives_the_same_bytes(
    college: College, credential: str, invitation: Invitation, wallet: Wallet
) -> None:
    token = wallet.token(invitation.link, invitation.tx_code)
    answers: list[bytes] = []
    threads = [
        threading.Thread(target=lambda: answers.append(wallet.credential(token, college.clock()).content))
        for _ in range(10)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(answers)) == 1
    assert len(college.bodies(credential)) == 2


@pytest.mark.parametrize("details", [[], [{"type": "openid_credential", "credential_configuration_id": "other"}]])
def test_details_about_something_else_are_refused_and_spend_nothing(
    college: College, invitation: Invitation, wallet: Wallet, details: list[Any]
) -> None:
    code = wallet.offer(invitation.link).pre_authorized_code or ""
    answer = wallet.ask_token(code, invitation.tx_code, authorization_details=json.dumps(details))
    assert error_of(answer) == "invalid_authorization_details"
    assert wallet.ask_token(code, invitation.tx_code).status_code == 200


def test_authorization_details_are_repeated_and_the_identifier_works(
    college: College, invitation: Invitation, wallet: Wallet
) -> None:
    details = json.dumps([{"type": "openid_credential", "credential_configuration_id": "analyse-python"}])
    code = wallet.offer(invitation.link).pre_authorized_code or ""
    answer = wallet.ask_token(code, invitation.tx_code, authorization_details=details)
    token = vci.parse_token_response(answer.json())
    [identifier] = token.credential_identifiers["analyse-python"]
    body = vci.credential_request(credential_identifier=identifier, jwt_proofs=[wallet.proof(college.clock())])
    assert wallet.ask_credential(token.access_token, body).status_code == 200


def test_a_wallet_that_failed_opens_the_invitation_again_and_its_words_are_kept(
    college: College, invitation: Invitation, wallet: Wallet
) -> None:
    token = wallet.token(invitation.link, invitation.tx_code)
    given = wallet.credential(token, college.clock()).json()
    college.clock.advance(hours=1)
    for _ in range(2):
        answer = college.client.post(
            f"{BASE}/notification",
            json={
                "notification_id": given["notification_id"],
                "event": "credential_failure",
                "event_description": "Mon nom est mal écrit",
            },
            headers={"authorization": f"Bearer {token}"},
        )
        assert answer.status_code == 204
    assert state(college, invitation) is InvitationState.OPEN


# --- metadata ---


@pytest.mark.parametrize("name", ["openid-credential-issuer", "oauth-authorization-server"])
def test_metadata_is_served_in_both_well_known_forms(college: College, name: str) -> None:
    inserted, appended = (college.client.get(url) for url in vci.well_known_urls(ISSUER, name))
    assert inserted.status_code == appended.status_code == 200
    assert inserted.json() == appended.json()
    assert inserted.headers["content-type"] == "application/json"


def test_metadata_says_what_widespread_wallets_look_for(college: College) -> None:
    metadata = college.client.get(f"{BASE}/.well-known/openid-credential-issuer").json()
    assert metadata["credential_issuer"] == ISSUER
    configuration = metadata["credential_configurations_supported"]["analyse-python"]
    assert configuration["format"] == "ldp_vc"
    names = {one["locale"]: one["name"] for one in configuration["credential_metadata"]["display"]}
    assert names == {"fr-CA": "Analyse de données avec Python", "en-CA": "Data analysis with Python"}
    algs = configuration["proof_types_supported"]["jwt"]["proof_signing_alg_values_supported"]
    assert {"EdDSA", "ES256"} <= set(algs)
    assert vci.parse_issuer_metadata(metadata, credential_issuer=ISSUER).credential_endpoint
    server = college.client.get(f"{BASE}/.well-known/oauth-authorization-server").json()
    assert server["pre-authorized_grant_anonymous_access_supported"] is True
    assert server["issuer"] == ISSUER


def test_unknown_well_known_addresses_and_organisations_are_a_clean_404(college: College) -> None:
    for path in (
        f"{BASE}/.well-known/openid-configuration",
        "/.well-known/openid-configuration/o/riviere",
        "/.well-known/openid-credential-issuer/o/none",
        "/o/none/.well-known/oauth-authorization-server",
    ):
        answer = college.client.get(path)
        assert answer.status_code == 404
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.headers["access-control-allow-origin"] == "*", "a wallet in a browser would take it for a failure"


@pytest.mark.parametrize(
    "path",
    [
        f"{BASE}/credential",
        f"{BASE}/.well-known/openid-credential-issuer",
        "/.well-known/openid-credential-issuer/o/riviere",
        f"{BASE}/handover/credential",
        f"{BASE}/status/any",
        f"{BASE}/did.json",
        f"{BASE}/schemas/any",
        "/registry/issuers.json",
    ],
)
def test_a_wallet_in_a_browser_may_ask(college: College, path: str) -> None:
    answer = college.client.options(path)
    assert answer.status_code == 204
    assert answer.headers["access-control-allow-origin"] == "*"
    assert {"authorization", "cache-control"} <= set(answer.headers["access-control-allow-headers"].split(", "))
    assert college.client.post(f"{BASE}/nonce").headers["access-control-allow-origin"] == "*"


# --- codes (I-OID-1 to I-OID-3) ---


def test_I_OID_1_a_code_is_used_once(college: College, invitation: Invitation, wallet: Wallet) -> None:
    code = wallet.offer(invitation.link).pre_authorized_code or ""
    assert wallet.ask_token(code, invitation.tx_code).status_code == 200
    assert error_of(wallet.ask_token(code, invitation.tx_code)) == "invalid_grant"


def test_I_OID_1_fifty_redemptions_at_once_have_exactly_one_success(
    college: College, invitation: Invitation, wallet: Wallet
) -> None:
    code = wallet.offer(invitation.link).pre_authorized_code or ""
    found: list[int] = []
    threads = [
        threading.Thread(target=lambda: found.append(wallet.ask_token(code, invitation.tx_code).status_code))
        for _ in range(50)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    counted = Counter(found)
    assert counted[200] == 1
    assert counted[400] + counted[429] == 49


def test_I_OID_1_two_offers_of_one_invitation_are_not_two_credentials(
    college: College, invitation: Invitation, wallet: Wallet
) -> None:
    codes = [wallet.offer(invitation.link).pre_authorized_code or "" for _ in range(2)]
    found = [wallet.ask_token(code, invitation.tx_code).status_code for code in codes]
    assert found == [200, 400]


def test_an_unused_token_does_not_lock_the_learner_out(
    college: College, invitation: Invitation, wallet: Wallet
) -> None:
    wallet.token(invitation.link, invitation.tx_code)
    assert college.client.get(f"{BASE}/offers/{invitation.link}").status_code == 410
    college.clock.advance(minutes=6)
    token = wallet.token(invitation.link, invitation.tx_code)
    assert wallet.credential(token, college.clock()).status_code == 200


def test_I_OID_2_codes_are_long_and_share_nothing(college: College, invitation: Invitation, wallet: Wallet) -> None:
    codes = []
    for _ in range(60):
        codes.append(wallet.offer(invitation.link).pre_authorized_code or "")
        college.clock.advance(minutes=16)
    assert all(len(code) >= 43 for code in codes)
    for position in range(42):
        assert len({code[position] for code in codes}) > 15


def test_I_OID_2_guessing_is_slowed_down_per_address(college: College, wallet: Wallet) -> None:
    found = [wallet.ask_token(f"guess-{number}", "000000") for number in range(21)]
    assert {one.status_code for one in found[:20]} == {400}
    assert found[20].status_code == 429
    assert int(found[20].headers["retry-after"]) > 0
    college.clock.advance(seconds=61)
    assert wallet.ask_token("guess", "000000").status_code == 400


def test_I_OID_3_five_wrong_transaction_codes_end_the_invitation(
    college: College, invitation: Invitation, wallet: Wallet
) -> None:
    wrong = f"{(int(invitation.tx_code) + 1) % 10**6:06}"
    for _ in range(5):
        code = wallet.offer(invitation.link).pre_authorized_code or ""
        assert error_of(wallet.ask_token(code, wrong)) == "invalid_grant"
    assert state(college, invitation) is InvitationState.VOIDED
    assert error_of(wallet.ask_token(code, invitation.tx_code)) == "invalid_grant"


def test_I_OID_3_wrong_codes_at_the_same_time_are_all_counted(
    college: College, invitation: Invitation, wallet: Wallet
) -> None:
    wrong = f"{(int(invitation.tx_code) + 1) % 10**6:06}"
    code = wallet.offer(invitation.link).pre_authorized_code or ""
    threads = [threading.Thread(target=wallet.ask_token, args=(code, wrong)) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert state(college, invitation) is InvitationState.VOIDED


@pytest.mark.parametrize("change", [" {}", "{} ", "{}\n", "٠٠٠٠٠٠", "+{}", "{}0", "{}.0"])
def test_I_OID_3_the_transaction_code_is_compared_exactly(
    college: College, invitation: Invitation, wallet: Wallet, change: str
) -> None:
    code = wallet.offer(invitation.link).pre_authorized_code or ""
    assert error_of(wallet.ask_token(code, change.format(invitation.tx_code))) == "invalid_grant"


def test_a_missing_transaction_code_is_invalid_request_and_costs_no_try(
    college: College, invitation: Invitation, wallet: Wallet
) -> None:
    code = wallet.offer(invitation.link).pre_authorized_code or ""
    for _ in range(8):
        assert error_of(wallet.ask_token(code, None)) == "invalid_request"
    assert wallet.ask_token(code, invitation.tx_code).status_code == 200


def test_extra_parameters_of_older_wallets_are_ignored(
    college: College, invitation: Invitation, wallet: Wallet
) -> None:
    code = wallet.offer(invitation.link).pre_authorized_code or ""
    answer = wallet.ask_token(code, invitation.tx_code, user_pin=invitation.tx_code, resource=ISSUER)
    assert answer.status_code == 200
    assert answer.json()["token_type"] == "bearer"
    assert answer.headers["cache-control"] == "no-store"


def test_a_code_of_another_organisation_is_worth_nothing(
    college: College, invitation: Invitation, wallet: Wallet
) -> None:
    code = wallet.offer(invitation.link).pre_authorized_code or ""
    answer = college.client.post("/o/cqm/token", data=vci.token_request(code, invitation.tx_code))
    assert error_of(answer) == "invalid_grant"
    assert college.client.get(f"/o/cqm/offers/{invitation.link}").status_code == 404


def test_an_expired_code_or_invitation_is_worth_nothing(
    college: College, invitation: Invitation, wallet: Wallet
) -> None:
    code = wallet.offer(invitation.link).pre_authorized_code or ""
    college.clock.advance(minutes=16)
    assert error_of(wallet.ask_token(code, invitation.tx_code)) == "invalid_grant"
    college.clock.advance(days=91)
    assert college.client.get(f"{BASE}/offers/{invitation.link}").status_code == 410


def test_a_revoked_credential_is_not_handed_over(
    college: College, credential: str, invitation: Invitation, wallet: Wallet
) -> None:
    token = wallet.token(invitation.link, invitation.tx_code)
    with college.office.database.unit() as session:
        states.revoke(college.office, session, college.credential_by_id(credential), reason="Erreur", actor=ACTOR)
    assert error_of(wallet.credential(token, college.clock())) == "credential_request_denied"
    assert state(college, invitation) is InvitationState.VOIDED


# --- key proofs (I-OID-4) ---


@pytest.fixture
def token(invitation: Invitation, wallet: Wallet) -> str:
    return wallet.token(invitation.link, invitation.tx_code)


def ask(wallet: Wallet, token: str, proof: Any) -> Any:
    return wallet.ask_credential(token, {"credential_configuration_id": "analyse-python", "proofs": {"jwt": [proof]}})


def test_I_OID_4_a_nonce_is_spent_once(college: College, wallet: Wallet, token: str) -> None:
    nonce = wallet.nonce()
    assert ask(wallet, token, wallet.proof(college.clock(), nonce=nonce)).status_code == 200
    assert error_of(ask(wallet, token, wallet.proof(college.clock(), nonce=nonce))) == "invalid_nonce"


def test_I_OID_4_a_nonce_of_somebody_else_or_of_yesterday_is_refused(
    college: College, wallet: Wallet, token: str
) -> None:
    old = nonces.new_nonce(college.office.settings.secret, now=college.clock())
    college.clock.advance(minutes=4)
    foreign = nonces.new_nonce(b"another service's secret, 32 bytes", now=college.clock())
    for nonce in (foreign, "", "x", foreign + "=", foreign[:-1], "é"):
        assert error_of(ask(wallet, token, wallet.proof(college.clock(), nonce=nonce))) == "invalid_nonce"
    college.clock.advance(seconds=50)
    token_is_alive = ask(wallet, token, wallet.proof(college.clock()))
    assert token_is_alive.status_code == 200
    with college.office.database.unit() as session:
        college.clock.advance(seconds=20)
        assert not nonces.spend(session, old, secret=college.office.settings.secret, now=college.clock())


def test_I_OID_4_a_proof_for_another_issuer_is_refused(college: College, wallet: Wallet, token: str) -> None:
    for audience in ("http://localhost:8001/o/cqm", "http://localhost:8001", ISSUER + "/"):
        proof = wallet.proof(college.clock(), audience=audience)
        assert error_of(ask(wallet, token, proof)) == "invalid_proof"


def test_I_OID_4_an_unsigned_foreign_or_doubly_named_key_is_refused(
    college: College, wallet: Wallet, token: str
) -> None:
    good = wallet.proof(college.clock())
    head, payload, signature = good.split(".")
    stranger = PrivateKey.generate(KeyType.ED25519)
    kid = f"{wallet.holder}#{wallet.holder.removeprefix('did:key:')}"
    claims = {"aud": ISSUER, "iat": int(college.clock().timestamp()), "nonce": wallet.nonce()}
    foreign = jws.sign(claims, signer=stranger, typ="openid4vci-proof+jwt", kid=kid)
    both = jws.sign(
        claims, signer=wallet.key, typ="openid4vci-proof+jwt", kid=kid, header={"jwk": dict(wallet.key.public.jwk)}
    )
    wrong_type = jws.sign(claims, signer=wallet.key, typ="JWT", kid=kid)
    for bad in (f"{head}.{payload}.", f"{payload}.{signature}", foreign, both, wrong_type, "", good + "x"):
        assert error_of(ask(wallet, token, bad)) == "invalid_proof"


def test_I_OID_4_stale_and_future_proofs_are_refused(college: College, wallet: Wallet, token: str) -> None:
    from datetime import timedelta

    for age in (timedelta(minutes=7), -timedelta(minutes=2)):
        assert error_of(ask(wallet, token, wallet.proof(college.clock() - age))) == "invalid_proof"


def test_exactly_one_proof_is_due(college: College, wallet: Wallet, token: str) -> None:
    two = [wallet.proof(college.clock()), wallet.proof(college.clock())]
    base = {"credential_configuration_id": "analyse-python"}
    assert error_of(wallet.ask_credential(token, {**base, "proofs": {"jwt": two}})) == "invalid_proof"
    assert error_of(wallet.ask_credential(token, base)) == "invalid_proof"
    assert error_of(wallet.ask_credential(token, {**base, "proofs": {"jwt": []}})) == "invalid_proof"


def test_the_older_proof_object_is_taken(college: College, wallet: Wallet, token: str) -> None:
    body = {
        "credential_configuration_id": "analyse-python",
        "proof": {"proof_type": "jwt", "jwt": wallet.proof(college.clock())},
    }
    assert wallet.ask_credential(token, body).status_code == 200


def test_another_configuration_is_not_given(college: College, wallet: Wallet, token: str) -> None:
    proof = {"jwt": [wallet.proof(college.clock())]}
    answer = wallet.ask_credential(token, {"credential_configuration_id": "other", "proofs": proof})
    assert error_of(answer) == "unknown_credential_configuration"
    answer = wallet.ask_credential(token, {"credential_identifier": "other", "proofs": proof})
    assert error_of(answer) == "unknown_credential_identifier"


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer ", "Basic abc", "Bearer é", "Bearer unknown"])
def test_a_missing_or_unknown_token_is_401_with_a_challenge(
    college: College, wallet: Wallet, token: str, header: str
) -> None:
    answer = college.client.post(f"{BASE}/credential", json={}, headers={"authorization": header.encode()})
    assert answer.status_code == 401
    assert answer.json()["error"] == "invalid_token"
    assert answer.headers["www-authenticate"].startswith("Bearer")


def test_a_token_lives_five_minutes(college: College, wallet: Wallet, token: str) -> None:
    college.clock.advance(minutes=5)
    assert error_of(wallet.credential(token, college.clock())) == "invalid_token"


def test_the_nonce_endpoint_takes_an_empty_post_without_content_type(college: College) -> None:
    answer = college.client.post(f"{BASE}/nonce", content=b"")
    assert answer.headers["cache-control"] == "no-store"
    assert answer.json()["c_nonce"] != college.client.post(f"{BASE}/nonce").json()["c_nonce"]


# --- hostile input ---

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=12), inner, max_size=3),
    max_leaves=8,
)
NAMES = st.sampled_from(
    ["credential_configuration_id", "credential_identifier", "proofs", "proof", "credential_response_encryption"]
)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(body=st.dictionaries(NAMES, ANYTHING, max_size=4) | ANYTHING)
def test_V_JSON_4_no_credential_request_makes_a_server_error(
    college: College, wallet: Wallet, token: str, body: Any
) -> None:
    answer = wallet.ask_credential(token, body)
    assert answer.status_code == 400
    assert isinstance(answer.json()["error"], str)


@pytest.mark.parametrize("body", [b"", b"{", b'{"a":1,"a":2}', b"[" * 5000, b"\xff", b"NaN", b'{"proofs":1e400}'])
def test_V_JSON_1_unreadable_bodies_are_400(college: College, wallet: Wallet, token: str, body: bytes) -> None:
    headers = {"authorization": f"Bearer {token}", "content-type": "application/json"}
    for endpoint in ("credential", "notification"):
        assert college.client.post(f"{BASE}/{endpoint}", content=body, headers=headers).status_code == 400


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    pairs=st.lists(
        st.tuples(
            st.sampled_from(["grant_type", "pre-authorized_code", "tx_code", "authorization_details", "x"]),
            st.text(max_size=40),
        ),
        max_size=6,
    )
)
def test_V_JSON_4_no_token_request_makes_a_server_error(college: College, pairs: list[tuple[str, str]]) -> None:
    from urllib.parse import urlencode

    content = urlencode(pairs)
    headers = {"content-type": "application/x-www-form-urlencoded"}
    college.clock.advance(minutes=2)
    assert college.client.post(f"{BASE}/token", content=content, headers=headers).status_code == 400


def test_odd_forms_are_400(college: College) -> None:
    for content, kind in (
        (b"\xff=\xfe", "application/x-www-form-urlencoded"),
        (b"a=1&" * 500, "application/x-www-form-urlencoded"),
        (b"{}", "application/json"),
        (b"", ""),
    ):
        answer = college.client.post(f"{BASE}/token", content=content, headers={"content-type": kind})
        assert error_of(answer) == "invalid_request"


def test_lifetimes_are_the_specifications(college: College) -> None:
    assert TOKEN_LIFETIME.total_seconds() <= 300
    assert nonces.LIFETIME.total_seconds() <= 300
