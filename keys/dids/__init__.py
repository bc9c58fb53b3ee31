"""From an identifier to the keys it publishes: did:key and did:jwk worked out; did:web, did:webvh and https fetched.

A key comes only from resolving the identifier that a proof names, never from the proof itself. The usual way:

    did, _ = split_key_address(proof["verificationMethod"])
    method = resolve(did, fetcher=fetcher).verification_method(proof["verificationMethod"], purpose=purpose)
"""

from __future__ import annotations

from datetime import datetime

from keys.dids import did_jwk, did_key, did_web, did_webvh, https_identifier
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
    "did_webvh",
    "document_url",
    "resolve",
    "split_did",
    "split_key_address",
]


def document_url(did: str) -> str:
    """The address at which the document (or its log) of `did` is fetched. Raises `InvalidDid` for the other methods.

    What an identifier says about its holder's own host follows from it (V-SSRF-3).
    """
    if https_identifier.is_one(did):
        https_identifier.check(did)
        return did
    return did_webvh.log_url(did) if did.startswith("did:webvh:") else did_web.document_url(did)


def resolve(did: str, *, fetcher: Fetcher, now: datetime | None = None, as_of: datetime | None = None) -> DidDocument:
    """The document of `did`, which may also be an https address. Only did:web, did:webvh and those use the fetcher.

    `as_of`: the moment whose document is wanted, where the method keeps a history (did:webvh); the others give what
    they publish today, with the dates of its keys. A did:webvh is read only by a caller who says what time it is
    (`now`), since its log is judged by that.

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
        case "webvh" if now is not None:
            return did_webvh.resolve(did, fetcher=fetcher, now=now, as_of=as_of)
        case _:
            raise UnsupportedDidMethod(did, f"identifiers of method {method[:40]!a} are not read")
