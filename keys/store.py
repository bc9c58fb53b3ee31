"""The key store: private keys in one file, each sealed with AES-256-GCM under a key that scrypt makes.

The file is JSON, for its owner only (mode 0600), and refused when others may read it. It holds names, types
and public keys in clear; a sealed key is bound to its name and public key, so entries cannot be swapped.
Several processes may use one store: writing takes a lock beside the file and replaces the file as a whole,
and a name that is not known yet is looked up in the file again.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import re
import secrets
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Final, TypeAlias

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from contexts.strict_json import JsonRefused, Limits, parse
from keys.errors import InvalidKey
from keys.model import KeyType, PrivateKey, PublicKey
from keys.multibase import InvalidEncoding, decode_base64url, encode_base64url
from keys.signers import Signer, UnknownSigner

SHORTEST_PASSPHRASE: Final = 12
"""Characters."""
SHORTEST_SECRET_FILE: Final = 32
"""Bytes, once white space at the end is taken off."""

_VERSION = 1
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/-]{0,127}")
_STORE_LIMITS = Limits(members=2_000_000)  # our own file; a store holds a key per organisation and use
_CHECK_WORDS = b"skills-passport key store"


class KeyStoreError(Exception):
    """The key store cannot be used. The message never quotes a secret."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.path = path
        self.reason = reason


class ReadableByOthers(KeyStoreError):
    """The file's mode lets its group or others in."""


class WrongSecret(KeyStoreError):
    """The passphrase or secret file does not open this store."""


class KeyStoreDamaged(KeyStoreError):
    """The file is not a key store, or was changed by something else."""


class NameTaken(KeyStoreError):
    """The store has a key of this name already."""


@dataclass(frozen=True)
class Passphrase:
    """A secret that people remember: stretched at a cost of about half a second and 128 MiB."""

    text: str = field(repr=False)
    cost: ClassVar[int] = 2**17

    def __post_init__(self) -> None:
        if len(self.text) < SHORTEST_PASSPHRASE:
            raise ValueError(f"a passphrase has at least {SHORTEST_PASSPHRASE} characters")

    def material(self) -> bytes:
        """The secret as bytes."""
        return self.text.encode()


@dataclass(frozen=True)
class SecretFile:
    """A secret that a machine made, in a file for its owner only; it is random, so stretched only a little."""

    path: Path
    cost: ClassVar[int] = 2**14

    def material(self) -> bytes:
        """The file's bytes, without white space at the end. Raises `KeyStoreError`."""
        try:
            secret = _read_private(Path(self.path)).rstrip()
        except OSError as error:
            raise KeyStoreError(Path(self.path), f"cannot be read: {error.strerror}") from error
        if len(secret) < SHORTEST_SECRET_FILE:
            raise KeyStoreError(Path(self.path), f"a secret file has at least {SHORTEST_SECRET_FILE} bytes")
        return secret

    @classmethod
    def make(cls, path: Path) -> SecretFile:
        """Write a new random secret to `path`, which must not exist yet."""
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(secrets.token_hex(32).encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())
        _sync_folder(path.parent)
        return cls(path)


Secret: TypeAlias = Passphrase | SecretFile


@dataclass(frozen=True)
class _Derivation:
    """How the sealing key comes from the secret (scrypt, RFC 7914)."""

    salt: bytes
    n: int
    r: int = 8
    p: int = 1

    def key(self, secret: Secret) -> bytes:
        memory = 132 * self.n * self.r + 2**20
        return hashlib.scrypt(secret.material(), salt=self.salt, n=self.n, r=self.r, p=self.p, maxmem=memory, dklen=32)


