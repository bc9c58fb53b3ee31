"""`passport serve` and `passport db`: the services as an operator runs them, in processes of their own."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from passport.services import SERVICES
from passport.terminal import Exit
from tests.serving import free_port
from vc.control import Question

ROOT = Path(__file__).resolve().parent.parent.parent
START_SECONDS = 60


def environment() -> dict[str, str]:
    """This process's environment, without settings that happen to be in it."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PASSPORT_")}


@contextmanager
def running(*argv: str, **variables: str) -> Iterator[subprocess.Popen[str]]:
    """The command in a process of its own, ended at the latest when the block is left."""
    process = subprocess.Popen(
        [sys.executable, "-m", "passport", *argv],
        cwd=ROOT,
        env=environment() | variables,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def wait_until_ready(process: subprocess.Popen[str], port: int) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5) as answer:
                assert json.load(answer) == {"status": "ok"}
                return
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.1)
    process.kill()
    raise AssertionError(process.communicate()[1])


@pytest.mark.parametrize(("stop", "codes"), [(signal.SIGINT, {0}), (signal.SIGTERM, {0, -signal.SIGTERM})])
@pytest.mark.parametrize("service", SERVICES)
def test_a_service_starts_and_stops_when_told(
    service: str, stop: signal.Signals, codes: set[int], tmp_path: Path
) -> None:
    port = free_port()
    with running("serve", service, "--port", str(port), "--data", str(tmp_path), "--lang", "en") as process:
        wait_until_ready(process, port)
        process.send_signal(stop)
        _, err = process.communicate(timeout=30)
    assert process.returncode in codes, err
    assert "Traceback" not in err
    listening = f"listening on 127.0.0.1 port {port} (Ctrl-C ends it)"
    assert err.splitlines()[0] == f"{service}: http://localhost:{port}, {listening}"


def children_of(process: subprocess.Popen[str]) -> list[int]:
    """The processes that serve, without multiprocessing's own helper."""
    listed = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    return [int(pid) for pid in listed if b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes()]


