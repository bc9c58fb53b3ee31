"""Those who come at the same time go together; each gets an answer of its own, and nobody is left waiting."""

import asyncio
import threading
import time
from collections.abc import Callable, Sequence

import pytest

from kit.gathering import Gathering, Postponed

Work = Callable[[Sequence[int]], Sequence[str | BaseException]]


def done(items: Sequence[int]) -> list[str | BaseException]:
    return [f"done {one}" for one in items]


async def come(gathering: Gathering[int, str], item: int, work: Work = done, party: str = "") -> str:
    return await asyncio.wait_for(gathering.join(party, item, work), 10)


class Desk:
    """Work that can be held up, and remembers who came together."""

    def __init__(self, moment: float = 0.0025) -> None:
        self.gathering = Gathering[int, str](most=4, moment=moment)
        self.together: list[list[int]] = []
        self.open = threading.Event()
        self.begun = threading.Event()

    def work(self, items: Sequence[int]) -> list[str | BaseException]:
        self.together.append(list(items))
        self.begun.set()
        assert self.open.wait(10)
        return [ValueError(str(one)) if one < 0 else f"done {one}" for one in items]

    async def at_once(self, items: Sequence[int]) -> list[str | BaseException]:
        """The first comes alone; the others come while it is under way."""
        first, *others = items
        calls = [asyncio.create_task(come(self.gathering, first, self.work))]
        assert await asyncio.to_thread(self.begun.wait, 10)
        calls += [asyncio.create_task(come(self.gathering, one, self.work)) for one in others]
        await asyncio.sleep(0.01)  # each of them is there by then
        self.open.set()
        return await asyncio.gather(*calls, return_exceptions=True)


def test_alone_one_goes_at_once() -> None:
    desk = Desk()
    desk.open.set()

    async def one_after_the_other() -> list[str]:
        return [await come(desk.gathering, item, desk.work) for item in (1, 2)]

    assert asyncio.run(one_after_the_other()) == ["done 1", "done 2"]
    assert desk.together == [[1], [2]]


def test_those_who_come_meanwhile_go_together_and_each_gets_its_own_answer() -> None:
    desk = Desk()
    one, two, three, *others = asyncio.run(desk.at_once([1, 2, -3, 4, 5, 6]))
    assert [one, two, *others] == ["done 1", "done 2", "done 4", "done 5", "done 6"]
    assert isinstance(three, ValueError)
    assert desk.together == [[1], [2, -3, 4, 5], [6]]


def test_callers_in_several_event_loops_are_answered_in_their_own() -> None:
    desk = Desk()
    answers: dict[int, str] = {}

    def caller(item: int) -> None:
        answers[item] = asyncio.run(come(desk.gathering, item, desk.work))

    threads = [threading.Thread(target=caller, args=(item,)) for item in (1, 2, 3)]
    for thread in threads:
        thread.start()
    assert desk.begun.wait(10)
    desk.open.set()
    for thread in threads:
        thread.join(10)
    assert answers == {1: "done 1", 2: "done 2", 3: "done 3"}


def test_an_error_of_the_work_itself_is_everybodys_and_the_next_go_on() -> None:
    gathering = Gathering[int, str]()

    def fail(_items: Sequence[int]) -> list[str | BaseException]:
        raise RuntimeError

    for _ in range(2):
        with pytest.raises(RuntimeError):
            asyncio.run(come(gathering, 1, fail))
    assert asyncio.run(come(gathering, 1, party="other")) == "done 1"


def test_work_that_answers_too_few_leaves_nobody_waiting() -> None:
    gathering = Gathering[int, str]()
    for _ in range(2):
        with pytest.raises(ValueError, match="shorter"):
            asyncio.run(come(gathering, 1, lambda _items: []))


def test_I_DBL_1_who_comes_again_with_the_answer_in_hand_is_served_once() -> None:
    """Between the answers and the next look at the queue nobody waits, and yet the party is being served."""
    gathering = Gathering[int, str]()
    served: list[int] = []
    busy = threading.Lock()

    def work(items: Sequence[int]) -> list[str | BaseException]:
        assert busy.acquire(blocking=False), "two threads serve one party"
        served.extend(items)
        time.sleep(0.0002)
        busy.release()
        return done(items)

    async def again_and_again() -> None:
        for item in range(300):
            await come(gathering, item, work)

    asyncio.run(again_and_again())
    gathering._threads.shutdown()
    assert served == list(range(300))


def test_a_call_that_is_postponed_goes_again() -> None:
    gathering = Gathering[int, str]()
    tries: list[int] = []

    def work(items: Sequence[int]) -> list[str | BaseException]:
        tries.append(len(items))
        return [Postponed() if len(tries) < 3 else "done"]

    assert asyncio.run(come(gathering, 1, work)) == "done"
    assert tries == [1, 1, 1]


def test_parties_do_not_wait_for_each_other() -> None:
    desk = Desk()

    async def two_parties() -> tuple[str, str]:
        waiting = asyncio.create_task(come(desk.gathering, 1, desk.work, "one"))
        assert await asyncio.to_thread(desk.begun.wait, 10)
        other = await come(desk.gathering, 2, party="other")
        desk.open.set()
        return other, await waiting

    assert asyncio.run(two_parties()) == ("done 2", "done 1")


def test_who_leaves_does_not_take_back_what_was_asked_for() -> None:
    desk = Desk()

    async def leave() -> None:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(desk.gathering.join("", 1, desk.work), 0.01)

    asyncio.run(leave())  # and its event loop is closed before the answer is there
    desk.open.set()
    assert asyncio.run(come(desk.gathering, 2, desk.work)) == "done 2"
    assert desk.together == [[1], [2]]


def test_callers_are_awaited_who_had_answers_just_now() -> None:
    desk = Desk(moment=10)

    async def caller(item: int, times: int) -> None:
        for _ in range(times):
            await come(desk.gathering, item, desk.work)

    async def three() -> None:
        first = asyncio.create_task(caller(1, 3))
        assert await asyncio.to_thread(desk.begun.wait, 10)
        others = [asyncio.create_task(caller(item, 2)) for item in (2, 3)]
        await asyncio.sleep(0.01)  # each of them is there by then
        desk.open.set()
        await asyncio.gather(first, *others)

    began = time.monotonic()
    asyncio.run(three())
    assert [sorted(one) for one in desk.together] == [[1], [1, 2, 3], [1, 2, 3]]
    assert time.monotonic() - began < 5, "who is there again waits for nobody else"


def test_as_many_as_may_go_together_wait_for_nobody_else() -> None:
    desk = Desk(moment=10)
    began = time.monotonic()
    asyncio.run(desk.at_once([1, 2, 3, 4, 5]))
    assert desk.together == [[1], [2, 3, 4, 5]]
    assert time.monotonic() - began < 5


def test_who_was_expected_and_does_not_come_is_awaited_for_a_moment_only() -> None:
    desk = Desk(moment=0.02)

    async def all_but_one() -> float:
        await desk.at_once([1, 2, 3])
        began = time.monotonic()
        await come(desk.gathering, 2, desk.work)
        return time.monotonic() - began

    assert 0.015 < asyncio.run(all_but_one()) < 5
    assert desk.together == [[1], [2, 3], [2]]
