"""The authority's signed list (`vc.recognition.signed_list`): signed with each decision, kept, and renewed.

A list is signed when a decision takes effect, in the same unit, and again before it goes stale. Each is kept
(`issuer.history`), so that what is served is what was kept.
"""

from __future__ import annotations

import json
from datetime import timedelta

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
from vc.recognition.signed_list import edition_digest, list_credential, list_presentation

SUITE = "eddsa-jcs-2022"
VALIDITY = timedelta(days=7)
RENEWED_BEFORE_END = timedelta(days=3)
"""A list is signed anew when less than this is left, so that who fetches one can hold it for some days."""


def address(office: Office, slug: str) -> str:
    """Return where the list is served; also the list's identifier."""
    return f"{machine_origin(office.settings)}/o/{slug}/accreditations"


def edition_address(office: Office, slug: str, edition_id: str) -> str:
    """Return where a signed edition is served, always the same bytes."""
    return f"{machine_origin(office.settings)}/o/{slug}/recognitions/{edition_id}"


def publish(office: Office, session: Session, authority: Organisation) -> PublishedVersion:
    """Sign the list as the rows stand, and keep it; two decisions at once take turns here, so neither is left out."""
    history.lock(session, authority)
    _note_digests(session, authority)
    now = office.clock().replace(microsecond=0)
    key = organisations.signing_key(session, authority, KeyUse.CREDENTIAL)
    document = list_credential(
        address=address(office, authority.slug),
        authority=authority.did,
        authority_name=authority.name_fr,
        editions=[
            (edition_address(office, authority.slug, edition_id), digest)
            for edition_id, digest in newest_editions(session, authority)
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


def presentation(session: Session, authority: Organisation, version: PublishedVersion) -> bytes:
    """Return a version of the list together with every edition that it names, as it is served.

    What was signed is put together as it is stored, unread: a long list is served as fast as it is copied.
    """
    listed = json.loads(version.body)
    named = [one["id"].rpartition("/")[2] for one in listed.get("relatedResource", ())]
    query = (
        select(Recognition.id, Recognition.body)
        .join(Accreditation, col(Accreditation.id) == Recognition.accreditation_id)
        .where(Accreditation.authority_id == authority.id, col(Recognition.signed_at).is_not(None))
    )
    bodies = {edition_id: body or b"" for edition_id, body in session.exec(query)}
    around = json.dumps(list_presentation(listed, ()) | {"verifiableCredential": []}, separators=(",", ":")).encode()
    head, _, tail = around.rpartition(b"]")
    return head + b",".join([version.body, *(bodies[edition_id] for edition_id in named)]) + b"]" + tail


def newest_editions(session: Session, authority: Organisation) -> list[tuple[str, bytes]]:
    """Return id and digest of what stands, in the order of the decisions.

    Of each recognition its newest signed edition counts: one that was ended is there as the closed copy that says until
    when it held, and one that followed a suspension is a recognition of its own. So the list answers for days in the
    past too.
    """
    newest = (
        select(Recognition.credential_id, func.max(Recognition.edition).label("edition"))
        .join(Accreditation, col(Accreditation.id) == Recognition.accreditation_id)
        .where(Accreditation.authority_id == authority.id, col(Recognition.signed_at).is_not(None))
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


def _note_digests(session: Session, authority: Organisation) -> None:
    """Note the digest of editions that were signed before digests were noted."""
    query = (
        select(Recognition)
        .join(Accreditation, col(Accreditation.id) == Recognition.accreditation_id)
        .where(Accreditation.authority_id == authority.id, Recognition.digest == "")
        .where(col(Recognition.signed_at).is_not(None))
    )
    for one in session.exec(query):
        one.digest = digest_of(one.body or b"")
        session.add(one)
    session.flush()


def digest_of(body: bytes) -> str:
    """Return the digest of a signed edition under which the list names it, in hexadecimal."""
    return edition_digest(strict_json.settled(body)).hex()


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
