"""The authority's signed list (`vc.recognition.signed_list`): signed with each decision, kept, and renewed.

A list is signed when a decision takes effect, in the same unit, and again before it goes stale. Each is kept
(`issuer.history`), so that what is served is what was kept.
"""

from __future__ import annotations

import json
from datetime import timedelta
from functools import partial

from sqlalchemy import func
from sqlmodel import Session, col, select

from issuer.accreditation.models import Accreditation, Recognition
from issuer.addresses import machine_origin
from issuer.history import service as history
from issuer.history.models import PublishedKind, PublishedVersion
from issuer.office import Office
from issuer.organisations import service as organisations
from issuer.organisations.models import KeyUse, Organisation, OrganisationKind
from kit.one_by_one import each
from vc import strict_json
from vc.canonical import jcs
from vc.recognition.signed_list import digests, list_credential, list_presentation

SUITE = "eddsa-jcs-2022"
VALIDITY = timedelta(days=7)
RENEWED_BEFORE_END = timedelta(days=3)
"""A list is signed anew when less than this is left, so that who fetches one can hold it for some days."""
_SOME = 200
"""Editions that are published in one unit where there is much to catch up with."""


def address(office: Office, slug: str) -> str:
    """Return where the list is served; also the list's identifier."""
    return f"{machine_origin(office.settings)}/o/{slug}/accreditations"


def edition_address(office: Office, slug: str, edition_id: str) -> str:
    """Return where a signed edition is served, always the same bytes."""
    return f"{machine_origin(office.settings)}/o/{slug}/recognitions/{edition_id}"


def publish(office: Office, session: Session, authority: Organisation) -> PublishedVersion:
    """Sign the list as the rows stand, and keep it; two decisions at once take turns here, so neither is left out."""
    sequence = history.lock(session, authority).sequence + 1
    now = office.clock().replace(microsecond=0)
    key = organisations.signing_key(session, authority, KeyUse.CREDENTIAL)
    document = list_credential(
        address=address(office, authority.slug),
        authority=authority.did,
        authority_name=authority.name_fr,
        digests_address=f"{address(office, authority.slug)}/digests/{sequence}",
        editions=[digest for _, digest in editions_of(session, authority, sequence)],
        issued=now,
        until=now + VALIDITY,
    )
    body = organisations.sign(office, authority, key, document, suite=SUITE, created=now)
    return history.publish(
        session, authority, PublishedKind.SIGNED_LIST, body, subject=address(office, authority.slug), now=now
    )


def renew(office: Office) -> int:
    """See to it that no list is missing or ends soon; returns for how many authorities. For upkeep, on any number of
    replicas; an authority that cannot sign now holds up no other."""
    with office.database.reading() as session:
        authorities = organisations.all_of(session, OrganisationKind.AUTHORITY)
        due = [one.id for one in authorities if _is_due(office, session, one)]
    return each(due, partial(_renew, office), event="signed_list_left_old")


def _renew(office: Office, organisation_id: str) -> None:
    with office.database.unit() as session:
        authority = organisations.get(session, organisation_id)
        history.lock(session, authority)
        if _is_due(office, session, authority):  # another replica may have been quicker
            publish(office, session, authority)


def _is_due(office: Office, session: Session, authority: Organisation) -> bool:
    signed = history.published_at(session, authority, PublishedKind.SIGNED_LIST, address(office, authority.slug))
    return signed is None or signed + VALIDITY - office.clock() < RENEWED_BEFORE_END


def presentation(session: Session, authority: Organisation, version: PublishedVersion) -> bytes:
    """Return a version of the list together with every edition that it covers, as it is served.

    What was signed is put together as it is stored, unread: a long list is served as fast as it is copied.
    """
    covered = [edition_id for edition_id, _ in editions_of(session, authority, version.sequence)]
    query = (
        select(Recognition.id, Recognition.body)
        .join(Accreditation, col(Accreditation.id) == Recognition.accreditation_id)
        .where(Accreditation.authority_id == authority.id, col(Recognition.signed_at).is_not(None))
    )
    bodies = {edition_id: body or b"" for edition_id, body in session.exec(query)}
    around = json.dumps({**list_presentation(json.loads(version.body), ()), "verifiableCredential": []}).encode()
    head, _, tail = around.rpartition(b"]")
    return head + b",".join([version.body, *(bodies[edition_id] for edition_id in covered)]) + b"]" + tail


