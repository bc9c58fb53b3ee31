"""Calls that come at the same time, carried out together: what costs once per time is paid once for all of them.

The first caller goes at once, alone. Whoever comes meanwhile waits, and the first of those then goes for all who have
gathered. Callers who went together have their answers together and soon come again, so the first of them to come back
gives the others a moment; nobody else ever waits for company, and a quiet service answers as if this were not here.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

A_MOMENT = 0.05
"""Seconds."""

Item = TypeVar("Item")
Result = TypeVar("Result")


class Postponed(Exception):
    """Given as a result, sends the call back to wait with the next ones."""


@dataclass(eq=False)
class _Call(Generic[Item, Result]):
    item: Item
    result: Result | BaseException | None = None
    answered: bool = False
    woken: threading.Event = field(default_factory=threading.Event)
    """Set when the call is answered, or when it is its turn to go for all."""


class Gathering(Generic[Item, Result]):
    """Callers of one process who may go together; safe for any number of threads."""

    def __init__(self, most: int = 32) -> None:
        """`most`: how many go together."""
        self._most = most
        self._lock = threading.Lock()
        self._waiting: dict[Hashable, list[_Call[Item, Result]]] = {}
        self._came = threading.Condition(self._lock)
        self._answered: tuple[Hashable, int, float] = (None, 0, 0.0)
        """Who had answers last: party, how many at once, and when (monotonic)."""

    def join(
        self, party: Hashable, item: Item, work: Callable[[Sequence[Item]], Sequence[Result | BaseException]]
    ) -> Result:
        """Have `work` done for `item`, together with those who come to the same `party` at the same time.

        `work` gets the items and returns one result for each: the answer, or an error, which is raised for that
        caller alone. An error that `work` itself raises is raised for all of them.
        """
        call = _Call[Item, Result](item)
        with self._lock:
            waiting = self._waiting.get(party)
            if waiting is None:
                self._waiting[party] = [call]
                call.woken.set()
            else:
                waiting.append(call)
                self._came.notify_all()
        call.woken.wait()
        while not call.answered:
            self._go(party, work)
        if isinstance(call.result, BaseException):
            raise call.result
        return call.result  # type: ignore[return-value]  # answered, and not with an error

    def _go(self, party: Hashable, work: Callable[[Sequence[Item]], Sequence[Result | BaseException]]) -> None:
        """Do the work of the first few who wait, then wake the next one to go."""
        with self._lock:
            self._await_company(party)
            calls = self._waiting[party][: self._most]
        results: Sequence[Any]
        try:
            results = work([call.item for call in calls])
        except BaseException as error:  # noqa: BLE001 - it is theirs as much as ours: each of them raises it
            results = [error] * len(calls)
        with self._lock:
            waiting = self._waiting[party]
            for call, result in zip(calls, results, strict=True):
                if isinstance(result, Postponed):
                    continue
                call.result, call.answered = result, True
                waiting.remove(call)
                call.woken.set()
            self._answered = (party, len(calls), time.monotonic())
            if waiting:
                waiting[0].woken.set()
            else:
                del self._waiting[party]

    def _await_company(self, party: Hashable) -> None:
        """Give those who had their answers just now, together, a moment to come again; the lock is free meanwhile."""
        last, count, at = self._answered
        if last == party and count > 1:
            left = at + A_MOMENT - time.monotonic()
            self._came.wait_for(lambda: len(self._waiting[party]) >= min(count, self._most), timeout=max(0.0, left))
