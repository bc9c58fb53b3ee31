"""Tables as files for people's spreadsheets: CSV and XLSX in which no cell can act as a formula (I-CSV-1)."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

from openpyxl import Workbook

CSV_MEDIA_TYPE = "text/csv; charset=utf-8"
XLSX_MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MARK = "'"
"""What `neutral` puts before a cell."""
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
_LONGEST_SHEET_NAME = 31


def neutral(cell: str) -> str:
    """Return `cell` with a leading apostrophe where a spreadsheet would take it for a formula."""
    return MARK + cell if cell.lstrip(MARK).startswith(_FORMULA_STARTS) else cell


def meant(cell: str) -> str:
    """Return the value behind a cell that `neutral` made: reading back what was written gives the same values."""
    if not cell.startswith(MARK):
        return cell
    behind = cell.removeprefix(MARK)
    return behind if behind.lstrip(MARK).startswith(_FORMULA_STARTS) else cell


def write_csv(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """Return a CSV as spreadsheets here open it: UTF-8 with BOM, semicolons, CR LF."""
    return csv_text([headings, *rows]).encode("utf-8-sig")


def csv_text(rows: Iterable[Sequence[str]]) -> str:
    """Return rows as `write_csv` writes them, for files that are sent while they are read."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=";", lineterminator="\r\n")
    writer.writerows([neutral(cell) for cell in row] for row in rows)
    return buffer.getvalue()


def write_xlsx(title: str, headings: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """Return a spreadsheet of one sheet, every cell a text."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet(title[:_LONGEST_SHEET_NAME])
    sheet.freeze_panes = "A2"
    sheet.append([_plain(cell) for cell in headings])
    for row in rows:
        sheet.append([_plain(cell) for cell in row])
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def _plain(cell: str) -> str:
    """The text without the control characters that a spreadsheet's XML cannot hold."""
    return neutral("".join(letter for letter in cell if letter >= " " or letter in "\t\n"))
