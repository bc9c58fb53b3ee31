"""A wallet with its neighbours, driven through its pages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from fastapi.testclient import TestClient

from kit.clock import SettableClock
from tests import databases
from tests.wallet_demo.neighbours import Town
from wallet_demo.app import build_app
from wallet_demo.settings import WalletSettings

PASSPHRASE = "quatre mots bien à moi"
EMAIL = "eloise@example.org"
NAME = "Éloïse Boréalis"
PUBLIC_URL = "http://localhost:8103"

_CSRF = re.compile(r'name="csrf_token" value="([^"]+)"')


@dataclass
class Browser:
    """A browser without scripts: it opens pages and sends their forms, token and all."""

    client: TestClient
    lang: str = "fr"

    def get(self, path: str, **options: Any) -> httpx.Response:
        return self.client.get(path, headers={"accept": "text/html"}, **options)

    def page(self, path: str) -> str:
        response = self.get(path)
        assert response.status_code == 200, (path, response.status_code, response.text[:2000])
        return response.text

    def token(self) -> str:
        found = _CSRF.search(self.get(f"/{self.lang}/account").text)
        assert found
        return found[1]

    def post(self, path: str, data: dict[str, Any] | None = None, **options: Any) -> httpx.Response:
        headers = {"accept": "text/html", "origin": PUBLIC_URL}
        return self.client.post(path, data={"csrf_token": self.token(), **(data or {})}, headers=headers, **options)

    def sign_up(self, email: str = EMAIL, name: str = NAME, passphrase: str = PASSPHRASE) -> httpx.Response:
        return self.post(f"/{self.lang}/sign-up", {"name": name, "email": email, "passphrase": passphrase})

    def sign_in(self, email: str = EMAIL, passphrase: str = PASSPHRASE) -> httpx.Response:
        return self.post(f"/{self.lang}/sign-in", {"email": email, "passphrase": passphrase})

    def receive(self, link: str, tx_code: str | None = None) -> httpx.Response:
        """Open the offer, give the code, accept; return the credential's page."""
        offered = self.post(f"/{self.lang}/add", {"link": link})
        assert offered.status_code == 200, offered.text[:2000]
        received = self.post(f"/{self.lang}/offer", {"link": link, "tx_code": tx_code or ""})
        assert "/received/" in received.url.path, received.text[:2000]
        return self.post(f"{received.url.path}/accept")


@dataclass
class Wallet:
    """The service under test, its clock and its neighbours."""

    app: Any
    clock: SettableClock
    town: Town
    folder: Path

    def browser(self, lang: str = "fr") -> Browser:
        return Browser(TestClient(self.app, base_url=PUBLIC_URL, follow_redirects=True), lang)

    def learner(self, email: str = EMAIL, name: str = NAME) -> Browser:
        """A browser in which a new learner is signed in."""
        browser = self.browser()
        assert browser.sign_up(email, name).status_code == 200
        assert browser.sign_in(email).url.path == "/fr/"
        return browser


@pytest.fixture
def wallet(tmp_path: Path) -> Iterator[Wallet]:
    town = Town()
    clock = SettableClock(town.now)
    authorities = tmp_path / "authorities.pem"
    authorities.write_bytes(town.employer.authority.certificate.public_bytes(Encoding.PEM))
    settings = WalletSettings(
        public_url=PUBLIC_URL,
        data_dir=tmp_path,
        secret=b"0" * 32,
        certificate_authorities_file=str(authorities),
    )
    databases.migrate("wallet_demo", settings.database)
    app = build_app(settings, clock=clock, fetcher=town, anchors=town.world.anchors)
    yield Wallet(app, clock, town, tmp_path)
    app.state.database.dispose()
