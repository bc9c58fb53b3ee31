"""The three services on this machine, each with its own database, meeting over real HTTP."""

from __future__ import annotations

import email
import json
import re
import ssl
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from email.policy import default
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import load_pem_x509_certificates

from issuer.app import build_app as build_issuer
from issuer.office import Office
from issuer.settings import IssuerSettings
from kit.clock import system_clock
from kit.fetching import GuardedFetcher
from passport.conformance.certificate import Certificate
from passport.demo import seed
from tests import databases
from tests.serving import free_port, served
from verifier.app import build_app as build_verifier
from verifier.settings import VerifierSettings
from wallet_demo.app import build_app as build_wallet
from wallet_demo.settings import WalletSettings


@dataclass(frozen=True)
class Services:
    """Where the three services answer, and the issuer's office for looking behind the counter."""

    issuer: str
    verifier: str
    wallet: str
    office: Office
    requests_pem: Path
    """What the verifier made to sign its requests with: a certificate, and the authority above it."""
    certificate: Certificate | None = None
    """By which they answer over https."""

    @property
    def trusted(self) -> list[str]:
        """In PEM, whom a wallet must trust to know this verifier by its certificate."""
        *_, authority = load_pem_x509_certificates(self.requests_pem.read_bytes())
        return [authority.public_bytes(Encoding.PEM).decode()]

    @property
    def tls(self) -> ssl.SSLContext | bool:
        """What a client verifies https answers by."""
        return self.certificate.trusted_alone() if self.certificate else True

    def letter(self, to: str, pattern: str) -> str:
        """What `pattern` finds in the newest letter to an address."""
        folder = self.office.mailer.folder
        for path in sorted(folder.glob("*.eml"), key=lambda path: path.stat().st_mtime_ns, reverse=True):
            message = email.message_from_bytes(path.read_bytes(), policy=default)
            found = re.search(pattern, message.get_content(), re.MULTILINE) if message["To"] == to else None
            if found:
                return found[found.lastindex or 0]
        raise AssertionError(f"no letter to {to} with {pattern}")


@pytest.fixture(scope="module")
def database_urls(request: pytest.FixtureRequest) -> Iterator[dict[str, str]]:
    """Each service's own database: SQLite in its folder, or a new one on the server for the parameter `postgresql`."""
    with ExitStack() as made:
        if getattr(request, "param", "sqlite") == "sqlite":
            yield {}
        else:
            server: databases.Server = request.getfixturevalue("postgresql")
            yield {name: made.enter_context(server.database()) for name in ("issuer", "verifier", "wallet")}


@pytest.fixture(scope="module")
def services(tmp_path_factory: pytest.TempPathFactory, database_urls: dict[str, str]) -> Iterator[Services]:
    """Issuer, verifier and wallet, the issuer filled with the demo's five programmes."""
    with running(tmp_path_factory.mktemp("services"), database_urls) as made:
        yield made


@pytest.fixture(scope="module")
def secure_services(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    """The same over https, for clients of others that speak nothing else."""
    folder = tmp_path_factory.mktemp("secure")
    with running(folder, {}, Certificate.make(folder, now=system_clock())) as made:
        yield made


@contextmanager
def running(folder: Path, database_urls: dict[str, str], certificate: Certificate | None = None) -> Iterator[Services]:
    """Issuer, verifier and wallet while the block runs; over https with a `certificate`."""
    ports = {name: free_port() for name in ("issuer", "verifier", "wallet")}
    at = {name: f"{'https' if certificate else 'http'}://localhost:{port}" for name, port in ports.items()}
    local = frozenset(f"https://localhost:{port}" for port in ports.values())
    fetcher = (
        GuardedFetcher(own_origins=dict.fromkeys(local, certificate.trusted_alone()))
        if certificate
        else GuardedFetcher(local_origins=local)
    )
    trust = folder / "authorities.json"

    def common(name: str) -> dict[str, object]:
        return {
            "public_url": at[name],
            "banner": "DEMO",
            "data_dir": folder / name,
            "secret": name.encode() * 8,
            "local_origins": frozenset() if certificate else local,
            "database_url": database_urls.get(name, ""),
        }

    issuer = build_issuer(
        IssuerSettings(
            status_interval_seconds=0,
            **common("issuer"),  # type: ignore[arg-type]  # the same members for three classes
            wallet_link=at["wallet"] + "/{lang}/offer?{query}",
            verifier_link=at["verifier"] + "/{lang}/",
        ),
        fetcher=fetcher,
    )
    office: Office = issuer.state.office
    seed.fill(office)
    trust.write_text(json.dumps(seed.facts(office)["authorities"]))
    verifier = build_verifier(
        VerifierSettings(**common("verifier"), authorities_file=str(trust), remember_seconds=0),  # type: ignore[arg-type]  # as above
        fetcher=fetcher,
    )
    wallet = build_wallet(
        WalletSettings(
            **common("wallet"),  # type: ignore[arg-type]  # as above
            authorities_file=str(trust),
            certificate_authorities_file=str(folder / "verifier" / "requests.pem"),
            verifier_link=at["verifier"] + "/{lang}/check?link={link}",
        ),
        clock=system_clock,
        fetcher=fetcher,
    )
    with ExitStack() as servers:
        for name, app in (("issuer", issuer), ("verifier", verifier), ("wallet", wallet)):
            servers.enter_context(served(app, ports[name], certificate))
        yield Services(
            at["issuer"], at["verifier"], at["wallet"], office, folder / "verifier" / "requests.pem", certificate
        )
