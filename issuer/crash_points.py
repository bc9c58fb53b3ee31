"""Named places at which a test may stop the process, to prove what a crash there leaves behind (threats.md, D-KIL).

In service `crash_point` does nothing. A test installs a handler, most often one that kills its own process.
"""

from __future__ import annotations

from collections.abc import Callable

POINTS = frozenset(
    {
        "before-intent",
        "indexes-taken",
        "after-intent",
        "draft-linted",
        "before-signing",
        "after-signing",
        "before-commit",
        "after-commit",
        "between-chunks",
        "list-rebuild-before-write",
        "list-rebuild-before-switch",
        "holder-recorded",
        "holder-form-signed",
        "holder-form-committed",
    }
)

_handlers: list[Callable[[str], None]] = []


def crash_point(name: str) -> None:
    """Mark a place between two durable steps."""
    for handler in _handlers:
        handler(name)


def install(handler: Callable[[str], None]) -> Callable[[], None]:
    """Call `handler` with the name of every crash point passed from here on; returns the way to remove it again."""
    _handlers.append(handler)
    return lambda: _handlers.remove(handler)
