"""Who signs: key types, Multikey and JWK, signers, the encrypted key store, and DIDs.

Nothing here opens a network connection: what `keys.dids` needs from elsewhere comes through the `Fetcher` it
is given. Private keys never show in `repr`, `str` or errors.
"""

from __future__ import annotations

from keys.errors import InvalidKey
from keys.model import KeyType, PrivateKey, PublicKey
from keys.signers import Signer, SignerSource, UnknownSigner, signer_for

__all__ = [
    "InvalidKey",
    "KeyType",
    "PrivateKey",
    "PublicKey",
    "Signer",
    "SignerSource",
    "UnknownSigner",
    "signer_for",
]
