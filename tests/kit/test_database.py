"""One unit, one transaction: committed whole, or not at all, on either database; writers queue instead of failing."""

import shutil
import socket
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import insert
from sqlalchemy.exc import (
    DatabaseError,
    IntegrityError,
    NotSupportedError,
    OperationalError,
    ProgrammingError,
    StatementError,
)
from sqlalchemy.orm import registry
from sqlmodel import Field, Session, SQLModel, select

from kit import database as room
from kit.database import Database, UtcDateTime, is_conflict
from tests.databases import Server


class Base(SQLModel, registry=registry()):
    pass


class Note(Base, table=True):
    id: int | None = Field(default=None, primary_key=True)
    text: str
    at: datetime | None = Field(default=None, sa_type=UtcDateTime)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    database = Database(database_url)
    with database.engine.begin() as connection:
        Base.metadata.create_all(connection)
    yield database
    database.dispose()


def notes(database: Database) -> list[str]:
    with database.reading() as session:
        return [note.text for note in session.exec(select(Note).order_by(Note.id)).all()]  # type: ignore[arg-type]


def test_a_unit_is_kept_when_it_ends_well(database: Database) -> None:
    with database.unit() as session:
        session.add(Note(text="kept"))
    assert notes(database) == ["kept"]


def test_a_unit_leaves_nothing_when_an_error_passes(database: Database) -> None:
    def fail_half_way() -> None:
        with database.unit() as session:
            session.add(Note(text="lost"))
            session.flush()
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail_half_way()
    assert notes(database) == []


def test_reading_changes_nothing(database: Database) -> None:
    with database.reading() as session:
        session.add(Note(text="not meant to be kept"))
        session.flush()
    assert notes(database) == []


def at_once(work: Callable[[int], None], *, threads: int = 8) -> None:
    started = [threading.Thread(target=work, args=(number,)) for number in range(threads)]
    for thread in started:
        thread.start()
    for thread in started:
        thread.join()


def test_D_SQL_writers_at_the_same_time_queue_and_none_fails(database: Database) -> None:
    def write(name: int) -> None:
        for number in range(10):
            with database.unit() as session:
                seen = len(session.exec(select(Note)).all())
                session.add(Note(text=f"{name}/{number} after {seen}"))

    at_once(write)
    kept = notes(database)
    assert len(kept) == 80
    if database.is_sqlite:  # PostgreSQL lets units that lock nothing run side by side
        assert sorted(int(text.split()[-1]) for text in kept) == list(range(80)), "each unit saw the one before it"


def test_D_RAC_units_that_lock_a_row_take_turns(database: Database) -> None:
    with database.unit() as session:
        session.add(Note(id=1, text="0"))

    def count(_name: int) -> None:
        for _ in range(10):
            with database.unit() as session:
                note = session.exec(select(Note).where(Note.id == 1).with_for_update()).one()
                note.text = str(int(note.text) + 1)

    at_once(count)
    assert notes(database) == ["80"]


@contextmanager
def somebody_always_reading(database: Database) -> Iterator[None]:
    """Two who read in turns, each until the other has begun."""
    begun, over = (threading.Semaphore(0), threading.Semaphore(0)), threading.Event()

    def read(mine: int) -> None:
        while not over.is_set():
            with database.reading() as session:
                session.exec(select(Note.id)).first()
                begun[mine].release()
                begun[1 - mine].acquire(timeout=1)

    readers = [threading.Thread(target=read, args=(mine,)) for mine in (0, 1)]
    for reader in readers:
        reader.start()
    yield
    over.set()
    for reader in readers:
        reader.join()


def test_D_SQL_the_log_does_not_grow_because_somebody_always_reads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room, "LOG_BYTES", 2**20)
    database = Database(f"sqlite:///{tmp_path / 'notes.sqlite3'}")
    with database.engine.begin() as connection:
        Base.metadata.create_all(connection)
    lengths = []
    with somebody_always_reading(database):
        for number in range(200):
            with database.unit() as session:
                session.merge(Note(id=number % 10, text=str(number % 7) * 2**18))
            lengths.append((tmp_path / "notes.sqlite3-wal").stat().st_size)
    assert max(lengths) < 20 * 2**20, "50 MiB were written"
    assert min(lengths[-20:]) < 2 * 2**20
    database.dispose()


def test_D_IOE_a_file_that_cannot_be_read_is_a_fault_of_the_disk(tmp_path: Path) -> None:
    file = tmp_path / "notes.sqlite3"
    database = Database(f"sqlite:///{file}")
    with database.engine.begin() as connection:
        Base.metadata.create_all(connection)
    with database.unit() as session:
        session.add_all(Note(text="x" * 2000) for _ in range(20))
    database.dispose()
    page = 4096
    whole = file.read_bytes()
    file.write_bytes(whole[:page] + b"\xff" * (len(whole) - page))
    with pytest.raises(DatabaseError) as fails:
        notes(database)
    assert room.storage_failed(fails.value)
    assert room.is_unavailable(fails.value)
    database.dispose()


