"""What the service does by itself: finish or void what a crash left half-done, forget secrets that have expired, and
run errands: count what is too much for a page, ask and tell services elsewhere. Errands go their own rounds, so that
what takes long holds nothing up."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import datetime, timedelta

from sqlalchemy import delete
from sqlmodel import Session, col
from starlette.concurrency import run_in_threadpool

from issuer.accreditation import editions, signed_list
from issuer.endorsements import service as endorsements
from issuer.figures import service as figures
from issuer.hand_over import exchange
from issuer.hand_over.models import AccessToken, Nonce, OfferCode
from issuer.issuance import service as issuance
from issuer.office import Office
from issuer.organisations import service as organisations
from issuer.outside import delivery, letters
from issuer.outside import service as outside
from issuer.received import checking as received
from issuer.staff.models import Attempt, StaffSession
from kit.telemetry import log_event

INTERVAL_SECONDS = 10.0
_KEEP_ATTEMPTS = timedelta(days=2)
_KEEP_TOKENS = exchange.NOTICE_LIFETIME + timedelta(days=1)


def tidy(office: Office) -> None:
    """Run one round; safe at any time, on any number of replicas."""
    issuance.recover(office)
    editions.finish_planned(office)
    signed_list.renew(office)
    endorsements.finish_planned(office)
    now = office.clock()
    office.database.repeated(lambda session: _forget(session, now))
    office.database.checkpoint()


def _forget(session: Session, now: datetime) -> None:
    """Delete what has expired."""
    session.exec(delete(OfferCode).where(col(OfferCode.expires_at) < now))
    session.exec(delete(StaffSession).where(col(StaffSession.expires_at) < now))
    outside.forget_unproven(session, now=now)
    session.exec(delete(Nonce).where(col(Nonce.expires_at) < now))
    session.exec(delete(Attempt).where(col(Attempt.window_start) < now - _KEEP_ATTEMPTS))
    session.exec(delete(AccessToken).where(col(AccessToken.expires_at) < now - _KEEP_TOKENS))


def catch_up(office: Office) -> None:
    """Do once, at the start, what an upgrade may have made necessary; safe at any time, on any number of replicas."""
    organisations.publish_changed_documents(office)
    signed_list.publish_unlisted(office)


def run_errands(office: Office) -> None:
    """Run one round of what may take long; safe at any time, on any number of replicas."""
    figures.count_due(office)
    received.check_due(office)
    delivery.deliver_due(office)
    letters.send_news(office)


@asynccontextmanager
async def upkeep(office: Office) -> AsyncIterator[None]:
    """Catch up and tidy once before the service answers, then tidy and run errands every ten seconds while it runs."""
    await run_in_threadpool(catch_up, office)
    await run_in_threadpool(tidy, office)
    rounds = [asyncio.create_task(_rounds(job, office)) for job in (tidy, run_errands)]
    try:
        yield
    finally:
        for each in rounds:
            each.cancel()
        for each in rounds:
            with suppress(asyncio.CancelledError):
                await each


async def _rounds(job: Callable[[Office], None], office: Office) -> None:
    while True:
        await asyncio.sleep(INTERVAL_SECONDS)
        try:
            await run_in_threadpool(job, office)
        except Exception as fault:  # noqa: BLE001 - one failed round (a busy database, a bug) must not end all later ones
            log_event("upkeep_failed", level=logging.ERROR, fault=fault)
