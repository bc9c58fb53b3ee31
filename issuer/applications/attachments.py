"""Files that applicants send along: what they may be, and what becomes of them.

A file is kept in the database under an id of ours; its name is shown and never used as a path (I-FIL-1). What it is
is read from its content and has to agree with its name; it is handed out as a download and never shown by us, so
that nothing in it runs under our address.
"""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Sequence
from pathlib import PurePosixPath, PureWindowsPath

from kit.i18n import N_

MAX_BYTES = 5 * 1024 * 1024
MOST_FILES = 20
_MOST_PARTS = 2_000
_LONGEST_NAME = 150

_OPEN_DOCUMENTS = {
    b"application/vnd.oasis.opendocument.text": "odt",
    b"application/vnd.oasis.opendocument.spreadsheet": "ods",
}
_SAME = {"jpeg": "jpg"}


class FileRefused(Exception):
    """The file is not taken. `sentence` is a source text."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


def shown_name(given: str) -> str:
    """Return the last part of a file's name, without what could break a header, a page or a line."""
    last = PureWindowsPath(PurePosixPath(given).name).name
    kept = "".join(character for character in last if character.isprintable() and character not in '"\\/<>:|?*')
    return kept.strip(". ")[-_LONGEST_NAME:] or "document"


def kind_of(file_name: str, data: bytes, *, accepts: Sequence[str]) -> str:
    """Return which of the accepted kinds the content is. Raises `FileRefused`."""
    if not data:
        raise FileRefused(N_("The file is empty."))
    if len(data) > MAX_BYTES:
        raise FileRefused(N_("The file is larger than 5 MB. Make it smaller, or split it."))
    kind = _sniffed(data)
    ending = file_name.rpartition(".")[2].lower()
    if kind is None or kind not in accepts:
        raise FileRefused(N_("This kind of file is not taken here."))
    if _SAME.get(ending, ending) != kind:
        raise FileRefused(N_("The file’s name says something else than its content. Save it anew and try again."))
    return kind


def digest(data: bytes) -> str:
    """Return the SHA-256 of the content, in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def _sniffed(data: bytes) -> str | None:
    if data.startswith(b"%PDF-"):
        return "pdf"
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png"
    if data.startswith(b"\xff\xd8\xff"):
        return "jpg"
    return _office_document(data) if data.startswith(b"PK\x03\x04") else None


def _office_document(data: bytes) -> str | None:
    """Which office document an archive is, by its parts; macros make it none."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = set(archive.namelist())
            if len(names) > _MOST_PARTS or any(name.lower().endswith("vbaproject.bin") for name in names):
                return None
            if "mimetype" in names and archive.getinfo("mimetype").file_size < 200:
                return _OPEN_DOCUMENTS.get(archive.read("mimetype").strip())
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError, RuntimeError):
        return None  # damaged, packed in a way that `zipfile` does not know (NotImplementedError), or with a password
    if "word/document.xml" in names:
        return "docx"
    return "xlsx" if "xl/workbook.xml" in names else None
