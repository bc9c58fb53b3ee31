"""What stands behind a kept credential: kept beside it, looked at again, and said when it changes."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from tests.wallet_demo.conftest import PUBLIC_URL, Browser, Wallet
from tests.wallet_demo.test_presenting import CHOICE
from tests.world import World, key_for
from vc.findings import Verdict
from vc.policy import Anchors, Authority
from wallet_demo.standing.service import LOOK_EVERY

SERVICE = "https://northern-college.example/refresh/1"
EXTENSIONS = "https://purl.imsglobal.org/spec/ob/v3p0/extensions.json"


@pytest.fixture
def browser(wallet: Wallet) -> Browser:
    learner = wallet.learner()
    learner.receive(wallet.town.college.offer())
    return learner


def path_of(browser: Browser) -> str:
    page = browser.page("/fr/")
    start = page.index("/fr/credentials/")
    return page[start : page.index('"', start)].partition("#")[0]


def later(wallet: Wallet, pause: timedelta = LOOK_EVERY) -> None:
    wallet.clock.set(wallet.clock() + pause)
    wallet.town.world.now = wallet.clock()


def home_after_a_look(browser: Browser) -> str:
    """The passport looks after its page went out; what it found is on the next one."""
    browser.page("/fr/")
    return browser.page("/fr/")


def test_recognitions_are_kept_with_the_credential_that_was_received(wallet: Wallet, browser: Browser) -> None:
    page = browser.page(path_of(browser))
    assert "Reconnaissances gardées avec elle" in page
    assert "Talent committee" in page
    assert "depuis le 1er septembre 2025" in page
    assert "vue le 22 novembre 2026" in page
    assert "par sa propre parole" not in page.lower()


def test_an_authority_that_this_wallet_does_not_know_is_kept_under_its_own_word(wallet: Wallet) -> None:
    wallet.town.world.accredit(by="Other ministry")
    browser = wallet.learner()
    browser.receive(wallet.town.college.offer())
    page = browser.page(path_of(browser))
    assert "Other ministry" in page
    assert "Sur sa propre parole" in page


def revoked(world: World, issued: dict[str, Any]) -> None:
    world.revoke(issued)


def suspended(world: World, issued: dict[str, Any]) -> None:
    world.suspend(issued)


def withdrawn(world: World, _issued: dict[str, Any]) -> None:
    world.withdraw_accreditation(at="2026-11-22")


def accredited(world: World, _issued: dict[str, Any]) -> None:
    world.accredit(by="Other ministry")


def rotated(world: World, _issued: dict[str, Any]) -> None:
    college, old = world.institution, world.did_document(world.institution)
    added = {**old["verificationMethod"][0], "id": f"{college.did}#new"}
    added["publicKeyMultibase"] = key_for("a new key").public.multikey
    changed = {**old, "verificationMethod": [*old["verificationMethod"], added]}
    changed["assertionMethod"] = [*old["assertionMethod"], added["id"]]
    world.net.serve(f"{college.origin}/.well-known/did.json", changed)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (revoked, "L’établissement l’a révoquée."),
        (suspended, "L’établissement l’a suspendue; il peut la rétablir."),
        (withdrawn, "Talent committee a retiré son accréditation de cette formation."),
        (accredited, "Other ministry accrédite cette formation."),
        (rotated, "L’établissement a changé les clés avec lesquelles il signe."),
    ],
)
def test_what_changed_is_said_once_and_stays_in_the_history(
    wallet: Wallet, browser: Browser, change: Callable[[World, dict[str, Any]], None], sentence: str
) -> None:
    assert "Il y a du nouveau" not in home_after_a_look(browser)
    later(wallet)
    change(wallet.town.world, wallet.town.college.issued[0])
    page = home_after_a_look(browser)
    assert sentence in page
    assert "Il y a du nouveau" in page
    browser.post("/fr/news/seen")
    assert "Il y a du nouveau" not in browser.page("/fr/")
    assert sentence in browser.page(path_of(browser))
    later(wallet)
    assert "Il y a du nouveau" not in home_after_a_look(browser), "told once"


def test_a_suspension_that_is_lifted_is_news_too(wallet: Wallet, browser: Browser) -> None:
    world, issued = wallet.town.world, wallet.town.college.issued[0]
    for change, sentence in ((world.suspend, "l’a suspendue"), (world.reinstate, "l’a rétablie")):
        later(wallet)
        change(issued)
        browser.sign_in()
        assert sentence in home_after_a_look(browser)
        browser.post("/fr/news/seen", {"credential": path_of(browser).rpartition("/")[2]})


def test_its_time_running_out_is_news(wallet: Wallet) -> None:
    plain = wallet.town.college.issue_to
    wallet.town.college.issue_to = partial(plain, valid_until="2026-12-01")  # type: ignore[method-assign]
    browser = wallet.learner()
    browser.receive(wallet.town.college.offer())
    later(wallet, timedelta(days=20))
    browser.sign_in()
    assert "Son temps est écoulé depuis le 1er décembre 2026." in home_after_a_look(browser)


@pytest.mark.parametrize("part", ["northern-college", "talent-committee", "status"])
def test_silence_is_no_change_and_takes_nothing_away(wallet: Wallet, browser: Browser, part: str) -> None:
    later(wallet)
    wallet.town.world.unreachable(part)
    assert "Il y a du nouveau" not in home_after_a_look(browser)
    page = browser.page(path_of(browser))
    assert "Talent committee" in page
    assert "vue le 22 novembre 2026" in page


def test_kept_recognitions_count_while_the_institution_does_not_answer(wallet: Wallet, browser: Browser) -> None:
    wallet.town.world.unreachable("whois")
    browser.post(f"{path_of(browser)}/check")
    assert "Accréditée au moment de la réussite" in browser.page(path_of(browser))


def test_it_looks_by_itself_only_now_and_then(wallet: Wallet, browser: Browser) -> None:
    net = wallet.town.world.net
    before = len(net.requests)
    for _ in range(3):
        browser.page("/fr/")
    browser.post("/fr/news/look")
    assert len(net.requests) == before, "it was looked at a moment ago"
    later(wallet, timedelta(minutes=2))
    browser.page("/fr/")
    assert len(net.requests) == before
    assert "regardé chaque attestation à l’instant" in browser.post("/fr/news/look").text
    asked = net.requests[before:]
    assert asked
    assert len(asked) == len(set(asked)), "each address once"


def test_a_newer_edition_is_offered_and_kept_beside_the_older(wallet: Wallet) -> None:
    world = wallet.town.world

    def edition(holder: str, **changes: Any) -> dict[str, Any]:
        draft = world.draft(refreshService={"id": SERVICE, "type": "1EdTechCredentialRefresh"}, **changes)
        draft["@context"] = [*draft["@context"], EXTENSIONS]
        draft["credentialSubject"] = {**draft["credentialSubject"], "id": holder}
        return world.sign({**draft, "id": "https://northern-college.example/credentials/same"})

    wallet.town.college.issue_to = edition  # type: ignore[method-assign,assignment]
    browser = wallet.learner()
    browser.receive(wallet.town.college.offer())
    [first] = wallet.town.college.issued
    holder = first["credentialSubject"]["id"]
    later(wallet)
    world.net.serve(SERVICE, edition("did:key:z6MkSomebodyElse", validFrom="2026-11-20T00:00:00Z"))
    assert "édition plus récente" not in home_after_a_look(browser), "W-IMP-1: somebody else's is not offered"
    later(wallet)
    world.net.serve(SERVICE, edition(holder, validFrom="2026-11-21T00:00:00Z", name="Renewed"))
    browser.sign_in()
    assert "édition plus récente" in home_after_a_look(browser)
    kept = browser.post(f"{path_of(browser)}/newer")
    assert "Renewed" in kept.text
    assert browser.page("/fr/").count("Renewed") >= 1


def test_another_learners_news_are_not_shown_or_marked(wallet: Wallet, browser: Browser) -> None:
    later(wallet)
    wallet.town.world.revoke(wallet.town.college.issued[0])
    home_after_a_look(browser)
    other = wallet.learner("other@example.org", "Autre")
    other.post("/fr/news/seen")
    assert other.post(f"{path_of(browser)}/newer").status_code == 404
    assert "l’a révoquée" not in other.page("/fr/")
    assert "l’a révoquée" in browser.page("/fr/")


def test_news_about_a_deleted_credential_wait_with_it(wallet: Wallet, browser: Browser) -> None:
    path = path_of(browser)
    later(wallet)
    wallet.town.world.revoke(wallet.town.college.issued[0])
    home_after_a_look(browser)
    browser.post(f"{path}/delete")
    assert "l’a révoquée" not in browser.page("/fr/")
    browser.post(f"{path}/restore")
    assert "l’a révoquée" in browser.page("/fr/")


def test_a_chain_of_authorities_is_kept_and_goes_along_whole(wallet: Wallet) -> None:
    world = wallet.town.world
    world.recognise("Talent committee", by="Ministry")
    world.anchors = Anchors.of(Authority(world.organisation("Ministry").did, {"en": "Ministry"}, "CA-QC"))
    browser = wallet.learner()
    browser.receive(wallet.town.college.offer())
    page = browser.page(path_of(browser))
    assert "Ministry" in page
    assert "Par l’entremise de Talent committee" in page
    asked = browser.post("/fr/present", {"link": wallet.town.employer.ask(takes_recognitions=True)})
    for silent in ("whois", "ministry.example/recognitions"):
        world.unreachable(silent)
    browser.post(f"{asked.url.path}/answer", dict(CHOICE.findall(asked.text)))
    [report] = wallet.town.employer.answers
    assert report.verdict is Verdict.VALID
    assert len((report.presentation or {})["verifiableCredential"]) == 3


def test_two_looks_at_once_tell_a_change_once(wallet: Wallet, browser: Browser) -> None:
    path, token = path_of(browser), browser.token()
    later(wallet)
    wallet.town.world.revoke(wallet.town.college.issued[0])
    form, headers = {"csrf_token": token}, {"origin": PUBLIC_URL, "accept": "text/html"}
    with ThreadPoolExecutor(3) as pool:
        answers = list(pool.map(lambda _: browser.client.post(f"{path}/check", data=form, headers=headers), range(3)))
    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert browser.page(path).count("L’établissement l’a révoquée.") == 1


def test_V_TAM_1_a_forgery_beside_an_original_is_not_kept_and_does_not_go_along(wallet: Wallet) -> None:
    college = wallet.town.world.institution
    [original] = college.recognitions
    college.recognitions.insert(0, {**original, "validUntil": "2040-01-01T00:00:00Z"})
    browser = wallet.learner()
    browser.receive(wallet.town.college.offer())
    assert "2040" not in browser.page(path_of(browser))
    asked = browser.post("/fr/present", {"link": wallet.town.employer.ask(takes_recognitions=True)})
    browser.post(f"{asked.url.path}/answer", dict(CHOICE.findall(asked.text)))
    [report] = wallet.town.employer.answers
    assert report.verdict is Verdict.VALID
    assert (report.presentation or {})["verifiableCredential"][1:] == [original]
