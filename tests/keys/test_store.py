"""The key store: sealed, private, durable, shared by processes."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

from keys import KeyType, PrivateKey, UnknownSigner, signer_for
from keys.multibase import encode_base64url
from keys.store import (
    KeyStore,
    KeyStoreDamaged,
    KeyStoreError,
    NameTaken,
    Passphrase,
    ReadableByOthers,
    SecretFile,
    WrongSecret,
)

ROOT = Path(__file__).parents[2]


@pytest.fixture
def secret(tmp_path: Path) -> SecretFile:
    return SecretFile.make(tmp_path / "secret")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "keys.json"


@pytest.mark.parametrize("key_type", KeyType)
def test_a_key_made_once_signs_ever_after(path: Path, secret: SecretFile, key_type: KeyType) -> None:
    public = KeyStore(path, secret).create("college/issuing", key_type)
    again = KeyStore(path, secret)
    assert again.names() == ("college/issuing",)
    assert again.public_key("college/issuing") == public
    signer = again.signer("college/issuing")
    assert signer.public_key == public
    assert public.verify(signer.sign(b"message"), b"message")


def test_a_passphrase_opens_it(path: Path) -> None:
    KeyStore(path, Passphrase("correct horse battery")).create("a", KeyType.ED25519)
    assert KeyStore(path, Passphrase("correct horse battery")).signer("a")
    with pytest.raises(WrongSecret, match="not the right one"):
        KeyStore(path, Passphrase("correct horse batterx"))


def test_a_short_secret_is_none(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="at least"):
        Passphrase("short")
    short = tmp_path / "short"
    short.write_text("x" * 31 + "\n")
    short.chmod(0o600)
    with pytest.raises(KeyStoreError, match="at least"):
        KeyStore(tmp_path / "k", SecretFile(short)).create("a", KeyType.ED25519)


def test_a_wrong_secret_file_is_said_at_the_start(path: Path, secret: SecretFile, tmp_path: Path) -> None:
    KeyStore(path, secret).create("a", KeyType.ED25519)
    with pytest.raises(WrongSecret):
        KeyStore(path, SecretFile.make(tmp_path / "other"))
    with pytest.raises(KeyStoreError, match="cannot be read"):
        KeyStore(path, SecretFile(tmp_path / "missing"))


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644, 0o620, 0o601])
def test_W_KEY_1_files_that_others_may_use_are_refused(path: Path, secret: SecretFile, mode: int) -> None:
    KeyStore(path, secret).create("a", KeyType.ED25519)
    path.chmod(mode)
    with pytest.raises(ReadableByOthers):
        KeyStore(path, secret)
    path.chmod(0o600)
    secret.path.chmod(mode)
    with pytest.raises(ReadableByOthers):
        KeyStore(path, secret)


def test_W_KEY_1_the_file_is_its_owners_and_shows_no_private_key(path: Path, secret: SecretFile) -> None:
    store = KeyStore(path, secret)
    key = PrivateKey.generate(KeyType.ED25519)
    store.add("a", key)
    assert path.stat().st_mode & 0o777 == 0o600
    assert secret.path.stat().st_mode & 0o777 == 0o600
    shown = path.read_text() + repr(store) + repr(store.signer("a")) + repr(secret) + repr(Passphrase("p" * 20))
    for form in (key.raw.hex(), key.secret_multikey, encode_base64url(key.raw), "p" * 20):
        assert form not in shown


def test_a_name_is_given_once(path: Path, secret: SecretFile) -> None:
    store, other = KeyStore(path, secret), KeyStore(path, secret)
    store.create("a", KeyType.ED25519)
    with pytest.raises(NameTaken):
        other.create("a", KeyType.P256)


@pytest.mark.parametrize("name", ["", " ", "a b", "-a", "é", "a" * 129, "a\n", "../a\0"])
def test_names_are_plain(path: Path, secret: SecretFile, name: str) -> None:
    with pytest.raises(ValueError, match="not a name"):
        KeyStore(path, secret).create(name, KeyType.ED25519)


def test_a_signer_that_does_not_exist_is_unknown(path: Path, secret: SecretFile) -> None:
    stores = {"store": KeyStore(path, secret)}
    stores["store"].create("a", KeyType.ED25519)
    assert signer_for("store:a", stores=stores)
    for uri in ("store:b", "store:", "store", ":a", "pkcs11:a", "", "STORE:a", "store::a"):
        with pytest.raises(UnknownSigner):
            signer_for(uri, stores=stores)


def test_a_new_key_is_seen_by_those_who_opened_the_store_before(path: Path, secret: SecretFile) -> None:
    early = KeyStore(path, secret)
    public = KeyStore(path, secret).create("later", KeyType.ED25519)
    assert early.signer("later").public_key == public


def test_keys_of_one_name_cannot_be_put_under_another(path: Path, secret: SecretFile) -> None:
    store = KeyStore(path, secret)
    store.create("status", KeyType.ED25519)
    store.create("issuing", KeyType.ED25519)
    document = json.loads(path.read_text())
    keys = document["keys"]
    keys["status"], keys["issuing"] = keys["issuing"], keys["status"]
    path.write_text(json.dumps(document))
    with pytest.raises(KeyStoreDamaged):
        KeyStore(path, secret).signer("issuing")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"version": 2}',
        '{"version": 1, "version": 1}',
        '{"version": 1, "scrypt": 7}',
        '{"version": 1, "scrypt": {"salt": "AA", "n": 1099511627776, "r": 8, "p": 1}, "check": {}, "keys": {}}',
        '{"version": 1, "scrypt": {"salt": "AA", "n": 16384.0, "r": 8, "p": 1}, "check": {}, "keys": {}}',
        '{"version": 1, "scrypt": {"salt": "AA", "n": 16384, "r": 8, "p": 1}, "check": {}, "keys": []}',
    ],
)
def test_a_file_that_is_no_key_store_is_said_to_be_none(path: Path, secret: SecretFile, text: str) -> None:
    path.write_text(text)
    path.chmod(0o600)
    with pytest.raises(KeyStoreDamaged):
        KeyStore(path, secret)


def test_a_store_that_vanishes_is_not_started_anew(path: Path, secret: SecretFile) -> None:
    store = KeyStore(path, secret)
    store.create("a", KeyType.ED25519)
    path.unlink()
    with pytest.raises(KeyStoreDamaged):
        store.create("b", KeyType.ED25519)


def test_several_processes_lose_no_key(path: Path, secret: SecretFile) -> None:
    program = (
        "import sys; from keys import KeyType; from keys.store import KeyStore, SecretFile; from pathlib import Path\n"
        "store = KeyStore(sys.argv[1], SecretFile(Path(sys.argv[2])))\n"
        "for n in range(10): store.create(f'{sys.argv[3]}-{n}', KeyType.ED25519)"
    )
    command = [sys.executable, "-c", program, str(path), str(secret.path)]
    processes = [subprocess.Popen([*command, f"p{n}"], cwd=ROOT) for n in range(4)]
    assert [process.wait() for process in processes] == [0] * 4
    store = KeyStore(path, secret)
    assert len(store.names()) == 40
    assert all(store.signer(name) for name in store.names())
    assert {file.name for file in path.parent.iterdir()} == {"secret", "keys.json", "keys.json.lock"}


def test_an_open_signer_costs_no_more_than_the_bare_key(path: Path, secret: SecretFile) -> None:
    store = KeyStore(path, secret)
    store.create("a", KeyType.ED25519)
    store.signer("a")
    started = time.perf_counter()
    for _ in range(2_000):
        store.signer("a").sign(b"x" * 64)
    assert time.perf_counter() - started < 5  # opening the store each time would take minutes
