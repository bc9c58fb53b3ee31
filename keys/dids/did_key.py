"""did:key: the identifier is the key, so its document is worked out, never fetched."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from keys.dids.document import SIGNING_RELATIONSHIPS, DidDocument, PublishedKey, build
from keys.dids.errors import InvalidDid
from keys.dids.syntax import split_did
from keys.errors import InvalidKey
from keys.model import PublicKey


def did_for(public_key: PublicKey) -> str:
    """The did:key of `public_key`."""
    return f"did:key:{public_key.multikey}"


def verification_method_for(public_key: PublicKey) -> str:
    """The address of the one key of a did:key: identifier and fragment are the same text."""
    return f"{did_for(public_key)}#{public_key.multikey}"


def public_key_of(did: str) -> PublicKey:
    """The key that `did` is. Raises `InvalidDid`."""
    method, identifier = split_did(did)
    if method != "key":
        raise InvalidDid(did, "not a did:key")
    if not identifier.startswith("z"):
        raise InvalidDid(did, "a did:key is written in base58btc (z…)")
    try:
        return PublicKey.from_multikey(identifier)
    except InvalidKey as error:
        raise InvalidDid(did, error.reason) from error


def document(did: str) -> dict[str, Any]:
    """The document of `did`. Raises `InvalidDid`."""
    return build(did, methods=[PublishedKey(public_key_of(did), purposes=SIGNING_RELATIONSHIPS)])


@lru_cache(maxsize=4096)
def resolve(did: str) -> DidDocument:
    """The document of `did`, ready to be asked for its key. Raises `InvalidDid`.

    It can never be another one, so it is worked out once for an identifier in use.
    """
    return DidDocument.of(did, document(did))
