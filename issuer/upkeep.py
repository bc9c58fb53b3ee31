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
from kit.one_by_one import each
from kit.telemetry import log_event

INTERVAL_SECONDS = 10.0
_KEEP_ATTEMPTS = timedelta(days=2)
_KEEP_TOKENS = exchange.NOTICE_LIFETIME + timedelta(days=1)


def tidy(office: Office) -> None:
    """Run one round; safe at any time, on any number of replicas. What fails holds up nothing else of it."""
    _run(office, issuance.recover, editions.finish_planned, signed_list.renew, endorsements.finish_planned, _forget)
    office.database.checkpoint()


def _forget(office: Office) -> None:
    """Delete what has expired."""
    now = office.clock()
    office.database.repeated(lambda session: _forget_until(session, now))


def _forget_until(session: Session, now: datetime) -> None:
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
    """Run one round of what may take long; safe at any time, on any number of replicas. What fails holds up nothing
    else of it."""
    _run(office, figures.count_due, received.check_due, delivery.deliver_due, letters.send_news)


def _run(office: Office, *jobs: Callable[[Office], object]) -> None:
    each(jobs, lambda job: job(office), event="upkeep_failed")


@asynccontextmanager
async def upkeep(office: Office) -> AsyncIterator[None]:
    """Catch up and tidy once before the service answers, then tidy and run errands every ten seconds while it runs."""
    await run_in_threadpool(catch_up, office)
    await _round(tidy, office)
    rounds = [asyncio.create_task(_rounds(job, office)) for job in (tidy, run_errands)]
    try:
        yield
    finally:
        for one in rounds:
            one.cancel()
        for one in rounds:
            with suppress(asyncio.CancelledError):
                await one


async def _rounds(job: Callable[[Office], None], office: Office) -> None:
    while True:
        await asyncio.sleep(INTERVAL_SECONDS)
        await _round(job, office)


async def _round(job: Callable[[Office], None], office: Office) -> None:
    try:
        await run_in_threadpool(job, office)
    except Exception as fault:  # noqa: BLE001 - one failed round (a busy database, a full disk) must not end all later ones
        log_event("upkeep_failed", level=logging.ERROR, fault=fault)
