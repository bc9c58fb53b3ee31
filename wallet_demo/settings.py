"""What the wallet needs to know before it starts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar
from urllib.parse import quote

from kit.anchors import anchors_of, load_authorities
from kit.settings import ServiceSettings
from vc.policy import Anchors


@dataclass(frozen=True, kw_only=True)
class WalletSettings(ServiceSettings):
    """Settings of the wallet; variables are named `PASSPORT_WALLET_…`."""

    service: ClassVar[str] = "wallet"

    verifier_link: str = ""
    """Where "verify" on a share page leads: an address with {lang} and {link}; empty shows no such button."""

    authorities_file: str = ""
    """JSON list of the authorities whose accreditations are named on cards: did, names by language, territory."""

    def anchors(self) -> Anchors:
        """Return the authorities of `authorities_file`, nobody without one. Raises `SettingsRefused`."""
        return anchors_of(load_authorities(self.authorities_file))

    def verify_at(self, link: str, lang: str) -> str:
        """Return where a share link is verified, empty when no verifier is known."""
        return self.verifier_link.replace("{lang}", lang).replace("{link}", quote(link, safe=""))
