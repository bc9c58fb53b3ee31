"""The rows of a job as they wait to be issued, and where they come from: a register file, JSON lines, a cohort.

Files are read on, never held: however long one is, a chunk of it at a time is in memory in readable form.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, BinaryIO, NamedTuple

from issuer.cohorts import register_file
from issuer.cohorts.headings import LABELS, REQUIRED, RegisterField, guessed
from issuer.cohorts.register_file import MAX_CELL, FileRefused
from kit.i18n import N_
from vc import strict_json
from vc.errors import ParsingError

CHUNK = 1_000
"""Rows that are issued together: enough that two commits weigh little, so few that a kill costs little work."""
MAX_ROWS = 500_000
_LONGEST_LINE = 20_000

_MEMBERS = {
    "learnerNumber": RegisterField.LEARNER_NUMBER,
    "givenName": RegisterField.GIVEN_NAME,
    "familyName": RegisterField.FAMILY_NAME,
    "email": RegisterField.EMAIL,
    "language": RegisterField.LANGUAGE,
    "completedOn": RegisterField.COMPLETED_ON,
    "result": RegisterField.RESULT,
}


class Entry(NamedTuple):
    """One row: of a completion that is on record, or (`cells`) of a register that came with the job."""

    line: int
    learner_number: str
    completion_id: str = ""
    cells: Mapping[str, str] | None = None

    def plain(self) -> list[Any]:
        """Return it in the form that is kept."""
        return list(self)


def kept(entries: Iterable[Entry]) -> str:
    """Return entries in the form in which a chunk keeps them."""
    return json.dumps([entry.plain() for entry in entries], ensure_ascii=False, separators=(",", ":"))


def opened(text: str) -> list[Entry]:
    """Return the entries of a chunk."""
    return [Entry(*plain) for plain in json.loads(text)]


def in_chunks(entries: Iterator[Entry]) -> Iterator[list[Entry]]:
    """Yield the entries, `CHUNK` at a time."""
    while chunk := list(islice(entries, CHUNK)):
        yield chunk


def of_csv(file: BinaryIO) -> Iterator[Entry]:
    """Yield the rows of a register in CSV. Raises `FileRefused`."""
    headings, rows = register_file.read_on(file)
    columns = guessed(headings)
    for field in (*REQUIRED, RegisterField.COMPLETED_ON):
        if field not in columns:
            raise FileRefused(N_("A column is missing: %(column)s."), column=LABELS[field])
    places = [(field.value, place) for field, place in columns.items()]
    number = RegisterField.LEARNER_NUMBER.value

    def entry(line: int, cells: Sequence[str]) -> Entry:
        named = {name: cells[place] for name, place in places if place < len(cells)}
        return Entry(line, named.get(number, "")[:60], cells=named)

    yield from _counted(entry(line, cells) for line, cells in rows)


def of_json_lines(file: BinaryIO) -> Iterator[Entry]:
    """Yield the rows of a register in JSON lines, whose members are those of a participant in the API, with
    `completedOn` and `result`. Raises `FileRefused`."""
    yield from _counted(_of_json(number, line) for number, line in enumerate(_lines(file), 1) if line.strip())


def _lines(file: BinaryIO) -> Iterator[bytes]:
    while line := file.readline(_LONGEST_LINE):
        yield line


def _of_json(number: int, line: bytes) -> Entry:
    try:
        members = strict_json.parse_object(line)
    except ParsingError as error:
        raise FileRefused(N_("The line is not a JSON object."), line=number) from error
    for name, value in members.items():
        if name not in _MEMBERS:
            raise FileRefused(N_("The member %(column)s is not known here."), line=number, column=name[:60])
        if not isinstance(value, str) or len(value) > MAX_CELL:
            raise FileRefused(
                N_("The member %(column)s is not a text of at most 1,000 characters."), line=number, column=name
            )
    return Entry(
        number,
        members.get("learnerNumber", "")[:60],
        cells={_MEMBERS[name].value: value for name, value in members.items()},
    )


def _counted(entries: Iterable[Entry]) -> Iterator[Entry]:
    count = 0
    for entry in entries:
        count += 1
        if count > MAX_ROWS:
            raise FileRefused(N_("A job has at most 500,000 rows. Split the file."), line=entry.line)
        yield entry
    if not count:
        raise FileRefused(N_("The file has headings and no rows."))
