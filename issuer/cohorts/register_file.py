"""Class registers as files: CSV in any usual delimiter and encoding, or XLSX, read into plain cells.

Nothing is believed: sizes are counted while reading, spreadsheets are looked at as archives before they are opened,
entities and outside references are refused (defusedxml), formulas are not calculated.
"""

from __future__ import annotations

import codecs
import csv
import io
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from itertools import chain
from typing import BinaryIO, NamedTuple

import openpyxl
from charset_normalizer import from_bytes
from openpyxl.utils.exceptions import InvalidFileException

from issuer.cohorts.headings import recognised
from kit.i18n import N_
from kit.tables import MARK, meant

MAX_BYTES = 10 * 1024 * 1024
MAX_ROWS = 20_000
MAX_COLUMNS = 60
MAX_CELL = 1_000
_MAX_UNPACKED = 100 * 1024 * 1024
_SAMPLE = 200_000
_MAX_PARTS = 1_000
_DELIMITERS = (";", ",", "\t", "|")
_ENCODINGS = ["cp1252", "iso8859_15", "mac_roman"]


class FileRefused(Exception):
    """The file cannot be read as a register. `sentence` is a source text, `line` where it went wrong (0: all of it),
    `column` (a source text too) the column it is about, where the sentence names one."""

    def __init__(self, sentence: str, *, line: int = 0, column: str = "") -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.line = line
        self.column = column


class Row(NamedTuple):
    """One row as it stands in the file; `line` is what a spreadsheet or editor shows beside it."""

    line: int
    cells: tuple[str, ...]


@dataclass(frozen=True)
class Sheet:
    """The headings and the rows that are not empty."""

    headings: tuple[str, ...]
    rows: tuple[Row, ...]


def read(data: bytes) -> Sheet:
    """Return the register in a CSV or XLSX file. Raises `FileRefused`."""
    if not data.strip():
        raise FileRefused(N_("The file is empty."))
    if len(data) > MAX_BYTES:
        raise FileRefused(N_("The file is larger than 10 MB. Split it and import the parts one after the other."))
    rows = _xlsx_rows(data) if data.startswith(b"PK\x03\x04") else _csv_rows(io.BytesIO(data))
    return _sheet(rows)


def read_on(file: BinaryIO) -> tuple[tuple[str, ...], Iterator[Row]]:
    """Return the headings of a CSV of any length, and its rows that are not empty as they are read from `file`.

    Raises `FileRefused`, also while the rows are read.
    """
    rows = (row for row in _csv_rows(file) if any(row.cells))
    heading = next(rows, None)
    if heading is None:
        raise FileRefused(N_("The file is empty."))
    return heading.cells, rows


def _sheet(rows: Iterator[Row]) -> Sheet:
    filled = (row for row in rows if any(row.cells))
    heading = next(filled, None)
    if heading is None:
        raise FileRefused(N_("The file is empty."))
    kept: list[Row] = []
    for row in filled:
        if len(kept) == MAX_ROWS:
            raise FileRefused(N_("A register has at most 20,000 rows. Split the file."), line=row.line)
        kept.append(row)
    if not kept:
        raise FileRefused(N_("The file has headings and no rows."))
    return Sheet(heading.cells, tuple(kept))


def _row(line: int, cells: Sequence[str]) -> Row:
    if len(cells) > MAX_COLUMNS:
        raise FileRefused(N_("A row has more than 60 columns; this is not a class register."), line=line)
    if cells and max(map(len, cells)) > MAX_CELL:
        raise FileRefused(N_("A cell holds more than 1,000 characters; this is not a class register."), line=line)
    texts = tuple(map(str.strip, cells))
    return Row(line, tuple(map(meant, texts)) if MARK in "".join(texts) else texts)


# --- CSV ---


def _csv_rows(file: BinaryIO) -> Iterator[Row]:
    encoding = _encoding(file)
    file.seek(0)
    text = io.TextIOWrapper(file, encoding, newline="")
    delimiter = _delimiter(next((line for line in text if line.strip()), ""))
    text.seek(0)
    reader = csv.reader(text, delimiter=delimiter, strict=True)
    try:
        for cells in reader:
            yield _row(reader.line_num, cells)
    except csv.Error as error:
        sentence = N_("The file breaks off inside quotation marks, or a quotation mark stands in the wrong place.")
        raise FileRefused(sentence, line=reader.line_num) from error
    except UnicodeDecodeError as error:
        sentence = N_("The characters of the file cannot be read. Save it as CSV UTF-8.")
        raise FileRefused(sentence, line=reader.line_num + 1) from error
    finally:
        if not file.closed:
            text.detach()  # the file stays open: it is the caller's


def _encoding(file: BinaryIO) -> str:
    """Look through all of the file, in pieces: UTF-16 by its mark, UTF-8 if it is, else what the start looks like."""
    start = file.read(_SAMPLE)
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    decoder, is_utf_8, line = codecs.getincrementaldecoder("utf-8")(), True, 1
    for piece in chain([start], iter(partial(file.read, _SAMPLE), b"")):
        if b"\0" in piece:
            line += piece[: piece.find(b"\0")].count(b"\n")
            raise FileRefused(N_("The file is not plain text. Save it as CSV UTF-8, or as XLSX."), line=line)
        line += piece.count(b"\n")
        try:
            decoder.decode(piece)
        except UnicodeDecodeError:
            is_utf_8 = False
            decoder.reset()
    if is_utf_8 and not decoder.getstate()[0]:
        return "utf-8-sig"
    found = from_bytes(start, cp_isolation=_ENCODINGS).best()
    return found.encoding if found else "cp1252"


def _delimiter(first: str) -> str:
    """The delimiter under which the first line gives most headings that we know, else most cells."""

    def worth(delimiter: str) -> tuple[int, int]:
        cells = next(csv.reader([first], delimiter=delimiter), [])
        return sum(recognised(cell) is not None for cell in cells), len(cells)

    return max(_DELIMITERS, key=worth)


# --- XLSX ---


def _xlsx_rows(data: bytes) -> Iterator[Row]:
    _check_archive(data)
    try:
        book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
        sheet = book.worksheets[0]
        cells = sheet.iter_rows(max_row=MAX_ROWS + 2, max_col=MAX_COLUMNS + 1, values_only=True)
        for line, values in enumerate(cells, 1):
            texts = [_text(value) for value in values]
            while texts and not texts[-1]:
                texts.pop()
            yield _row(line, texts)
    except FileRefused:
        raise
    except (InvalidFileException, KeyError, IndexError, ValueError, TypeError, OSError, zipfile.BadZipFile) as error:
        raise FileRefused(N_("The spreadsheet cannot be read. Save it again as XLSX, or as CSV UTF-8.")) from error


def _check_archive(data: bytes) -> None:
    """What the archive says of itself, before anything is unpacked (I-DOS-1, I-XML-1)."""
    try:
        parts = zipfile.ZipFile(io.BytesIO(data)).infolist()
    except zipfile.BadZipFile as error:
        raise FileRefused(N_("The spreadsheet cannot be read. Save it again as XLSX, or as CSV UTF-8.")) from error
    if len(parts) > _MAX_PARTS or sum(part.file_size for part in parts) > _MAX_UNPACKED:
        raise FileRefused(N_("The spreadsheet unpacks to far more than a class register holds."))


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return str(value)
