"""Baking: an Open Badge inside the picture that shows it (Open Badges 3.0, section 5.3).

PNG: one uncompressed `iTXt` chunk with the keyword `openbadgecredential` before `IEND`. SVG: one
`<openbadges:credential>` as first child of `<svg>`, holding the JSON as text or the compact JWS in `verify`.
The text goes in and comes out as it is; what it says is not looked at here. Nothing is decoded or drawn.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from xml.etree import ElementTree

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import ParseError, fromstring

MAX_IMAGE_BYTES = 5 * 1024 * 1024
MAX_CREDENTIAL_BYTES = 1024 * 1024
PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
PNG_KEYWORD = b"openbadgecredential"
SVG_NAMESPACE = "http://www.w3.org/2000/svg"
BADGE_NAMESPACES = ("https://purl.imsglobal.org/ob/v3p0", "https://purl.imsglobal.org/clr/v2p0")


class NotBaked(ValueError):
    """The image is no acceptable PNG or SVG, or holds no credential, or holds more than one."""


def is_picture(data: bytes) -> bool:
    """Whether a file looks like a PNG or SVG, so that `unbake` has something to say about it."""
    return data.startswith(PNG_SIGNATURE) or data.lstrip()[:100].startswith((b"<svg", b"<?xml", b"<!DOCTYPE svg"))


def bake(image: bytes, credential: str) -> bytes:
    """Return `image` (PNG or SVG) carrying `credential` (JSON text or a compact JWS), in place of any it had.

    Raises `NotBaked` when the image is neither, is damaged, or is too large.
    """
    _check_size(image)
    return _bake_png(image, credential) if image.startswith(PNG_SIGNATURE) else _bake_svg(image, credential)


def unbake(image: bytes) -> str:
    """Return the credential text inside `image`.

    Raises `NotBaked` when there is none, when there are two (W-IMP-1), or when it is compressed or too large.
    """
    _check_size(image)
    found = _unbake_png(image) if image.startswith(PNG_SIGNATURE) else _unbake_svg(image)
    if not found:
        raise NotBaked("the image carries no credential")
    if len(found) > 1:
        raise NotBaked("the image carries more than one credential")
    if len(found[0]) > MAX_CREDENTIAL_BYTES:
        raise NotBaked(f"the credential is larger than {MAX_CREDENTIAL_BYTES} bytes")
    return found[0]


def _check_size(image: bytes) -> None:
    if len(image) > MAX_IMAGE_BYTES:
        raise NotBaked(f"the image is larger than {MAX_IMAGE_BYTES} bytes")


# --- PNG ---


def _chunks(image: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Walk the chunks up to `IEND`; raise `NotBaked` for lengths or checksums that lie."""
    at = len(PNG_SIGNATURE)
    while True:
        if at + 12 > len(image):
            raise NotBaked("the PNG is cut short")
        (length,) = struct.unpack_from(">I", image, at)
        kind, end = image[at + 4 : at + 8], at + 8 + length
        if end + 4 > len(image):
            raise NotBaked("a chunk of the PNG is longer than the file")
        data = image[at + 8 : end]
        if struct.unpack_from(">I", image, end)[0] != zlib.crc32(kind + data):
            raise NotBaked("a chunk of the PNG is damaged")
        yield kind, data
        if kind == b"IEND":
            return
        at = end + 4


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _is_badge(kind: bytes, data: bytes) -> bool:
    return kind in (b"iTXt", b"tEXt", b"zTXt") and data.split(b"\0", 1)[0] == PNG_KEYWORD


def _bake_png(image: bytes, credential: str) -> bytes:
    # keyword, no compression, method 0, no language, no translated keyword (PNG, section 11.3.3.4)
    text = PNG_KEYWORD + b"\0\0\0\0\0" + credential.encode("utf-8")
    baked = [PNG_SIGNATURE]
    for kind, data in _chunks(image):
        if kind == b"IEND":
            baked.append(_chunk(b"iTXt", text))
        if not _is_badge(kind, data):
            baked.append(_chunk(kind, data))
    return b"".join(baked)


def _unbake_png(image: bytes) -> list[str]:
    return [_text_of(kind, data) for kind, data in _chunks(image) if _is_badge(kind, data)]


def _text_of(kind: bytes, data: bytes) -> str:
    parts = data[len(PNG_KEYWORD) + 1 :]
    if kind != b"iTXt" or parts[:2] != b"\0\0":
        raise NotBaked("the credential in the PNG is compressed or in a chunk of the wrong kind")
    _language, _, rest = parts[2:].partition(b"\0")
    _translated, separator, text = rest.partition(b"\0")
    if not separator:
        raise NotBaked("the credential chunk of the PNG is cut short")
    try:
        return text.decode("utf-8")
    except UnicodeDecodeError as error:
        raise NotBaked("the credential in the PNG is not UTF-8") from error


# --- SVG ---


def _svg(image: bytes) -> ElementTree.Element:
    try:
        root: ElementTree.Element = fromstring(image)  # entities and outside references are refused
    except (ParseError, DefusedXmlException, ValueError) as error:
        raise NotBaked("the image is neither a PNG nor an SVG free of entities") from error
    if root.tag not in (f"{{{SVG_NAMESPACE}}}svg", "svg"):
        raise NotBaked("the image is neither a PNG nor an SVG")
    return root


def _badge_elements(root: ElementTree.Element) -> list[ElementTree.Element]:
    names = {f"{{{namespace}}}credential" for namespace in BADGE_NAMESPACES}
    return [element for element in root.iter() if element.tag in names]


def _bake_svg(image: bytes, credential: str) -> bytes:
    root = _svg(image)
    for parent in root.iter():
        for element in _badge_elements(parent):
            if element in list(parent):
                parent.remove(element)
    element = ElementTree.Element(f"{{{BADGE_NAMESPACES[0]}}}credential")
    if credential.lstrip().startswith("{"):
        element.text = credential
    else:
        element.set("verify", credential)
    root.insert(0, element)
    ElementTree.register_namespace("", SVG_NAMESPACE)
    ElementTree.register_namespace("openbadges", BADGE_NAMESPACES[0])
    baked: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return baked


def _unbake_svg(image: bytes) -> list[str]:
    return [_text_in(element) for element in _badge_elements(_svg(image))]


def _text_in(element: ElementTree.Element) -> str:
    text, token = (element.text or "").strip(), element.get("verify", "").strip()
    if bool(text) == bool(token):
        raise NotBaked("the credential element of the SVG holds either JSON text or a verify attribute")
    return text or token
