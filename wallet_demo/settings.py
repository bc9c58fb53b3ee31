"""What the wallet needs to know before it starts."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar
from urllib.parse import quote

from cryptography.x509 import Certificate, load_pem_x509_certificates

from kit.anchors import anchors_of, load_authorities
from kit.settings import ServiceSettings
from kit.telemetry import log_event
from vc.policy import Anchors


@dataclass(frozen=True, kw_only=True)
class WalletSettings(ServiceSettings):
    """Settings of the wallet; variables are named `PASSPORT_WALLET_…`."""

    service: ClassVar[str] = "wallet"

    verifier_link: str = ""
    """Where "verify" on a share page leads: an address with {lang} and {link}; empty shows no such button."""

    authorities_file: str = ""
    """JSON list of the authorities whose accreditations are named on cards: did, names by language, territory."""

    certificate_authorities_file: str = ""
    """PEM: authorities whose certificates prove the host of a verifier that signs with one; empty believes none."""

    def certificate_authorities(self) -> list[Certificate]:
        """Return the authorities in `certificate_authorities_file` as it is now, none when it cannot be read."""
        if not self.certificate_authorities_file:
            return []
        try:
            return load_pem_x509_certificates(Path(self.certificate_authorities_file).read_bytes())
        except (OSError, ValueError) as error:
            log_event("certificate_authorities_not_read", reason=type(error).__name__)
            return []

    def anchors(self) -> Anchors:
        """Return the authorities of `authorities_file`, nobody without one. Raises `SettingsRefused`."""
        return anchors_of(load_authorities(self.authorities_file))

    def verify_at(self, link: str, lang: str) -> str:
        """Return where a share link is verified, empty when no verifier is known."""
        return self.verifier_link.replace("{lang}", lang).replace("{link}", quote(link, safe=""))
