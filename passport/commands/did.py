"""`passport did`: make an identifier's document from a key, and resolve anybody's identifier."""

from __future__ import annotations

import argparse
from datetime import datetime

from keys import timestamps
from keys.dids import DidError, DidNotResolved, InvalidDid, PublishedKey, did_key, did_web, resolve
from passport.fetching import add_fetching_arguments, fetcher_for
from passport.key_store import add_store_arguments, open_store, public_key_of
from passport.terminal import Exit, Stop, Terminal
from passport.words import N_, Gettext

SUMMARY = N_("make an identifier from a key, or resolve one")


def add_arguments(parser: argparse.ArgumentParser, _: Gettext) -> None:
    """`did key NAME`, `did web ADDRESS --key NAME`, `did resolve DID [--at TIME]`."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION", title=_("actions"))
    of_key = actions.add_parser("key", help=_("the did:key of a key; needs no server"), gettext=_)
    of_key.add_argument("name", metavar="NAME", help=_("name of the key"))
    of_key.add_argument("--document", action="store_true", help=_("show its document, not only the identifier"))
    of_site = actions.add_parser("web", help=_("the did:web document to publish on a site of yours"), gettext=_)
    of_site.add_argument("address", metavar="ADDRESS", help=_("the site's address, such as https://college.example"))
    of_site.add_argument(
        "--key", action="append", required=True, metavar="NAME", help=_("name of a key; may be given several times")
    )
    for action in (of_key, of_site):
        add_store_arguments(action, _)
    what = _("show the document of a did:key, did:jwk, did:web or did:webvh")
    resolving = actions.add_parser("resolve", help=what, gettext=_)
    resolving.add_argument("did", metavar="DID", help=_("the identifier"))
    resolving.add_argument(
        "--at", metavar="TIME", help=_("as it was at that time, such as 2026-06-12T00:00:00Z (did:webvh)")
    )
    add_fetching_arguments(resolving, _)


def run(arguments: argparse.Namespace, terminal: Terminal) -> Exit:
    """Carry out one action; documents go to standard output, hints to standard error."""
    if arguments.action == "resolve":
        return _resolve(arguments, terminal)
    if arguments.action == "key":
        did = did_key.did_for(public_key_of(open_store(arguments, terminal), arguments.name, terminal))
        if arguments.document:
            terminal.say_json(did_key.document(did))
        else:
            terminal.say(did)
        return Exit.DONE
    return _site(arguments, terminal)


def _site(arguments: argparse.Namespace, terminal: Terminal) -> Exit:
    store = open_store(arguments, terminal)
    published = [PublishedKey(public_key_of(store, name, terminal)) for name in arguments.key]
    try:
        did = did_web.did_for(arguments.address)
    except InvalidDid as error:
        sentence = terminal.gettext("{address} cannot become an identifier: {reason}.")
        raise Stop(Exit.USAGE, sentence.format(address=arguments.address, reason=error.reason)) from error
    terminal.say_json(did_web.document(did, methods=published))
    terminal.warn(terminal.gettext("Publish this at {address}").format(address=did_web.document_url(did)))
    return Exit.DONE


def _resolve(arguments: argparse.Namespace, terminal: Terminal) -> Exit:
    try:
        document = resolve(
            arguments.did,
            fetcher=fetcher_for(arguments, terminal),
            now=terminal.clock(),
            as_of=_moment(arguments.at, terminal) if arguments.at else None,
        )
    except DidNotResolved as error:
        sentence = terminal.gettext("{did} could not be looked up: {reason}.")
        raise Stop(Exit.UNDECIDED, sentence.format(did=arguments.did, reason=error.reason)) from error
    except DidError as error:
        sentence = terminal.gettext("{did} leads to no usable document: {reason}.")
        raise Stop(Exit.NOT_VALID, sentence.format(did=arguments.did, reason=error.reason)) from error
    terminal.say_json(document.document)
    return Exit.DONE


def _moment(text: str, terminal: Terminal) -> datetime:
    try:
        return timestamps.parse(text)
    except timestamps.InvalidTimestamp as error:
        sentence = terminal.gettext("{text} is no time with its zone, such as 2026-06-12T00:00:00Z.")
        raise Stop(Exit.USAGE, sentence.format(text=text)) from error
