"""What can be wrong with a key."""

from __future__ import annotations


class InvalidKey(ValueError):
    """A key that is refused. `reason` is an English sentence; it never quotes key material."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
