"""One database over to another: all rows of all tables, in one transaction, counted on both sides before it commits."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sqlalchemy import Connection, MetaData, Table, func, insert, select
from sqlmodel import Session

from kit.database import Database

_ROWS_AT_A_TIME = 1000


class TargetNotEmpty(Exception):
    """The database to copy to holds rows already; `table` is the first that does. Nothing was copied."""

    def __init__(self, table: str) -> None:
        super().__init__(f"table {table} is not empty")
        self.table = table


class CopyDiffers(Exception):
    """Both sides do not hold the same after copying. Nothing was copied."""


def copy(
    source: Database, target: Database, metadata: MetaData, *, check: Callable[[Session], object] = lambda _: None
) -> Mapping[str, int]:
    """Copy every row of the tables of `metadata`, and return how many each table has.

    Both databases must be at this release's schema. Writers of `source` wait meanwhile. `check` looks at the copy
    before it is committed; what it raises undoes everything. Raises `TargetNotEmpty`, `CopyDiffers`.
    """
    with source.unit() as reading, target.unit() as writing:
        here, there = reading.connection(), writing.connection()
        for table in metadata.sorted_tables:
            if _count(there, table):
                raise TargetNotEmpty(table.name)
        counts = {}
        for table in metadata.sorted_tables:  # what others refer to comes first
            _copy_table(here, there, table)
            counts[table.name] = _count(there, table)
            if counts[table.name] != _count(here, table):
                raise CopyDiffers(f"table {table.name} has {counts[table.name]} rows of {_count(here, table)}")
        check(writing)
        return counts


def _copy_table(here: Connection, there: Connection, table: Table) -> None:
    rows = here.execute(select(table).execution_options(yield_per=_ROWS_AT_A_TIME)).mappings()
    for part in rows.partitions():
        there.execute(insert(table), [dict(row) for row in part])


def _count(connection: Connection, table: Table) -> int:
    return connection.execute(select(func.count()).select_from(table)).scalar_one()
