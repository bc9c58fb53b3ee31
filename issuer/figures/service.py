"""Counting what an institution has issued: at once where there are few, and from time to time where there are many.

Up to `FEW` credentials the page that shows the figures counts them, to the last one. Of more it shows what upkeep
counted at most `EVERY` ago, with the time, so that opening it costs the same among ten thousand and among a million.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import func
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from issuer.figures.models import KeptFigures
from issuer.hand_over.models import ClaimInvitation
from issuer.issuance.models import CredentialState, IssuedCredential
from issuer.office import Office
from issuer.organisations.models import Organisation, OrganisationKind

FEW = 10_000
"""Credentials that are counted while somebody waits; it takes some milliseconds."""
EVERY = timedelta(minutes=5)
_SIGNED = (CredentialState.ISSUED, CredentialState.SUSPENDED, CredentialState.REVOKED)


@dataclass(frozen=True)
class Figures:
    """How many credentials an institution has issued, and where they are; `counted_at`: None for just now."""

    issued: int
    taken: int
    suspended: int
    revoked: int
    counted_at: datetime | None = None


def of(session: Session, organisation_id: str) -> Figures:
    """Return the figures of an institution, exact or as they were kept last."""
    if _has_many(session, organisation_id):
        kept = session.get(KeptFigures, organisation_id)
        if kept is not None:
            return Figures(kept.issued, kept.taken, kept.suspended, kept.revoked, kept.counted_at)
    return _counted(session, organisation_id)


def count_due(office: Office) -> int:
    """Count anew for every institution with many credentials whose figures are old; returns for how many.

    For upkeep, on any number of replicas: two that count at once keep the same.
    """
    now = office.clock()
    with office.database.reading() as session:
        of_institutions = select(Organisation.id).where(Organisation.kind == OrganisationKind.INSTITUTION)
        due = [one for one in session.exec(of_institutions) if _has_many(session, one) and _is_due(session, one, now)]
    for organisation_id in due:
        with office.database.reading() as session:
            counted = replace(_counted(session, organisation_id), counted_at=now)
        with suppress(IntegrityError), office.database.unit() as session:  # the other kept its first ones just now
            session.merge(KeptFigures(organisation_id=organisation_id, **vars(counted)))
    return len(due)


def _is_due(session: Session, organisation_id: str, now: datetime) -> bool:
    kept = session.get(KeptFigures, organisation_id)
    return kept is None or kept.counted_at <= now - EVERY


def _has_many(session: Session, organisation_id: str) -> bool:
    of_it = select(IssuedCredential.id).where(IssuedCredential.organisation_id == organisation_id)
    return session.exec(of_it.offset(FEW).limit(1)).first() is not None


def _counted(session: Session, organisation_id: str) -> Figures:
    of_it = (col(IssuedCredential.organisation_id) == organisation_id, col(IssuedCredential.state).in_(_SIGNED))
    by_state = select(IssuedCredential.state, func.count()).where(*of_it).group_by(col(IssuedCredential.state))
    counts = dict(session.exec(by_state).all())
    taken = select(func.count(func.distinct(ClaimInvitation.credential_id))).where(
        col(ClaimInvitation.credential_id).in_(select(IssuedCredential.id).where(*of_it)),
        col(ClaimInvitation.accepted_at).is_not(None),
    )
    return Figures(
        issued=sum(counts.values()),
        taken=session.exec(taken).one(),
        suspended=counts.get(CredentialState.SUSPENDED, 0),
        revoked=counts.get(CredentialState.REVOKED, 0),
    )
