"""The authority's desk in a browser: a scheme is opened, an institution applies, asks are answered, a decision is
signed, an employer sees it, and sees its end; every page on the way passes axe-core and fits the narrowest screen.

The other shipped schemes run the same road over HTTP in tests/issuer/applications/test_pages.py.
"""

from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import Page, expect
from sqlmodel import col, select

from issuer.issuance.models import IssuedCredential, SignedDocument
from passport.demo.seed import PASSWORD
from tests import axe
from tests.conftest import PageOpener
from tests.journeys.conftest import Services

NARROW = {"width": 320, "height": 640}
TODAY_OK = {"fr": "Attestation valide, titulaire à confirmer", "en": "Valid credential, holder to be confirmed"}
ENDED = {"fr": "Formation non accréditée", "en": "Training not accredited"}


def sign_in(page: Page, services: Services, address: str) -> Page:
    page.goto(f"{services.issuer}/fr/office/sign-in")
    page.fill("#email", address)
    page.fill("#password", PASSWORD)
    page.locator("main button[type=submit]").click()
    page.wait_for_url("**/office/")
    return page


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name).first.click()


def look_over(page: Page, found: dict[str, list[str]]) -> None:
    """Note what axe finds on the open page, in both languages, and whether it scrolls sideways at 320 px."""
    here, full = page.url, page.viewport_size
    other = here.replace("/fr/", "/en/", 1)
    page.set_viewport_size(NARROW)  # type: ignore[arg-type]  # a size
    page.wait_for_function("innerWidth === 320")
    page.evaluate("() => new Promise(laid_out => requestAnimationFrame(() => requestAnimationFrame(laid_out)))")
    width = page.evaluate("document.documentElement.scrollWidth")
    page.set_viewport_size(full)  # type: ignore[arg-type]  # the size it had
    found[here] = axe.violations(page) + ([f"{width} px wide"] if width > NARROW["width"] else [])
    page.goto(other)
    found[other] = axe.violations(page)
    page.goto(here)


def open_scheme(page: Page, services: Services, found: dict[str, list[str]]) -> None:
    page.goto(f"{services.issuer}/fr/office/schemes")
    look_over(page, found)
    page.locator('form:has(input[value="scale-ai-training"]) button').click()
    look_over(page, found)
    page.fill("#opinions", "1")
    press(page, "Enregistrer")
    expect(page.get_by_role("status")).to_have_text("C’est enregistré.")
    press(page, "Ouvrir aux demandes")
    expect(page.get_by_text("Ouvert, sans date de fermeture.").first).to_be_visible()
    look_over(page, found)


def apply(page: Page, services: Services, folder: Path, found: dict[str, list[str]]) -> None:
    plan = folder / "plan.pdf"
    plan.write_bytes(b"%PDF-1.7\n%plan\n")
    page.goto(f"{services.issuer}/fr/office/applications")
    look_over(page, found)
    page.get_by_role("link", name="Faire une demande").first.click()
    look_over(page, found)
    page.select_option("#programme", label="Ateliers infonuagiques pour équipes d’exploitation")
    offered = page.locator("#scheme option", has_text="intelligence numérique").get_attribute("value")
    page.select_option("#scheme", offered)
    press(page, "Commencer")
    look_over(page, found)
    page.select_option("#applicant_kind", "npo")
    page.select_option("#track", "employed-people")
    page.select_option("#stream", "upskilling")
    press(page, "Enregistrer et continuer")
    page.locator("#q-side-technical").check()
    page.fill("#q-practice", "Chaque personne déploie l’application de son équipe.")
    page.locator("#q-mode-both").check()
    page.fill("#q-people-a-year", "quarante")
    page.locator("#q-checks-eligibility").check()
    page.fill("#q-fee", "900")
    press(page, "Enregistrer et continuer")
    expect(page.locator("#q-people-a-year-error")).to_have_text("Inscrivez un nombre entier, en chiffres seulement.")
    look_over(page, found)
    page.fill("#q-people-a-year", "40")
    press(page, "Enregistrer et continuer")
    look_over(page, found)
    page.goto(page.url.replace("/attachments", "/check"))
    expect(page.get_by_text("Il manque 1 élément avant l’envoi")).to_be_visible()
    look_over(page, found)
    page.get_by_role("link", name="Plan de formation").click()
    page.set_input_files("#q-plan", plan)
    press(page, "Joindre")
    page.get_by_role("link", name="Continuer").click()
    press(page, "Envoyer la demande")
    expect(page.get_by_role("status")).to_have_text("La demande est envoyée. Le comité l’a reçue.")


def decide(page: Page, found: dict[str, list[str]]) -> None:
    page.get_by_role("link", name="Décider…").click()
    page.locator("#outcome").check()
    page.fill("#reasons", "La formation répond aux critères.")
    page.fill("#valid_from", "2026-01-01")
    look_over(page, found)
    page.locator("#outcome").check()
    page.fill("#reasons", "La formation répond aux critères.")
    page.fill("#valid_from", "2026-01-01")
    press(page, "Continuer")
    expect(page.get_by_text("une accréditation signée par")).to_be_visible()
    press(page, "Signer et publier")
    expect(page.get_by_role("status")).to_have_text("La décision est prise.")


