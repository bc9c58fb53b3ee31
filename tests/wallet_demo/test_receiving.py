"""From an offer to a credential in the passport, and everything that must not get in (W-IMP-1)."""

from __future__ import annotations

import io
from copy import deepcopy
from typing import Any

import pytest
from PIL import Image

from kit import qr
from tests.wallet_demo.conftest import Browser, Wallet
from vc import openid4vci as vci
from vc.openid4vci import NotificationEvent

CODE = "482913"


def fetch(browser: Browser, link: str, tx_code: str = "") -> Any:
    return browser.post("/fr/offer", {"link": link, "tx_code": tx_code})


@pytest.mark.parametrize("by_reference", [False, True])
def test_an_offer_is_received_with_its_code(wallet: Wallet, by_reference: bool) -> None:
    browser = wallet.learner()
    link = wallet.town.college.offer(tx_code=CODE, by_reference=by_reference)
    page = browser.receive(link, tx_code="482 913")
    assert "/fr/credentials/" in page.url.path
    assert "Data analysis 101 (fr)" in page.text
    assert "Talent committee" in page.text
    assert [notice.event for notice in wallet.town.college.notices] == [NotificationEvent.CREDENTIAL_ACCEPTED]
    assert "Data analysis 101 (fr)" in browser.page("/fr/")


def test_a_server_may_publish_its_metadata_where_openid_has_it(wallet: Wallet) -> None:
    pages, origin = wallet.town.world.net.pages, wallet.town.college.origin
    (specified,) = vci.well_known_urls(origin, vci.AUTHORIZATION_SERVER_METADATA)
    pages[f"{origin}/.well-known/openid-configuration"] = pages.pop(specified)
    assert wallet.learner().receive(wallet.town.college.offer()).status_code == 200


def test_looking_at_an_offer_spends_nothing_and_shows_who_offers(wallet: Wallet) -> None:
    browser = wallet.learner()
    link = wallet.town.college.offer(tx_code=CODE)
    page = browser.page("/fr/offer?" + link.partition("?")[2])
    assert "northern-college.example" in page
    assert "Collège du Nord" in page
    assert "Code à 6 chiffres" in page
    assert wallet.town.posted == []


def test_a_wrong_code_can_be_corrected(wallet: Wallet) -> None:
    browser = wallet.learner()
    link = wallet.town.college.offer(tx_code=CODE)
    refused = fetch(browser, link, "000000")
    assert refused.status_code == 422
    assert "<title>Erreur" in refused.text
    assert 'href="#tx_code"' in refused.text
    assert "/received/" in fetch(browser, link, CODE).url.path


def test_a_missing_code_is_asked_for_before_anything_is_sent(wallet: Wallet) -> None:
    browser = wallet.learner()
    assert fetch(browser, wallet.town.college.offer(tx_code=CODE)).status_code == 422
    assert wallet.town.posted == []


def test_I_OID_1_a_spent_offer_says_what_to_do(wallet: Wallet) -> None:
    browser = wallet.learner()
    link = wallet.town.college.offer()
    browser.receive(link)
    again = fetch(browser, link)
    assert again.status_code == 422
    assert "Demandez un nouveau lien" in again.text


def test_nothing_is_kept_before_the_learner_accepts(wallet: Wallet) -> None:
    browser = wallet.learner()
    received = fetch(browser, wallet.town.college.offer())
    assert "Votre passeport est vide" in browser.page("/fr/")
    assert "attend votre réponse" in browser.page("/fr/")
    browser.post(f"{received.url.path}/refuse")
    assert "attend votre réponse" not in browser.page("/fr/")
    assert [notice.event for notice in wallet.town.college.notices] == [NotificationEvent.CREDENTIAL_DELETED]


def test_an_error_is_reported_in_the_learners_words(wallet: Wallet) -> None:
    browser = wallet.learner()
    received = fetch(browser, wallet.town.college.offer())
    assert browser.post(f"{received.url.path}/report", {"reason": " "}).status_code == 422
    answer = browser.post(f"{received.url.path}/report", {"reason": "Mon nom s’écrit Boréalis"})
    assert "L’établissement sait" in answer.text
    assert wallet.town.college.notices == [
        vci.Notification("notice-1", NotificationEvent.CREDENTIAL_FAILURE, "Mon nom s’écrit Boréalis")
    ]
    assert "Votre passeport est vide" in browser.page("/fr/")


def tampered(credential: dict[str, Any]) -> dict[str, Any]:
    changed = deepcopy(credential)
    changed["credentialSubject"]["achievement"]["name"] = "Doctorate"
    return changed


def unsigned(credential: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in credential.items() if name != "proof"}


@pytest.mark.parametrize("change", [tampered, unsigned, lambda _: "eyJ.not.one", lambda _: {"type": []}])
def test_W_IMP_1_what_is_not_sound_is_not_kept(wallet: Wallet, change: Any) -> None:
    wallet.town.college.hand_over = change
    browser = wallet.learner()
    answer = fetch(browser, wallet.town.college.offer())
    assert answer.status_code == 422
    assert "n’a pas été ajoutée" in answer.text
    assert "attend votre réponse" not in browser.page("/fr/")
    assert [notice.event for notice in wallet.town.college.notices] == [NotificationEvent.CREDENTIAL_FAILURE]


def test_W_IMP_1_somebody_elses_credential_is_not_kept(wallet: Wallet) -> None:
    other = wallet.town.world.learner("someone else").did
    wallet.town.college.hand_over = lambda _: wallet.town.college.issue_to(other)
    answer = fetch(wallet.learner(), wallet.town.college.offer())
    assert answer.status_code == 422
    assert "portefeuille de quelqu’un d’autre" in answer.text


