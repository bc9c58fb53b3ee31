"""The conformance server as it runs, over real HTTPS, and credentials to send to it: our own, none of the suites'."""

from __future__ import annotations

import json
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx

import contexts
from keys import KeyType, PrivateKey
from keys.dids import did_key
from kit.conformance import RELAXED_BY_DEFAULT
from passport.conformance.server import ConformanceServer
from tests.serving import START_SECONDS, free_port
from vc.proofs import data_integrity

NOW = datetime.now(UTC).replace(microsecond=0)  # the server's clock is the real one
KEY = PrivateKey.generate(KeyType.ED25519)
DID = did_key.did_for(KEY.public)
METHOD = did_key.verification_method_for(KEY.public)


@dataclass(frozen=True)
class Live:
    """A running server, as a suite sees it: its manifest and a client that trusts its certificate."""

    manifest: dict[str, Any]
    client: httpx.Client

    def issuer(self, name: str = "ed25519") -> dict[str, Any]:
        """The manifest's entry."""
        return next(one for one in self.manifest["issuers"] if one["name"] == name)

    def post(self, url: str, body: Any) -> httpx.Response:
        return self.client.post(url, json=body)

    def issue(self, draft: Any, name: str = "ed25519", **options: Any) -> httpx.Response:
        body = {"credential": draft, **({"options": options} if options else {})}
        return self.post(self.issuer(name)["issue"], body)

    def issued(self, draft: dict[str, Any], name: str = "ed25519", **options: Any) -> dict[str, Any]:
        answer = self.issue({**draft, "issuer": self.issuer(name)["did"]}, name, **options)
        assert answer.status_code == 201, answer.text
        secured: dict[str, Any] = answer.json()["verifiableCredential"]
        return secured

    def verify(self, secured: Any, verifier: str = "verifier", **options: Any) -> httpx.Response:
        return self.post(self.manifest[verifier]["credentials"], {"verifiableCredential": secured, "options": options})

    def verify_presentation(self, presentation: Any, **options: Any) -> httpx.Response:
        url = self.manifest["verifier"]["presentations"]
        return self.post(url, {"verifiablePresentation": presentation, "options": options})


@contextmanager
def running(folder: Path, *, relaxed: frozenset[str] = RELAXED_BY_DEFAULT) -> Iterator[Live]:
    """The server in a thread of this process, and a client for it."""
    built = ConformanceServer.build(port=free_port(), folder=folder, relaxed=relaxed)
    manifest = folder / "conformance.json"
    server = built.server(manifest=manifest)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + START_SECONDS
    while not manifest.exists():
        if time.monotonic() > deadline or not thread.is_alive():
            raise RuntimeError("the server did not start")
        time.sleep(0.02)
    try:
        with httpx.Client(verify=built.certificate.trusted_alone(), timeout=15) as client:
            yield Live(json.loads(manifest.read_text()), client)
    finally:
        server.should_exit = True
        thread.join(20)


def draft(**changes: Any) -> dict[str, Any]:
    """An unsigned credential of ours; members changed to `...` are left out."""
    made = {
        "@context": [contexts.CREDENTIALS_V2],
        "id": f"urn:uuid:{uuid.uuid4()}",
        "type": ["VerifiableCredential"],
        "issuer": DID,
        "validFrom": "2026-01-15T00:00:00Z",
        "credentialSubject": {"id": "did:example:mira", "name": "Mira Lavoie"},
    }
    return {name: value for name, value in {**made, **changes}.items() if value is not ...}


def signed(document: dict[str, Any], **options: Any) -> dict[str, Any]:
    """`document` with a proof by the tests' own did:key."""
    given = {"signer": KEY, "verification_method": METHOD, "suite": "eddsa-rdfc-2022", "created": NOW, **options}
    return data_integrity.sign(document, **given)


def refused(answer: httpx.Response) -> bool:
    """A refusal as the suites count one: 400 or 422 with a JSON body that is a problem, and nothing verified."""
    body = answer.json()
    return answer.status_code in (400, 422) and body.get("verified", False) is False and bool(body)
