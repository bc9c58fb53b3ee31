"""A college and its authority in a real issuer, ready to issue: the ground that signing tests stand on.

    college = College.open(tmp_path, learners=3)
    [outcome, *_] = college.issue()
    college.verify(outcome).verdict

Nothing is mocked: database, keys, status lists and the checks are the product's own; only the clock stands still.
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from fastapi.testclient import TestClient
from httpx import Response
from sqlalchemy import func
from sqlmodel import col, select

from issuer.accreditation import rules
from issuer.accreditation import service as accreditation
from issuer.app import build_app
from issuer.cohorts.models import Cohort, Participant
from issuer.completions.models import Completion
from issuer.issuance import service as issuance
from issuer.issuance.models import IssuedCredential, SignedDocument
from issuer.issuance.outcomes import Outcome
from issuer.office import Office
from issuer.organisations import service as organisations
from issuer.organisations.models import Organisation, OrganisationKind
from issuer.programmes.models import Programme, ProgrammeSkill, Stream
from issuer.settings import IssuerSettings
from issuer.staff import service as staff
from issuer.staff.models import Role
from issuer.staff.service import Scope
from keys.fetching import Fetched, FetchFailed
from kit.clock import SettableClock
from tests import databases
from vc.findings import Report
from vc.policy import PUBLIC, Anchors, Authority
from vc.proofs import SUITES
from vc.verify import verify_credential

NOW = datetime(2026, 11, 22, 12, 0, 5, tzinfo=UTC)
PUBLIC_URL = "http://localhost:8001"
ACTOR = "staff:test"
PASSWORD = "a long enough passphrase"


class Addresses:
    """A fetcher that asks the application itself, as the outside would over the network."""

    def __init__(self, client: TestClient) -> None:
        self.client = client
        self.asked: list[str] = []

    def fetch(self, url: str, *, accept: tuple[str, ...], max_bytes: int) -> Fetched:
        self.asked.append(url)
        path = "/" + url.partition("://")[2].partition("/")[2]
        answer = self.client.get(path, headers={"accept": ", ".join(accept)})
        if answer.status_code != 200 or len(answer.content) > max_bytes:
            raise FetchFailed(url, f"answered {answer.status_code}")
        media_type = answer.headers["content-type"].split(";")[0]
        return Fetched(url, media_type, answer.content)


@dataclass
class College:
    """One institution, one authority, one programme, one cohort, and completions that wait for their credentials."""

    app: FastAPI
    office: Office
    client: TestClient
    clock: SettableClock
    organisation: Organisation
    authority: Organisation
    programme: Programme
    cohort: Cohort
    completions: list[str] = field(default_factory=list)

    @classmethod
    def open(
        cls, folder: Path, *, learners: int = 3, clock: SettableClock | None = None, database_url: str = ""
    ) -> College:
        """Build the application on a fresh database (in `folder`, unless told where), with `learners` completions."""
        clock = clock or SettableClock(NOW)
        chosen = settings(folder, database_url=database_url)
        databases.migrate("issuer", chosen.database)
        app = build_app(chosen, clock=clock)
        office: Office = app.state.office
        with office.database.unit() as session:
            college = organisations.create(
                office,
                session,
                slug="riviere",
                kind=OrganisationKind.INSTITUTION,
                name_fr="Cégep de la Rivière",
                name_en="River College",
                territory="CA-QC",
            )
            authority = organisations.create(
                office,
                session,
                slug="cqm",
                kind=OrganisationKind.AUTHORITY,
                name_fr="Commission québécoise",
                name_en="Québec Commission",
                territory="CA-QC",
            )
            programme = new_programme(session, college)
            cohort = Cohort(
                programme_id=programme.id,
                code="2026-A",
                starts_on=date(2026, 4, 7),
                ends_on=date(2026, 6, 12),
                created_at=NOW,
            )
            session.add(cohort)
            session.flush()
        opened = cls(app, office, TestClient(app, base_url=PUBLIC_URL), clock, college, authority, programme, cohort)
        opened.completions = opened.enrol(learners)
        return opened

    def replica(self) -> College:
        """The same college as another process serves it: one database and clock, and a memory of its own."""
        app = build_app(self.office.settings, clock=self.clock)
        return replace(self, app=app, office=app.state.office, client=TestClient(app, base_url=PUBLIC_URL))

    def enrol(self, count: int) -> list[str]:
        """Add people who completed the programme; returns their completions."""
        ids = []
        with self.office.database.unit() as session:
            first = session.exec(select(func.count()).select_from(Participant)).one()
            for number in range(first, first + count):
                person = Participant(
                    cohort_id=self.cohort.id,
                    learner_number=f"2043{number:03}",
                    given_name="Éloïse",
                    family_name=f"Boréalis-{number}",
                    email=f"eloise{number}@courriel.example",
                    language="fr",
                    created_at=NOW,
                )
                session.add(person)
                session.flush()
                completion = Completion(
                    participant_id=person.id,
                    programme_id=self.programme.id,
                    completed_on=date(2026, 6, 12),
                    result="82 %" if number % 2 else "",
                    recorded_at=NOW,
                    recorded_by=ACTOR,
                )
                session.add(completion)
                session.flush()
                ids.append(completion.id)
        return ids

    def issue(self, completions: Sequence[str] | None = None) -> list[Outcome]:
        """Issue for the given completions, or for all."""
        wanted = self.completions if completions is None else completions
        return issuance.issue(self.office, wanted, organisation_id=self.organisation.id, actor=ACTOR)

    def credential(self, outcome: Outcome) -> IssuedCredential:
        """The credential behind an outcome, as the database has it now."""
        return self.credential_by_id(outcome.credential or "")

    def credential_by_id(self, credential_id: str) -> IssuedCredential:
        """A credential of the college, as the database has it now."""
        with self.office.database.reading() as session:
            return issuance.credential_of(session, self.organisation.id, credential_id)

    def credentials(self) -> list[IssuedCredential]:
        """Every credential in the database."""
        with self.office.database.reading() as session:
            return list(session.exec(select(IssuedCredential)).all())

    def bodies(self, credential_id: str) -> list[bytes]:
        """Every signed form of a credential, byte for byte, the one bound to a holder last."""
        with self.office.database.reading() as session:
            query = select(SignedDocument.body).where(SignedDocument.credential_id == credential_id)
            return list(session.exec(query.order_by(col(SignedDocument.holder_bound))).all())

    def document(self, outcome: Outcome) -> dict[str, Any]:
        """The first signed form behind an outcome."""
        parsed: dict[str, Any] = json.loads(self.bodies(outcome.credential or "")[0])
        return parsed

    def accredit(self, number: str = "CQM-2025-0118") -> str:
        """Have the authority accredit the programme; returns the accreditation's id."""
        decision = rules.Decision(
            institution_did=self.organisation.did,
            institution_name=self.organisation.name_fr,
            achievement_id=self.programme.achievement_id,
            programme_title_fr=self.programme.title_fr,
            programme_title_en=self.programme.title_en,
            number=number,
            track="employed-people",
            stream="upskilling",
            territory="CA-QC",
            valid_from=datetime(2025, 9, 1, tzinfo=UTC),
            valid_until=datetime(2030, 8, 31, 23, 59, 59, tzinfo=UTC),
        )
        return accreditation.accredit(self.office, self.authority, decision, actor=ACTOR).id

    def visit(self, organisation: Organisation | None = None, *, role: Role | None = None) -> Visit:
        """A browser: of a member of an organisation's staff with `role`, or of anybody."""
        client = TestClient(self.app, base_url=PUBLIC_URL, follow_redirects=False)
        if organisation is not None:
            email = f"{uuid.uuid4().hex}@staff.example"
            with self.office.database.unit() as session:
                staff.add_member(
                    session,
                    organisation=organisation,
                    email=email,
                    name="Solveig Clairbois",
                    role=role or Role.REGISTRAR,
                    password=PASSWORD,
                    actor=ACTOR,
                    now=self.clock(),
                )
            token = staff.sign_in(self.office, email=email, password=PASSWORD, client=email)
            client.cookies.set(self.office.settings.cookie("session"), token)
        return Visit(client)

    def api(self, *scopes: Scope, organisation: Organisation | None = None) -> TestClient:
        """A client that sends an API key with these scopes."""
        with self.office.database.unit() as session:
            _, secret = staff.create_api_key(
                session, organisation or self.organisation, name="test", scopes=scopes, actor=ACTOR, now=self.clock()
            )
        headers = {"authorization": f"Bearer {secret}"}
        return TestClient(self.app, base_url=PUBLIC_URL, headers=headers)

    @property
    def trusted(self) -> Anchors:
        """The college's authority, for a verifier that trusts it."""
        return Anchors.of(Authority(self.authority.did, {"fr": self.authority.name_fr}, "CA-QC"))

    def verify(
        self, document: bytes | dict[str, Any], *, anchors: Anchors | None = None, addresses: Addresses | None = None
    ) -> Report:
        """What a verifier that trusts the authority (or `anchors`) says, asking the issuer over its own routes."""
        return verify_credential(
            document,
            anchors=self.trusted if anchors is None else anchors,
            policy=PUBLIC,
            accepted_suites=frozenset(SUITES),
            fetcher=addresses or Addresses(self.client),
            now=self.clock(),
        )


