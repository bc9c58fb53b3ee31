"""What the issuer needs to know before it starts, beyond what every service does."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from kit.settings import ServiceSettings
from vc.status.bitstring import MINIMUM_ENTRIES


@dataclass(frozen=True, kw_only=True)
class IssuerSettings(ServiceSettings):
    """Settings of one issuer deployment."""

    service: ClassVar[str] = "issuer"

    keys_file: Path | None = None
    """The encrypted key store; by default `keys.json` in `data_dir`."""
    keys_secret_file: Path | None = None
    """The file whose content opens the key store, mode 0600; by default `keys.secret` in `data_dir`."""
    status_list_length: int = MINIMUM_ENTRIES
    """Entries per status list; the specification asks for at least 131,072."""
    status_interval_seconds: int = 60
    """How long a revocation may take to be in the status list that is served; a changed list is signed once in this
    time. 0 signs it at the first request after each change."""

    works_on_jobs: bool = True
    """Whether the service itself works on bulk jobs, beside the workers that run as processes of their own."""
    job_upload_mib: int = 64
    """Largest register that a bulk job takes, in MiB."""

    wallet_link: str = ""
    """Where the claim page sends a learner who keeps a skills passport: an address with {lang} and the credential
    offer, as {query} (its own query string) or {link} (all of it, encoded); empty shows no such button."""
    verifier_link: str = ""
    """Where a public credential page sends whoever wants it checked: an address with {lang}; empty shows no button."""

    @property
    def key_store_path(self) -> Path:
        """Where the sealed keys are."""
        return self.keys_file or self.data_dir / "keys.json"

    @property
    def key_secret_path(self) -> Path:
        """Where the secret that opens them is."""
        return self.keys_secret_file or self.data_dir / "keys.secret"
