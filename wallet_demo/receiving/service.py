"""From an offer link to a credential in the passport, with the learner's yes in between.

look      the offer is read; nothing is spent, the learner sees who offers what
fetch     the learner gave the code: the credential is obtained and checked
accept    the learner saw the card and wants it: it is kept
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session, col, delete, select

from kit.problems import NotFound
from vc.openid4vci import NotificationEvent
from wallet_demo.checking import Checked, NotMine, NotSound, check_received
from wallet_demo.credentials import service as credentials
from wallet_demo.learners.service import SignedIn
from wallet_demo.receiving.conversation import Offered, notify, obtain, read_offer
from wallet_demo.receiving.models import Receipt
from wallet_demo.tools import Tools

PENDING_LIFETIME = timedelta(days=7)


class NotKept(Exception):
    """What the issuer handed over was refused; the issuer was told. `code` says why."""

    def __init__(self, code: str, host: str) -> None:
        super().__init__(code)
        self.code = code
        self.host = host


@dataclass(frozen=True)
class Pending:
    """An offer that the learner is looking at. `document` and `checked` are there once it was fetched."""

    id: str
    offered: Offered
    document: Mapping[str, Any] | None = None
    checked: Checked | None = None
    access_token: str = ""
    notification_id: str | None = None


def look(tools: Tools, who: SignedIn, link: str, *, now: datetime) -> str:
    """Read the offer behind `link` and remember it; return the id of the receipt. Nothing is spent.

    Raises `ConversationFailed`.
    """
    offered = read_offer(link, http=tools.http)
    receipt = Receipt(learner_id=who.learner.id, sealed=b"", created_at=now)
    with tools.database.unit() as session:
        session.exec(delete(Receipt).where(col(Receipt.created_at) <= now - PENDING_LIFETIME))
        _write(session, who, receipt, {"offered": offered.as_json()})
    return receipt.id


def pending(session: Session, who: SignedIn, receipt_id: str) -> Pending:
    """Return the offer that the learner is looking at. Raises `NotFound`."""
    row = _row(session, who, receipt_id)
    kept = who.vault.open_json(row.sealed, place=_place(row.id))
    checked = kept.get("checked")
    return Pending(
        row.id,
        Offered(**kept["offered"]),
        kept.get("document"),
        Checked.of_json(checked) if checked else None,
        kept.get("access_token", ""),
        kept.get("notification_id"),
    )


def waiting(session: Session, who: SignedIn) -> list[Pending]:
    """Return what was fetched and not yet accepted, so that it can be offered again."""
    rows = session.exec(select(Receipt).where(Receipt.learner_id == who.learner.id)).all()
    return [one for one in (pending(session, who, row.id) for row in rows) if one.document is not None]


def fetch(tools: Tools, who: SignedIn, receipt_id: str, *, tx_code: str | None, now: datetime) -> None:
    """Obtain the credential and check it; spends the offer. Doing it again changes nothing.

    Raises `ConversationFailed` when it was not handed over, `NotKept` when it is not sound or not the learner's.
    """
    with tools.database.reading() as session:
        known = pending(session, who, receipt_id)
    if known.document is not None:
        return
    obtained = obtain(known.offered, tx_code=tx_code, signer=who.holder_key(), http=tools.http, now=now)
    try:
        document, checked = check_received(
            obtained.document, holder=who.learner.holder, anchors=tools.anchors, fetcher=tools.http, now=now
        )
    except (NotSound, NotMine) as error:
        code = error.headline if isinstance(error, NotSound) else "not_mine"
        notify(
            known.offered,
            access_token=obtained.access_token,
            notification_id=obtained.notification_id,
            event=NotificationEvent.CREDENTIAL_FAILURE,
            description=code,
            http=tools.http,
        )
        _forget(tools, who, receipt_id)
        raise NotKept(code, known.offered.host) from error
    with tools.database.unit() as session:
        row = _row(session, who, receipt_id)
        content = {
            "offered": known.offered.as_json(),
            "document": document,
            "checked": checked.as_json(),
            "access_token": obtained.access_token,
            "notification_id": obtained.notification_id,
        }
        _write(session, who, row, content)


def accept(tools: Tools, who: SignedIn, receipt_id: str, *, now: datetime) -> str:
    """Keep what was fetched; return the credential's id.

    Raises `NotFound` when there is nothing fetched, `AlreadyKept` when it was in the passport before.
    """
    with tools.database.unit() as session:
        known = pending(session, who, receipt_id)
        if known.document is None or known.checked is None:
            raise NotFound
        session.delete(_row(session, who, receipt_id))
        try:
            credential_id = credentials.keep(session, who, known.document, known.checked, now=now)
        except credentials.AlreadyKept as known_already:
            credential_id = known_already.credential_id
    _tell(tools, known, NotificationEvent.CREDENTIAL_ACCEPTED, None)
    return credential_id


def refuse(tools: Tools, who: SignedIn, receipt_id: str, *, reason: str | None) -> bool:
    """Forget the offer, or the credential that was fetched; return whether the issuer was told.

    `reason` is the learner's own text when an error is reported, None for a plain no.
    """
    with tools.database.reading() as session:
        known = pending(session, who, receipt_id)
    _forget(tools, who, receipt_id)
    event = NotificationEvent.CREDENTIAL_DELETED if reason is None else NotificationEvent.CREDENTIAL_FAILURE
    return _tell(tools, known, event, reason)


def _tell(tools: Tools, known: Pending, event: NotificationEvent, description: str | None) -> bool:
    return notify(
        known.offered,
        access_token=known.access_token,
        notification_id=known.notification_id,
        event=event,
        description=description,
        http=tools.http,
    )


def _forget(tools: Tools, who: SignedIn, receipt_id: str) -> None:
    with tools.database.unit() as session:
        session.delete(_row(session, who, receipt_id))


def _row(session: Session, who: SignedIn, receipt_id: str) -> Receipt:
    row = session.get(Receipt, receipt_id)
    if row is None or row.learner_id != who.learner.id:
        raise NotFound
    return row


def _write(session: Session, who: SignedIn, row: Receipt, content: Mapping[str, Any]) -> None:
    row.sealed = who.vault.seal_json(content, place=_place(row.id))
    session.add(row)


def _place(receipt_id: str) -> str:
    return f"receipt/{receipt_id}"