def digests_of(session: Session, authority: Organisation, sequence: int) -> bytes:
    """Return the digests that a version of the list signs, as they are served."""
    return digests([digest for _, digest in editions_of(session, authority, sequence)])


def editions_of(session: Session, authority: Organisation, sequence: int) -> list[tuple[str, bytes]]:
    """Return id and digest of what stood when the authority's version `sequence` was published, in a fixed order.

    Of each recognition the newest edition counts that was published before: one that was ended is there as the closed
    copy that says until when it held, and one that followed a suspension is a recognition of its own. So the list
    answers for days in the past too. Editions and their versions in the history have the same digest.
    """
    newest = (
        select(Recognition.credential_id, func.max(Recognition.edition).label("edition"))
        .join(PublishedVersion, col(PublishedVersion.digest) == Recognition.digest)
        .where(
            PublishedVersion.organisation_id == authority.id,
            PublishedVersion.kind == PublishedKind.RECOGNITION,
            PublishedVersion.sequence < sequence,
        )
        .group_by(col(Recognition.credential_id))
        .subquery()
    )
    query = (
        select(Recognition.id, Recognition.digest)
        .join(Accreditation, col(Accreditation.id) == Recognition.accreditation_id)
        .join(newest, newest.c.credential_id == Recognition.credential_id)
        .where(Accreditation.authority_id == authority.id, col(Recognition.edition) == newest.c.edition)
        .order_by(col(Accreditation.decided_at), col(Accreditation.id), col(Recognition.edition))
    )
    return [(edition_id, bytes.fromhex(digest)) for edition_id, digest in session.exec(query)]


def publish_edition(office: Office, session: Session, authority: Organisation, edition: Recognition) -> None:
    """Keep a signed edition among what was published, with the digest by which lists cover it."""
    body = canonical(edition.body or b"")
    place = f"{address(office, authority.slug)}/{edition.accreditation_id}"
    kept = history.publish(
        session, authority, PublishedKind.RECOGNITION, body, subject=place, now=edition.signed_at or office.clock()
    )
    edition.digest = kept.digest
    session.add(edition)
    session.flush()


def publish_unlisted(office: Office) -> None:
    """Keep editions that were signed before there was a history, and list them. For the start of a service."""
    while _publish_some(office):
        pass


def _publish_some(office: Office) -> bool:
    with office.database.unit() as session:
        query = select(Recognition).where(Recognition.digest == "", col(Recognition.signed_at).is_not(None))
        found = session.exec(query.order_by(col(Recognition.signed_at), col(Recognition.edition)).limit(_SOME)).all()
        authorities: dict[str, Organisation] = {}
        for one in found:
            accreditation = session.get_one(Accreditation, one.accreditation_id)
            authority = organisations.get(session, accreditation.authority_id)
            authorities[authority.id] = authority
            publish_edition(office, session, authority, one)
        for _, authority in sorted(authorities.items()):
            publish(office, session, authority)
    return bool(found)


def edition(session: Session, authority: Organisation, edition_id: str) -> bytes | None:
    """Return a signed edition of the authority in canonical form; None for what it never signed."""
    found = session.get(Recognition, edition_id)
    if found is None or found.body is None:
        return None
    if session.get_one(Accreditation, found.accreditation_id).authority_id != authority.id:
        return None
    return canonical(found.body)


def canonical(body: bytes) -> bytes:
    """Return a signed form in the canonical form over which the list has its digest."""
    return jcs.canonicalize(strict_json.settled(body))
