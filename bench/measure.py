"""Rates of one core, measured in turns.

Time is the measured process's own time on the processor: what other processes take away does not count. What they do
to caches and clock rates still does, which is why things to be compared take short turns and are compared turn by turn.
"""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol


class Measured(Protocol):
    """Something that is done over and over, for a turn at a time."""

    @property
    def name(self) -> str: ...

    def turn(self, seconds: float) -> float:
        """Do it for about so many seconds; returns how often it would be done in one."""
        ...


@dataclass
class Subject:
    """What is done in this process. `run(n)` is the n-th time; what it needs is made beforehand."""

    name: str
    run: Callable[[int], object]
    _batch: int = 0
    _done: int = 0

    def turn(self, seconds: float) -> float:
        """See `Measured`. The garbage of those before is collected first, so that none pays for another's."""
        self._batch = self._batch or self._times_in(seconds)
        gc.collect()
        return self._batch / self._seconds(self._batch)

    def _times_in(self, seconds: float) -> int:
        """How many times it can be done in `seconds`, found out by doing it (which also warms it up)."""
        size = 4
        while (taken := self._seconds(size)) < seconds / 4:
            size *= 2
        return max(1, round(size * seconds / taken))

    def _seconds(self, size: int) -> float:
        run, first = self.run, self._done
        self._done += size
        start = time.process_time()
        for number in range(first, first + size):
            run(number)
        return time.process_time() - start


@dataclass
class Rates:
    """Operations per second of one core, for each subject one figure per round."""

    by_subject: dict[str, list[float]] = field(default_factory=dict)

    def median(self, name: str) -> float:
        return statistics.median(self.by_subject[name])

    def ratio(self, name: str, other: str) -> float:
        """The median, over the rounds, of how often `name` is done in the time of one `other`."""
        pairs = zip(self.by_subject[name], self.by_subject[other], strict=True)
        return statistics.median(rate / other_rate for rate, other_rate in pairs)


def in_turns(subjects: Sequence[Measured], *, rounds: int, seconds_each: float) -> Rates:
    """Every subject for `seconds_each`, one after the other, `rounds` times over, after one round to warm up."""
    rates = Rates({subject.name: [] for subject in subjects})
    for number in range(-1, rounds):
        for subject in subjects:
            rate = subject.turn(seconds_each)
            if number >= 0:
                rates.by_subject[subject.name].append(rate)
    return rates
