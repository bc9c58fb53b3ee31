"""Status lists: taking indexes and changing bits, each in the caller's unit (Bitstring Status List 1.0).

What is signed and served of them is the affair of `issuer.status.publishing`.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Integer, bindparam, delete, exists, or_, update
from sqlalchemy import select as select_columns
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from issuer.addresses import machine_origin
from issuer.audit import service as audit
from issuer.office import Office
from issuer.organisations.models import Organisation
from issuer.status.models import PublishedList, Purpose, SigningTurn, StatusList, StatusSegment
from issuer.status.permutation import index_at, new_key
from vc.status import bitstring

MIN_LENGTH = bitstring.MINIMUM_ENTRIES
"""The fewest entries a list may have (section 6): among fewer a holder could be told apart."""
SEGMENT_BYTES = 512
"""How much of a list is one row."""


@dataclass(frozen=True, slots=True)
class Place:
    """An index of a list, given to one credential and never to another."""

    list_id: str
    index: int


# --- taking indexes ---


def take_indexes(
    session: Session, organisation_id: str, *, purposes: Sequence[Purpose], count: int, length: int, now: datetime
) -> dict[Purpose, list[Place]]:
    """Return, for each purpose, `count` places that nobody has had before, in the caller's unit.

    Safe over replicas: whoever takes holds the lists' rows until its unit ends. Places of a unit that is rolled
    back were never used with a key, so giving them again doubles nothing. A full list is followed by a new one
    of `length` entries.
    """
    session.flush()
    taken = _taken_at_once(session, organisation_id, purposes, count)
    for purpose in purposes:
        places = taken.setdefault(purpose, [])
        while len(places) < count:
            current = _open_list(session, organisation_id, purpose=purpose, length=length, now=now)
            end = min(current.next_position + count - len(places), current.length)
            places += _places(current.id, current.permutation_key, current.length, current.next_position, end)
            current.next_position = end
            session.add(current)
    return taken


def _places(list_id: str, key: bytes, length: int, first: int, end: int) -> list[Place]:
    return [Place(list_id, index_at(position, key=key, length=length)) for position in range(first, end)]


def _taken_at_once(
    session: Session, organisation_id: str, purposes: Sequence[Purpose], count: int
) -> dict[Purpose, list[Place]]:
    """Take all places from the newest lists, with one statement; none from a list that has not so many left."""
    asked = {"organisation": organisation_id, "purposes": list(purposes), "more": count}
    rows = session.connection().execute(_TAKING, asked)
    return {purpose: _places(list_id, key, length, end - count, end) for purpose, list_id, key, length, end in rows}


_FIRST = 1
"""The number of the list that is locked before any other of its purpose, also when it is full and others have followed:
so one at a time takes places. Who sees its list full that was followed by another while it waited goes on to that one,
and would else meet somebody there who waits for the list of the other purpose."""
_NEWER = aliased(StatusList)
_NEWEST = (
    select_columns(col(StatusList.id))
    .where(
        col(StatusList.organisation_id) == bindparam("organisation"),
        col(StatusList.purpose).in_(bindparam("purposes", expanding=True)),
        or_(
            col(StatusList.number) == _FIRST,
            ~exists().where(
                col(_NEWER.organisation_id) == StatusList.organisation_id,
                col(_NEWER.purpose) == StatusList.purpose,
                col(_NEWER.number) > StatusList.number,
            ),
        ),
    )
    .order_by(col(StatusList.purpose), col(StatusList.number))  # whoever takes from several locks them in this order
    .with_for_update(of=StatusList, key_share=True)
)
_AFTERWARDS = col(StatusList.next_position) + bindparam("more", type_=Integer())
_TAKING = (
    update(StatusList)
    .where(col(StatusList.id).in_(_NEWEST), col(StatusList.length) >= _AFTERWARDS)
    .values(next_position=_AFTERWARDS)
    .returning(
        col(StatusList.purpose),
        col(StatusList.id),
        col(StatusList.permutation_key),
        col(StatusList.length),
        col(StatusList.next_position),
    )
)


def take_index(session: Session, organisation_id: str, *, purpose: Purpose, length: int, now: datetime) -> Place:
    """Return one place; see `take_indexes`."""
    taken = take_indexes(session, organisation_id, purposes=[purpose], count=1, length=length, now=now)
    return taken[purpose][0]


def _open_list(session: Session, organisation_id: str, *, purpose: Purpose, length: int, now: datetime) -> StatusList:
    """Return the organisation's list that has room, its row locked until the unit ends."""
    newest = _newest(session, organisation_id, purpose)
    if newest is not None and newest.next_position < newest.length:
        return newest
    # One at a time from here on, so that two units do not both add a list. FOR NO KEY UPDATE: rows that only
    # refer to the organisation need not wait.
    mine = col(Organisation.id) == organisation_id
    session.exec(select(Organisation.id).where(mine).with_for_update(key_share=True)).one()
    newest = _newest(session, organisation_id, purpose)
    if newest is not None and newest.next_position < newest.length:
        return newest
    return _new_list(session, organisation_id, purpose, newest.number + 1 if newest else _FIRST, length, now)


