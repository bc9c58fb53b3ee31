"""What a command may use of the world outside: streams, time, environment and the reader's language."""

from __future__ import annotations

import errno
import io
import json
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from typing import Any, BinaryIO, TextIO

from kit.clock import Clock, system_clock
from passport.words import N_, Gettext, gettext_in, language_of

MAX_INPUT = 10 * 1024 * 1024
"""Bytes read from a file or standard input; a credential is a few kilobytes."""


_WHY = {
    errno.ENOENT: N_("there is no such file"),
    errno.EEXIST: N_("there is such a file already"),
    errno.EACCES: N_("you may not"),
    errno.EISDIR: N_("it is a folder"),
    errno.ENOTDIR: N_("part of the path is not a folder"),
    errno.EADDRINUSE: N_("another program listens there"),
    errno.ENOSPC: N_("the disk is full"),
}


class Exit(IntEnum):
    """Exit codes. 0, 1 and 2 answer a question; the others are those of sysexits.h, so neither is mistaken."""

    DONE = 0
    NOT_VALID = 1
    UNDECIDED = 2
    USAGE = os.EX_USAGE
    BAD_DATA = os.EX_DATAERR
    NO_INPUT = os.EX_NOINPUT
    CANNOT_CREATE = os.EX_CANTCREAT
    SETTINGS = os.EX_CONFIG
    FAULT = os.EX_SOFTWARE
    INTERRUPTED = 130
    """Ctrl-C, as shells say it."""
    CUT_OFF = 141
    """Nobody reads on (SIGPIPE), as shells say it: what was not said is no yes."""


class Stop(Exception):
    """A command cannot go on: `sentence`, in the reader's language, says why and what to do."""

    def __init__(self, exit_code: Exit, sentence: str) -> None:
        super().__init__(sentence)
        self.exit_code = exit_code
        self.sentence = sentence


@dataclass(frozen=True)
class Terminal:
    """Everything a command reads and writes, so that a test can hand in its own."""

    stdin: BinaryIO
    out: TextIO
    err: TextIO
    environ: Mapping[str, str]
    clock: Clock
    language: str
    gettext: Gettext
    colour: bool

    @classmethod
    def real(cls, *, language: str | None) -> Terminal:
        """The terminal of this process, in `language` or, for None, the environment's."""
        language = language or language_of(os.environ)
        if isinstance(sys.stdout, io.TextIOWrapper):  # where an encoding has no ✓, it is spelt out
            sys.stdout.reconfigure(errors="backslashreplace")
        return cls(
            stdin=sys.stdin.buffer,
            out=sys.stdout,
            err=sys.stderr,
            environ=os.environ,
            clock=system_clock,
            language=language,
            gettext=gettext_in(language),
            colour=sys.stdout.isatty() and "NO_COLOR" not in os.environ,
        )

    def say(self, text: str = "") -> None:
        """One line on standard output."""
        print(text, file=self.out)

    def say_json(self, value: Any) -> None:
        """`value` as indented JSON, readable in any language."""
        self.say(json.dumps(value, ensure_ascii=False, indent=2, default=dict))  # read-only mappings are mappings

    def say_table(self, *rows: tuple[str, str]) -> None:
        """Two columns: what, and its value."""
        width = max(len(label) for label, _ in rows) + 2
        for label, value in rows:
            self.say(f"{label:{width}}{value}")

    def warn(self, text: str) -> None:
        """One line on standard error."""
        print(text, file=self.err)

    def read(self, name: str) -> bytes:
        """The bytes of the file called `name`, or of standard input for `-`. Raises `Stop`."""
        try:
            if name == "-":
                data = self.stdin.read(MAX_INPUT + 1)
            else:
                with Path(name).open("rb") as file:
                    data = file.read(MAX_INPUT + 1)
        except OSError as error:
            sentence = self.gettext("{file} cannot be read: {reason}.")
            raise Stop(Exit.NO_INPUT, sentence.format(file=name, reason=self.why(error))) from error
        if len(data) > MAX_INPUT:
            sentence = self.gettext("{file} is larger than {limit} MiB; a credential is a few kilobytes.")
            raise Stop(Exit.NO_INPUT, sentence.format(file=name, limit=MAX_INPUT // 1024**2))
        return data

    def why(self, error: OSError) -> str:
        """What the system refused to do, in the reader's language where we have words for it."""
        words = _WHY.get(error.errno or 0)
        return self.gettext(words) if words else str(error.strerror)

    def write(self, path: Path, text: str, *, overwrite: bool = False) -> None:
        """Write `text` to a new file. Raises `Stop` where it exists already, unless `overwrite`."""
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("w" if overwrite else "x", encoding="utf-8") as file:
                file.write(text)
        except OSError as error:
            sentence = self.gettext("{file} cannot be written: {reason}.")
            raise Stop(Exit.CANNOT_CREATE, sentence.format(file=path, reason=self.why(error))) from error
