"""Many rows in one go: written with one statement, looked for with one parameter.

What a row costs beside its indexes is mostly what is said about it: a statement with a thousand parameters is composed,
parsed and planned anew for each number of them. Both databases know a better way; it stays in here, so that nothing
above need know which database it is.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Any

import psycopg
from sqlalchemy import (
    ARRAY,
    BigInteger,
    BindParameter,
    Boolean,
    Column,
    ColumnElement,
    Connection,
    Date,
    DateTime,
    Dialect,
    Insert,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    TypeDecorator,
    Update,
    bindparam,
    insert,
)
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeEngine
from sqlmodel import Session, SQLModel


def insert_many(
    session: Session,
    model: type[SQLModel],
    rows: Sequence[Mapping[str, Any]],
    *,
    also: Update | None = None,
    values: Mapping[str, Any] = MappingProxyType({}),
) -> None:
    """Insert rows, each with a value for every column, in the caller's unit. No rows are fine: nothing is done.

    `also` is carried out with them, its parameters `values`: for a single row in the same exchange with a server. It is
    composed once, at the level of a module, is about another table, and has no parameter that is named as a column of
    the rows is.

    Raises `sqlalchemy.exc.IntegrityError` and its kin, as any insert does, and `OverflowError` for a number that a
    server's column cannot hold.
    """
    if not rows:
        return
    session.flush()
    connection = session.connection()
    table: Table = model.__table__  # type: ignore[attr-defined] # SQLModel gives one to every table model
    form = _form(table, connection.dialect)
    if len(rows) == 1 and form.types:
        row = {name: rows[0][name] for name in form.names}
        _check_that_they_fit(form, [[value] for value in row.values()])
        connection.execute(_of_one_row(table, also), {**row, **values})
        return
    _insert(connection, form, rows)
    if also is not None:
        connection.execute(also, values)


@lru_cache(maxsize=100)  # of a few tables and statements, each composed once
def _of_one_row(table: Table, also: Update | None) -> Insert:
    """One row is one statement, which the driver keeps prepared, as is what is carried out with it. COPY is two."""
    return insert(table) if also is None else insert(table).add_cte(also.cte("also"))


def _insert(connection: Connection, form: _Form, rows: Sequence[Mapping[str, Any]]) -> None:
    columns = [
        _values_of(process, [row[name] for row in rows])
        for name, process in zip(form.names, form.processors, strict=True)
    ]
    if form.types:
        _check_that_they_fit(form, columns)
        _copy(connection, form, zip(*columns, strict=True))
    else:
        connection.exec_driver_sql(form.statement, list(zip(*columns, strict=True)))


@dataclass(frozen=True)
class _Form:
    """How the rows of one table are handed to one kind of database: in which statement, and each column in which form.

    `types`: PostgreSQL's names of what is sent, none for SQLite.
    """

    statement: str
    names: Sequence[str]
    processors: Sequence[Callable[[Any], Any] | None]
    types: Sequence[str]


@lru_cache(maxsize=100)  # of a few tables; the dialects of databases that are no longer used are forgotten
def _form(table: Table, dialect: Dialect) -> _Form:
    names = [column.name for column in table.columns]
    quoted = dialect.identifier_preparer.quote
    into = f"{quoted(table.name)} ({', '.join(map(quoted, names))})"
    processors = [column.type.dialect_impl(dialect).bind_processor(dialect) for column in table.columns]
    if dialect.name == "postgresql":
        types = [_binary_type(column) for column in table.columns]
        return _Form(f"COPY {into} FROM STDIN (FORMAT BINARY)", names, processors, types)
    places = ", ".join("?" * len(names))
    return _Form(f"INSERT INTO {into} VALUES ({places})", names, processors, ())  # noqa: S608 - of our own names


def _values_of(process: Callable[[Any], Any] | None, values: list[Any]) -> list[Any]:
    """The values of one column. Rows that are made together share moments and states: each is put into form once."""
    if process is None:
        return values
    distinct = {id(value): value for value in values}
    ready = {key: process(value) for key, value in distinct.items()}
    return [ready[id(value)] for value in values]


_BINARY_TYPES: Sequence[tuple[type[TypeEngine[Any]], str]] = (
    (DateTime, "timestamptz"),
    (Date, "date"),
    (Boolean, "bool"),
    (BigInteger, "int8"),
    (Integer, "int4"),
    (LargeBinary, "bytea"),
    (String, "text"),  # enumerations too: they are sent as their words
)
_BEYOND = {"int4": 2**31, "int8": 2**63}


def _binary_type(column: Column[Any]) -> str:
    """PostgreSQL's name of what is sent for a column: in binary nothing is converted on the way."""
    kind = column.type.impl if isinstance(column.type, TypeDecorator) else column.type
    for type_, name in _BINARY_TYPES:
        if isinstance(kind, type_):
            return name
    raise TypeError(f"how {column} is sent in binary is not known here")


