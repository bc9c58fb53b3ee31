"""Share links: what they show, for how long, to whom; and that the end is the end (W-SHR-1)."""

from __future__ import annotations

import re
import secrets
from typing import Any

import pytest

from tests.wallet_demo.conftest import NAME, PUBLIC_URL, Browser, Wallet
from vc import presentation
from vc.findings import Verdict

LINK = re.compile(r'value="(http://localhost:8103/s/[^"]+)"')


def two_credentials(wallet: Wallet) -> tuple[Browser, list[str]]:
    browser = wallet.learner()
    pages = [browser.receive(wallet.town.college.offer()) for _ in range(2)]
    return browser, [page.url.path.rpartition("/")[2] for page in pages]


def share(browser: Browser, *credentials: str, **options: Any) -> tuple[str, str]:
    """Make a share; return its page and its link."""
    data = {"credential": list(credentials), "days": "30", "label": "Ateliers Montcalme"} | options
    page = browser.post("/fr/shares/new", data)
    assert page.status_code == 200, page.text[:3000]
    found = LINK.search(page.text)
    assert found
    return page.url.path, found[1]


def path_of(link: str) -> str:
    return link.removeprefix(PUBLIC_URL)


def test_a_link_shows_the_selection_to_people_and_to_verifiers(wallet: Wallet) -> None:
    browser, [first, _] = two_credentials(wallet)
    _, link = share(browser, first)
    stranger = wallet.browser()
    page = stranger.get(path_of(link))
    assert page.status_code == 200
    assert NAME not in page.text, "what somebody calls himself proves nothing; a name stands in the credential"
    assert page.text.count('class="doc ') == 1
    data = stranger.client.get(path_of(link), headers={"accept": "application/json"}).json()
    assert stranger.client.get(f"{path_of(link)}.json").json() == data
    report = wallet.town.world.verify_presentation(
        data, challenge=data["proof"]["challenge"], domain=link, now=wallet.clock()
    )
    assert report.verified
    assert [one["id"] for one in data["verifiableCredential"]] == [wallet.town.college.issued[0]["id"]]
    assert len(data["proof"]["challenge"]) >= 22


def test_the_label_stays_with_the_learner(wallet: Wallet) -> None:
    browser, [first, second] = two_credentials(wallet)
    _, link = share(browser, first, second)
    page = wallet.browser().page(path_of(link))
    assert "Ateliers Montcalme" not in page
    assert page.count('class="doc ') == 2


def test_recognitions_stand_beside_the_credentials_for_those_who_ask_for_them(wallet: Wallet) -> None:
    browser, [first, _] = two_credentials(wallet)
    _, link = share(browser, first)
    kinds = {}
    for accept in ("application/vp", presentation.WITH_RECOGNITIONS):
        answer = wallet.browser().client.get(path_of(link), headers={"accept": accept})
        assert answer.headers["content-type"].startswith(accept)
        shown = answer.json()
        kinds[accept] = [one["type"][1] for one in shown["verifiableCredential"]]
        wallet.town.world.unreachable("whois")
        report = wallet.town.world.verify_presentation(shown, challenge=None, domain=link)
        assert report.verdict is (Verdict.UNDECIDED if accept == "application/vp" else Verdict.VALID)
    assert list(kinds.values()) == [["OpenBadgeCredential"], ["OpenBadgeCredential", "RecognizedEntityCredential"]]


@pytest.mark.parametrize("form", ["", ".json"])
def test_W_SHR_1_answers_are_private(wallet: Wallet, form: str) -> None:
    browser, [first, _] = two_credentials(wallet)
    _, link = share(browser, first)
    for accept in ("text/html", "application/json"):
        answer = wallet.browser().client.get(path_of(link) + form, headers={"accept": accept})
        assert answer.headers["cache-control"] == "no-store"
        assert "noindex" in answer.headers["x-robots-tag"]


def test_W_SHR_1_a_guess_finds_nothing(wallet: Wallet) -> None:
    browser, [first, _] = two_credentials(wallet)
    _, link = share(browser, first)
    token = link.rpartition("/")[2]
    assert len(token) >= 43
    client = wallet.browser().client
    for guess in (token[:-1], token + "A", token.swapcase(), secrets.token_urlsafe(32), "x", "%00", "..%2f"):
        for address in (f"/s/{guess}", f"/s/{guess}.json", f"/fr/s/{guess}"):
            assert client.get(address, headers={"accept": "application/json"}).status_code == 404


def test_W_SHR_1_an_ended_link_is_gone_at_once(wallet: Wallet) -> None:
    browser, [first, _] = two_credentials(wallet)
    page, link = share(browser, first)
    assert "Actif" in browser.page(page)
    ended = browser.post(f"{page}/end")
    assert "Le partage a pris fin" in ended.text
    client = wallet.browser().client
    for address in (path_of(link), f"{path_of(link)}.json", f"/fr{path_of(link)}", f"/en{path_of(link)}"):
        for accept in ("text/html", "application/json"):
            answer = client.get(address, headers={"accept": accept})
            assert answer.status_code == 410
            assert answer.headers["cache-control"] == "no-store"
            assert "Data analysis" not in answer.text
    assert browser.post(f"{page}/end").status_code == 200


