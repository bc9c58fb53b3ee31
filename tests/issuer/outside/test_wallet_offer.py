"""The accreditation in a wallet: offered behind the applicant's link, taken once, byte for byte."""

from __future__ import annotations

import html
import json
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from httpx import Response

from issuer.outside import wallet_offer
from tests.issuer.outside.test_applying import Ground
from tests.issuer.received.two_deployments import AUTHORITY_URL
from vc import openid4vci as vci

HERE = f"{AUTHORITY_URL}/o/forem/handover"


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Ground:
    return Ground.open(tmp_path_factory.mktemp("ground"))


@pytest.fixture(scope="module")
def page(ground: Ground) -> str:
    """The page of an application that was approved."""
    page = ground.sent()
    ground.decide(page)
    return page


def offered(ground: Ground, page: str) -> vci.CredentialOffer:
    """What a wallet reads in the link on the page."""
    found = re.search(r'id="offer" value="([^"]+)"', ground.somebody.look(page).text)
    assert found
    offer = vci.parse_offer_link(html.unescape(found[1]))
    assert isinstance(offer, vci.CredentialOffer)
    return offer


def redeem(ground: Ground, code: str, *, at: str = HERE) -> Response:
    path = at.removeprefix(AUTHORITY_URL)
    answer: Response = ground.somebody.client.post(f"{path}/token", data=vci.token_request(code))
    return answer


def take(ground: Ground, token: str, configuration: str = wallet_offer.CONFIGURATION) -> Response:
    answer: Response = ground.somebody.client.post(
        "/o/forem/handover/credential",
        json=vci.credential_request(credential_configuration_id=configuration),
        headers={"authorization": f"Bearer {token}"},
    )
    return answer


def published(ground: Ground, name: str) -> Any:
    [url, *_] = vci.well_known_urls(HERE, name)
    return ground.somebody.client.get(url.removeprefix(AUTHORITY_URL)).json()


def test_from_the_link_to_the_wallet(ground: Ground, page: str) -> None:
    offer = offered(ground, page)
    assert offer.tx_code is None
    metadata = vci.parse_issuer_metadata(
        published(ground, vci.ISSUER_METADATA), credential_issuer=offer.credential_issuer
    )
    [configuration] = (metadata.configurations[one] for one in offer.credential_configuration_ids)
    assert not configuration.binding_methods
    server = vci.parse_authorization_server_metadata(
        published(ground, vci.AUTHORIZATION_SERVER_METADATA), issuer=offer.credential_issuer
    )
    assert server.token_endpoint == f"{HERE}/token"
    answer = redeem(ground, offer.pre_authorized_code or "")
    taken = take(ground, vci.parse_token_response(answer.json()).access_token)
    [download] = re.findall(r'href="([^"]+/recognitions/[^"]+)"', ground.somebody.look(page).text)
    assert taken.content == b'{"credentials":[{"credential":%b}]}' % ground.somebody.look(download).content
    [credential] = vci.parse_credential_response(taken.json()).credentials
    assert credential["credentialSubject"]["id"] == ground.abroad.college.organisation.did


def test_I_OID_1_a_code_is_spent_once(ground: Ground, page: str) -> None:
    code = offered(ground, page).pre_authorized_code or ""
    answers = [redeem(ground, code) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 400, 400]
    assert answers[1].json()["error"] == "invalid_grant"


@pytest.mark.parametrize("kind", ["nonsense", "altered", "the token", "too late", "another authority"])
def test_codes_that_open_nothing(ground: Ground, page: str, kind: str) -> None:
    code = offered(ground, page).pre_authorized_code or ""
    clock, at = ground.abroad.clock, HERE
    before = clock()
    match kind:
        case "nonsense":
            code = "x"
        case "altered":
            code = ("A" if code[0] != "A" else "B") + code[1:]
        case "the token":
            code = redeem(ground, code).json()["access_token"]
        case "too late":
            clock.set(before + wallet_offer.CODE_LIFETIME + timedelta(seconds=1))
        case _:
            at = f"{AUTHORITY_URL}/o/nobody/handover"
    answer = redeem(ground, code, at=at)
    clock.set(before)
    assert answer.status_code in (400, 404)


def test_tokens_that_open_nothing(ground: Ground, page: str) -> None:
    code = offered(ground, page).pre_authorized_code or ""
    assert take(ground, code).json()["error"] == "invalid_token"
    token = redeem(ground, code).json()["access_token"]
    assert take(ground, token, "SomethingElse").json()["error"] == "unknown_credential_configuration"
    before = ground.abroad.clock()
    ground.abroad.clock.set(before + wallet_offer.TOKEN_LIFETIME)
    assert take(ground, token).status_code == 401
    ground.abroad.clock.set(before)
    assert take(ground, token).status_code == 200


def test_an_institution_offers_no_accreditations(ground: Ground) -> None:
    client = ground.abroad.college.client
    assert client.get("/.well-known/openid-credential-issuer/o/riviere/handover").status_code == 404


def test_the_request_is_read_strictly(ground: Ground, page: str) -> None:
    token = redeem(ground, offered(ground, page).pre_authorized_code or "").json()["access_token"]
    answer = ground.somebody.client.post(
        "/o/forem/handover/credential",
        content=b'{"credential_configuration_id":"a","credential_configuration_id":"b"}',
        headers={"authorization": f"Bearer {token}", "content-type": "application/json"},
    )
    assert answer.status_code == 400
    assert json.loads(answer.content)["error"] == "invalid_credential_request"


def test_authorization_details_are_repeated(ground: Ground, page: str) -> None:
    code = offered(ground, page).pre_authorized_code or ""
    details = [{"type": "openid_credential", "credential_configuration_id": wallet_offer.CONFIGURATION}]
    form = {**vci.token_request(code), "authorization_details": json.dumps(details)}
    answer = ground.somebody.client.post("/o/forem/handover/token", data=form)
    [identifier] = vci.parse_token_response(answer.json()).credential_identifiers[wallet_offer.CONFIGURATION]
    assert identifier == wallet_offer.CONFIGURATION


def test_the_seal_is_of_this_service(ground: Ground, tmp_path: Path) -> None:
    other = Ground.open(tmp_path)
    page = other.sent()
    other.decide(page)
    code = offered(other, page).pre_authorized_code or ""
    assert redeem(ground, code).status_code == 400, "an edition that this service does not have"
