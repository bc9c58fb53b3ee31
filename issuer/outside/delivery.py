"""Sending signed recognitions to the addresses that applicants gave, until they are taken or it is given up.

What is to be sent is worked out from what was signed, so a delivery cannot be forgotten between a decision and its
sending: a recognition, and later the copy that says when it ended, for every applicant of its application. A delivery
is leased before it is tried and its outcome written down afterwards, so after a crash in between it is tried again;
receivers know it by its `webhook-id`.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from issuer.accreditation.models import Recognition
from issuer.applications.models import Application
from issuer.office import Office
from issuer.outside.models import Delivery, DeliveryState, OutsideApplicant
from keys.fetching import FetchError, FetchRefused
from kit import webhooks
from kit.i18n import N_
from kit.problems import Conflict, NotFound

WAITS = tuple(timedelta(seconds=seconds) for seconds in (10, 5 * 60, 30 * 60, 2 * 3600, 5 * 3600, 10 * 3600, 14 * 3600))
"""Between one attempt and the next; after the last it is given up."""
WORDS = {
    DeliveryState.PENDING: ("info", N_("Being sent")),
    DeliveryState.DELIVERED: ("ok", N_("Taken")),
    DeliveryState.GIVEN_UP: ("bad", N_("Given up")),
}
"""Silhouette and English word for what became of a delivery."""
AT_ONCE = 5
_LEASE = timedelta(minutes=2)
_GONE = 410
_TAKEN = range(200, 300)
_MAX_ANSWER = 16 * 1024


class UnknownDelivery(NotFound):
    """Nothing of this applicant's was sent under this id."""


def deliver_due(office: Office) -> int:
    """Note what is to be sent, then send what is due; returns how many attempts were made. Opens its own units."""
    with office.database.unit() as session:
        _note_new(session, now=office.clock())
    with office.database.unit() as session:
        due = _leased(session, now=office.clock())
    for delivery in due:
        _attempt(office, delivery)
    return len(due)


def try_again(session: Session, applicant: OutsideApplicant, delivery_id: str, *, now: datetime) -> None:
    """Send it in the next round, with all attempts ahead of it. Raises `UnknownDelivery`, `Conflict` once taken."""
    delivery = session.get(Delivery, delivery_id, with_for_update=True)
    if delivery is None or delivery.applicant_id != applicant.id:
        raise UnknownDelivery
    if delivery.state is DeliveryState.DELIVERED:
        raise Conflict("it was taken already")
    delivery.state, delivery.attempts, delivery.next_try_at = DeliveryState.PENDING, 0, now
    session.add(delivery)


def of_applicant(session: Session, applicant: OutsideApplicant) -> list[Delivery]:
    """Return what was and is to be sent to an applicant, oldest first."""
    query = select(Delivery).where(Delivery.applicant_id == applicant.id)
    return list(session.exec(query.order_by(col(Delivery.created_at), col(Delivery.id))).all())


def of_accreditation(session: Session, accreditation_id: str) -> list[tuple[Delivery, str]]:
    """Return what was and is to be sent of an accreditation, oldest first, each with the host it goes to."""
    query = (
        select(Delivery, OutsideApplicant.delivery_url)
        .join(OutsideApplicant, col(OutsideApplicant.id) == Delivery.applicant_id)
        .join(Recognition, col(Recognition.id) == Delivery.recognition_id)
        .where(Recognition.accreditation_id == accreditation_id)
        .order_by(col(Delivery.created_at), col(Delivery.id))
    )
    return [(one, urlsplit(url).netloc) for one, url in session.exec(query)]


def secret_of(office: Office, applicant: OutsideApplicant) -> str:
    """Return the secret with which an applicant's system can check that a delivery is ours."""
    return webhooks.secret_for(office.settings.secret, applicant.id)


def _note_new(session: Session, *, now: datetime) -> None:
    """Add a delivery for every signed edition that an applicant with an address has not been sent."""
    query = (
        select(OutsideApplicant.id, Recognition.id)
        .join(Application, col(Application.id) == OutsideApplicant.application_id)
        .join(Recognition, col(Recognition.accreditation_id) == Application.accreditation_id)
        .outerjoin(
            Delivery,
            (col(Delivery.applicant_id) == OutsideApplicant.id) & (col(Delivery.recognition_id) == Recognition.id),
        )
        .where(OutsideApplicant.delivery_url != "", col(Recognition.body).is_not(None), col(Delivery.id).is_(None))
        .order_by(col(OutsideApplicant.id), col(Recognition.edition))
    )
    for applicant_id, recognition_id in session.exec(query).all():
        with suppress(IntegrityError), session.begin_nested():  # another replica may note it at the same time
            session.add(
                Delivery(applicant_id=applicant_id, recognition_id=recognition_id, next_try_at=now, created_at=now)
            )


def _leased(session: Session, *, now: datetime) -> list[Delivery]:
    """The deliveries that are due; nobody else tries them while the lease runs."""
    query = (
        select(Delivery)
        .where(Delivery.state == DeliveryState.PENDING, col(Delivery.next_try_at) <= now)
        .order_by(col(Delivery.next_try_at), col(Delivery.id))
        .limit(AT_ONCE)
        .with_for_update(skip_locked=True)
    )
    due = list(session.exec(query).all())
    for delivery in due:
        delivery.next_try_at = now + _LEASE
        session.add(delivery)
    return due


def _attempt(office: Office, delivery: Delivery) -> None:
    """Send once, and write down what came of it."""
    with office.database.reading() as session:
        applicant = session.get_one(OutsideApplicant, delivery.applicant_id)
        body = session.get_one(Recognition, delivery.recognition_id).body or b""
    answer, taken, hopeless = _post(office, applicant, delivery, body)
    now = office.clock()
    with office.database.unit() as session:
        row = session.get_one(Delivery, delivery.id, with_for_update=True, populate_existing=True)
        row.attempts += 1
        row.answer = answer[:300]
        if taken:
            row.state, row.delivered_at, row.next_try_at = DeliveryState.DELIVERED, now, None
        elif hopeless or row.attempts > len(WAITS):
            row.state, row.next_try_at = DeliveryState.GIVEN_UP, None
        else:
            row.next_try_at = now + WAITS[row.attempts - 1]
        session.add(row)


def _post(office: Office, applicant: OutsideApplicant, delivery: Delivery, body: bytes) -> tuple[str, bool, bool]:
    """What the other side answered, whether it took the document, and whether it never will."""
    if not applicant.delivery_url:
        return "there is no address any more", False, True
    headers = webhooks.signed_headers(
        secret_of(office, applicant), message_id=delivery.id, now=office.clock(), body=body
    )
    try:
        answered = office.poster.post(
            applicant.delivery_url,
            body=body,
            content_type="application/vc",
            accept=("application/json",),
            max_bytes=_MAX_ANSWER,
            headers=headers,
        )
    except FetchError as error:
        return error.reason, False, isinstance(error, FetchRefused)
    return f"answered {answered.status}", answered.status in _TAKEN, answered.status == _GONE
