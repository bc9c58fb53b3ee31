"""Our base58btc against the `base58` package."""

import base58
import pytest
from hypothesis import given
from hypothesis import strategies as st

from keys import base58btc

bytes_of_all_kinds = st.binary(max_size=140) | st.builds(
    lambda zeros, rest: bytes(zeros) + rest, st.integers(0, 12), st.binary(max_size=66)
)


@given(bytes_of_all_kinds)
def test_writes_what_the_package_writes_and_reads_it_back(data: bytes) -> None:
    text = base58btc.encode(data)
    assert text == base58.b58encode(data).decode()
    assert base58btc.decode(text) == data


@given(st.text(base58btc.ALPHABET, max_size=140))
def test_reads_what_the_package_reads(text: str) -> None:
    assert base58btc.decode(text) == base58.b58decode(text)


@pytest.mark.parametrize("text", ["0", "O", "I", "l", "1 ", "\n1", "é", "111!", "z6Mk_", "１"])
def test_other_characters_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="alphabet"):
        base58btc.decode(text)
