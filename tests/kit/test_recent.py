"""What was worked out lately is kept, the longest unused goes first, and threads do not get in each other's way."""

import threading

from kit.recent import Recent


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
