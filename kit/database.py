"""The database unit: one request or job item, one transaction, committed at the edge before answering.

SQLite (WAL, `synchronous=FULL`) is the embedded default, PostgreSQL the second home; nothing above this
room knows which one it is. Writers take SQLite's write lock when they begin, so that a unit never fails half-way
for having started as a reader. On PostgreSQL (READ COMMITTED) writers lock the rows that they decide upon
(`with_for_update`), in the order that docs/decisions gives, and wait for a lock as long as for SQLite's turn. Work that
can be done again is given to `repeated`, for databases that end a unit because it met another one.
"""

from __future__ import annotations

import random
import selectors
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext, suppress
from datetime import UTC, datetime
from functools import partial
from importlib import resources
from pathlib import Path
from typing import Any, TypeVar

import psycopg
from alembic import command
from alembic.config import Config
from psycopg.pq import TransactionStatus
from sqlalchemy import (
    URL,
    Connection,
    DateTime,
    Dialect,
    Engine,
    ExceptionContext,
    Executable,
    MetaData,
    Row,
    TypeDecorator,
    create_engine,
    event,
    make_url,
)
from sqlalchemy.exc import DBAPIError, IntegrityError, InvalidatePoolError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlmodel import Session

from kit.searching import SQLITE_FUNCTION, folded_text

