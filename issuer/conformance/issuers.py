"""Which issuers the profile has. Each way of securing a credential is one line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from keys import KeyType
from vc.proofs import ecdsa_sd_2023


class Format(StrEnum):
    """How a credential is secured."""

    DATA_INTEGRITY = "data-integrity"
    VC_JWT = "vc+jwt"


@dataclass(frozen=True)
class SuiteIssuer:
    """One issuer. `suite` is the cryptosuite or, of a token, the algorithm; `purposes` its status entries."""

    name: str
    key_type: KeyType
    suite: str
    format: Format = Format.DATA_INTEGRITY
    purposes: tuple[str, ...] = ()

    @property
    def derives(self) -> bool:
        """Whether a holder can show parts of what it issues."""
        return self.suite == ecdsa_sd_2023.NAME

    @property
    def key_name(self) -> str:
        """What its key is called in the key store."""
        return f"conformance/{self.name}"


ISSUERS: Mapping[str, SuiteIssuer] = MappingProxyType(
    {
        issuer.name: issuer
        for issuer in (
            SuiteIssuer("ed25519", KeyType.ED25519, "eddsa-rdfc-2022"),
            SuiteIssuer("ed25519-jcs", KeyType.ED25519, "eddsa-jcs-2022"),
            SuiteIssuer("p256", KeyType.P256, "ecdsa-rdfc-2019"),
            SuiteIssuer("p256-jcs", KeyType.P256, "ecdsa-jcs-2019"),
            SuiteIssuer("p384", KeyType.P384, "ecdsa-rdfc-2019"),
            SuiteIssuer("p384-jcs", KeyType.P384, "ecdsa-jcs-2019"),
            SuiteIssuer("sd", KeyType.P256, ecdsa_sd_2023.NAME),
            SuiteIssuer("jose", KeyType.ED25519, "EdDSA", Format.VC_JWT),
            SuiteIssuer("status", KeyType.ED25519, "eddsa-rdfc-2022", purposes=("revocation", "suspension")),
        )
    }
)