def _check_that_they_fit(form: _Form, columns: Sequence[Sequence[Any]]) -> None:
    """Raises `OverflowError` for what a column does not hold: COPY would have it cut, and the server never know."""
    for type_, numbers in zip(form.types, columns, strict=True):
        if beyond := _BEYOND.get(type_):
            present = [number for number in numbers if number is not None]
            if present and (min(present) < -beyond or max(present) >= beyond):
                raise OverflowError("a number is too large for its column")


def _copy(connection: Connection, form: _Form, rows: Iterable[Sequence[Any]]) -> None:
    """Send rows with PostgreSQL's COPY: no statement for each, and the same constraints, in the same unit.

    In binary, since a signed form as text would be twice as long, and read twice by the server.
    """
    try:
        driver: psycopg.Connection = connection.connection.driver_connection  # type: ignore[assignment] # see kit.database
        with driver.cursor() as cursor, cursor.copy(form.statement) as copy:
            copy.set_types(form.types)
            for row in rows:
                copy.write_row(row)
    except psycopg.Error as error:
        raise DBAPIError.instance(form.statement, None, error, psycopg.Error, dialect=connection.dialect) from error


class _Texts(TypeDecorator[Any]):
    """Texts as one parameter: an array on PostgreSQL, JSON on SQLite.

    An array, not a text that the server makes one of: it would do so again for each row that it looks at. SQLite would
    read a text of JSON up to its first NUL and find what is called so: one with NUL is found nowhere there, and
    PostgreSQL refuses it.
    """

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        return dialect.type_descriptor(ARRAY(Text()) if dialect.name == "postgresql" else Text())

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        if dialect.name == "postgresql":
            return list(value)
        return json.dumps([text for text in value if "\0" not in text])


class _Among(FunctionElement[bool]):
    """A column and the texts among which it is to be."""

    type = Boolean()
    name = "among"
    inherit_cache = True

    def self_group(self, against: Any = None) -> _Among:  # noqa: ARG002 - SQLAlchemy's signature
        """Stand as it is among other conditions: SQLAlchemy would add `= 1` for SQLite, which then uses no index."""
        return self


@compiles(_Among, "sqlite")
def _on_sqlite(element: Any, compiler: Any, **options: Any) -> str:
    column, place = (compiler.process(part, **options) for part in element.clauses)
    return f"{column} IN (SELECT value FROM json_each({place}))"  # noqa: S608 - both are SQL by now, made by the compiler


@compiles(_Among, "postgresql")
def _on_postgresql(element: Any, compiler: Any, **options: Any) -> str:
    column, place = (compiler.process(part, **options) for part in element.clauses)
    return f"{column} = ANY({place})"


def texts(name: str) -> BindParameter[Any]:
    """Return a place for texts, for `among`, in a statement that is composed once: they are given under `name` (which
    no column of the statement has) each time that it is carried out, as any collection of texts."""
    return bindparam(name, type_=_Texts())


def among(column: Any, wanted: Collection[str] | BindParameter[Any]) -> ColumnElement[bool]:
    """Return the condition that a column of texts has one of those `wanted`: one statement, however many they are.

    They are given here, or later where `wanted` is a place for them (see `texts`).
    """
    place = wanted if isinstance(wanted, BindParameter) else bindparam(None, list(wanted), type_=_Texts(), unique=True)
    return _Among(column, place)
