"""Calls that come at the same time, carried out together: what costs once per time is paid once for all of them.

The first call goes at once, alone. Whatever comes meanwhile gathers, and then goes together. Callers who had answers
soon come again, so those who are there by then, or come back first, give the others a moment, for as long as they keep
coming; nobody else ever waits for company, and a quiet service answers as if this were not here.

The work is done in threads of its own, one for each party that has any. Callers only wait, in their event loop, which
is told once for all that are answered together; so many of them cost no more than the memory that they take.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Hashable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any, Generic, NamedTuple, TypeVar

A_MOMENT = 0.0025
"""Seconds without anybody, after which nobody else is expected."""
RECENT = 20
"""Moments after which those who had answers are not expected back any more."""
PARTIES = 40
"""As many are served at the same time; a further one waits until nobody of one of these does."""

Item = TypeVar("Item")
Result = TypeVar("Result")


class Postponed(Exception):
    """Given as a result, sends the call back to wait with the next ones."""


@dataclass(eq=False, slots=True)
class _Call(Generic[Item, Result]):
    item: Item
    answer: asyncio.Future[Result]
    at: float = field(default_factory=time.monotonic)


class _Answered(NamedTuple):
    """Who had answers last."""

    party: Hashable
    callers: int
    """How many they are, with those who were waiting by then."""
    at: float
    """When, by the monotonic clock."""


class Gathering(Generic[Item, Result]):
    """Calls of one process that may go together; safe for any number of event loops."""

    def __init__(self, most: int = 32, *, moment: float = A_MOMENT) -> None:
        """`most`: how many go together. `moment`: how long to wait for the next one who is expected, in seconds."""
        self._most, self._moment = most, moment
        self._lock = threading.Lock()
        self._all_there = threading.Condition(self._lock)
        self._waiting: dict[Hashable, list[_Call[Item, Result]]] = {}
        """By party, in their order. A party is in here as long as a thread serves it, and so has one at most."""
        self._answered = _Answered(None, 0, 0.0)
        self._threads = ThreadPoolExecutor(PARTIES, thread_name_prefix="gathering")

    async def join(
        self, party: Hashable, item: Item, work: Callable[[Sequence[Item]], Sequence[Result | BaseException]]
    ) -> Result:
        """Have `work` done for `item`, together with those who come to the same `party` at the same time.

        `work`, the same for all of a party, gets the items and returns one result for each: the answer, or an error,
        which is raised for that caller alone. An error that `work` itself raises is raised for all of them. Who leaves
        before the answer does not take back what was asked for.
        """
        call = _Call[Item, Result](item, asyncio.get_running_loop().create_future())
        with self._lock:
            waiting = self._waiting.get(party)
            if waiting is None:
                self._threads.submit(self._serve, party, work)  # its first look waits for the lock, and finds us
                self._waiting[party] = [call]
            else:
                waiting.append(call)
                if len(waiting) == self._expected_of(party):
                    self._all_there.notify_all()
        return await call.answer

    def _serve(self, party: Hashable, work: Callable[[Sequence[Item]], Sequence[Result | BaseException]]) -> None:
        """Do the work of those who wait, a few at a time, until nobody does."""
        while calls := self._next_of(party):
            results: list[tuple[_Call[Item, Result], Any]]
            try:
                results = list(zip(calls, work([call.item for call in calls]), strict=True))
            except BaseException as error:  # noqa: BLE001 - it is theirs: each of them raises it
                results = [(call, error) for call in calls]
            self._answer(party, results)

    def _next_of(self, party: Hashable) -> list[_Call[Item, Result]]:
        """The first few who wait; where nobody does, whoever comes next is the first again."""
        with self._lock:
            if not self._waiting[party]:
                del self._waiting[party]
                return []
            self._await_company(party)
            return self._waiting[party][: self._most]

    def _await_company(self, party: Hashable) -> None:
        """Give those who had their answers just now the time to come again; the lock is free meanwhile."""
        waiting = self._waiting[party]
        while len(waiting) < self._expected_of(party):
            quiet_since = max(waiting[-1].at, self._answered.at)
            left = quiet_since + self._moment - time.monotonic()
            if left <= 0:
                return
            self._all_there.wait(left)

    def _expected_of(self, party: Hashable) -> int:
        """How many of the party there were when some of them had their answers just now, but no more than may go."""
        last = self._answered
        is_recent = last.party == party and time.monotonic() < last.at + RECENT * self._moment
        return min(last.callers, self._most) if is_recent else 1

    def _answer(self, party: Hashable, results: Sequence[tuple[_Call[Item, Result], Any]]) -> None:
        """Take those who have their results out of the queue, and tell them."""
        done = [(call, result) for call, result in results if not isinstance(result, Postponed)]
        with self._lock:
            for call, _ in done:
                self._waiting[party].remove(call)
            self._answered = _Answered(party, len(self._waiting[party]) + len(done), time.monotonic())
        for loop, answers in groupby(done, lambda one: one[0].answer.get_loop()):
            with suppress(RuntimeError):  # a loop that is closed has nobody who waits
                loop.call_soon_threadsafe(_tell, list(answers))


def _tell(answers: Sequence[tuple[_Call[Any, Any], Any]]) -> None:
    """Give callers of one event loop their answers, in that loop."""
    for call, result in answers:
        if call.answer.done():  # nobody waits any more
            continue
        if isinstance(result, BaseException):
            call.answer.set_exception(result)
        else:
            call.answer.set_result(result)
