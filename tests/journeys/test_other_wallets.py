"""Wallets that others wrote take credentials from us and present them to us (OpenID4VCI and OpenID4VP, in Node)."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import unquote

import httpx
import pytest
from sqlmodel import col, select

from issuer.accreditation.models import Accreditation, Recognition
from issuer.hand_over import invitations
from issuer.hand_over.exchange import offer_address
from issuer.issuance.models import IssuedCredential
from issuer.organisations import service as organisations
from issuer.organisations.models import Organisation
from issuer.outside import wallet_offer
from tests.journeys.conftest import Services
from tests.node import Peer, installed_peer
from tests.peers.college import CONTEXTS, vocabulary
from vc import strict_json
from vc.openid4vci import offer_link_by_reference

INSTITUTION = "vallee-mosane"


@pytest.fixture(scope="module")
def wallet() -> Peer:
    """The OpenWallet Foundation's client libraries; see `wallet.mjs`."""
    return installed_peer("wallet.mjs")


@pytest.fixture(scope="module")
def sphereon() -> Peer:
    """Sphereon's client library; see `sphereon.mjs`."""
    return installed_peer("sphereon.mjs")


@pytest.fixture(scope="module")
def bazaar() -> Peer:
    """Digital Bazaar's client library; see `bazaar.mjs`."""
    return installed_peer("bazaar.mjs")


@pytest.fixture(scope="module")
def checker() -> Peer:
    """Digital Bazaar's verifier; see `peer.mjs`."""
    return installed_peer("peer.mjs")


def offered(services: Services) -> tuple[str, str]:
    """A fresh offer of a credential that nobody has claimed, and its code."""
    office = services.office
    with office.database.unit() as session:
        institution = organisations.by_slug(session, INSTITUTION)
        query = select(IssuedCredential).where(IssuedCredential.organisation_id == institution.id)
        credential = session.exec(query.order_by(col(IssuedCredential.number))).first()
        assert credential is not None
        invitation = invitations.invite(office, session, credential, actor="system")
    token = invitations.link_token(office.settings.secret, invitation)
    link = offer_link_by_reference(offer_address(office, INSTITUTION, token))
    return link, invitations.transaction_code(office.settings.secret, invitation)


def asked(services: Services, form_of_request: str) -> tuple[httpx.Client, str, str]:
    """An employer's browser, the page that waits, and the request that it shows in one of its forms."""
    employer = httpx.Client(base_url=services.verifier, follow_redirects=True, verify=services.tls)
    form = employer.get("/en/ask").text
    token = re.search(r'name="csrf_token" value="([^"]+)"', form)
    assert token is not None
    page = employer.post("/en/ask", data={"csrf_token": token[1], "wanted": "one", "reason": "Hiring"})
    shown = re.search(f'id="{form_of_request}-link" value="([^"]+)"', page.text)
    assert shown is not None
    return employer, str(page.url), shown[1].replace("&amp;", "&")


@pytest.mark.parametrize(
    ("form_of_request", "client", "mode"),
    [
        pytest.param("request", "decentralized_identifier:did:web:localhost", "direct_post", id="by DID"),
        pytest.param("certified", "x509_san_dns:localhost", "direct_post.jwt", id="by certificate, encrypted"),
        pytest.param("plain", "redirect_uri:http://localhost", "direct_post", id="unsigned, inline"),
    ],
)
def test_a_foreign_wallet_receives_and_presents(
    services: Services, wallet: Peer, form_of_request: str, client: str, mode: str
) -> None:
    offer, code = offered(services)
    kept = wallet("claim", offer=offer, code=code)
    assert kept["credential"]["credentialSubject"]["id"] == kept["did"]
    assert kept["credential"]["@context"] == CONTEXTS

    employer, waiting, request = asked(services, form_of_request)
    answer = wallet("present", request=request, documents=vocabulary(), trusted=services.trusted, **kept)
    assert answer["status"] == 200
    assert answer["clientId"].startswith(client)
    assert answer["mode"] == mode
    assert_valid(employer, waiting)


