"""Who signs: a `Signer`, found by the scheme of its address.

`store:issuer-key` asks the encrypted key store for `issuer-key`. A hardware module is one more entry in
`stores`, under its own scheme.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from keys.model import PublicKey


class Signer(Protocol):
    """Something that signs with one key. `PrivateKey` is one; a key in a hardware module is another."""

    @property
    def public_key(self) -> PublicKey:
        """The key that verifies what `sign` makes."""
        ...

    def sign(self, message: bytes) -> bytes:
        """The signature over `message`, in the form that `PublicKey.verify` takes."""
        ...


class SignerSource(Protocol):
    """Something that has signers by name, as `keys.store.KeyStore` does."""

    def signer(self, name: str) -> Signer:
        """The signer called `name`. Raises `UnknownSigner`."""
        ...


class UnknownSigner(LookupError):
    """No signer at this address. `uri` is the address or name as asked for."""

    def __init__(self, uri: str, reason: str) -> None:
        super().__init__(f"signer {uri[:200]!a}: {reason}")
        self.uri = uri
        self.reason = reason


def signer_for(uri: str, *, stores: Mapping[str, SignerSource]) -> Signer:
    """The signer at `uri`, which is `scheme:name`; `stores` says who answers for which scheme.

    Raises `UnknownSigner`.
    """
    scheme, colon, name = uri.partition(":")
    if not colon or not name:
        raise UnknownSigner(uri, "a signer's address is scheme:name")
    source = stores.get(scheme)
    if source is None:
        raise UnknownSigner(uri, f"no key store answers for {scheme[:40]!a}")
    return source.signer(name)
