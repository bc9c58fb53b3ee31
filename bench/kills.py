"""`python -m bench.kills`: workers and the service killed many times during bulk jobs, on one database or both; with
`--calls` the service in two processes, while other systems issue one credential after another.

Prints the books of each run and fails where anything is lost, doubled or left open. The same seed draws the same
victims and moments; what they are doing just then differs from run to run.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from tests import databases
from tests.issuer.issuance import kills as calls
from tests.issuer.jobs import kills as jobs

DATABASES = ("sqlite", "postgresql")


def main() -> None:
    """Kill, count, print."""
    arguments = argparse.ArgumentParser(prog="python -m bench.kills", description=__doc__)
    arguments.add_argument("--kills", type=int, default=200)
    arguments.add_argument("--seed", type=int, default=1)
    arguments.add_argument("--database", choices=DATABASES, help="both unless said")
    arguments.add_argument("--calls", action="store_true", help="single calls, instead of bulk jobs")
    asked = arguments.parse_args()
    run: Callable[..., calls.Books | jobs.Books] = calls.run if asked.calls else jobs.run
    failed = False
    for name in [asked.database] if asked.database else DATABASES:
        with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
            url = f"sqlite:///{folder}/passport.sqlite3"
            if name == "postgresql":
                wheel = databases.find()
                if wheel is None:
                    sys.exit(databases.LEFT_OUT)
                url = stack.enter_context(databases.running(wheel, durable=True)).create()
            books = run(Path(folder), url, kills=asked.kills, seed=asked.seed)
        print(json.dumps({"database": name, "seed": asked.seed, **vars(books)}), flush=True)
        failed |= any((books.lost, books.doubled, books.places_given_twice, books.left_open, books.unexplained))
    sys.exit(failed)


if __name__ == "__main__":
    main()
