"""The learner's way in a real browser, in French and in English, with and without scripts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from kit.clock import SettableClock
from tests import axe, databases
from tests.serving import free_port, served
from tests.wallet_demo.conftest import EMAIL, NAME, PASSPHRASE
from tests.wallet_demo.neighbours import Town
from vc import share_pack
from wallet_demo.app import build_app
from wallet_demo.settings import WalletSettings

WORDS = {
    "fr": {
        "accept": "Accepter l’attestation",
        "in force": "En vigueur",
        "end": "Mettre fin au partage",
        "shown": "Attestations qui vous sont montrées",
        "ended": "Ce partage a pris fin",
        "empty": "Votre passeport est vide pour l’instant",
        "unknown": "Émetteur non reconnu",
        "look": "Regarder maintenant s’il y a du nouveau",
        "news": "Il y a du nouveau",
        "seen": "J’ai vu",
    },
    "en": {
        "accept": "Accept the credential",
        "in force": "In force",
        "end": "End the share",
        "shown": "Credentials shown to you",
        "ended": "This share has ended",
        "empty": "Your passport is empty for now",
        "unknown": "Issuer not recognized",
        "look": "Look for changes now",
        "news": "Something changed",
        "seen": "I have seen this",
    },
}


@dataclass
class Street:
    """The wallet on a real port, and its neighbours."""

    base: str
    town: Town
    clock: SettableClock


@pytest.fixture
def street(tmp_path: Path) -> Iterator[Street]:
    port, town = free_port(), Town()
    settings = WalletSettings(public_url=f"http://localhost:{port}", data_dir=tmp_path, secret=b"0" * 32, banner="DEMO")
    clock = SettableClock(town.now)
    databases.migrate("wallet_demo", settings.database)
    app = build_app(settings, clock=clock, fetcher=town, anchors=town.world.anchors)
    with served(app, port) as base:
        yield Street(base, town, clock)
    app.state.database.dispose()


def send(page: Page) -> None:
    """Send the main form of the page."""
    page.locator("main form button[type=submit]").first.click()


@pytest.mark.parametrize("lang", ["fr", "en"])
@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_the_learners_whole_way(street: Street, open_page: Callable[..., Page], lang: str, scripts: bool) -> None:
    words, town = WORDS[lang], street.town
    page = open_page(locale=f"{lang}-CA", java_script_enabled=scripts)
    page.goto(f"{street.base}/{lang}/sign-up")
    page.fill("#name", NAME)
    page.fill("#email", EMAIL)
    page.fill("#passphrase", PASSPHRASE)
    send(page)
    page.fill("#email", EMAIL)
    page.fill("#passphrase", PASSPHRASE)
    send(page)
    expect(page.get_by_text(words["empty"])).to_be_visible()

    page.goto(f"{street.base}/{lang}/add")
    page.fill("#link", town.college.offer(tx_code="482913"))
    send(page)
    page.fill("#tx_code", "482913")
    send(page)
    page.get_by_role("button", name=words["accept"]).click()
    expect(page.get_by_text(words["in force"]).first).to_be_visible()

    page.goto(f"{street.base}/{lang}/present")
    page.fill("#link", town.employer.ask(by="did", method="post"))
    send(page)
    page.get_by_role("radio").first.check()
    send(page)
    expect(page.get_by_text("employer.example").first).to_be_visible()
    assert [report.verified for report in town.employer.answers] == [True]

    page.goto(f"{street.base}/{lang}/shares/new")
    page.get_by_role("checkbox").first.check()
    send(page)
    link = page.input_value("#link")
    stranger = open_page(locale=f"{lang}-CA", java_script_enabled=scripts)
    stranger.goto(link)
    expect(stranger.get_by_role("heading", level=1)).to_have_text(words["shown"])
    page.get_by_role("button", name=words["end"]).click()
    stranger.reload()
    expect(stranger.get_by_role("heading", level=1)).to_have_text(words["ended"])


def test_the_language_switch_keeps_the_page(street: Street, page: Page) -> None:
    page.goto(f"{street.base}/fr/sign-up")
    page.get_by_role("link", name="English").click()
    assert page.url == f"{street.base}/en/sign-up"
    expect(page.get_by_role("heading", level=1)).to_have_text("Create my passport")


def test_V_XSS_1_hostile_texts_are_only_texts(street: Street, page: Page) -> None:
    hostile = '<script>document.title="owned"</script><img src=x onerror=document.title="owned">'
    town = street.town
    town.world.institution.name = hostile
    plain = town.college.issue_to
    town.college.issue_to = partial(plain, name=hostile, description=hostile)  # type: ignore[method-assign]
    page.goto(f"{street.base}/fr/sign-up")
    page.fill("#name", hostile[:190])
    page.fill("#email", EMAIL)
    page.fill("#passphrase", PASSPHRASE)
    send(page)
    page.fill("#email", EMAIL)
    page.fill("#passphrase", PASSPHRASE)
    send(page)
    page.goto(f"{street.base}/fr/add")
    page.fill("#link", town.college.offer())
    send(page)
    send(page)
    page.get_by_role("button", name=WORDS["fr"]["accept"]).click()
    page.goto(f"{street.base}/fr/")
    expect(page.get_by_text("<script>").first).to_be_visible()
    assert page.title() != "owned"


@pytest.mark.parametrize("width", [320, 390])
def test_nothing_scrolls_sideways_on_a_small_screen(street: Street, open_page: Callable[..., Page], width: int) -> None:
    page = open_page(viewport={"width": width, "height": 700})
    for path in ("/fr/", "/fr/sign-up", "/fr/sign-in"):
        page.goto(street.base + path)
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def passport_with_a_credential(street: Street, page: Page, lang: str) -> None:
    """Sign up, and receive a credential whose training two authorities recognise."""
    page.goto(f"{street.base}/{lang}/sign-up")
    page.fill("#name", NAME)
    page.fill("#email", EMAIL)
    page.fill("#passphrase", PASSPHRASE)
    send(page)
    page.fill("#email", EMAIL)
    page.fill("#passphrase", PASSPHRASE)
    send(page)
    street.town.world.accredit(by="Other ministry")
    page.goto(f"{street.base}/{lang}/add")
    page.fill("#link", street.town.college.offer())
    send(page)
    send(page)
    page.get_by_role("button", name=WORDS[lang]["accept"]).click()


@pytest.mark.parametrize(("lang", "width"), [("fr", 320), ("en", 1280)])
def test_what_stands_behind_a_credential(
    street: Street, open_page: Callable[..., Page], tmp_path: Path, lang: str, width: int
) -> None:
    page = open_page(locale=f"{lang}-CA", viewport={"width": width, "height": 800})
    passport_with_a_credential(street, page, lang)
    credential = page.url.partition("?")[0]
    expect(page.get_by_text("Other ministry")).to_be_visible()

    def looks_right() -> None:
        assert axe.violations(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width, page.url

    looks_right()
    page.goto(f"{credential}/preview")
    expect(page.get_by_text("Talent committee").first).to_be_visible()
    looks_right()
    page.get_by_role("checkbox").first.uncheck()
    page.locator("main form button[type=submit]").click()
    expect(page.get_by_role("heading", level=2).first).to_have_text(WORDS[lang]["unknown"])

    page.goto(f"{street.base}/{lang}/add")
    looks_right()
    page.goto(f"{street.base}/{lang}/shares/new?credential={credential.rpartition('/')[2]}")
    looks_right()
    with page.expect_download() as download:
        page.locator("#pack").click()
    download.value.save_as(tmp_path / "pack.json")
    assert share_pack.is_one((tmp_path / "pack.json").read_bytes())

    street.town.world.revoke(street.town.college.issued[0])
    street.clock.advance(minutes=2)
    page.goto(f"{street.base}/{lang}/")
    page.get_by_role("button", name=WORDS[lang]["look"]).click()
    expect(page.get_by_role("heading", name=WORDS[lang]["news"])).to_be_visible()
    looks_right()
    page.get_by_role("button", name=WORDS[lang]["seen"]).click()
    expect(page.get_by_role("heading", name=WORDS[lang]["news"])).to_have_count(0)
