"""Badges in pictures: what goes in comes out, published samples are read, and pictures that lie are refused."""

import struct
import zlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vc.baking import MAX_IMAGE_BYTES, PNG_SIGNATURE, NotBaked, bake, unbake


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


HEADER = chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
PIXELS = chunk(b"IDAT", zlib.compress(b"\0\0"))
END = chunk(b"IEND", b"")
PNG = PNG_SIGNATURE + HEADER + PIXELS + END
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"><rect width="1" height="1"/></svg>'
JSON = '{"name": "Éloïse ]]> & <b>"}'
JWS = "eyJhbGciOiJFZERTQSJ9.e30.AAAA"


@pytest.mark.parametrize("image", [PNG, SVG])
@pytest.mark.parametrize("credential", [JSON, JWS])
def test_what_goes_in_comes_out(image: bytes, credential: str) -> None:
    assert unbake(bake(image, credential)) == credential


@pytest.mark.parametrize("image", [PNG, SVG])
def test_baking_again_replaces(image: bytes) -> None:
    assert unbake(bake(bake(image, JSON), JWS)) == JWS


@given(st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=200))
def test_any_text_survives_a_png(text: str) -> None:
    assert unbake(bake(PNG, text)) == text


def test_published_samples_are_read(vectors: Path) -> None:
    samples = vectors / "ob3-clr2" / "ob30"
    assert unbake((samples / "simple-json.svg").read_bytes()).startswith("{")
    for name in ("simple-jwt.png", "simple-jwt_v1.png", "simple-jwt_v1.svg"):
        assert unbake((samples / name).read_bytes()).count(".") == 2, name


def badge(text: bytes, kind: bytes = b"iTXt", flags: bytes = b"\0\0\0\0") -> bytes:
    return chunk(kind, b"openbadgecredential\0" + flags + text)


DAMAGED = bytearray(bake(PNG, JSON))
DAMAGED[60] ^= 1
ENTITY = b'<!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/passwd">]><svg xmlns="http://www.w3.org/2000/svg">&x;</svg>'
TWICE = (
    b'<svg xmlns="http://www.w3.org/2000/svg" xmlns:o="https://purl.imsglobal.org/ob/v3p0">'
    b'<o:credential verify="a.b.c"/><g><o:credential>{}</o:credential></g></svg>'
)
BOTH = (
    b'<svg xmlns="http://www.w3.org/2000/svg" xmlns:o="https://purl.imsglobal.org/ob/v3p0">'
    b'<o:credential verify="a.b.c">{}</o:credential></svg>'
)


@pytest.mark.parametrize(
    ("image", "reason"),
    [
        (PNG, "no credential"),
        (SVG, "no credential"),
        (b"", "neither"),
        (b"GIF89a", "neither"),
        (b"<html/>", "neither"),
        (PNG_SIGNATURE + HEADER, "cut short"),
        (PNG_SIGNATURE + struct.pack(">I", 2**31) + b"IDAT" + bytes(8), "longer than the file"),
        (bytes(DAMAGED), "damaged"),
        (PNG_SIGNATURE + HEADER + badge(b"{}") + badge(b"{}") + END, "more than one"),
        (PNG_SIGNATURE + HEADER + badge(zlib.compress(b"{}"), flags=b"\1\0\0\0") + END, "compressed"),
        (PNG_SIGNATURE + HEADER + badge(b"{}", kind=b"tEXt", flags=b"") + END, "compressed"),
        (PNG_SIGNATURE + HEADER + badge(b"\xff\xfe") + END, "not UTF-8"),
        (PNG_SIGNATURE + HEADER + badge(b"", flags=b"\0\0") + END, "cut short"),
        (ENTITY, "neither"),
        (TWICE, "more than one"),
        (BOTH, "either JSON text or"),
        (bytes(MAX_IMAGE_BYTES + 1), "larger than"),
    ],
)
def test_W_IMP_1_I_XML_1_I_DOS_2_a_picture_that_lies_is_refused(image: bytes, reason: str) -> None:
    with pytest.raises(NotBaked, match=reason):
        unbake(image)
