"""The person's own key store: where it is, what opens it, and its refusals as sentences."""

from __future__ import annotations

import argparse
import getpass
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from keys import KeyType, PublicKey, Signer, UnknownSigner, signer_for
from keys.store import KeyStore, KeyStoreError, NameTaken, Passphrase, ReadableByOthers, SecretFile, WrongSecret
from passport.terminal import Exit, Stop, Terminal
from passport.words import Gettext

STORE_VARIABLE = "PASSPORT_KEY_STORE"
SECRET_FILE_VARIABLE = "PASSPORT_KEY_SECRET_FILE"  # noqa: S105 - the name of a variable, not a secret
DEFAULT_STORE = Path(".passport") / "keys.json"


def add_store_arguments(parser: argparse.ArgumentParser, _: Gettext) -> None:
    """`--store`, `--secret-file`, `--passphrase`."""
    group = parser.add_argument_group(_("key store"))
    group.add_argument(
        "--store",
        type=Path,
        metavar="FILE",
        help=_("the key store; otherwise ${variable}, else {path}").format(variable=STORE_VARIABLE, path=DEFAULT_STORE),
    )
    secret = group.add_mutually_exclusive_group()
    secret.add_argument(
        "--secret-file",
        type=Path,
        metavar="FILE",
        help=_(
            "file with the secret that opens the store; otherwise ${variable}, else one beside the store, "
            "made on first use"
        ).format(variable=SECRET_FILE_VARIABLE),
    )
    secret.add_argument("--passphrase", action="store_true", help=_("ask for a passphrase that opens the store"))


def open_store(arguments: argparse.Namespace, terminal: Terminal) -> KeyStore:
    """The key store that the arguments or the environment name. Raises `Stop`."""
    path = arguments.store or Path(terminal.environ.get(STORE_VARIABLE, DEFAULT_STORE))
    with _refusals(terminal):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if arguments.passphrase:
            return KeyStore(path, _ask_passphrase(terminal, new=not path.exists()))
        return KeyStore(path, _secret_file(path, arguments.secret_file, terminal))


def key_names(store: KeyStore, terminal: Terminal) -> list[str]:
    """The names of all keys, sorted. Raises `Stop`."""
    with _refusals(terminal):
        return list(store.names())


def create_key(store: KeyStore, name: str, key_type: KeyType, terminal: Terminal) -> PublicKey:
    """A new key in the store. Raises `Stop`."""
    with _refusals(terminal):
        return store.create(name, key_type)


def public_key_of(store: KeyStore, name: str, terminal: Terminal) -> PublicKey:
    """The public half of a key; `store:me` and `me` name the same. Raises `Stop`."""
    with _refusals(terminal):
        return store.public_key(name.removeprefix("store:"))


def signer_at(store: KeyStore, uri: str, terminal: Terminal) -> Signer:
    """The signer at `uri` (`store:me`; a bare name means this store). Raises `Stop`."""
    with _refusals(terminal):
        return signer_for(uri if ":" in uri else f"store:{uri}", stores={"store": store})


def _secret_file(store: Path, named: Path | None, terminal: Terminal) -> SecretFile:
    from_environment = terminal.environ.get(SECRET_FILE_VARIABLE)
    if named or from_environment:
        return SecretFile(named or Path(from_environment or ""))
    beside = store.with_name(f"{store.name}.secret")
    if beside.exists():
        return SecretFile(beside)
    if store.exists():
        sentence = terminal.gettext(
            "{file} is not there. Name what opens the store: --secret-file FILE or --passphrase."
        )
        raise Stop(Exit.SETTINGS, sentence.format(file=beside))
    terminal.warn(
        terminal.gettext("{file} was made: it opens the key store. Keep a copy of both, apart.").format(file=beside)
    )
    return SecretFile.make(beside)


def _ask_passphrase(terminal: Terminal, *, new: bool) -> Passphrase:
    _ = terminal.gettext
    try:
        text = getpass.getpass(_("Passphrase: "))
        if new and getpass.getpass(_("Once more: ")) != text:
            raise Stop(Exit.USAGE, _("the two passphrases differ."))
    except EOFError as error:
        raise Stop(Exit.NO_INPUT, _("no passphrase came. Without a terminal, use --secret-file FILE.")) from error
    return Passphrase(text)


@contextmanager
def _refusals(terminal: Terminal) -> Iterator[None]:
    """What the store refuses, as a sentence that says what to do."""
    _ = terminal.gettext
    try:
        yield
    except ReadableByOthers as error:
        sentence = _("{file} can be read by others. Run: chmod 600 {file}")
        raise Stop(Exit.SETTINGS, sentence.format(file=error.path)) from error
    except WrongSecret as error:
        sentence = _("this secret does not open {file}.")
        raise Stop(Exit.SETTINGS, sentence.format(file=error.path)) from error
    except NameTaken as error:
        raise Stop(Exit.CANNOT_CREATE, _("there is a key of this name already; choose another.")) from error
    except KeyStoreError as error:
        sentence = _("{file} cannot be used: {reason}.")
        raise Stop(Exit.SETTINGS, sentence.format(file=error.path, reason=error.reason)) from error
    except UnknownSigner as error:
        sentence = _("there is no key {name} in this store. passport keys list shows them.")
        raise Stop(Exit.SETTINGS, sentence.format(name=error.uri)) from error
    except ValueError as error:
        raise Stop(Exit.USAGE, _("this cannot be used: {reason}.").format(reason=error)) from error
    except OSError as error:
        sentence = _("{file} cannot be used: {reason}.")
        raise Stop(Exit.SETTINGS, sentence.format(file=error.filename, reason=terminal.why(error))) from error
