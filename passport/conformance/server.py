"""The conformance server: issuer and verifiers as one application, and the manifest that says where they answer.

The verifiers are the product's own. One keeps every rule but those that the profile relaxes by default; the other gives
way also where a few published samples of the suites need it: it lets a credential be signed by somebody else than its
issuer (`any-signer`, `any-word`). Both results are reported.
"""

from __future__ import annotations

import json
import os
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import FastAPI
from starlette.applications import Starlette
from starlette.routing import Mount

from issuer.app import build_app as build_issuer
from issuer.conformance.service import Issuers, Opened
from issuer.settings import IssuerSettings
from kit.clock import Clock, system_clock
from kit.conformance import RELAXED_BY_DEFAULT, RELAXED_FOR_SAMPLES
from kit.fetching import GuardedFetcher
from passport.conformance.certificate import Certificate
from passport.patience import PatientProtocol
from verifier.app import build_app as build_verifier
from verifier.settings import VerifierSettings

VERIFIER, FOR_SAMPLES = "verifier", "verifier-for-samples"
_STOP_SECONDS = 10


@dataclass(frozen=True)
class ConformanceServer:
    """The server, built and not yet listening."""

    origin: str
    port: int
    certificate: Certificate
    app: Starlette
    manifest: dict[str, Any]

    @classmethod
    def build(
        cls, *, port: int, folder: Path, relaxed: frozenset[str] = RELAXED_BY_DEFAULT, clock: Clock = system_clock
    ) -> ConformanceServer:
        """Make certificate, keys and databases in `folder` where they are not there yet, and wire everything."""
        origin = f"https://localhost:{port}"
        certificate = Certificate.make(folder, now=clock())
        issuer = _issuer(origin, folder, relaxed, clock)
        fetcher = GuardedFetcher(own_origins={origin: certificate.trusted_alone()})
        verifiers = {
            name: _verifier(f"{origin}/{name}", folder / name, rules, fetcher, clock)
            for name, rules in _verifiers(relaxed).items()
        }
        app = Starlette(
            routes=[*(Mount(f"/{name}", one) for name, one in verifiers.items()), Mount("/", issuer)],
            lifespan=_lifespan([issuer, *verifiers.values()]),
        )
        return cls(origin, port, certificate, app, _manifest(origin, certificate, issuer.state.conformance, relaxed))

    def server(self, *, manifest: Path) -> uvicorn.Server:
        """Return what serves it over HTTPS on this machine; `manifest` is written once it listens."""
        manifest.unlink(missing_ok=True)
        config = uvicorn.Config(
            self.app,
            host="127.0.0.1",
            port=self.port,
            http=PatientProtocol,
            ssl_certfile=self.certificate.path,
            ssl_keyfile=self.certificate.key_path,
            access_log=False,
            log_level="warning",
            server_header=False,
            lifespan="on",
            timeout_graceful_shutdown=_STOP_SECONDS,
        )
        return _Announcing(config, manifest, self.manifest)


class _Announcing(uvicorn.Server):
    """Writes the manifest when the port is open: whoever finds the file can begin."""

    def __init__(self, config: uvicorn.Config, path: Path, manifest: dict[str, Any]) -> None:
        super().__init__(config)
        self._path = path
        self._manifest = manifest

    async def startup(self, sockets: Any = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            written = self._path.with_name(f".{self._path.name}.{os.getpid()}")
            written.write_text(json.dumps(self._manifest, indent=2) + "\n", "utf-8")
            written.replace(self._path)  # whoever finds it finds all of it


# --- the parts ---


def _verifiers(relaxed: frozenset[str]) -> dict[str, frozenset[str]]:
    return {VERIFIER: relaxed - RELAXED_FOR_SAMPLES, FOR_SAMPLES: relaxed | RELAXED_FOR_SAMPLES}


def _issuer(origin: str, folder: Path, relaxed: frozenset[str], clock: Clock) -> FastAPI:
    settings = IssuerSettings.from_env(
        {}, public_url=origin, data_dir=_made(folder / "issuer"), conformance=True, conformance_relaxes=relaxed
    )
    return build_issuer(settings, clock=clock)


def _verifier(address: str, folder: Path, relaxed: frozenset[str], fetcher: GuardedFetcher, clock: Clock) -> FastAPI:
    settings = VerifierSettings.from_env(
        {},
        public_url=address,
        data_dir=_made(folder),
        conformance=True,
        conformance_relaxes=relaxed,
        remember_seconds=0,  # a status that was just set is to be seen at once
    )
    return build_verifier(settings, clock=clock, fetcher=fetcher)


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder.absolute()


def _lifespan(parts: list[FastAPI]) -> Any:
    """Starlette runs only the outer application's lifespan; the parts' own belong to it."""

    @asynccontextmanager
    async def run(_app: Starlette) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            for part in parts:
                await stack.enter_async_context(part.router.lifespan_context(part))
            yield

    return run


# --- the manifest ---


def _manifest(origin: str, certificate: Certificate, issuers: Issuers, relaxed: frozenset[str]) -> dict[str, Any]:
    rules = _verifiers(relaxed)
    return {
        "origin": origin,
        "certificate": certificate.pem,
        "issuers": [_issuer_entry(origin, one) for one in issuers],
        "verifier": _verifier_entry(origin, VERIFIER, rules[VERIFIER]),
        "verifierForSamples": _verifier_entry(origin, FOR_SAMPLES, rules[FOR_SAMPLES]),
    }


def _issuer_entry(origin: str, opened: Opened) -> dict[str, Any]:
    issuer = opened.issuer
    address = f"{origin}/issuers/{issuer.name}/credentials"
    return {
        "name": issuer.name,
        "did": opened.did,
        "format": issuer.format.value,
        "suite": issuer.suite,
        "keyType": issuer.key_type.value,
        "issue": f"{address}/issue",
        "derive": f"{address}/derive" if issuer.derives else None,
        "status": f"{address}/status" if issuer.purposes else None,
    }


def _verifier_entry(origin: str, name: str, rules: frozenset[str]) -> dict[str, Any]:
    return {
        "credentials": f"{origin}/{name}/credentials/verify",
        "presentations": f"{origin}/{name}/presentations/verify",
        "relaxed": sorted(rules),
    }
