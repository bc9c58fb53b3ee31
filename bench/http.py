"""`python -m bench http`: single credentials over HTTP, issued and verified, with one and with two server processes.

*Issue* is `POST /api/v1/credentials` with an API key: intent, signature, check and record of acts, both commits waiting
for the disk; on PostgreSQL, and on SQLite for comparison. *Verify* is `POST /credentials/verify` at a verifier that
fetches the identifier document and both status lists from that issuer and remembers them for a minute. The servers are
`passport serve`, as an operator runs them; sixteen clients keep them busy, on PostgreSQL also thirty-two
(`bench.load`), in a process of their own whose share of a processor is stated.
"""

from __future__ import annotations

import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from bench.issuing import each_database
from bench.load import Job, put_on
from bench.sections import Figures, Pace
from issuer.staff import service as staff
from issuer.staff.service import Scope
from kit.clock import SettableClock
from tests.issuer.college import ACTOR, PUBLIC_URL, College, settings
from tests.serving import free_port

CLIENTS = 16
MORE_CLIENTS = 32
REQUESTS_EACH = 120
WARM_UP_EACH = 8
PROCESSES = {1: "1-process", 2: "2-processes"}
START_SECONDS = 60
_LABEL = {"postgresql": "", "sqlite": "sqlite."}
_JSON = {"content-type": "application/json"}


def measure(_pace: Pace) -> Figures:
    """Per second, by number of processes, and how long clients waited (milliseconds)."""
    figures = Figures()
    with each_database() as ways:
        for database, way in ways.items():
            for clients in (CLIENTS, MORE_CLIENTS) if database == "postgresql" else (CLIENTS,):
                _measure_load_of(clients, figures, way, _LABEL[database])
    return figures


def _measure_load_of(clients: int, figures: Figures, way: Callable[[Path], str], prefix: str) -> None:
    label = prefix if clients == CLIENTS else f"{prefix}{clients}-clients."
    for processes in PROCESSES:
        with tempfile.TemporaryDirectory() as name:
            _measure_with(figures, Path(name), way(Path(name)), label, processes, clients)
    _compare(figures, f"http.issue.{label}")
    if label != _LABEL["sqlite"]:
        _compare(figures, f"http.verify.{label}")


def _measure_with(figures: Figures, folder: Path, database_url: str, label: str, processes: int, clients: int) -> None:
    clock = SettableClock(datetime.now(UTC))
    learners = (REQUESTS_EACH + WARM_UP_EACH) * clients
    college = College.open(folder, learners=learners, clock=clock, database_url=database_url)
    with _issuer(folder, database_url, processes) as server:
        bodies = [json.dumps({"completionId": one}) for one in college.completions]
        headers = {**_JSON, "authorization": f"Bearer {_api_key(college)}"}
        name = f"http.issue.{label}{PROCESSES[processes]}"
        _put_load_on(figures, name, server, "/api/v1/credentials", headers, bodies, clients, expected=201)
        if label != _LABEL["sqlite"]:
            documents = [college.bodies(one.id)[0].decode() for one in college.credentials()]
            bodies = [f'{{"verifiableCredential":{one}}}' for one in documents]
            with _verifier(folder, processes) as verifying:
                name = f"http.verify.{label}{PROCESSES[processes]}"
                _put_load_on(figures, name, verifying, "/credentials/verify", _JSON, bodies, clients, expected=200)
    college.office.database.dispose()


def _put_load_on(
    figures: Figures,
    name: str,
    server: _Server,
    path: str,
    headers: Mapping[str, str],
    bodies: Sequence[str],
    clients: int,
    *,
    expected: int,
) -> None:
    """Send all `bodies` and note how it went; the first few, by which the server learns the shapes, do not count."""
    first = WARM_UP_EACH * clients
    put_on(Job(server.port, path, headers, bodies[:first], clients, expected))
    before = server.processor_seconds()
    load = put_on(Job(server.port, path, headers, bodies[first:], clients, expected))
    used = server.processor_seconds() - before
    hundredths = statistics.quantiles(load.waits, n=100)
    figures.ops_per_s[name] = len(load.waits) / load.seconds
    figures.other[f"{name}.p50_ms"] = hundredths[49] * 1000
    figures.other[f"{name}.p99_ms"] = hundredths[98] * 1000
    figures.other[f"{name}.server_processor_ms_each"] = used / len(load.waits) * 1000
    figures.other[f"{name}.clients_share_of_a_core"] = load.processor_seconds / load.seconds


def _compare(figures: Figures, name: str) -> None:
    one, two = (figures.ops_per_s[f"{name}{word}"] for word in PROCESSES.values())
    figures.ratios[f"{name}2/1"] = two / one


def _api_key(college: College) -> str:
    with college.office.database.unit() as session:
        _, secret = staff.create_api_key(
            session, college.organisation, name="bench", scopes=[Scope.ISSUE], actor=ACTOR, now=college.clock()
        )
    return secret


# --- servers ---


@dataclass(frozen=True)
class _Server:
    """A service that runs, in one process or several."""

    port: int
    pid: int

    def processor_seconds(self) -> float:
        """What its processes have used until now, as Linux counts it."""
        children = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()
        ticks = 0
        for pid in (str(self.pid), *children):
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            ticks += int(fields[11]) + int(fields[12])
        return ticks / os.sysconf("SC_CLK_TCK")


@contextmanager
def _issuer(folder: Path, database_url: str, processes: int) -> Iterator[_Server]:
    """The college's issuer, at the port that its addresses name."""
    secret = folder / "secret"
    secret.write_bytes(settings(folder).secret)
    secret.chmod(0o600)
    variables = {
        "PASSPORT_ISSUER_PUBLIC_URL": PUBLIC_URL,
        "PASSPORT_ISSUER_DATA_DIR": str(folder),
        "PASSPORT_ISSUER_DATABASE_URL": database_url,
        "PASSPORT_ISSUER_LOCAL_ORIGINS": _origin(),
    }
    with _served("issuer", urlsplit(PUBLIC_URL).port or 80, processes, variables) as server:
        yield server


@contextmanager
def _verifier(folder: Path, processes: int) -> Iterator[_Server]:
    """A verifier that may ask the college's issuer on this machine."""
    variables = {
        "PASSPORT_VERIFIER_DATA_DIR": str(folder / "verifier"),
        "PASSPORT_VERIFIER_LOCAL_ORIGINS": _origin(),
    }
    with _served("verifier", free_port(), processes, variables) as server:
        yield server


def _origin() -> str:
    return PUBLIC_URL.replace("http:", "https:")


@contextmanager
def _served(service: str, port: int, processes: int, variables: Mapping[str, str]) -> Iterator[_Server]:
    command = [sys.executable, "-m", "passport", "serve", service, "--port", str(port), "--workers", str(processes)]
    environment = {**os.environ, **variables}
    with subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL) as process:  # noqa: S603 - our own
        try:
            _wait_until_ready(process, port)
            yield _Server(port, process.pid)
        finally:
            process.send_signal(signal.SIGTERM)


def _wait_until_ready(process: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5).close()
        except urllib.error.URLError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError("the service did not start")
