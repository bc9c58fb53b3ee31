"""Those who come at the same time go together; each gets an answer of its own, and nobody is left waiting."""

import asyncio
import threading
import time
from collections.abc import Sequence
from concurrent.futures import Future

import pytest

from kit.gathering import Gathering, Postponed


class Desk:
    """Work that can be held up, and remembers who came together."""

    def __init__(self) -> None:
        self.gathering = Gathering[int, str](most=4)
        self.together: list[list[int]] = []
        self.open = threading.Event()
        self.begun = threading.Event()

    def work(self, items: Sequence[int]) -> list[str | BaseException]:
        self.together.append(list(items))
        self.begun.set()
        assert self.open.wait(10)
        return [ValueError(str(one)) if one < 0 else f"done {one}" for one in items]

    def come(self, item: int, party: str = "") -> str:
        return self.gathering.join(party, item, self.work).result(10)


def at_once(desk: Desk, items: Sequence[int]) -> dict[int, str]:
    """The first comes alone; the others come while it is under way."""
    answers: dict[int, str] = {}

    def come(item: int) -> None:
        try:
            answers[item] = desk.come(item)
        except ValueError as error:
            answers[item] = f"refused {error}"

    threads = [threading.Thread(target=come, args=(item,)) for item in items]
    threads[0].start()
    assert desk.begun.wait(10)
    for thread in threads[1:]:
        thread.start()
    while len(desk.gathering._waiting[""]) < len(items):
        time.sleep(0.001)
    desk.open.set()
    for thread in threads:
        thread.join(10)
    return answers


def test_alone_one_goes_at_once() -> None:
    desk = Desk()
    desk.open.set()
    assert [desk.come(1), desk.come(2)] == ["done 1", "done 2"]
    assert desk.together == [[1], [2]]


def test_those_who_come_meanwhile_go_together_and_each_gets_its_own_answer() -> None:
    desk = Desk()
    assert at_once(desk, [1, 2, -3, 4, 5, 6]) == {
        1: "done 1",
        2: "done 2",
        -3: "refused -3",
        4: "done 4",
        5: "done 5",
        6: "done 6",
    }
    assert [len(one) for one in desk.together] == [1, 4, 1]


def test_an_error_of_the_work_itself_is_everybodys_and_the_next_go_on() -> None:
    gathering = Gathering[int, str]()

    def fail(_items: Sequence[int]) -> list[str | BaseException]:
        raise RuntimeError

    for _ in range(2):
        with pytest.raises(RuntimeError):
            gathering.join("", 1, fail).result(10)
    assert gathering.join("", 1, lambda items: ["done"] * len(items)).result(10) == "done"


def test_work_that_answers_too_few_leaves_nobody_waiting() -> None:
    gathering = Gathering[int, str]()
    with pytest.raises(ValueError, match="shorter"):
        gathering.join("", 1, lambda _items: []).result(10)
    assert gathering.join("", 2, lambda items: ["done"] * len(items)).result(10) == "done"


def test_I_DBL_1_who_comes_again_with_the_answer_in_hand_is_served_once() -> None:
    """Between the answers and the next look at the queue nobody waits, and yet the party is being served."""
    gathering = Gathering[int, str]()
    served: list[int] = []
    leave, back = threading.Event(), threading.Event()

    def work(items: Sequence[int]) -> list[str | BaseException]:
        served.extend(items)
        assert leave.wait(10)
        time.sleep(0.05)  # a second thread, if there were one, would begin meanwhile
        return ["done"] * len(items)

    def come_back(_answer: Future[str]) -> None:
        gathering.join("", 2, work)
        back.set()

    gathering.join("", 1, work).add_done_callback(come_back)
    leave.set()
    assert back.wait(10)
    gathering._threads.shutdown()
    assert served == [1, 2]


def test_a_call_that_is_postponed_goes_again() -> None:
    gathering = Gathering[int, str]()
    tries: list[int] = []

    def work(items: Sequence[int]) -> list[str | BaseException]:
        tries.append(len(items))
        return [Postponed() if len(tries) < 3 else "done"]

    assert gathering.join("", 1, work).result(10) == "done"
    assert tries == [1, 1, 1]


def test_parties_do_not_wait_for_each_other() -> None:
    desk = Desk()
    waiting = threading.Thread(target=desk.come, args=(1, "one"))
    waiting.start()
    assert desk.begun.wait(10)
    assert desk.gathering.join("other", 2, lambda items: ["done"] * len(items)).result(10) == "done"
    desk.open.set()
    waiting.join(10)


def test_who_leaves_does_not_take_back_what_was_asked_for() -> None:
    desk = Desk()

    async def leave() -> None:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(asyncio.wrap_future(desk.gathering.join("", 1, desk.work)), 0.01)

    asyncio.run(leave())
    desk.open.set()
    assert desk.come(2) == "done 2"
    assert desk.together == [[1], [2]]


def test_callers_who_went_together_are_awaited_together() -> None:
    desk = Desk()
    desk.gathering = Gathering(moment=10)
    at_once(desk, [1, 2, 3])
    both = [desk.gathering.join("", item, desk.work) for item in (2, 3)]
    assert [one.result(5) for one in both] == ["done 2", "done 3"]
    assert desk.together == [[1], [2, 3], [2, 3]]
