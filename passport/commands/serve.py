"""`passport serve`: run one of the three services in the foreground."""

from __future__ import annotations

import argparse
import os
import signal
import socket
import threading
from pathlib import Path

from passport.services import SERVICES, app_of, settings_of
from passport.terminal import Exit, Stop, Terminal
from passport.words import N_, Gettext

SUMMARY = N_("run one of the services")
MOST_WORKERS = 64


def add_arguments(parser: argparse.ArgumentParser, _: Gettext) -> None:
    """`serve issuer|verifier|wallet [--host …] [--port …] [--workers …] [--data …]`."""
    parser.add_argument("service", choices=SERVICES, metavar="SERVICE", help=_("issuer, verifier or wallet"))
    parser.add_argument("--host", default="127.0.0.1", help=_("address to listen on; this machine only unless said"))
    parser.add_argument("--port", type=int, help=_("port to listen on; 8101, 8102 and 8103 unless said"))
    parser.add_argument("--workers", type=_count, default=1, metavar="N", help=_("how many processes; 1 unless said"))
    parser.add_argument("--data", type=Path, metavar="FOLDER", help=_("folder for what the services keep"))
    parser.add_argument(
        "--until-input-ends", action="store_true", help=_("end with the process that standard input comes from")
    )


def run(arguments: argparse.Namespace, terminal: Terminal) -> Exit:
    """Serve until Ctrl-C or SIGTERM; requests under way are finished first."""
    from kit.telemetry import start_logging  # events go to standard error only where a service runs
    from passport.serving import serve, serve_in_several  # a web server, loaded only to serve

    start_logging()
    service = SERVICES[arguments.service]
    settings = settings_of(arguments.service, terminal, port=arguments.port, data=arguments.data)
    app = app_of(arguments.service, settings, terminal)
    port = arguments.port or service.port
    _check_that_it_is_free(arguments.host, port, terminal)
    sentence = terminal.gettext("{service}: {address}, listening on {host} port {port} (Ctrl-C ends it)")
    terminal.warn(
        sentence.format(service=arguments.service, address=settings.public_url, host=arguments.host, port=port)
    )
    if arguments.until_input_ends:
        threading.Thread(target=_end_with_input, daemon=True).start()
    if arguments.workers == 1:
        serve(app, host=arguments.host, port=port)
    else:  # what was built here has shown that the settings are good, and brought the database up to date
        app.state.database.dispose()
        serve_in_several(arguments.service, settings, host=arguments.host, port=port, processes=arguments.workers)
    return Exit.DONE


def _count(text: str) -> int:
    number = int(text)
    if not 1 <= number <= MOST_WORKERS:
        raise ValueError
    return number


def _check_that_it_is_free(host: str, port: int, terminal: Terminal) -> None:
    """Raises `Stop` where nothing can listen, before the web server says so in its own way."""
    try:
        family, kind, _protocol, _name, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        sentence = terminal.gettext("{host} port {port} cannot be used: {reason}.")
        raise Stop(Exit.SETTINGS, sentence.format(host=host, port=port, reason=terminal.why(error))) from error


def _end_with_input() -> None:
    """Stop this process in good order once nobody holds the other end of its standard input."""
    while os.read(0, 1024):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
