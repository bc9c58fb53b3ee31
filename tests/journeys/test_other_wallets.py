"""A wallet that others wrote takes a credential from us and presents it to us (OpenID4VCI and OpenID4VP, in Node)."""

from __future__ import annotations

import re

import httpx
import pytest
from sqlmodel import col, select

import contexts
from issuer.hand_over import invitations
from issuer.hand_over.exchange import offer_address
from issuer.issuance.models import IssuedCredential
from issuer.organisations import service as organisations
from tests.journeys.conftest import Services
from tests.node import Peer, installed_peer
from vc.openid4vci import offer_link_by_reference

INSTITUTION = "vallee-mosane"


@pytest.fixture(scope="module")
def wallet() -> Peer:
    """The OpenWallet Foundation's client libraries; see `wallet.mjs`."""
    return installed_peer("wallet.mjs")


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
    employer = httpx.Client(base_url=services.verifier, follow_redirects=True)
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
    assert kept["credential"]["@context"] == [contexts.CREDENTIALS_V2, contexts.OPEN_BADGES_V3]

    employer, waiting, request = asked(services, form_of_request)
    documents = {url: contexts.load(url) for url in (contexts.CREDENTIALS_V2, contexts.OPEN_BADGES_V3)}
    answer = wallet("present", request=request, documents=documents, trusted=services.trusted, **kept)
    assert answer["status"] == 200
    assert answer["clientId"].startswith(client)
    assert answer["mode"] == mode
    verdict = employer.get(waiting).text
    employer.close()
    assert '<h1 id="vh1">Valid credential</h1>' in verdict
    assert "Yes, by Francophone Council for the Accreditation of Short Certifications." in verdict
