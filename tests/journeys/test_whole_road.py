"""The whole road in a browser, in French and in English: a class register goes in, a verdict with reasons comes out.

Staff import a register and issue; a learner claims into a wallet with the code from the letter; an employer asks, the
learner presents, the verdict appears by itself; the institution revokes, and the employer sees that too.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from passport.demo.seed import PASSWORD
from tests.conftest import PageOpener
from tests.journeys.conftest import Services

pytestmark = pytest.mark.parametrize("database_urls", ["sqlite", "postgresql"], indirect=True, scope="module")

PASSPHRASE = "quatre mots bien à moi"

WORDS = {
    "fr": {
        "valid": "Attestation valide",
        "revoked": "Attestation révoquée",
        "unconfirmed": "Attestation valide, titulaire à confirmer",
        "accredited": "Oui, par Commission québécoise des microcertifications.",
        "mine": "Oui. La personne a prouvé qu’elle en est titulaire.",
        "waiting": "En attente du portefeuille…",
    },
    "en": {
        "valid": "Valid credential",
        "revoked": "Credential revoked",
        "unconfirmed": "Valid credential, holder to be confirmed",
        "accredited": "Yes, by Québec Microcredential Commission.",
        "mine": "Yes. The person proved that it is theirs.",
        "waiting": "Waiting for the wallet…",
    },
}


def submit(page: Page, action: str) -> None:
    """Press the button of the form that goes to `action`."""
    page.locator(f'form[action*="{action}"] button[type=submit]').first.click()


def register(folder: Path, lang: str, address: str) -> Path:
    """A class register with two good rows and a bad one, as a school of this language would export it."""
    heading = {
        "fr": "Matricule;Prénom;Nom;Courriel;Langue;Date de réussite;Résultat",
        "en": "Student number;First name;Last name;E-mail;Language;Completion date;Grade",
    }[lang]
    rows = [
        f"{lang}-1;Zoé;Étoile-{lang};{address};{lang};2026-06-12;92 %",
        f"{lang}-2;Aimé;Troisaisons;aime@;{lang};2026-06-12;80 %",
        f"{lang}-3;Philémon;Grandvent;;{lang};2026-06-12;71 %",
    ]
    path = folder / f"registre-{lang}.csv"
    path.write_bytes("\r\n".join([heading, *rows]).encode("cp1252" if lang == "fr" else "utf-8"))
    return path


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_from_the_register_to_the_verdict_and_back(
    services: Services, open_page: PageOpener, tmp_path: Path, lang: str
) -> None:
    words, address = WORDS[lang], f"zoe-{lang}@exemple.test"
    locale = f"{lang}-CA"
    staff, learner, employer = (open_page(locale=locale) for _ in range(3))

    _import_and_issue(services, staff, lang, register(tmp_path, lang, address))
    _claim(services, learner, lang, address)

    employer.goto(f"{services.verifier}/{lang}/ask")
    employer.fill("#reason", "Embauche")
    employer.locator("main button[type=submit]").click()
    expect(employer.get_by_text(words["waiting"])).to_be_visible()
    request_link = employer.locator("#request-link").input_value()

    learner.goto(f"{services.wallet}/{lang}/add")
    learner.fill("#link", request_link)
    learner.locator("form:has(#link) button[type=submit]").click()
    if learner.locator('form[action$="/present"] button[type=submit]').count():
        submit(learner, "/present")
    learner.locator("input[type=radio], input[type=checkbox]").first.check()
    learner.locator("main form button.btn:not(.btn--2)").first.click()

    expect(employer.locator("h1")).to_have_text(words["valid"], timeout=15_000)
    expect(employer.get_by_text(words["accredited"]).first).to_be_visible()
    expect(employer.get_by_text(words["mine"]).first).to_be_visible()

    link = _share(services, learner, lang)
    _check_link(services, employer, lang, link, words["unconfirmed"])
    _revoke(services, staff, lang)
    _check_link(services, employer, lang, link, words["revoked"])


def _import_and_issue(services: Services, staff: Page, lang: str, file: Path) -> None:
    staff.goto(f"{services.issuer}/{lang}/office/")
    staff.fill("#email", "registrar@riviere-aux-pins.test")
    staff.fill("#password", PASSWORD)
    staff.locator("main button[type=submit]").click()
    staff.goto(f"{services.issuer}/{lang}/office/programmes")
    staff.locator("main table a", has_text=re.compile("Python")).click()
    staff.locator('a[href$="/cohorts/new"]').first.click()
    staff.fill("#code", f"2026-{lang}")
    staff.fill("#starts_on", "2026-04-07")
    staff.fill("#ends_on", "2026-06-12")
    staff.locator("main button[type=submit]").click()
    staff.locator('main a[href$="/import"]').first.click()
    staff.set_input_files("#file", file)
    staff.locator("main form button[type=submit]").click()
    expect(staff.locator(".errsum")).to_be_visible()
    assert staff.locator("input[aria-invalid=true]").count() == 1, "the incomplete address, and nothing else"
    submit(staff, "/take-over")
    staff.locator('main a[href$="/issue"]').click()
    staff.locator("main form button[type=submit]").click()
    staff.goto(re.sub(r"/issue.*", "/invitations", staff.url))
    submit(staff, "/invitations")


def _claim(services: Services, learner: Page, lang: str, address: str) -> None:
    learner.goto(services.letter(address, r"https?://\S+/claim/\S+"))
    submit(learner, "/code")
    code = services.letter(address, r"^ +(\d{6})$")
    learner.locator('a[href*="/offer?"]').click()
    learner.locator('a[href*="/sign-up"]').click()
    learner.fill("#name", "Zoé Étoile")
    learner.fill("#email", address)
    learner.fill("#passphrase", PASSPHRASE)
    learner.locator("main form button[type=submit]").click()
    if learner.locator('form[action$="/sign-in"]').count():
        learner.fill("#email", address)
        learner.fill("#passphrase", PASSPHRASE)
        learner.locator("main form button[type=submit]").click()
    learner.fill("#tx_code", code)
    submit(learner, "/offer")
    submit(learner, "/accept")
    expect(learner).to_have_url(re.compile(r"/credentials/"))


def _share(services: Services, learner: Page, lang: str) -> str:
    learner.goto(f"{services.wallet}/{lang}/shares/new")
    learner.locator("input[name=credential]").first.check()
    submit(learner, "/shares/new")
    values = [field.input_value() for field in learner.locator("input[readonly]").all()]
    return next(value for value in values if "/s/" in value)


def _check_link(services: Services, employer: Page, lang: str, link: str, headline: str) -> None:
    employer.goto(f"{services.verifier}/{lang}/")
    employer.fill("#text", link)
    submit(employer, "/check")
    expect(employer.locator("h1")).to_have_text(headline)


def _revoke(services: Services, staff: Page, lang: str) -> None:
    staff.goto(f"{services.issuer}/{lang}/office/credentials?q=toile-{lang}")
    staff.locator('main a[href*="/office/credentials/"]').first.click()
    staff.locator('main a[href$="/revoke"]').click()
    staff.locator("main textarea").fill("Résultat corrigé après révision.")
    staff.locator("main form button[type=submit]").first.click()
