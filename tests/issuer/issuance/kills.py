"""The service killed again and again while other systems issue one credential after another, and the books checked.

`passport serve issuer --workers 2` is killed whole, as when the machine goes down, or one of its processes is. Clients
send register entries, each under an idempotency key of its own, and send them again until they are answered, as a
system does whose other side dies; now and then one asks again for what it has. A seed draws who is killed and when.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import httpx
from sqlmodel import col, select

from issuer.audit import service as audit
from issuer.issuance.models import CredentialState, IssuedCredential, SignedDocument
from issuer.staff.service import Scope
from kit.clock import SettableClock
from tests.issuer import college as ground
from tests.issuer.books import places_given_twice
from tests.issuer.college import College, settings
from tests.serving import free_port

PROCESSES = 2
CLIENTS = 12
BETWEEN_SECONDS = (1.5, 4.0)
"""From one kill to the next: long enough that it was serving again."""
AGAIN = 0.05
"""Of the answered calls so many are sent a second time."""
FINISH_SECONDS = 90


@dataclass(frozen=True)
class Books:
    """What is there at the end. All but the first line must be zero."""

    kills: int
    answered: int
    voided: int
    seconds: float
    lost: int
    """Keys that were answered with a credential that is not in force."""
    doubled: int
    """Keys with two answers, completions with two credentials, credentials without exactly one form."""
    places_given_twice: int
    left_open: int
    """Intents that nobody ended."""
    unexplained: int
    """Credentials in force that no key was answered with."""


def run(folder: Path, database_url: str, *, kills: int, seed: int) -> Books:
    """Kill `kills` times while clients issue; return the books."""
    with _own_address():
        return _run(folder, database_url, kills, seed)


@contextmanager
def _own_address() -> Iterator[None]:
    """Others may serve on this machine, at the college's usual one."""
    usual, ground.PUBLIC_URL = ground.PUBLIC_URL, f"http://localhost:{free_port()}"
    try:
        yield
    finally:
        ground.PUBLIC_URL = usual


def _run(folder: Path, database_url: str, kills: int, seed: int) -> Books:
    began = time.monotonic()
    college = College.open(folder, learners=0, clock=SettableClock(datetime.now(UTC)), database_url=database_url)
    draw = random.Random(seed)  # noqa: S311 - a drawing that can be repeated
    with _Service(folder, database_url, draw) as service, _clients(college, seed) as answers:
        for _ in range(kills):
            time.sleep(draw.uniform(*BETWEEN_SECONDS))
            service.one_kill()
    with _Service(folder, database_url, draw):  # whose upkeep ends what was left behind
        _await_end(college)
    books = _books(college, kills, answers, time.monotonic() - began)
    college.office.database.dispose()
    return books


class _Service:
    """The service in several processes, started anew when all of it was killed."""

    def __init__(self, folder: Path, database_url: str, draw: random.Random) -> None:
        self._draw = draw
        secret = folder / "secret"
        secret.write_bytes(settings(folder).secret)
        secret.chmod(0o600)
        self._environment = os.environ | {
            "PASSPORT_ISSUER_PUBLIC_URL": ground.PUBLIC_URL,
            "PASSPORT_ISSUER_DATA_DIR": str(folder),
            "PASSPORT_ISSUER_DATABASE_URL": database_url,
        }

    def __enter__(self) -> _Service:
        self._start()
        return self

    def __exit__(self, *_: object) -> None:
        self._process.send_signal(signal.SIGTERM)
        self._process.wait(60)

    def _start(self) -> None:
        port = ground.PUBLIC_URL.rpartition(":")[2]
        command = ["-m", "passport", "serve", "issuer", "--port", port, "--workers", str(PROCESSES)]
        self._process = subprocess.Popen(  # our own module
            [sys.executable, *command], env=self._environment, stderr=subprocess.DEVNULL, start_new_session=True
        )

    def one_kill(self) -> None:
        """Kill -9 all of it, or one of its processes, which it replaces by itself."""
        children = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children").read_text().split()
        if not children or self._draw.random() < 1 / 3:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._start()
        else:
            with suppress(ProcessLookupError):
                os.kill(int(self._draw.choice(children)), signal.SIGKILL)


