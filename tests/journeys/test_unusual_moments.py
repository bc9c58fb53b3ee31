"""What people meet off the ordinary road: a long wait, a huge file, a word without end, a session that has ended."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests import axe
from tests.conftest import PageOpener
from tests.journeys.conftest import Services
from tests.journeys.test_accessibility import NARROW, PASSPHRASE, begin_passport, sign_in

WORD = "anticonstitutionnellementinterdépendance" * 2
COUNT_CHANGES = """() => {
  window.changes = 0;
  const place = document.querySelector("[data-poll]");
  new MutationObserver(() => { window.changes += 1; }).observe(place, { childList: true, subtree: true });
}"""


def width(page: Page) -> int:
    """How wide the page is, in pixels, once its stylesheet is there."""
    page.wait_for_load_state("load")
    return int(page.evaluate("document.documentElement.scrollWidth"))


def send_name(page: Page) -> None:
    """Send the form for the name on the passport."""
    page.locator("form[action$='/account/name'] button").click()


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_a_waiting_page_is_not_read_aloud_again_while_nothing_changes(
    services: Services, open_page: PageOpener, lang: str
) -> None:
    page = open_page(locale=f"{lang}-CA")
    page.goto(f"{services.verifier}/{lang}/ask")
    page.locator("main form button[type=submit]").click()
    page.evaluate(COUNT_CHANGES)
    for _ in range(2):
        page.wait_for_event("requestfinished", lambda request: "/state" in request.url)
    page.wait_for_timeout(100)
    assert page.evaluate("window.changes") == 0


def test_a_file_that_is_too_large_is_answered_by_a_page(services: Services, page: Page) -> None:
    page.goto(f"{services.verifier}/fr/")
    page.set_input_files("#file", {"name": "a.json", "mimeType": "application/json", "buffer": b" " * 8_000_000})
    page.locator("main form button[type=submit]").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("La demande est trop volumineuse")
    expect(page.get_by_text("choisissez un fichier plus petit")).to_be_visible()
    assert axe.violations(page) == []


def test_the_language_of_a_refused_form_can_be_changed(services: Services, page: Page) -> None:
    page.goto(f"{services.verifier}/fr/trust")
    page.locator("form[action$='/trust/look'] button").click()
    page.get_by_role("link", name="English").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Whom we trust")
    begin_passport(page, services, "fr")
    page.goto(f"{services.wallet}/fr/account")
    page.fill("#name", "")
    send_name(page)
    page.get_by_role("link", name="English").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("My account")


def test_whoever_sends_a_form_after_their_session_is_told_and_comes_back(services: Services, page: Page) -> None:
    begin_passport(page, services, "fr")
    page.goto(f"{services.wallet}/fr/account")
    other_tab = page.context.new_page()
    other_tab.goto(f"{services.wallet}/fr/account")
    address = other_tab.locator("main .lede").first.inner_text()
    other_tab.locator("form[action$='/sign-out'] button").click()
    page.fill("#name", "Un autre nom")
    send_name(page)
    expect(page.get_by_role("status")).to_contain_text("votre dernier envoi n’a pas été enregistré")
    page.fill("#email", address)
    page.fill("#passphrase", PASSPHRASE)
    page.locator("main form button[type=submit]").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Mon compte")
    assert urlsplit(page.url).path == "/fr/account"


def test_a_word_without_end_breaks_before_the_page_grows_wider(services: Services, open_page: PageOpener) -> None:
    page = open_page(viewport=NARROW)
    begin_passport(page, services, "fr")
    page.goto(f"{services.wallet}/fr/account")
    page.fill("#name", WORD)
    send_name(page)
    assert width(page) == NARROW["width"]
    page.goto(f"{services.wallet}/fr/")
    assert width(page) == NARROW["width"]


def test_a_training_with_a_word_without_end_fits_every_desk_page(services: Services, open_page: PageOpener) -> None:
    page = open_page(viewport=NARROW)
    sign_in(page, services, "fr", "administrator@riviere-aux-pins.test")
    office = f"{services.issuer}/fr/office"
    page.goto(f"{office}/programmes/new")
    given = {"title": WORD, "description": "Ateliers", "criteria": "Réussir"}
    for field, text in given.items():
        page.fill(f"#{field}_fr", text)
        page.fill(f"#{field}_en", text)
    page.fill("#hours", "1200")
    page.locator("main form button[type=submit]").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(WORD)
    expect(page.locator("main .lede")).to_contain_text("1\u00a0200 heures")
    wide = {page.url: width(page)}
    for path in ("/", "/programmes", "/applications/new"):
        page.goto(office + path)
        wide[page.url] = width(page)
    assert {address: found for address, found in wide.items() if found > NARROW["width"]} == {}


def test_in_forced_colours_the_page_that_is_open_is_told_from_the_others(
    services: Services, open_page: PageOpener
) -> None:
    page = open_page(forced_colors="active")
    page.goto(f"{services.verifier}/fr/")
    page.wait_for_load_state("load")
    here, *others = (
        page.locator(f".site__nav a{which}").first.evaluate("link => getComputedStyle(link).borderBottomColor")
        for which in ("[aria-current]", ":not([aria-current])")
    )
    assert others
    assert here not in others
