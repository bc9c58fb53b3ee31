"""Share links: a signed selection behind an address that nobody can guess, until it ends.

The presentation is signed when the link is made, for the link's own address as `domain`. It is sealed by the
link's token, so the database alone shows it to nobody; the learner's vault keeps the token, to show the link again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session, col, select

from kit.i18n import N_
from kit.problems import Gone, NotFound
from kit.tokens import digest, new_token
from wallet_demo.checking import Checked
from wallet_demo.credentials.service import Kept
from wallet_demo.learners.service import SignedIn
from wallet_demo.presentation import signed_presentation
from wallet_demo.sharing.models import Share, ShareOpening
from wallet_demo.standing import service as standing
from wallet_demo.vault import CannotOpen, Vault

DURATIONS = (7, 30, 90)
DEFAULT_DURATION = 30
MAX_LABEL = 120
PRIVATE = {"cache-control": "no-store", "x-robots-tag": "noindex, nofollow"}
"""Headers of everything behind a link."""


class ShareEnded(Gone):
    """The link existed; its time is over, or the learner ended it."""

    slug, title = "share-ended", N_("This share has ended")
    advice = N_("Ask the person for a new link. Nothing is wrong with their credentials.")


class NothingChosen(Exception):
    """A share without any credential, or for no known length of time; `field` says which."""

    def __init__(self, field: str) -> None:
        super().__init__(field)
        self.field = field


@dataclass(frozen=True)
class OwnShare:
    """A share as its learner sees it."""

    id: str
    link: str = field(repr=False)
    label: str
    credential_ids: tuple[str, ...]
    created_at: datetime
    expires_at: datetime
    ended_at: datetime | None
    openings: tuple[ShareOpening, ...]

    def is_active(self, now: datetime) -> bool:
        """Whether the link shows anything now."""
        return self.ended_at is None and self.expires_at > now


@dataclass(frozen=True)
class OpenedShare:
    """A share as the holder of the link sees it."""

    presentation: Mapping[str, Any]
    with_recognitions: Mapping[str, Any]
    """The same with the recognitions kept beside the credentials, for those who ask for it (`vc.presentation`)."""
    checks: tuple[Checked, ...]
    """What the wallet found about each credential when the link was made."""
    created_at: datetime
    expires_at: datetime


def create(
    session: Session,
    who: SignedIn,
    chosen: Sequence[Kept],
    *,
    label: str,
    days: int,
    public_url: str,
    now: datetime,
) -> str:
    """Sign the selection and make the link; return the share's id. Raises `NothingChosen`.

    `label` is for the learner alone.
    """
    if not chosen:
        raise NothingChosen("credential")
    if days not in DURATIONS:
        raise NothingChosen("days")
    token = new_token()
    documents = [kept.document for kept in chosen]
    recognitions = standing.stapled(session, who, [kept.id for kept in chosen])

    def signed(*beside: Mapping[str, Any]) -> dict[str, Any]:
        link = link_of(public_url, token)
        return signed_presentation(who, [*documents, *beside], challenge=new_token(), domain=link, now=now)

    share = Share(
        learner_id=who.learner.id,
        token_digest=digest(token),
        sealed_presentation=b"",
        sealed_for_owner=b"",
        created_at=now,
        expires_at=now + timedelta(days=days),
    )
    shown = {
        "presentation": signed(),
        "with_recognitions": signed(*recognitions) if recognitions else None,
        "checks": [kept.checked.as_json() for kept in chosen],
    }
    share.sealed_presentation = _opened_by(token).seal_json(shown, place=_shown_place(share.id))
    about = {
        "token": token,
        "label": " ".join(label.split())[:MAX_LABEL],
        "credentials": [kept.id for kept in chosen],
    }
    share.sealed_for_owner = who.vault.seal_json(about, place=_owner_place(share.id))
    session.add(share)
    return share.id


def own(session: Session, who: SignedIn, share_id: str, *, public_url: str) -> OwnShare:
    """Return one share of the learner. Raises `NotFound`."""
    return _own(session, who, _row(session, who, share_id), public_url)


def all_own(session: Session, who: SignedIn, *, public_url: str) -> list[OwnShare]:
    """Return the learner's shares, the latest first, ended ones too."""
    rows = session.exec(
        select(Share).where(Share.learner_id == who.learner.id).order_by(col(Share.created_at).desc())
    ).all()
    return [_own(session, who, row, public_url) for row in rows]


