"""From one upload to the items in it: JSON lines, a JSON list, a ZIP of files, or a CSV of links.

Nothing is believed: archives and tables are counted before they are read, and what one item does wrong never costs
another its answer. An item that cannot be looked at stays in the list, with the reason.
"""

from __future__ import annotations

import csv
import io
import json
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from kit.i18n import N_
from kit.tables import meant
from verifier.opening import MAX_DOCUMENT, is_link

MAX_UPLOAD = 50 * 1024 * 1024
MAX_DOCUMENTS = 20_000
_MAX_UNPACKED = 200 * 1024 * 1024
_MAX_PARTS = 50_000
"""Of an archive; some systems put a file of their own beside each."""
_MAX_TABLE = 10 * 1024 * 1024
_MAX_COLUMNS = 100
_LONGEST_LABEL = 120
_PART_HEADER = b"PK\x01\x02"
_DELIMITERS = (";", ",", "\t", "|")
_SPREADSHEET_PART = "[Content_Types].xml"

EMPTY = N_("The file is empty.")
TOO_LARGE = N_("This file is larger than 1 MB; a credential is much smaller.")
TOO_MANY = N_("At most 20,000 credentials are checked in one go. Split the file.")
NO_LINK = N_("There is no link in this row.")
PROTECTED = N_("This file in the archive is protected by a password.")
DAMAGED = N_("This file in the archive is damaged.")


