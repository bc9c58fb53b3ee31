"""Signatures checked by another library than the one that made them.

Who signs and then checks with the same code learns that the code agrees with itself. Here libsodium (PyNaCl) checks
what OpenSSL (`cryptography`) signed, so that a fault of either, or of the machine at that moment, shows before the
signed form leaves; and it takes half the time. For our own signatures only: those of strangers are judged by
`PublicKey`, as everybody judges them, since the two libraries may differ on signatures that are odd on purpose
(RFC 8032, section 5.1.7, leaves the cofactor open).
"""

from __future__ import annotations

from dataclasses import dataclass

from nacl import bindings
from nacl.exceptions import BadSignatureError

from keys.model import KeyType, PublicKey


@dataclass(frozen=True)
class SecondOpinion(PublicKey):
    """A key as `PublicKey`; signatures of Ed25519 are checked by libsodium."""

    def verify(self, signature: bytes, message: bytes) -> bool:
        """Whether `signature` over `message` was made with this key."""
        if self.type is not KeyType.ED25519:
            return super().verify(signature, message)
        if len(signature) != self.type.signature_size:
            return False
        try:
            bindings.crypto_sign_open(signature + message, self.raw)
        except BadSignatureError:
            return False
        return True