def end(session: Session, who: SignedIn, share_id: str, *, now: datetime) -> None:
    """End a share at once (W-SHR-1); ending it again changes nothing. What was sealed is destroyed."""
    row = _row(session, who, share_id)
    if row.ended_at is None:
        _end(row, now)
        session.add(row)


def end_those_with(session: Session, who: SignedIn, credential_id: str, *, now: datetime) -> int:
    """End every active share that shows the credential; return how many."""
    ended = 0
    for row in session.exec(select(Share).where(Share.learner_id == who.learner.id)).all():
        about = who.vault.open_json(row.sealed_for_owner, place=_owner_place(row.id))
        if row.ended_at is None and row.expires_at > now and credential_id in about["credentials"]:
            _end(row, now)
            session.add(row)
            ended += 1
    return ended


def opened(session: Session, token: str, *, now: datetime) -> OpenedShare:
    """Return what the link shows. Raises `NotFound` for no such link, `ShareEnded` when it is over."""
    share = _by_token(session, token)
    if share.ended_at is not None or share.expires_at <= now:
        raise ShareEnded(headers=PRIVATE)
    try:
        shown = _opened_by(token).open_json(share.sealed_presentation, place=_shown_place(share.id))
    except CannotOpen as error:
        raise NotFound from error
    return OpenedShare(
        shown["presentation"],
        shown.get("with_recognitions") or shown["presentation"],
        tuple(Checked.of_json(one) for one in shown["checks"]),
        share.created_at,
        share.expires_at,
    )


def is_own(session: Session, token: str, who: SignedIn | None) -> bool:
    """Whether the visitor is the learner who made the link; looking at one's own page is no opening."""
    return who is not None and _by_token(session, token).learner_id == who.learner.id


def record_opening(session: Session, token: str, *, as_data: bool, now: datetime) -> None:
    """Write down that the link was opened; when and in which form, nothing about who."""
    session.add(ShareOpening(share_id=_by_token(session, token).id, as_data=as_data, at=now))


def link_of(public_url: str, token: str) -> str:
    """Return the address of a share: what people send, and the `domain` its presentation is signed for."""
    return f"{public_url}/s/{token}"


def _end(row: Share, now: datetime) -> None:
    row.ended_at = now
    row.sealed_presentation = b""


def _by_token(session: Session, token: str) -> Share:
    share = session.exec(select(Share).where(Share.token_digest == digest(token))).first()
    if share is None:
        raise NotFound
    return share


def _row(session: Session, who: SignedIn, share_id: str) -> Share:
    row = session.get(Share, share_id)
    if row is None or row.learner_id != who.learner.id:
        raise NotFound
    return row


def _own(session: Session, who: SignedIn, row: Share, public_url: str) -> OwnShare:
    about = who.vault.open_json(row.sealed_for_owner, place=_owner_place(row.id))
    openings = session.exec(
        select(ShareOpening).where(ShareOpening.share_id == row.id).order_by(col(ShareOpening.at).desc())
    ).all()
    return OwnShare(
        row.id,
        link_of(public_url, about["token"]),
        about["label"],
        tuple(about["credentials"]),
        row.created_at,
        row.expires_at,
        row.ended_at,
        tuple(openings),
    )


def _opened_by(token: str) -> Vault:
    return Vault.of_token(token, purpose="share")


def _shown_place(share_id: str) -> str:
    return f"share.presentation/{share_id}"


def _owner_place(share_id: str) -> str:
    return f"share.owner/{share_id}"
