"""`passport conformance`: serve the public test suites, over HTTPS, on this machine."""

from __future__ import annotations

import argparse
from pathlib import Path

from kit.conformance import RELAXED_BY_DEFAULT
from passport.terminal import Exit, Terminal
from passport.words import N_, Gettext

SUMMARY = N_("serve the public test suites over HTTPS, on this machine")


def add_arguments(parser: argparse.ArgumentParser, _: Gettext) -> None:
    """`conformance [--port …] [--data …] [--manifest …] [--without …]`."""
    parser.add_argument("--port", type=int, default=8443, help=_("port to listen on; 8443 unless said"))
    parser.add_argument(
        "--data",
        type=Path,
        metavar="FOLDER",
        default=Path("build/conformance"),
        help=_("folder for keys and databases"),
    )
    parser.add_argument(
        "--manifest",
        type=Path,
        metavar="FILE",
        default=Path("build/conformance.json"),
        help=_("file that will say which issuers and verifiers there are, and where"),
    )
    parser.add_argument(
        "--without",
        action="append",
        choices=sorted(RELAXED_BY_DEFAULT),
        default=[],
        metavar="RULE",
        help=_("keep a rule that this profile relaxes; docs/standards.md lists them"),
    )


def run(arguments: argparse.Namespace, terminal: Terminal) -> Exit:
    """Serve until Ctrl-C or SIGTERM."""
    from kit.telemetry import start_logging  # events go to standard error only where a service runs
    from passport.conformance.server import ConformanceServer  # issuer and verifier, loaded only to serve them

    start_logging()
    relaxed = RELAXED_BY_DEFAULT - frozenset(arguments.without)
    built = ConformanceServer.build(port=arguments.port, folder=arguments.data, relaxed=relaxed)
    sentence = terminal.gettext("{address}: for test suites only; what there is stands in {file} (Ctrl-C ends it)")
    terminal.warn(sentence.format(address=built.origin, file=arguments.manifest))
    built.server(manifest=arguments.manifest).run()
    return Exit.DONE
