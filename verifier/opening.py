"""Opening what people bring: a share link, or a file with a credential in it, as JSON, a token or a picture."""

from __future__ import annotations

from keys.fetching import Fetcher
from kit.i18n import N_
from vc import baking
from vc.presentation import WITH_RECOGNITIONS
from vc.verify import Document

MAX_DOCUMENT = 1024 * 1024
_LONGEST_LINK = 2_000
_DOCUMENTS = (WITH_RECOGNITIONS, "application/json", "application/vp", "application/vc", "application/ld+json")
_TOKENS = (
    *("application/vc+jwt", "application/vp+jwt", "application/vc+sd-jwt", "application/vp+sd-jwt"),
    *("application/dc+sd-jwt", "text/plain"),
)
"""The last is how Open Badges 3.0 hands out tokens."""

NO_BADGE = N_("This picture carries no credential, or more than one. Ask the person for the original file.")


def is_link(text: str) -> bool:
    """Say whether `text` is an address that the verifier opens."""
    start = text.startswith(("https://", "http://localhost:"))
    return start and len(text) <= _LONGEST_LINK and text.isprintable() and " " not in text


def document_in(data: bytes) -> Document:
    """Return the credential in a file: JSON or a token as it is, or what is baked into a picture.

    Raises `baking.NotBaked`.
    """
    return baking.unbake(data) if baking.is_picture(data) else data


def opened(fetcher: Fetcher, link: str) -> bytes:
    """Return what a share link leads to. Raises `FetchError`."""
    address = f"https://{link.removeprefix('http://')}" if link.startswith("http://") else link
    return fetcher.fetch(address, accept=_DOCUMENTS + _TOKENS, max_bytes=MAX_DOCUMENT).body
