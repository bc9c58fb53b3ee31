"""Status lists at work: taking indexes, changing bits, publishing the signed list (Bitstring Status List 1.0)."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import update
from sqlmodel import Session, col, select

from issuer.addresses import machine_origin
from issuer.crash_points import crash_point
from issuer.office import Office
from issuer.organisations import service as organisations
from issuer.organisations.models import KeyUse, Organisation
from issuer.status.models import PublishedList, Purpose, StatusBits, StatusList
from issuer.status.permutation import index_at, new_key
from kit.problems import NotFound
from vc.proofs import data_integrity
from vc.status import bitstring

MIN_LENGTH = bitstring.MINIMUM_ENTRIES
"""The fewest entries a list may have (section 6): among fewer a holder could be told apart."""
VALIDITY = timedelta(hours=1)
"""How long a published list may be relied on. Past half of it the list is signed afresh."""
TIME_TO_LIVE = timedelta(seconds=60)
"""How long readers and shared caches may keep a list: a revocation is seen everywhere within this time."""
SUITE = "eddsa-rdfc-2022"


@dataclass(frozen=True)
class Place:
    """An index of a list, given to one credential and never to another."""

    list_id: str
    index: int


@dataclass(frozen=True)
class Published:
    """A signed list as it is served; `etag` changes exactly when `body` does."""

    body: bytes
    version: int
    etag: str


class UnknownList(NotFound):
    """This organisation publishes no such status list."""


# --- taking indexes ---


def take_indexes(
    session: Session, organisation_id: str, *, purpose: Purpose, count: int, length: int, now: datetime
) -> list[Place]:
    """Return `count` places that nobody has had before, in the caller's unit.

    Safe over replicas: whoever takes holds the list's row until its unit ends. Places of a unit that is rolled
    back were never used with a key, so giving them again doubles nothing. A full list is followed by a new one
    of `length` entries.
    """
    places: list[Place] = []
    while len(places) < count:
        current = _open_list(session, organisation_id, purpose=purpose, length=length, now=now)
        first, taken = current.next_position, min(count - len(places), current.length - current.next_position)
        current.next_position = first + taken
        session.add(current)
        places += [
            Place(current.id, index_at(position, key=current.permutation_key, length=current.length))
            for position in range(first, first + taken)
        ]
    return places


def take_index(session: Session, organisation_id: str, *, purpose: Purpose, length: int, now: datetime) -> Place:
    """Return one place; see `take_indexes`."""
    return take_indexes(session, organisation_id, purpose=purpose, count=1, length=length, now=now)[0]


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
    return _new_list(session, organisation_id, purpose, newest.number + 1 if newest else 1, length, now)


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
    session.add(StatusBits(list_id=made.id, bits=bytes(length // 8)))
    session.flush()
    return made


# --- changing bits ---


def set_bit(session: Session, place: Place, *, value: bool) -> None:
    """Set or clear the bit at `place`, in the caller's unit. The next list published shows it (I-DUR-3)."""
    kept = session.get(StatusBits, place.list_id, with_for_update=True, populate_existing=True)
    if kept is None:
        raise LookupError(f"no status list {place.list_id}")
    byte, mask = place.index // 8, 0x80 >> place.index % 8
    if bool(kept.bits[byte] & mask) is value:
        return
    bits = bytearray(kept.bits)
    bits[byte] ^= mask
    kept.bits, kept.version = bytes(bits), kept.version + 1
    session.add(kept)


