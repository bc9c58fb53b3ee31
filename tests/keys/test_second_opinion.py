"""The second opinion on our own signatures: another library, the same answer."""

from __future__ import annotations

import pytest

from keys import KeyType, PrivateKey
from keys.second_opinion import SecondOpinion

MESSAGE = b"hash of the options and of the document"


def opinion(key: PrivateKey) -> SecondOpinion:
    return SecondOpinion(key.public_key.type, key.public_key.raw)


@pytest.mark.parametrize("kind", [KeyType.ED25519, KeyType.P256])
def test_what_was_signed_is_confirmed(kind: KeyType) -> None:
    key = PrivateKey.generate(kind)
    assert opinion(key).verify(key.sign(MESSAGE), MESSAGE)


def test_every_bit_counts() -> None:
    key = PrivateKey.generate(KeyType.ED25519)
    signature = key.sign(MESSAGE)
    for bit in range(8 * len(signature)):
        turned = (int.from_bytes(signature) ^ 1 << bit).to_bytes(len(signature))
        assert not opinion(key).verify(turned, MESSAGE)
    for bit in range(8 * len(MESSAGE)):
        assert not opinion(key).verify(signature, (int.from_bytes(MESSAGE) ^ 1 << bit).to_bytes(len(MESSAGE)))


@pytest.mark.parametrize("length", [0, 63, 65, 128])
def test_a_signature_has_its_length(length: int) -> None:
    key = PrivateKey.generate(KeyType.ED25519)
    assert not opinion(key).verify((key.sign(MESSAGE) * 2)[:length], MESSAGE)


def test_another_key_did_not_sign() -> None:
    key, other = PrivateKey.generate(KeyType.ED25519), PrivateKey.generate(KeyType.ED25519)
    assert not opinion(other).verify(key.sign(MESSAGE), MESSAGE)