WRITER_WAIT_SECONDS = 20
STALLED_SECONDS = 60
"""After so long without a word a unit is ended by the server: a replica that hangs must not hold others up."""
QUIET_SECONDS = 1.0
"""A connection that nobody used for so long is asked whether it still lives before somebody gets it."""
CONNECT_SECONDS = 5
"""After so long without a word from a server nobody is there."""
_IF_IT_VANISHES = {"keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 3, "tcp_user_timeout": 20_000}
"""A server that is gone without a word, as when its machine loses power, is noticed within half a minute (seconds, and
milliseconds); else each thread that asked it would wait for a quarter of an hour."""
POOL_SIZE = 40
"""Connections that one process holds at most: one for each thread that answers requests. The one used last is given
first: it has its statements prepared and its pages at hand."""
MOST_TRIES = 6

Result = TypeVar("Result")

_SQLITE_FOR_MANY = ("cache_size=-8192", "wal_autocheckpoint=8000")
"""KiB of pages that a connection keeps, and pages (of 4 KiB) in the log before a unit brings them to the file. Among a
million rows a unit of a thousand writes a thousand pages: with SQLite's own 1,000 they went to the file after every
unit, most of them again and again."""
LOG_BYTES = 64 * 2**20
"""As much may be in SQLite's log. It is begun anew only when nobody reads what it holds, which under constant reading
is never: past this, the next one who wrote waits for those who read now, and cuts it off."""
_PATIENCE_SECONDS = 0.5
"""Who reads for longer than this is not waited for; the log is looked at again when it has grown by as much again."""
_BEGIN = "passport_begin"
_USED_AT = "passport_used_at"
_MIGRATING = 0x7061_7373  # the advisory lock of whoever migrates
_STALE_PLAN = "cached plan must not change result type"
_IN_THE_WAY = frozenset({"40001", "40P01"})  # SQLSTATE: serialization failure, deadlock
_ONLY_LOOKING = "25006"  # SQLSTATE: no writing in a transaction that only reads
_UNTIL_LATER = frozenset({_ONLY_LOOKING, "25P03", "25P04"})  # SQLSTATE, the others: a unit that took too long was ended
_DISK = frozenset({"53100", "58030", "XX001", "XX002"})  # SQLSTATE: disk full, input or output error, torn rows, index
_NEVER_TRUE = frozenset({"23502", "23514"})  # SQLSTATE: null where there must be something, a check that fails
_NEVER_TRUE_OF_SQLITE = frozenset({sqlite3.SQLITE_CONSTRAINT_NOTNULL, sqlite3.SQLITE_CONSTRAINT_CHECK})
_DISK_OF_SQLITE = frozenset({sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CORRUPT})


class UtcDateTime(TypeDecorator[datetime]):
    """A moment in UTC: aware going in and coming out, also where SQLite keeps no zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - SQLAlchemy's signature
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment needs its zone before it is stored")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - SQLAlchemy's signature
        if value is None:
            return None
        return value if value.tzinfo else value.replace(tzinfo=UTC)


class DatabaseBusy(Exception):
    """Others have been writing for too long; nothing was done, the caller may try again."""


class Database:
    """An engine with the two ways into it: `unit()` to write, `reading()` to look."""

    def __init__(self, url: str, *, pool_size: int = POOL_SIZE) -> None:
        self.url = _with_driver(make_url(url))
        make_engine = _sqlite_engine if self.is_sqlite else _server_engine
        self.engine = make_engine(self.url, pool_size)
        self._writing = self.engine.execution_options(**{_BEGIN: "BEGIN IMMEDIATE"})
        self._looking = self.engine.execution_options(**{_BEGIN: "BEGIN"})
        self._alone = self.engine.execution_options(isolation_level="AUTOCOMMIT")
        if not self.is_sqlite:
            event.listen(self._looking, "rollback", _roll_back_and_keep_statements)
        # SQLite has one writer at a time; within a process they queue here, in order, instead of polling its lock
        self._writers: AbstractContextManager[object] = _Queue() if self.is_sqlite else nullcontext()
        self._log = _Log(str(self.url.database)) if self.is_sqlite else None

    @property
    def is_sqlite(self) -> bool:
        """True for the embedded database."""
        return self.url.get_backend_name() == "sqlite"

    @contextmanager
    def unit(self) -> Iterator[Session]:
        """Yield a session whose work is committed on leaving, or rolled back when an error passes.

        Units do not nest. Raises `DatabaseBusy` when no turn comes within `WRITER_WAIT_SECONDS`.
        """
        with self._writers, Session(self._writing, expire_on_commit=False) as session:
            yield session
            session.commit()
            if self._log is not None:
                self._log.cut_if_long()

    def repeated(self, work: Callable[[Session], Result]) -> Result:
        """Do `work` in a unit of its own, and again from the start where the database ended it for meeting another.

        For work that touches the database only: no key, no message, no file. Servers that run units SERIALIZABLE, as
        distributed ones do, say so often (SQLSTATE 40001); PostgreSQL also for a deadlock. Raises `OperationalError`
        when it has happened `MOST_TRIES` times, and what `unit` raises.
        """
        for tries in range(1, MOST_TRIES):
            try:
                return self._once(work)
            except OperationalError as error:
                if getattr(error.orig, "sqlstate", None) not in _IN_THE_WAY:
                    raise
                time.sleep(random.uniform(0, 0.01 * 2**tries))  # noqa: S311 - so that the two do not meet again
        return self._once(work)

    def _once(self, work: Callable[[Session], Result]) -> Result:
        with self.unit() as session:
            return work(session)

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """Yield a session for looking only; whatever it changed is rolled back. What was read stays readable."""
        with Session(self._looking, expire_on_commit=False) as session:
            yield session
            session.expunge_all()  # before the rollback, which would empty the objects
            session.rollback()

    def asked(self, question: Executable, values: Mapping[str, Any]) -> Sequence[Row[Any]]:
        """Return what the database answers to one question by itself: on a server, without a transaction around it."""
        if self.is_sqlite:
            with self.reading() as session:
                return session.connection().execute(question, values).all()
        with self._alone.connect() as connection:
            try:
                return connection.execute(question, values).all()
            except DBAPIError:  # what it keeps prepared may be of a table as it was: no rollback makes it forget
                connection.invalidate()
                raise

    def upgrade(self, package: str) -> None:
        """Bring the schema to the newest step of `<package>/migrations` (alembic); safe to run again."""
        # Several replicas start at once: one migrates, the others find it done. All steps are one transaction, begun
        # here: alembic would commit after each, and another replica would come in between.
        with self._writing.begin() as connection:
            if not self.is_sqlite:
                connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_MIGRATING})")
            command.upgrade(_alembic_config(package, connection), "head")

    def is_ready(self) -> bool:
        """Say whether the database answers now."""
        try:
            with self.reading() as session:
                session.connection().exec_driver_sql("SELECT 1")
        except (DBAPIError, PoolTimeout):
            return False
        return True

    def checkpoint(self) -> None:
        """Bring what SQLite has in its log to the file, so that no unit has to, while others read and write.

        For now and then; what somebody still reads in its old form stays in the log until the next time. A server does
        the like by itself.
        """
        if self.is_sqlite:
            with closing(self.engine.raw_connection()) as connection:
                connection.cursor().execute("PRAGMA wal_checkpoint(PASSIVE)")

    def dispose(self) -> None:
        """Close every pooled connection."""
        self.engine.dispose()


def is_unavailable(error: Exception) -> bool:
    """Say whether `error` means that the database does not serve us now, and that nothing is wrong with what was asked.

    The driver has a class for most of that (`OperationalError`), and counts among faults: a server that takes no
    writing, a unit that was ended for its silence, a statement that was prepared for a table as it was.
    """
    if isinstance(error, (OperationalError, PoolTimeout, DatabaseBusy)):
        return True
    if not isinstance(error, DBAPIError):
        return False
    told = getattr(error.orig, "sqlstate", None)
    return told in _UNTIL_LATER or _STALE_PLAN in str(error.orig) or storage_failed(error)


def storage_failed(error: DBAPIError) -> bool:
    """Say whether `error` means that the database could not write, or not read what it wrote: a full disk, or one that
    fails."""
    if isinstance(error.orig, sqlite3.Error):
        code = getattr(error.orig, "sqlite_errorcode", 0) & 0xFF  # the low byte is the kind, what is above says where
        return code in _DISK_OF_SQLITE
    return getattr(error.orig, "sqlstate", None) in _DISK


def is_conflict(error: IntegrityError) -> bool:
    """Say whether `error` comes of what others wrote (a value that is there already, a row that is there no more), and
    not of rows that could be written at no time."""
    if isinstance(error.orig, sqlite3.Error):
        return error.orig.sqlite_errorcode not in _NEVER_TRUE_OF_SQLITE
    return getattr(error.orig, "sqlstate", None) not in _NEVER_TRUE


class _Queue:
    """A lock that is waited for with a limit, and may be left on another thread than it was entered on."""

    def __init__(self) -> None:
        self._lock = threading.Lock()

    def __enter__(self) -> None:
        if not self._lock.acquire(timeout=WRITER_WAIT_SECONDS):
            raise DatabaseBusy

    def __exit__(self, *_: object) -> None:
        self._lock.release()


class _Log:
    """What was written to an SQLite file and is not in it yet; looked after by whoever has the writers' turn."""

    def __init__(self, database: str) -> None:
        self._database, self._file = database, Path(f"{database}-wal")
        self._limit = LOG_BYTES

    def cut_if_long(self) -> None:
        """Bring all of it into the file and begin anew, once it is longer than it may be. Never raises for a failure:
        what was written is safe where it is."""
        with suppress(OSError, sqlite3.Error):
            length = self._file.stat().st_size
            if length > self._limit:
                self._limit = length + LOG_BYTES
                if self._cut():
                    self._limit = LOG_BYTES

    def _cut(self) -> bool:
        with closing(sqlite3.connect(self._database, timeout=_PATIENCE_SECONDS)) as connection:
            [held_up, *_] = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        return not held_up


def run_migrations(context: Any, metadata: MetaData) -> None:
    """Run alembic's steps on the connection that `Database.upgrade` handed over; called by each `env.py`."""
    connection: Connection = context.config.attributes["connection"]
    context.configure(
        connection=connection,
        target_metadata=metadata,
        render_as_batch=True,
        transactional_ddl=False,
    )
    if connection.dialect.name == "postgresql":  # no table is altered there whose triggers wait for the commit
        connection.exec_driver_sql("SET CONSTRAINTS ALL IMMEDIATE")
    context.run_migrations()


def _alembic_config(package: str, connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(resources.files(package) / "migrations"))
    config.attributes["connection"] = connection
    return config


def _with_driver(url: URL) -> URL:
    """Addresses come as operators know them, `postgresql://…` or `postgres://…`; the driver is ours to name."""
    return url.set(drivername="postgresql+psycopg") if url.drivername in ("postgresql", "postgres") else url


def _server_engine(url: URL, pool_size: int) -> Engine:
    options = f"-c lock_timeout={WRITER_WAIT_SECONDS}s -c idle_in_transaction_session_timeout={STALLED_SECONDS}s"
    waits = {"connect_timeout": CONNECT_SECONDS, **_IF_IT_VANISHES}
    engine = create_engine(
        url,
        pool_size=pool_size,
        max_overflow=0,
        pool_use_lifo=True,
        pool_timeout=WRITER_WAIT_SECONDS,
        connect_args={"options": options, **{name: value for name, value in waits.items() if name not in url.query}},
    )
    event.listen(engine, "handle_error", _leave_if_another_writes)
    event.listen(engine, "checkin", _note_use)
    event.listen(engine, "checkout", partial(_check_if_quiet, engine.dialect))
    return engine


def _leave_if_another_writes(context: ExceptionContext) -> None:
    """Have no connection used again, ours and all that are as old, where its server only lets us look.

    After a fail-over that is the one that was replaced: whoever connects anew comes to the one that takes writing.
    """
    if getattr(context.original_exception, "sqlstate", None) == _ONLY_LOOKING:
        context.is_disconnect = True


def _note_use(_connection: Any, record: Any) -> None:
    record.info[_USED_AT] = time.monotonic()


def _check_if_quiet(dialect: Dialect, connection: Any, record: Any, _fairy: Any) -> None:
    """Ask a connection that lay idle whether it still lives; where it does not, none of that age is used again.

    One that was used a moment ago is not asked: under load that would be a question to the server for each unit. A
    server that ended it has said so, though, and what it said waits to be read.
    """
    quiet = time.monotonic() - record.info.get(_USED_AT, time.monotonic()) > QUIET_SECONDS
    try:
        alive = not (quiet or _has_word(connection)) or dialect.do_ping(connection)
    except dialect.loaded_dbapi.Error:
        alive = False
    if not alive:
        raise InvalidatePoolError


def _has_word(connection: Any) -> bool:
    with selectors.DefaultSelector() as waiting:
        waiting.register(connection, selectors.EVENT_READ)
        return bool(waiting.select(0))


def _roll_back_and_keep_statements(connection: Connection) -> None:
    """End a transaction that only looked without the driver's noticing, which would forget all prepared statements.

    It does so with every rollback, for there may have been tables made in between. Where looking failed it shall, so
    that no connection fails for ever after a table was changed; and it tells what ails a connection that is lost.
    """
    if connection.invalidated:  # lost by now, as somebody has been told: there is nothing to end
        return
    driver: psycopg.Connection = connection.connection.driver_connection  # type: ignore[assignment] # of PostgreSQL
    if driver.pgconn.transaction_status == TransactionStatus.INTRANS:
        with suppress(psycopg.Error):
            driver.pgconn.exec_(b"ROLLBACK")


def _sqlite_engine(url: URL, pool_size: int) -> Engine:
    if not url.database or url.database == ":memory:":
        raise ValueError("an SQLite database needs a file: sessions in several threads share it")
    Path(url.database).parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    engine = create_engine(
        url,
        pool_size=pool_size,
        max_overflow=0,
        pool_use_lifo=True,
        pool_timeout=WRITER_WAIT_SECONDS,
        connect_args={"timeout": WRITER_WAIT_SECONDS, "check_same_thread": False},
    )
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves, see _begin_sqlite
    _switch_to_wal(connection)
    for pragma in ("synchronous=FULL", "foreign_keys=ON", *_SQLITE_FOR_MANY):
        connection.execute(f"PRAGMA {pragma}")
    connection.create_function(SQLITE_FUNCTION, 1, folded_text, deterministic=True)


def _switch_to_wal(connection: Any) -> None:
    """The first of all connections changes the file; unlike any other lock, SQLite does not wait for this one."""
    deadline = time.monotonic() + WRITER_WAIT_SECONDS
    while connection.execute("PRAGMA journal_mode").fetchone() != ("wal",):
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)


def _begin_sqlite(connection: Connection) -> None:
    connection.exec_driver_sql(connection.get_execution_options().get(_BEGIN, "BEGIN IMMEDIATE"))
