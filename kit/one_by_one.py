"""Work on many, of which one may fail: it is told to the operator, and the others have their turn."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from typing import TypeVar

from kit.database import is_unavailable
from kit.telemetry import log_event

Item = TypeVar("Item")


def each(items: Iterable[Item], work: Callable[[Item], object], *, event: str) -> int:
    """Do `work` for every item; returns for how many it was done. What fails is told as `event`, with its trace.

    Raises what `work` does when the database does not serve us now: then no other would fare better.
    """
    done = 0
    for item in items:
        try:
            work(item)
        except Exception as fault:
            if is_unavailable(fault):
                raise
            log_event(event, level=logging.ERROR, fault=fault, item=getattr(item, "id", item))
        else:
            done += 1
    return done
