"""An office with one of everything in it, and ways to try an act there as anybody."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from fastapi.testclient import TestClient
from httpx import Response
from sqlalchemy import select
from sqlmodel import Session

from issuer.applications import committee, looking
from issuer.applications.applying import Training
from issuer.base import Base
from issuer.cohorts.models import Cohort, Participant
from issuer.completions.models import Completion
from issuer.components import service as components
from issuer.components.models import PartKind
from issuer.endorsements import service as endorsements
from issuer.hand_over import invitations
from issuer.hand_over.models import ReportedProblem
from issuer.jobs import service as jobs
from issuer.organisations import service as organisations
from issuer.organisations.models import Organisation, OrganisationKind
from issuer.programmes.models import Programme
from issuer.received.models import Acceptance, ReceivedRecognition, RecognisingAuthority
from issuer.staff import service as staff
from issuer.staff.models import Role
from issuer.staff.service import Scope
from tests.issuer.applications.desk import Desk
from tests.issuer.college import ACTOR, NOW, PASSWORD, Addresses, College, Visit, new_programme
from tests.issuer.staff.acts import REGISTER, Act


class Ground:
    """A college and an authority with one of everything, and another of each that owns none of it."""

    def __init__(self, folder: Path) -> None:
        self.college = College.open(folder, learners=5)
        self.college.clock.advance(days=1)  # the organisations' keys exist for a while
        office = replace(self.college.office, fetcher=Addresses(self.college.client))
        self.college.office = self.college.app.state.office = office
        with office.database.unit() as session:
            self.others = [
                organisations.create(
                    office, session, slug=slug, kind=kind, name_fr="Autre", name_en="Other", territory="CA-NB"
                )
                for slug, kind in (("autre", OrganisationKind.INSTITUTION), ("autorite", OrganisationKind.AUTHORITY))
            ]
            self.partner = organisations.create(
                office,
                session,
                slug="hote",
                kind=OrganisationKind.PARTNER,
                name_fr="Hôte",
                name_en="Host",
                territory="CA-QC",
            )
        self._visits: dict[tuple[str, Role], Visit] = {}
        self._clients: dict[tuple[str, frozenset[Scope]], TestClient] = {}
        self.ids = {"lang": "fr", **self._things()}

    def _things(self) -> dict[str, str]:
        college, office = self.college, self.college.office
        credential, issued = (one.credential or "" for one in college.issue(college.completions[:2]))
        with office.database.unit() as session:
            invited = invitations.invite(office, session, college.credential_by_id(credential), actor=ACTOR)
            report = ReportedProblem(invitation_id=invited.id, text="Mon nom s’écrit autrement", reported_at=NOW)
            waiting = Participant(
                cohort_id=college.cohort.id,
                learner_number="800",
                given_name="Renée",
                family_name="Attend",
                created_at=NOW,
            )
            key, _ = staff.create_api_key(
                session, college.organisation, name="ancien", scopes=[Scope.READ], actor=ACTOR, now=NOW
            )
            member = staff.add_member(
                session,
                organisation=college.organisation,
                email="colleague@college.example",
                name="Colleague",
                role=Role.READER,
                password=PASSWORD,
                actor=ACTOR,
                now=NOW,
            )
            session.add_all([report, waiting])
            session.flush()
            made = {"report_id": report.id, "participant_id": waiting.id, "key_id": key.id, "member_id": member.id}
        return made | {
            "programme_id": college.programme.id,
            "cohort_id": college.cohort.id,
            "credential_id": credential,
            "issued_id": issued,
            "completion_id": college.completions[2],
            "accreditation_id": college.accredit(),
            "received_id": self._received(),
            **self._parts(),
            "upload_id": self._upload(),
            "job_id": jobs.start_for_cohort(office, jobs.Request(college.organisation.id, college.cohort, ACTOR)).id,
            **self._applications(),
        }

    def _applications(self) -> dict[str, str]:
        """A draft with a file, one that could be sent, one with a question, one to decide upon, one that takes part."""
        desk = Desk.adopt(self.college, "ai-school-recognition")
        others = [Training(f"https://college.example/p/{number}", "Soudage", "Welding") for number in range(4)]
        draft, complete = desk.draft(training=others[0]), desk.draft(training=others[1])
        waiting, heard = desk.submitted(others[2]), desk.heard(others[3])
        pilot = Desk.adopt(self.college, "ontario-passport-pilot", desk.members)
        taking_part = pilot.decide(pilot.heard()).id
        with self.college.office.database.unit() as session:
            asked = committee.ask(
                self.college.office,
                session,
                looking.held(session, self.college.authority, waiting),
                desk.members[0],
                text="Combien?",
            )
            drafted = looking.of_applicant(session, self.college.organisation.did, draft)
            [file] = looking.attachments_of(session, drafted)
        return {
            "scheme_id": desk.scheme.id,
            "draft_id": draft,
            "complete_id": complete,
            "attachment_id": file.id,
            "waiting_id": waiting,
            "question_id": asked.id,
            "heard_id": heard,
            "taking_part_id": taking_part,
            "seat_id": desk.members[1].id,
        }

    def _received(self) -> str:
        """A recognition from elsewhere, as if it had been sent."""
        college = self.college
        with college.office.database.unit() as session:
            authority = RecognisingAuthority(
                organisation_id=college.organisation.id, did="did:web:forem.example", name_fr="Forem", name_en="Forem"
            )
            session.add(authority)
            session.flush()
            sent = ReceivedRecognition(
                organisation_id=college.organisation.id,
                authority_id=authority.id,
                credential_id="urn:uuid:9f0e",
                achievement_id=college.programme.achievement_id,
                acceptance=Acceptance.AWAITING,
                valid_from=NOW,
                received_at=NOW,
            )
            session.add(sent)
            session.flush()
            return sent.id

    def _parts(self) -> dict[str, str]:
        """The programme has two optional parts, one with a host; two people of the cohort have the other."""
        college, office = self.college, self.college.office
        with office.database.unit() as session:
            stage, hosted, other = (
                new_programme(session, by, slug)
                for by, slug in ((college.organisation, "etape"), (self.partner, "stage"), (college.organisation, "x"))
            )
            links = [
                components.add(
                    office,
                    session,
                    college.programme,
                    part_id=part.id,
                    kind=PartKind.STAGE,
                    required=False,
                    actor=ACTOR,
                )
                for part in (other, hosted, stage)
            ]
            people = [_taking_part(session, stage, number) for number in ("800", "2043003")]
            made = {"part_link_id": links[0].id, "hosted_link_id": links[1].id}
            training = new_programme(session, college.organisation, "soudure")
        college.issue(people)
        [whole] = college.issue(college.completions[3:4])
        endorsed = endorsements.endorse(
            office, self.partner, programme_id=college.programme.id, comment="Oui.", actor=ACTOR
        )
        return made | {
            "training_id": training.id,
            "whole_id": whole.credential or "",
            "endorsement_id": endorsed.id,
        }

    def _upload(self) -> str:
        page = f"/fr/office/cohorts/{self.college.cohort.id}/import"
        sent = self.visit(self.college.organisation, Role.REGISTRAR)
        shown = sent.look(page).text
        token = shown.partition('name="csrf_token" value="')[2].partition('"')[0]
        answer = sent.client.post(page, data={"csrf_token": token}, files={"file": ("registre.csv", REGISTER)})
        assert answer.status_code == 303, answer.text
        return str(answer.headers["location"]).rpartition("/")[2]

    def owner(self, act: Act) -> Organisation:
        owners = {
            OrganisationKind.INSTITUTION: self.college.organisation,
            OrganisationKind.AUTHORITY: self.college.authority,
            OrganisationKind.PARTNER: self.partner,
        }
        return owners[act.kind]

    def visit(self, organisation: Organisation | None, role: Role) -> Visit:
        known = (organisation.slug if organisation else "", role)
        if known not in self._visits:
            self._visits[known] = self.college.visit(organisation, role=role)
        return self._visits[known]

    def system(self, organisation: Organisation, scopes: frozenset[Scope]) -> TestClient:
        known = (organisation.slug, scopes)
        if known not in self._clients:
            self._clients[known] = self.college.api(*scopes, organisation=organisation)
        return self._clients[known]

    def admit(self, organisation: Organisation, power: Role | frozenset[Scope]) -> None:
        """Have the person signed in or the key made, so that only what is tried afterwards can change anything."""
        if isinstance(power, frozenset):
            self.system(organisation, power)
        else:
            self.visit(organisation, power)

    def attempt(self, act: Act, organisation: Organisation | None, power: Role | frozenset[Scope]) -> Response:
        """Try an act as somebody of an organisation with a role or with the scopes of a key, or as nobody."""
        path = act.path.format(**self.ids, act=act.act)
        form = {name: self.ids.get(value, value) for name, value in act.form.items()}
        if isinstance(power, frozenset):
            client = self.system(organisation, power) if organisation else TestClient(self.college.app)
            sent: Response = client.post(path, json=form)
            return sent
        visit = self.visit(organisation, power)
        page = visit.look("/fr/office/" if organisation else "/fr/office/sign-in")
        token = page.text.partition('name="csrf_token" value="')[2].partition('"')[0]
        assert token
        answer: Response = visit.client.post(
            path,
            data=form | {"csrf_token": token},
            files={"file": (act.file_name, act.file)} if act.file else None,
            headers={"accept": "text/html"},
        )
        return answer

    def everything(self) -> dict[str, list[str]]:
        """The whole database."""
        with self.college.office.database.reading() as session:
            return {
                table.name: sorted(repr(tuple(row)) for row in session.connection().execute(select(table)))
                for table in Base.metadata.sorted_tables
            }


def _taking_part(session: Session, part: Programme, number: str) -> str:
    """Somebody with this learner number completes a part; returns the completion."""
    cohort = Cohort(programme_id=part.id, code=number, starts_on=NOW.date(), ends_on=NOW.date(), created_at=NOW)
    session.add(cohort)
    session.flush()
    person = Participant(
        cohort_id=cohort.id, learner_number=number, given_name="Renée", family_name="Attend", created_at=NOW
    )
    session.add(person)
    session.flush()
    completion = Completion(
        participant_id=person.id, programme_id=part.id, completed_on=NOW.date(), recorded_at=NOW, recorded_by=ACTOR
    )
    session.add(completion)
    session.flush()
    return completion.id
