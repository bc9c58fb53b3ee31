"""What the wallet needs to know before it starts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar
from urllib.parse import quote

from kit.settings import ServiceSettings, SettingsRefused
from vc import strict_json
from vc.errors import ParsingError
from vc.policy import Anchors, Authority


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
        if not self.authorities_file:
            return Anchors.none()
        try:
            listed = strict_json.parse(Path(self.authorities_file).read_bytes())
            return Anchors.of(*(_authority(one) for one in listed))
        except (OSError, ParsingError, KeyError, TypeError) as error:
            raise SettingsRefused(f"authorities_file cannot be read: {type(error).__name__}") from error

    def verify_at(self, link: str, lang: str) -> str:
        """Return where a share link is verified, empty when no verifier is known."""
        return self.verifier_link.replace("{lang}", lang).replace("{link}", quote(link, safe=""))


def _authority(listed: Mapping[str, object]) -> Authority:
    names = listed["names"]
    if not isinstance(names, Mapping):
        raise TypeError("names by language")
    return Authority(str(listed["did"]), {str(k): str(v) for k, v in names.items()}, str(listed["territory"]))