def _newest(session: Session, organisation_id: str, purpose: Purpose) -> StatusList | None:
    query = (
        select(StatusList)
        .where(StatusList.organisation_id == organisation_id, StatusList.purpose == purpose)
        .order_by(col(StatusList.number).desc())
        .limit(1)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    return session.exec(query).first()


def _new_list(
    session: Session, organisation_id: str, purpose: Purpose, number: int, length: int, now: datetime
) -> StatusList:
    if length < MIN_LENGTH or length % 8:
        raise ValueError(f"a status list has at least {MIN_LENGTH} entries, in whole bytes")
    made = StatusList(
        organisation_id=organisation_id,
        purpose=purpose,
        number=number,
        length=length,
        permutation_key=new_key(),
        created_at=now,
    )
    session.add(made)
    session.flush()
    session.add(SigningTurn(list_id=made.id, until=now))
    session.flush()
    return made


def begin_anew(session: Session, *, now: datetime) -> int:
    """Close every list and have it published afresh, in the caller's unit; returns how many had places left.

    For a database that was restored to an earlier moment: which places were given since is not known any more, so all
    that are left are burnt, and what was published since is newer than what is kept here (I-DUR-7).
    """
    left = col(StatusList.next_position) < col(StatusList.length)
    closed = session.connection().execute(update(StatusList).where(left).values(next_position=StatusList.length))
    session.exec(delete(PublishedList))
    audit.record(session, actor="system", organisation_id="", act="status-lists.begun-anew", subject="", now=now)
    return closed.rowcount


# --- changing bits ---


def set_bit(session: Session, place: Place, *, value: bool) -> None:
    """Set or clear the bit at `place`, in the caller's unit. Every list signed afterwards shows it (I-DUR-3).

    Locks the one segment that the bit lies in. Raises `LookupError` for a place that no list has.
    """
    number, byte, mask = _located(place.index)
    while (kept := _locked_segment(session, place.list_id, number)) is None:
        _check_that_it_exists(session, place)
        if not value:
            return
        with suppress(IntegrityError), session.begin_nested():  # somebody may be writing the segment's first bit
            session.add(StatusSegment(list_id=place.list_id, number=number, bits=bytes(SEGMENT_BYTES), changes=0))
    if bool(kept.bits[byte] & mask) is value:
        return
    bits = bytearray(kept.bits)
    bits[byte] ^= mask
    kept.bits, kept.changes = bytes(bits), kept.changes + 1
    session.add(kept)


def _located(index: int) -> tuple[int, int, int]:
    """The segment, the byte in it and the bit in that which an index means."""
    number, byte = divmod(index // 8, SEGMENT_BYTES)
    return number, byte, 0x80 >> index % 8


def _locked_segment(session: Session, list_id: str, number: int) -> StatusSegment | None:
    return session.get(StatusSegment, (list_id, number), with_for_update=True, populate_existing=True)


def _check_that_it_exists(session: Session, place: Place) -> None:
    found = session.get(StatusList, place.list_id)
    if found is None or not 0 <= place.index < found.length:
        raise LookupError(f"no status list {place.list_id} with an entry {place.index}")


# --- what credentials say ---


def address(office: Office, slug: str, list_id: str) -> str:
    """Return where the list is served: the `statusListCredential` of its entries and the list's own `id`."""
    return f"{machine_origin(office.settings)}/o/{slug}/status/{list_id}"


def entries(office: Office, slug: str, places: Sequence[tuple[Purpose, Place]]) -> list[dict[str, str]]:
    """Return the `credentialStatus` member of a credential that has these places."""
    return [
        bitstring.entry(list_url=address(office, slug, place.list_id), index=place.index, purpose=purpose.value)
        for purpose, place in places
    ]
