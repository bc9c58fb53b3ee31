"""Selective disclosure of a badge: what the issuer signs, what the holder shows of it, what the verifier checks."""

from __future__ import annotations

import json
from typing import Any

from bench.badges import badge
from bench.credentials import NOW, resolve
from bench.measure import Subject
from keys import KeyType, PrivateKey
from keys.dids import did_key
from vc.proofs import data_integrity, ecdsa_sd_2023
from vc.proofs.suites import selective

MANDATORY = (
    "/issuer",
    "/validFrom",
    "/validUntil",
    "/credentialStatus",
    "/credentialSubject/achievement/id",
    "/credentialSubject/achievement/name",
)
"""What the issuer makes every showing contain."""

SELECTIVE = ("/credentialSubject/id", "/credentialSubject/achievement/criteria", "/credentialSubject/result")
"""What the holder shows besides."""

_SUITE = ecdsa_sd_2023.NAME
_KEPT = 20
"""Signed and derived badges that are used in turns."""


class Discloser:
    """An issuer with its did:key, and badges of its own, with base proofs and derived ones."""

    def __init__(self, key: PrivateKey) -> None:
        self.key = key
        self.did = did_key.did_for(key.public_key)
        self.method = did_key.verification_method_for(key.public_key)
        self.suite = selective(MANDATORY)
        self.signed = [self.sign(number) for number in range(_KEPT)]
        self.derived = [json.loads(json.dumps(self.derive(number))) for number in range(_KEPT)]

    def sign(self, number: int) -> dict[str, Any]:
        """Build and sign the badge of learner `number`, with a base proof."""
        return data_integrity.sign(
            badge(number, issuer=self.did),
            signer=self.key,
            verification_method=self.method,
            suite=self.suite,
            created=NOW,
        )

    def derive(self, number: int) -> dict[str, Any]:
        """Show a part of one of the signed badges."""
        return ecdsa_sd_2023.derive(self.signed[number % _KEPT], selective_pointers=SELECTIVE)

    def verify(self, number: int) -> None:
        """Check one of the parts shown."""
        data_integrity.verify(
            self.derived[number % _KEPT],
            accepted_suites=frozenset({_SUITE}),
            purpose="assertionMethod",
            controller=self.did,
            resolver=resolve,
            now=NOW,
        )


def subjects() -> list[Subject]:
    """Signing, deriving and verifying."""
    discloser = Discloser(PrivateKey.generate(KeyType.P256))
    work = {"sign": discloser.sign, "derive": discloser.derive, "verify": discloser.verify}
    return [Subject(f"{doing}.{_SUITE}.compiled", run) for doing, run in work.items()]
