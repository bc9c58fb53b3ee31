"""`passport demo`: the whole road on this machine, with the five programmes of the domain."""

from __future__ import annotations

import argparse
import signal
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from passport.terminal import Exit, Stop, Terminal
from passport.words import N_, Gettext

if TYPE_CHECKING:
    from passport.demo.road import Walked
    from passport.demo.town import Town

SUMMARY = N_("run the whole road on this machine, with invented people")

_STEPS = {
    "claim": N_("The learner opens the letter, types the code and receives the credential …"),
    "share": N_("The learner makes a share link …"),
    "verify": N_("An employer opens the link …"),
}


def add_arguments(parser: argparse.ArgumentParser, _: Gettext) -> None:
    """`demo [--data FOLDER] [--once]`."""
    parser.add_argument("--data", type=Path, default=Path(".demo"), metavar="FOLDER", help=_("where the demo is kept"))
    parser.add_argument("--once", action="store_true", help=_("end after the verdict instead of going on serving"))


def run(arguments: argparse.Namespace, terminal: Terminal) -> Exit:
    """Fill the issuer, start the three services, walk the road, print the verdict, and serve until Ctrl-C."""
    from passport.demo.road import walk  # an HTTP client, loaded only for the demo
    from passport.demo.town import DemoFailed, Town  # as above

    folder: Path = arguments.data.absolute()
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    _ = terminal.gettext
    place = Town(folder)
    try:
        terminal.say(_("Organizations, programs, registers and credentials are being made …"))
        facts = place.seed()
        terminal.say(_("The three services are starting …"))
        with place.open():
            walked = walk(
                place,
                facts["learner"],
                language=terminal.language,
                tell=lambda step: terminal.say(_(_STEPS[step])),
            )
            _report(terminal, walked, place, facts)
            if not arguments.once:
                _wait(terminal)
    except DemoFailed as failed:
        reason = _(failed.sentence).format(**failed.values)
        raise Stop(Exit.BAD_DATA, _("the demo stopped: {reason}").format(reason=reason)) from failed
    return Exit.DONE


def _report(terminal: Terminal, walked: Walked, place: Town, facts: Mapping[str, Any]) -> None:
    """Say the verdict, the addresses and who may sign in."""
    from passport.demo.road import PASSPHRASE  # as in `run`

    _ = terminal.gettext
    terminal.say()
    terminal.say(f"  {walked.verdict.headline.strip()}")
    for answer in walked.verdict.answers:
        terminal.say(f"    · {' '.join(answer.split())}")
    terminal.say()
    language, learner = terminal.language, facts["learner"]
    terminal.say_table(
        (_("institutions and authorities"), f"{place.address('issuer')}/{language}/office/"),
        (_("learners"), f"{place.address('wallet')}/{language}/"),
        (_("employers"), f"{place.address('verifier')}/{language}/"),
        (_("the shared credential"), walked.share_link),
        (_("letters"), str(place.mail)),
    )
    terminal.say()
    terminal.say(_("Wallet: {email}, passphrase: {passphrase}").format(email=learner["email"], passphrase=PASSPHRASE))
    for one in facts["staff"]:
        name = one["names"][language]
        sentence = _("{organisation}: {email}, password: {password}")
        terminal.say(sentence.format(organisation=name, email=one["email"], password=one["password"]))


def _wait(terminal: Terminal) -> None:
    """Serve until Ctrl-C or SIGTERM."""
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())
    terminal.say(terminal.gettext("Ctrl-C ends the demo; what was made stays in its folder."))
    ended.wait()
