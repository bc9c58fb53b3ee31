"""QR codes: written as SVG or PNG, read from photos and screenshots."""

from __future__ import annotations

import io

import segno
import zxingcpp
from markupsafe import Markup, escape
from PIL import Image, UnidentifiedImageError

MAX_IMAGE_BYTES = 10 * 1024 * 1024
MAX_PIXELS = 30_000_000
FORMATS = ("PNG", "JPEG", "WEBP", "GIF")


class Unreadable(Exception):
    """The file is no picture that is read here; the sentence says why."""


class SeveralCodes(Unreadable):
    """The picture holds codes of different content, and nobody can say which one was meant (W-IMP-1)."""


def svg(text: str, label: str) -> Markup:
    """Return `text` as an inline SVG with a text alternative; drawn in the page's own ink, without any style."""
    matrix = [list(row) for row in segno.make(text, error="m", micro=False).matrix]
    size = len(matrix) + 2
    return Markup(
        '<div class="qr"><svg viewBox="-1 -1 {size} {size}" role="img" aria-label="{label}" '
        'shape-rendering="crispEdges"><path fill="currentColor" d="{path}"/></svg></div>'
    ).format(size=size, label=escape(label), path=_path(matrix))


def png(text: str, scale: int = 6) -> bytes:
    """Return `text` as a PNG, for files and e-mails."""
    buffer = io.BytesIO()
    segno.make(text, error="m", micro=False).save(buffer, kind="png", scale=scale)
    return buffer.getvalue()


def read(image: bytes) -> str | None:
    """Return the text of the QR code in a picture, None when there is none.

    Raises `Unreadable` for what is no picture, or one of too many pixels (declared size, before decoding: I-DOS-2),
    and `SeveralCodes`.
    """
    if len(image) > MAX_IMAGE_BYTES:
        raise Unreadable(f"the picture is larger than {MAX_IMAGE_BYTES} bytes")
    try:
        with Image.open(io.BytesIO(image), formats=FORMATS) as picture:
            if picture.width * picture.height > MAX_PIXELS:
                raise Unreadable(f"the picture has more than {MAX_PIXELS} pixels")
            found = zxingcpp.read_barcodes(
                picture.convert("L"), formats=zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)
            )
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise Unreadable("the file is not a picture that can be read") from error
    texts = {code.text for code in found}
    if len(texts) > 1:
        raise SeveralCodes("the picture holds several codes")
    return next(iter(texts), None)


def _path(matrix: list[list[int]]) -> str:
    """The dark modules as runs, one sub-path each."""
    runs = []
    for y, row in enumerate(matrix):
        x = 0
        while x < len(row):
            start = x
            while x < len(row) and row[x]:
                x += 1
            if x > start:
                runs.append(f"M{start} {y}h{x - start}v1h-{x - start}z")
            x += 1
    return "".join(runs)