@contextmanager
def _clients(college: College, seed: int) -> Iterator[dict[str, list[str]]]:
    """Clients at work; yields what each key was answered with. At the end all that were asked have their answer."""
    authorization = college.api(Scope.ISSUE).headers["authorization"]
    answers: dict[str, list[str]] = {}
    numbers, over = count(1), threading.Event()

    def work(client_seed: int) -> bool:
        draw = random.Random(client_seed)  # noqa: S311 - as above
        with httpx.Client(headers={"authorization": authorization}, timeout=30) as client:
            while not over.is_set():
                number = next(numbers)
                key = f"call-{number:08}"
                answers[key] = [_issued(client, college, key, number)]
                while draw.random() < AGAIN:
                    answers[key].append(_issued(client, college, key, number))
        return True

    with ThreadPoolExecutor(CLIENTS) as threads:
        clients = [threads.submit(work, seed * 1000 + number) for number in range(CLIENTS)]
        try:
            yield answers
        finally:
            over.set()
        assert all(client.result(FINISH_SECONDS) for client in clients)


def _issued(client: httpx.Client, college: College, key: str, number: int) -> str:
    """Ask until there is an answer; returns the credential. Raises `TimeoutError` where none comes."""
    entry = {
        "programme": college.programme.slug,
        "cohort": college.cohort.code,
        "participant": {"learnerNumber": f"L{number}", "givenName": "Éloïse", "familyName": f"Boréalis-{number}"},
        "completedOn": "2026-06-12",
        "result": "82 %",
    }
    deadline = time.monotonic() + FINISH_SECONDS
    while time.monotonic() < deadline:
        with suppress(httpx.HTTPError):
            address = f"{ground.PUBLIC_URL}/api/v1/credentials"
            answer = client.post(address, json=entry, headers={"idempotency-key": key})
            if answer.status_code == 201:
                credential: str = answer.json()["id"]
                return credential
            if answer.status_code != 503:
                raise RuntimeError(answer.text)
        time.sleep(0.1)
    raise TimeoutError(key)


def _await_end(college: College) -> None:
    deadline = time.monotonic() + FINISH_SECONDS
    while _left_open(college) and time.monotonic() < deadline:
        time.sleep(0.5)


def _left_open(college: College) -> int:
    with college.office.database.reading() as session:
        query = select(IssuedCredential.id).where(IssuedCredential.state == CredentialState.INTENT)
        return len(session.exec(query).all())


def _books(college: College, kills: int, answers: dict[str, list[str]], seconds: float) -> Books:
    with college.office.database.reading() as session:
        everything = session.exec(select(IssuedCredential)).all()
        forms = Counter(session.exec(select(SignedDocument.credential_id).order_by(col(SignedDocument.id))))
        audit.verify_chain(session)
    in_force = {one.id for one in everything if one.state is CredentialState.ISSUED}
    per_completion = Counter(one.completion_id for one in everything if one.id in in_force)
    told = {key: set(credentials) for key, credentials in answers.items()}
    return Books(
        kills=kills,
        answered=len(answers),
        voided=sum(one.state is CredentialState.VOID for one in everything),
        seconds=round(seconds, 1),
        lost=sum(not credentials <= in_force for credentials in told.values()),
        doubled=sum(len(credentials) > 1 for credentials in told.values())
        + sum(number > 1 for number in per_completion.values())
        + sum(forms[one] != 1 for one in in_force),
        places_given_twice=places_given_twice(everything),
        left_open=_left_open(college),
        unexplained=len(in_force - set().union(*told.values())),
    )
