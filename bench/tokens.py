"""The same badge inside a signed token: as a JWT, and as an SD-JWT of which parts can be withheld."""

from __future__ import annotations

from datetime import timedelta

from bench.badges import badge
from bench.credentials import NOW, SIGNED, raw, resolve
from bench.measure import Subject
from contexts import Profile
from keys import KeyType, PrivateKey
from keys.dids import did_key
from vc.envelope import Expectations
from vc.jose.envelopes import VC_JWT, VC_SD_JWT, JoseEnvelope

_DISCLOSABLE = (
    ("credentialSubject", "id"),
    ("credentialSubject", "result"),
    ("credentialSubject", "achievement", "criteria"),
)


class TokenIssuer:
    """An issuer with its did:key, and badges in tokens of one kind."""

    def __init__(self, envelope: JoseEnvelope, key: PrivateKey) -> None:
        self.envelope = envelope
        self.key = key
        self.did = did_key.did_for(key.public_key)
        self.expected = Expectations(
            accepted_suites=frozenset({"EdDSA"}),
            purpose="assertionMethod",
            controller=self.did,
            resolver=resolve,
            now=NOW,
            skew=timedelta(seconds=60),
            profile=Profile.STANDARD,
            max_proofs=1,
        )
        self.signed = [self.sign(number) for number in range(SIGNED)]

    def sign(self, number: int) -> str:
        """Build and sign the badge of learner `number`."""
        return self.envelope.sign(
            badge(number, issuer=self.did),
            signer=self.key,
            kid=did_key.verification_method_for(self.key.public_key),
            disclosable=_DISCLOSABLE if self.envelope.selective else (),
        )

    def verify(self, number: int) -> None:
        """Check one of the signed tokens."""
        self.envelope.prove(self.signed[number % SIGNED], self.expected)


def subjects() -> list[Subject]:
    """Signing and verifying each kind of token, with Ed25519, and the signature alone."""
    key = PrivateKey.generate(KeyType.ED25519)
    found = []
    for envelope in (VC_JWT, VC_SD_JWT):
        issuer = TokenIssuer(envelope, key)
        sign_raw, verify_raw = raw(key)
        found += [
            Subject(f"sign.{envelope.typ}.compiled", issuer.sign),
            Subject(f"verify.{envelope.typ}.compiled", issuer.verify),
            Subject(f"sign.{envelope.typ}.raw", sign_raw),
            Subject(f"verify.{envelope.typ}.raw", verify_raw),
        ]
    return found
