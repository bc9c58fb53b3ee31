"""What was worked out lately: kept for the next who asks, the longest unused forgotten first."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

Value = TypeVar("Value")


class Recent(Generic[Value]):
    """Values by key, at most `most` of them; safe for any number of threads."""

    def __init__(self, most: int = 64) -> None:
        self._most = most
        self._kept: OrderedDict[Hashable, Value] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Hashable) -> Value | None:
        """Return what is kept under `key`; asking counts as using it."""
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
            return self._kept.get(key)

    def keep(self, key: Hashable, value: Value) -> None:
        """Keep `value` under `key`, in the place of what was there."""
        with self._lock:
            self._kept[key] = value
            self._kept.move_to_end(key)
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)


class Conclusions(Generic[Value]):
    """What follows from something, by key, worked out again only where something else was said.

    Safe for any number of threads; two that meet may work out the same.
    """

    def __init__(self, most: int = 64) -> None:
        self._drawn: Recent[tuple[object, Value]] = Recent(most)

    def of(self, key: Hashable, said: object, draw: Callable[[], Value]) -> Value:
        """Return what follows from `said`: what was drawn from the same the last time under `key`, or `draw` now."""
        drawn = self._drawn.get(key)
        if drawn is None or drawn[0] != said:
            drawn = (said, draw())
            self._drawn.keep(key, drawn)
        return drawn[1]
