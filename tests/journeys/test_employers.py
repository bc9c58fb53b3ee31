"""An employer in the browser: checks a whole file of credentials, and chooses whose word on accreditation counts."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import expect
from sqlmodel import select

from issuer.issuance.models import SignedDocument
from tests import axe
from tests.conftest import PageOpener
from tests.journeys.conftest import Services

WORDS = {
    "fr": (
        "Tout vérifier",
        "Attestation valide, titulaire à confirmer",
        "Document modifié",
        "Non valides",
        "Supprimer",
    ),
    "en": ("Verify all", "Valid credential, holder to be confirmed", "Document altered", "Not valid", "Delete"),
}


def upload(services: Services, folder: Path) -> Path:
    """Three genuine credentials, one of which somebody wrote in."""
    with services.office.database.reading() as session:
        bodies = [one.body for one in session.exec(select(SignedDocument).limit(3))]
    assert len(bodies) == 3
    bodies[1] = bodies[1].replace(b'"urn:uuid:', b'"urn:uuid:0', 1)
    file = folder / "dossier.jsonl"
    file.write_bytes(b"\n".join(bodies))
    return file


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_a_file_of_credentials_is_checked_before_ones_eyes(
    services: Services, open_page: PageOpener, tmp_path: Path, lang: str
) -> None:
    verify, valid, altered, not_valid, delete = WORDS[lang]
    page = open_page(locale=f"{lang}-CA", viewport={"width": 320, "height": 800})
    page.goto(f"{services.verifier}/{lang}/")
    page.get_by_role("link", name={"fr": "Plusieurs à la fois", "en": "Several at once"}[lang]).click()
    assert axe.violations(page) == []
    page.set_input_files("#file", upload(services, tmp_path))
    page.get_by_role("button", name=verify).click()
    expect(page.get_by_role("table")).to_contain_text(altered, timeout=20_000)
    assert axe.violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    expect(page.get_by_role("row").filter(has_text=valid)).to_have_count(2)
    page.get_by_role("link", name=not_valid).click()
    expect(page.locator("tbody tr")).to_have_count(1)
    page.locator("tbody a").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(altered)
    page.go_back()
    page.get_by_role("button", name=delete).click()
    expect(page.get_by_role("status")).to_be_visible()
    expect(page.get_by_role("link", name="dossier.jsonl")).to_have_count(0)


TRUST = {
    "fr": ("Garder mon choix", "Voir de qui il s’agit", "Oui, leur parole compte"),
    "en": ("Keep my choice", "See who it is", "Yes, their word counts"),
}


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_an_employer_trusts_one_authority_and_nobody_else(services: Services, open_page: PageOpener, lang: str) -> None:
    keep, see, yes = TRUST[lang]
    page = open_page(locale=f"{lang}-CA", viewport={"width": 320, "height": 800})
    page.goto(f"{services.verifier}/{lang}/trust")
    for box in page.locator("input[name=pack]").all():
        box.uncheck()
    page.get_by_role("button", name=keep).click()
    expect(page.get_by_role("status")).to_be_visible()
    expect(page.locator("input[name=pack]").first).not_to_be_checked()
    page.fill("#text", "did:web:nobody.invalid")
    page.get_by_role("button", name=see).click()
    expect(page.locator("#text-error")).to_be_visible()
    assert axe.violations(page) == []
    page.fill("#text", f"{services.issuer}/o/cqm/accreditations")
    page.get_by_role("button", name=see).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("?")
    assert axe.violations(page) == []
    page.get_by_role("button", name=yes).click()
    expect(page.get_by_role("status")).to_be_visible()
    assert axe.violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
