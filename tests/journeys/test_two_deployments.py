"""An institution and an authority on two deployments, each with its own database, keys and pages; and an employer.

In the browser: the institution applies by the authority's public form, proves its identifier in its own office, the
committee decides, the signed accreditation arrives by itself and as a file, the institution publishes it; an employer
reads who accredited the training. Then the authority withdraws, the institution's service finds that out, and the
employer reads that the training was accredited then, and is no longer.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from sqlmodel import Session, select

from issuer.app import build_app as build_issuer
from issuer.cohorts.models import Cohort, Participant
from issuer.completions.models import Completion
from issuer.issuance import service as issuance
from issuer.issuance.models import SignedDocument
from issuer.office import Office
from issuer.organisations import service as organisations
from issuer.organisations.models import Organisation, OrganisationKind
from issuer.programmes import service as programmes
from issuer.programmes.models import Stream
from issuer.received.models import RecognisingAuthority
from issuer.schemes import service as schemes
from issuer.settings import IssuerSettings
from issuer.staff import service as staff
from issuer.upkeep import run_errands
from tests import axe
from tests.conftest import PageOpener
from tests.serving import free_port, served
from verifier.app import build_app as build_verifier
from verifier.settings import VerifierSettings

PASSWORD = "une phrase assez longue"
SCHEME = "ai-school-recognition"
TITLE = "Développement en intelligence artificielle"
AUTHORITY = "Office régional de la formation"


@dataclass(frozen=True)
class Deployments:
    """Where the three answer, and what lies behind the two counters."""

    college: str
    authority: str
    verifier: str
    college_office: Office
    authority_office: Office
    achievement_id: str
    credential: str


@pytest.fixture(scope="module")
def deployments(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployments]:
    folder: Path = tmp_path_factory.mktemp("deployments")
    ports = {name: free_port() for name in ("college", "authority", "verifier")}
    at = {name: f"http://localhost:{port}" for name, port in ports.items()}
    local = frozenset(f"https://localhost:{port}" for port in ports.values())

    def common(name: str) -> dict[str, Any]:
        return {
            "public_url": at[name],
            "data_dir": folder / name,
            "secret": name.encode() * 8,
            "local_origins": local,
        }

    college, authority = (build_issuer(IssuerSettings(**common(name))) for name in ("college", "authority"))
    achievement_id, credential = _college(college.state.office)
    trusted = _authority(authority.state.office)
    trust = folder / "authorities.json"
    trust.write_text(json.dumps([{"did": trusted, "names": {"fr": AUTHORITY, "en": AUTHORITY}, "territory": "BE-WAL"}]))
    verifier = build_verifier(VerifierSettings(**common("verifier"), authorities_file=str(trust), remember_seconds=0))
    with ExitStack() as running:
        for name, app in (("college", college), ("authority", authority), ("verifier", verifier)):
            running.enter_context(served(app, ports[name]))
        yield Deployments(**at, college_office=college.state.office, authority_office=authority.state.office,
                          achievement_id=achievement_id, credential=credential)  # fmt: skip


def _organisation(office: Office, session: Session, slug: str, kind: OrganisationKind, name: str) -> Organisation:
    """An organisation with an administrator."""
    made = organisations.create(office, session, slug=slug, kind=kind, name_fr=name, name_en=name, territory="BE-WAL")
    staff.create_first_administrator(
        office, session, made, email=f"administration@{slug}.test", name="Nadège Bellerive", password=PASSWORD
    )
    return made


def _college(office: Office) -> tuple[str, str]:
    """A school that issued a credential; returns the training’s name in credentials, and the credential."""
    now = datetime.now(UTC)
    with office.database.unit() as session:
        school = _organisation(office, session, "ecole-ia", OrganisationKind.INSTITUTION, "École d’intelligence")
        text = programmes.ProgrammeText(
            title_fr=TITLE,
            title_en="Artificial intelligence development",
            description_fr="Sept mois de cours, trois mois de stage.",
            description_en="Seven months of classes, three of internship.",
            criteria_fr="Réussir le projet et le stage.",
            criteria_en="Pass the project and the internship.",
            hours=1200,
            stream=Stream.RESKILLING,
            language="fr",
        )
        programme = programmes.create(office, session, school, text, actor="system")
        begin, end = date(2026, 1, 12), date(2026, 6, 12)
        cohort = Cohort(programme_id=programme.id, code="2026-A", created_at=now, starts_on=begin, ends_on=end)
        session.add(cohort)
        session.flush()
        learner = Participant(
            cohort_id=cohort.id, learner_number="1", given_name="Zoé", family_name="Étoile", created_at=now
        )
        session.add(learner)
        session.flush()
        completion = Completion(
            participant_id=learner.id,
            programme_id=programme.id,
            completed_on=date(2026, 6, 12),
            recorded_at=now,
            recorded_by="system",
        )
        session.add(completion)
        session.flush()
    [outcome] = issuance.issue(office, [completion.id], organisation_id=school.id, actor="system")
    with office.database.reading() as session:
        query = select(SignedDocument.body).where(SignedDocument.credential_id == outcome.credential)
        return programme.achievement_id, session.exec(query).one().decode()


def _authority(office: Office) -> str:
    """An authority with one of the shipped schemes, open; returns its identifier."""
    with office.database.unit() as session:
        made = _organisation(office, session, "office-regional", OrganisationKind.AUTHORITY, AUTHORITY)
        scheme = schemes.adopt(office, session, made, schemes.shipped()[SCHEME], actor="system")
        schemes.open_scheme(office, session, scheme, actor="system")
        return made.did


def sign_in(page: Page, base: str, slug: str) -> None:
    page.goto(f"{base}/fr/office/sign-in")
    page.fill("#email", f"administration@{slug}.test")
    page.fill("#password", PASSWORD)
    page.locator("main button[type=submit]").click()
    page.wait_for_url("**/office/")


def submit(page: Page, action: str) -> None:
    """Press the last button of the form that goes to `action`."""
    page.locator(f'form[action$="{action}"] button[type=submit]').last.click()


def accessible(page: Page) -> None:
    assert axe.violations(page) == []


def test_accredited_from_elsewhere_then_withdrawn(
    deployments: Deployments, open_page: PageOpener, tmp_path: Path
) -> None:
    applicant, school, committee, employer = (open_page(locale="fr-CA") for _ in range(4))
    sign_in(school, deployments.college, "ecole-ia")
    sign_in(committee, deployments.authority, "office-regional")
    assert _verdict(deployments, employer) == "Émetteur non reconnu"

    link = _apply(deployments, applicant)
    _prove(deployments, applicant, school)
    _fill_in(applicant, tmp_path)
    _decide(deployments, committee)
    _delivered_and_published(deployments, applicant, school, link)
    _brought_as_a_file(deployments, applicant, school, tmp_path)

    assert "attestation valide" in _verdict(deployments, employer).lower()
    expect(employer.get_by_text(AUTHORITY).first).to_be_visible()

    _withdraw(deployments, committee)
    _found_out(deployments, school)
    _verdict(deployments, employer)
    expect(employer.get_by_text(re.compile("retirée|retiré|pris fin")).first).to_be_visible()


def _apply(deployments: Deployments, applicant: Page) -> str:
    applicant.goto(f"{deployments.authority}/fr/o/office-regional")
    applicant.locator(f'a[href$="/schemes/{SCHEME}"]').click()
    applicant.locator(f'a[href$="/apply/office-regional/{SCHEME}"]').click()
    accessible(applicant)
    applicant.fill("#address", deployments.achievement_id)
    applicant.locator("button[name=fill_in]").click()
    expect(applicant.locator("#programme_title_fr")).to_have_value(TITLE)
    applicant.fill("#contact_name", "Nadège Bellerive")
    applicant.fill("#contact_email", "nadege@ecole-ia.test")
    applicant.locator("form .btn:not(.btn--2)").last.click()
    accessible(applicant)
    return applicant.locator("#link-box").input_value()


def _prove(deployments: Deployments, applicant: Page, school: Page) -> None:
    question = applicant.locator("#question").input_value()
    school.goto(f"{deployments.college}/fr/office/recognitions")
    accessible(school)
    school.locator('a[href$="/office/challenge"]').click()
    accessible(school)
    school.fill("#question", question)
    school.locator("main form button[type=submit]").click()
    expect(school.get_by_text(deployments.authority.partition("://")[2]).first).to_be_visible()
    accessible(school)
    school.locator("main form button[type=submit]").click()
    accessible(school)
    applicant.fill("#answer", "{}")
    submit(applicant, "/proof")
    expect(applicant.locator(".errsum")).to_be_visible()
    applicant.fill("#answer", school.locator("#answer").input_value())
    submit(applicant, "/proof")
    accessible(applicant)


def _fill_in(applicant: Page, folder: Path) -> None:
    applicant.select_option("#applicant_kind", "npo")
    applicant.select_option("#stream", "reskilling")
    applicant.select_option("#territory", "BE-WAL")
    applicant.fill("#q-cities", "Namur")
    applicant.fill("#q-months-of-classes", "7")
    applicant.fill("#q-contents", "Python, statistiques, apprentissage profond.")
    applicant.fill("#q-months-of-internship", "3")
    applicant.fill("#q-hosts", "Trois entreprises de la région.")
    applicant.check("#q-open-to-all")
    applicant.locator("form#send button[name=send]").click()
    expect(applicant.locator(".errsum")).to_contain_text("fichier")
    programme = folder / "programme.pdf"
    programme.write_bytes(b"%PDF-1.7\n%programme\n")
    applicant.set_input_files("#q-programme", programme)
    submit(applicant, "/attachments")
    applicant.locator("form#send button[name=send]").click()
    accessible(applicant)


def _decide(deployments: Deployments, committee: Page) -> None:
    committee.goto(f"{deployments.authority}/fr/office/queue")
    committee.locator('main a[href*="/office/queue/"]').first.click()
    committee.check("#vote")
    committee.fill("#opinion", "Programme complet, stage attesté.")
    submit(committee, "/opinion")
    committee.locator('a[href$="/decision"]').click()
    committee.check("#outcome")
    committee.fill("#reasons", "Conforme aux critères de la région.")
    committee.fill("#valid_from", "2026-01-01")
    submit(committee, "/decision")
    submit(committee, "/decision")


def _delivered_and_published(deployments: Deployments, applicant: Page, school: Page, link: str) -> None:
    school.goto(f"{deployments.college}/fr/office/recognitions")
    address = school.locator("#delivery").input_value()
    applicant.goto(link)
    accessible(applicant)
    applicant.fill("#delivery_url", address)
    submit(applicant, "/delivery")
    run_errands(deployments.authority_office)
    school.reload()
    expect(school.get_by_text("À examiner")).to_be_visible()
    accessible(school)
    school.locator('main table a[href*="/office/recognitions/"]').click()
    accessible(school)
    submit(school, "/publish")
    expect(school.get_by_text("En vigueur")).to_be_visible()
    applicant.goto(link)
    expect(applicant.locator(".tag", has_text="Reçue")).to_be_visible()


def _brought_as_a_file(deployments: Deployments, applicant: Page, school: Page, folder: Path) -> None:
    with applicant.expect_download() as download:
        applicant.locator('a[href*="/recognitions/"]').first.click()
    file = folder / "accreditation.json"
    download.value.save_as(file)
    school.goto(f"{deployments.college}/fr/office/recognitions/new")
    accessible(school)
    school.set_input_files("#file", file)
    school.locator("main form button[type=submit]").click()
    school.goto(f"{deployments.college}/fr/office/recognitions")
    expect(school.locator("main tbody tr")).to_have_count(1)


def _withdraw(deployments: Deployments, committee: Page) -> None:
    committee.goto(f"{deployments.authority}/fr/office/accreditations")
    committee.locator('main table a[href*="/office/accreditations/"]').click()
    committee.locator('a[href$="/withdraw"]').click()
    committee.fill("#reason", "Le stage n’est plus attesté.")
    committee.fill("#at", "2026-11-01")
    submit(committee, "/withdraw")


def _found_out(deployments: Deployments, school: Page) -> None:
    """The institution's own round, an hour later: no delivery is waited for."""
    office = deployments.college_office
    with office.database.unit() as session:
        authority = session.exec(select(RecognisingAuthority)).one()
        authority.next_check_at = office.clock()
        session.add(authority)
    run_errands(office)
    school.reload()
    expect(school.get_by_text("Retirée", exact=True)).to_be_visible()


def _verdict(deployments: Deployments, employer: Page) -> str:
    employer.goto(f"{deployments.verifier}/fr/")
    employer.fill("#text", deployments.credential)
    employer.locator('form[action*="/check"] button[type=submit]').first.click()
    return employer.locator("h1").inner_text()
