"""One spelling for one meaning: the bytes that get hashed and signed.

canonicalize            JSON-LD to canonical N-Quads (RDFC-1.0), by the quickest way that is provably the same
digest                  the hash of that
Kind                    for documents made by the thousand: what they share is worked out once
digest_as_written       the hash of the form that leaves language tags as they are
check_data_loss         its refusals alone, for documents secured in another way
check_words             of these, the refusal of words without a meaning
rdfc                    the reference for both, on PyLD
jcs.canonicalize        canonical JSON (RFC 8785)
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from contexts import Profile
from vc.canonical import jcs, rdfc
from vc.canonical.compiled import CompiledCanonicalization
from vc.canonical.compiled_shapes import Kind, ShapeUnknown
from vc.canonical.language_tags import digest_as_written
from vc.errors import DataLossDetectionError

_quickest = CompiledCanonicalization(keeps_answers=True)


def canonicalize(document: Mapping[str, Any], *, hash_name: str = "sha256", profile: Profile = Profile.STANDARD) -> str:
    """The canonical N-Quads of `document`; refuses and raises as `rdfc.canonicalize`, and what is said twice over."""
    return _quickest.canonicalize(document, hash_name=hash_name, profile=profile, said_once=True)


def digest(document: Mapping[str, Any], *, hash_name: str = "sha256", profile: Profile = Profile.STANDARD) -> bytes:
    """The hash of what `canonicalize` gives, as UTF-8; raises as that does."""
    return _quickest.digest(document, hash_name=hash_name, profile=profile, said_once=True)


def check_data_loss(document: Mapping[str, Any], *, profile: Profile = Profile.STANDARD) -> None:
    """Refuse, as `canonicalize` does, what JSON-LD would silently drop; raises exactly as `rdfc.check_data_loss`."""
    _quickest.check_data_loss(document, profile=profile)


def check_words(document: Mapping[str, Any], *, profile: Profile = Profile.STANDARD) -> None:
    """Refuse words without a meaning, for documents inside signed envelopes, whose signature covers all the rest.

    Raises `DataLossDetectionError`, and what JSON-LD cannot read as `rdfc.expand` does.
    """
    try:
        check_data_loss(document, profile=profile)
    except DataLossDetectionError:
        rdfc.check_words(document, profile=profile)


__all__ = [
    "Kind",
    "ShapeUnknown",
    "canonicalize",
    "check_data_loss",
    "check_words",
    "digest",
    "digest_as_written",
    "jcs",
    "rdfc",
]
