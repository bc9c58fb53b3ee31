"""What processes used of the processor: our own, and the database server's, which works while we wait.

Linux keeps it to the nanosecond in `/proc/<pid>/schedstat` (in `stat` only to the hundredth of a second).
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import make_url


@dataclass(frozen=True)
class Stopwatch:
    """Two clocks at once: the one on the wall, and the processor's for us and the server together, in seconds."""

    database_url: str

    def now(self) -> tuple[float, float]:
        """Where they stand. Differences count; processes of the server that ended in between are left out."""
        return time.perf_counter(), time.process_time() + sum(map(_used, server_processes(self.database_url)))


def server_processes(database_url: str) -> Iterable[int]:
    """The PostgreSQL behind an address, known by the folder of its socket, and its children; none for SQLite."""
    folder = str(make_url(database_url).query.get("host", ""))
    if not folder:
        return ()
    head = int((Path(folder) / "data" / "postmaster.pid").read_text().split()[0])
    return (head, *map(int, Path(f"/proc/{head}/task/{head}/children").read_text().split()))


def _used(pid: int) -> float:
    with suppress(FileNotFoundError, ProcessLookupError):  # it ended just now
        return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e9
    return 0.0
