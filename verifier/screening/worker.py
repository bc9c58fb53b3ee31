"""Who checks: each process of the verifier takes the next few items of the screening that waited longest.

A few items are taken for a while (`taken_until`), checked outside any transaction, and answered in one. A process that
dies leaves them unanswered; when their while is over another takes them. Answering twice changes nothing.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta

from sqlmodel import col, select

from keys.fetching import FetchError
from kit.anchors import read_authorities
from kit.i18n import N_
from kit.telemetry import log_event
from kit.verdicts import CameBy
from vc import baking
from verifier.base import ScreenedItem, Screening, ScreeningState
from verifier.desk import Desk
from verifier.opening import NO_BADGE, document_in, opened
from verifier.screening.results import Result, dumped, gravest, results_of

CHUNK = 50
OPENED_AT_ONCE = 8
_TAKEN_FOR = timedelta(minutes=6)
"""Longer than a chunk of links can take when every one of them times out."""
_FAULT = N_("A fault on our side kept this from being checked. The operator can see it; try again later.")
_NOT_OPENED = N_("The link could not be opened. It may have ended, or its host may be away.")


@dataclass(frozen=True)
class _Answer:
    position: int
    results: Sequence[Result]
    trouble: str = ""


def work_once(desk: Desk) -> bool:
    """Check the next few items; False when nothing waits."""
    taken = take(desk)
    if taken is None:
        return False
    screening, items = taken
    chosen = desk.trusting(read_authorities(screening.trusted))
    with ThreadPoolExecutor(OPENED_AT_ONCE) as openers:  # links take time, not work
        documents = list(openers.map(lambda one: _document(desk, one), items))
    answers = [_answer(chosen, one, document) for one, document in zip(items, documents, strict=True)]
    _settle(desk, screening.id, answers)
    return True


def take(desk: Desk) -> tuple[Screening, Sequence[ScreenedItem]] | None:
    """Take the next few items of the screening that waited longest; None when nothing waits."""
    now = desk.clock()
    with desk.database.unit() as session:
        free = (col(Screening.taken_until).is_(None)) | (col(Screening.taken_until) < now)
        query = (
            select(Screening)
            .where(Screening.state == ScreeningState.CHECKING, free)
            .order_by(col(Screening.served_at))
            .limit(1)
            .with_for_update(skip_locked=True)
        )
        screening = session.exec(query).first()
        if screening is None:
            return None
        waiting = select(ScreenedItem).where(ScreenedItem.screening_id == screening.id, ScreenedItem.kind == "")
        items = session.exec(waiting.order_by(col(ScreenedItem.position)).limit(CHUNK)).all()
        screening.taken_until = now + _TAKEN_FOR
        session.add(screening)
        return screening, items


def _document(desk: Desk, item: ScreenedItem) -> bytes | str:
    """What is to be checked, or why it could not be had, as a source text."""
    if not item.link:
        return item.document
    try:
        return opened(desk.fetcher, item.link)
    except FetchError:
        return _NOT_OPENED


def _answer(desk: Desk, item: ScreenedItem, document: bytes | str) -> _Answer:
    if isinstance(document, str):
        return _Answer(item.position, (), document)
    try:
        checked = desk.checker.whatever(document_in(document), domain=item.link or None)
    except baking.NotBaked:
        return _Answer(item.position, (), NO_BADGE)
    except Exception as fault:  # noqa: BLE001 - a bug that one item meets must not keep all others from their answers
        log_event("item_not_checked", level=logging.ERROR, fault=fault)
        return _Answer(item.position, (), _FAULT)
    return _Answer(item.position, results_of(desk, checked, CameBy.LINK if item.link else CameBy.FILE))


def _settle(desk: Desk, screening_id: str, answers: Sequence[_Answer]) -> None:
    now = desk.clock()
    with desk.database.unit() as session:
        screening = session.get(Screening, screening_id, with_for_update=True)
        if screening is None:  # forgotten meanwhile
            return
        for answer in answers:
            item = session.get_one(ScreenedItem, (screening_id, answer.position))
            item.kind, item.results = gravest(answer.results), dumped(answer.results)
            item.trouble = answer.trouble
            session.add(item)
        screening.taken_until, screening.served_at = None, now
        if len(answers) < CHUNK and screening.state is ScreeningState.CHECKING:
            screening.state, screening.finished_at = ScreeningState.DONE, now
        session.add(screening)
