"""Many rows in one go come out as if they had been written one by one, on either database."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import BigInteger, ClauseElement, Executable, LargeBinary, bindparam, delete, update
from sqlalchemy.exc import DataError, IntegrityError
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel, col, select

from kit.database import Database, UtcDateTime
from kit.many import among, insert_many, texts

NOON = datetime(2026, 6, 12, 12, tzinfo=UTC)


class Base(SQLModel, registry=registry()):
    pass


class Kind(StrEnum):
    PLAIN = "plain"
    ODD = "odd"


class Leaf(Base, table=True):
    name: str = Field(primary_key=True)
    kind: Kind
    note: str | None = None
    body: bytes = Field(sa_type=LargeBinary)
    count: int
    large: int = Field(sa_type=BigInteger)
    is_green: bool
    fell_on: date
    at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class Tally(Base, table=True):
    id: int = Field(primary_key=True)
    count: int


TALLIED = update(Tally).values(count=Tally.count + bindparam("more"))


with_more = pytest.mark.parametrize("more", [[], ["ash", "fir"]], ids=["alone", "with more"])
"""A row by itself goes to a server in another way than several do."""


class Explain(Executable, ClauseElement):
    """How a database would go about a query."""

    inherit_cache = False

    def __init__(self, query: Any) -> None:
        self.query = query


@compiles(Explain)
def _explained(element: Explain, compiler: Any, **options: Any) -> str:
    how = "EXPLAIN QUERY PLAN" if compiler.dialect.name == "sqlite" else "EXPLAIN"
    return f"{how} {compiler.process(element.query, **options)}"


def leaf(name: str, **changes: Any) -> dict[str, Any]:
    plain: dict[str, Any] = {"kind": Kind.PLAIN, "note": None, "body": b"", "count": 0, "large": 0}
    plain |= {"is_green": True, "fell_on": NOON.date()}
    return {"name": name, "at": NOON, **plain, **changes}


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    database = Database(database_url)
    with database.engine.begin() as connection:
        Base.metadata.create_all(connection)
    yield database
    database.dispose()


def written(database: Database, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Write the rows, and return what is there then, by name."""
    with database.unit() as session:
        session.connection().execute(delete(Leaf))
        insert_many(session, Leaf, rows)
    with database.reading() as session:
        found = {one.name: one.model_dump() for one in session.exec(select(Leaf))}
    return [found.pop(row["name"]) for row in rows] + list(found.values())


words = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
leaves = st.builds(
    leaf,
    words,
    kind=st.sampled_from(Kind),
    note=st.none() | words,
    body=st.binary(max_size=40),
    count=st.integers(-(2**31), 2**31 - 1),
    large=st.integers(-(2**63), 2**63 - 1),
    is_green=st.booleans(),
    fell_on=st.dates(date(1900, 1, 1)),
    at=st.none() | st.datetimes(datetime(1900, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - hypothesis adds the zone
)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(leaves, max_size=8, unique_by=lambda row: row["name"]))
def test_rows_come_back_as_they_went_in(database: Database, rows: list[dict[str, Any]]) -> None:
    assert written(database, rows) == rows


def test_what_postgresql_writes_for_nothing_is_a_text_like_others(database: Database) -> None:
    rows = [leaf("\\N", note="\\N"), leaf("\\.", note=""), leaf("tab\tand\nline", note=None, body=b"\\x00\0")]
    assert written(database, rows) == rows


@with_more
@pytest.mark.parametrize("numbers", [{"count": 2**31}, {"count": -(2**31) - 1}, {"large": 2**63}, {"large": -(2**64)}])
def test_a_number_too_large_for_its_column_is_refused_and_never_cut(
    database: Database, numbers: dict[str, int], more: list[str]
) -> None:
    rows = [leaf("oak", **numbers), *(leaf(name) for name in more)]
    if database.is_sqlite and "count" in numbers:  # whose columns take eight bytes
        assert written(database, rows) == rows
    else:
        with pytest.raises(OverflowError):
            written(database, rows)


def test_a_row_too_many_leaves_none_of_them(database: Database) -> None:
    with pytest.raises(IntegrityError), database.unit() as session:
        insert_many(session, Leaf, [leaf("oak"), leaf("elm"), leaf("oak")])
    with database.reading() as session:
        assert session.exec(select(Leaf)).all() == []


@with_more
def test_rows_that_are_refused_leave_the_unit_as_it_was_before_them(database: Database, more: list[str]) -> None:
    with database.unit() as session:
        insert_many(session, Leaf, [leaf("oak")])
        with suppress(IntegrityError), session.begin_nested():
            insert_many(session, Leaf, [leaf(name) for name in (*more, "oak")])
        insert_many(session, Leaf, [leaf("elm")])
    with database.reading() as session:
        assert set(session.exec(select(Leaf.name))) == {"oak", "elm"}


def test_objects_of_the_session_are_written_first(database: Database) -> None:
    def write_it_twice() -> None:
        with database.unit() as session:
            session.add(Leaf(**leaf("oak")))
            insert_many(session, Leaf, [leaf("oak")])

    with pytest.raises(IntegrityError):
        write_it_twice()


def tally(database: Database) -> int:
    with database.reading() as session:
        return session.exec(select(Tally.count)).one()


@pytest.mark.parametrize("names", [[], ["oak"], ["oak", "elm", "ash"]])
def test_what_goes_with_the_rows_is_carried_out_once(database: Database, names: list[str]) -> None:
    with database.unit() as session:
        session.add(Tally(id=1, count=40))
    with database.unit() as session:
        insert_many(session, Leaf, [leaf(name) for name in names], also=TALLIED, values={"more": 2})
    assert tally(database) == (42 if names else 40)
    with database.reading() as session:
        assert set(session.exec(select(Leaf.name))) == set(names)


@pytest.mark.parametrize("names", [["oak"], ["elm", "oak"]])
def test_what_goes_with_rows_that_are_refused_is_undone(database: Database, names: list[str]) -> None:
    with database.unit() as session:
        session.add_all([Tally(id=1, count=40), Leaf(**leaf("oak"))])
    with pytest.raises(IntegrityError), database.unit() as session:
        insert_many(session, Leaf, [leaf(name) for name in names], also=TALLIED, values={"more": 2})
    assert tally(database) == 40


@pytest.mark.parametrize("wanted", [[], ["oak"], ["oak", "ash", "o'ak", 'a"sh', "ormeau-é"]])
def test_among_finds_what_a_list_would(database: Database, wanted: list[str]) -> None:
    written(database, [leaf(name) for name in ("oak", "elm", "o'ak", 'a"sh', "ormeau-é")])
    with database.reading() as session:
        found = session.exec(select(Leaf.name).where(among(Leaf.name, wanted))).all()
        assert set(found) == set(session.exec(select(Leaf.name).where(col(Leaf.name).in_(wanted))).all())


NAMES_THAT_MEAN_SOMETHING = [
    *("", " ", "NULL", "null", "{}", "{oak}", "[]", '["oak"]', "oak,elm", ",", "'", "''", '"', '""', '\\"', "\\"),
    *("\\\\", "\\N", "\\u0041", "o'ak", 'a"sh', "oak\nelm", "oak\r\n", "\t", "\x7f", "%", "_", ":name", "$1", "?"),
    *(
        "ormeau-é",
        "ormeau-e\u0301",
        "🌳",
        "👩🏽‍🎓",
        "李小龍",
        "\u2028",
        "\ufeffoak",
        " oak ",
        "OAK",
        "'); DROP TABLE x; --",
    ),
]


def test_among_tells_every_text_from_every_other(database: Database) -> None:
    """Whatever a text means to JSON, to an array of PostgreSQL or to SQL."""
    written(database, [leaf(name) for name in NAMES_THAT_MEAN_SOMETHING])
    composed = select(Leaf.name).where(among(Leaf.name, texts("names")))
    with database.reading() as session:
        for name in NAMES_THAT_MEAN_SOMETHING:
            assert list(session.connection().scalars(composed, {"names": [name, "no such tree"]})) == [name]
        found = session.exec(select(Leaf.name).where(among(Leaf.name, NAMES_THAT_MEAN_SOMETHING))).all()
        assert sorted(found) == sorted(NAMES_THAT_MEAN_SOMETHING)
        assert list(session.connection().scalars(composed, {"names": []})) == []


def test_among_does_not_find_what_a_text_with_nul_begins_with(database: Database) -> None:
    written(database, [leaf("oak"), leaf("elm")])
    wanted = select(Leaf.name).where(among(Leaf.name, ["oak\0", "oak\0x", "elm"]))
    with database.reading() as session:
        if database.is_sqlite:
            assert session.exec(wanted).all() == ["elm"]
        else:
            with pytest.raises(DataError):
                session.exec(wanted)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(names=st.lists(words, max_size=12, unique=True), wanted=st.lists(words, max_size=4))
def test_among_finds_any_texts_as_a_list_does(database: Database, names: list[str], wanted: list[str]) -> None:
    written(database, [leaf(name) for name in names])
    wanted = [*wanted, *names[::2]]
    with database.reading() as session:
        found = session.exec(select(Leaf.name).where(among(Leaf.name, wanted))).all()
        assert sorted(found) == sorted(set(names) & set(wanted))


def test_among_is_one_statement_however_many(database: Database) -> None:
    with database.reading() as session:
        assert session.exec(select(Leaf.name).where(among(Leaf.name, [str(n) for n in range(70_000)]))).all() == []


def test_a_statement_composed_once_is_given_its_texts_each_time(database: Database) -> None:
    written(database, [leaf("oak"), leaf("elm"), leaf("ash")])
    found = select(Leaf.name).where(among(Leaf.name, texts("names")))
    noted = (
        update(Leaf)
        .where(among(Leaf.name, texts("names")), col(Leaf.count) == 0)
        .values(note=bindparam("word"))
        .returning(col(Leaf.name))
    )
    with database.unit() as session:
        connection = session.connection()
        assert set(connection.scalars(found, {"names": ["oak", "elm", "fir"]})) == {"oak", "elm"}
        assert set(connection.scalars(found, {"names": {"ash": 1}.keys()})) == {"ash"}
        assert set(connection.scalars(noted, {"names": ("elm", "ash"), "word": "é"})) == {"elm", "ash"}
        assert list(connection.scalars(noted, {"names": (), "word": "?"})) == []
    with database.reading() as session:
        notes = {one.name: one.note for one in session.exec(select(Leaf))}
    assert notes == {"oak": None, "elm": "é", "ash": "é"}


def test_among_uses_the_index(database: Database) -> None:
    """As one condition of several, where SQLAlchemy would compare it with 1 for SQLite."""
    written(database, [leaf(str(number)) for number in range(2_000)])
    wanted = select(Leaf.name).where(among(Leaf.name, ["1", "2"]), col(Leaf.count) == 0)
    with database.unit() as session:
        connection = session.connection()
        if not database.is_sqlite:
            connection.exec_driver_sql("ANALYZE leaf")
        plan = " ".join(str(row[-1]) for row in connection.execute(Explain(wanted)))
    assert re.search(r"SEARCH leaf USING INDEX|Index Scan using leaf_pkey|Bitmap Index Scan on leaf_pkey", plan), plan
