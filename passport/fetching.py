"""What the command line may ask of others: public addresses through the guard, files given by hand, or nothing."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from keys.dids import DidError, document_url
from keys.fetching import Fetched, Fetcher, NoNetwork
from passport.terminal import Exit, Stop, Terminal
from passport.words import Gettext
from vc import strict_json
from vc.errors import ParsingError


@dataclass(frozen=True)
class GivenDocuments:
    """A `Fetcher` that answers from `documents`, by address, and asks `otherwise` for the rest."""

    documents: Mapping[str, bytes]
    otherwise: Fetcher

    def fetch(self, url: str, *, accept: tuple[str, ...], max_bytes: int) -> Fetched:
        """The given document, whatever `accept` asks for first; see `Fetcher`."""
        if url in self.documents:
            return Fetched(url, accept[0], self.documents[url])
        return self.otherwise.fetch(url, accept=accept, max_bytes=max_bytes)


def add_fetching_arguments(parser: argparse.ArgumentParser, _: Gettext) -> None:
    """`--offline`, `--document FILE`…, `--insecure-local ORIGIN`…"""
    group = parser.add_argument_group(_("looking things up"))
    group.add_argument("--offline", action="store_true", help=_("send no request; what is missing stays undecided"))
    group.add_argument(
        "--document",
        action="append",
        default=[],
        metavar="FILE",
        help=_("a DID document or status list to use instead of looking it up; may be given several times"),
    )
    group.add_argument(
        "--insecure-local",
        action="append",
        default=[],
        metavar="ORIGIN",
        help=_("development only: let this https address be a plain http service on this machine"),
    )


def fetcher_for(arguments: argparse.Namespace, terminal: Terminal) -> Fetcher:
    """The fetcher that the arguments describe. Raises `Stop` for a file that names no address."""
    otherwise = NoNetwork() if arguments.offline else _guarded(arguments.insecure_local, terminal)
    documents = dict(_given(name, terminal) for name in arguments.document)
    return GivenDocuments(documents, otherwise) if documents else otherwise


def _given(name: str, terminal: Terminal) -> tuple[str, bytes]:
    """The address under which others would find the document in the file `name`, and its bytes."""
    data = terminal.read(name)
    try:
        identifier = _identified(name, data).get("id")
        if isinstance(identifier, str) and identifier.startswith("did:"):
            identifier = document_url(identifier)
    except (ParsingError, DidError) as error:
        sentence = terminal.gettext("{file} is neither a DID document nor a status list: {reason}.")
        raise Stop(Exit.BAD_DATA, sentence.format(file=name, reason=error)) from error
    if not isinstance(identifier, str):
        sentence = terminal.gettext("{file} has no id, so it cannot be said what it answers for.")
        raise Stop(Exit.BAD_DATA, sentence.format(file=name))
    return identifier, data


def _identified(name: str, data: bytes) -> Mapping[str, Any]:
    """The document in a file; of a did:webvh log (`did.jsonl`) the one in its first line."""
    if not name.endswith(".jsonl"):
        return strict_json.parse_object(data)
    state = strict_json.parse_object(data.partition(b"\n")[0]).get("state")
    return state if isinstance(state, dict) else {}


def _guarded(local_origins: list[str], terminal: Terminal) -> Fetcher:
    """The guarded fetcher of the services; `local_origins` are the development exceptions."""
    from kit.fetching import GuardedFetcher  # an HTTP client, loaded only where something may be asked

    if local_origins:
        terminal.warn(terminal.gettext("Development: services on this machine are asked over plain http."))
    return GuardedFetcher(local_origins=frozenset(local_origins))
