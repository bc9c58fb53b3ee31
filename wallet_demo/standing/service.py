"""Keeping looks and notices: look behind one credential, behind all that are due, and say what is new.

The vault is open only while its learner is signed in, so that is when the wallet looks: when a credential is kept,
on demand, and beside the passport's own page when the last look is `LOOK_EVERY` ago.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import update
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from keys.fetching import Fetcher
from kit.fetching import RememberingFetcher
from kit.problems import NotFound
from vc import times
from vc.canonical import jcs
from vc.errors import MalformedValueError
from vc.policy import PUBLIC
from wallet_demo.checking import Checked, check
from wallet_demo.credentials import service as credentials
from wallet_demo.credentials.models import KeptCredential
from wallet_demo.learners.service import SignedIn
from wallet_demo.standing.changes import Change, between
from wallet_demo.standing.looking import Standing, look
from wallet_demo.standing.models import LastLook, Notice
from wallet_demo.tools import Tools

LOOK_EVERY = timedelta(hours=6)
LOOK_PAUSE = timedelta(minutes=1)
"""On demand, nothing that was looked at so shortly ago is asked about again."""
MOST_REMEMBERED = 200
MOST_STAPLED = 12
"""Recognitions that go with one presentation: with the credentials, well within what verifiers read."""


@dataclass(frozen=True)
class News:
    """One change of one credential, and whether the learner has seen it."""

    id: str
    credential_id: str
    change: Change
    at: datetime
    seen_at: datetime | None


def look_behind(tools: Tools, who: SignedIn, credential_id: str, *, now: datetime) -> Checked:
    """Look behind one credential now; keep what was found, and a notice of each change. Raises `NotFound`."""
    return _look_behind(tools, who, credential_id, fetcher=tools.http, now=now)


def look_behind_due(tools: Tools, who: SignedIn, *, now: datetime, pause: timedelta = LOOK_EVERY) -> int:
    """Look behind every credential whose last look is `pause` ago or more; return how many.

    Each address is asked once for all of them.
    """
    with tools.database.reading() as session:
        due = session.exec(
            select(KeptCredential.id)
            .outerjoin(LastLook, col(LastLook.credential_id) == KeptCredential.id)
            .where(KeptCredential.learner_id == who.learner.id)
            .where(col(KeptCredential.deleted_at).is_(None))
            .where((col(LastLook.at).is_(None)) | (col(LastLook.at) <= now - pause))
        ).all()
    asking = RememberingFetcher(tools.http, clock=lambda: now, max_age=LOOK_PAUSE, max_entries=MOST_REMEMBERED)
    for credential_id in due:
        with suppress(NotFound):  # taken out of the passport meanwhile
            _look_behind(tools, who, credential_id, fetcher=asking, now=now)
    return len(due)


def standing(session: Session, who: SignedIn, credential_id: str) -> Standing | None:
    """Return what the last look behind a credential of the learner found; None before the first."""
    row = session.get(LastLook, credential_id)
    if row is None or row.sealed is None:
        return None
    return Standing.of_json(who.vault.open_json(row.sealed, place=_look_place(credential_id)))


def stapled(session: Session, who: SignedIn, credential_ids: Sequence[str]) -> list[Mapping[str, Any]]:
    """Return the recognitions that go with a presentation of these credentials, each once.

    Never more than verifiers read: the credentials come first.
    """
    found: dict[bytes, Mapping[str, Any]] = {}
    for credential_id in credential_ids:
        known = standing(session, who, credential_id)
        documents = (document for one in known.accreditations for document in one.documents) if known else ()
        found.update((jcs.canonicalize(document), document) for document in documents)
    room = PUBLIC.limits.credentials - len(credential_ids)
    return list(found.values())[: max(0, min(room, MOST_STAPLED))]


def news(session: Session, who: SignedIn) -> list[News]:
    """Return what the learner has not seen yet about credentials in the passport, the latest first."""
    rows = session.exec(
        select(Notice)
        .join(KeptCredential, col(KeptCredential.id) == Notice.credential_id)
        .where(Notice.learner_id == who.learner.id)
        .where(col(Notice.seen_at).is_(None))
        .where(col(KeptCredential.deleted_at).is_(None))
        .order_by(col(Notice.at).desc())
    )
    return [_opened(who, row) for row in rows]


def history(session: Session, who: SignedIn, credential_id: str) -> list[News]:
    """Return everything that ever changed about a credential, the latest first."""
    rows = session.exec(
        select(Notice)
        .where(Notice.learner_id == who.learner.id)
        .where(Notice.credential_id == credential_id)
        .order_by(col(Notice.at).desc())
    )
    return [_opened(who, row) for row in rows]


def mark_seen(session: Session, who: SignedIn, *, now: datetime, credential_id: str | None = None) -> None:
    """Take note that the learner has seen the news, of one credential or of all."""
    statement = (
        update(Notice).where(col(Notice.learner_id) == who.learner.id).where(col(Notice.seen_at).is_(None))
    ).values(seen_at=now)
    if credential_id is not None:
        statement = statement.where(col(Notice.credential_id) == credential_id)
    session.exec(statement)


def take_newer(tools: Tools, who: SignedIn, credential_id: str, *, now: datetime) -> str:
    """Keep the newer edition beside the older; return its id. Raises `NotFound` where none is offered."""
    with tools.database.reading() as session:
        credentials.one(session, who, credential_id)
        known = standing(session, who, credential_id)
    if known is None or known.newer is None:
        raise NotFound
    checked = check(known.newer, anchors=tools.anchors, fetcher=tools.http, now=now)
    with tools.database.unit() as session:
        try:
            newer_id = credentials.keep(session, who, known.newer, checked, now=now)
        except credentials.AlreadyKept as earlier:
            newer_id = earlier.credential_id
    look_behind(tools, who, newer_id, now=now)
    return newer_id


def _look_behind(tools: Tools, who: SignedIn, credential_id: str, *, fetcher: Fetcher, now: datetime) -> Checked:
    with tools.database.unit() as session:
        kept = credentials.one(session, who, credential_id)
        _claim(session, credential_id, now)
        before = standing(session, who, credential_id)
    checked, found = look(kept.document, before, anchors=tools.anchors, fetcher=fetcher, now=now)
    with tools.database.unit() as session:
        _record(session, who, credential_id, checked, found)
    return checked


def _claim(session: Session, credential_id: str, now: datetime) -> None:
    """Whoever looks says so first, so that the next page does not go out for the same."""
    while (row := session.get(LastLook, credential_id, with_for_update=True)) is None:
        with suppress(IntegrityError):  # somebody else's first look at it is being written: wait, and look again
            with session.begin_nested():
                session.add(LastLook(credential_id=credential_id, at=now))
            return
    row.at = now


def _record(session: Session, who: SignedIn, credential_id: str, checked: Checked, found: Standing) -> None:
    """Compare with what is kept *now*: of two looks at once, the second finds the change already told."""
    row = session.get(LastLook, credential_id, with_for_update=True, populate_existing=True)
    if row is None:
        return  # swept away meanwhile
    before = standing(session, who, credential_id)
    if before is not None:
        until = _until(credentials.one(session, who, credential_id).document)
        for change in between(before, found, until=until):
            _tell(session, who, credential_id, change, found.at)
    row.sealed = who.vault.seal_json(found.as_json(), place=_look_place(credential_id))
    session.add(row)
    credentials.record_check(session, who, credential_id, checked)


def _tell(session: Session, who: SignedIn, credential_id: str, change: Change, at: datetime) -> None:
    row = Notice(learner_id=who.learner.id, credential_id=credential_id, sealed=b"", at=at)
    row.sealed = who.vault.seal_json(change.as_json(), place=_notice_place(row.id))
    session.add(row)


def _opened(who: SignedIn, row: Notice) -> News:
    change = Change.of_json(who.vault.open_json(row.sealed, place=_notice_place(row.id)))
    return News(row.id, row.credential_id, change, row.at, row.seen_at)


def _until(document: Mapping[str, Any]) -> datetime | None:
    try:
        return times.parse(document.get("validUntil"), path="")
    except MalformedValueError:
        return None


def _look_place(credential_id: str) -> str:
    return f"last_look/{credential_id}"


def _notice_place(notice_id: str) -> str:
    return f"notice/{notice_id}"
