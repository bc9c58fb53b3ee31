"""A verifier with a world around it: the real application, whose outgoing requests end in the world's memory."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from tests import databases
from tests.world import World
from verifier.app import build_app
from verifier.settings import VerifierSettings

SECRET = b"0" * 32


@dataclass
class Counter:
    """The verifier as an employer's program or browser meets it."""

    world: World
    client: TestClient

    def credential(self, document: Any, *, language: str = "en", **options: Any) -> dict[str, Any]:
        """Post to `/credentials/verify`; the answer must be 200."""
        body = {"verifiableCredential": document} | ({"options": options} if options else {})
        return self._asked("/credentials/verify", body, language)

    def presentation(self, document: Any, *, language: str = "en", **options: Any) -> dict[str, Any]:
        """Post to `/presentations/verify`; the answer must be 200."""
        body = {"verifiablePresentation": document} | ({"options": options} if options else {})
        return self._asked("/presentations/verify", body, language)

    def page(self, text: str, *, language: str = "en", status: int = 200) -> str:
        """Paste `text` into the form, and return the page that comes back."""
        token = self.token(f"/{language}/")
        answer = self.client.post(f"/{language}/check", data={"text": text, "csrf_token": token})
        assert answer.status_code == status, answer.text[:2000]
        return answer.text

    def token(self, path: str) -> str:
        """The token against forged requests, as the form at `path` carries it."""
        form = self.client.get(path).text
        return form.partition('name="csrf_token" value="')[2].partition('"')[0]

    def _asked(self, path: str, body: Any, language: str) -> dict[str, Any]:
        answer = self.client.post(path, json=body, headers={"accept-language": language})
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found


def counter_for(world: World, folder: Path, **settings: Any) -> Counter:
    """A verifier that trusts the world's authority, at http://localhost."""
    authorities = folder / "authorities.json"
    trusted = [{"did": one.did, "names": dict(one.names), "territory": one.territory} for one in world.anchors]
    authorities.write_text(json.dumps(trusted))
    chosen = {"public_url": "http://localhost", "secret": SECRET, "remember_seconds": 0, **settings}
    made = VerifierSettings(data_dir=folder, authorities_file=str(authorities), **chosen)
    databases.migrate("verifier", made.database)
    app = build_app(made, clock=lambda: world.now, fetcher=world.net)
    return Counter(world, TestClient(app, base_url="http://localhost"))


@pytest.fixture
def world() -> World:
    """A fresh ecosystem."""
    return World()


@pytest.fixture
def counter(world: World, tmp_path: Path) -> Iterator[Counter]:
    """A verifier with default settings."""
    made = counter_for(world, tmp_path)
    with made.client:
        yield made
