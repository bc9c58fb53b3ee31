"""`python -m bench bulk`, or `python -m bench.bulk --rows 100000`: one register, end to end, as a bulk job.

The register is a CSV that is posted to a real service; worker processes (`passport issuer worker`) lint, sign, check
and commit; the clock runs from the first byte sent to the last row's outcome, on SQLite and on PostgreSQL, both waiting
for the disk at each commit. Meanwhile somebody signed in looks at the job's page four times a second. The rate of
signing alone, of one core with a warm shape, is measured before and after in the same run; `2x-sign` is twice its mean.

Beside the rates by the clock on the wall stand rates per second of processor time, workers and database server
together: what the machine would give if nobody else used it.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

import httpx
from sqlalchemy import make_url

from bench import credentials
from bench.issuing import each_database
from bench.measure import in_turns
from bench.sections import Figures, Pace
from issuer.jobs import service
from issuer.jobs.models import Job
from issuer.staff.service import Scope
from kit.clock import SettableClock
from tests.issuer import college as ground
from tests.issuer.college import College, settings
from tests.serving import free_port

ROWS = 10_000
WARM_UP = 500
WORKERS = (1, 2)
SIGNING = "sign.eddsa-rdfc-2022.compiled"
LOOK_SECONDS = 0.25
_HEADINGS = "Matricule;Prénom;Nom;Courriel;Date de réussite;Résultat"


@dataclass
class Done:
    """One register, issued. Rates per second; memory in MiB, the highest of each process; waits in milliseconds;
    `load`: of the machine over the last minute, at the end."""

    rows: int
    per_second: float
    per_processor_second: float
    sent_seconds: float
    worker_mib: float
    service_mib: float
    page_p50: float
    page_p95: float
    load: float


def measure(_pace: Pace) -> Figures:
    """A bulk of 10,000 rows on each database, with one and two workers."""
    return measured(ROWS, WORKERS)


def measured(rows: int, workers: Sequence[int], databases: Sequence[str] = ()) -> Figures:
    """The same for any number of rows; `databases`: only those."""
    figures = Figures()
    with each_database() as ways:
        for name in databases or ways:
            for count in workers:
                label = f"bulk.{name}.{count}-worker{'s' * (count > 1)}"
                before = signing_rate()
                with tempfile.TemporaryDirectory() as folder:
                    done = run(Path(folder), ways[name](Path(folder)), rows, count)
                sign = (before + signing_rate()) / 2
                figures.ops_per_s[label] = done.per_second
                figures.ops_per_s[f"{label}.processor"] = done.per_processor_second
                figures.ops_per_s[f"{label}.{SIGNING}"] = sign
                figures.ratios[f"{label}/{count}x-sign"] = done.per_second / (count * sign)
                figures.ratios[f"{label}.processor/sign"] = done.per_processor_second / sign
                figures.other |= {f"{label}.{what}": value for what, value in vars(done).items()}
    return figures


def signing_rate() -> float:
    """Warm signatures per second of one core, now."""
    subjects = [one for one in credentials.subjects() if one.name == SIGNING]
    return in_turns(subjects, rounds=10, seconds_each=0.1).median(SIGNING)


def run(folder: Path, database_url: str, rows: int, workers: int) -> Done:
    """Issue a register of `rows` rows with so many workers, after a small one that teaches them the shapes."""
    ground.PUBLIC_URL = f"http://localhost:{free_port()}"  # others may serve on this machine
    college = College.open(folder, learners=0, clock=SettableClock(datetime.now(UTC)), database_url=database_url)
    key = college.api(Scope.ISSUE).headers["authorization"]
    with _processes(folder, database_url, workers) as (serving, working):
        college.office.database.dispose()
        _wait_for(college, _sent(college, key, "warm-up", _register("warm-up", WARM_UP)))
        body = _register("measured", rows)
        used, began = _processor_seconds([*working, *_server_processes(database_url)]), datetime.now(UTC)
        job = _sent(college, key, "measured", body)
        sent = (datetime.now(UTC) - began).total_seconds()
        with _looking(college, job) as waits:
            ended = _wait_for(college, job)
        seconds = (ended - began).total_seconds()
        used = _processor_seconds([*working, *_server_processes(database_url)]) - used
        hundredths = statistics.quantiles(waits, n=100)
        done = Done(
            rows=rows,
            per_second=rows / seconds,
            per_processor_second=rows / used,
            sent_seconds=sent,
            worker_mib=max(_highest_mib(pid) for pid in working),
            service_mib=_highest_mib(serving),
            page_p50=hundredths[49] * 1000,
            page_p95=hundredths[94] * 1000,
            load=os.getloadavg()[0],
        )
    college.office.database.dispose()
    return done


def _register(name: str, rows: int) -> bytes:
    lines = (f"{name}-{n};Éloïse;Boréalis-{n};e{n}@courriel.example;2026-06-12;{50 + n % 50} %" for n in range(rows))
    return "\n".join([_HEADINGS, *lines]).encode()


def _sent(college: College, key: str, name: str, body: bytes) -> str:
    answer = httpx.post(
        f"{ground.PUBLIC_URL}/api/v1/jobs",
        content=body,
        params={"programme": college.programme.slug, "cohort": college.cohort.code},
        headers={"authorization": key, "content-type": "text/csv", "idempotency-key": f"bench-{name}"},
        timeout=120,
    )
    assert answer.status_code == 202, answer.text
    job: str = answer.json()["id"]
    return job


def _wait_for(college: College, job_id: str) -> datetime:
    """Wait until the job is over; returns when its last chunk ended. Raises where a row was not issued."""
    while True:
        time.sleep(1)  # when the last chunk ended stands in the database
        with college.office.database.reading() as session:
            [far] = service.progress(session, [session.get_one(Job, job_id)], now=datetime.now(UTC))
        if not far.is_open:
            assert far.issued == far.total, far
            assert far.last_ended is not None
            return far.last_ended


@contextmanager
def _looking(college: College, job_id: str) -> Iterator[list[float]]:
    """Somebody signed in who looks at the job's page, with little work of its own.

    Yields how long each look took, in seconds.
    """
    cookies = college.visit(college.organisation).client.cookies
    headers = {"cookie": "; ".join(f"{name}={value}" for name, value in cookies.items())}
    waits: list[float] = []
    over = threading.Event()

    def look() -> None:
        connection = HTTPConnection(
            urlsplit(ground.PUBLIC_URL).netloc, timeout=60
        )  # the processors are wanted elsewhere
        while not over.wait(LOOK_SECONDS):
            began = time.perf_counter()
            connection.request("GET", f"/fr/office/jobs/{job_id}", headers=headers)
            answer = connection.getresponse()
            page = answer.read()
            waits.append(time.perf_counter() - began)
            assert answer.status == 200, page.decode()
        connection.close()

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield waits
    finally:
        over.set()
        thread.join()


# --- processes ---


@contextmanager
def _processes(folder: Path, database_url: str, workers: int) -> Iterator[tuple[int, list[int]]]:
    """The service, which leaves jobs to the workers, and those; yields their process ids."""
    secret = folder / "secret"
    secret.write_bytes(settings(folder).secret)
    secret.chmod(0o600)
    environment = os.environ | {
        "PASSPORT_ISSUER_PUBLIC_URL": ground.PUBLIC_URL,
        "PASSPORT_ISSUER_DATA_DIR": str(folder),
        "PASSPORT_ISSUER_DATABASE_URL": database_url,
        "PASSPORT_ISSUER_WORKS_ON_JOBS": "no",
    }
    port = ground.PUBLIC_URL.rpartition(":")[2]
    commands = [["serve", "issuer", "--port", port], *[["issuer", "worker"]] * workers]
    started = [
        subprocess.Popen([sys.executable, "-m", "passport", *command], env=environment, stderr=subprocess.DEVNULL)  # noqa: S603 - our own module
        for command in commands
    ]
    try:
        _wait_until_ready(started[0])
        yield started[0].pid, [process.pid for process in started[1:]]
    finally:
        for process in started:
            process.send_signal(signal.SIGTERM)
        for process in started:
            process.wait(60)


def _wait_until_ready(process: subprocess.Popen[bytes]) -> None:
    while process.poll() is None:
        try:
            httpx.get(f"{ground.PUBLIC_URL}/readyz", timeout=5).raise_for_status()
        except httpx.HTTPError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError("the service did not start")


def _server_processes(database_url: str) -> list[int]:
    """The processes of the PostgreSQL behind an address, known by its socket's folder; none where it is SQLite."""
    folder = str(make_url(database_url).query.get("host", ""))
    if not folder:
        return []
    parents: dict[int, int] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with suppress(OSError):
                parents[int(entry.name)] = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
    heads = {pid for pid in parents if _runs_in(pid, folder)}
    return [pid for pid, parent in parents.items() if pid in heads or parent in heads]