def test_D_SQL_who_reads_for_long_holds_nobody_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "LOG_BYTES", 2**20)
    database = Database(f"sqlite:///{tmp_path / 'notes.sqlite3'}")
    with database.engine.begin() as connection:
        Base.metadata.create_all(connection)
    began = time.monotonic()
    with database.reading() as long:
        assert long.exec(select(Note)).all() == []
        for number in range(10):
            with database.unit() as session:
                session.merge(Note(id=number, text="x" * 2**18))
        assert time.monotonic() - began < 5
        assert long.exec(select(Note)).all() == []
    assert len(notes(database)) == 10
    database.dispose()


def test_the_address_of_a_server_names_no_driver() -> None:
    for given in ("postgresql://somebody@db.example/passport", "postgres://somebody@db.example/passport"):
        assert Database(given).url.drivername == "postgresql+psycopg"


@pytest.mark.parametrize(("text", "conflicts"), [("there", True), (None, False)])
def test_only_what_others_wrote_is_a_conflict(database: Database, text: str | None, conflicts: bool) -> None:
    with database.unit() as session:
        session.add(Note(id=1, text="there"))
    with pytest.raises(IntegrityError) as refused, database.unit() as session:
        session.connection().execute(insert(Note), {"id": 1 if conflicts else 2, "text": text})
    assert is_conflict(refused.value) is conflicts


def test_moments_come_back_as_they_went_in_and_in_utc(database: Database) -> None:
    montreal = timezone(-timedelta(hours=4))
    with database.unit() as session:
        session.add(Note(text="noon", at=datetime(2026, 6, 12, 12, 0, tzinfo=montreal)))
    with database.reading() as session:
        assert session.exec(select(Note)).one().at == datetime(2026, 6, 12, 16, 0, tzinfo=UTC)


def test_a_moment_without_zone_is_refused(database: Database) -> None:
    with pytest.raises(StatementError, match="zone"), database.unit() as session:
        session.add(Note(text="when?", at=datetime(2026, 6, 12)))  # noqa: DTZ001 - the mistake under test


def test_D_RAC_work_that_met_another_is_done_again_and_nothing_is_lost(database_url: str) -> None:
    """Two units that each count what the other adds: under SERIALIZABLE one of them is ended with SQLSTATE 40001."""
    database = Database(database_url)
    with database.engine.begin() as connection:
        Base.metadata.create_all(connection)
        if not database.is_sqlite:
            name = database.url.database
            connection.exec_driver_sql(f"ALTER DATABASE {name} SET default_transaction_isolation TO 'serializable'")
    database.dispose()  # what is connected already keeps the isolation that it began with
    tries: list[int] = []
    both_have_looked = threading.Barrier(2, timeout=1)

    def add(session: Session) -> None:
        seen = len(session.exec(select(Note)).all())
        tries.append(seen)
        with suppress(threading.BrokenBarrierError):  # SQLite, and whoever tries again, comes alone
            both_have_looked.wait()
        session.add(Note(text=f"after {seen}"))

    at_once(lambda _number: database.repeated(add), threads=2)
    assert sorted(notes(database)) == ["after 0", "after 1"]
    assert len(tries) == (2 if database.is_sqlite else 3)
    database.dispose()


def test_other_errors_are_not_tried_again(database: Database) -> None:
    tries: list[int] = []

    def fail(session: Session) -> None:
        tries.append(1)
        session.connection().exec_driver_sql("SELECT * FROM nowhere")

    with pytest.raises((OperationalError, ProgrammingError)):
        database.repeated(fail)
    assert tries == [1]


def test_connections_that_the_server_dropped_are_replaced_unnoticed(postgresql: Server) -> None:
    with postgresql.database() as url:
        database, administrator = Database(url), Database(url)
        with database.engine.begin() as connection:
            Base.metadata.create_all(connection)
        assert notes(database) == []
        with administrator.unit() as session:  # as when the server starts anew: every client loses its connection
            name = database.url.database
            ending = (
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s AND pid <> pg_backend_pid()"
            )
            session.connection().exec_driver_sql(ending, (name,))
        with database.unit() as session:
            session.add(Note(text="kept"))
        assert notes(database) == ["kept"]
        for one in (database, administrator):
            one.dispose()


