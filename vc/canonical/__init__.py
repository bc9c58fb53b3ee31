"""One spelling for one meaning: the bytes that get hashed and signed.

    canonicalize            JSON-LD to canonical N-Quads (RDFC-1.0), by the quickest way that is provably the same
    rdfc.canonicalize       the reference for it, on PyLD
    rdfc.check_data_loss    its refusals alone, for documents secured in another way
    jcs.canonicalize        canonical JSON (RFC 8785)
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from contexts import Profile
from vc.canonical import jcs, rdfc
from vc.canonical.compiled import CompiledCanonicalization

_quickest = CompiledCanonicalization().canonicalize


def canonicalize(
    document: Mapping[str, Any], *, hash_name: str = "sha256", profile: Profile = Profile.STANDARD
) -> str:
    """The canonical N-Quads of `document`; refuses and raises exactly as `rdfc.canonicalize`."""
    return _quickest(document, hash_name=hash_name, profile=profile)


__all__ = ["canonicalize", "jcs", "rdfc"]
