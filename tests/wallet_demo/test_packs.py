"""Share packs from the wallet, and the preview of what an employer will see."""

from __future__ import annotations

from contextlib import ExitStack

import httpx
import pytest

from keys.fetching import NoNetwork
from kit.database import POOL_SIZE
from tests.packs import both, judged
from tests.wallet_demo.conftest import Browser, Wallet
from vc import share_pack
from vc.findings import Verdict


@pytest.fixture
def browser(wallet: Wallet) -> Browser:
    learner = wallet.learner()
    learner.receive(wallet.town.college.offer())
    return learner


def id_of(browser: Browser) -> str:
    page = browser.page("/fr/")
    start = page.index("/fr/credentials/") + len("/fr/credentials/")
    return page[start : page.index('"', start)]


def pack(browser: Browser, *credentials: str) -> httpx.Response:
    return browser.post("/fr/shares/pack", {"credential": list(credentials)})


def test_a_pack_is_checked_without_network(wallet: Wallet, browser: Browser) -> None:
    world = wallet.town.world
    answer = pack(browser, id_of(browser))
    assert answer.headers["content-disposition"] == 'attachment; filename="share-pack-2026-11-22.json"'
    assert answer.headers["cache-control"] == "no-store"
    assert judged(world, answer.content, both(world), days=2).report.verdict is Verdict.VALID
    assert judged(world, answer.content, NoNetwork(), days=2).report.verdict is Verdict.UNDECIDED


def test_a_pack_holds_the_lists_of_authorities_that_this_wallet_does_not_know(wallet: Wallet) -> None:
    world = wallet.town.world
    world.accredit(by="Other ministry")
    browser = wallet.learner()
    browser.receive(wallet.town.college.offer())
    made = share_pack.read(pack(browser, id_of(browser)).content)
    assert "https://other-ministry.example/status/revocation" in made.documents


def test_W_KEY_1_no_secret_and_nothing_of_the_account_is_in_it(wallet: Wallet, browser: Browser) -> None:
    text = pack(browser, id_of(browser)).text
    assert "eloise@example.org" not in text
    assert "Boréalis" not in text, "the name on the passport is not in the credential"


@pytest.mark.parametrize("part", ["northern-college.example/status", "talent-committee.example/status"])
def test_without_its_lists_no_pack_is_made(wallet: Wallet, browser: Browser, part: str) -> None:
    wallet.town.world.unreachable(part)
    answer = pack(browser, id_of(browser))
    assert answer.status_code == 422
    assert "Le fichier ne peut pas être fait maintenant" in answer.text


def test_D_DBX_no_connection_is_held_while_the_network_is_asked(wallet: Wallet, browser: Browser) -> None:
    database = wallet.app.state.database
    chosen = id_of(browser)
    with ExitStack() as others:
        for _ in range(POOL_SIZE - 1):
            others.enter_context(database.reading()).connection()
        assert pack(browser, chosen).status_code == 200, "one at a time is enough"


def test_nothing_chosen_and_others_credentials_make_no_pack(wallet: Wallet, browser: Browser) -> None:
    other = wallet.learner("other@example.org", "Autre")
    for answer in (pack(browser), pack(browser, "unknown"), pack(other, id_of(browser))):
        assert answer.status_code == 422


def test_the_preview_says_what_the_verifier_will_say(wallet: Wallet, browser: Browser) -> None:
    path = f"/fr/credentials/{id_of(browser)}/preview"
    page = browser.page(path)
    assert "Attestation valide, titulaire à confirmer" in page
    assert "Oui, par\u00a0Talent committee." in page
    stranger = browser.page(f"{path}?chosen=true")
    assert "Émetteur non reconnu" in stranger
    assert "Attestation valide, titulaire" not in stranger
    wallet.town.world.revoke(wallet.town.college.issued[0])
    assert "Attestation révoquée" in browser.page(f"{path}?chosen=true&trust={wallet.town.world.authority.did}")


def test_the_preview_of_anothers_credential_is_not_found(wallet: Wallet, browser: Browser) -> None:
    other = wallet.learner("other@example.org", "Autre")
    assert other.get(f"/fr/credentials/{id_of(browser)}/preview").status_code == 404
