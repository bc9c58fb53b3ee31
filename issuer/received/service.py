"""Taking in recognitions that authorities elsewhere signed: verify, keep as they came, publish, take back.

    receive     staff bring a file or a link: what holds is published at once
    deliver     anybody sends one: it proves itself, and waits for staff unless the authority is known here already
    publish     staff accept what was sent, or undo a removal
    remove      take it out of what we publish; the bytes stay

Every document is verified fully (`issuer.received.verifying`) before anything of it is kept. Nothing is fetched inside
a unit of work.
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

from sqlalchemy import func
from sqlmodel import Session, col, select

from issuer.audit import service as audit
from issuer.office import Office
from issuer.organisations.models import Organisation
from issuer.received.looking import UnknownRecognition
from issuer.received.models import (
    Acceptance,
    CameBy,
    ListedStatus,
    ReceivedEdition,
    ReceivedRecognition,
    RecognisingAuthority,
)
from issuer.received.verifying import Brought, verified
from keys.fetching import FetchError
from kit.i18n import N_
from kit.problems import Conflict, TooManyRequests, Unprocessable
from vc.held_recognition import HeldRecognition
from vc.recognition import Standing

MAX_BYTES = 256 * 1024
"""Of one file, link or delivery; a recognition of ours has about 2,000."""
MOST_AWAITING = 100
"""Deliveries that may wait for an institution's staff at a time."""
CHECK_EVERY = timedelta(hours=1)
MEDIA_TYPES = ("application/vc", "application/vp", "application/json", "application/ld+json")

STATUSES = {
    Standing.RECOGNISED: ListedStatus.GOOD,
    Standing.SUSPENDED: ListedStatus.SUSPENDED,
    Standing.WITHDRAWN: ListedStatus.WITHDRAWN,
}


class LinkFailed(Unprocessable):
    """The address gave no document."""


# --- bring in ---


def receive(
    office: Office, organisation: Organisation, source: bytes, *, came_by: CameBy, actor: str
) -> list[ReceivedRecognition]:
    """Take in what staff brought: one recognition, or those about us in a presentation (an authority's list).

    Opens its own units. Raises `NotAccepted` when nothing in it can be taken, `AuthorityNotReached`.
    """
    brought = verified(office, organisation, source)
    with office.database.unit() as session:
        return [
            _keep(office, session, organisation, one, came_by=came_by, acceptance=Acceptance.PUBLISHED, actor=actor)
            for one in brought
        ]


def receive_link(office: Office, organisation: Organisation, url: str, *, actor: str) -> list[ReceivedRecognition]:
    """As `receive`, for what stands at an address. Raises `LinkFailed` too."""
    try:
        fetched = office.fetcher.fetch(url.strip(), accept=MEDIA_TYPES, max_bytes=MAX_BYTES)
    except FetchError as error:
        raise LinkFailed(error.reason) from error
    return receive(office, organisation, fetched.body, came_by=CameBy.LINK, actor=actor)


def deliver(office: Office, organisation: Organisation, source: bytes) -> ReceivedRecognition:
    """Take in one recognition that somebody sent. It is published if its authority is known here, else it waits.

    Opens its own units. Raises `NotAccepted`, `AuthorityNotReached`, `TooManyRequests` when too many wait.
    """
    [brought] = verified(office, organisation, source, several=False)
    with office.database.unit() as session:
        known = _is_known(session, organisation, brought.held.authority)
        if not known:
            _check_room(session, organisation)
        acceptance = Acceptance.PUBLISHED if known else Acceptance.AWAITING
        return _keep(
            office, session, organisation, brought, came_by=CameBy.POST, acceptance=acceptance, actor="authority"
        )


def keep_newer(
    office: Office, session: Session, organisation: Organisation, authority: RecognisingAuthority, brought: Brought
) -> None:
    """Keep what a known authority's own list says; what staff removed stays removed."""
    if brought.held.authority == authority.did:
        _keep(
            office,
            session,
            organisation,
            brought,
            came_by=CameBy.LIST,
            acceptance=Acceptance.PUBLISHED,
            actor="authority",
        )


def _is_known(session: Session, organisation: Organisation, did: str) -> bool:
    """Whether something of this authority is published by the institution."""
    query = (
        select(ReceivedRecognition.id)
        .join(RecognisingAuthority, col(RecognisingAuthority.id) == ReceivedRecognition.authority_id)
        .where(RecognisingAuthority.organisation_id == organisation.id, RecognisingAuthority.did == did)
        .where(ReceivedRecognition.acceptance == Acceptance.PUBLISHED)
    )
    return session.exec(query).first() is not None


def _check_room(session: Session, organisation: Organisation) -> None:
    query = select(func.count()).select_from(ReceivedRecognition)
    awaiting = query.where(
        ReceivedRecognition.organisation_id == organisation.id, ReceivedRecognition.acceptance == Acceptance.AWAITING
    )
    if session.exec(awaiting).one() >= MOST_AWAITING:
        raise TooManyRequests("too many wait for this institution's staff", headers={"Retry-After": "3600"})


# --- keep ---


