"""`passport history`: was what an organisation published in the past left as it was? Anyone can check."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit

from keys.fetching import Fetcher, FetchError
from passport.fetching import add_fetching_arguments, fetcher_for
from passport.terminal import Exit, Stop, Terminal
from passport.words import N_, Gettext
from vc import strict_json
from vc.errors import ParsingError

if TYPE_CHECKING:
    from issuer.history.chain import Head, Version

SUMMARY = N_("check what an organisation published when")

_KNOWN = re.compile(r"([0-9]{1,9}):([0-9a-f]{64})")
_LIMITS = strict_json.Limits(members=100_000)
_LARGEST = 4 * 1024 * 1024
_MOST_PAGES = 200
_JSON = ("application/json",)
_ANYTHING = ("application/did+json", "application/vc", "text/jsonl", "application/json")


def add_arguments(parser: argparse.ArgumentParser, _: Gettext) -> None:
    """`history check ADDRESS|FILE [--since NUMBER:HASH] [--documents]`."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION", title=_("actions"))
    check = actions.add_parser("check", help=_("check that the chain of versions holds"), gettext=_)
    check.add_argument(
        "index",
        metavar="ADDRESS|FILE",
        help=_("the history's address, such as https://a.example/o/b/history, or a file"),
    )
    check.add_argument(
        "--since",
        type=_known,
        metavar="NUMBER:HASH",
        help=_("the end of the chain when you last looked; it must still be part of it"),
    )
    check.add_argument("--documents", action="store_true", help=_("fetch every version and compare its digest"))
    add_fetching_arguments(check, _)


def run(arguments: argparse.Namespace, terminal: Terminal) -> Exit:
    """Check, say how many versions there are, and print the end of the chain, to be kept for the next time."""
    from issuer.history import chain  # the issuer, loaded only for its own commands

    fetcher = fetcher_for(arguments, terminal)
    listed = list(_listed(arguments.index, fetcher, terminal))
    try:
        versions = chain.versions_in({"versions": listed})
        chain.check(versions, known=arguments.since)
    except chain.NotAnIndex as error:
        raise Stop(Exit.BAD_DATA, terminal.gettext("This is no history of an organisation.")) from error
    except chain.ChainBroken as broken:
        sentence = terminal.gettext("The past was rewritten: {reason}.")
        raise Stop(Exit.NOT_VALID, sentence.format(reason=broken)) from broken
    if arguments.documents:
        _compare(versions, listed, arguments.index, fetcher, terminal)
    terminal.say(terminal.gettext("{count} versions, each in its place.").format(count=len(versions)))
    if versions:
        terminal.say(f"{versions[-1].sequence}:{versions[-1].hash}")
    return Exit.DONE


def _known(text: str) -> Head:
    from issuer.history.chain import Head  # as above

    match = _KNOWN.fullmatch(text)
    if match is None:
        raise argparse.ArgumentTypeError(text)
    return Head(int(match[1]), match[2])


def _listed(index: str, fetcher: Fetcher, terminal: Terminal) -> Iterator[dict[str, Any]]:
    """The lines of the index, page after page on the same host."""
    if not index.startswith("https://"):
        yield from _lines(_parsed(terminal.read(index), terminal), terminal)
        return
    address: str | None = index
    for _ in range(_MOST_PAGES):
        page = _parsed(_fetched(str(address), fetcher, _JSON, terminal), terminal)
        yield from _lines(page, terminal)
        address = _here(page.get("next"), index)
        if address is None:
            return
    raise Stop(Exit.UNDECIDED, terminal.gettext("The history is longer than this command reads."))


def _lines(page: dict[str, Any], terminal: Terminal) -> list[dict[str, Any]]:
    found = page.get("versions")
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise Stop(Exit.BAD_DATA, terminal.gettext("This is no history of an organisation."))
    return found


def _here(address: Any, index: str) -> str | None:
    """An address that the index names, if it is on the same host: nobody sends us to anybody else's (V-SSRF-3)."""
    if not isinstance(address, str):
        return None
    absolute = urljoin(index, address)
    return absolute if urlsplit(absolute)[:2] == urlsplit(index)[:2] else None


def _compare(
    versions: list[Version], listed: list[dict[str, Any]], index: str, fetcher: Fetcher, terminal: Terminal
) -> None:
    from issuer.history import chain  # as above

    for version, line in zip(versions, listed, strict=True):
        address = _here(line.get("document"), index) if index.startswith("https://") else line.get("document")
        if not isinstance(address, str) or not address.startswith("https://"):
            sentence = terminal.gettext("Version {number} says nowhere on its own host where it is.")
            raise Stop(Exit.UNDECIDED, sentence.format(number=version.sequence))
        if chain.digest(_fetched(address, fetcher, _ANYTHING, terminal)) != version.digest:
            sentence = terminal.gettext("The past was rewritten: {reason}.")
            raise Stop(Exit.NOT_VALID, sentence.format(reason=f"version {version.sequence}: {address}"))


def _fetched(address: str, fetcher: Fetcher, accept: tuple[str, ...], terminal: Terminal) -> bytes:
    try:
        return fetcher.fetch(address, accept=accept, max_bytes=_LARGEST).body
    except FetchError as error:
        sentence = terminal.gettext("{did} could not be looked up: {reason}.")
        raise Stop(Exit.UNDECIDED, sentence.format(did=address, reason=error.reason)) from error


def _parsed(data: bytes, terminal: Terminal) -> dict[str, Any]:
    try:
        return strict_json.parse_object(data, limits=_LIMITS)
    except ParsingError as error:
        raise Stop(Exit.BAD_DATA, terminal.gettext("This is no history of an organisation.")) from error
