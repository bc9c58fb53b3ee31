"""What the verifier needs to know before it starts."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar
from urllib.parse import urlsplit

from kit.settings import ServiceSettings


@dataclass(frozen=True, kw_only=True)
class VerifierSettings(ServiceSettings):
    """Settings of the verifier; variables are named `PASSPORT_VERIFIER_…`."""

    service: ClassVar[str] = "verifier"

    authorities_file: str = ""
    """JSON list of the authorities whose accreditations count: did, names, territory, meaning."""
    schemas_folder: str = ""
    """JSON Schemas that this verifier holds credentials against; nothing is fetched."""
    name: str = ""
    """Who runs this verifier, as candidates see it when they are asked; empty shows the host."""
    certificate_file: str = ""
    """PEM: the certificate that names this verifier's host, then those above it; empty has it make its own."""
    certificate_key_file: str = ""
    """PEM: the key of that certificate, on P-256 or P-384."""
    lists_minutes: int = 60
    """How often the signed lists of the trusted authorities are fetched, to be held; 0 holds none."""
    remember_seconds: int = 60
    """How long a fetched identifier document or status list is used again."""

    @property
    def host_name(self) -> str:
        """The host of `public_url`, without a port: what a certificate is about."""
        return urlsplit(self.public_url).hostname or ""

    @property
    def own_certificate_path(self) -> Path:
        """Where the certificate is that the verifier makes for itself, followed by its authority."""
        return self.data_dir / "requests.pem"

    @property
    def lists_folder(self) -> Path:
        """Where the authorities' lists are kept, so that they are there after a restart."""
        return self.data_dir / "authority-lists"

    @property
    def key_store_path(self) -> Path:
        """Where the key that signs requests to candidates is."""
        return self.data_dir / "keys.json"

    @property
    def key_secret_path(self) -> Path:
        """Where the secret that opens it is."""
        return self.data_dir / "keys.secret"
