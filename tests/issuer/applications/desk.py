"""A college that applies and an authority that decides, on a real issuer: the ground of the tests of this room."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from issuer.applications import applying, committee, looking, rulings
from issuer.applications.applying import Applicant, Draft, Training
from issuer.applications.models import Application, Vote
from issuer.applications.rulings import Ruling
from issuer.office import Office
from issuer.schemes import service as schemes
from issuer.schemes.definition import Definition, QuestionType
from issuer.schemes.models import Scheme
from issuer.schemes.reading import read
from issuer.staff import service as staff
from issuer.staff.models import Role, StaffMember
from tests.issuer.college import ACTOR, PASSWORD, College

PDF = b"%PDF-1.7\n%plan de formation\n"
TODAY = datetime(2026, 11, 22, tzinfo=UTC)


@dataclass
class Desk:
    """One scheme of the college's authority, open, and the members of its committee."""

    college: College
    scheme: Scheme
    members: list[StaffMember]

    @classmethod
    def open(
        cls, folder: Path, scheme: str = "scale-ai-training", *, database_url: str = "", learners: int = 1
    ) -> Desk:
        """A fresh issuer with one scheme and a committee of three."""
        return cls.adopt(College.open(folder, learners=learners, database_url=database_url), scheme)

    @classmethod
    def adopt(cls, college: College, scheme: str, members: Sequence[StaffMember] = ()) -> Desk:
        """Have the authority adopt a shipped scheme without its dates and open it; seat three members unless given."""
        with college.office.database.unit() as session:
            source = timeless(schemes.shipped()[scheme])
            adopted = schemes.adopt(college.office, session, college.authority, source, actor=ACTOR)
            schemes.open_scheme(college.office, session, adopted, actor=ACTOR)
        desk = cls(college, adopted, [*members])
        desk.members = desk.members or [desk.member() for _ in range(3)]
        return desk

    @property
    def office(self) -> Office:
        """The issuer's office."""
        return self.college.office

    @property
    def definition(self) -> Definition:
        """The scheme as it applies."""
        return schemes.definition(self.scheme)

    def member(self, role: Role = Role.REGISTRAR) -> StaffMember:
        """Another person of the authority."""
        with self.office.database.unit() as session:
            return staff.add_member(
                session,
                organisation=self.college.authority,
                email=f"{uuid.uuid4().hex}@authority.example",
                name="Noé Pommerelle",
                role=role,
                password=PASSWORD,
                actor=ACTOR,
                now=self.college.clock(),
            )

    @property
    def applicant(self) -> Applicant:
        """The college, as it applies."""
        one = self.college.organisation
        return Applicant(
            did=one.did,
            name=one.name_fr,
            kind=self.definition.admits[-1],
            contact_name="Solveig Clairbois",
            contact_email="solveig@college.example",
            organisation_id=one.id,
        )

    @property
    def training(self) -> Training:
        """Its programme."""
        one = self.college.programme
        return Training(one.achievement_id, one.title_fr, one.title_en)

    def draft(self, *, complete: bool = True, training: Training | None = None) -> str:
        """A draft of the college, about its programme unless told; returns its id."""
        with self.office.database.unit() as session:
            application = applying.start(
                self.office, session, self.scheme, self.applicant, training or self.training, actor=ACTOR
            )
            if complete:
                self.complete(session, application)
            return application.id

    def complete(self, session: object, application: Application) -> None:
        """Answer everything."""
        definition = self.definition
        track = definition.tracks[0].key if definition.tracks else ""
        draft = Draft(
            track=track,
            stream=stream_of(definition),
            territory=definition.territories[0] if definition.territories else "",
        )
        given = answers(definition, track)
        applying.save(self.office, session, application, draft=draft, given=given)  # type: ignore[arg-type]  # a session
        for question in definition.asked(track):
            if question.type is QuestionType.ATTACHMENT and question.required:
                applying.attach(
                    self.office,
                    session,  # type: ignore[arg-type]  # a session
                    application,
                    question=question.key,
                    file_name="plan.pdf",
                    data=PDF,
                    actor=ACTOR,
                )

    def submitted(self, training: Training | None = None) -> str:
        """An application that was sent; returns its id."""
        made = self.draft(training=training)
        with self.office.database.unit() as session:
            application = looking.held_by_applicant(session, self.college.organisation.did, made)
            applying.submit(self.office, session, application, actor=ACTOR)
        return made

    def heard(self, training: Training | None = None) -> str:
        """An application with as many opinions as its scheme asks for; returns its id."""
        made = self.submitted(training)
        for member in self.members[: self.definition.opinions]:
            with self.office.database.unit() as session:
                application = looking.held(session, self.college.authority, made)
                committee.give_opinion(
                    self.office, session, application, member, vote=Vote.FOR, reasons="Le plan est solide."
                )
        return made

    def ruling(self, **changes: object) -> Ruling:
        """An approval of all that was asked for, from a day in the past on."""
        definition = self.definition
        values = {
            "approve": True,
            "reasons": "La formation répond aux critères.",
            "track": definition.tracks[0].key if definition.tracks else "",
            "stream": stream_of(definition),
            "territory": definition.territories[0] if definition.territories else "",
            "valid_from": datetime(2026, 1, 1, tzinfo=UTC),
        }
        return Ruling(**(values | changes))  # type: ignore[arg-type]  # one value of each field's type

    def decide(self, application_id: str, *, by: int = 0, **changes: object) -> Application:
        """Have a member decide."""
        return rulings.decide(
            self.office, self.college.authority, application_id, self.ruling(**changes), member=self.members[by]
        )

    def application(self, application_id: str) -> Application:
        """The application as the database has it now."""
        with self.office.database.reading() as session:
            return session.get_one(Application, application_id)


def timeless(source: str) -> str:
    """A scheme's file without its dates."""
    lines = source.splitlines(keepends=True)
    return "".join(line for line in lines if not line.startswith(("opens =", "closes =", "answer_by =")))


def stream_of(definition: Definition) -> str:
    """The stream of the college's programme, where the scheme makes a difference: its credentials say it."""
    return "upskilling" if definition.streams else ""


def answers(definition: Definition, track: str) -> Mapping[str, str]:
    """An acceptable answer to every question but the attachments."""
    made = {
        QuestionType.TEXT: "Ateliers Boisjoli",
        QuestionType.LONG_TEXT: "Un projet complet, avec les données de l’entreprise.",
        QuestionType.DATE: "2027-01-15",
        QuestionType.YES_NO: "yes",
    }
    found = {}
    for question in definition.asked(track):
        if question.type is QuestionType.NUMBER:
            found[question.key] = str(question.least or 0)
        elif question.type is QuestionType.CHOICE:
            found[question.key] = question.options[0].key
        elif question.type in made:
            found[question.key] = made[question.type]
    return found


def shipped(key: str) -> Definition:
    """A scheme that comes along."""
    return read(schemes.shipped()[key])
