"""`passport db upgrade`: bring the services' databases to this release's tables."""

from __future__ import annotations

import argparse
from pathlib import Path

from passport.services import SERVICES, settings_of
from passport.terminal import Exit, Terminal
from passport.words import N_, Gettext

SUMMARY = N_("bring the databases to this release")


def add_arguments(parser: argparse.ArgumentParser, _: Gettext) -> None:
    """`db upgrade [SERVICE] [--data …]`."""
    parser.add_argument("action", choices=("upgrade",), metavar="upgrade", help=_("safe to run again"))
    parser.add_argument(
        "service", nargs="?", choices=SERVICES, metavar="SERVICE", help=_("issuer, verifier or wallet; all unless said")
    )
    parser.add_argument("--data", type=Path, metavar="FOLDER", help=_("folder for what the services keep"))


def run(arguments: argparse.Namespace, terminal: Terminal) -> Exit:
    """Upgrade one database after the other."""
    from kit.database import Database  # an ORM, loaded only where there is a database

    for name in [arguments.service] if arguments.service else SERVICES:
        settings = settings_of(name, terminal, data=arguments.data)
        settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        database = Database(settings.database)
        try:
            database.upgrade(SERVICES[name].package)
        finally:
            database.dispose()
        terminal.say(terminal.gettext("{service}: the database is up to date.").format(service=name))
    return Exit.DONE
