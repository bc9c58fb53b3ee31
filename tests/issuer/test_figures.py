"""The figures of the office's first page: counted at once among few credentials, kept with their time among many."""

from pathlib import Path

import pytest

from issuer import upkeep
from issuer.figures import service as figures
from issuer.figures.service import Figures
from issuer.issuance import states
from issuer.issuance.outcomes import Outcome
from issuer.staff.models import Role
from tests.issuer.college import ACTOR, College
from tests.issuer.hand_over.wallet import Wallet, invite


@pytest.fixture
def college(tmp_path: Path, database_url: str) -> College:
    return College.open(tmp_path, learners=4, database_url=database_url)


def shown(college: College) -> Figures:
    with college.office.database.reading() as session:
        return figures.of(session, college.organisation.id)


def revoke(college: College, outcome: Outcome) -> None:
    with college.office.database.unit() as session:
        states.revoke(college.office, session, college.credential(outcome), reason="Erreur", actor=ACTOR)


def take(college: College, outcome: Outcome) -> None:
    wallet, invitation = Wallet(college.client), invite(college, outcome.credential or "")
    token = wallet.token(invitation.link, invitation.tx_code)
    assert wallet.credential(token, college.clock()).status_code == 200


def test_among_few_they_are_those_of_this_moment(college: College) -> None:
    first, second, *_ = college.issue()
    revoke(college, first)
    take(college, second)
    assert figures.count_due(college.office) == 0
    assert shown(college) == Figures(issued=4, taken=1, suspended=0, revoked=1)


def test_among_many_they_are_those_that_upkeep_counted(college: College, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(figures, "FEW", 3)
    first, second, *_ = college.issue()
    take(college, second)
    assert shown(college) == Figures(issued=4, taken=1, suspended=0, revoked=0)  # before anybody counted
    upkeep.run_errands(college.office)
    counted = Figures(issued=4, taken=1, suspended=0, revoked=0, counted_at=college.clock())
    revoke(college, first)
    college.clock.advance(minutes=4)
    upkeep.run_errands(college.office)
    assert shown(college) == counted
    college.clock.advance(minutes=1)
    assert figures.count_due(college.office) == 1
    assert shown(college) == Figures(issued=4, taken=1, suspended=0, revoked=1, counted_at=college.clock())


def test_the_page_says_when_they_were_counted(college: College, monkeypatch: pytest.MonkeyPatch) -> None:
    college.issue()
    visit = college.visit(college.organisation, role=Role.REGISTRAR)
    assert "Counted on" not in visit.look("/en/office/").text
    monkeypatch.setattr(figures, "FEW", 3)
    figures.count_due(college.office)
    assert "Counted on" in visit.look("/en/office/").text


def test_others_credentials_are_not_counted(college: College) -> None:
    college.issue()
    with college.office.database.reading() as session:
        assert figures.of(session, college.authority.id) == Figures(0, 0, 0, 0)
