"""Taking in recognitions that authorities elsewhere signed: verify, keep as they came, publish, take back.

    receive     staff bring a file or a link: what holds is published at once
    deliver     anybody sends one: it proves itself, and waits for staff unless the authority is known here already
    publish     staff accept what was sent, or undo a removal
    remove      take it out of what we publish; the bytes stay

Every document is verified fully (`vc.held_recognition`) before anything of it is kept. Nothing is fetched inside a
unit of work.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func
from sqlmodel import Session, col, select

from issuer.audit import service as audit
from issuer.office import Office
from issuer.organisations.models import Organisation
from issuer.programmes.models import Programme
from issuer.received.models import (
    Acceptance,
    CameBy,
    ListedStatus,
    ReceivedEdition,
    ReceivedRecognition,
    RecognisingAuthority,
)
from keys.fetching import Fetcher, FetchError
from kit.i18n import N_
from kit.problems import Conflict, NotFound, TooManyRequests, Unavailable, Unprocessable
from vc import held_recognition, strict_json
from vc.credential import entries
from vc.errors import ParsingError
from vc.held_recognition import HeldRecognition, RecognitionRefused, Refusal
from vc.policy import PUBLIC
from vc.proofs import SUITES
from vc.recognition import Standing

MAX_BYTES = 256 * 1024
"""Of one file, link or delivery; a recognition of ours has about 2,000."""
MOST_AT_ONCE = 50
MOST_AWAITING = 100
"""Deliveries that may wait for an institution's staff at a time."""
CHECK_EVERY = timedelta(hours=1)
STALE_AFTER = timedelta(days=7)
"""Without a full answer of the authority for so long, a recognition no longer counts as in force on our pages."""
MEDIA_TYPES = ("application/vc", "application/vp", "application/json", "application/ld+json")

STATUSES = {
    Standing.RECOGNISED: ListedStatus.GOOD,
    Standing.SUSPENDED: ListedStatus.SUSPENDED,
    Standing.WITHDRAWN: ListedStatus.WITHDRAWN,
}
SENTENCES = {
    Refusal.UNREADABLE: N_("This is not a signed accreditation that can be read here."),
    Refusal.OTHER_KIND: N_("This is a credential of another kind, not an accreditation."),
    Refusal.SOMEONE_ELSES: N_("This accreditation is about another institution."),
    Refusal.OTHER_TRAINING: N_("This accreditation is for none of your trainings."),
    Refusal.FORGED: N_("The authority that this document names did not sign it, or it was changed since."),
    Refusal.NOT_REACHED: N_("The authority did not answer, so nothing could be checked. Try again in a few minutes."),
}


class NotAccepted(Unprocessable):
    """What was brought is no recognition of ours; `refusal` says why."""

    slug, title = "recognition-refused", N_("This accreditation cannot be taken in")

    def __init__(self, refusal: Refusal, detail: str) -> None:
        super().__init__(SENTENCES[refusal], reason=refusal.value, found=detail[:300])
        self.refusal = refusal


class AuthorityNotReached(Unavailable):
    """The authority's keys or status lists could not be had: nothing is decided."""

    advice = SENTENCES[Refusal.NOT_REACHED]


class LinkFailed(Unprocessable):
    """The address gave no document."""


class UnknownRecognition(NotFound):
    """The institution received no such thing."""


@dataclass(frozen=True)
class Brought:
    """A document that was verified, and what it said."""

    body: bytes
    held: HeldRecognition


# --- bring in ---


def receive(
    office: Office, organisation: Organisation, source: bytes, *, came_by: CameBy, actor: str
) -> list[ReceivedRecognition]:
    """Take in what staff brought: one recognition, or those about us in a presentation (an authority's list).

    Opens its own units. Raises `NotAccepted` when nothing in it can be taken, `AuthorityNotReached`.
    """
    brought = _verified(office, organisation, source)
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
    [brought] = _verified(office, organisation, source, several=False)
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


def verify(office: Office, organisation: Organisation, document: bytes, *, fetcher: Fetcher | None = None) -> Brought:
    """Verify one document, whoever brought it. Raises `RecognitionRefused`."""
    with office.database.reading() as session:
        query = select(Programme.achievement_id).where(Programme.organisation_id == organisation.id)
        programmes = session.exec(query).all()
    held = held_recognition.verify(
        document,
        institution=organisation.did,
        programmes=programmes,
        accepted_suites=frozenset(SUITES),
        policy=PUBLIC,
        fetcher=fetcher or office.fetcher,
        now=office.clock(),
    )
    return Brought(document, held)


def documents_in(source: bytes) -> list[bytes]:
    """The documents in what was brought: itself, or those that a presentation holds.

    A single document keeps its bytes; of a collection, each member is written anew.
    """
    try:
        document = strict_json.parse_object(source)
    except ParsingError:
        return [source]  # to be refused by its own name
    if "verifiableCredential" not in document:
        return [source]
    found = [one for one in entries(document["verifiableCredential"]) if isinstance(one, dict)]
    return [_written(one) for one in found[: PUBLIC.limits.recognitions]]


