"""What is signed reaches the applicant's own system: signed by us, tried again, given up at last, never lost."""

from __future__ import annotations

import hashlib
import hmac
import json
from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlmodel import select

from issuer.accreditation import service as accreditation
from issuer.office import Office
from issuer.outside import delivery, service
from issuer.outside.models import Delivery, DeliveryState, OutsideApplicant
from issuer.staff import service as staff
from issuer.staff.models import StaffMember
from issuer.upkeep import run_errands
from keys.fetching import FetchFailed, FetchRefused
from kit import webhooks
from kit.fetching import Answered
from tests.issuer.college import ACTOR, NOW, PASSWORD, Visit
from tests.issuer.outside.test_applying import Ground
from tests.issuer.received.two_deployments import AUTHORITY_URL

URL = "https://college.example/hook"


class Crash(Exception):
    """The process ends here."""


@dataclass
class Receiver:
    """The applicant's system: answers as it is told, and keeps what came."""

    answers: list[int | Exception] = field(default_factory=list)
    came: list[tuple[bytes, Mapping[str, str]]] = field(default_factory=list)

    def post(self, url: str, *, body: bytes, headers: Mapping[str, str] | None = None, **_others: Any) -> Answered:
        assert url == URL
        answer = self.answers.pop(0) if self.answers else 200
        if isinstance(answer, Exception):
            raise answer
        self.came.append((body, headers or {}))
        return Answered(answer, "application/json", b"{}")


@dataclass
class Sending:
    """An approved application whose accreditation is to be sent to `URL`."""

    ground: Ground
    page: str
    receiver: Receiver

    @classmethod
    def open(cls, folder: Path, *, answers: Sequence[int | Exception] = (), database_url: str = "") -> Sending:
        ground = Ground.open(folder, authority_database_url=database_url)
        receiver = Receiver([*answers])
        ground.abroad.office = ground.abroad.client.app.state.office = replace(  # type: ignore[attr-defined]  # FastAPI's
            ground.abroad.office, poster=receiver
        )
        page = ground.sent()
        ground.decide(page)
        set_to = ground.somebody.send(f"{page}/delivery", page=page, delivery_url=URL)
        assert set_to.status_code == 303
        return cls(ground, page, receiver)

    def round(self, *, after: timedelta = timedelta()) -> list[Delivery]:
        office = self.ground.abroad.office
        self.ground.abroad.clock.set(self.ground.abroad.clock() + after)
        delivery.deliver_due(office)
        with office.database.reading() as session:
            return list(session.exec(select(Delivery).order_by(Delivery.created_at)).all())  # type: ignore[arg-type]  # a column

    def desk(self, office: Office, member: StaffMember) -> Visit:
        """The authority's own browser."""
        client = TestClient(self.ground.abroad.client.app, base_url=AUTHORITY_URL, follow_redirects=False)
        token = staff.sign_in(office, email=member.email, password=PASSWORD, client="desk")
        client.cookies.set(office.settings.cookie("session"), token)
        return Visit(client)

    def withdraw(self) -> None:
        abroad, made = self.ground.abroad, self.ground.application(self.page).accreditation_id or ""
        at = datetime(2026, 11, 1, tzinfo=UTC)
        accreditation.withdraw(abroad.office, abroad.authority, made, reason="Fin", at=at, actor=ACTOR)


def test_on_either_database(tmp_path: Path, database_url: str) -> None:
    """The whole road of an applicant at the authority, and a second replica at every step of the sending."""
    sending = Sending.open(tmp_path, answers=[503], database_url=database_url)
    office = sending.ground.abroad.office
    run_errands(office)
    assert [delivery.deliver_due(office), delivery.deliver_due(office)] == [0, 0]
    assert sending.round(after=delivery.WAITS[0])[0].state is DeliveryState.DELIVERED
    sending.withdraw()
    assert [one.state for one in sending.round()] == [DeliveryState.DELIVERED] * 2
    assert len(sending.ground.letters()) == 2, "the link and the decision"
    assert sending.ground.somebody.look(sending.page).status_code == 200


