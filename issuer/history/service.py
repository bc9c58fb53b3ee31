"""Keeping what is published, in the unit that changes it, and finding it again by version or date."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime

from sqlalchemy import func
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from issuer.history import chain
from issuer.history.models import HistoryHead, PublishedKind, PublishedVersion
from issuer.organisations.models import Organisation
from keys import timestamps
from kit.problems import NotFound


class NoSuchVersion(NotFound):
    """Nothing was published under this version, or at this time."""


def publish(
    session: Session, organisation: Organisation, kind: PublishedKind, body: bytes, *, subject: str, now: datetime
) -> PublishedVersion:
    """Keep `body` as the newest version of `subject`; the very same bytes are not kept a second time in a row.

    The end of the chain is locked until the unit ends (after status bits, before the record of acts). Time never goes
    back in a chain: with a clock that was set back, a version counts from the one before it.
    """
    head = lock(session, organisation)
    newest = newest_of(session, organisation, kind, subject)
    digest = chain.digest(body)
    if newest is not None and newest.digest == digest:
        return newest
    last = session.exec(_all(organisation).order_by(col(PublishedVersion.sequence).desc()).limit(1)).first()
    published = max(now.replace(microsecond=0), last.published_at) if last else now.replace(microsecond=0)
    version = PublishedVersion(
        organisation_id=organisation.id,
        sequence=head.sequence + 1,
        kind=kind,
        subject=subject,
        published_at=published,
        digest=digest,
        body=body,
        previous_hash=head.hash,
        hash="",
    )
    version.hash = line(organisation, version).computed_hash()
    head.sequence, head.hash = version.sequence, version.hash
    session.add_all([version, head])
    session.flush()
    return version


def lock(session: Session, organisation: Organisation) -> HistoryHead:
    """Return the end of the organisation's chain, locked: nothing that is read from now on is overtaken before the end
    of the unit."""
    query = select(HistoryHead).where(HistoryHead.organisation_id == organisation.id).with_for_update()
    while (head := session.exec(query.execution_options(populate_existing=True)).first()) is None:
        with suppress(IntegrityError), session.begin_nested():  # two first versions at once: one begins the chain
            session.add(HistoryHead(organisation_id=organisation.id, sequence=0, hash=chain.GENESIS))
    return head


# --- finding it again ---


def head(session: Session, organisation: Organisation) -> chain.Head:
    """Return the end of the organisation's chain: what to keep elsewhere, to see later that nothing was rewritten."""
    found = session.get(HistoryHead, organisation.id)
    return chain.Head(found.sequence, found.hash) if found else chain.Head(0, chain.GENESIS)


def line(organisation: Organisation, version: PublishedVersion) -> chain.Version:
    """Return a version as the index names it."""
    return chain.Version(
        organisation=organisation.did,
        sequence=version.sequence,
        kind=version.kind.value,
        subject=version.subject,
        published=timestamps.write(version.published_at),
        digest=version.digest,
        previous=version.previous_hash,
        hash=version.hash,
    )


def versions(
    session: Session, organisation: Organisation, *, after: int = 0, most: int = 1000
) -> Sequence[PublishedVersion]:
    """Return up to `most` versions of everything the organisation published, oldest first, after a sequence number."""
    query = _all(organisation).where(PublishedVersion.sequence > after)
    return session.exec(query.order_by(col(PublishedVersion.sequence)).limit(most)).all()


def newest_of(
    session: Session, organisation: Organisation, kind: PublishedKind, subject: str, *, at: datetime | None = None
) -> PublishedVersion | None:
    """Return the version of `subject` that is served now, or was served `at` that time."""
    query = _all(organisation).where(PublishedVersion.kind == kind, PublishedVersion.subject == subject)
    if at is not None:
        query = query.where(PublishedVersion.published_at <= at)
    return session.exec(query.order_by(col(PublishedVersion.sequence).desc()).limit(1)).first()


def published_at(session: Session, organisation: Organisation, kind: PublishedKind, subject: str) -> datetime | None:
    """Return from when on the version of `subject` is served that is served now; None where there is none."""
    query = select(func.max(PublishedVersion.published_at)).where(
        PublishedVersion.organisation_id == organisation.id,
        PublishedVersion.kind == kind,
        PublishedVersion.subject == subject,
    )
    return session.exec(query).one()


def by_sequence(session: Session, organisation: Organisation, sequence: int) -> PublishedVersion:
    """Return the version with this number. Raises `NoSuchVersion`."""
    found = session.exec(_all(organisation).where(PublishedVersion.sequence == sequence)).first()
    if found is None:
        raise NoSuchVersion
    return found


def _all(organisation: Organisation) -> SelectOfScalar[PublishedVersion]:
    return select(PublishedVersion).where(PublishedVersion.organisation_id == organisation.id)
