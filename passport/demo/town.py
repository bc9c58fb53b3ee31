"""The demo's three services as three processes on this machine, started and stopped together."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from passport.services import SERVICES
from passport.words import N_

EMPLOYER = "Ateliers Boisjoli"
"""Whose verifier it is, and for whom the learner makes a link."""
START_SECONDS = 60
STOP_SECONDS = 15


class DemoFailed(Exception):
    """Something in the demo did not go as it should: `sentence`, to be translated, with its `values`."""

    def __init__(self, sentence: str, **values: object) -> None:
        super().__init__(sentence.format(**values))
        self.sentence = sentence
        self.values = values


@dataclass(frozen=True)
class Town:
    """Where the three services answer, and where they keep their data."""

    folder: Path

    def address(self, service: str) -> str:
        """The address of one of them."""
        return f"http://localhost:{SERVICES[service].port}"

    @property
    def authorities_file(self) -> Path:
        """The list of authorities that verifier and wallet trust."""
        return self.folder / "authorities.json"

    @property
    def mail(self) -> Path:
        """Where the issuer's letters go: there is no mail server in the demo."""
        return self.folder / "issuer" / "mail"

    def environment(self) -> dict[str, str]:
        """What the three processes are told. The local origins are a development switch; services say so loudly."""
        addresses = {name: self.address(name) for name in SERVICES}
        return {
            **os.environ,
            "PASSPORT_BANNER": "DÉMO · DEMO",
            "PASSPORT_LOCAL_ORIGINS": ",".join(f"https://localhost:{one.port}" for one in SERVICES.values()),
            "PASSPORT_AUTHORITIES_FILE": str(self.authorities_file),
            "PASSPORT_VERIFIER_NAME": EMPLOYER,
            "PASSPORT_VERIFIER_REMEMBER_SECONDS": "0",  # what is revoked in the office shows at the very next check
            "PASSPORT_ISSUER_STATUS_INTERVAL_SECONDS": "0",
            "PASSPORT_WALLET_CERTIFICATE_AUTHORITIES_FILE": str(self.folder / "verifier" / "requests.pem"),
            "PASSPORT_WALLET_VERIFIER_LINK": addresses["verifier"] + "/{lang}/check?link={link}",
            "PASSPORT_ISSUER_WALLET_LINK": addresses["wallet"] + "/{lang}/offer?{query}",
            "PASSPORT_ISSUER_VERIFIER_LINK": addresses["verifier"] + "/{lang}/",
            **{f"PASSPORT_{name.upper()}_PUBLIC_URL": address for name, address in addresses.items()},
            **{f"PASSPORT_{name.upper()}_DATA_DIR": str(self.folder / name) for name in SERVICES},
        }

    def seed(self) -> dict[str, Any]:
        """Fill the issuer (a process of its own, so that its memory is given back) and write the trust list."""
        command = [sys.executable, "-m", "passport.demo.seed"]
        done = subprocess.run(command, env=self.environment(), stdout=subprocess.PIPE, check=False)  # noqa: S603 - our own module
        if done.returncode != 0:
            raise DemoFailed(N_("the issuer could not be filled; the reason stands above"))
        facts: dict[str, Any] = json.loads(done.stdout)
        self.authorities_file.write_text(json.dumps(facts["authorities"], ensure_ascii=False, indent=2), "utf-8")
        return facts

    @contextmanager
    def open(self) -> Iterator[Mapping[str, subprocess.Popen[bytes]]]:
        """Run the three services while the block runs. Raises `DemoFailed` when one does not start.

        Each reads from us, so that it ends when we do, even by kill -9: the next demo finds its ports free.
        """
        processes: dict[str, subprocess.Popen[bytes]] = {}
        logs = []
        try:
            for name in SERVICES:
                self._wait_for_port(name)
                log = self._log(name).open("ab")
                logs.append(log)
                command = [sys.executable, "-m", "passport", "serve", name, "--until-input-ends"]
                processes[name] = subprocess.Popen(  # noqa: S603 - our own module
                    command, env=self.environment(), stdin=subprocess.PIPE, stderr=log
                )
            for name, process in processes.items():
                self._wait_for(name, process)
            yield processes
        finally:
            _stop(processes)
            for log in logs:
                log.close()

    def _wait_for_port(self, name: str) -> None:
        """Let the services of a demo that was just killed finish. Raises `DemoFailed` when the port stays taken."""
        port = SERVICES[name].port
        deadline = time.monotonic() + STOP_SECONDS
        while _is_taken(port):
            if time.monotonic() > deadline:
                raise DemoFailed(
                    N_("port {port} is taken: end the other demo or program that listens there, then try again"),
                    port=port,
                )
            time.sleep(0.2)

    def _wait_for(self, name: str, process: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if process.poll() is not None:
                raise DemoFailed(N_("the {service} ended; {log} says why"), service=name, log=self._log(name))
            with suppress(httpx.TransportError):
                if httpx.get(f"{self.address(name)}/readyz", timeout=2).status_code == 200:
                    return
            time.sleep(0.1)
        sentence = N_("the {service} did not answer within {seconds} s; {log} says why")
        raise DemoFailed(sentence, service=name, seconds=START_SECONDS, log=self._log(name))

    def _log(self, name: str) -> Path:
        return self.folder / f"{name}.log"


def _is_taken(port: int) -> bool:
    """Whether somebody listens there."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _stop(processes: Mapping[str, subprocess.Popen[bytes]]) -> None:
    for process in processes.values():
        process.terminate()
    for process in processes.values():
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