def test_sent_once_signed_and_later_the_copy_that_ends_it(tmp_path: Path) -> None:
    sending = Sending.open(tmp_path)
    assert [one.state for one in sending.round()] == [DeliveryState.DELIVERED]
    assert len(sending.round()) == 1
    sending.withdraw()
    first, second = sending.round()
    assert second.state is DeliveryState.DELIVERED
    (original, headers), (closed, _) = sending.receiver.came
    assert json.loads(closed)["credentialSubject"]["recognizedTo"]["endReason"] == "withdrawn"
    with sending.ground.abroad.office.database.reading() as session:
        secret = delivery.secret_of(sending.ground.abroad.office, session.exec(select(OutsideApplicant)).one())
    made = sending.ground.application(sending.page).accreditation_id
    shown = (
        sending.desk(sending.ground.abroad.office, sending.ground.member).look(f"/fr/office/accreditations/{made}").text
    )
    assert shown.count("college.example") == 2
    assert secret in sending.ground.somebody.look(sending.page).text.replace("&#43;", "+")
    signed = b".".join((first.id.encode(), headers["webhook-timestamp"].encode(), original))
    expected = b64encode(hmac.digest(b64decode(secret.removeprefix("whsec_")), signed, hashlib.sha256)).decode()
    assert headers["webhook-signature"] == f"v1,{expected}"
    assert headers["webhook-id"] == first.id


def test_tried_again_with_longer_waits_then_given_up_then_by_hand(tmp_path: Path) -> None:
    attempts = len(delivery.WAITS) + 1
    sending = Sending.open(tmp_path, answers=[FetchFailed(URL, "not reached"), *[503] * (attempts - 1)])
    sending.round()
    assert sending.round()[0].attempts == 1, "not before its time"
    for number, wait in enumerate(delivery.WAITS, start=2):
        [one] = sending.round(after=wait)
        assert one.attempts == number
    assert (one.state, one.next_try_at, one.answer) == (DeliveryState.GIVEN_UP, None, "answered 503")
    assert len(sending.receiver.came) == attempts - 1
    sending.round(after=timedelta(days=1))
    assert len(sending.receiver.came) == attempts - 1
    again = f"{sending.page}/deliveries/{one.id}/again"
    assert sending.ground.somebody.send(again, page=sending.page).status_code == 303
    assert sending.round()[0].state is DeliveryState.DELIVERED
    assert len({headers["webhook-id"] for _, headers in sending.receiver.came}) == 1
    assert sending.ground.somebody.send(again, page=sending.page).status_code == 409


@pytest.mark.parametrize("answer", [410, FetchRefused(URL, "does not lead to a public address")])
def test_what_is_hopeless_is_given_up_at_once(tmp_path: Path, answer: int | Exception) -> None:
    """V-SSRF-1: an address inside the house is refused by the guard, and not tried again."""
    sending = Sending.open(tmp_path, answers=[answer])
    [one] = sending.round()
    assert (one.state, one.attempts) == (DeliveryState.GIVEN_UP, 1)


def test_a_crash_between_sending_and_noting_sends_again(tmp_path: Path) -> None:
    sending = Sending.open(tmp_path, answers=[Crash()])
    with pytest.raises(Crash):
        sending.round()
    assert sending.round()[0].attempts == 0, "leased"
    assert sending.round(after=timedelta(minutes=3))[0].state is DeliveryState.DELIVERED


def test_no_address_no_delivery(tmp_path: Path) -> None:
    sending = Sending.open(tmp_path, answers=[500])
    page = sending.page
    assert (
        sending.ground.somebody.send(f"{page}/delivery", page=page, delivery_url="http://x.example").status_code == 422
    )
    sending.round()
    assert sending.ground.somebody.send(f"{page}/delivery", page=page, delivery_url="").status_code == 303
    [one] = sending.round(after=timedelta(minutes=1))
    assert (one.state, one.answer) == (DeliveryState.GIVEN_UP, "there is no address any more")
    sending.withdraw()
    assert len(sending.round()) == 1


def test_of_others_nothing_is_sent_again(tmp_path: Path) -> None:
    sending = Sending.open(tmp_path, answers=[500])
    [one] = sending.round()
    other = sending.ground.proven(contact_email="other@example.org")
    assert sending.ground.somebody.send(f"{other}/deliveries/{one.id}/again", page=other).status_code == 404


def test_each_receiver_has_a_secret_of_its_own() -> None:
    assert webhooks.secret_for(b"key", "a") != webhooks.secret_for(b"key", "b")
    sent = webhooks.signed_headers(webhooks.secret_for(b"key", "a"), message_id="m", now=NOW, body=b"{}")
    assert sent["webhook-timestamp"] == str(int(NOW.timestamp()))


def test_the_link_is_worked_out_and_not_kept(tmp_path: Path) -> None:
    ground = Ground.open(tmp_path)
    page = ground.begin()
    token = page.rpartition("/")[2]
    with ground.abroad.office.database.reading() as session:
        [row] = session.exec(select(OutsideApplicant)).all()
        assert service.link(ground.abroad.office, row).endswith(page)
        assert token not in repr(row)