def issue(page: Page, services: Services, folder: Path) -> str:
    """Issue to a new learner of the program; returns the credential's text."""
    register = folder / "registre.csv"
    register.write_text("Matricule;Prénom;Nom;Date de réussite\n77001;Zoé;Étoile;2026-06-12\n", "utf-8")
    page.goto(f"{services.issuer}/fr/office/programmes")
    page.locator("main a", has_text="Ateliers infonuagiques").click()
    page.locator('a[href$="/cohorts/new"]').first.click()
    page.fill("#code", "2026-ETE")
    page.fill("#starts_on", "2026-06-08")
    page.fill("#ends_on", "2026-06-12")
    page.locator("main button[type=submit]").click()
    page.locator('main a[href$="/import"]').first.click()
    page.set_input_files("#file", register)
    page.locator("main form button[type=submit]").click()
    page.locator('form[action$="/take-over"] button').click()
    page.locator('main a[href$="/issue"]').click()
    page.locator("main form button[type=submit]").click()
    expect(page.get_by_text("Zoé Étoile").or_(page.get_by_text("Étoile, Zoé")).first).to_be_visible()
    with services.office.database.reading() as session:
        newest = select(SignedDocument.body).join(IssuedCredential).order_by(col(IssuedCredential.issued_at).desc())
        return session.exec(newest).first().decode()  # type: ignore[union-attr]  # it was just issued


def verify(page: Page, services: Services, credential: str, lang: str, headline: str) -> None:
    page.goto(f"{services.verifier}/{lang}/")
    page.fill("#text", credential)
    page.locator('form[action$="/check"] button[type=submit]').click()
    expect(page.locator("h1")).to_have_text(headline)


def test_from_the_scheme_to_the_verdict_and_back(services: Services, open_page: PageOpener, tmp_path: Path) -> None:
    found: dict[str, list[str]] = {}
    authority = sign_in(open_page(), services, "registrar@cqm.test")
    member = sign_in(open_page(), services, "member@cqm.test")
    institution = sign_in(open_page(), services, "registrar@atelier-boreal.test")
    employer = open_page()

    open_scheme(authority, services, found)
    apply(institution, services, tmp_path, found)

    authority.goto(f"{services.issuer}/fr/office/queue")
    look_over(authority, found)
    authority.locator("tr", has_text="SCALE-AI-TRAINING").get_by_role("link").click()
    queue = authority.url
    look_over(authority, found)
    authority.fill("#question", "Qui anime les ateliers?")
    press(authority, "Envoyer la question")
    expect(authority.get_by_text("Le délai est suspendu depuis le").first).to_be_visible()

    institution.reload()
    look_over(institution, found)
    institution.fill('textarea[name="answer"]', "Deux personnes, chacune avec dix ans de pratique.")
    press(institution, "Envoyer la réponse")

    member.goto(queue)
    expect(member.get_by_text("dix ans de pratique")).to_be_visible()
    expect(member.get_by_role("link", name="Décider…")).to_have_count(0)
    member.locator("#vote").check()
    member.fill("#opinion", "La pratique est au centre.")
    press(member, "Donner votre avis")
    look_over(member, found)

    authority.goto(queue)
    decide(authority, found)
    look_over(authority, found)
    employer.goto(f"{services.issuer}/fr/o/cqm/accreditations?q=infonuagiques")
    expect(employer.get_by_text("Atelier boréal, formation continue").first).to_be_visible()

    credential = issue(institution, services, tmp_path)
    for lang, headline in TODAY_OK.items():
        verify(employer, services, credential, lang, headline)

    authority.goto(queue)
    authority.get_by_role("link", name=re.compile("suspendre, rétablir, retirer")).click()
    authority.get_by_role("link", name="Retirer…").click()
    authority.fill("#reason", "Le programme a changé sans que nous le sachions.")
    authority.fill("#at", "2026-02-01")
    authority.locator("main form button[type=submit]").click()
    authority.goto(queue)
    expect(authority.get_by_text("Retirée").first).to_be_visible()
    for lang, headline in ENDED.items():
        verify(employer, services, credential, lang, headline)

    authority.goto(f"{services.issuer}/fr/office/record")
    look_over(authority, found)
    authority.goto(f"{services.issuer}/fr/o/cqm/schemes/scale-ai-training")
    look_over(authority, found)
    assert {page: lines for page, lines in found.items() if lines} == {}
    assert len(found) >= 30


def test_the_form_goes_without_scripts_and_by_keyboard(services: Services, open_page: PageOpener) -> None:
    page = sign_in(open_page(java_script_enabled=False), services, "registrar@baie-huronne.test")
    page.goto(f"{services.issuer}/en/office/applications/new")
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    page.locator("#programme").select_option(index=1)
    page.locator("#scheme").select_option(index=1)
    page.locator("#scheme").press("Enter")
    page.get_by_role("button", name="Begin").focus()
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("Organization")
    page.get_by_role("button", name="Save and finish later").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Draft").first).to_be_visible()
