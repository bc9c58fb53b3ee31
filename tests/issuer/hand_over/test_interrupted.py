"""A hand-over that dies half-way: the wallet asks again with the same token, and there is one form, one record."""

from collections import Counter
from pathlib import Path

import pytest

from issuer import crash_points
from issuer.audit import service as audit
from tests.issuer.college import College
from tests.issuer.hand_over.wallet import Wallet, invite
from vc import openid4vci as vci


class Stopped(BaseException):
    """The process would have died here."""


@pytest.mark.parametrize(
    "point", ["holder-recorded", "before-signing", "after-signing", "holder-form-signed", "holder-form-committed"]
)
def test_I_DUR_4_a_hand_over_that_died_is_finished_by_the_next_request(tmp_path: Path, point: str) -> None:
    college = College.open(tmp_path, learners=1)
    credential = college.issue()[0].credential or ""
    invitation, wallet = invite(college, credential), Wallet(college.client)
    token = wallet.token(invitation.link, invitation.tx_code)

    def stop(name: str) -> None:
        if name == point:
            raise Stopped

    remove = crash_points.install(stop)
    with pytest.raises(BaseException):  # noqa: B017, PT011 - the test client wraps what ended the request
        wallet.credential(token, college.clock())
    remove()
    college.clock.advance(seconds=30)
    answer = wallet.credential(token, college.clock())
    [document] = vci.parse_credential_response(answer.json()).credentials
    assert document["credentialSubject"]["id"] == wallet.holder
    assert len(college.bodies(credential)) == 2
    with college.office.database.reading() as session:
        audit.verify_chain(session)
        acts = Counter(entry.act for entry in audit.entries(session))
    assert acts["credential.hand-over-intended"] == 1
    assert acts["credential.handed-over"] == 1