def is_gone(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


def wait_for(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.mark.skipif(sys.platform != "linux", reason="looks at processes as Linux shows them")
def test_D_KIL_of_several_processes_one_that_is_killed_is_replaced_and_all_end_with_the_first(tmp_path: Path) -> None:
    port = free_port()
    options = ("--workers", "2", "--port", str(port), "--data", str(tmp_path))
    with running("serve", "issuer", *options) as process:
        wait_until_ready(process, port)
        wait_for(lambda: len(children_of(process)) == 2)
        first, second = children_of(process)
        os.kill(first, signal.SIGKILL)
        wait_until_ready(process, port)
        wait_for(lambda: len(children_of(process)) == 2 and first not in children_of(process))
        third = next(pid for pid in children_of(process) if pid != second)
        process.kill()
        process.communicate()
        wait_for(lambda: is_gone(second) and is_gone(third))


@pytest.mark.skipif(sys.platform != "linux", reason="looks at processes as Linux shows them")
def test_each_of_several_processes_listens_for_itself_and_the_first_keeps_the_address(tmp_path: Path) -> None:
    port = free_port()
    options = ("--workers", "2", "--port", str(port), "--data", str(tmp_path))
    with running("serve", "verifier", *options) as process:
        wait_for(lambda: len(listening(port)) == 2)
        serving = children_of(process)
        first, second = (sockets_of(pid) & listening(port) for pid in serving)
        assert len(first) == len(second) == 1
        assert first != second
        wait_for(lambda: not sockets_of(process.pid) & listening(port))  # nobody listens who does not answer
        process.send_signal(signal.SIGSTOP)  # or it would replace those that end
        for pid in serving:
            os.kill(pid, signal.SIGKILL)
        wait_for(lambda: not listening(port))
        with socket.socket() as other, pytest.raises(OSError, match="in use"):
            other.bind(("127.0.0.1", port))
        process.send_signal(signal.SIGCONT)


def listening(port: int) -> set[str]:
    """The sockets that wait for connections at a port."""
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return {f"socket:[{row[9]}]" for row in rows if row[1].endswith(f":{port:04X}") and row[3] == "0A"}


def sockets_of(pid: int) -> set[str]:
    """What a process holds open, by name."""
    names = set()
    for one in Path(f"/proc/{pid}/fd").iterdir():
        with suppress(FileNotFoundError):  # closed meanwhile
            names.add(os.readlink(one))
    return names


def test_the_number_of_processes_is_checked(tmp_path: Path) -> None:
    for wrong in ("0", "65", "many"):
        with running("serve", "issuer", "--workers", wrong, "--data", str(tmp_path)) as process:
            _, err = process.communicate(timeout=30)
        assert process.returncode == Exit.USAGE, err


def test_a_service_of_the_demo_ends_with_whoever_started_it(tmp_path: Path) -> None:
    port = free_port()
    with running("serve", "verifier", "--port", str(port), "--data", str(tmp_path), "--until-input-ends") as process:
        wait_until_ready(process, port)
        process.communicate(timeout=30)
    assert process.returncode in {0, -signal.SIGTERM}


def test_a_taken_port_is_said_in_a_sentence(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        code, out, err = ended(
            *("serve", "verifier", "--port", str(port), "--data", str(tmp_path), "--lang", "fr"),
        )
    assert (code, out) == (78, "")
    assert err == f"passport: 127.0.0.1, port {port}, ne peut pas servir\u00a0: un autre programme y écoute.\n"


@pytest.mark.parametrize(
    ("name", "value"),
    [("PASSPORT_TIMEZONE", "Nowhere"), ("PASSPORT_DATABASE_URL", "nonsense"), ("PASSPORT_TIMEZONE", "../etc/passwd")],
)
def test_a_malformed_setting_is_said_in_a_sentence(tmp_path: Path, name: str, value: str) -> None:
    code, out, err = ended("serve", "verifier", "--data", str(tmp_path), "--lang", "en", **{name: value})
    assert (code, out) == (78, "")
    assert err.startswith("passport: the verifier cannot start with these settings: ")
    assert err.count("\n") == 1


def test_a_database_is_upgraded_twice_without_harm(tmp_path: Path) -> None:
    for _ in range(2):
        with running("db", "upgrade", "--data", str(tmp_path), "--lang", "en") as process:
            out, err = process.communicate(timeout=120)
        assert process.returncode == 0, err
        assert out.splitlines() == [f"{service}: the database is up to date." for service in SERVICES]
    assert {folder.name for folder in tmp_path.iterdir()} == set(SERVICES)


def test_an_unsafe_setting_stops_the_start_with_a_sentence(tmp_path: Path) -> None:
    with running(
        *("serve", "issuer", "--data", str(tmp_path), "--lang", "fr"),
        PASSPORT_ISSUER_PUBLIC_URL="http://credentials.college.example",
    ) as process:
        out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (78, "")
    assert err.startswith("passport: le service issuer ne peut pas démarrer")
    assert err.count("\n") == 1


ADD = (
    *("organisation", "add", "northern-college", "--kind", "institution", "--territory", "CA-ON"),
    *("--name-fr", "Collège du Nord", "--name-en", "Northern College"),
    *("--admin-email", "a.roy@college.example", "--admin-name", "Alex Roy", "--lang", "en"),
)


def ended(*argv: str, **variables: str) -> tuple[int, str, str]:
    """Exit code and what the command printed, once it has ended by itself."""
    with running(*argv, **variables) as process:
        out, err = process.communicate(timeout=120)
    return process.returncode, out, err


def test_the_operator_adds_an_organisation_once(tmp_path: Path) -> None:
    code, out, err = ended(*ADD, "--data", str(tmp_path))
    assert code == 0
    assert "on this machine only" in err
    assert "did:web:localhost%3A8101:o:northern-college" in out
    assert "First password, shown this once: " in out
    code, out, err = ended(*ADD, "--data", str(tmp_path))
    assert (code, out) == (65, "")
    assert "There is an organization of this short name" in err
    assert ended("organisation", "list", "--data", str(tmp_path))[1].count("\n") == 1


def test_the_operator_lets_the_last_administrator_in_again(tmp_path: Path) -> None:
    ended(*ADD, "--data", str(tmp_path))
    new_password = ("organisation", "new-password", "northern-college", "--data", str(tmp_path), "--lang", "fr")
    code, out, err = ended(*new_password, "--email", "nobody@college.example")
    assert (code, out) == (65, "")
    assert "Personne de cette organisation n’a cette adresse courriel." in err
    code, out, err = ended(*new_password, "--email", "A.Roy@college.example")
    assert (code, err) == (0, "")
    assert out.startswith("Nouveau mot de passe, affiché cette seule fois")


def test_an_authority_is_answered_that_is_the_one_named(tmp_path: Path) -> None:
    ended(*ADD, "--data", str(tmp_path))
    did = "did:web:localhost%3A8101:o:northern-college"
    expires = datetime.now(UTC) + timedelta(minutes=30)
    asked = Question(did, "https://authority.example", "b3Blbi1zZXNhbWUtZm9yLXRlc3Rz", expires)
    question = tmp_path / "question.json"
    question.write_text(json.dumps(asked.as_json()))
    answer = ("organisation", "answer", "northern-college", "--question", str(question), "--data", str(tmp_path))
    code, out, err = ended(*answer, "--to", "https://another.example", LANG="C")
    assert (code, out) == (65, "")
    assert "https://authority.example" in err
    code, out, err = ended(*answer, "--to", "https://authority.example", LANG="C")
    assert (code, err) == (0, "")
    proof = json.loads(out)["proof"]
    assert (proof["domain"], proof["proofPurpose"]) == ("https://authority.example", "authentication")
    assert proof["verificationMethod"].startswith(f"{did}#control")


def test_a_new_key_signs_and_the_old_one_stays_published(tmp_path: Path) -> None:
    ended(*ADD, "--data", str(tmp_path))
    code, out, err = ended(
        *("organisation", "rotate-key", "northern-college", "--use", "credential"), "--data", str(tmp_path), LANG="C"
    )
    assert (code, err) == (0, "")
    assert out.startswith("New key: did:web:localhost%3A8101:o:northern-college#")
    assert ended("organisation", "rotate-key", "nobody", "--use", "status", "--data", str(tmp_path))[0] == 65
