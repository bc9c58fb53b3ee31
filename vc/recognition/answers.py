"""What recognition answers: per authority, on the day of completion and today, with the chain behind it.

Every answer is a value that pages, JSON, the command line and a printed receipt can show without asking again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any

from vc.policy import Authority
from vc.recognition.conditions import Conditions


class Standing(Enum):
    """What an authority's word is worth for this training on one day."""

    RECOGNISED = "recognised"
    NOT_CHECKED = "not_checked"
    SUSPENDED = "suspended"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    NOT_YET = "not_yet"
    """It starts after that day."""
    CHAIN_BROKEN = "chain_broken"
    """The recognition holds, and one further up, of an authority by an authority, does not."""
    PARENT_NARROWER = "parent_narrower"
    """An authority in the chain recognised more than it was itself recognised for. It never counts."""
    WRONG_STREAM = "wrong_stream"
    WRONG_TRACK = "wrong_track"
    WRONG_TERRITORY = "wrong_territory"
    WRONG_PROGRAMME = "wrong_programme"
    NEVER = "never"

    @property
    def lapsed(self) -> bool:
        """There is a recognition of this training, and that day was outside it."""
        return self in _LAPSED

    @property
    def elsewhere(self) -> bool:
        """There is a recognition, and this training is not what it is for."""
        return self in _ELSEWHERE


_LAPSED = frozenset({Standing.SUSPENDED, Standing.WITHDRAWN, Standing.EXPIRED, Standing.NOT_YET, Standing.CHAIN_BROKEN})
_ELSEWHERE = frozenset(
    {
        Standing.PARENT_NARROWER,
        Standing.WRONG_STREAM,
        Standing.WRONG_TRACK,
        Standing.WRONG_TERRITORY,
        Standing.WRONG_PROGRAMME,
    }
)


class Source(Enum):
    """Where a recognition came from. It changes nothing about how it is verified."""

    STAPLED = "stapled"
    """With the learner's credential, or handed over by the caller for this one verification."""
    HELD = "held"
    """From a list that the verifier keeps."""
    DISCOVERED = "discovered"
    """From what the institution or an authority publishes."""


@dataclass(frozen=True)
class Link:
    """One step of a chain: who recognised whom, for how long, and how that stood on the two days.

    `by`, `of`: DIDs. `of_name` is the signer's word for the recognised, `by_name` what the one above calls the signer
    (of the first: what the verifier calls it), in English where there are several. `since`, `until`: the period, as it
    stands after a withdrawal or suspension (None: no end). `document`: the `id` of the credential. `ends`: why it
    ended, where a signed copy says so (`withdrawn`, `suspended`).
    """

    by: str
    by_name: str
    of: str
    of_name: str
    action: str
    since: datetime | None
    until: datetime | None
    ends: str | None
    then: Standing
    today: Standing
    document: str | None
    source: Source
    conditions: Conditions


@dataclass(frozen=True)
class AuthorityAnswer:
    """What one authority says about this training by this institution.

    `path`: the chain behind the answer, from the authority down to the institution; one link where it recognised the
    institution itself, none for NEVER. `ended`: when it ended, None while it holds or where that is not known.
    `boundary`: for a day of completion outside of it, when it had ended or when it begins. `recognition`: the verified
    document about the institution behind the better of the two answers, None for NEVER. `detail`: why something could
    not be checked, "" where it ended and nobody says when. `at_fault`, `at_fault_today`: the link that broke the chain
    (CHAIN_BROKEN) or went beyond its parent (PARENT_NARROWER), as of completion and as of today. `stated`: what the
    learner's credential says of itself under the condition that it does not meet (WRONG_STREAM, WRONG_TRACK,
    WRONG_TERRITORY).
    """

    authority: Authority
    then: Standing
    today: Standing
    ended: datetime | None = None
    recognition: Mapping[str, Any] | None = None
    detail: str = ""
    path: tuple[Link, ...] = ()
    boundary: datetime | None = None
    at_fault: Link | None = None
    at_fault_today: Link | None = None
    stated: tuple[str, ...] = ()

    @property
    def source(self) -> Source | None:
        """Where the recognition of the institution came from."""
        return self.path[-1].source if self.path else None

    @property
    def conditions(self) -> Conditions:
        """Under which conditions the institution is recognised."""
        return self.path[-1].conditions if self.path else Conditions()

    @property
    def since(self) -> datetime | None:
        """From when the institution is recognised for it."""
        return self.path[-1].since if self.path else None


@dataclass(frozen=True)
class RecognisedInstitution:
    """The issuer's name by the word of someone the verifier trusts. `authority` None: the verifier's own register."""

    did: str
    name: str
    authority: str | None


@dataclass(frozen=True)
class Recognition:
    """The whole answer. One `AuthorityAnswer` per anchor, in the order of their DIDs.

    `institution`: set if any anchor recognises, or ever recognised, the issuer for anything, itself or by way of
    authorities that it recognised then. `troubles`: what could not be obtained or read on the way, in English; beside
    troubles no answer is NEVER, it is NOT_CHECKED.
    """

    as_of_completion: datetime
    today: datetime
    programme: str | None
    answers: tuple[AuthorityAnswer, ...]
    institution: RecognisedInstitution | None
    troubles: tuple[str, ...]
