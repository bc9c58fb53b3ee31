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


class Current(Generic[Value]):
    """What was looked up lately, by key, each with the token of its state; looked up again where the token is another.

    Safe for any number of threads; two that meet may look up the same.
    """

    def __init__(self, most: int = 64) -> None:
        self._kept: Recent[tuple[Hashable, Value]] = Recent(most)

    def of(self, key: Hashable, token: Hashable | None, look_up: Callable[[], Value]) -> Value:
        """Return what is kept under `key` with this `token`, or what `look_up` finds now. Without a token nothing is
        kept, and what is kept stays."""
        if token is None:
            return look_up()
        kept = self._kept.get(key)
        if kept is None or kept[0] != token:
            kept = (token, look_up())
            self._kept.keep(key, kept)
        return kept[1]