class KeyStore:
    """Private keys under names. A `SignerSource`.

    The file is made with the first key. A signer that was opened once stays in memory and signs at the speed
    of the bare key.
    """

    def __init__(self, path: Path | str, secret: Secret) -> None:
        """Open the store at `path`, or prepare to make it there.

        Raises `ReadableByOthers`, `WrongSecret` or `KeyStoreDamaged`, so that a service with a wrong secret
        does not start.
        """
        self.path = Path(path)
        self._secret = secret
        self._cipher: AESGCM | None = None
        self._derivation = _Derivation(secrets.token_bytes(16), secret.cost)
        self._entries: Mapping[str, _Entry] = {}
        self._signers: dict[str, PrivateKey] = {}
        self._read()

    def create(self, name: str, key_type: KeyType) -> PublicKey:
        """A new key called `name`; on return it is on the disk. Raises `NameTaken`, `ValueError`."""
        return self.add(name, PrivateKey.generate(key_type))

    def add(self, name: str, key: PrivateKey) -> PublicKey:
        """Keep a key that exists already, as `create` does."""
        if not _NAME.fullmatch(name):
            raise ValueError(f"not a name for a key: {name[:140]!a}")
        with self._locked():
            self._read()
            if name in self._entries:
                raise NameTaken(self.path, f"there is a key called {name!a} already")
            cipher = self._opened_cipher()
            entry = _Entry.sealed_with(cipher, name, key)
            entries = {**self._entries, name: entry}
            self._write(entries)
            self._entries = entries
        self._signers[name] = key
        return key.public_key

    def names(self) -> tuple[str, ...]:
        """The names of all keys, sorted."""
        self._read()
        return tuple(sorted(self._entries))

    def public_key(self, name: str) -> PublicKey:
        """The public half of the key called `name`, without opening it. Raises `UnknownSigner`."""
        return PublicKey.from_multikey(self._entry(name).public)

    def signer(self, name: str) -> Signer:
        """The key called `name`, ready to sign. Raises `UnknownSigner`, `KeyStoreDamaged`."""
        signer = self._signers.get(name)
        if signer is None:
            entry = self._entry(name)
            try:
                signer = entry.opened_with(self._opened_cipher(), name)
            except (InvalidTag, InvalidKey):
                raise KeyStoreDamaged(self.path, f"the key called {name!a} was changed") from None
            self._signers[name] = signer
        return signer

    def __repr__(self) -> str:
        return f"KeyStore({str(self.path)!r})"

    def _entry(self, name: str) -> _Entry:
        if name not in self._entries:
            self._read()
        try:
            return self._entries[name]
        except KeyError:
            raise UnknownSigner(name, "no key of this name in the key store") from None

    def _opened_cipher(self) -> AESGCM:
        if self._cipher is None:
            self._cipher = AESGCM(self._derivation.key(self._secret))
        return self._cipher

    def _read(self) -> None:
        """Take in the file as it is now. No file yet is an empty store."""
        try:
            data = _read_private(self.path)
        except FileNotFoundError:
            if self._entries:
                raise KeyStoreDamaged(self.path, "the file is gone") from None
            return
        try:
            derivation, check, entries = _parse(data)
        except (JsonRefused, InvalidEncoding, InvalidKey, KeyError, TypeError, AttributeError, ValueError):
            raise KeyStoreDamaged(self.path, "not a key store of a version that is read here") from None
        if self._cipher is None or derivation != self._derivation:
            cipher = AESGCM(derivation.key(self._secret))
            try:
                check.opened_with(cipher, _CHECK_WORDS)
            except InvalidTag:
                raise WrongSecret(self.path, "the passphrase or secret file is not the right one") from None
            self._cipher, self._derivation = cipher, derivation
        self._entries = entries

    def _write(self, entries: Mapping[str, _Entry]) -> None:
        check = _Sealed.made_with(self._opened_cipher(), b"", _CHECK_WORDS)
        document = {
            "version": _VERSION,
            "scrypt": {
                "salt": encode_base64url(self._derivation.salt),
                "n": self._derivation.n,
                "r": self._derivation.r,
                "p": self._derivation.p,
            },
            "check": check.as_json(),
            "keys": {name: entry.as_json() for name, entry in entries.items()},
        }
        _replace(self.path, json.dumps(document, indent=1).encode() + b"\n")

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Only one process at a time. The lock goes with the process, however that ends."""
        lock = self.path.with_name(self.path.name + ".lock")
        descriptor = os.open(lock, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)


@dataclass(frozen=True)
class _Sealed:
    """Bytes under AES-256-GCM with a random 96-bit nonce."""

    nonce: bytes
    ciphertext: bytes

    @classmethod
    def made_with(cls, cipher: AESGCM, clear: bytes, bound_to: bytes) -> _Sealed:
        nonce = secrets.token_bytes(12)
        return cls(nonce, cipher.encrypt(nonce, clear, bound_to))

    @classmethod
    def from_json(cls, members: Any) -> _Sealed:
        nonce, ciphertext = decode_base64url(members["nonce"]), decode_base64url(members["ciphertext"])
        if len(nonce) != 12 or len(ciphertext) < 16:
            raise ValueError("not AES-256-GCM")
        return cls(nonce, ciphertext)

    def opened_with(self, cipher: AESGCM, bound_to: bytes) -> bytes:
        return cipher.decrypt(self.nonce, self.ciphertext, bound_to)

    def as_json(self) -> dict[str, str]:
        return {"nonce": encode_base64url(self.nonce), "ciphertext": encode_base64url(self.ciphertext)}


@dataclass(frozen=True)
class _Entry:
    """One key: its public half, and its private half sealed and bound to name and public half."""

    public: str
    sealed: _Sealed

    @classmethod
    def sealed_with(cls, cipher: AESGCM, name: str, key: PrivateKey) -> _Entry:
        public = key.public_key.multikey
        return cls(public, _Sealed.made_with(cipher, key.raw, _binding(name, public)))

    @classmethod
    def from_json(cls, members: Any) -> _Entry:
        public = PublicKey.from_multikey(members["public"])
        return cls(public.multikey, _Sealed.from_json(members["sealed"]))

    def opened_with(self, cipher: AESGCM, name: str) -> PrivateKey:
        raw = self.sealed.opened_with(cipher, _binding(name, self.public))
        return PrivateKey.from_raw(PublicKey.from_multikey(self.public).type, raw)

    def as_json(self) -> dict[str, Any]:
        return {"public": self.public, "sealed": self.sealed.as_json()}


def _binding(name: str, public: str) -> bytes:
    return f"{name}\n{public}".encode()


def _parse(data: bytes) -> tuple[_Derivation, _Sealed, dict[str, _Entry]]:
    document = parse(data, limits=_STORE_LIMITS)
    if document["version"] != _VERSION:
        raise ValueError("unknown version")
    scrypt = document["scrypt"]
    derivation = _Derivation(decode_base64url(scrypt["salt"]), scrypt["n"], scrypt["r"], scrypt["p"])
    cost = (derivation.n, derivation.r, derivation.p)
    if not all(type(number) is int for number in cost) or cost not in _ALLOWED_COSTS:
        raise ValueError("unknown cost")
    entries = {name: _Entry.from_json(members) for name, members in document["keys"].items()}
    return derivation, _Sealed.from_json(document["check"]), entries


_ALLOWED_COSTS = frozenset((2**power, 8, 1) for power in range(14, 21))


def _read_private(path: Path) -> bytes:
    """The bytes of a file that only its owner may read. Raises `ReadableByOthers`, `OSError`."""
    with path.open("rb") as file:
        mode = os.fstat(file.fileno()).st_mode
        if mode & 0o077:
            raise ReadableByOthers(path, f"has mode {mode & 0o777:04o}; only its owner may have rights (0600)")
        return file.read()


def _replace(path: Path, data: bytes) -> None:
    """Put `data` at `path` at once and for good: after a crash the file is the old one or the new one."""
    descriptor, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        with suppress(FileNotFoundError):
            os.unlink(temporary)
        raise
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
