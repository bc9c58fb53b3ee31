"""Our wallet takes a credential from an issuer that others wrote, and presents it to a verifier that others wrote.

OpenID4VCI and OpenID4VP by the OpenWallet Foundation's libraries, presentations checked by Digital Bazaar's, in Node.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from starlette.testclient import TestClient

from keys import KeyType, PrivateKey
from kit.clock import system_clock
from kit.fetching import GuardedFetcher
from tests.certificates import CertificateAuthority
from tests.node import Peer, installed_conversation
from tests.peers.college import NOW, badge, vocabulary
from tests.serving import free_port
from tests.wallet_demo.conftest import PUBLIC_URL, Browser
from tests.wallet_demo.test_presenting import answer, look
from vc.jose import base64url
from vc.openid4vp.certificates import x5c
from vc.policy import Anchors
from wallet_demo.app import build_app
from wallet_demo.settings import WalletSettings

CODE = "482913"


@pytest.fixture(scope="module")
def authority() -> CertificateAuthority:
    """Who certifies the other verifier's host."""
    return CertificateAuthority(NOW)


@pytest.fixture(scope="module")
def port() -> int:
    return free_port()


@pytest.fixture(scope="module")
def counter(port: int, authority: CertificateAuthority) -> Iterator[Peer]:
    """The other issuer and verifier; see `counter.mjs`."""
    key = PrivateKey.generate(KeyType.P256)
    private = {**key.public.jwk, "d": base64url.encode(key.raw)}
    draft = badge("did:example:set-by-the-peer", learner="did:example:set-by-the-peer")
    with installed_conversation("counter.mjs") as ask:
        ask(
            port=port,
            documents=vocabulary(),
            draft=draft,
            certificate={"x5c": x5c([authority.certify(key, names=("localhost",))]), "jwk": private},
        )
        yield ask


@pytest.fixture(scope="module")
def browser(port: int, authority: CertificateAuthority, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """A learner who is signed in to our wallet."""
    folder: Path = tmp_path_factory.mktemp("wallet")
    authorities = folder / "authorities.pem"
    authorities.write_bytes(authority.certificate.public_bytes(Encoding.PEM))
    settings = WalletSettings(
        public_url=PUBLIC_URL, data_dir=folder, secret=b"0" * 32, certificate_authorities_file=str(authorities)
    )
    fetcher = GuardedFetcher(local_origins=frozenset({f"https://localhost:{port}"}))
    app = build_app(settings, clock=system_clock, fetcher=fetcher, anchors=Anchors.none())
    learner = Browser(TestClient(app, base_url=PUBLIC_URL, follow_redirects=True))
    learner.sign_up()
    learner.sign_in()
    yield learner
    app.state.database.dispose()


@pytest.mark.parametrize("by_reference", [False, True], ids=["by value", "by reference"])
def test_our_wallet_receives(counter: Peer, browser: Browser, by_reference: bool) -> None:
    link = counter(ask="offer", code=CODE, byReference=by_reference)["link"]
    refused = browser.post("/fr/offer", {"link": link, "tx_code": "000000"})
    assert refused.status_code == 422
    kept = browser.receive(link, CODE)
    assert kept.status_code == 200
    told = counter(ask="told")
    [received] = told["received"]
    assert received["typ"] == "openid4vci-proof+jwt"
    assert received["holder"].startswith("did:key:z6Mk")
    assert [notice["event"] for notice in told["notices"]] == ["credential_accepted"]


@pytest.mark.parametrize(
    "how",
    [
        {"by": "address"},
        {"by": "address", "encrypted": True},
        {"by": "did"},
        {"by": "did", "method": "post"},
        {"by": "certificate", "encrypted": True},
    ],
    ids=str,
)
def test_our_wallet_presents(counter: Peer, browser: Browser, how: dict[str, Any]) -> None:
    if "/credentials/" not in browser.page("/fr/"):
        browser.receive(counter(ask="offer", code=None)["link"])
    page = look(browser, counter(ask="request", **how)["link"])
    assert "Elsewhere Works" in page.text, page.text[page.text.find("<h1") :][:1500]
    assert "/done?response_code=" in answer(browser, page).text
    [presented] = counter(ask="told")["presented"]
    assert presented["verified"], presented["error"]
    assert presented["encrypted"] is how.get("encrypted", False)
    assert presented["subject"].startswith("did:key:z6Mk")
