"""What became of each completion that was asked to be issued: one recorded outcome per row, none silent."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class OutcomeKind(StrEnum):
    """The ways an attempt can end."""

    ISSUED = "issued"
    """Signed, checked and stored now."""
    ALREADY_ISSUED = "already_issued"
    """The completion has its credential; nothing was signed."""
    IN_PROGRESS = "in_progress"
    """Another attempt is between its intent and its end."""
    REFUSED = "refused"
    """The draft or its signed form does not pass; nothing is in force. `reasons` say why."""
    INTERRUPTED = "interrupted"
    """The attempt took so long that it was declared void meanwhile; it can be made again."""
    UNKNOWN = "unknown"
    """The organisation has no such completion."""


class Outcome(NamedTuple):
    """How the attempt for one completion ended. `credential` is the database id, where there is one."""

    completion_id: str
    kind: OutcomeKind
    credential: str | None = None
    reasons: tuple[str, ...] = ()

    @property
    def settled(self) -> bool:
        """True when the completion has its credential after this attempt."""
        return self.kind in (OutcomeKind.ISSUED, OutcomeKind.ALREADY_ISSUED)
