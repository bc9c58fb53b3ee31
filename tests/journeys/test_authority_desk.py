"""The authority's desk in a browser, once for each shipped scheme: it is opened, an institution applies, asks are
answered, a decision is signed, an employer sees it, and sees its end; every kind of page on the way passes axe-core and
fits the narrowest screen, in both languages.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from issuer.schemes import service as schemes
from issuer.schemes.reading import read
from passport.demo.seed import PASSWORD
from tests.conftest import PageOpener
from tests.journeys.conftest import Services
from tests.journeys.desk_walk import Shared, Walk

VALID = {"fr": "Attestation valide, titulaire à confirmer", "en": "Valid credential, holder to be confirmed"}
NOT_ACCREDITED = {"fr": "Formation non accréditée", "en": "Training not accredited"}
SCHEMES = {key: ("fr", "en")[number % 2] for number, key in enumerate(sorted(schemes.shipped()))}


@pytest.fixture(scope="module")
def shared() -> Shared:
    return Shared()


@pytest.mark.parametrize(("key", "lang"), SCHEMES.items())
def test_each_shipped_scheme_from_its_form_to_the_verdict_and_back(
    services: Services, shared: Shared, open_page: PageOpener, tmp_path: Path, key: str, lang: str
) -> None:
    walk = Walk(services, shared, open_page, tmp_path, read(schemes.shipped()[key]), lang)
    officer = walk.person("registrar", walk.authority)
    applicant = walk.person("registrar", walk.institution)
    employer = open_page(locale=f"{lang}-CA")

    walk.open_scheme(officer)
    walk.apply(applicant)
    walk.ask(officer, applicant)
    queue = officer.url.partition("?")[0]
    walk.give_opinions(queue)
    walk.decide(officer, queue)
    expect(walk.public_page(employer)).to_contain_text(walk.institution_name)
    credential = walk.issue(applicant)
    assert_verdict(walk, walk.verdict(employer, credential), then="Accredited", today="Accredited")

    walk.end(officer, queue)
    assert_verdict(walk, walk.verdict(employer, credential), then="Accredited", today="Withdrawn")
    if walk.accredits:
        expect(walk.public_page(employer)).to_contain_text(walk.say("Withdrawn"))
    else:
        expect(walk.public_page(employer)).not_to_contain_text(walk.institution_name)


def assert_verdict(walk: Walk, verdict: Locator, *, then: str, today: str) -> None:
    """The accreditation on the day of completion and today; a participation is none, before its end and after."""
    headline = verdict.get_by_role("heading", level=1)
    if walk.accredits:
        expect(headline).to_have_text(VALID[walk.lang])
        for number, word in enumerate((then, today)):
            expect(verdict.get_by_role("cell").nth(number)).to_contain_text(walk.say(word))
    else:
        expect(headline).to_have_text(NOT_ACCREDITED[walk.lang])


def test_the_form_goes_without_scripts_and_by_keyboard(services: Services, open_page: PageOpener) -> None:
    page: Page = open_page(java_script_enabled=False)
    page.goto(f"{services.issuer}/en/office/sign-in")
    page.fill("#email", "registrar@riviere-aux-pins.test")
    page.fill("#password", PASSWORD)
    page.locator("main button[type=submit]").click()
    page.wait_for_url("**/office/")
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
