"""From an identifier to the keys it publishes: did:key and did:jwk worked out, did:web and https addresses fetched.

A key comes only from resolving the identifier that a proof names, never from the proof itself. The usual way:

    did, _ = split_key_address(proof["verificationMethod"])
    method = resolve(did, fetcher=fetcher).verification_method(proof["verificationMethod"], purpose=purpose)
"""

from __future__ import annotations

from keys.dids import did_jwk, did_key, did_web, https_identifier
from keys.dids.document import (
    RELATIONSHIPS,
    DidDocument,
    PublishedKey,
    Service,
    VerificationMethod,
)
from keys.dids.errors import (
    DidDeactivated,
    DidError,
    DidNotResolved,
    DidRefused,
    InvalidDid,
    InvalidDidDocument,
    InvalidRelationship,
    InvalidVerificationMethod,
    UnsupportedDidMethod,
)
from keys.dids.syntax import split_did, split_key_address
from keys.fetching import Fetcher

__all__ = [
    "RELATIONSHIPS",
    "DidDeactivated",
    "DidDocument",
    "DidError",
    "DidNotResolved",
    "DidRefused",
    "InvalidDid",
    "InvalidDidDocument",
    "InvalidRelationship",
    "InvalidVerificationMethod",
    "PublishedKey",
    "Service",
    "UnsupportedDidMethod",
    "VerificationMethod",
    "did_jwk",
    "did_key",
    "did_web",
    "resolve",
    "split_did",
    "split_key_address",
]


def resolve(did: str, *, fetcher: Fetcher) -> DidDocument:
    """The document of `did`, which may also be an https address. Only did:web and those use the fetcher.

    Raises `InvalidDid`, `UnsupportedDidMethod`, `DidNotResolved` or `InvalidDidDocument`.
    """
    if isinstance(did, str) and did.startswith("did:key:"):
        return did_key.resolve(did)
    if https_identifier.is_one(did):
        return https_identifier.resolve(did, fetcher=fetcher)
    method, _ = split_did(did)
    match method:
        case "jwk":
            return did_jwk.resolve(did)
        case "web":
            return did_web.resolve(did, fetcher=fetcher)
        case _:
            raise UnsupportedDidMethod(did, f"identifiers of method {method[:40]!a} are not read")
