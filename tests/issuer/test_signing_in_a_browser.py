"""Issuing a class, claiming and accrediting in a real browser, in both languages, with and without scripts."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from issuer.hand_over import invitations
from issuer.staff import service as staff
from issuer.staff.models import Role
from tests.issuer import college as ground
from tests.issuer.college import ACTOR, PASSWORD, College
from tests.serving import free_port, served

WORDS = {
    "fr": {"sign": "Signer et délivrer 2 attestations", "invite": "Inviter 2 personnes", "revoke": "Révoquer"},
    "en": {"sign": "Sign and issue 2 credentials", "invite": "Invite 2 people", "revoke": "Revoke"},
}
EMAIL = "solveig@staff.example"


@dataclass
class Street:
    """The issuer on a real port."""

    base: str
    college: College


@pytest.fixture
def street(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Street]:
    port = free_port()
    monkeypatch.setattr(ground, "PUBLIC_URL", f"http://localhost:{port}")
    college = College.open(tmp_path, learners=2)
    with college.office.database.unit() as session:
        for organisation, email in ((college.organisation, EMAIL), (college.authority, f"authority-{EMAIL}")):
            staff.add_member(
                session,
                organisation=organisation,
                email=email,
                name="Solveig Clairbois",
                role=Role.REGISTRAR,
                password=PASSWORD,
                actor=ACTOR,
                now=college.clock(),
            )
    with served(college.app, port) as base:
        yield Street(base, college)


def signed_in(page: Page, street: Street, email: str) -> Page:
    """The page, with a session of the staff."""
    token = staff.sign_in(street.college.office, email=email, password=PASSWORD, client=email)
    name = street.college.office.settings.cookie("session")
    page.context.add_cookies([{"name": name, "value": token, "url": street.base}])
    return page


@pytest.mark.parametrize("lang", ["fr", "en"])
@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_a_class_is_issued_invited_and_one_revoked(
    street: Street, open_page: Callable[..., Page], lang: str, scripts: bool
) -> None:
    words, college = WORDS[lang], street.college
    page = signed_in(open_page(locale=f"{lang}-CA", java_script_enabled=scripts), street, EMAIL)
    page.goto(f"{street.base}/{lang}/office/cohorts/{college.cohort.id}/issue")
    page.get_by_role("button", name=words["sign"]).click()
    expect(page.get_by_role("status").first).to_be_visible()
    page.goto(f"{street.base}/{lang}/office/cohorts/{college.cohort.id}/invitations")
    page.get_by_role("button", name=words["invite"]).click()
    expect(page.locator("tbody tr")).to_have_count(2)
    page.locator("tbody tr a").first.click()
    page.get_by_role("link", name=words["revoke"]).click()
    page.fill("#reason", "Nom mal écrit")
    page.get_by_role("button", name=words["revoke"], exact=True).click()
    expect(page.locator(".tag--bad").first).to_be_visible()


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_an_authority_decides_in_one_act(street: Street, open_page: Callable[..., Page], lang: str) -> None:
    page = signed_in(open_page(locale=f"{lang}-CA", java_script_enabled=False), street, f"authority-{EMAIL}")
    page.goto(f"{street.base}/{lang}/office/accreditations/new")
    page.locator("main form button[type=submit]").click()
    expect(page.locator(".errsum")).to_be_visible()
    page.select_option("#programme", street.college.programme.id)
    page.fill("#number", "CQM-2026-0207")
    page.locator("main form button[type=submit]").click()
    expect(page.locator(".note")).to_be_visible()
    page.locator("main form button[type=submit]").click()
    expect(page.locator(".tag--ok")).to_be_visible()
    page.goto(f"{street.base}/{lang}/o/cqm/accreditations")
    expect(page.get_by_text("CQM-2026-0207")).to_be_visible()


@pytest.mark.parametrize("lang", ["fr", "en"])
@pytest.mark.parametrize("width", [320, 1280])
def test_the_claim_page_fits_and_has_one_heading(
    street: Street, open_page: Callable[..., Page], lang: str, width: int
) -> None:
    college = street.college
    credential = college.credential(college.issue()[0])
    with college.office.database.unit() as session:
        invitation = invitations.invite(college.office, session, credential, actor=ACTOR)
    page = open_page(locale=f"{lang}-CA", viewport={"width": width, "height": 800})
    page.goto(invitations.claim_address(college.office, invitation, lang))
    expect(page.locator("h1")).to_have_count(1)
    expect(page.locator(".doc")).to_be_visible()
    expect(page.locator(".qr svg")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