class UploadRefused(Exception):
    """Nothing can be taken from the upload. `sentence` is a source text."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


@dataclass(frozen=True)
class Item:
    """One thing to check: a `document`, or a `link` to it, or the `trouble` that keeps it from being looked at.

    `label` is what tells it apart for people: the name of its file, its line, or what stands beside the link.
    """

    label: str
    document: bytes = b""
    link: str = ""
    trouble: str = ""


def items(data: bytes) -> Iterator[Item]:
    """Give the items of an upload in their order. Raises `UploadRefused`, also half-way: then nothing counts."""
    if not data.strip():
        raise UploadRefused(EMPTY)
    if len(data) > MAX_UPLOAD:
        raise UploadRefused(N_("The file is larger than 50 MB. Split it and check the parts one after the other."))
    found = _from_archive(data) if data.startswith(b"PK\x03\x04") else _from_text(_decoded(data).lstrip())
    count = 0
    for item in found:
        count += 1
        if count > MAX_DOCUMENTS:
            raise UploadRefused(TOO_MANY)
        yield item
    if not count:
        raise UploadRefused(N_("There is no credential and no link in this file."))


def storable(text: str) -> str:
    """Return text as every database keeps it: PostgreSQL knows no NUL."""
    return text.replace("\0", "\ufffd")


# --- ZIP ---


def _from_archive(data: bytes) -> Iterator[Item]:
    if data.count(_PART_HEADER) > _MAX_PARTS:
        raise UploadRefused(TOO_MANY)
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
        parts = archive.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:  # the last: packed as `zipfile` cannot read
        raise UploadRefused(N_("The archive cannot be read. Make it again as ZIP.")) from error
    if any(part.filename == _SPREADSHEET_PART for part in parts):
        raise UploadRefused(N_("This is a spreadsheet. Save the list of links as CSV."))
    left = _MAX_UNPACKED
    for part in parts:
        if part.is_dir() or _is_clutter(part.filename):
            continue
        if part.file_size > MAX_DOCUMENT:
            yield Item(storable(part.filename[-_LONGEST_LABEL:]), trouble=TOO_LARGE)
            continue
        left -= part.file_size
        if left < 0:
            raise UploadRefused(N_("The archive unpacks to more than 200 MB. Split it."))
        yield _part(archive, part)


def _is_clutter(name: str) -> bool:
    """What systems put into archives by themselves."""
    path = PurePosixPath(name)
    return path.name.startswith(".") or "__MACOSX" in path.parts


def _part(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> Item:
    """What is in one file; `zipfile` reads no more of it than the size that it states."""
    label = storable(part.filename[-_LONGEST_LABEL:])
    if part.flag_bits & 0x1:
        return Item(label, trouble=PROTECTED)
    try:
        return Item(label, archive.read(part))
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, OSError, EOFError):  # NotImplementedError: as above
        return Item(label, trouble=DAMAGED)


# --- text ---


def _decoded(data: bytes) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", errors="replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")


def _from_text(text: str) -> Iterator[Item]:
    """`text` does not begin with white space."""
    if not text:
        raise UploadRefused(EMPTY)
    if text.startswith("["):
        return _from_list(text)
    if _is_document(next(io.StringIO(text, newline=None)).strip()):
        return _from_lines(text)
    if text.startswith("{"):
        return iter([_document("1", text)])
    return _from_table(text)


def _is_document(line: str) -> bool:
    """A credential on one line: an object, or a token."""
    return (line.startswith("{") and line.endswith("}")) or (line.startswith("ey") and line.count(".") >= 2)


def _from_lines(text: str) -> Iterator[Item]:
    for number, line in enumerate(io.StringIO(text, newline=None), 1):
        if line.strip():
            yield _document(str(number), line.strip())


def _from_list(text: str) -> Iterator[Item]:
    """The members of a JSON list, each cut out as it stands: whether it is well formed is for the check to say."""
    decoder = json.JSONDecoder()
    at, number = text.index("[") + 1, 0
    while True:
        at = _past(text, at, " \t\r\n")
        if text[at : at + 1] == "]" and not text[at + 1 :].strip():
            return
        number += 1
        try:
            value, end = decoder.raw_decode(text, at)
        except (ValueError, RecursionError) as error:
            raise UploadRefused(N_("The JSON list breaks off or is not well formed.")) from error
        yield _document(str(number), value if isinstance(value, str) else text[at:end])
        at = _past(text, end, " \t\r\n")
        if text[at : at + 1] == ",":
            at += 1
        elif text[at : at + 1] != "]":
            raise UploadRefused(N_("The JSON list breaks off or is not well formed."))


def _past(text: str, at: int, skipped: str) -> int:
    while at < len(text) and text[at] in skipped:
        at += 1
    return at


def _document(label: str, text: str) -> Item:
    if is_link(text):
        return Item(label, link=text)
    body = text.encode(errors="replace")
    return Item(label, trouble=TOO_LARGE) if len(body) > MAX_DOCUMENT else Item(label, body)


# --- CSV of links ---


def _from_table(text: str) -> Iterator[Item]:
    """One item for each row; a first row without a link holds headings."""
    if len(text) > _MAX_TABLE:
        raise UploadRefused(N_("This table is larger than 10 MB; a table of links is much smaller."))
    try:
        filled = list(_filled_rows(text))
    except csv.Error as error:
        raise UploadRefused(N_("The file is neither a list of credentials nor a table of links.")) from error
    if not any(map(is_link, (cell for _, cells in filled for cell in cells))):
        raise UploadRefused(N_("There is no credential and no link in this file."))
    if not any(map(is_link, filled[0][1])):
        filled = filled[1:]
    for line, cells in filled:
        yield _row(line, cells)


def _filled_rows(text: str) -> Iterator[tuple[int, list[str]]]:
    """The rows that are not empty, with their lines. Raises `csv.Error`, and `UploadRefused` for more than we take."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text))
    count = 0
    for row in reader:
        if len(row) > _MAX_COLUMNS:
            raise csv.Error(f"more than {_MAX_COLUMNS} columns")
        cells = [meant(cell.strip()) for cell in row]
        if any(cells):
            count += 1
            if count > MAX_DOCUMENTS + 1:
                raise UploadRefused(TOO_MANY)
            yield reader.line_num, cells


def _row(line: int, cells: Sequence[str]) -> Item:
    link = next((cell for cell in cells if is_link(cell)), "")
    beside = " ".join([cell for cell in cells if cell and not is_link(cell)][:2])
    label = f"{line}: {beside}" if beside else str(line)
    return Item(storable(label[:_LONGEST_LABEL]), link=link, trouble="" if link else NO_LINK)


def _delimiter(text: str) -> str:
    """The one under which most of the first rows hold a link in a cell of its own; of equals, the usual first."""
    head = text.splitlines()[:20]

    def worth(delimiter: str) -> int:
        return sum(is_link(cell.strip()) for cells in csv.reader(head, delimiter=delimiter) for cell in cells)

    return max(_DELIMITERS, key=worth)
