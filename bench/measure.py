"""Rates of one core, measured in turns.

Time is this process's own time on the processor: what other processes take away does not count. What they do to
caches and clock rates still does, which is why things to be compared take short turns and are compared turn by turn.
"""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Subject:
    """Something that is done over and over. `run(n)` is the n-th time; what it needs is made beforehand."""

    name: str
    run: Callable[[int], object]


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


def in_turns(subjects: Sequence[Subject], *, rounds: int, seconds_each: float) -> Rates:
    """Every subject for `seconds_each`, one after the other, `rounds` times over.

    The garbage collector stays on, and runs between subjects, so that none pays for another's rubbish.
    """
    batches = {subject.name: _batch(subject, seconds_each) for subject in subjects}
    done = dict.fromkeys(batches, 0)
    rates = Rates({name: [] for name in batches})
    for _ in range(rounds):
        for subject in subjects:
            first, size = done[subject.name], batches[subject.name]
            done[subject.name] += size
            gc.collect()
            rates.by_subject[subject.name].append(size / _seconds(subject, first, size))
    return rates


def _batch(subject: Subject, seconds: float) -> int:
    """How many times `subject` can be done in `seconds`, found out by doing it (which also warms it up)."""
    size = 4
    while (taken := _seconds(subject, 0, size)) < seconds / 4:
        size *= 2
    return max(1, round(size * seconds / taken))


def _seconds(subject: Subject, first: int, size: int) -> float:
    run = subject.run
    start = time.process_time()
    for number in range(first, first + size):
        run(number)
    return time.process_time() - start
