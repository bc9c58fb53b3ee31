"""Every page that anybody opens passes axe-core, in both languages, light and dark; and none scrolls sideways."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import uuid4

import pytest
from playwright.sync_api import Page

from passport.demo.seed import PASSWORD
from tests import axe
from tests.conftest import PageOpener
from tests.journeys.conftest import Services

PASSPHRASE = "quatre mots bien à moi"
NARROW = {"width": 320, "height": 640}


def addresses(page: Page, services: Services, lang: str) -> Iterator[str]:
    """The addresses to look at: the public ones, and what a signed-in person finds from there."""
    yield from (f"{services.verifier}/{lang}/{path}" for path in ("", "ask", "trust", "help"))
    yield from (
        f"{services.issuer}/{lang}/{path}" for path in ("", "help", "o/riviere-aux-pins", "o/cqm/accreditations")
    )
    yield f"{services.issuer}/{lang}/o/cqm/schemes/workforce-reskilling"
    yield f"{services.issuer}/{lang}/o/riviere-aux-pins/p/analyse-de-donnees-python"
    yield from (
        f"{services.issuer}/{lang}/{path}" for path in ("registry?on=2026-01-31", "registry?on=x", "o/cqm/history")
    )
    page.goto(f"{services.issuer}/{lang}/registry")
    yield f"{services.issuer}{page.locator('main .results a').first.get_attribute('href')}"
    yield f"{services.issuer}/{lang}/nowhere"
    yield f"{services.issuer}/{lang}/office/sign-in"
    yield from (f"{services.wallet}/{lang}/{path}" for path in ("", "help", "sign-in", "sign-up"))
    yield services.letter("eloise.borealis@exemple.test", r"https?://\S+/claim/\S+").replace("/fr/", f"/{lang}/")
    begin_passport(page, services, lang)
    yield from (
        f"{services.wallet}/{lang}/{path}" for path in ("", "add", "present", "shares", "shares/new", "account")
    )
    sign_in(page, services, lang, "administrator@riviere-aux-pins.test")
    office = f"{services.issuer}/{lang}/office"
    yield from (
        f"{office}/{path}"
        for path in ("", "programmes", "programmes/new", "credentials", "jobs", "team", "keys", "record", "account")
    )
    yield from (f"{office}/{path}" for path in ("recognitions", "recognitions/new", "endorsements", "challenge"))
    yield from (f"{office}/{path}" for path in ("applications", "applications/new"))
    draft = begin_application(page, office)
    yield from (f"{draft}/{step}" for step in ("organisation", "questions", "attachments", "check"))
    page.goto(f"{office}/programmes")
    programme = page.locator("main table a").first.get_attribute("href")
    yield from (f"{services.issuer}{programme}{path}" for path in ("", "/parts"))
    page.goto(f"{services.issuer}{programme}")
    cohort = page.locator("main table a").first.get_attribute("href")
    yield from (
        f"{services.issuer}{cohort}{path}" for path in ("", "/import", "/issue", "/job-file", "/invitations", "/parts")
    )
    page.goto(f"{office}/credentials")
    credential = page.locator('main a[href*="/office/credentials/"]').first.get_attribute("href")
    yield from (f"{services.issuer}{credential}{path}" for path in ("", "/revoke", "/suspend"))
    sign_in(page, services, lang, "administrator@cqm.test")
    yield from (f"{office}/{path}" for path in ("", "accreditations", "accreditations/new", "authorities/new"))
    page.goto(f"{office}/accreditations")
    decision = page.locator('main a[href*="/office/accreditations/"]').first.get_attribute("href")
    yield f"{services.issuer}{decision}"
    yield from (f"{office}/{path}" for path in ("schemes", "endorsements", "queue", "recognitions"))
    for listed, paths in (("schemes", ("", "/edit")), ("queue", ("",))):
        page.goto(f"{office}/{listed}")
        first = page.locator(f'main a[href*="/office/{listed}/"]').first.get_attribute("href")
        yield from (f"{services.issuer}{first}{path}" for path in paths)


def begin_passport(page: Page, services: Services, lang: str) -> None:
    """Make a passport that is still empty, and open it."""
    given = {"#name": "Zoé Étoile", "#email": f"zoe-{uuid4()}@exemple.test", "#passphrase": PASSPHRASE}
    page.goto(f"{services.wallet}/{lang}/sign-up")
    for field, text in given.items():
        page.fill(field, text)
    page.locator("main form button[type=submit]").click()
    for field in ("#email", "#passphrase"):
        page.fill(field, given[field])
    page.locator("main form button[type=submit]").click()


def begin_application(page: Page, office: str) -> str:
    """Begin an application, or go on with the one begun before; returns its address."""
    page.goto(f"{office}/applications/new")
    page.locator("#programme").select_option(index=1)
    page.locator("#scheme").select_option(index=1)
    page.locator("main form button[type=submit]").click()
    return page.url.rpartition("/")[0]


def sign_in(page: Page, services: Services, lang: str, address: str) -> None:
    page.context.clear_cookies()
    page.goto(f"{services.issuer}/{lang}/office/sign-in")
    page.fill("#email", address)
    page.fill("#password", PASSWORD)
    page.locator("main button[type=submit]").click()
    page.wait_for_url("**/office/")


@pytest.mark.parametrize(("lang", "scheme"), [("fr", "light"), ("en", "dark")])
def test_no_page_has_an_axe_violation(services: Services, open_page: PageOpener, lang: str, scheme: str) -> None:
    page = open_page(locale=f"{lang}-CA", color_scheme=scheme)
    found = {}
    for address in addresses(page, services, lang):
        page.goto(address)
        found[address] = axe.violations(page)
    assert {address: lines for address, lines in found.items() if lines} == {}
    assert len(found) >= 30


def test_no_page_scrolls_sideways_on_the_narrowest_screen(services: Services, open_page: PageOpener) -> None:
    page = open_page(viewport=NARROW)
    wide = {}
    for address in addresses(page, services, "fr"):
        page.goto(address)
        wide[address] = page.evaluate("document.documentElement.scrollWidth")
    assert {address: width for address, width in wide.items() if width > NARROW["width"]} == {}
