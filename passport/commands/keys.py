"""`passport keys`: make, list and show the keys of an encrypted key store. A private key is never shown."""

from __future__ import annotations

import argparse

from keys import KeyType, PublicKey
from keys.dids import did_key
from passport.key_store import add_store_arguments, create_key, key_names, open_store, public_key_of
from passport.terminal import Exit, Terminal
from passport.words import N_, Gettext

SUMMARY = N_("make, list and show the keys of an encrypted key store")

TYPES = {"ed25519": KeyType.ED25519, "p256": KeyType.P256, "p384": KeyType.P384}


def add_arguments(parser: argparse.ArgumentParser, _: Gettext) -> None:
    """`keys create NAME`, `keys list`, `keys show NAME`."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION", title=_("actions"))
    create = actions.add_parser("create", help=_("make a key and keep it encrypted"), gettext=_)
    create.add_argument("name", metavar="NAME", help=_("name of the key"))
    create.add_argument("--type", choices=TYPES, default="ed25519", help=_("ed25519 unless said"))
    show = actions.add_parser("show", help=_("show the public half of a key"), gettext=_)
    show.add_argument("name", metavar="NAME", help=_("name of the key"))
    listing = actions.add_parser("list", help=_("list the names of the keys"), gettext=_)
    for action in (create, show, listing):
        action.add_argument("--json", action="store_true", help=_("answer in JSON"))
        add_store_arguments(action, _)


def run(arguments: argparse.Namespace, terminal: Terminal) -> Exit:
    """Carry out one action on the store."""
    store = open_store(arguments, terminal)
    if arguments.action == "list":
        names = key_names(store, terminal)
        if arguments.json:
            terminal.say_json(names)
        else:
            for name in names:
                terminal.say(name)
        return Exit.DONE
    if arguments.action == "create":
        public_key = create_key(store, arguments.name, TYPES[arguments.type], terminal)
    else:
        public_key = public_key_of(store, arguments.name, terminal)
    _show(arguments.name, public_key, terminal, as_json=arguments.json)
    return Exit.DONE


def _show(name: str, public_key: PublicKey, terminal: Terminal, *, as_json: bool) -> None:
    did = did_key.did_for(public_key)
    if as_json:
        terminal.say_json(
            {
                "name": name,
                "type": public_key.type.value,
                "publicKeyMultibase": public_key.multikey,
                "publicKeyJwk": public_key.jwk,
                "thumbprint": public_key.thumbprint,
                "did": did,
            }
        )
        return
    _ = terminal.gettext
    terminal.say_table(
        (_("name"), name),
        (_("type"), public_key.type.value),
        (_("public key"), public_key.multikey),
        (_("thumbprint"), public_key.thumbprint),
        ("did:key", did),
    )
