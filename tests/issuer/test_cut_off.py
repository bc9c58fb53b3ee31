"""D-DBX: the line to the database breaks at one message after the other; what was told holds, and trying again ends it.

Each act is tried with the line broken at its first message, at one further on, and so on, until it passes unbroken.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlmodel import Session, func, select

from issuer.audit import service as audit
from issuer.audit.models import AuditEntry
from issuer.issuance.models import CredentialState
from issuer.issuance.service import recover
from issuer.staff.service import Scope
from tests import cutting
from tests.databases import Server
from tests.issuer.college import College
from tests.issuer.hand_over.wallet import Wallet, invite
from vc import openid4vci as vci
from vc.status.bitstring import Bitstring

STEP = 13
"""Messages from one break to the next, for tests that are to be quick: with 1 they find no more."""
MOST = 24
"""Acts that are enough for breaks at every so many messages."""


@pytest.fixture
def line(postgresql: Server) -> Iterator[cutting.Line]:
    with cutting.line(postgresql) as line:
        yield line


@pytest.fixture
def college(tmp_path: Path, postgresql: Server, line: cutting.Line) -> Iterator[College]:
    with postgresql.database() as url:
        college = College.open(tmp_path, learners=MOST, database_url=line.through(url))
        yield college
        with college.office.database.reading() as session:
            audit.verify_chain(session)
        college.office.database.dispose()


def times(session: Session, act: str, subject: str) -> int:
    """How often the record of acts says it."""
    query = select(func.count()).where(AuditEntry.act == act, AuditEntry.subject == subject)
    return session.exec(query).one()


def test_I_DUR_3_a_revocation_holds_once_it_is_told(college: College, line: cutting.Line) -> None:
    system = college.api(Scope.STATUS)
    issued = iter(college.issue())
    for broken in line.at_each_message(step=STEP):
        one = next(issued)
        path, body = f"/api/v1/credentials/{one.credential}/status", {"state": "revoked", "reason": "x"}
        with broken:
            first = system.post(path, json=body).status_code
        again = system.post(path, json=body).status_code
        assert (first, again) in [(200, 409), (503, 200), (503, 409)]
        kept = college.credential(one)
        assert kept.state is CredentialState.REVOKED
        with college.office.database.reading() as session:
            assert times(session, "credential.revoked", kept.credential_id) == 1
    assert first == 200, "at last it passed"
    revoked = [one for one in college.credentials() if one.state is CredentialState.REVOKED]
    college.clock.advance(minutes=1)
    listed = college.client.get(f"/o/riviere/status/{revoked[0].revocation_list_id}").json()
    bits = Bitstring.from_encoded(listed["credentialSubject"]["encodedList"])
    assert {index for index in range(len(bits)) if bits[index]} == {one.revocation_index for one in revoked}


def test_I_DBL_1_a_key_gets_one_credential(college: College, line: cutting.Line) -> None:
    system = college.api(Scope.ISSUE)
    completions = iter(college.completions)
    for broken in line.at_each_message(step=STEP):
        body = {"completionId": next(completions)}
        key = {"idempotency-key": f"key-{body['completionId']}"}
        with broken:
            first = system.post("/api/v1/credentials", json=body, headers=key)
        assert first.status_code in (201, 503)
        college.clock.advance(seconds=50)
        recover(college.office)  # as upkeep does: what was left behind is void
        again = system.post("/api/v1/credentials", json=body, headers=key)
        assert again.status_code == 201
        if first.status_code == 201:
            assert first.json()["id"] == again.json()["id"]
    assert first.status_code == 201
    places = [(one.revocation_list_id, one.revocation_index) for one in college.credentials()]
    assert len(places) == len(set(places)), "no place is given twice (I-DUR-2)"
    assert {one.state for one in college.credentials()} <= {CredentialState.ISSUED, CredentialState.VOID}


def test_I_OID_1_a_code_gives_one_token_at_most(college: College, line: cutting.Line) -> None:
    wallet, issued = Wallet(college.client), iter(college.issue())
    for broken in line.at_each_message(step=STEP):
        invitation = invite(college, next(issued).credential or "")
        code = wallet.offer(invitation.link).pre_authorized_code or ""
        with broken:
            first = wallet.ask_token(code, invitation.tx_code).status_code
        again = wallet.ask_token(code, invitation.tx_code).status_code
        assert (first, again) in [(200, 400), (503, 200), (503, 400)]
    assert first == 200


def test_I_DUR_4_a_wallet_gets_its_form_with_the_same_token(college: College, line: cutting.Line) -> None:
    wallet, issued = Wallet(college.client), iter(college.issue())
    for broken in line.at_each_message(step=STEP):
        one = next(issued)
        invitation = invite(college, one.credential or "")
        token, now = wallet.token(invitation.link, invitation.tx_code), college.clock()
        asked = vci.credential_request(credential_configuration_id="analyse-python", jwt_proofs=[wallet.proof(now)])
        with broken:
            first = wallet.ask_credential(token, asked)
        assert first.status_code in (200, 503)
        again = wallet.credential(token, now)
        assert again.status_code == 200
        if first.status_code == 200:
            assert first.content == again.content
        assert len(college.bodies(one.credential or "")) == 2
        with college.office.database.reading() as session:
            assert times(session, "credential.handed-over", college.credential(one).credential_id) == 1
    assert first.status_code == 200


def test_I_DUR_3_a_list_goes_on_from_its_last_version(college: College, line: cutting.Line) -> None:
    one = college.credential(college.issue(college.completions[:1])[0])
    path, seen = f"/o/riviere/status/{one.revocation_list_id}", ""
    for broken in line.at_each_message(step=STEP):
        college.clock.advance(minutes=40)  # past half of its validity it is signed afresh
        with broken:
            first = college.client.get(path).status_code
        assert first in (200, 503)
        college.clock.advance(seconds=20)  # whoever had the turn to sign it is gone
        again = college.client.get(path)
        assert again.status_code == 200
        assert again.json()["validFrom"] > seen
        seen = again.json()["validFrom"]
    assert first == 200
