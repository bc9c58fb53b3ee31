"""The signed list: made at most once per interval, kept in the database, and served by every replica alike.

A list that changed is signed again when the last signature is as old as the interval (the setting
`status_interval_seconds`), by whichever replica is asked for it first and gets the turn; the others go on serving what
is published. So the number of signatures depends neither on how many credentials are revoked nor on how many readers
ask. Nobody who issues or revokes waits for any of it: there is no lock while a list is packed and signed.
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import bindparam, func, or_, update
from sqlalchemy import select as select_columns
from sqlmodel import Session, col, select

from issuer.crash_points import crash_point
from issuer.office import Office
from issuer.organisations import service as organisations
from issuer.organisations.models import KeyUse, Organisation
from issuer.status.models import PublishedList, SigningTurn, StatusList, StatusSegment
from issuer.status.service import SEGMENT_BYTES, address
from kit.problems import NotFound
from vc.proofs import data_integrity
from vc.status import bitstring

VALIDITY = timedelta(hours=1)
"""How long a published list may be relied on. Past half of it the list is signed afresh, changed or not."""
TURN = timedelta(seconds=10)
"""How long the others leave a list to whoever has begun to sign it."""
SUITE = "eddsa-rdfc-2022"

_POLL_SECONDS = 0.02
_ANYBODYS = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Published:
    """A signed list as it is served; `etag` changes exactly when `body` does."""

    body: bytes
    version: int
    """How often a bit of the list had changed when it was signed."""
    published_at: datetime
    max_age: timedelta
    """How long a cache may keep it: whatever changes is then seen within the interval."""

    @property
    def etag(self) -> str:
        """The entity tag (RFC 9110, section 8.8.3)."""
        return f'"{self.version}-{int(self.published_at.timestamp())}"'


class UnknownList(NotFound):
    """This organisation publishes no such status list."""


def interval(office: Office) -> timedelta:
    """Return how long a change may take to be in the list that is served."""
    return timedelta(seconds=office.settings.status_interval_seconds)


def publish(office: Office, slug: str, list_id: str) -> Published:
    """Return the list as it is to be served now, signed afresh if that is due and nobody else is at it.

    Version and time of what is served only go up. Raises `UnknownList`.
    """
    now = office.clock()
    standing = _look(office, slug, list_id)
    if standing.is_due(now, interval(office)):
        standing = _brought_up_to_date(office, slug, list_id, now)
    return _served(office, standing, now)


def in_force(office: Office, slug: str, list_id: str) -> Published:
    """Return a list that may be relied on now, if possible without signing. Raises `UnknownList`.

    For the issuer's own check of what it has just signed: its credential was not revoked before it existed.
    """
    now = office.clock()
    standing = _look(office, slug, list_id)
    return _served(office, standing, now) if standing.is_usable(now) else publish(office, slug, list_id)


_OPEN_LISTS = (
    select_columns(col(PublishedList.list_id), col(PublishedList.body))
    .join(StatusList, col(StatusList.id) == PublishedList.list_id)
    .where(col(StatusList.organisation_id) == bindparam("organisation"))
    .where(col(StatusList.next_position) < StatusList.length, col(PublishedList.valid_until) > bindparam("until"))
)


def open_lists(office: Office, session: Session, organisation: Organisation, *, lasting: timedelta) -> dict[str, bytes]:
    """Return, by address, those of an organisation's lists that have room, as published; if that may be relied on for
    as long as `lasting`."""
    asked = {"organisation": organisation.id, "until": office.clock() + lasting}
    rows = session.connection().execute(_OPEN_LISTS, asked)
    return {address(office, organisation.slug, list_id): body for list_id, body in rows}


# --- where a list stands ---


@dataclass(frozen=True)
class _Standing:
    """How often the list has changed, and what is published of it."""

    version: int
    published: PublishedList | None

    def is_usable(self, now: datetime) -> bool:
        return self.published is not None and now < self.published.valid_until

    def is_due(self, now: datetime, every: timedelta) -> bool:
        if self.published is None or self.published.valid_until - now < VALIDITY / 2:
            return True
        if self.published.version == self.version:
            return False
        age = now - self.published.published_at
        return self.published.version == 0 or not timedelta() <= age < every  # the first change waits for nothing


def _look(office: Office, slug: str, list_id: str) -> _Standing:
    version = select(func.coalesce(func.sum(StatusSegment.changes), 0)).where(StatusSegment.list_id == list_id)
    query = (
        select(version.scalar_subquery(), PublishedList)
        .select_from(StatusList)
        .join(Organisation, col(Organisation.id) == StatusList.organisation_id)
        .join(PublishedList, col(PublishedList.list_id) == StatusList.id, isouter=True)
        .where(StatusList.id == list_id, Organisation.slug == slug)
    )
    with office.database.reading() as session:
        found = session.exec(query).first()
    if found is None:
        raise UnknownList
    return _Standing(int(found[0]), found[1])


def _served(office: Office, standing: _Standing, now: datetime) -> Published:
    published = standing.published
    if published is None:
        raise UnknownList
    every = interval(office)
    age = now - published.published_at
    until_next = every - age if timedelta() <= age < every else every
    left = max(timedelta(), min(until_next, published.valid_until - now))
    return Published(published.body, published.version, published.published_at, left)


# --- signing ---


def _brought_up_to_date(office: Office, slug: str, list_id: str, now: datetime) -> _Standing:
    """Sign if it is our turn; else return what is there, or wait for it where nothing in force is."""
    deadline = time.monotonic() + TURN.total_seconds()
    while not _got_the_turn(office, list_id, now):
        standing = _look(office, slug, list_id)
        if standing.is_usable(now):
            return standing
        if time.monotonic() > deadline:  # whoever had the turn is gone
            break
        time.sleep(_POLL_SECONDS)
    standing = _look(office, slug, list_id)
    if not standing.is_due(now, interval(office)):  # done by somebody between our look and our turn
        _give_back_the_turn(office, list_id)
        return standing
    return _Standing(standing.version, _switch(office, _signed(office, list_id, now)))


def _got_the_turn(office: Office, list_id: str, now: datetime) -> bool:
    over = col(SigningTurn.until) <= now
    taken_in_the_future = col(SigningTurn.until) > now + 2 * TURN  # by a clock that has been set back since
    free = (col(SigningTurn.list_id) == list_id, or_(over, taken_in_the_future))
    taking = update(SigningTurn).where(*free).values(until=now + TURN)
    return office.database.repeated(lambda session: session.connection().execute(taking).rowcount == 1)


def _give_back_the_turn(office: Office, list_id: str) -> None:
    giving = update(SigningTurn).where(col(SigningTurn.list_id) == list_id).values(until=_ANYBODYS)
    office.database.repeated(lambda session: session.connection().execute(giving))


def _signed(office: Office, list_id: str, now: datetime) -> PublishedList:
    with office.database.reading() as session:
        status_list = session.get_one(StatusList, list_id)
        segments = session.exec(select(StatusSegment).where(StatusSegment.list_id == list_id)).all()
        before = session.get(PublishedList, list_id)
        organisation = session.get_one(Organisation, status_list.organisation_id)
        key = organisations.signing_key(session, organisation, KeyUse.STATUS)
    at = max(now, before.published_at) if before else now  # a clock that went back does not turn lists back
    at = at.replace(microsecond=0)
    raw = bytearray(status_list.length // 8)
    for segment in segments:
        first = segment.number * SEGMENT_BYTES
        raw[first : first + SEGMENT_BYTES] = segment.bits[: len(raw) - first]
    unsigned = bitstring.status_list_credential(
        bitstring.Bitstring.of_bytes(bytes(raw)),
        url=address(office, organisation.slug, list_id),
        issuer=organisation.did,
        purpose=status_list.purpose.value,
        valid_from=at,
        valid_until=at + VALIDITY,
        ttl=interval(office) or None,
    )
    signed = data_integrity.sign(
        unsigned,
        signer=organisations.signer(office, key),
        verification_method=organisations.verification_method(organisation, key),
        suite=SUITE,
        created=at,
    )
    crash_point("list-rebuild-before-write")
    return PublishedList(
        list_id=list_id,
        body=json.dumps(signed, ensure_ascii=False, separators=(",", ":")).encode(),
        version=sum(segment.changes for segment in segments),
        published_at=at,
        valid_until=at + VALIDITY,
    )


def _switch(office: Office, made: PublishedList) -> PublishedList:
    """Put `made` in the place of what is published, unless somebody was quicker with something newer."""

    def switch(session: Session) -> PublishedList:
        turn = session.get_one(SigningTurn, made.list_id, with_for_update=True)
        turn.until = _ANYBODYS
        session.add(turn)
        kept = session.get(PublishedList, made.list_id)
        if kept is not None and (kept.version, kept.published_at) >= (made.version, made.published_at):
            return kept
        session.merge(made)
        crash_point("list-rebuild-before-switch")
        return made

    return office.database.repeated(switch)