def _runs_in(pid: int, folder: str) -> bool:
    with suppress(OSError):
        return f"{folder}/data".encode() in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    return False


def _processor_seconds(pids: Sequence[int]) -> float:
    """What the processes, and children of theirs that have ended, have used until now."""
    ticks = 0
    for pid in pids:
        if not Path(f"/proc/{pid}").exists():
            continue
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        ticks += sum(int(value) for value in fields[11:15])
    return ticks / os.sysconf("SC_CLK_TCK")


def _highest_mib(pid: int) -> float:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM"))


def main() -> None:
    """Measure, print, write."""
    arguments = argparse.ArgumentParser(prog="python -m bench.bulk", description=__doc__)
    arguments.add_argument("--rows", type=int, default=ROWS)
    arguments.add_argument("--workers", type=int, nargs="*", default=WORKERS)
    arguments.add_argument("--database", nargs="*", default=())
    arguments.add_argument("--out", type=Path, default=Path("build/bench-bulk.json"))
    asked = arguments.parse_args()
    figures = measured(asked.rows, asked.workers, asked.database)
    print(json.dumps(vars(figures), indent=2))
    asked.out.parent.mkdir(parents=True, exist_ok=True)
    asked.out.write_text(json.dumps(vars(figures), indent=2) + "\n")


if __name__ == "__main__":
    main()
