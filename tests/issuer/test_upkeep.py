"""What the issuer does by itself: nothing half-done stays, nothing expired is kept, and it begins before it answers."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import update
from sqlmodel import col, select

from issuer import crash_points
from issuer.accreditation.models import Accreditation, Recognition
from issuer.hand_over.models import AccessToken, OfferCode
from issuer.issuance.models import CredentialState
from issuer.organisations import service as organisations
from issuer.organisations.models import Organisation, OrganisationKey, OrganisationKind
from issuer.upkeep import tidy
from tests.issuer.college import College
from tests.issuer.hand_over.wallet import Wallet, invite


@pytest.fixture
def college(tmp_path: Path, database_url: str) -> College:
    return College.open(tmp_path, learners=2, database_url=database_url)


class Stopped(BaseException):
    """The process would have died here."""


def die_while_issuing(college: College) -> None:
    def stop(name: str) -> None:
        if name == "after-signing":
            raise Stopped

    remove = crash_points.install(stop)
    with pytest.raises(Stopped):
        college.issue()
    remove()


def test_I_DUR_4_no_intent_outlives_a_start(college: College) -> None:
    die_while_issuing(college)
    college.clock.advance(seconds=50)
    with TestClient(college.app) as started:  # runs the lifespan: the first round is over before the first answer
        assert started.get("/healthz").status_code == 200
        assert {one.state for one in college.credentials()} == {CredentialState.VOID}


def test_a_round_changes_nothing_that_is_under_way(college: College) -> None:
    die_while_issuing(college)
    tidy(college.office)
    assert {one.state for one in college.credentials()} == {CredentialState.INTENT}


def test_I_DUR_4_what_cannot_be_signed_holds_up_neither_the_start_nor_anybody_else(college: College) -> None:
    """An authority whose key is missing, as where the key store is older than the database."""

    def stop(name: str) -> None:
        if name == "before-signing":
            raise Stopped

    first, second = college.authority, new_authority(college)
    die = crash_points.install(stop)
    for authority in (first, second):
        college.authority = authority
        with pytest.raises(Stopped):
            college.accredit()
    die()
    wallet, invitation = Wallet(college.client), invite(college, college.issue()[0].credential or "")
    wallet.offer(invitation.link)
    with college.office.database.unit() as session:
        lost = update(OrganisationKey).where(col(OrganisationKey.organisation_id) == first.id)
        session.exec(lost.values(signer="store:lost"))
    college.clock.advance(days=10)
    with TestClient(college.app) as started:
        assert started.get("/healthz").status_code == 200
    with college.office.database.reading() as session:
        signed = {one.authority_id: bool(body) for one, body in session.exec(EDITIONS)}
        assert signed == {first.id: False, second.id: True}
        assert session.exec(select(OfferCode)).all() == [], "what has expired is forgotten"


EDITIONS = select(Accreditation, Recognition.body).join(
    Recognition, col(Recognition.accreditation_id) == Accreditation.id
)


def new_authority(college: College) -> Organisation:
    with college.office.database.unit() as session:
        return organisations.create(
            college.office,
            session,
            slug="autre",
            kind=OrganisationKind.AUTHORITY,
            name_fr="Autre commission",
            name_en="Other Commission",
            territory="CA-QC",
        )


def test_expired_codes_and_tokens_are_forgotten(college: College) -> None:
    wallet, invitation = Wallet(college.client), invite(college, college.issue()[0].credential or "")
    wallet.token(invitation.link, invitation.tx_code)
    college.clock.advance(minutes=6)
    wallet.offer(invitation.link)
    for days, left in ((0, (1, 1)), (1, (0, 1)), (10, (0, 0))):
        college.clock.advance(days=days)
        tidy(college.office)
        with college.office.database.reading() as session:
            kept = (len(session.exec(select(OfferCode)).all()), len(session.exec(select(AccessToken)).all()))
        assert kept == left


def test_what_was_issued_is_in_the_file_after_a_round(tmp_path: Path) -> None:
    college = College.open(tmp_path, learners=2)
    college.issue()
    tidy(college.office)
    file = Path(college.office.database.url.database or "")
    with closing(sqlite3.connect(shutil.copy(file, tmp_path / "without-its-log.sqlite3"))) as alone:
        assert alone.execute("SELECT count(*) FROM signed_document").fetchone() == (2,)
