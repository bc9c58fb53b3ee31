"""A programme of three parts: classes, an internship that the host attests, and an optional stage."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest
from sqlmodel import Session, col, select

from issuer.cohorts.models import Cohort, Participant
from issuer.completions.models import Completion
from issuer.components import service
from issuer.components.models import PartKind, Placement
from issuer.components.service import NotAPart, PartState
from issuer.issuance import learner_record, states
from issuer.issuance import service as issuance
from issuer.issuance.models import IssuedCredential
from issuer.issuance.outcomes import Outcome, OutcomeKind
from issuer.issuance.service import WrongState
from issuer.organisations import service as organisations
from issuer.organisations.models import Organisation, OrganisationKind
from issuer.programmes.models import Programme
from kit.problems import Conflict, Unprocessable
from tests.issuer.college import ACTOR, NOW, College, new_programme


@dataclass
class School:
    """A college whose programme has parts, and a company that takes interns; two people are in the cohort."""

    college: College
    host: Organisation
    classes: Programme
    internship: Programme
    stage: Programme
    people: list[str]

    @classmethod
    def open(cls, folder: Path, database_url: str = "") -> School:
        college = College.open(folder, learners=0, database_url=database_url)
        office = college.office
        with office.database.unit() as session:
            host = organisations.create(
                office,
                session,
                slug="hote",
                kind=OrganisationKind.PARTNER,
                name_fr="Ateliers de l’Anse",
                name_en="Cove Workshops",
                territory="CA-QC",
            )
            made = {
                "classes": new_programme(session, college.organisation, "cours"),
                "internship": new_programme(session, host, "stage-en-entreprise"),
                "stage": new_programme(session, college.organisation, "etape"),
            }
            for kind, name, required in (
                (PartKind.CLASSES, "classes", True),
                (PartKind.INTERNSHIP, "internship", True),
                (PartKind.STAGE, "stage", False),
            ):
                service.add(
                    office, session, college.programme, part_id=made[name].id, kind=kind, required=required, actor=ACTOR
                )
            people = [
                Participant(
                    cohort_id=college.cohort.id,
                    learner_number=f"80{number}",
                    given_name="Renée",
                    family_name=f"Attend-{number}",
                    email=f"r{number}@courriel.example",
                    created_at=NOW,
                )
                for number in range(2)
            ]
            session.add_all(people)
            session.flush()
            return cls(college, host, people=[one.id for one in people], **made)

    def part(self, programme: Programme) -> service.Part:
        with self.college.office.database.reading() as session:
            parts = service.parts_of(session, [self.college.programme.id])[self.college.programme.id]
        return next(one for one in parts if one.programme.id == programme.id)

    def pass_part(self, programme: Programme, number: str, on: date) -> str:
        """Somebody with this learner number completes a part that the college teaches; returns the credential."""
        with self.college.office.database.unit() as session:
            cohort = session.exec(select(Cohort).where(Cohort.programme_id == programme.id)).first() or Cohort(
                programme_id=programme.id,
                code="A",
                starts_on=date(2026, 1, 5),
                ends_on=date(2026, 6, 12),
                created_at=NOW,
            )
            session.add(cohort)
            session.flush()
            person = Participant(
                cohort_id=cohort.id, learner_number=number, given_name="Renée", family_name="Attend", created_at=NOW
            )
            session.add(person)
            session.flush()
            completion_id = self._completed(session, person, programme, on)
        return self.issue(completion_id, self.college.organisation).credential or ""

    def place(self, *people: str) -> int:
        with self.college.office.database.unit() as session:
            return service.place(
                self.college.office,
                session,
                self.college.cohort,
                self.part(self.internship),
                participant_ids=people,
                starts_on=date(2026, 3, 1),
                ends_on=date(2026, 6, 12),
                actor=ACTOR,
            )

    def host_attests(self, person: str, on: date) -> str:
        """The host records the completion in its own register, and issues; returns the credential."""
        with self.college.office.database.unit() as session:
            [placement] = session.exec(select(Placement).where(Placement.participant_id == person)).all()
            placed = session.get_one(Participant, placement.host_participant_id)
            completion_id = self._completed(session, placed, self.internship, on)
        return self.issue(completion_id, self.host).credential or ""

    def complete(self) -> int:
        with self.college.office.database.unit() as session:
            return service.complete(self.college.office, session, self.college.cohort, actor=ACTOR)

    def completion_of(self, person: str) -> str:
        with self.college.office.database.reading() as session:
            return session.exec(select(Completion.id).where(Completion.participant_id == person)).one()

    def issue(self, completion_id: str, by: Organisation) -> Outcome:
        [outcome] = issuance.issue(self.college.office, [completion_id], organisation_id=by.id, actor=ACTOR)
        return outcome

    def states(self, person: str) -> list[PartState]:
        with self.college.office.database.reading() as session:
            found = session.get_one(Participant, person)
            return [one.state for one in service.standing(session, {self.college.programme.id: [found]})[person]]

    def whole(self, person: str) -> str:
        """Have `person` complete everything; returns the credential of the whole."""
        self.place(person)
        with self.college.office.database.reading() as session:
            number = session.get_one(Participant, person).learner_number
        self.pass_part(self.classes, number, date(2026, 4, 30))
        self.host_attests(person, date(2026, 6, 12))
        self.complete()
        outcome = self.issue(self.completion_of(person), self.college.organisation)
        assert outcome.kind is OutcomeKind.ISSUED, outcome
        return outcome.credential or ""

    @staticmethod
    def _completed(session, person: Participant, programme: Programme, on: date) -> str:  # type: ignore[no-untyped-def]  # a session, in a test's helper
        made = Completion(
            participant_id=person.id, programme_id=programme.id, completed_on=on, recorded_at=NOW, recorded_by=ACTOR
        )
        session.add(made)
        session.flush()
        return made.id


@pytest.fixture
def school(tmp_path: Path, database_url: str) -> School:
    return School.open(tmp_path, database_url)


def test_each_part_goes_from_not_started_to_complete(school: School) -> None:
    first, second = school.people
    assert school.states(first) == [PartState.NOT_STARTED] * 3
    assert school.place(first) == 1
    school.pass_part(school.classes, "800", date(2026, 4, 30))
    assert school.states(first) == [PartState.COMPLETE, PartState.UNDER_WAY, PartState.NOT_STARTED]
    school.host_attests(first, date(2026, 6, 12))
    assert school.states(first) == [PartState.COMPLETE, PartState.COMPLETE, PartState.NOT_STARTED]
    assert school.states(second) == [PartState.NOT_STARTED] * 3, "nobody completes anything for somebody else"


def test_the_whole_is_not_issued_before_its_required_parts(school: School) -> None:
    first, _ = school.people
    school.place(first)
    school.pass_part(school.classes, "800", date(2026, 4, 30))
    assert school.complete() == 0
    with school.college.office.database.unit() as session:
        person = session.get_one(Participant, first)
        completion_id = School._completed(session, person, school.college.programme, date(2026, 6, 12))
    outcome = school.issue(completion_id, school.college.organisation)
    assert outcome.kind is OutcomeKind.REFUSED
    assert "is not complete: its credential comes first" in outcome.reasons[0]
    school.host_attests(first, date(2026, 6, 12))
    assert school.issue(completion_id, school.college.organisation).kind is OutcomeKind.ISSUED


def test_who_has_every_part_is_recorded_with_the_day_of_the_last(school: School) -> None:
    first, _ = school.people
    credential = school.whole(first)
    assert school.complete() == 0, "once"
    document = json.loads(school.college.bodies(credential)[0])
    assert document["credentialSubject"]["activityEndDate"].startswith("2026-06-12")
    related = {one["id"] for one in document["credentialSubject"]["achievement"]["related"]}
    assert related == {one.achievement_id for one in (school.classes, school.internship, school.stage)}
    assert len(document["@context"]) == 2


def test_a_part_that_is_revoked_is_complete_no_longer(school: School) -> None:
    first, _ = school.people
    school.place(first)
    credential = school.pass_part(school.classes, "800", date(2026, 4, 30))
    office = school.college.office
    with office.database.unit() as session:
        found = issuance.credential_of(session, school.college.organisation.id, credential)
        states.revoke(office, session, found, reason="Erreur", actor=ACTOR)
    assert school.states(first)[0] is PartState.NOT_IN_FORCE


def test_a_placement_happens_once_and_tells_the_host_what_it_needs(school: School) -> None:
    assert school.place(*school.people) == 2
    assert school.place(*school.people) == 0
    with school.college.office.database.reading() as session:
        query = select(Participant, Cohort).join(Cohort).where(Cohort.programme_id == school.internship.id)
        placed = session.exec(query).all()
    assert {(one.family_name, one.email) for one, _ in placed} == {
        ("Attend-0", "r0@courriel.example"),
        ("Attend-1", "r1@courriel.example"),
    }
    assert {cohort.code for _, cohort in placed} == {"analyse-python 2026-A"}


def test_nobody_of_another_cohort_is_placed_and_no_part_of_ones_own(school: School) -> None:
    with pytest.raises(Unprocessable):
        school.place("somebody")
    with school.college.office.database.unit() as session, pytest.raises(Unprocessable):
        service.place(
            school.college.office,
            session,
            school.college.cohort,
            school.part(school.classes),
            participant_ids=school.people,
            starts_on=NOW.date(),
            ends_on=NOW.date(),
            actor=ACTOR,
        )


@pytest.mark.parametrize("of", ["itself", "a whole", "another institution's", "unknown", "twice"])
def test_what_cannot_be_a_part(school: School, of: str) -> None:
    office, whole = school.college.office, school.college.programme
    with office.database.unit() as session:
        elsewhere = organisations.create(
            office, session, slug="b", kind=OrganisationKind.INSTITUTION, name_fr="B", name_en="B", territory="CA-QC"
        )
        theirs = new_programme(session, elsewhere, "theirs")
        bigger = new_programme(session, school.college.organisation, "plus-grand")
    part, into = {
        "itself": (whole.id, whole),
        "a whole": (whole.id, bigger),
        "another institution's": (theirs.id, whole),
        "unknown": ("nowhere", whole),
        "twice": (school.stage.id, whole),
    }[of]
    with office.database.unit() as session, pytest.raises(NotAPart):
        service.add(office, session, into, part_id=part, kind=PartKind.STAGE, required=True, actor=ACTOR)


def test_a_part_for_which_somebody_was_placed_stays(school: School) -> None:
    school.place(school.people[0])
    part = school.part(school.internship)
    with school.college.office.database.unit() as session, pytest.raises(Conflict):
        service.remove(school.college.office, session, school.college.programme, part.link.id, actor=ACTOR)
    with school.college.office.database.unit() as session:
        part = school.part(school.stage)
        service.remove(school.college.office, session, school.college.programme, part.link.id, actor=ACTOR)
        assert len(service.parts_of(session, [school.college.programme.id])[school.college.programme.id]) == 2


# --- the learner record ---


def test_the_record_holds_whole_and_parts_each_with_its_own_signer(school: School) -> None:
    college = school.college
    credential = school.whole(school.people[0])
    made = learner_record.make(college.office, credential, organisation_id=college.organisation.id, actor=ACTOR)
    again = learner_record.make(college.office, credential, organisation_id=college.organisation.id, actor=ACTOR)
    assert made.body == again.body
    document = json.loads(made.body)
    held = document["credentialSubject"]["verifiableCredential"]
    assert [one["issuer"]["id"] for one in held] == [
        college.organisation.did,
        college.organisation.did,
        school.host.did,
    ]
    report = college.verify(made.body)
    assert report.verified
    assert len(report.parts) == 3
    assert {one["associationType"] for one in document["credentialSubject"]["association"]} == {"isPartOf"}


def test_the_record_falls_with_the_host_s_part(school: School) -> None:
    college = school.college
    credential = school.whole(school.people[0])
    made = learner_record.make(college.office, credential, organisation_id=college.organisation.id, actor=ACTOR)
    with college.office.database.unit() as session:
        query = select(Placement.host_participant_id)
        hosted = issuance.credential_of(session, school.host.id, _credential_of(session, session.exec(query).one()))
        states.revoke(college.office, session, hosted, reason="Erreur", actor=ACTOR)
    college.clock.advance(days=1)
    assert not college.verify(made.body).verified


def test_no_record_of_what_is_revoked_or_has_no_parts(school: School) -> None:
    college = school.college
    credential = school.whole(school.people[0])
    with college.office.database.unit() as session:
        found = issuance.credential_of(session, college.organisation.id, credential)
        states.revoke(college.office, session, found, reason="Erreur", actor=ACTOR)
    with pytest.raises(WrongState):
        learner_record.make(college.office, credential, organisation_id=college.organisation.id, actor=ACTOR)
    part = school.pass_part(school.stage, "900", date(2026, 4, 30))
    with pytest.raises(WrongState):
        learner_record.make(college.office, part, organisation_id=college.organisation.id, actor=ACTOR)


def _credential_of(session: Session, participant_id: str) -> str:
    query = (
        select(IssuedCredential.id)
        .join(Completion, col(Completion.id) == IssuedCredential.completion_id)
        .where(Completion.participant_id == participant_id)
    )
    return session.exec(query).one()


# --- pages ---


def test_the_pages_tell_it_all(tmp_path: Path) -> None:
    school = School.open(tmp_path)
    college = school.college
    office = college.visit(college.organisation)
    cohort = f"/fr/office/cohorts/{college.cohort.id}/parts"
    assert "Ateliers de l’Anse" in office.look(cohort).text
    part = school.part(school.internship).link.id
    refused = office.send(f"{cohort}/{part}/place", cohort, starts_on="demain", ends_on="2026-06-12")
    assert refused.status_code == 422
    placed = office.send(
        f"{cohort}/{part}/place", cohort, person=school.people[0], starts_on="2026-03-01", ends_on="2026-06-12"
    )
    assert placed.headers["location"] == f"{cohort}?placed=1"
    school.pass_part(school.classes, "800", date(2026, 4, 30))
    school.host_attests(school.people[0], date(2026, 6, 12))
    assert office.send(f"{cohort}/complete", cohort).headers["location"] == f"{cohort}?completed=1"
    [outcome] = issuance.issue(
        college.office, [school.completion_of(school.people[0])], organisation_id=college.organisation.id, actor=ACTOR
    )
    page = f"/fr/office/credentials/{outcome.credential}"
    assert "Signer le dossier" in office.look(page).text
    file = office.send(f"{page}/record", page).headers["location"]
    assert office.look(file).headers["content-type"] == "application/vc"
    public = office.look(f"/en/o/riviere/p/{college.programme.slug}").text
    assert "What it is made of" in public
    assert "Cove Workshops" in public
    parts = f"/fr/office/programmes/{college.programme.id}/parts"
    assert office.send(parts, parts, part="nowhere").status_code == 422
    assert office.look(f"/fr/office/programmes/{school.stage.id}/parts").text.count("elle-même") == 1
