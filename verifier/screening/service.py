"""The life of a screening: uploaded, checked few by few, read as a table, downloaded, forgotten.

The upload and the answers are kept for a day or until whoever asked deletes them. An answer is as of the moment it
was given; what could not be decided can be asked again.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice

from sqlalchemy import delete, func, insert, update
from sqlmodel import Session, col, select

from kit.anchors import listed
from kit.i18n import N_
from kit.problems import Conflict, NotFound, TooManyRequests
from kit.throttle import count_attempt
from kit.tokens import digest
from verifier.base import Attempt, ScreenedItem, Screening, ScreeningState
from verifier.desk import Desk
from verifier.screening.unpacking import Item, storable

LIFETIME = timedelta(days=1)
KINDS = ("ok", "warn", "bad", "unk")
MOST_OPEN = 5
"""Screenings of one owner that are not finished yet."""
UPLOADS = 60
"""From one address within an hour."""
MOST_WAITING = 200_000
"""Items of everybody that wait; beyond that newcomers are asked to come back."""
PAGE = 100
_ROWS_PER_INSERT = 500
_LONGEST_NAME = 120

Translate = Callable[..., str]


class TooManyScreenings(TooManyRequests):
    """Others are waiting already; nothing was kept."""

    advice = N_("Wait until a check of several credentials is finished, or stop one, then upload the file again.")


class NotRunning(Conflict):
    """The screening is finished or was stopped."""

    advice = N_("Reload the page to see the present state.")


@dataclass(frozen=True)
class Counts:
    """How far a screening is, and what came out so far."""

    total: int
    by_kind: dict[str, int]

    @property
    def done(self) -> int:
        """Items with an answer."""
        return sum(self.by_kind.values())


def start(desk: Desk, items: Iterator[Item], *, name: str, owner: str, address: str) -> Screening:
    """Keep what is to be checked; a worker takes it from there. Opens its own units, none of them for long.

    `address` is where the upload comes from. Raises `TooManyScreenings`, `TooManyRequests`, and whatever `items`
    raises: then nothing is kept.
    """
    made = _begin(desk, name=name, owner=owner, address=address)
    try:
        total = _keep(desk, made.id, items)
    except BaseException:
        with desk.database.unit() as session:
            forget(session, session.get_one(Screening, made.id))
        raise
    with desk.database.unit() as session:
        kept = session.get_one(Screening, made.id, with_for_update=True)
        kept.state, kept.total = ScreeningState.CHECKING, total
        session.add(kept)
        return kept


def _begin(desk: Desk, *, name: str, owner: str, address: str) -> Screening:
    now = desk.clock()
    with desk.database.unit() as session:
        count_attempt(session, Attempt, f"screening:{address}", limit=UPLOADS, window=timedelta(hours=1), now=now)
    with desk.database.unit() as session:
        _refuse_too_many(session, owner)
        made = Screening(
            owner_digest=digest(owner),
            name=storable(name[-_LONGEST_NAME:]),
            trusted=json.dumps(listed(desk.authorities), ensure_ascii=False),
            state=ScreeningState.RECEIVING,
            total=0,
            created_at=now,
            served_at=now,
            expires_at=now + LIFETIME,
        )
        session.add(made)
        return made


def _keep(desk: Desk, screening_id: str, items: Iterator[Item]) -> int:
    """Keep the items, some at a time: reading the upload holds nobody up. Returns how many."""
    total = 0
    while rows := [_row(screening_id, total + i, item) for i, item in enumerate(islice(items, _ROWS_PER_INSERT))]:
        with desk.database.unit() as session:
            session.execute(insert(ScreenedItem), rows)
        total += len(rows)
    return total


def _row(screening_id: str, position: int, item: Item) -> dict[str, object]:
    return {
        "screening_id": screening_id,
        "position": position,
        "label": item.label,
        "link": item.link,
        "document": item.document,
        "trouble": item.trouble,
        "kind": "unk" if item.trouble else "",
        "results": "",
    }


def _refuse_too_many(session: Session, owner: str) -> None:
    open_ones = col(Screening.state).in_((ScreeningState.RECEIVING, ScreeningState.CHECKING))
    query = select(func.count()).select_from(Screening).where(open_ones, Screening.owner_digest == digest(owner))
    waiting = select(func.coalesce(func.sum(Screening.total), 0)).where(open_ones)
    if session.exec(query).one() >= MOST_OPEN or session.exec(waiting).one() > MOST_WAITING:
        raise TooManyScreenings(headers={"Retry-After": "60"})


def of_owner(session: Session, screening_id: str, owner: str, *, lock: bool = False) -> Screening:
    """Return a screening that `owner` started. Raises `NotFound`, for everybody else's too."""
    query = select(Screening).where(Screening.id == screening_id, Screening.owner_digest == digest(owner))
    found = session.exec(query.with_for_update() if lock else query).first()
    if found is None:
        raise NotFound
    return found


