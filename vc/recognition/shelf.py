"""Everything at hand for one verification: recognitions by whom they are about, and stapled status lists.

What the learner staples and what is discovered is counted (`Limits.recognitions`): strangers choose it. What the
verifier holds (`Held`) is its own choice, is read once for many verifications, and is not.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from vc.credential import entries
from vc.policy import PUBLIC, Policy
from vc.recognition import answers, reading
from vc.recognition.reading import Statement
from vc.status import bitstring


class Held:
    """Recognitions that a verifier keeps, such as an authority's whole published list.

    Unverified until they are used, like all others. Documents that are no recognitions are left out.
    """

    def __init__(self, documents: Iterable[reading.Source] = (), *, policy: Policy = PUBLIC) -> None:
        self._about: defaultdict[str, list[Statement]] = defaultdict(list)
        for document in documents:
            for statement in reading.statements_in(document, policy):
                self._about[statement.entity].append(statement)

    def about(self, entity: str) -> tuple[Statement, ...]:
        """What is said about the organisation `entity`."""
        return tuple(self._about.get(entity, ()))


NOTHING_HELD = Held()


@dataclass(frozen=True, eq=False)
class Edition:
    """A statement and where it came from."""

    statement: Statement
    source: answers.Source


@dataclass(frozen=True, eq=False)
class Grant:
    """One recognition with all its editions: the original and the closed copies, which share its `id`."""

    editions: tuple[Edition, ...]

    @property
    def by(self) -> str:
        """The DID of the authority that is said to have signed."""
        return self.editions[0].statement.by

    @property
    def entity(self) -> str:
        """The DID of the recognised."""
        return self.editions[0].statement.entity

    @property
    def kind(self) -> str:
        """`issue` or `recognize`."""
        return self.editions[0].statement.kind


class Shelf:
    """See the module's text. The first copy of a document is kept; `troubles` says when there were too many."""

    def __init__(self, policy: Policy, held: Held) -> None:
        self.status_lists: dict[str, Mapping[str, Any]] = {}
        self._policy = policy
        self._held = held
        self._about: defaultdict[str, list[Edition]] = defaultdict(list)
        self._seen: set[bytes] = set()
        self._room = policy.limits.recognitions

    def put(self, documents: Iterable[reading.Source], source: answers.Source) -> str | None:
        """Take documents from one source. Returns what is to be said about it: that there were too many."""
        for document in documents:
            if self._is_status_list(document):
                continue
            if self._room == 0:
                return f"more than {self._policy.limits.recognitions} recognitions; the rest was not read"
            self._room -= 1
            self.place(reading.statements_in(document, self._policy), source)
        return None

    def place(self, statements: Iterable[Statement], source: answers.Source) -> None:
        """Take what was read before."""
        fresh = [one for one in statements if one.copy.digest not in self._seen]
        for statement in fresh:
            self._about[statement.entity].append(Edition(statement, source))
        self._seen.update(one.copy.digest for one in fresh)

    def grants(self, entity: str, kind: str) -> Iterator[Grant]:
        """The recognitions of `entity` to do `kind`, by their text."""
        held = [one for one in self._held.about(entity) if one.copy.digest not in self._seen]
        editions = [*self._about.get(entity, ()), *(Edition(one, answers.Source.HELD) for one in held)]
        found: defaultdict[tuple[str, str | bytes], list[Edition]] = defaultdict(list)
        for edition in editions:
            statement = edition.statement
            if statement.kind == kind:
                found[statement.by, statement.copy.credential.id or statement.copy.digest].append(edition)
        for same in found.values():
            yield Grant(tuple(same))

    def has(self, document_id: str) -> bool:
        """Whether a document of this `id` is about anybody here."""
        everywhere = (edition for editions in self._about.values() for edition in editions)
        return any(edition.statement.copy.credential.id == document_id for edition in everywhere)

    def _is_status_list(self, document: reading.Source) -> bool:
        """Keep a stapled status list apart, by its address; it is verified when it is used."""
        if not isinstance(document, Mapping) or bitstring.LIST_CREDENTIAL_TYPE not in entries(document.get("type")):
            return False
        address: Any = document.get("id")
        if isinstance(address, str) and len(self.status_lists) < self._policy.limits.status_entries:
            self.status_lists.setdefault(address, document)
        return True
