"""Two who act at the same moment: they take turns, and the second sees what the first did."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlmodel import Session, col, select

from issuer.audit.models import AuditEntry
from issuer.history import service as history
from issuer.history.models import PublishedKind
from issuer.organisations import service as organisations
from issuer.organisations.models import KeyUse, OrganisationKey, OrganisationKind
from issuer.staff import service as staff
from issuer.staff.models import Role, StaffMember
from issuer.staff.service import Scope
from keys.dids import did_webvh
from kit.problems import Conflict
from tests.issuer.college import ACTOR, NOW, PASSWORD, College

Act = Callable[[Session], object]
LONG_ENOUGH = 0.4
"""Seconds after which the second has read all that it does not have to wait for."""


@pytest.fixture
def college(tmp_path: Path, database_url: str) -> Iterator[College]:
    college = College.open(tmp_path, learners=0, database_url=database_url)
    yield college
    college.office.database.dispose()


def at_once(college: College, first: Act, second: Act) -> Future[None]:
    """Carry out both, the second before the first has committed; returns what became of the second."""

    def carry_out(act: Act) -> None:
        with college.office.database.unit() as session:
            act(session)

    with ThreadPoolExecutor(1) as other, college.office.database.unit() as session:
        first(session)
        session.flush()
        late = other.submit(carry_out, second)
        time.sleep(LONG_ENOUGH)
    return late


def test_D_RAC_two_administrators_who_close_each_others_account_do_not_both_succeed(college: College) -> None:
    def member(number: int) -> str:
        with college.office.database.unit() as session:
            return staff.add_member(
                session,
                organisation=college.organisation,
                email=f"{number}@staff.example",
                name="Solveig Clairbois",
                role=Role.ADMINISTRATOR,
                password=PASSWORD,
                actor=ACTOR,
                now=NOW,
            ).id

    def disabling(member_id: str) -> Act:
        return lambda session: staff.disable(session, session.get_one(StaffMember, member_id), actor=ACTOR, now=NOW)

    one, other = member(1), member(2)
    late = at_once(college, disabling(one), disabling(other))
    with pytest.raises(Conflict):
        late.result()
    with college.office.database.reading() as session:
        assert session.get_one(StaffMember, other).disabled_at is None


def test_D_RAC_who_was_added_by_somebody_else_at_the_same_moment_is_there_already(college: College) -> None:
    visit = college.visit(college.organisation, role=Role.ADMINISTRATOR)
    given = {"email": "both@staff.example", "name": "Solveig Clairbois"}

    def add(session: Session) -> None:
        staff.add_member(
            session,
            organisation=college.organisation,
            role=Role.READER,
            password=PASSWORD,
            actor=ACTOR,
            now=NOW,
            **given,
        )

    with ThreadPoolExecutor(1) as other, college.office.database.unit() as session:
        add(session)
        late = other.submit(
            visit.send, "/fr/office/team", page="/fr/office/team", role="reader", password=PASSWORD, **given
        )
        time.sleep(LONG_ENOUGH)
    assert late.result().status_code in (409, 422)


def test_I_DUR_5_a_key_that_two_revoke_was_revoked_once(college: College) -> None:
    with college.office.database.unit() as session:
        key, _ = staff.create_api_key(
            session, college.organisation, name="x", scopes=[Scope.READ], actor=ACTOR, now=NOW
        )

    def revoke(session: Session) -> None:
        staff.revoke_api_key(session, college.organisation, key.id, actor=ACTOR, now=NOW)

    at_once(college, revoke, revoke).result()
    with college.office.database.reading() as session:
        revoked = session.exec(select(AuditEntry).where(AuditEntry.act == "api-key.revoked")).all()
    assert len(revoked) == 1


@pytest.mark.parametrize("uses", [(KeyUse.CREDENTIAL, KeyUse.STATUS), (KeyUse.CREDENTIAL, KeyUse.CREDENTIAL)])
def test_K_ROT_1_rotations_at_once_are_all_in_what_is_published(college: College, uses: tuple[KeyUse, KeyUse]) -> None:
    """In the log that others verify, and in the history of documents: neither lacks a key or its end."""
    office = college.office
    with office.database.unit() as session:
        historic = organisations.create(
            office,
            session,
            slug="memoire",
            kind=OrganisationKind.AUTHORITY,
            name_fr="Autorité de la Mémoire",
            name_en="Memory Authority",
            territory="CA-QC",
            verifiable_history=True,
        )
    first, second = (
        lambda session, use=use: organisations.rotate_key(office, session, organisations.get(session, historic.id), use)
        for use in uses
    )
    at_once(college, first, second).result()
    log = college.client.get("/o/memoire/did.jsonl").content
    with office.database.reading() as session:
        now = organisations.did_document(office, session, historic)
        web = organisations.web_document(office, session, historic)
        kept = history.newest_of(session, historic, PublishedKind.DID_DOCUMENT, organisations.web_did(historic))
        in_use = session.exec(
            select(OrganisationKey.use)
            .where(OrganisationKey.organisation_id == historic.id, col(OrganisationKey.retired_at).is_(None))
            .order_by(col(OrganisationKey.use))
        ).all()
    assert did_webvh.read(historic.did, log, now=college.clock()).newest().state == now
    assert kept is not None
    assert json.loads(kept.body) == web
    assert sorted(in_use) == sorted(set(in_use)), "one key for each use"