def _written(document: Mapping[str, Any]) -> bytes:
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


def _verified(office: Office, organisation: Organisation, source: bytes, *, several: bool = True) -> list[Brought]:
    """What holds of `source`. Raises `NotAccepted` by the first refusal when nothing does."""
    brought, refused = [], []
    for document in documents_in(source)[:MOST_AT_ONCE] if several else [source]:
        try:
            one = verify(office, organisation, document)
        except RecognitionRefused as error:
            refused.append(error)
            continue
        if one.held.status is Standing.NOT_CHECKED:
            refused.append(RecognitionRefused(Refusal.NOT_REACHED, one.held.status_detail))
        else:
            brought.append(one)
    if brought:
        return brought
    first = refused[0] if refused else RecognitionRefused(Refusal.SOMEONE_ELSES, "there is nothing in it")
    if first.refusal is Refusal.NOT_REACHED:
        raise AuthorityNotReached(first.detail[:300], headers={"Retry-After": "300"})
    raise NotAccepted(first.refusal, first.detail)


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
        raise Conflict("it is published already")
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
        raise Conflict("it is removed already")
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


# --- find ---


@dataclass(frozen=True)
class Received:
    """One recognition with its authority and the documents that came of it, oldest first."""

    recognition: ReceivedRecognition
    authority: RecognisingAuthority
    editions: tuple[ReceivedEdition, ...]

    @property
    def original(self) -> ReceivedEdition | None:
        """The newest edition that was not closed."""
        return next((one for one in reversed(self.editions) if not one.end_reason), None)

    @property
    def ending(self) -> ReceivedEdition | None:
        """The closed copy that ends it last; of two for one day, the withdrawal that followed a suspension."""
        closed = [one for one in self.editions if one.end_reason]
        return max(
            closed, key=lambda one: (one.valid_until or one.received_at, one.end_reason == "withdrawn"), default=None
        )

    def holds(self, now: datetime) -> bool:
        """Whether it is in force at `now`, as far as the authority has answered lately."""
        row, original = self.recognition, self.original
        if original is None or self.ending is not None or row.status is not ListedStatus.GOOD:
            return False
        fresh = self.authority.checked_at is not None and now - self.authority.checked_at <= STALE_AFTER
        until = original.valid_until
        return fresh and row.valid_from <= now and (until is None or now <= until)


def of_organisation(
    session: Session, organisation_id: str, *acceptances: Acceptance, achievement_id: str = ""
) -> list[Received]:
    """Return what the institution received, newest first: of these acceptances (all when none is named)."""
    query = (
        select(ReceivedRecognition, RecognisingAuthority)
        .join(RecognisingAuthority, col(RecognisingAuthority.id) == ReceivedRecognition.authority_id)
        .where(ReceivedRecognition.organisation_id == organisation_id)
        .order_by(col(ReceivedRecognition.received_at).desc(), col(ReceivedRecognition.id))
    )
    if acceptances:
        query = query.where(col(ReceivedRecognition.acceptance).in_(acceptances))
    if achievement_id:
        query = query.where(ReceivedRecognition.achievement_id == achievement_id)
    return _with_editions(session, session.exec(query).all())


def one(session: Session, organisation: Organisation, received_id: str) -> Received:
    """Return one of them. Raises `UnknownRecognition`."""
    row = session.get(ReceivedRecognition, received_id)
    if row is None or row.organisation_id != organisation.id:
        raise UnknownRecognition
    return _with_editions(session, [(row, session.get_one(RecognisingAuthority, row.authority_id))])[0]


def _with_editions(
    session: Session, rows: Sequence[tuple[ReceivedRecognition, RecognisingAuthority]]
) -> list[Received]:
    query = (
        select(ReceivedEdition)
        .where(col(ReceivedEdition.received_id).in_([row.id for row, _ in rows]))
        .order_by(col(ReceivedEdition.received_at), col(ReceivedEdition.id))
    )
    editions: dict[str, list[ReceivedEdition]] = {}
    for edition in session.exec(query):
        editions.setdefault(edition.received_id, []).append(edition)
    return [Received(row, authority, tuple(editions.get(row.id, ()))) for row, authority in rows]


# --- what is published ---


def published(session: Session, organisation: Organisation, *, now: datetime) -> list[tuple[bool, bytes]]:
    """For the institution's whois: each published document, and whether it is in force; newest first.

    Of each recognition the original and the last closed copy are given, as for those signed on this service.
    """
    found: list[tuple[bool, bytes]] = []
    for received in of_organisation(session, organisation.id, Acceptance.PUBLISHED):
        holds = received.holds(now)
        found.extend((holds, each.body) for each in (received.original, received.ending) if each is not None)
    return found


def in_force(session: Session, achievement_id: str, *, now: datetime) -> list[Received]:
    """Return what recognises a training at `now`, for cards and programme pages."""
    query = select(Programme.organisation_id).where(Programme.achievement_id == achievement_id)
    owner = session.exec(query).first()
    if owner is None:
        return []
    found = of_organisation(session, owner, Acceptance.PUBLISHED, achievement_id=achievement_id)
    return [received for received in found if received.holds(now)]
