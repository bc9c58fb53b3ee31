"""What the learner keeps: accepted credentials, deleted ones that can still come back, and the export."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session, col, delete, select

from kit.problems import NotFound
from wallet_demo.checking import Checked
from wallet_demo.credentials.models import KeptCredential
from wallet_demo.learners.service import SignedIn

RESTORABLE = timedelta(days=30)


class AlreadyKept(Exception):
    """The very same credential is in the passport. `credential_id` says where."""

    def __init__(self, credential_id: str) -> None:
        super().__init__(credential_id)
        self.credential_id = credential_id


@dataclass(frozen=True)
class Kept:
    """One credential of the learner, opened."""

    id: str
    document: Mapping[str, Any]
    checked: Checked
    received_at: datetime
    deleted_at: datetime | None

    @property
    def restorable_until(self) -> datetime | None:
        """Until when a deleted credential can be brought back."""
        return self.deleted_at + RESTORABLE if self.deleted_at else None


def keep(session: Session, who: SignedIn, document: Mapping[str, Any], checked: Checked, *, now: datetime) -> str:
    """Put a checked and accepted credential into the passport; return its id.

    One that the learner had deleted comes back. Raises `AlreadyKept`.
    """
    fingerprint = who.vault.fingerprint(json.dumps(document, sort_keys=True).encode())
    known = session.exec(
        select(KeptCredential)
        .where(KeptCredential.learner_id == who.learner.id)
        .where(KeptCredential.fingerprint == fingerprint)
    ).first()
    if known is not None and known.deleted_at is None:
        raise AlreadyKept(known.id)
    if known is not None:
        known.deleted_at = None
        session.add(known)
        return known.id
    row = KeptCredential(
        learner_id=who.learner.id,
        fingerprint=fingerprint,
        sealed_document=b"",
        sealed_check=b"",
        received_at=now,
    )
    row.sealed_document = who.vault.seal_json(document, place=_document_place(row.id))
    row.sealed_check = who.vault.seal_json(checked.as_json(), place=_check_place(row.id))
    session.add(row)
    return row.id


def passport(session: Session, who: SignedIn) -> list[Kept]:
    """Return the learner's credentials, the newest first."""
    return [kept for kept in _all(session, who) if kept.deleted_at is None]


def deleted(session: Session, who: SignedIn, *, now: datetime) -> list[Kept]:
    """Return what was deleted and can still be restored."""
    return [k for k in _all(session, who) if k.restorable_until is not None and k.restorable_until > now]


def one(session: Session, who: SignedIn, credential_id: str) -> Kept:
    """Return one credential of the learner. Raises `NotFound` for others' and deleted ones alike."""
    row = _row(session, who, credential_id)
    if row.deleted_at is not None:
        raise NotFound
    return _opened(who, row)


def record_check(session: Session, who: SignedIn, credential_id: str, checked: Checked) -> None:
    """Keep what the newest check found. Raises `NotFound`."""
    row = _row(session, who, credential_id)
    row.sealed_check = who.vault.seal_json(checked.as_json(), place=_check_place(row.id))
    session.add(row)


def delete_one(session: Session, who: SignedIn, credential_id: str, *, now: datetime) -> None:
    """Take a credential out of the passport; it can be restored for `RESTORABLE`. Raises `NotFound`."""
    row = _row(session, who, credential_id)
    if row.deleted_at is None:
        row.deleted_at = now
        session.add(row)


def restore(session: Session, who: SignedIn, credential_id: str, *, now: datetime) -> None:
    """Bring a deleted credential back. Raises `NotFound` when it was swept away."""
    row = _row(session, who, credential_id)
    if row.deleted_at is not None and row.deleted_at + RESTORABLE <= now:
        raise NotFound
    row.deleted_at = None
    session.add(row)


def sweep(session: Session, *, now: datetime) -> None:
    """Remove for good what was deleted longer ago than `RESTORABLE`."""
    session.exec(delete(KeptCredential).where(col(KeptCredential.deleted_at) <= now - RESTORABLE))


def export(
    session: Session,
    who: SignedIn,
    *,
    recognitions: Callable[[str], Sequence[Mapping[str, Any]]],
    now: datetime,
) -> bytes:
    """Return a ZIP of every credential as it was signed, and a list of them. No key is in it (W-KEY-1).

    `recognitions`: by a credential's id, those kept beside it; they go along.
    """
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        entries = []
        for number, kept in enumerate(passport(session, who), start=1):
            name = f"credentials/{number:03}.json"
            archive.writestr(name, json.dumps(kept.document, ensure_ascii=False, indent=2))
            beside = recognitions(kept.id)
            if beside:
                archive.writestr(f"recognitions/{number:03}.json", json.dumps(beside, ensure_ascii=False, indent=2))
            entries.append({"file": name, "receivedAt": kept.received_at.isoformat(), "check": kept.checked.as_json()})
        about = {"name": who.learner.name, "email": who.learner.email, "holder": who.learner.holder}
        listing = {"exportedAt": now.isoformat(), "learner": about, "credentials": entries}
        archive.writestr("passport.json", json.dumps(listing, ensure_ascii=False, indent=2))
    return buffer.getvalue()


def _all(session: Session, who: SignedIn) -> list[Kept]:
    rows = session.exec(
        select(KeptCredential)
        .where(KeptCredential.learner_id == who.learner.id)
        .order_by(col(KeptCredential.received_at).desc())
    )
    return [_opened(who, row) for row in rows]


def _row(session: Session, who: SignedIn, credential_id: str) -> KeptCredential:
    row = session.get(KeptCredential, credential_id)
    if row is None or row.learner_id != who.learner.id:
        raise NotFound
    return row


def _opened(who: SignedIn, row: KeptCredential) -> Kept:
    return Kept(
        row.id,
        who.vault.open_json(row.sealed_document, place=_document_place(row.id)),
        Checked.of_json(who.vault.open_json(row.sealed_check, place=_check_place(row.id))),
        row.received_at,
        row.deleted_at,
    )


def _document_place(credential_id: str) -> str:
    return f"kept_credential.document/{credential_id}"


def _check_place(credential_id: str) -> str:
    return f"kept_credential.check/{credential_id}"
