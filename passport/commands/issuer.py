"""`passport issuer`: processes of the issuer beside its web service."""

from __future__ import annotations

import argparse
import gc
import os
import signal
import threading
from pathlib import Path

from passport.services import office_of
from passport.terminal import Exit, Terminal
from passport.words import N_, Gettext

_ALLOCATIONS = 20_000
"""Objects made between two looks for garbage in circles: a chunk makes hardly any."""

SUMMARY = N_("run a worker that signs bulk jobs")


def add_arguments(parser: argparse.ArgumentParser, _: Gettext) -> None:
    """`issuer worker [--data …]`."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION", title=_("actions"))
    worker = actions.add_parser(
        "worker", help=_("sign the rows of bulk jobs, as one of any number of processes"), gettext=_
    )
    worker.add_argument("--data", type=Path, metavar="FOLDER", help=_("folder for what the services keep"))
    worker.add_argument(
        "--until-input-ends", action="store_true", help=_("end with the process that standard input comes from")
    )


def run(arguments: argparse.Namespace, terminal: Terminal) -> Exit:
    """Work until Ctrl-C or SIGTERM; the chunk that is being signed is finished first."""
    from issuer.jobs.worker import Worker  # the issuer, loaded only for its own commands
    from kit.telemetry import start_logging  # events go to standard error only where a service runs

    start_logging()
    office = office_of(terminal, data=arguments.data)
    told_to_stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: told_to_stop.set())
    if arguments.until_input_ends:
        threading.Thread(target=_end_with_input, args=(told_to_stop,), daemon=True).start()
    worker = Worker(office)
    worker.start()
    gc.freeze()  # what is loaded by now stays; the collector need not look through it again for every chunk
    gc.set_threshold(_ALLOCATIONS)
    terminal.warn(terminal.gettext("worker {id} (Ctrl-C ends it)").format(id=worker.id))
    told_to_stop.wait()
    worker.stop()
    office.database.dispose()
    return Exit.DONE


def _end_with_input(told_to_stop: threading.Event) -> None:
    while os.read(0, 1024):
        pass
    told_to_stop.set()