def all_of_owner(session: Session, owner: str) -> Sequence[Screening]:
    """Return the owner's screenings, newest first."""
    kept = Screening.state != ScreeningState.RECEIVING
    query = select(Screening).where(Screening.owner_digest == digest(owner), kept)
    return session.exec(query.order_by(col(Screening.created_at).desc())).all()


def counts(session: Session, screening: Screening) -> Counts:
    """Count the answers so far."""
    query = (
        select(ScreenedItem.kind, func.count())
        .where(ScreenedItem.screening_id == screening.id, ScreenedItem.kind != "")
        .group_by(ScreenedItem.kind)
    )
    found = dict(session.exec(query).all())
    return Counts(screening.total, {kind: found[kind] for kind in KINDS if kind in found})


def page(session: Session, screening: Screening, *, kind: str, after: int) -> Sequence[ScreenedItem]:
    """Return up to `PAGE` answered items from position `after` on; only those of `kind`, unless it is empty."""
    query = select(ScreenedItem).where(ScreenedItem.screening_id == screening.id, ScreenedItem.position >= after)
    query = query.where(ScreenedItem.kind == kind if kind in KINDS else ScreenedItem.kind != "")
    return session.exec(query.order_by(col(ScreenedItem.position)).limit(PAGE)).all()


def answered(session: Session, screening: Screening) -> Iterator[ScreenedItem]:
    """Give every answered item in its order, a page at a time."""
    after = 0
    while found := page(session, screening, kind="", after=after):
        yield from found
        after = found[-1].position + 1


def item(session: Session, screening: Screening, position: int) -> ScreenedItem:
    """Return one item. Raises `NotFound`."""
    found = session.get(ScreenedItem, (screening.id, position))
    if found is None:
        raise NotFound
    return found


# --- acts of the owner ---


def stop(session: Session, screening: Screening, *, now: datetime) -> None:
    """Check nothing more; the answers so far stay. Raises `NotRunning`. The caller has locked the screening."""
    if screening.state is not ScreeningState.CHECKING:
        raise NotRunning
    screening.state, screening.finished_at = ScreeningState.CANCELLED, now
    session.add(screening)


def go_on(session: Session, screening: Screening, *, now: datetime) -> None:
    """Check what a stopped one left, or ask again about what could not be decided. Raises `NotRunning` while running.

    The caller has locked the screening.
    """
    if screening.state is ScreeningState.CHECKING:
        raise NotRunning
    if screening.state is ScreeningState.DONE:
        may_change = (col(ScreenedItem.trouble) == "") | (col(ScreenedItem.link) != "")
        undecided = (col(ScreenedItem.screening_id) == screening.id) & (col(ScreenedItem.kind) == "unk")
        session.exec(update(ScreenedItem).where(undecided, may_change).values(kind="", results="", trouble=""))
    screening.state, screening.finished_at, screening.served_at = ScreeningState.CHECKING, None, now
    session.add(screening)


def forget(session: Session, screening: Screening) -> None:
    """Delete the upload and the answers."""
    session.exec(delete(ScreenedItem).where(col(ScreenedItem.screening_id) == screening.id))
    session.delete(screening)


def forget_expired(session: Session, *, now: datetime) -> None:
    """Delete every screening whose day is over."""
    expired = select(Screening.id).where(Screening.expires_at < now)
    session.exec(delete(ScreenedItem).where(col(ScreenedItem.screening_id).in_(expired)))
    session.exec(delete(Screening).where(col(Screening.expires_at) < now))
