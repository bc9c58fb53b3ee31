"""A line to PostgreSQL that breaks where a test says: at the n-th message, whichever way it goes (D-DBX).

    with cutting.line(server) as line:
        college = College.open(tmp_path, database_url=line.through(url))
        for broken in line.at_each_message():
            with broken:
                ...  # something that may fail
            ...  # what must be true all the same

Messages are told apart as the protocol does (PostgreSQL documentation, "Message Formats"): a letter, a length that
counts itself, and so many bytes; only a client's very first message has no letter.
"""

from __future__ import annotations

import socket
import struct
import tempfile
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from sqlalchemy import make_url

from tests.databases import Server

_SOCKET = ".s.PGSQL.5432"
_LENGTH = struct.Struct("!I")


class Line:
    """All connections of one client, told apart from those of the test itself by its address."""

    def __init__(self, folder: Path, server: Server) -> None:
        self._folder, self._server = folder, server.folder / _SOCKET
        self._lock = threading.Lock()
        self._pairs: list[tuple[socket.socket, socket.socket]] = []
        self._left = 0
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(folder / _SOCKET))
        self._listener.listen(100)
        threading.Thread(target=self._accept, daemon=True).start()

    def through(self, url: str) -> str:
        """Return the address by which this line leads to the database at `url`."""
        return make_url(url).update_query_dict({"host": str(self._folder)}).render_as_string(hide_password=False)

    def at_each_message(self, *, step: int = 1) -> Iterator[AbstractContextManager[None]]:
        """Yield blocks: in the n-th the line breaks at the n-th message, or at every `step`-th; the last one passes
        unbroken."""
        message, passed = 1, threading.Event()
        while not passed.is_set():
            yield self._broken(message, passed)
            message += step

    @contextmanager
    def _broken(self, message: int, passed: threading.Event) -> Iterator[None]:
        with self._lock:
            self._left = message
        yield
        with self._lock:
            if self._left:
                passed.set()
            self._left = 0

    def close(self) -> None:
        """Let nobody through any more."""
        self._listener.close()
        self._hang_up()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                server = socket.socket(socket.AF_UNIX)
                server.connect(str(self._server))
                self._pairs.append((client, server))
                for source, target, letters in ((client, server, 0), (server, client, 1)):
                    threading.Thread(target=self._carry, args=(source, target, letters), daemon=True).start()

    def _carry(self, source: socket.socket, target: socket.socket, letters: int) -> None:
        """Pass messages on, one by one. `letters`: how many the first begins with."""
        with suppress(OSError, EOFError), source.makefile("rb") as stream:
            while True:
                head = _exactly(stream, letters + _LENGTH.size)
                [length] = _LENGTH.unpack(head[letters:])
                message = head + _exactly(stream, length - _LENGTH.size)
                if self._gets_lost():
                    break
                target.sendall(message)
                letters = 1
        for end in (source, target):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def _gets_lost(self) -> bool:
        with self._lock:
            if self._left == 0:
                return False
            self._left -= 1
            if self._left:
                return False
        self._hang_up()
        return True

    def _hang_up(self) -> None:
        pairs, self._pairs = self._pairs, []
        for end in (end for pair in pairs for end in pair):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)


def _exactly(stream: BinaryIO, count: int) -> bytes:
    data = stream.read(count)
    if len(data) < count:
        raise EOFError
    return data


@contextmanager
def line(server: Server) -> Iterator[Line]:
    """A line to `server` while the block runs."""
    with tempfile.TemporaryDirectory(prefix="line-") as folder:  # short: the path of a socket is limited
        made = Line(Path(folder), server)
        try:
            yield made
        finally:
            made.close()
