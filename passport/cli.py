"""`passport`: reads the arguments, in the reader's language, and hands them to one command."""

from __future__ import annotations

import argparse
import os
import re
import sys
import traceback
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, NoReturn, Protocol

from passport.commands import conformance, db, demo, did, history, issue, issuer, keys, organisation, serve, verify
from passport.terminal import Exit, Stop, Terminal
from passport.words import LANGUAGES, N_, Gettext


class Command(Protocol):
    """What every module in `passport.commands` has."""

    SUMMARY: str

    def add_arguments(self, parser: argparse.ArgumentParser, _: Gettext) -> None:
        """Declare the arguments, with help in the reader's language."""
        ...

    def run(self, arguments: argparse.Namespace, terminal: Terminal) -> Exit:
        """Do it. Raises `Stop` with a sentence when it cannot be done."""
        ...


COMMANDS: Mapping[str, Command] = MappingProxyType(
    {
        "demo": demo,
        "verify": verify,
        "issue": issue,
        "keys": keys,
        "did": did,
        "history": history,
        "organisation": organisation,
        "serve": serve,
        "issuer": issuer,
        "db": db,
        "conformance": conformance,
    }
)


def main(argv: Sequence[str] | None = None, *, terminal: Terminal | None = None) -> int:
    """Run one command and return its exit code (`passport.terminal.Exit`)."""
    terminal = terminal or Terminal.real(language=_language_asked_for(argv))
    _, parser = terminal.gettext, build_parser(terminal)
    if not (sys.argv[1:] if argv is None else argv):
        terminal.say(parser.format_help().rstrip())
        return int(Exit.USAGE)
    try:
        arguments = parser.parse_args(argv)
        code = COMMANDS[arguments.command].run(arguments, terminal)
        terminal.out.flush()
    except Stop as stop:
        terminal.warn(f"passport: {stop.sentence}")
        code = stop.exit_code
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), terminal.out.fileno())  # so that Python does not try again at its end
        code = Exit.CUT_OFF
    except KeyboardInterrupt:
        code = Exit.INTERRUPTED
    except Exception:  # noqa: BLE001 - a bug of ours is no verdict, as Python's own exit code 1 would be
        traceback.print_exc(file=terminal.err)
        sentence = _("this is a fault of the program, and no answer. Please report it with the lines above.")
        terminal.warn(f"passport: {sentence}")
        code = Exit.FAULT
    return int(code)


def build_parser(terminal: Terminal) -> argparse.ArgumentParser:
    """The whole command line, its help in the terminal's language."""
    _ = terminal.gettext
    parser = _Parser(
        prog="passport",
        description=_("Issue and verify credentials for accredited trainings, and run the services."),
        epilog=_(
            "Exit codes: 0 done or valid, 1 not valid, 2 could not be decided; 64 and above: the command could "
            "not be carried out. docs/en/command-line.md explains each command."
        ),
        gettext=_,
    )
    subparsers = parser.add_subparsers(
        dest="command", required=True, metavar="COMMAND", title=_("commands"), parser_class=_Parser
    )
    for name, command in COMMANDS.items():
        summary = _(command.SUMMARY)
        one = subparsers.add_parser(name, help=summary, description=summary, gettext=_)
        command.add_arguments(one, _)
    return parser


def _language_asked_for(argv: Sequence[str] | None) -> str | None:
    """The value of --lang, read before anything is said: also the help speaks that language."""
    early = argparse.ArgumentParser(add_help=False, allow_abbrev=False, exit_on_error=False)
    early.add_argument("--lang", nargs="?")
    language = early.parse_known_args(argv)[0].lang
    return language if language in LANGUAGES else None


class _Parser(argparse.ArgumentParser):
    """`ArgumentParser` in the reader's language, with a usage error that is not mistaken for "undecided"."""

    def __init__(self, *, gettext: Gettext, **options: Any) -> None:
        _ = self.gettext = gettext

        def formatter(prog: str) -> argparse.HelpFormatter:
            return _Formatter(prog, gettext=_)

        super().__init__(formatter_class=formatter, allow_abbrev=False, add_help=False, **options)
        self.add_argument("-h", "--help", action="help", help=_("show this help and exit"))
        self.add_argument(
            "--lang",
            choices=LANGUAGES,
            default=argparse.SUPPRESS,
            help=_("language of the answer; otherwise that of the environment (LANG)"),
        )

    def error(self, message: str) -> NoReturn:
        """Say what is wrong with the arguments. Raises `Stop`."""
        _ = self.gettext
        sentence = next(
            (_(ours).format(*found.groups()) for theirs, ours in _USAGE_ERRORS if (found := theirs.match(message))),
            message,
        )
        raise Stop(Exit.USAGE, _("{problem}. Try: {prog} --help").format(problem=sentence, prog=self.prog))


class _Formatter(argparse.RawDescriptionHelpFormatter):
    def __init__(self, prog: str, *, gettext: Gettext) -> None:
        super().__init__(prog, max_help_position=32)
        self.gettext = gettext

    def add_usage(self, usage: Any, actions: Any, groups: Any, prefix: str | None = None) -> None:
        super().add_usage(usage, actions, groups, self.gettext("usage: ") if prefix is None else prefix)

    def start_section(self, heading: str | None) -> None:
        known = {"options": N_("options"), "positional arguments": N_("arguments")}
        super().start_section(self.gettext(known.get(heading or "", heading or "")))


# The sentences argparse forms, and ours for them: argparse itself can only be asked in English.
_USAGE_ERRORS = tuple(
    (re.compile(theirs), ours)
    for theirs, ours in (
        (r"the following arguments are required: (.+)", N_("missing: {0}")),
        (r"unrecognized arguments: (.+)", N_("not understood: {0}")),
        (r"argument (.+): invalid choice: (.+) \(choose from (.+)\)", N_("{0}: {1} is not one of {2}")),
        (r"argument (.+): expected one argument", N_("{0} needs a value")),
        (r"argument (.+): invalid .+ value: (.+)", N_("{0}: {1} cannot be used here")),
        (r"argument (.+): not allowed with argument (.+)", N_("{0} and {1} exclude each other")),
        (r"one of the arguments (.+) is required", N_("one of these is needed: {0}")),
    )
)
