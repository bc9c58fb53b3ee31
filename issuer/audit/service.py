"""The record of acts: append in the act's own transaction, verify the whole chain, export it.

Each entry's hash covers its content and the hash before it, so that no entry can be changed, dropped, swapped or cut
off without `verify_entries` noticing, given the last checkpoint (sequence and hash) that was taken elsewhere.

All writers of a service append to one chain. So the acts of a unit wait until it commits and are then appended
together: the end of the chain is the last thing that a unit locks, and the one that it holds for the shortest time.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, event, insert, update
from sqlalchemy import select as select_columns
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from issuer.audit.models import AuditEntry, AuditHead
from keys import timestamps
from kit.many import insert_many

GENESIS = "0" * 64
_HEAD = 1
_WAITING = "acts to append"
_JSON: Any = {"ensure_ascii": False, "sort_keys": True}
_HASHED = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"))


@dataclass(frozen=True)
class Entry:
    """One act as it is exported; the order of members is that of the hash."""

    sequence: int
    at: str
    actor: str
    organisation_id: str
    act: str
    subject: str
    detail: str
    previous_hash: str
    hash: str

    def computed_hash(self) -> str:
        """Return the hash that the content demands."""
        return _hash({name: value for name, value in vars(self).items() if name != "hash"})


@dataclass(frozen=True)
class Checkpoint:
    """The end of the chain at one moment, to be kept where the database's operator cannot reach it."""

    sequence: int
    hash: str


def _hash(members: Mapping[str, Any]) -> str:
    return hashlib.sha256(_HASHED.encode(members).encode()).hexdigest()


class ChainBroken(Exception):
    """The record was edited: `sequence` is the first entry that does not fit."""

    def __init__(self, sequence: int, reason: str) -> None:
        super().__init__(f"entry {sequence}: {reason}")
        self.sequence = sequence


def record(
    session: Session, *, actor: str, organisation_id: str, act: str, subject: str, now: datetime, **detail: Any
) -> None:
    """Have one act appended to the chain when the caller's unit commits. `detail` holds no personal data."""
    told = json.dumps(detail, **_JSON) if detail else "{}"
    waiting: list[_Act] = session.info.setdefault(_WAITING, [])
    waiting.append(_Act(now.replace(microsecond=0), actor, organisation_id, act, subject, told))


@dataclass(frozen=True)
class _Act:
    """What is to be appended; its place in the chain is not known yet."""

    at: datetime
    actor: str
    organisation_id: str
    act: str
    subject: str
    detail: str


@event.listens_for(Session, "before_commit")  # of any: listening to each one anew costs more than asking the others
def _append(session: Session) -> None:
    """Chain the acts that wait in `session`, if any do; its transaction is about to commit."""
    waiting: list[_Act] = session.info.get(_WAITING, [])
    if not waiting or session.in_nested_transaction():
        return
    session.flush()
    before, last = _locked_head(session)
    stamps = {at: timestamps.write(at) for at in {act.at for act in waiting}}
    rows = []
    for sequence, act in enumerate(waiting, before + 1):
        members = {**vars(act), "sequence": sequence, "previous_hash": last}
        last = _hash({**members, "at": stamps[act.at]})
        rows.append({**members, "hash": last})
    insert_many(session, AuditEntry, rows, also=_MOVED_ON, values={"end": before + len(rows), "end_hash": last})
    waiting.clear()


def checkpoint(session: Session) -> Checkpoint:
    """Return the present end of the chain."""
    head = session.get(AuditHead, _HEAD, populate_existing=True)
    return Checkpoint(head.sequence, head.hash) if head else Checkpoint(0, GENESIS)


def entries(session: Session, *, organisation_id: str | None = None) -> Iterator[Entry]:
    """Yield the acts in their order, all or those of one organisation."""
    query = select(AuditEntry).order_by(col(AuditEntry.sequence))
    if organisation_id is not None:
        query = query.where(AuditEntry.organisation_id == organisation_id)
    for row in session.exec(query.execution_options(yield_per=1000)):
        yield exported(row)


def exported(row: AuditEntry) -> Entry:
    """Return a stored act in the form that is exported and hashed."""
    members = {name: getattr(row, name) for name in Entry.__dataclass_fields__}
    return Entry(**{**members, "at": timestamps.write(row.at)})


def newest(session: Session, *, organisation_id: str, limit: int) -> list[Entry]:
    """Return the last acts of one organisation, newest first."""
    query = (
        select(AuditEntry)
        .where(AuditEntry.organisation_id == organisation_id)
        .order_by(col(AuditEntry.sequence).desc())
        .limit(limit)
    )
    return [exported(row) for row in session.exec(query)]


def about(session: Session, *, organisation_id: str, subjects: Sequence[str]) -> list[Entry]:
    """Return what one organisation's record says about some things, oldest first."""
    query = (
        select(AuditEntry)
        .where(AuditEntry.organisation_id == organisation_id, col(AuditEntry.subject).in_(subjects))
        .order_by(col(AuditEntry.sequence))
    )
    return [exported(row) for row in session.exec(query)]


def verify_chain(session: Session) -> Checkpoint:
    """Check the whole record against its own head and return that. Raises `ChainBroken` (K-LOG-1)."""
    return verify_entries(entries(session), until=checkpoint(session))


def verify_entries(record_of_acts: Iterable[Entry], *, until: Checkpoint) -> Checkpoint:
    """Check exported acts, from the first on, up to a checkpoint that was taken before. Raises `ChainBroken`."""
    sequence, digest = 0, GENESIS
    passed = until.sequence == 0
    for entry in record_of_acts:
        if entry.sequence != sequence + 1:
            raise ChainBroken(sequence + 1, "is missing or out of order")
        if entry.previous_hash != digest or entry.computed_hash() != entry.hash:
            raise ChainBroken(entry.sequence, "was changed, or follows another entry than it did")
        sequence, digest = entry.sequence, entry.hash
        if sequence == until.sequence:
            if digest != until.hash:
                raise ChainBroken(sequence, "is not the one of the checkpoint")
            passed = True
    if not passed:
        raise ChainBroken(sequence + 1, "was cut off")
    return Checkpoint(sequence, digest)


_LOCKED_HEAD = (
    select_columns(col(AuditHead.sequence), col(AuditHead.hash)).where(col(AuditHead.id) == _HEAD).with_for_update()
)
_MOVED_ON = (
    update(AuditHead).where(col(AuditHead.id) == _HEAD).values(sequence=bindparam("end"), hash=bindparam("end_hash"))
)


def _locked_head(session: Session) -> tuple[int, str]:
    """The sequence and the hash of the last act; nobody else appends until the unit ends."""
    while (head := session.connection().execute(_LOCKED_HEAD).first()) is None:
        with suppress(IntegrityError), session.begin_nested():  # two first acts at once: one begins the chain
            session.connection().execute(insert(AuditHead), {"id": _HEAD, "sequence": 0, "hash": GENESIS})
    return head[0], head[1]
