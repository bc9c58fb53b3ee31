"""From an offer link to a credential in the passport, with the learner's yes in between.

`read_offer` (in `conversation`) shows who offers what; nothing is spent, nothing is kept.

fetch     the learner gave the code: the credential is obtained and checked, and waits
accept    the learner saw the card and wants it: it is kept
take_in   the learner has it as a file: checked in the same way, and kept
refuse    the learner does not want it, or reports an error: it is forgotten, and the issuer is told
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session, col, delete, select

from kit.problems import NotFound
from vc import baking, strict_json
from vc.credential import entries
from vc.errors import ParsingError
from vc.openid4vci import NotificationEvent
from wallet_demo.checking import Checked, NotMine, NotSound, check_received
from wallet_demo.credentials import service as credentials
from wallet_demo.learners.service import SignedIn
from wallet_demo.receiving.conversation import Obtained, Offered, notify, obtain
from wallet_demo.receiving.models import Receipt
from wallet_demo.standing import service as standing
from wallet_demo.tools import Tools

WAITS = timedelta(days=30)
MAX_REASON = 500
MAX_FILE = baking.MAX_IMAGE_BYTES


class NotKept(Exception):
    """What the issuer handed over was refused, and the issuer told. `code` says why: a verdict, or `not_mine`."""

    def __init__(self, code: str, host: str) -> None:
        super().__init__(code)
        self.code = code
        self.host = host


class FileRefused(Exception):
    """Nothing in the file is kept. `code`: missing, too_large, no_badge, no_credential, not_mine, or a verdict."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Pending:
    """A credential that was fetched and checked, and waits for the learner's yes."""

    id: str
    offered: Offered
    document: Mapping[str, Any]
    checked: Checked
    access_token: str = field(repr=False)
    notification_id: str | None


def fetch(tools: Tools, who: SignedIn, offered: Offered, *, tx_code: str | None, now: datetime) -> str:
    """Obtain the credential and check it; return the id under which it waits. Spends the offer.

    Raises `ConversationFailed` when it was not handed over, `NotKept` when it is not sound or not the learner's.
    """
    obtained = obtain(offered, tx_code=tx_code, signer=who.holder_key(), http=tools.http, now=now)
    try:
        document, checked = check_received(
            obtained.document, holder=who.learner.holder, anchors=tools.anchors, fetcher=tools.http, now=now
        )
    except (NotSound, NotMine) as error:
        code = error.headline if isinstance(error, NotSound) else "not_mine"
        _tell(tools, offered, obtained, NotificationEvent.CREDENTIAL_FAILURE, code)
        raise NotKept(code, offered.host) from error
    row = Receipt(learner_id=who.learner.id, sealed=b"", created_at=now)
    content = {
        "offered": offered.as_json(),
        "document": document,
        "checked": checked.as_json(),
        "access_token": obtained.access_token,
        "notification_id": obtained.notification_id,
    }
    row.sealed = who.vault.seal_json(content, place=_place(row.id))
    with tools.database.unit() as session:
        session.exec(delete(Receipt).where(col(Receipt.created_at) <= now - WAITS))
        session.add(row)
    return row.id


def pending(session: Session, who: SignedIn, receipt_id: str) -> Pending:
    """Return a credential that waits for the learner's yes. Raises `NotFound`."""
    return _opened(who, _row(session, who, receipt_id))


def waiting(session: Session, who: SignedIn) -> list[Pending]:
    """Return every credential that waits for the learner's yes, the oldest first."""
    rows = session.exec(
        select(Receipt).where(Receipt.learner_id == who.learner.id).order_by(col(Receipt.created_at))
    ).all()
    return [_opened(who, row) for row in rows]


def accept(tools: Tools, who: SignedIn, receipt_id: str, *, now: datetime) -> str:
    """Keep the credential, and the recognitions of its training; return its id. Raises `NotFound`.

    The very same one, kept before, keeps its id.
    """
    with tools.database.unit() as session:
        row = _row(session, who, receipt_id)
        known = _opened(who, row)
        session.delete(row)
        try:
            credential_id = credentials.keep(session, who, known.document, known.checked, now=now)
        except credentials.AlreadyKept as earlier:
            credential_id = earlier.credential_id
    _tell(tools, known.offered, known, NotificationEvent.CREDENTIAL_ACCEPTED, None)
    standing.look_behind(tools, who, credential_id, now=now)
    return credential_id


def take_in(tools: Tools, who: SignedIn, file: bytes, *, now: datetime) -> str:
    """Keep the credential in a file: JSON, or baked into a PNG or SVG badge. Return its id.

    Only the learner's own, and only a sound one (W-IMP-1). Raises `FileRefused`.
    """
    document = _document_in(file)
    try:
        document, checked = check_received(
            document, holder=who.learner.holder, anchors=tools.anchors, fetcher=tools.http, now=now
        )
    except (NotSound, NotMine) as error:
        raise FileRefused(error.headline if isinstance(error, NotSound) else "not_mine") from error
    with tools.database.unit() as session:
        try:
            credential_id = credentials.keep(session, who, document, checked, now=now)
        except credentials.AlreadyKept as earlier:
            credential_id = earlier.credential_id
    standing.look_behind(tools, who, credential_id, now=now)
    return credential_id


def refuse(tools: Tools, who: SignedIn, receipt_id: str, *, reason: str | None) -> bool:
    """Forget the credential; return whether the issuer could be told. Raises `NotFound`.

    `reason` is the learner's own text when an error is reported, None for a plain no.
    """
    with tools.database.unit() as session:
        row = _row(session, who, receipt_id)
        known = _opened(who, row)
        session.delete(row)
    if reason is None:
        return _tell(tools, known.offered, known, NotificationEvent.CREDENTIAL_DELETED, None)
    return _tell(tools, known.offered, known, NotificationEvent.CREDENTIAL_FAILURE, reason[:MAX_REASON])


def _document_in(file: bytes) -> Mapping[str, Any]:
    if not file or len(file) > MAX_FILE:
        raise FileRefused("too_large" if file else "missing")
    try:
        content = baking.unbake(file) if baking.is_picture(file) else file
        document = strict_json.parse_object(content)
    except baking.NotBaked as error:
        raise FileRefused("no_badge") from error
    except ParsingError as error:
        raise FileRefused("no_credential") from error
    if "VerifiableCredential" not in entries(document.get("type")):
        raise FileRefused("no_credential")
    return document


def _tell(
    tools: Tools, offered: Offered, handed_over: Obtained | Pending, event: NotificationEvent, description: str | None
) -> bool:
    return notify(
        offered,
        access_token=handed_over.access_token,
        notification_id=handed_over.notification_id,
        event=event,
        description=description,
        http=tools.http,
    )


def _row(session: Session, who: SignedIn, receipt_id: str) -> Receipt:
    row = session.get(Receipt, receipt_id)
    if row is None or row.learner_id != who.learner.id:
        raise NotFound
    return row


def _opened(who: SignedIn, row: Receipt) -> Pending:
    kept = who.vault.open_json(row.sealed, place=_place(row.id))
    return Pending(
        row.id,
        Offered(**kept["offered"]),
        kept["document"],
        Checked.of_json(kept["checked"]),
        kept["access_token"],
        kept["notification_id"],
    )


def _place(receipt_id: str) -> str:
    return f"receipt/{receipt_id}"
