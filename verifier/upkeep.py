"""What the verifier does by itself: check uploads of many credentials, hold the authorities' lists, forget."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from starlette.concurrency import run_in_threadpool

from kit.telemetry import log_event
from verifier.desk import Desk
from verifier.screening import service as screening
from verifier.screening.worker import work_once
from verifier.trust import service as trust

IDLE_SECONDS = 1.0


def tidy(desk: Desk) -> None:
    """Run one round; safe at any time, on any number of replicas."""
    now = desk.clock()
    with desk.database.unit() as session:
        screening.forget_expired(session, now=now)
        trust.forget_old(session, now=now)
    authorities = [one.did for one in desk.checker.anchors]
    desk.checker.lists.refresh_when_due(authorities, fetcher=desk.checker.fetcher, now=now)


@asynccontextmanager
async def upkeep(desk: Desk) -> AsyncIterator[None]:
    """Work and tidy for as long as the service runs."""
    rounds = asyncio.create_task(_rounds(desk))
    try:
        yield
    finally:
        rounds.cancel()
        with suppress(asyncio.CancelledError):
            await rounds


async def _rounds(desk: Desk) -> None:
    while True:
        try:
            await run_in_threadpool(tidy, desk)
            while await run_in_threadpool(work_once, desk):
                pass
        except Exception as fault:  # noqa: BLE001 - one failed round (a busy database, a bug) must not end all later ones
            log_event("upkeep_failed", level=logging.ERROR, fault=fault)
        await asyncio.sleep(IDLE_SECONDS)
