"""Who may change what: one table over every act of the office and of the API (I-AUZ-1).

A route that is not in the table fails the first test; every line of the table is tried by nobody, by a role or scope
too little, by other organisations, and at last by the least that is enough, which does change something.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi.routing import iter_route_contexts
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
from keys.dids import did_web
from tests.issuer.applications.desk import PDF, Desk
from tests.issuer.college import ACTOR, NOW, PASSWORD, PUBLIC_URL, Addresses, College, Visit, new_programme
from vc.control import Question

API = "/api/v1/credentials"
OFFICE = "/{lang}/office"
READING = {"GET", "HEAD", "OPTIONS"}
OPEN = {f"{OFFICE}/sign-in", f"{OFFICE}/sign-out"}
"""For everybody; tests/issuer/staff/test_signing_in.py."""

REGISTER = "Matricule;Prénom;Nom;Date de réussite\n900;Aimé;Troisaisons;2026-06-12\n".encode()
PROGRAMME = {
    "title_fr": "Soudage",
    "title_en": "Welding",
    "description_fr": "Souder.",
    "description_en": "Weld.",
    "criteria_fr": "Avoir soudé.",
    "criteria_en": "Have welded.",
    "hours": "45",
    "language": "fr",
}
RECOGNISED = {
    "authority": "elsewhere",
    "authority_did": "did:web:council.example",
    "authority_name": "Conseil",
    "number": "CQM-2026-10",
    "valid_from": "2025-09-01",
    "confirmed": "yes",
}
DECISION = {"number": "CQM-2026-9", "territory": "CA-QC", "valid_from": "2025-09-01", "confirmed": "yes"}
QUESTION = json.dumps(
    Question(
        did_web.did_for(f"https://{PUBLIC_URL.partition('://')[2]}/o/riviere"),
        "https://authority.example",
        "b3Blbi1zZXNhbWUtZm9yLXRlc3Rz",
        NOW + timedelta(days=2),
    ).as_json()
)
TODAY = NOW.date().isoformat()
SETTINGS = {
    "name_fr": "Reconnaissance",
    "name_en": "Recognition",
    "summary_fr": "Pour former.",
    "summary_en": "For training.",
    "territories": "BE-BRU",
    "promise_days": "30",
    "opinions": "1",
}


@dataclass(frozen=True)
class Act:
    """A state-changing route with a form that works; values that name something of the ground stand for its id."""

    path: str
    least: Role | Scope
    form: dict[str, Any] = field(default_factory=dict)
    act: str = ""
    kind: OrganisationKind = OrganisationKind.INSTITUTION
    file: bytes = b""
    file_name: str = "registre.csv"
    any_kind: bool = False

    def __str__(self) -> str:
        return f"{self.path} {self.act}".strip().removeprefix(OFFICE)

    @property
    def names_something(self) -> bool:
        """Whether the request is about an object that belongs to somebody."""
        return "_id}" in self.path or "completionId" in self.form


def by_registrar(path: str, **form: Any) -> Act:
    return Act(OFFICE + path, Role.REGISTRAR, form)


def by_administrator(path: str, **form: Any) -> Act:
    return Act(OFFICE + path, Role.ADMINISTRATOR, form, any_kind=True)


def by_authority(path: str, act: str = "", **form: Any) -> Act:
    return Act(OFFICE + path, Role.REGISTRAR, form, act, OrganisationKind.AUTHORITY)


def by_partner(path: str, **form: Any) -> Act:
    return Act(OFFICE + path, Role.REGISTRAR, form, kind=OrganisationKind.PARTNER)


def by_member(path: str, **form: Any) -> Act:
    return Act(OFFICE + path, Role.MEMBER, form, kind=OrganisationKind.AUTHORITY)


def by_system(path: str, scope: Scope, **body: Any) -> Act:
    return Act(API + path, scope, body, any_kind=True)


_COHORT = "/cohorts/{cohort_id}"
_IMPORT = f"{_COHORT}/import/{{upload_id}}"
_CREDENTIAL = "/credentials/{credential_id}"
_DRAFT = "/applications/{draft_id}"
_ALIASES = {
    "{issued_id}": "{credential_id}",
    "{whole_id}": "{credential_id}",
    "{hosted_link_id}": "{part_link_id}",
    "{draft_id}": "{application_id}",
    "{waiting_id}": "{application_id}",
    "{heard_id}": "{application_id}",
    "{complete_id}": "{application_id}",
    "{taking_part_id}": "{application_id}",
}
"""Several things of one kind, by the parameter of the routes about them."""

TABLE = [  # in an order in which each can be carried out after the one before it
    by_system("", Scope.ISSUE, completionId="completion_id"),
    by_system("/{issued_id}/status", Scope.STATUS, state="revoked", reason="Erreur"),
    by_system("/{issued_id}/correction", Scope.ISSUE),
    by_administrator("/team", email="new@college.example", name="Aimé", role="reader", password=PASSWORD),
    by_administrator("/team/{member_id}/role", role="registrar"),
    by_administrator("/team/{member_id}/password", password=PASSWORD),
    by_administrator("/team/{member_id}/disable"),
    by_administrator("/team/{member_id}/enable"),
    by_administrator("/keys", name="Système", scopes=Scope.READ.value),
    by_administrator("/keys/{key_id}/revoke"),
    Act(f"{OFFICE}/account", Role.READER, {"current": PASSWORD, "password": PASSWORD}, any_kind=True),
    by_registrar("/programmes/new", **PROGRAMME),
    by_registrar("/programmes/{programme_id}/edit", **PROGRAMME),
    by_registrar("/programmes/{programme_id}/archive"),
    by_registrar("/programmes/{programme_id}/cohorts/new", code="2026-B", starts_on="2026-04-07", ends_on="2026-06-12"),
    by_registrar(f"{_COHORT}/job"),
    Act(f"{OFFICE}{_COHORT}/job-file", Role.REGISTRAR, file=REGISTER),
    Act("/api/v1/jobs", Scope.ISSUE, {"programme": "analyse-python", "cohort": "2026-A"}, any_kind=True),
    Act("/api/v1/jobs/{job_id}/{act}", Scope.ISSUE, act="pause", any_kind=True),
    Act(f"{OFFICE}/jobs/{{job_id}}/{{act}}", Role.REGISTRAR, act="resume"),
    Act(f"{OFFICE}/jobs/{{job_id}}/{{act}}", Role.REGISTRAR, act="cancel"),
    by_registrar(f"{_COHORT}/issue"),
    by_registrar(f"{_COHORT}/invitations"),
    by_registrar("/programmes/{programme_id}/parts", part="training_id", kind="stage", optional="yes"),
    by_registrar("/programmes/{programme_id}/parts/{part_link_id}/remove"),
    by_registrar(f"{_COHORT}/parts/{{hosted_link_id}}/place", person="participant_id", starts_on=TODAY, ends_on=TODAY),
    by_registrar(f"{_COHORT}/parts/complete"),
    by_registrar("/credentials/{whole_id}/record"),
    by_partner("/endorsements", programme="training_id", comment="Nous y croyons."),
    by_registrar("/endorsements/{endorsement_id}/answer", shown="yes"),
    by_partner("/endorsements/{endorsement_id}/withdraw", reason="Révisé"),
    by_registrar(f"{_COHORT}/participants/{{participant_id}}/completion", completed_on="2026-06-12"),
    Act(f"{OFFICE}{_COHORT}/import", Role.REGISTRAR, file=REGISTER),
    by_registrar(f"{_IMPORT}/correct", **{"cell.2.given_name": "Renée"}),
    by_registrar(f"{_IMPORT}/take-over"),
    by_registrar(f"{_IMPORT}/take-back"),
    by_registrar("/reports/{report_id}/settle"),
    by_registrar(f"{_CREDENTIAL}/end-invitation"),
    by_registrar(f"{_CREDENTIAL}/invite"),
    by_registrar(f"{_CREDENTIAL}/page", shown="yes"),
    Act(f"{OFFICE}{_CREDENTIAL}/{{act}}", Role.REGISTRAR, {"reason": "Vérification"}, "suspend"),
    Act(f"{OFFICE}{_CREDENTIAL}/{{act}}", Role.REGISTRAR, {"reason": "Vérifié"}, "reinstate"),
    Act(f"{OFFICE}{_CREDENTIAL}/{{act}}", Role.REGISTRAR, {"reason": "Erreur"}, "revoke"),
    by_registrar(f"{_CREDENTIAL}/correct"),
    by_registrar("/recognitions/new", link=f"https://{PUBLIC_URL.partition('://')[2]}/o/cqm/accreditations"),
    Act(f"{OFFICE}/recognitions/{{received_id}}/{{act}}", Role.REGISTRAR, act="remove"),
    Act(f"{OFFICE}/recognitions/{{received_id}}/{{act}}", Role.REGISTRAR, act="publish"),
    Act(f"{OFFICE}/challenge", Role.ADMINISTRATOR, {"question": QUESTION, "confirmed": "yes"}),
    by_authority("/accreditations/new", programme="programme_id", **DECISION),
    by_authority("/authorities/new", **RECOGNISED),
    by_authority("/accreditations/{accreditation_id}/{act}", "suspend", reason="Enquête", at=TODAY),
    by_authority("/accreditations/{accreditation_id}/{act}", "reinstate", reason="Fin d’enquête", at=TODAY),
    by_authority("/accreditations/{accreditation_id}/{act}", "withdraw", reason="Fin", at=TODAY),
    by_registrar("/applications/new", programme="programme_id", scheme="scheme_id"),
    by_registrar(f"{_DRAFT}/organisation", contact_name="Aimé Troisaisons"),
    by_registrar(f"{_DRAFT}/questions", **{"q-cities": "Bruxelles"}),
    Act(f"{OFFICE}{_DRAFT}/attachments", Role.REGISTRAR, {"question": "programme"}, file=PDF, file_name="p.pdf"),
    by_registrar(f"{_DRAFT}/attachments/{{attachment_id}}/remove"),
    by_registrar(f"{_DRAFT}/take-back"),
    by_registrar("/applications/{waiting_id}/answer/{question_id}", answer="Dix"),
    by_registrar("/applications/{complete_id}/submit"),
    by_member("/queue/{waiting_id}/assign", member="seat_id"),
    by_member("/queue/{waiting_id}/opinion", vote="for", opinion="Solide"),
    by_member("/queue/{waiting_id}/ask", question="Et le stage?"),
    by_member("/queue/{waiting_id}/conflict", reason="Parenté"),
    by_authority("/queue/{heard_id}/decision", outcome="refuse", reasons="La pratique manque", confirmed="yes"),
    by_authority("/queue/{taking_part_id}/end", reason="Fin du projet"),
    by_authority("/schemes", shipped="workforce-reskilling"),
    by_authority("/schemes/{scheme_id}/edit", **SETTINGS),
    by_authority("/schemes/{scheme_id}/close"),
    by_authority("/schemes/{scheme_id}/open"),
]


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


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Ground:
    """One for all refusals: none of them changes anything."""
    return Ground(tmp_path_factory.mktemp("office"))


def all_of_it(act: Act) -> Role | frozenset[Scope]:
    """The most that anybody can be given."""
    return Role.ADMINISTRATOR if isinstance(act.least, Role) else frozenset(Scope)


def too_little(act: Act) -> list[Role | frozenset[Scope]]:
    """Every role below, or a key with every scope but the one."""
    if isinstance(act.least, Scope):
        return [frozenset(Scope) - {act.least}]
    ladder = [Role.READER, Role.MEMBER, Role.REGISTRAR]
    return [*ladder[: ladder.index(act.least)]] if act.least in ladder else [*ladder]


def test_I_AUZ_1_the_table_names_every_route_that_changes_something(ground: Ground) -> None:
    routes = list(iter_route_contexts(ground.college.app.routes))
    changing = {
        route.path
        for route in routes
        if route.methods and route.methods - READING and route.path and route.path.startswith((OFFICE, "/api/"))
    }
    table = {re.sub(r"\{\w+\}", lambda name: _ALIASES.get(name[0], name[0]), act.path) for act in TABLE}
    assert changing == table | OPEN
    assert {method for route in routes for method in route.methods or ()} <= READING | {"POST"}


@pytest.mark.parametrize("act", TABLE, ids=str)
def test_I_AUZ_1_nobody_changes_anything(ground: Ground, act: Act) -> None:
    ground.visit(None, Role.READER)
    before = ground.everything()
    if isinstance(act.least, Scope):
        answer = ground.attempt(act, None, frozenset(Scope))
        assert answer.status_code == 401
        assert answer.headers["content-type"] == "application/problem+json"
    else:
        answer = ground.attempt(act, None, Role.READER)
        assert (answer.status_code, answer.headers["location"]) == (303, "/fr/office/sign-in")
    assert ground.everything() == before


@pytest.mark.parametrize("act", TABLE, ids=str)
def test_I_AUZ_1_too_little_is_403(ground: Ground, act: Act) -> None:
    for power in too_little(act):
        ground.admit(ground.owner(act), power)
        before = ground.everything()
        assert ground.attempt(act, ground.owner(act), power).status_code == 403
        assert ground.everything() == before


@pytest.mark.parametrize("act", [act for act in TABLE if act.names_something], ids=str)
def test_I_AUZ_1_to_other_organisations_it_is_as_if_there_were_nothing(ground: Ground, act: Act) -> None:
    strangers = [*ground.others, ground.college.authority, ground.college.organisation]
    for stranger in (one for one in strangers if one.id != ground.owner(act).id):
        ground.admit(stranger, all_of_it(act))
        before = ground.everything()
        answer = ground.attempt(act, stranger, all_of_it(act))
        assert answer.status_code == 404, (stranger.slug, answer.text)
        assert ground.everything() == before


@pytest.mark.parametrize("act", [act for act in TABLE if not act.any_kind], ids=str)
def test_an_authority_has_no_programmes_and_an_institution_accredits_nothing(ground: Ground, act: Act) -> None:
    for stranger in (one for one in ground.others if one.kind is not act.kind):
        ground.admit(stranger, all_of_it(act))
        before = ground.everything()
        assert ground.attempt(act, stranger, all_of_it(act)).status_code == 404
        assert ground.everything() == before


def test_the_least_that_is_enough_changes_something(tmp_path: Path) -> None:
    ground = Ground(tmp_path)
    for act in TABLE:
        power = act.least if isinstance(act.least, Role) else frozenset([act.least])
        ground.admit(ground.owner(act), power)
        before = ground.everything()
        answer = ground.attempt(act, ground.owner(act), power)
        assert answer.status_code in (200, 201, 202, 303), (str(act), answer.text)
        assert ground.everything() != before, str(act)
