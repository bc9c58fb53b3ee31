"""What an organisation publishes behind its `WhoisService`: who recognises it for what, in force and ended alike.

Two sources, one list: what authorities of this service signed about it, and what it received from authorities
elsewhere and published (`issuer.received`). Each credential carries its own proof; the list itself is unsigned.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from issuer.accreditation.models import Accreditation, AccreditationState, Recognition
from issuer.organisations.models import Organisation
from issuer.received import looking as received
from vc import strict_json
from vc.recognition import whois_presentation

MOST_EDITIONS = 200


def presentation(session: Session, organisation: Organisation, *, now: datetime) -> dict[str, Any]:
    """Return the presentation of the recognitions that `organisation` holds.

    Those in force come first: a reader that stops early has seen what counts. What both sources have is given once.
    """
    held = [*_signed_here(session, organisation), *received.published(session, organisation, now=now)]
    ordered = dict.fromkeys(body for _, body in sorted(held, key=lambda one: not one[0]))
    return whois_presentation([strict_json.settled(body) for body in ordered])


def signed_about(session: Session, authority: Organisation, did: str) -> dict[str, Any]:
    """Return a presentation of every edition that `authority` signed about the institution `did`, newest first.

    An institution whose issuer runs elsewhere asks for them, so as to publish under its own DID what was changed.
    """
    query = (
        select(Recognition.body)
        .join(Accreditation, col(Accreditation.id) == Recognition.accreditation_id)
        .where(Accreditation.authority_id == authority.id, Accreditation.institution_did == did)
        .where(col(Recognition.body).is_not(None))
        .order_by(col(Recognition.signed_at).desc(), col(Recognition.edition).desc())
        .limit(MOST_EDITIONS)
    )
    return whois_presentation([strict_json.settled(body) for body in session.exec(query) if body is not None])


def _signed_here(session: Session, organisation: Organisation) -> list[tuple[bool, bytes]]:
    """Whether it is in force, and the bytes, newest first. Of several closed copies of one recognition (suspended,
    then withdrawn) the last is given."""
    query = (
        select(Recognition, Accreditation.state)
        .join(Accreditation, col(Accreditation.id) == Recognition.accreditation_id)
        .where(Accreditation.institution_did == organisation.did, col(Recognition.body).is_not(None))
        .order_by(col(Recognition.signed_at).desc(), col(Recognition.edition).desc())
    )
    given: dict[str, tuple[bool, bytes]] = {}
    for edition, state in session.exec(query):
        key = f"closed:{edition.closes_id}" if edition.closes_id else edition.id
        given.setdefault(key, (state is AccreditationState.ACTIVE, edition.body or b""))
    return list(given.values())
