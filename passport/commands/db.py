"""`passport db`: bring the services' databases to this release's tables, and move an embedded one to a server."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from passport.services import SERVICES, settings_of
from passport.terminal import Exit, Stop, Terminal
from passport.words import N_, Gettext

if TYPE_CHECKING:
    from sqlmodel import Session

SUMMARY = N_("bring the databases to this release, or move one to PostgreSQL")


def add_arguments(parser: argparse.ArgumentParser, _: Gettext) -> None:
    """`db upgrade [SERVICE] [--data …]`, `db copy SERVICE --to ADDRESS [--data …]`, `db restored`."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION", title=_("actions"))
    upgrading = actions.add_parser(
        "upgrade", help=_("bring the databases to this release; safe to run again"), gettext=_
    )
    upgrading.add_argument(
        "service", nargs="?", choices=SERVICES, metavar="SERVICE", help=_("issuer, verifier or wallet; all unless said")
    )
    copying = actions.add_parser(
        "copy", help=_("copy the embedded database of a stopped service to an empty one on a server"), gettext=_
    )
    copying.add_argument("service", choices=SERVICES, metavar="SERVICE", help=_("issuer, verifier or wallet"))
    copying.add_argument(
        "--to", required=True, metavar="ADDRESS", help=_("the new database, such as postgresql://user@host/name")
    )
    restored = actions.add_parser(
        "restored", help=_("after a restore: burn the places of status lists that may have been given since"), gettext=_
    )
    for action in (upgrading, copying, restored):
        action.add_argument("--data", type=Path, metavar="FOLDER", help=_("folder for what the services keep"))


def run(arguments: argparse.Namespace, terminal: Terminal) -> Exit:
    """Carry out one action."""
    if arguments.action == "copy":
        return _copy(arguments, terminal)
    if arguments.action == "restored":
        return _restored(arguments, terminal)
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


def _copy(arguments: argparse.Namespace, terminal: Terminal) -> Exit:
    from sqlalchemy.exc import ArgumentError, OperationalError  # as above

    from kit.copying import CopyDiffers, TargetNotEmpty, copy  # as above
    from kit.database import Database  # as above

    _ = terminal.gettext
    service = SERVICES[arguments.service]
    file = settings_of(arguments.service, terminal, data=arguments.data).embedded_database
    if not file.exists():
        raise Stop(Exit.NO_INPUT, _("there is no database {file}.").format(file=file))
    try:
        source, target = Database(f"sqlite:///{file}"), Database(arguments.to)
        for database in (source, target):
            database.upgrade(service.package)
        counts = copy(source, target, service.tables(), check=_check_of(arguments.service))
    except TargetNotEmpty as error:
        sentence = _("{address} holds data already (table {table}); nothing was copied.")
        raise Stop(
            Exit.CANNOT_CREATE, sentence.format(address=target.url.render_as_string(), table=error.table)
        ) from error
    except CopyDiffers as error:
        raise Stop(Exit.BAD_DATA, _("the copy differs, nothing was kept: {reason}").format(reason=error)) from error
    except (ArgumentError, OperationalError) as error:
        reason = str(getattr(error, "orig", error)).strip()
        raise Stop(Exit.SETTINGS, _("{reason}. Nothing was copied.").format(reason=reason.rstrip("."))) from error
    terminal.say_table(*((table, str(count)) for table, count in counts.items()))
    name = f"PASSPORT_{arguments.service.upper()}_DATABASE_URL"
    terminal.say(_("All rows are copied and counted. Set {name}, then start the service.").format(name=name))
    return Exit.DONE


def _restored(arguments: argparse.Namespace, terminal: Terminal) -> Exit:
    from issuer.status.service import begin_anew  # the issuer, loaded only for its own database
    from kit.clock import system_clock  # as above
    from kit.database import Database  # as above

    database = Database(settings_of("issuer", terminal, data=arguments.data).database)
    database.upgrade(SERVICES["issuer"].package)
    with database.unit() as session:
        closed = begin_anew(session, now=system_clock())
    database.dispose()
    terminal.say(
        terminal.gettext("{count} status lists are closed; new credentials get places in new ones.").format(
            count=closed
        )
    )
    return Exit.DONE


def _check_of(service: str) -> Callable[[Session], object]:
    if service != "issuer":
        return lambda _session: None

    from issuer.audit.service import ChainBroken, verify_chain  # the issuer, loaded only for its own database
    from kit.copying import CopyDiffers  # as in `_copy`

    def check(session: Session) -> None:
        try:
            verify_chain(session)
        except ChainBroken as error:
            raise CopyDiffers(f"the record of acts: {error}") from error

    return check