@dataclass
class Visit:
    """Somebody at a browser: looks at pages, and sends forms as a page of ours would."""

    client: TestClient

    def look(self, path: str) -> Response:
        """Open a page."""
        return self.client.get(path, headers={"accept": "text/html"})

    def send(self, path: str, page: str | None = None, **form: str) -> Response:
        """Send a form to `path`; its token comes from `page` (any page of ours)."""
        shown = self.client.get(page or "/fr/office/sign-in", headers={"accept": "text/html"})
        found = re.search(r'name="csrf_token" value="([^"]+)"', shown.text)
        data = {**form, "csrf_token": found[1] if found else ""}
        return self.client.post(path, data=data, headers={"accept": "text/html"})


def settings(folder: Path, *, database_url: str = "") -> IssuerSettings:
    """Settings of a test issuer whose data lies in `folder`; opening the same folder again finds it all."""
    return IssuerSettings(
        public_url=PUBLIC_URL,
        data_dir=folder,
        secret=b"for tests only, never elsewhere!",
        database_url=database_url,
    )


def new_programme(session: Any, organisation: Organisation, slug: str = "analyse-python") -> Programme:
    """A programme of `organisation` with one skill."""
    programme = Programme(
        organisation_id=organisation.id,
        slug=slug,
        achievement_id=f"{PUBLIC_URL}/o/{organisation.slug}/p/{slug}#v1",
        title_fr="Analyse de données avec Python",
        title_en="Data analysis with Python",
        description_fr="Nettoyer, interroger et présenter des données.",
        description_en="Clean, query and present data.",
        criteria_fr="Remettre un projet complet.",
        criteria_en="Hand in a complete project.",
        hours=45,
        stream=Stream.UPSKILLING,
        language="fr",
        created_at=NOW,
    )
    session.add(programme)
    session.flush()
    session.add(
        ProgrammeSkill(
            programme_id=programme.id,
            position=0,
            name_fr="Python (programmation informatique)",
            name_en="Python (computer programming)",
            framework="ESCO v1.2",
            code="http://data.europa.eu/esco/skill/ccd0a1d9-afda-43d9-b901-96344886e14d",
            url="http://data.europa.eu/esco/skill/ccd0a1d9-afda-43d9-b901-96344886e14d",
        )
    )
    return programme