def test_D_DBX_a_server_without_a_word_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "CONNECT_SECONDS", 2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        database = Database(f"postgresql://nobody@127.0.0.1:{silent.getsockname()[1]}/none")
        answers: list[bool] = []
        asking = threading.Thread(target=lambda: answers.append(database.is_ready()), daemon=True)
        asking.start()
        asking.join(10)
    assert answers == [False]


def test_D_DBX_a_server_that_vanishes_is_noticed_unless_the_address_says_otherwise(postgresql: Server) -> None:
    with postgresql.database() as url:
        for address, seconds in ((url, "5"), (f"{url}&connect_timeout=9", "9")):
            database = Database(address)
            with database.reading() as session:
                driver: psycopg.Connection = session.connection().connection.driver_connection  # type: ignore[assignment] # of PostgreSQL
                chosen = driver.info.get_parameters()
            assert chosen["connect_timeout"] == seconds
            assert (chosen["keepalives_idle"], chosen["tcp_user_timeout"]) == ("10", "20000")
            database.dispose()


def test_what_is_looked_up_again_and_again_stays_prepared(postgresql: Server) -> None:
    with postgresql.database() as url:
        database = Database(url, pool_size=1)
        with database.engine.begin() as connection:
            Base.metadata.create_all(connection)
        for _ in range(10):
            assert notes(database) == []
        with database.reading() as session:
            prepared = session.connection().exec_driver_sql("SELECT statement FROM pg_prepared_statements").scalars()
            assert any("FROM note" in statement for statement in prepared)
        database.dispose()


def asked_notes(database: Database) -> list[str]:
    return [text for (text,) in database.asked(select(Note.text).order_by(Note.id), {})]  # type: ignore[arg-type] # SQLModel's


@pytest.mark.parametrize("look", [notes, asked_notes])
def test_looking_goes_on_where_a_table_is_no_longer_what_it_was(
    postgresql: Server, look: Callable[[Database], list[str]]
) -> None:
    with postgresql.database() as url:
        database, administrator = Database(url, pool_size=1), Database(url)
        with administrator.engine.begin() as connection:
            Base.metadata.create_all(connection)
        with administrator.unit() as session:
            session.add(Note(text="1"))
        for _ in range(10):
            assert look(database) == ["1"]
        with administrator.unit() as session:
            session.connection().exec_driver_sql("ALTER TABLE note ALTER text TYPE text")
        with pytest.raises(NotSupportedError):  # what is prepared gives another type: the first who looks is told so
            look(database)
        assert look(database) == ["1"]
        for one in (database, administrator):
            one.dispose()


@pytest.mark.parametrize("asks_on", [True, False])
def test_a_connection_lost_while_looking_is_an_error_and_the_next_one_lives(
    postgresql: Server, *, asks_on: bool
) -> None:
    with postgresql.database() as url:
        database, administrator = Database(url, pool_size=1), Database(url)
        with administrator.engine.begin() as connection:
            Base.metadata.create_all(connection)

        def look_and_lose() -> None:
            with database.reading() as session:
                mine = session.connection().exec_driver_sql("SELECT pg_backend_pid()").scalar_one()
                with administrator.unit() as ending:
                    ending.connection().exec_driver_sql("SELECT pg_terminate_backend(%s, 5000)", (mine,))
                if asks_on:
                    session.exec(select(Note)).all()

        with pytest.raises(OperationalError):
            look_and_lose()
        assert notes(database) == []
        for one in (database, administrator):
            one.dispose()


def test_a_process_holds_no_more_connections_than_it_was_given(database_url: str) -> None:
    database = Database(database_url, pool_size=5)
    assert database.engine.pool.size() == 5  # type: ignore[attr-defined]  # every pool of ours counts
    database.dispose()


def test_what_is_in_the_log_comes_to_the_file_while_others_read_and_write(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/some.sqlite3")
    with database.engine.begin() as connection:
        Base.metadata.create_all(connection)
    with database.unit() as session:
        session.add(Note(text="a"))
    assert in_the_file_alone(tmp_path) == []
    with database.reading() as reader, database.unit() as writer:
        assert [note.text for note in reader.exec(select(Note))] == ["a"]
        writer.add(Note(text="b"))
        writer.flush()
        database.checkpoint()
        assert in_the_file_alone(tmp_path) == ["a"]
    database.checkpoint()
    assert in_the_file_alone(tmp_path) == ["a", "b"] == notes(database)
    database.dispose()


def in_the_file_alone(folder: Path) -> list[str]:
    """What a copy of the database has that comes without its log."""
    alone = shutil.copy(folder / "some.sqlite3", folder / "alone.sqlite3")
    with closing(sqlite3.connect(alone)) as connection:
        try:
            return [text for (text,) in connection.execute("SELECT text FROM note ORDER BY id")]
        except sqlite3.OperationalError:  # not even the table
            return []
