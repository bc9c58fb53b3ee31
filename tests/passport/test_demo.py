"""The demo's ecosystem: filled once, completed after a kill, left alone afterwards."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlmodel import Session, col, func, select

from issuer.accreditation.models import Accreditation
from issuer.app import build_office
from issuer.cohorts.models import Cohort, Participant
from issuer.completions.models import Completion
from issuer.issuance.models import CredentialState, IssuedCredential
from issuer.office import Office
from issuer.organisations.models import Organisation
from issuer.programmes.models import Programme
from issuer.settings import IssuerSettings
from kit.mail import Mailer
from passport.demo import seed

NOUNS = (Organisation, Programme, Cohort, Participant, Completion, Accreditation)


class Killed(BaseException):
    """What kill -9 is to a process, as far as a test in the same process can be."""


class BreaksOff(Mailer):
    """Sends so many letters, then the process is gone."""

    def __init__(self, settings: IssuerSettings, letters: int) -> None:
        super().__init__(settings)
        self.left = letters

    def send(self, to: str, subject: str, text: str) -> None:
        if not self.left:
            raise Killed
        self.left -= 1
        super().send(to, subject, text)


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    settings = IssuerSettings(public_url="http://localhost:8101", data_dir=tmp_path, secret=b"demo" * 8)
    office = build_office(settings)
    yield office
    office.database.dispose()


def counted(session: Session) -> list[int]:
    issued = select(func.count()).where(col(IssuedCredential.state) == CredentialState.ISSUED)
    nouns = [session.exec(select(func.count()).select_from(noun)).one() for noun in NOUNS]
    return [*nouns, session.exec(issued).one()]


@pytest.mark.parametrize("letters", [0, 4])
def test_a_killed_run_is_completed_and_nothing_is_doubled(office: Office, letters: int) -> None:
    settings = office.settings
    with pytest.raises(Killed):
        seed.fill(replace(office, mailer=BreaksOff(settings, letters)))
    seed.fill(office)
    with office.database.reading() as session:
        once = counted(session)
    seed.fill(office)
    with office.database.reading() as session:
        assert counted(session) == once == [7, 5, 5, 17, 16, 4, 16]
        assert seed.facts(office)["learner"]["email"] == "eloise.borealis@exemple.test"
