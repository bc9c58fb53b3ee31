"""Asking authorities elsewhere, now and then, whether what we publish of theirs still stands.

A round asks the status lists of what is in force and the authority's own list for newer editions: a withdrawal sets a
bit, and publishes the copy that says until when the recognition held, which we have to publish too. What could not be
asked changes nothing but the date until which we rely on the last answer (`looking.STALE_AFTER`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import timedelta
from functools import cache

from sqlmodel import col, select

from issuer.office import Office
from issuer.organisations.models import Organisation
from issuer.received import looking, service, verifying
from issuer.received.looking import Received, UnknownRecognition
from issuer.received.models import Acceptance, ListedStatus, ReceivedRecognition, RecognisingAuthority
from issuer.received.verifying import Brought
from keys import dids
from keys.fetching import Fetcher, FetchError
from kit.fetching import RememberingFetcher
from vc.held_recognition import RecognitionRefused, Refusal, list_addresses
from vc.recognition import Standing

AT_ONCE = 3
"""Authorities asked in one round of upkeep."""
_MAX_LIST_BYTES = 2 * 1024 * 1024


def check_due(office: Office) -> int:
    """Ask the authorities whose time has come; returns how many. Safe on any number of replicas."""
    now = office.clock()
    with office.database.unit() as session:
        due = session.exec(
            select(RecognisingAuthority)
            .where(col(RecognisingAuthority.next_check_at) <= now)
            .order_by(col(RecognisingAuthority.next_check_at), col(RecognisingAuthority.id))
            .limit(AT_ONCE)
            .with_for_update(skip_locked=True)
        ).all()
        for authority in due:
            authority.next_check_at = now + service.CHECK_EVERY
            session.add(authority)
    for authority in due:
        _check(office, authority)
    return len(due)


def check_now(office: Office, organisation: Organisation, received_id: str) -> RecognisingAuthority:
    """Ask the authority of one recognition at once; returns it as it stands then. Raises `UnknownRecognition`."""
    with office.database.reading() as session:
        authority = looking.one(session, organisation, received_id).authority
    _check(office, authority)
    with office.database.reading() as session:
        return session.get_one(RecognisingAuthority, authority.id)


def _check(office: Office, authority: RecognisingAuthority) -> None:
    """Ask one authority, then write down what it said."""
    with office.database.reading() as session:
        organisation = session.get(Organisation, authority.organisation_id)
        if organisation is None:
            raise UnknownRecognition
        kept = [
            one
            for one in looking.of_organisation(session, organisation.id, Acceptance.PUBLISHED)
            if one.authority.id == authority.id
        ]
    fetcher = RememberingFetcher(office.fetcher, clock=office.clock, max_age=timedelta(minutes=5), max_entries=64)
    troubles: list[str] = []
    statuses = _statuses(office, organisation, kept, fetcher, troubles)
    newer = _newer(office, organisation, authority, kept, fetcher, troubles)
    now = office.clock()
    with office.database.unit() as session:
        row = session.get_one(RecognisingAuthority, authority.id, with_for_update=True)
        for received_id, status in sorted(statuses.items()):
            recognition = session.get_one(ReceivedRecognition, received_id, with_for_update=True)
            recognition.status = status
            session.add(recognition)
        row.trouble = troubles[0][:500] if troubles else ""
        if not troubles:
            row.checked_at = now
        session.add(row)
    for brought in newer:
        with office.database.unit() as session:
            service.keep_newer(office, session, organisation, authority, brought)


def _statuses(
    office: Office, organisation: Organisation, kept: Iterable[Received], fetcher: Fetcher, troubles: list[str]
) -> dict[str, ListedStatus]:
    """What the status lists say of each recognition that was not ended by a closed copy."""
    found: dict[str, ListedStatus] = {}
    for one in kept:
        if one.original is None or one.ending is not None:
            continue
        try:
            held = verifying.verify(office, organisation, one.original.body, fetcher=fetcher).held
        except RecognitionRefused as error:
            troubles.append(error.detail)
            continue
        if held.status is Standing.NOT_CHECKED:
            troubles.append(held.status_detail)
        else:
            found[one.recognition.id] = service.STATUSES[held.status]
    return found


def _newer(
    office: Office,
    organisation: Organisation,
    authority: RecognisingAuthority,
    kept: Iterable[Received],
    fetcher: Fetcher,
    troubles: list[str],
) -> list[Brought]:
    """The editions about us in the authority's own list that we do not have; what does not hold is passed over."""
    known = {edition.digest for one in kept for edition in one.editions}
    found = []
    for document in _listed(office, organisation, authority, fetcher, troubles):
        if hashlib.sha256(document).hexdigest() in known:
            continue
        try:
            brought = verifying.verify(office, organisation, document, fetcher=fetcher)
        except RecognitionRefused as error:
            if error.refusal is Refusal.NOT_REACHED:
                troubles.append(error.detail)
            continue
        if brought.held.authority == authority.did and brought.held.status is not Standing.NOT_CHECKED:
            found.append(brought)
    return found


def _listed(
    office: Office, organisation: Organisation, authority: RecognisingAuthority, fetcher: Fetcher, troubles: list[str]
) -> list[bytes]:
    resolver = cache(lambda did: dids.resolve(did, fetcher=fetcher, now=office.clock()))
    try:
        addresses = list_addresses(authority.did, about=organisation.did, resolver=resolver)
        lists = [fetcher.fetch(url, accept=service.MEDIA_TYPES, max_bytes=_MAX_LIST_BYTES) for url in addresses]
    except (dids.DidError, FetchError) as error:
        troubles.append(error.reason)
        return []
    return [document for listed in lists for document in verifying.documents_in(listed.body)[: verifying.MOST_AT_ONCE]]
