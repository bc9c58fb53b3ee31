"""What was worked out lately is kept, the longest unused goes first, and threads do not get in each other's way."""

import threading
from collections.abc import Callable

import pytest

from kit.recent import Current, Recent


def test_the_longest_unused_is_forgotten_first() -> None:
    recent = Recent[int](most=2)
    recent.keep("a", 1)
    recent.keep("b", 2)
    assert recent.get("a") == 1
    recent.keep("c", 3)
    assert [recent.get(key) for key in "abc"] == [1, None, 3]
    recent.keep("a", 4)
    assert recent.get("a") == 4


def test_I_RAC_threads_keep_and_ask_at_the_same_time() -> None:
    recent = Recent[int](most=8)
    wrong: list[object] = []

    def work(start: int) -> None:
        for number in range(start, start + 2_000):
            recent.keep(number % 12, number % 12)
            found = recent.get((number + 5) % 12)
            if found not in (None, (number + 5) % 12):
                wrong.append(found)

    threads = [threading.Thread(target=work, args=(start,)) for start in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert sum(recent.get(key) is not None for key in range(12)) == 8


def finding(*values: str | None) -> tuple[list[str | None], Callable[[], str | None]]:
    """Something to look up, which finds these values one after the other; and what it has still to find."""
    left = list(values)
    return left, lambda: left.pop(0)


def test_what_has_a_token_is_looked_up_once_for_each_token() -> None:
    current = Current[str | None]()
    left, look_up = finding("first", "second", "third")
    assert [current.of("a", "1", look_up) for _ in range(3)] == ["first"] * 3
    assert [current.of("a", "2", look_up) for _ in range(3)] == ["second"] * 3
    assert current.of("a", "1", look_up) == "third", "what was kept for a token before is not kept beside"
    assert left == []


def test_one_token_is_another_for_another_key() -> None:
    current = Current[str | None]()
    _, look_up = finding("of a", "of b")
    for _ in range(2):
        assert [current.of(key, "1", look_up) for key in "ab"] == ["of a", "of b"]


def test_nothing_is_a_finding_too() -> None:
    current = Current[str | None]()
    _, look_up = finding(None)
    assert [current.of("a", "1", look_up) for _ in range(2)] == [None, None]


def test_without_a_token_it_is_looked_up_each_time_and_what_is_kept_stays() -> None:
    current = Current[str | None]()
    left, look_up = finding("now", "now too", "kept", "now again")
    assert [current.of("a", None, look_up) for _ in range(2)] == ["now", "now too"]
    assert current.of("a", "1", look_up) == "kept"
    assert current.of("a", None, look_up) == "now again"
    assert current.of("a", "1", look_up) == "kept"
    assert left == []


def test_a_look_up_that_fails_leaves_what_is_kept() -> None:
    current = Current[str | None]()
    left, look_up = finding("first")
    current.of("a", "1", look_up)
    with pytest.raises(IndexError):
        current.of("a", "2", look_up)
    assert current.of("a", "1", look_up) == "first"
    assert left == []


def test_I_RAC_threads_never_get_what_belongs_to_another_token_or_key() -> None:
    current = Current[tuple[int, int]](most=4)
    wrong: list[object] = []

    def work(start: int) -> None:
        for number in range(start, start + 2_000):
            key, token = number % 6, number // 7
            found = current.of(key, token, lambda key=key, token=token: (key, token))  # type: ignore[misc] # bound now
            if found != (key, token):
                wrong.append(found)

    threads = [threading.Thread(target=work, args=(start,)) for start in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