@pytest.mark.parametrize("days", [7, 30, 90])
def test_W_SHR_1_a_link_ends_when_the_learner_said(wallet: Wallet, days: int) -> None:
    browser, [first, _] = two_credentials(wallet)
    _, link = share(browser, first, days=str(days))
    stranger = wallet.browser()
    wallet.clock.advance(days=days, seconds=-1)
    assert stranger.get(path_of(link)).status_code == 200
    wallet.clock.advance(seconds=1)
    assert stranger.get(path_of(link)).status_code == 410


def test_openings_are_counted_without_saying_who(wallet: Wallet) -> None:
    browser, [first, _] = two_credentials(wallet)
    page, link = share(browser, first)
    assert "Pas encore ouvert" in browser.page(page)
    browser.get(path_of(link))  # the learner's own look does not count
    assert "Pas encore ouvert" in browser.page(page)
    for accept in ("text/html", "application/json"):  # HEAD is given nothing, so nobody saw anything
        assert wallet.browser().client.head(path_of(link), headers={"accept": accept}).status_code in (200, 303)
    assert wallet.browser().client.head(f"/fr{path_of(link)}").status_code == 200
    assert "Pas encore ouvert" in browser.page(page)
    wallet.browser().get(path_of(link))
    wallet.browser().client.get(f"{path_of(link)}.json")
    own = browser.page(page)
    assert "par une personne" in own
    assert "par un service de vérification" in own


def test_what_is_hidden_is_said(wallet: Wallet) -> None:
    browser, [first, _] = two_credentials(wallet)
    page, _ = share(browser, first)
    assert "votre autre attestation" in browser.page(page)


@pytest.mark.parametrize(
    "data", [{"days": "30"}, {"credential": "x", "days": "30"}, {"days": "31"}, {"days": "-1"}, {"days": "9" * 50}]
)
def test_a_share_needs_a_credential_and_a_time(wallet: Wallet, data: dict[str, str]) -> None:
    browser, [first, _] = two_credentials(wallet)
    if "credential" not in data and data["days"] != "30":
        data = {**data, "credential": first}
    answer = browser.post("/fr/shares/new", data)
    assert answer.status_code == 422
    assert "<title>Erreur" in answer.text


def test_a_learner_shares_only_their_own(wallet: Wallet) -> None:
    _, [first, _] = two_credentials(wallet)
    other = wallet.learner("other@example.org", "Autre")
    assert other.post("/fr/shares/new", {"credential": first, "days": "30"}).status_code == 422


def test_a_deleted_credential_ends_its_links_and_can_come_back(wallet: Wallet) -> None:
    browser, [first, second] = two_credentials(wallet)
    _, link = share(browser, first)
    _, other_link = share(browser, second)
    deleted = browser.post(f"/fr/credentials/{first}/delete")
    assert "Supprimées récemment" in deleted.text
    assert browser.get(f"/fr/credentials/{first}").status_code == 404
    assert wallet.browser().get(path_of(link)).status_code == 410
    assert wallet.browser().get(path_of(other_link)).status_code == 200
    browser.post(f"/fr/credentials/{first}/restore")
    assert browser.get(f"/fr/credentials/{first}").status_code == 200
    assert wallet.browser().get(path_of(link)).status_code == 410


def test_a_deleted_credential_is_gone_for_good_after_thirty_days(wallet: Wallet) -> None:
    browser, [first, _] = two_credentials(wallet)
    browser.post(f"/fr/credentials/{first}/delete")
    wallet.clock.advance(days=30)
    browser.sign_in()
    assert "Supprimées récemment" not in browser.page("/fr/")
    assert browser.post(f"/fr/credentials/{first}/restore").status_code == 404


def with_a_name(wallet: Wallet, name: str = NAME) -> None:
    """From now on the college writes the learner's name into what it signs."""

    def named(credential: dict[str, Any]) -> dict[str, Any]:
        stated = {"type": "IdentityObject", "hashed": False, "identityHash": name, "identityType": "name"}
        draft = {member: value for member, value in credential.items() if member != "proof"}
        draft["credentialSubject"] = {**draft["credentialSubject"], "identifier": [stated]}
        return wallet.town.world.sign(draft)

    wallet.town.college.hand_over = named


def test_a_certificate_carries_the_link_and_ends_with_it(wallet: Wallet) -> None:
    with_a_name(wallet, "Éloïse Boréalis-Nord")
    browser, [first, second] = two_credentials(wallet)
    page, link = share(browser, first, second)
    paper = browser.page(f"{page}/paper")
    assert paper.count('<article class="a4 ') == paper.count(f'<p class="a4__link">{link}</p>') == 2
    assert '<p class="a4__name"><bdi>Éloïse Boréalis-Nord</bdi>' in paper, "the name that the institution signed"
    assert "Ce papier n’est pas la preuve." in paper
    assert wallet.learner("autre@exemple.test").get(f"{page}/paper").status_code == 404
    browser.post(f"{page}/end")
    assert browser.get(f"{page}/paper").url.path == page


def test_no_certificate_without_a_name_or_for_what_is_revoked(wallet: Wallet) -> None:
    browser, [nameless, _] = two_credentials(wallet)
    with_a_name(wallet)
    named = browser.receive(wallet.town.college.offer()).url.path.rpartition("/")[2]
    page, _ = share(browser, nameless, named)
    assert browser.page(f"{page}/paper").count('<article class="a4 ') == 1
    wallet.town.world.revoke(wallet.town.college.issued[-1])
    browser.post(f"/fr/credentials/{named}/check")
    paper = browser.page(f"{page}/paper")
    assert '<article class="a4 ' not in paper
    assert "2 attestations sont laissées de côté" in paper