def bit_at(session: Session, place: Place) -> bool:
    """Say whether the bit at `place` is set now."""
    kept = session.get(StatusBits, place.list_id)
    if kept is None:
        raise LookupError(f"no status list {place.list_id}")
    return bool(kept.bits[place.index // 8] & 0x80 >> place.index % 8)


# --- publishing ---


def address(office: Office, slug: str, list_id: str) -> str:
    """Return where the list is served: the `statusListCredential` of its entries and the list's own `id`."""
    return f"{machine_origin(office.settings)}/o/{slug}/status/{list_id}"


def entries(office: Office, slug: str, places: Sequence[tuple[Purpose, Place]]) -> list[dict[str, str]]:
    """Return the `credentialStatus` member of a credential that has these places."""
    return [
        bitstring.entry(list_url=address(office, slug, place.list_id), index=place.index, purpose=purpose.value)
        for purpose, place in places
    ]


def publish(office: Office, slug: str, list_id: str) -> Published:
    """Return the list as it is to be served now: the kept signature while it shows every bit and has time left.

    Else it is signed afresh, outside any unit: nobody who issues or revokes waits for it. Version and time of
    what is served only go up. Raises `UnknownList`.
    """
    now = office.clock()
    with office.database.reading() as session:
        query = (
            select(StatusBits.version, PublishedList)
            .join(StatusList, col(StatusList.id) == StatusBits.list_id)
            .join(Organisation, col(Organisation.id) == StatusList.organisation_id)
            .join(PublishedList, col(PublishedList.list_id) == StatusList.id, isouter=True)
            .where(StatusList.id == list_id, Organisation.slug == slug)
        )
        found = session.exec(query).first()
    if found is None:
        raise UnknownList
    version, published = found
    if published is None or published.version < version or published.valid_until - now < VALIDITY / 2:
        published = _rebuild(office, slug, list_id, now)
    return _served(published)


def _served(published: PublishedList) -> Published:
    stamp = f"{published.version}-{int(published.published_at.timestamp())}"
    return Published(published.body, published.version, f'"{stamp}"')


def _rebuild(office: Office, slug: str, list_id: str, now: datetime) -> PublishedList:
    with office.database.reading() as session:
        status_list = session.get_one(StatusList, list_id)
        bits = session.get_one(StatusBits, list_id)
        before = session.get(PublishedList, list_id)
        organisation = session.get_one(Organisation, status_list.organisation_id)
        key = organisations.signing_key(session, organisation, KeyUse.STATUS)
    at = max(now, before.published_at) if before else now  # a clock that went back does not turn lists back
    at = at.replace(microsecond=0)
    unsigned = bitstring.status_list_credential(
        _bitstring(bits.bits),
        url=address(office, slug, list_id),
        issuer=organisation.did,
        purpose=status_list.purpose.value,
        valid_from=at,
        valid_until=at + VALIDITY,
        ttl=TIME_TO_LIVE,
    )
    signed = data_integrity.sign(
        unsigned,
        signer=organisations.signer(office, key),
        verification_method=organisations.verification_method(organisation, key),
        suite=SUITE,
        created=at,
    )
    crash_point("list-rebuild-before-write")
    made = PublishedList(
        list_id=list_id,
        body=json.dumps(signed, ensure_ascii=False, separators=(",", ":")).encode(),
        version=bits.version,
        published_at=at,
        valid_until=at + VALIDITY,
    )
    return _switch(office, made)


def _bitstring(raw: bytes) -> bitstring.Bitstring:
    bits = bitstring.Bitstring(len(raw) * 8)
    for byte in (match.start() for match in re.finditer(rb"[^\0]", raw)):
        for offset in range(8):
            if raw[byte] & 0x80 >> offset:
                bits.set(byte * 8 + offset)
    return bits


def _switch(office: Office, made: PublishedList) -> PublishedList:
    """Put `made` in the place of what is published, unless somebody was quicker with something newer."""
    with office.database.unit() as session:
        kept = session.get(PublishedList, made.list_id, with_for_update=True)
        if kept is not None and (kept.version, kept.published_at) >= (made.version, made.published_at):
            return kept
        if kept is None:
            session.add(made)
        else:
            values = made.model_dump(exclude={"list_id"})
            session.exec(update(PublishedList).where(col(PublishedList.list_id) == made.list_id).values(**values))
        crash_point("list-rebuild-before-switch")
    return made
