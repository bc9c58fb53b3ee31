"""The authority's signed list (`vc.recognition.signed_list`): signed with each decision, kept, and renewed.

A list is signed when a decision takes effect, in the same unit, and again before it goes stale. Each is kept
(`issuer.history`), so that what is served is what was kept.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import func
from sqlmodel import Session, col, select

from issuer.accreditation.models import Accreditation, Recognition
from issuer.addresses import machine_origin
from issuer.history import service as history
from issuer.history.models import PublishedKind, PublishedVersion
from issuer.office import Office
from issuer.organisations import service as organisations
from issuer.organisations.models import KeyUse, Organisation, OrganisationKind
from vc import strict_json
from vc.canonical import jcs
from vc.proofs import data_integrity
from vc.recognition.signed_list import list_credential, list_presentation

SUITE = "eddsa-jcs-2022"
VALIDITY = timedelta(days=7)
RENEWED_BEFORE_END = timedelta(days=3)
"""A list is signed anew when less than this is left, so that who fetches one can hold it for some days."""

_ROOMY = strict_json.Limits(members=1_000_000)
"""Of a list that we signed ourselves, however long it became."""


def address(office: Office, slug: str) -> str:
    """Return where the list is served; also the list's identifier."""
    return f"{machine_origin(office.settings)}/o/{slug}/accreditations"


def edition_address(office: Office, slug: str, edition_id: str) -> str:
    """Return where a signed edition is served, always the same bytes."""
    return f"{machine_origin(office.settings)}/o/{slug}/recognitions/{edition_id}"


def publish(office: Office, session: Session, authority: Organisation) -> PublishedVersion:
    """Sign the list as the rows stand, and keep it; two decisions at once take turns here, so neither is left out."""
    history.lock(session, authority)
    now = office.clock().replace(microsecond=0)
    editions = newest_editions(session, authority)
    key = organisations.signing_key(session, authority, KeyUse.CREDENTIAL)
    document = list_credential(
        address=address(office, authority.slug),
        authority=authority.did,
        authority_name=authority.name_fr,
        editions=[
            (edition_address(office, authority.slug, one.id), strict_json.settled(one.body or b"")) for one in editions
        ],
        issued=now,
        until=now + VALIDITY,
    )
    signed = data_integrity.sign(
        document,
        signer=organisations.signer(office, key),
        verification_method=organisations.verification_method(authority, key),
        suite=SUITE,
        created=now,
    )
    body = json.dumps(signed, ensure_ascii=False, separators=(",", ":")).encode()
    return history.publish(
        session, authority, PublishedKind.SIGNED_LIST, body, subject=address(office, authority.slug), now=now
    )


def renew(office: Office) -> int:
    """Sign anew the lists that are missing or end soon; returns how many. For upkeep, on any number of replicas."""
    with office.database.reading() as session:
        authorities = organisations.all_of(session, OrganisationKind.AUTHORITY)
        due = [one.id for one in authorities if _is_due(office, session, one)]
    renewed = 0
    for organisation_id in due:
        with office.database.unit() as session:
            authority = organisations.get(session, organisation_id)
            history.lock(session, authority)
            if _is_due(office, session, authority):  # another replica may have been quicker
                publish(office, session, authority)
                renewed += 1
    return renewed


def _is_due(office: Office, session: Session, authority: Organisation) -> bool:
    signed = history.published_at(session, authority, PublishedKind.SIGNED_LIST, address(office, authority.slug))
    return signed is None or signed + VALIDITY - office.clock() < RENEWED_BEFORE_END


def presentation(session: Session, version: PublishedVersion) -> dict[str, Any]:
    """Return a version of the list together with every edition that it names."""
    listed = strict_json.settled(version.body, limits=_ROOMY)
    named = {one["id"].rpartition("/")[2] for one in listed.get("relatedResource", [])}
    bodies = {
        one.id: strict_json.settled(one.body or b"")
        for one in session.exec(select(Recognition).where(col(Recognition.id).in_(named)))
    }
    in_order = [bodies[one["id"].rpartition("/")[2]] for one in listed.get("relatedResource", [])]
    return list_presentation(listed, in_order)


def newest_editions(session: Session, authority: Organisation) -> Sequence[Recognition]:
    """Return what stands, in the order of the decisions: of each recognition its newest signed edition.

    A recognition that was ended is there as the closed copy that says until when it held; one that followed a
    suspension is a recognition of its own. So the list answers for days in the past too.
    """
    newest = (
        select(Recognition.credential_id, func.max(Recognition.edition).label("edition"))
        .join(Accreditation, col(Accreditation.id) == Recognition.accreditation_id)
        .where(Accreditation.authority_id == authority.id, col(Recognition.body).is_not(None))
        .group_by(col(Recognition.credential_id))
        .subquery()
    )
    query = (
        select(Recognition)
        .join(Accreditation, col(Accreditation.id) == Recognition.accreditation_id)
        .join(newest, newest.c.credential_id == Recognition.credential_id)
        .where(col(Recognition.edition) == newest.c.edition)
        .order_by(col(Accreditation.decided_at), col(Accreditation.id), col(Recognition.edition))
    )
    return session.exec(query).all()


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
