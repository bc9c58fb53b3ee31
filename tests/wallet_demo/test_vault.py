"""Sealed values open only with their key and in their place."""

from __future__ import annotations

import pytest
from argon2.low_level import Type, hash_secret_raw

from wallet_demo.vault import CannotOpen, Vault, new_salt


def test_there_and_back() -> None:
    vault = Vault.new()
    assert vault.open_json(vault.seal_json({"é": 1}, place="a/1"), place="a/1") == {"é": 1}


def test_the_passphrase_and_the_salt_make_the_key() -> None:
    salt = new_salt()
    sealed = Vault.of_passphrase("quatre mots", salt).seal(b"x", place="a/1")
    assert Vault.of_passphrase("quatre mots", salt).open(sealed, place="a/1") == b"x"
    for other in (Vault.of_passphrase("quatre mot", salt), Vault.of_passphrase("quatre mots", new_salt())):
        with pytest.raises(CannotOpen):
            other.open(sealed, place="a/1")


@pytest.mark.usefixtures("real_cost")
def test_a_guess_costs_64_mib_and_three_passes() -> None:
    key = hash_secret_raw(
        b"quatre mots", b"0" * 16, time_cost=3, memory_cost=65_536, parallelism=1, hash_len=32, type=Type.ID
    )
    assert Vault.of_passphrase("quatre mots", b"0" * 16).key == key


def test_a_token_opens_for_one_purpose() -> None:
    sealed = Vault.of_token("token", purpose="session").seal(b"x", place="a/1")
    with pytest.raises(CannotOpen):
        Vault.of_token("token", purpose="share").open(sealed, place="a/1")


def test_a_sealed_value_cannot_be_moved_changed_or_cut() -> None:
    vault = Vault.new()
    sealed = vault.seal(b"secret", place="row/1")
    with pytest.raises(CannotOpen):
        vault.open(sealed, place="row/2")
    for other in (sealed[:-1], sealed[:5], b"", bytes([sealed[0] ^ 1]) + sealed[1:], sealed + b"x"):
        with pytest.raises(CannotOpen):
            vault.open(other, place="row/1")


def test_equal_contents_are_sealed_differently() -> None:
    vault = Vault.new()
    assert vault.seal(b"x", place="a/1") != vault.seal(b"x", place="a/1")


def test_fingerprints_compare_within_one_vault_only() -> None:
    one, other = Vault.new(), Vault.new()
    assert one.fingerprint(b"x") == one.fingerprint(b"x") != other.fingerprint(b"x")


def test_the_key_never_shows() -> None:
    vault = Vault.new()
    assert vault.key.hex() not in repr(vault)
    assert repr(vault.key) not in repr(vault)
