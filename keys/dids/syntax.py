"""DIDs and DID URLs as texts. They are compared byte for byte, never normalised."""

from __future__ import annotations

import re
from typing import Any

from keys.dids.errors import InvalidDid, InvalidVerificationMethod

MAX_DID_LENGTH = 2048
"""Characters; enough for any did:jwk of a signature key."""

_DID = re.compile(r"did:([a-z0-9]+):((?:[A-Za-z0-9._-]|%[0-9A-Fa-f]{2}|:)+)")
_FRAGMENT = re.compile(r"(?:[A-Za-z0-9._~!$&'()*+,;=:@/?-]|%[0-9A-Fa-f]{2})+")


def split_did(did: Any) -> tuple[str, str]:
    """Method and method-specific identifier of a bare DID. Raises `InvalidDid`. (DID 1.0, section 3.1)"""
    if not isinstance(did, str):
        raise InvalidDid(ascii(did)[:80], "a DID is a text")
    if len(did) > MAX_DID_LENGTH:
        raise InvalidDid(did, f"more than {MAX_DID_LENGTH} characters")
    match = _DID.fullmatch(did)
    if match is None or match[2].endswith(":"):
        raise InvalidDid(did, "not a DID (no path, query or fragment belongs to it)")
    return match[1], match[2]


def split_key_address(url: Any) -> tuple[str, str]:
    """Identifier (DID or https address) and fragment of an absolute key address such as `did:key:z6Mk…#z6Mk…`.

    Raises `InvalidVerificationMethod` for everything else: objects and lists, relative addresses, paths and
    queries, no fragment or two.
    """
    if not isinstance(url, str):
        raise InvalidVerificationMethod(ascii(url)[:80], "a verification method is named by its address")
    did, hash_sign, fragment = url.partition("#")
    if did.startswith("https://") and hash_sign and len(url) <= MAX_DID_LENGTH and _FRAGMENT.fullmatch(fragment):
        return did, fragment  # what addresses are accepted is `keys.dids.https_identifier`'s to say
    if not hash_sign or len(url) > 2 * MAX_DID_LENGTH or not _FRAGMENT.fullmatch(fragment):
        raise InvalidVerificationMethod(url, "not an absolute address with one fragment")
    try:
        split_did(did)
    except InvalidDid as error:
        raise InvalidVerificationMethod(url, error.reason) from None
    return did, fragment