def _keep(
    office: Office,
    session: Session,
    organisation: Organisation,
    brought: Brought,
    *,
    came_by: CameBy,
    acceptance: Acceptance,
    actor: str,
) -> ReceivedRecognition:
    """Keep a verified document, once; a document that came before changes nothing but what staff now decide."""
    now, held = office.clock(), brought.held
    session.get_one(Organisation, organisation.id, with_for_update={"key_share": True})  # the rows below are looked for
    authority = _authority(session, organisation, held)
    row = _row(session, authority, held)
    if row is None:
        row = ReceivedRecognition(
            organisation_id=organisation.id,
            authority_id=authority.id,
            credential_id=held.id,
            achievement_id=held.programme,
            acceptance=acceptance,
            valid_from=held.valid_from,
            received_at=now,
        )
    elif came_by in (CameBy.FILE, CameBy.LINK):
        row.acceptance = acceptance
    if not held.closed:
        row.status = STATUSES[held.status]
    session.add(row)
    session.flush()
    if _add_edition(session, row, brought, came_by=came_by, now=now):
        audit.record(
            session,
            actor=actor,
            organisation_id=organisation.id,
            act="recognition.received",
            subject=row.id,
            now=now,
            authority=authority.did,
            by=came_by.value,
            acceptance=row.acceptance.value,
        )
    authority.checked_at = authority.checked_at or now  # its status list was read for this document
    if row.acceptance is Acceptance.PUBLISHED and authority.next_check_at is None:
        authority.next_check_at = now + CHECK_EVERY
    session.add(authority)
    return row


def _row(session: Session, authority: RecognisingAuthority, held: HeldRecognition) -> ReceivedRecognition | None:
    query = select(ReceivedRecognition).where(
        ReceivedRecognition.authority_id == authority.id, ReceivedRecognition.credential_id == held.id
    )
    return session.exec(query).first()


def _authority(session: Session, organisation: Organisation, held: HeldRecognition) -> RecognisingAuthority:
    query = select(RecognisingAuthority).where(
        RecognisingAuthority.organisation_id == organisation.id, RecognisingAuthority.did == held.authority
    )
    found = session.exec(query).first() or RecognisingAuthority(
        organisation_id=organisation.id, did=held.authority, name_fr="", name_en=""
    )
    found.name_fr, found.name_en = held.names["fr"][:200], held.names["en"][:200]
    session.add(found)
    session.flush()
    return found


def _add_edition(
    session: Session, row: ReceivedRecognition, brought: Brought, *, came_by: CameBy, now: datetime
) -> bool:
    """Keep the bytes unless they are there; says whether they were new."""
    digest = hashlib.sha256(brought.body).hexdigest()
    query = select(ReceivedEdition.id).where(ReceivedEdition.received_id == row.id, ReceivedEdition.digest == digest)
    if session.exec(query).first() is not None:
        return False
    session.add(
        ReceivedEdition(
            received_id=row.id,
            digest=digest,
            body=brought.body,
            came_by=came_by,
            valid_until=brought.held.valid_until,
            end_reason=brought.held.end_reason[:40],
            received_at=now,
        )
    )
    session.flush()
    return True


# --- staff decide ---


def publish(
    office: Office, session: Session, organisation: Organisation, received_id: str, *, actor: str
) -> ReceivedRecognition:
    """Accept what was sent, or undo a removal. Raises `UnknownRecognition`, `Conflict` when it is published."""
    row = _locked(session, organisation, received_id)
    if row.acceptance is Acceptance.PUBLISHED:
        raise Conflict(advice=N_("It is published already."))
    row.acceptance = Acceptance.PUBLISHED
    authority = session.get_one(RecognisingAuthority, row.authority_id)
    authority.next_check_at = office.clock()
    session.add(authority)
    return _decided(office, session, row, "recognition.published", actor)


def remove(
    office: Office, session: Session, organisation: Organisation, received_id: str, *, actor: str
) -> ReceivedRecognition:
    """Take it out of what the institution publishes; `publish` undoes it. Raises as `publish` does."""
    row = _locked(session, organisation, received_id)
    if row.acceptance is Acceptance.REMOVED:
        raise Conflict(advice=N_("It was taken out already."))
    row.acceptance = Acceptance.REMOVED
    return _decided(office, session, row, "recognition.removed", actor)


def _locked(session: Session, organisation: Organisation, received_id: str) -> ReceivedRecognition:
    """The row, its authority locked before it, as a round of checking does."""
    found = session.get(ReceivedRecognition, received_id)
    if found is None or found.organisation_id != organisation.id:
        raise UnknownRecognition
    session.get_one(RecognisingAuthority, found.authority_id, with_for_update=True)
    return session.get_one(ReceivedRecognition, found.id, with_for_update=True, populate_existing=True)


def _decided(office: Office, session: Session, row: ReceivedRecognition, act: str, actor: str) -> ReceivedRecognition:
    session.add(row)
    now = office.clock()
    audit.record(session, actor=actor, organisation_id=row.organisation_id, act=act, subject=row.id, now=now)
    return row
