"""Whose API keys come: looked up together, told apart, and none remembered."""

from pathlib import Path

from issuer.staff import service as staff
from issuer.staff.service import Scope
from tests.issuer.college import ACTOR, College


def test_keys_that_come_together_are_told_apart_and_a_revoked_one_is_nobodys_at_once(
    tmp_path: Path, database_url: str
) -> None:
    college = College.open(tmp_path, learners=0, database_url=database_url)
    database, now = college.office.database, college.clock()

    def made(scope: Scope) -> tuple[str, str]:
        with database.unit() as session:
            key, secret = staff.create_api_key(
                session, college.organisation, name=scope, scopes=[scope], actor=ACTOR, now=now
            )
            return key.id, secret

    (issuing, one), (reading, other) = made(Scope.ISSUE), made(Scope.READ)
    asked = [one, "sp_nobodys", other, one]
    found = staff.callers(database, asked)
    assert [caller and caller.key_id for caller in found] == [issuing, None, reading, issuing]
    assert found[0] is not None
    assert found[0].organisation_id == college.organisation.id
    assert found[0].may(Scope.ISSUE)
    assert not found[0].may(Scope.READ)
    with database.unit() as session:
        staff.revoke_api_key(session, college.organisation, issuing, actor=ACTOR, now=now)
    assert [caller and caller.key_id for caller in staff.callers(database, asked)] == [None, None, reading, None]
