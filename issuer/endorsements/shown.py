"""Which endorsements are seen: on a programme's page, and inside the credentials that are issued for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlmodel import Session, col, select

from issuer.endorsements.models import Endorsement, EndorsementState
from issuer.organisations.models import Organisation
from issuer.programmes.models import Programme
from vc import strict_json

MOST = 3
"""More than that do not travel inside a credential; the programme's page shows all."""


def on_page(session: Session, programme: Programme) -> Sequence[tuple[Endorsement, Organisation]]:
    """Return the endorsements that the programme's public page shows, oldest first."""
    query = (
        select(Endorsement, Organisation)
        .join(Organisation, col(Organisation.id) == Endorsement.endorser_id)
        .where(Endorsement.programme_id == programme.id, Endorsement.state == EndorsementState.ACTIVE)
        .where(col(Endorsement.shown).is_(True))
    )
    return session.exec(query.order_by(col(Endorsement.planned_at))).all()


def inside_credentials(session: Session, programme_ids: Sequence[str]) -> dict[str, tuple[Mapping[str, Any], ...]]:
    """Return, by programme, the signed endorsements that travel inside its credentials, at most `MOST`."""
    query = (
        select(Endorsement)
        .where(col(Endorsement.programme_id).in_(programme_ids), Endorsement.state == EndorsementState.ACTIVE)
        .where(col(Endorsement.shown).is_(True))
        .order_by(col(Endorsement.planned_at))
    )
    found: dict[str, tuple[Mapping[str, Any], ...]] = {}
    for one in session.exec(query):
        found[one.programme_id] = (*found.get(one.programme_id, ()), strict_json.settled(one.body or b""))[:MOST]
    return found
