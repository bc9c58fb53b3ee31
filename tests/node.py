"""Other people's libraries in Node: installed once from the lock file, asked over standard input and output."""

import fcntl
import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

import pytest

FOLDER = Path(__file__).resolve().parent / "peers"

Peer = Callable[..., dict[str, Any]]


class NotInstalled(Exception):
    """Node, npm or the libraries are not on this machine; the text says which."""


def installed_peer(script: str) -> Peer:
    """Return what asks a script: `ask("verify-credential", credential=..., documents=...)`.

    Without node and npm the tests are skipped, except in CI, where nothing may be left out.
    """
    try:
        return peer(script)
    except NotInstalled as reason:
        _left_out(str(reason))


@contextmanager
def installed_conversation(script: str) -> Iterator[Peer]:
    """The same for a script that runs on and answers line by line; see `conversation`."""
    try:
        make_ready()
    except NotInstalled as reason:
        _left_out(str(reason))
    with conversation(script) as ask:
        yield ask


def peer(script: str) -> Peer:
    """The same for callers other than tests. Raises `NotInstalled`."""
    make_ready()

    def ask(command: str, **request: Any) -> dict[str, Any]:
        run = subprocess.run(
            ["node", script, command],
            cwd=FOLDER,
            input=json.dumps(request),
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert run.returncode == 0, run.stderr
        answer: dict[str, Any] = json.loads(run.stdout)
        return answer

    return ask


@contextmanager
def conversation(script: str) -> Iterator[Peer]:
    """What asks a script that runs on and answers line by line: `ask(work="sign", milliseconds=60)`.

    Raises `NotInstalled`.
    """
    make_ready()
    with subprocess.Popen(
        ["node", script], cwd=FOLDER, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        told, heard = process.stdin, process.stdout
        assert told is not None
        assert heard is not None

        def ask(**request: Any) -> dict[str, Any]:
            told.write(json.dumps(request) + "\n")
            told.flush()
            answer: dict[str, Any] = json.loads(heard.readline())
            return answer

        try:
            yield ask
        finally:
            process.kill()


def _left_out(reason: str) -> NoReturn:
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


def make_ready() -> None:
    """Install the libraries, unless they are. Raises `NotInstalled`."""
    missing = [tool for tool in ("node", "npm") if shutil.which(tool) is None]
    if missing:
        raise NotInstalled(f"other people's libraries need node and npm; missing: {', '.join(missing)}")
    _install()


def _install() -> None:
    """`npm ci`, unless what is installed is what the lock file says. One process at a time: tests run in several."""
    with (FOLDER / "package-lock.json").open("rb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        _install_from(lock.read())


def _install_from(lock: bytes) -> None:
    stamp = FOLDER / "node_modules" / ".installed-from"
    if stamp.is_file() and stamp.read_bytes() == lock:
        return
    run = subprocess.run(
        ["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"],
        cwd=FOLDER,
        capture_output=True,
        text=True,
        timeout=300,
    )
    if run.returncode:
        raise NotInstalled(f"npm could not install the peers' libraries: {run.stderr.strip()[-300:]}")
    stamp.write_bytes(lock)
