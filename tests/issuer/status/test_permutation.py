"""The order of indexes: each once, none telling the order of issue (I-DUR-2)."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from issuer.status import permutation
from issuer.status.permutation import index_at


@settings(max_examples=25, deadline=None)
@given(length=st.integers(min_value=1, max_value=3000), key=st.binary(min_size=32, max_size=32))
def test_I_DUR_2_every_index_is_given_exactly_once(length: int, key: bytes) -> None:
    given_out = [index_at(position, key=key, length=length) for position in range(length)]
    assert sorted(given_out) == list(range(length))


def test_I_DUR_2_order_of_indexes_does_not_tell_order_of_issue() -> None:
    key = bytes(range(32))
    given_out = [index_at(position, key=key, length=131_072) for position in range(2_000)]
    rising = sum(1 for one, other in pairwise(given_out) if other > one)
    assert 850 < rising < 1150
    assert max(given_out) > 130_000
    assert min(given_out) < 1_000


def test_another_key_gives_another_order() -> None:
    orders = {tuple(index_at(p, key=permutation.new_key(), length=131_072) for p in range(5)) for _ in range(20)}
    assert len(orders) == 20


@pytest.mark.parametrize("position", [-1, 10, 11])
def test_I_DUR_2_a_full_list_gives_nothing(position: int) -> None:
    with pytest.raises(ValueError, match="outside"):
        index_at(position, key=b"k" * 32, length=10)
