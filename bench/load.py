"""Clients for the HTTP sections, in a process of their own: `python -m bench.load`, the job as JSON on standard input.

Each client keeps its connection and sends the next request of those that are left when its last is answered, so that
there are as many clients until the end. Requests are made beforehand; answers are read, not parsed. What comes out is
how long each answer took, and how much of a processor the clients themselves used.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass

import uvloop


@dataclass(frozen=True)
class Job:
    """What to send to 127.0.0.1, and how many clients share it."""

    port: int
    path: str
    headers: Mapping[str, str]
    bodies: Sequence[str]
    clients: int
    expected: int
    """The status that every answer must have."""


@dataclass(frozen=True)
class Load:
    """What came of a job."""

    waits: list[float]
    """Seconds until each answer was there."""
    seconds: float
    processor_seconds: float
    """What the clients used."""


def put_on(job: Job) -> Load:
    """Have a process of its own carry out `job`. Raises `CalledProcessError` where an answer was not as expected."""
    done = subprocess.run(
        [sys.executable, "-m", "bench.load"],
        input=json.dumps(asdict(job)).encode(),
        stdout=subprocess.PIPE,
        check=True,
    )
    return Load(**json.loads(done.stdout))


def _requests(job: Job) -> list[bytes]:
    headers = "".join(f"{name}: {value}\r\n" for name, value in job.headers.items())
    made = []
    for body in job.bodies:
        content = body.encode()
        head = (
            f"POST {job.path} HTTP/1.1\r\nhost: localhost:{job.port}\r\n{headers}content-length: {len(content)}\r\n\r\n"
        )
        made.append(head.encode() + content)
    return made


async def _client(job: Job, left: Iterator[bytes], waits: list[float]) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", job.port)
    for request in left:
        began = time.perf_counter()
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        body = await reader.readexactly(_content_length(head))
        waits.append(time.perf_counter() - began)
        if int(head[9:12]) != job.expected:
            raise RuntimeError(f"answered {head[:12]!r}: {body[:400]!r}")
    writer.close()


def _content_length(head: bytes) -> int:
    place = head.lower().index(b"content-length:") + len(b"content-length:")
    return int(head[place : head.index(b"\r", place)])


async def _carry_out(job: Job) -> Load:
    requests, waits = _requests(job), list[float]()
    wall, processor = time.perf_counter(), time.process_time()
    left = iter(requests)
    await asyncio.gather(*(_client(job, left, waits) for _ in range(job.clients)))
    return Load(waits, time.perf_counter() - wall, time.process_time() - processor)


if __name__ == "__main__":
    print(json.dumps(asdict(uvloop.run(_carry_out(Job(**json.load(sys.stdin)))))))