@pytest.mark.parametrize("by", ["did", "jwk"])
def test_sphereons_wallet_receives_what_another_verifier_takes(
    services: Services, sphereon: Peer, checker: Peer, by: str
) -> None:
    """Draft 15 on the wire (`proof`, `user_pin`, the appended well-known form); status lists fetched as published."""
    offer, code = offered(services)
    kept = sphereon("claim", offer=offer, code=code, by=by)
    assert kept["credential"]["credentialSubject"]["id"] == kept["did"]
    assert kept["told"] == 204
    documents = vocabulary() | published(kept["credential"])
    answer = checker("verify-credential", credential=kept["credential"], documents=documents)
    assert answer == {"verified": True, "errors": []}


@pytest.mark.parametrize(
    ("form_of_request", "client", "mode"),
    [
        pytest.param("request", "decentralized_identifier:did:web:localhost", "direct_post", id="by DID"),
        pytest.param("certified", "x509_san_dns:localhost", "direct_post.jwt", id="by certificate, encrypted"),
    ],
)
def test_sphereons_wallet_presents(
    services: Services, sphereon: Peer, form_of_request: str, client: str, mode: str
) -> None:
    """It compares types as written, and refuses `vp_formats_supported` with more in it than the types of proofs."""
    offer, code = offered(services)
    kept = sphereon("claim", offer=offer, code=code, by="did")
    employer, waiting, request = asked(services, form_of_request)
    answer = sphereon("present", request=request, documents=vocabulary(), **kept)
    assert answer["clientId"].startswith(client)
    assert (answer["mode"], answer["status"]) == (mode, 200)
    assert_valid(employer, waiting)


@pytest.mark.parametrize("method", ["get", "post"])
def test_digital_bazaars_wallet_receives_and_presents(secure_services: Services, bazaar: Peer, method: str) -> None:
    """Over https, known by certificate, encrypted; `vp_token` is text in the encrypted answer, `state` is left out."""
    services = secure_services
    assert services.certificate is not None
    offer, code = offered(services)
    kept = bazaar("claim", offer=offer, code=code, tls=services.certificate.pem)
    assert kept["credential"]["credentialSubject"]["id"] == kept["did"]
    employer, waiting, request = asked(services, "certified")
    common = {"documents": vocabulary(), "trusted": services.trusted, "tls": services.certificate.pem}
    answer = bazaar("present", request=request, method=method, **common, **kept)
    assert answer == {"clientId": "x509_san_dns:localhost", "mode": "direct_post.jwt", "answer": {}}
    assert_valid(employer, waiting)


def test_digital_bazaars_wallet_collects_an_accreditation(secure_services: Services, bazaar: Peer) -> None:
    """Offered without a code and bound to no key: the library's own way through, by `authorization_details`."""
    office = secure_services.office
    assert secure_services.certificate is not None
    with office.database.unit() as session:
        edition, authority = session.exec(
            select(Recognition, Organisation)
            .join(Accreditation, col(Accreditation.id) == Recognition.accreditation_id)
            .join(Organisation, col(Organisation.id) == Accreditation.authority_id)
            .where(col(Recognition.body).is_not(None))
        ).first() or pytest.fail("the demo accredits")
        offer = wallet_offer.offer_link(office, authority, edition)
        signed = strict_json.parse_object(edition.body or b"")
    kept = bazaar("collect", offer=offer, tls=secure_services.certificate.pem)
    assert kept["credential"] == signed


def assert_valid(employer: httpx.Client, waiting: str) -> None:
    """The employer's page shows the verdict."""
    verdict = employer.get(waiting).text
    employer.close()
    assert '<h1 id="vh1">Valid credential</h1>' in verdict
    assert "Yes, by Francophone Council for the Accreditation of Short Certifications." in verdict


def published(credential: dict[str, Any]) -> dict[str, Any]:
    """What the issuer serves about a credential: its DID document and status lists, by DID and address."""
    did = credential["issuer"]["id"]
    address = "http://" + unquote(did.removeprefix("did:web:").replace(":", "/"))
    lists = {entry["statusListCredential"] for entry in credential["credentialStatus"]}
    documents = {url: httpx.get(url.replace("https://", "http://")) for url in lists}
    documents[did] = httpx.get(f"{address}/did.json")
    return {name: answer.json() for name, answer in documents.items()}