def test_W_IMP_1_the_same_credential_twice_is_kept_once(wallet: Wallet) -> None:
    browser = wallet.learner()
    first = browser.receive(wallet.town.college.offer())
    wallet.town.college.hand_over = lambda _: wallet.town.college.issued[0]
    second = browser.receive(wallet.town.college.offer())
    assert second.url.path == first.url.path
    assert "Toutes (1)" in browser.page("/fr/")


def test_a_revoked_credential_is_not_kept(wallet: Wallet) -> None:
    def revoked(credential: dict[str, Any]) -> dict[str, Any]:
        wallet.town.world.revoke(credential)
        return credential

    wallet.town.college.hand_over = revoked
    assert "déjà révoqué" in fetch(wallet.learner(), wallet.town.college.offer()).text


def test_what_cannot_be_checked_now_is_offered_with_its_mark(wallet: Wallet) -> None:
    wallet.town.world.unreachable("/status/")
    browser = wallet.learner()
    received = fetch(browser, wallet.town.college.offer())
    assert "n’a pas pu être vérifiée" in received.text
    page = browser.post(f"{received.url.path}/accept")
    assert "Vérification incomplète" in page.text
    wallet.town.world.net.failures.clear()
    again = browser.post(f"{page.url.path}/check")
    assert "Ni modifiée, ni révoquée" in again.text


def test_V_TRU_an_issuer_nobody_recognises_gets_no_card(wallet: Wallet) -> None:
    unknown = wallet.town.world.organisation("Fancy Academy")

    def by_another(credential: dict[str, Any]) -> dict[str, Any]:
        holder = credential["credentialSubject"]["id"]
        draft = wallet.town.world.draft("Astrology", issuer=unknown.name)
        draft["credentialSubject"] = {**draft["credentialSubject"], "id": holder}
        return wallet.town.world.sign(draft, issuer=unknown.name)

    wallet.town.college.hand_over = by_another
    browser = wallet.learner()
    page = browser.receive(wallet.town.college.offer())
    assert "Aucun" in page.text or "aucun registre de confiance" in page.text
    assert 'class="doc ' not in page.text
    assert 'class="doc ' not in browser.page("/fr/")


@pytest.mark.parametrize(
    "link",
    [
        "",
        "hello",
        "openid-credential-offer://?x=1",
        "javascript:alert(1)",
        "openid-credential-offer://?credential_offer={",
    ],
)
def test_what_is_no_offer_is_said_beside_the_field(wallet: Wallet, link: str) -> None:
    answer = wallet.learner().post("/fr/add", {"link": link})
    assert answer.status_code == 422
    assert "Exemple" in answer.text or "Copiez le lien entier" in answer.text


def test_an_unreachable_issuer_is_named(wallet: Wallet) -> None:
    link = wallet.town.college.offer()
    wallet.town.world.unreachable("openid-credential-issuer")
    answer = wallet.learner().post("/fr/add", {"link": link})
    assert answer.status_code == 422
    assert "northern-college.example n’a pas répondu" in answer.text


def test_V_SSRF_1_metadata_of_another_issuer_is_not_believed(wallet: Wallet) -> None:
    offer = vci.CredentialOffer("https://northern-college.example/", ("badge",), pre_authorized_code="x" * 22)
    answer = wallet.learner().post("/fr/add", {"link": offer.link()})
    assert answer.status_code == 422
    assert wallet.town.posted == []


def picture(*texts: str) -> bytes:
    tiles = [Image.open(io.BytesIO(qr.png(text))).convert("L") for text in texts]
    sheet = Image.new("L", (sum(tile.width for tile in tiles), max(tile.height for tile in tiles)), 255)
    x = 0
    for tile in tiles:
        sheet.paste(tile, (x, 0))
        x += tile.width
    buffer = io.BytesIO()
    sheet.save(buffer, "PNG")
    return buffer.getvalue()


def test_a_photographed_code_leads_to_the_offer(wallet: Wallet) -> None:
    image = picture(wallet.town.college.offer(by_reference=True))
    answer = wallet.learner().post("/fr/add", files={"image": ("code.png", image, "image/png")})
    assert answer.status_code == 200
    assert "Analyse de données 101" in answer.text


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (picture("openid-credential-offer://?a=1", "openid-credential-offer://?a=2"), "plusieurs codes"),
        (picture("https://example.org/"), "n’est pas une attestation"),
        (b"<svg/>", "n’est pas une image"),
    ],
    ids=["two codes", "another code", "no picture"],
)
def test_W_IMP_1_I_FIL_2_pictures_that_do_not_help(wallet: Wallet, content: bytes, said: str) -> None:
    answer = wallet.learner().post("/fr/add", files={"image": ("code.png", content, "image/png")})
    assert answer.status_code == 422
    assert said in answer.text


def test_a_code_of_a_request_leads_to_the_request(wallet: Wallet) -> None:
    link = wallet.town.employer.ask(by="did")
    answer = wallet.learner().post("/fr/add", {"link": link})
    assert answer.url.path == "/fr/present"


def test_the_link_of_an_issuer_survives_the_sign_in(wallet: Wallet) -> None:
    browser = wallet.browser()
    browser.sign_up()
    query = wallet.town.college.offer(tx_code=CODE).partition("?")[2]
    asked = browser.get(f"/offer?{query}")
    assert asked.url.path == "/fr/sign-in"
    target = asked.url.params["next"]
    answer = browser.post(
        "/fr/sign-in", {"email": "eloise@example.org", "passphrase": "quatre mots bien à moi", "next": target}
    )
    assert answer.url.path == "/fr/offer"
    assert "northern-college.example" in answer.text
