"""What stands in the database instead of a password, and what it costs to guess one."""

from __future__ import annotations

import pytest
from argon2 import extract_parameters
from argon2.profiles import RFC_9106_LOW_MEMORY

from kit import passwords

PASSWORD = "a long enough passphrase"


@pytest.mark.usefixtures("real_cost")
def test_a_guess_costs_what_the_rfc_recommends() -> None:
    assert extract_parameters(passwords.hash_password(PASSWORD)) == RFC_9106_LOW_MEMORY


@pytest.mark.usefixtures("real_cost")
def test_W_AUT_1_an_unknown_account_costs_as_much() -> None:
    assert extract_parameters(passwords._NOBODY) == RFC_9106_LOW_MEMORY
    assert not passwords.check_password(None, "nobody has this password")


def test_the_right_password_and_no_other() -> None:
    kept = passwords.hash_password(PASSWORD)
    assert passwords.check_password(kept, PASSWORD)
    assert not passwords.check_password(kept, PASSWORD + " ")
    assert passwords.hash_password(PASSWORD) != kept, "salted"


def test_what_is_no_hash_lets_nobody_in() -> None:
    assert not passwords.check_password("", PASSWORD)
    assert not passwords.check_password("plain text", "plain text")


def test_W_AUT_1_an_endless_password_is_not_hashed() -> None:
    endless = "x" * (passwords.MAX_LENGTH + 1)
    assert not passwords.check_password(passwords.hash_password(endless), endless)
