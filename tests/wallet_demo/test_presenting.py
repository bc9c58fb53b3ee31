"""Presenting: the learner sees who asks, chooses, agrees; the verifier gets what it asked for and no more."""

from __future__ import annotations

import re
from typing import Any, Literal
from urllib.parse import parse_qsl, urlsplit

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from tests.certificates import CertificateAuthority
from tests.wallet_demo.conftest import Browser, Wallet
from vc import openid4vp as vp
from vc.findings import Verdict
from vc.jose import jws

CHOICE = re.compile(r'name="(choice-[^"]+)"[^>]* value="([^"]+)"')


@pytest.fixture
def browser(wallet: Wallet) -> Browser:
    learner = wallet.learner()
    learner.receive(wallet.town.college.offer())
    return learner


def look(browser: Browser, link: str) -> Any:
    return browser.post("/fr/present", {"link": link})


def answer(browser: Browser, page: Any) -> Any:
    return browser.post(f"{page.url.path}/answer", dict(CHOICE.findall(page.text)))


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"encrypted": True},
        {"by": "did"},
        {"by": "did", "method": "post", "encrypted": True},
        {"by": "certificate"},
        {"by": "certificate", "method": "post", "encrypted": True},
    ],
    ids=str,
)
def test_a_request_is_answered_with_a_bound_presentation(
    wallet: Wallet, browser: Browser, options: dict[str, Any]
) -> None:
    page = look(browser, wallet.town.employer.ask(**options))
    assert "employer.example demande" in page.text
    assert "Ateliers Montcalme" in page.text
    assert ("n’est pas signée" in page.text) is ("by" not in options)
    done = answer(browser, page)
    assert done.status_code == 200
    assert "https://employer.example/done?response_code=abc" in done.text
    [report] = wallet.town.employer.answers
    assert report.verdict is Verdict.VALID
    [form] = wallet.town.employer.forms
    assert [name for name, _ in form] == (["response"] if options.get("encrypted") else ["vp_token", "state"])
    assert "employer.example" in browser.page("/fr/shares")


def test_P_RPL_1_a_request_is_answered_once(wallet: Wallet, browser: Browser) -> None:
    page = look(browser, wallet.town.employer.ask())
    answer(browser, page)
    assert browser.get(page.url.path).status_code == 404
    assert browser.post(f"{page.url.path}/answer").status_code == 404
    assert len(wallet.town.employer.answers) == 1


class Killed(BaseException):
    """What ends the wallet in the middle."""


def test_I_DUR_1_what_was_shown_is_in_the_log_whatever_the_verifier_says(wallet: Wallet, browser: Browser) -> None:
    page = look(browser, wallet.town.employer.ask())
    [uri] = [request.response_uri for request in wallet.town.employer.requests.values()]
    wallet.town.posts[uri] = lambda _body, _auth: (500, {})
    assert answer(browser, page).status_code == 422
    assert "employer.example" in browser.page("/fr/shares")


def test_D_KIL_what_was_shown_is_in_the_log_though_the_wallet_ends_before_it_is_told(
    wallet: Wallet, browser: Browser
) -> None:
    page = look(browser, wallet.town.employer.ask())
    [uri] = [request.response_uri for request in wallet.town.employer.requests.values()]

    def end(_body: bytes, _auth: Any) -> tuple[int, Any]:
        raise Killed

    wallet.town.posts[uri] = end
    with pytest.raises(Killed):
        answer(browser, page)
    assert "employer.example" in browser.page("/fr/shares")


def test_I_DUR_1_what_a_verifier_took_without_a_word_is_in_the_log(wallet: Wallet, browser: Browser) -> None:
    page = look(browser, wallet.town.employer.ask())
    wallet.town.down.update(request.response_uri for request in wallet.town.employer.requests.values())
    assert "a peut-être reçu" in answer(browser, page).text
    assert "employer.example" in browser.page("/fr/shares")


def test_what_could_not_be_sent_was_shown_to_nobody(wallet: Wallet, browser: Browser) -> None:
    page = look(browser, wallet.town.employer.ask())
    wallet.town.posts.clear()
    assert answer(browser, page).status_code == 422
    assert "employer.example" not in browser.page("/fr/shares")


def test_a_refusal_is_told_and_shows_nothing(wallet: Wallet, browser: Browser) -> None:
    page = look(browser, wallet.town.employer.ask())
    assert "Rien n’a été montré" in browser.post(f"{page.url.path}/decline").text
    assert wallet.town.employer.refusals == ["access_denied"]
    assert wallet.town.employer.answers == []


def test_nothing_fits_nothing_is_sent(wallet: Wallet, browser: Browser) -> None:
    query = {"credentials": [vp.ldp_vc_query("x", type_values=[["urn:none"]])]}
    page = look(browser, wallet.town.employer.ask(query=query))
    assert "Aucune de vos attestations" in page.text
    assert browser.post(f"{page.url.path}/answer", {"choice-x": "anything"}).status_code == 422
    assert wallet.town.employer.answers == []


def test_only_a_credential_that_fits_can_be_chosen(wallet: Wallet, browser: Browser) -> None:
    page = look(browser, wallet.town.employer.ask())
    for choice in ({}, {"choice-badge": "another"}, {"choice-other": "x"}):
        refused = browser.post(f"{page.url.path}/answer", choice)
        assert refused.status_code == 422
        assert "Choisissez" in refused.text
    assert wallet.town.employer.answers == []


def test_a_claim_that_must_have_a_value(wallet: Wallet, browser: Browser) -> None:
    issuer = wallet.town.world.institution.did
    for value, fits in ((issuer, True), ("did:web:other.example", False)):
        query = {"credentials": [vp.ldp_vc_query("b", claims=[{"path": ["issuer", "id"], "values": [value]}])]}
        page = look(browser, wallet.town.employer.ask(query=query))
        assert bool(CHOICE.findall(page.text)) is fits


def test_a_bare_credential_only_where_no_proof_is_asked_for(wallet: Wallet, browser: Browser) -> None:
    query = {"credentials": [{**vp.ldp_vc_query("b"), "require_cryptographic_holder_binding": False}]}
    page = look(browser, wallet.town.employer.ask(query=query))
    assert "La preuve que vous en êtes titulaire" not in page.text
    answer(browser, page)
    [report] = wallet.town.employer.answers
    assert not report.verified


@pytest.mark.parametrize("link", ["", "hello", "openid4vp://?client_id=x509_san_dns:a.example", "openid4vp://"])
def test_what_is_no_request_is_said(browser: Browser, link: str) -> None:
    assert look(browser, link).status_code == 422


def test_V_PRF_3_a_signature_of_another_is_not_answered(wallet: Wallet, browser: Browser) -> None:
    link = wallet.town.employer.ask(by="did")
    address = dict(parse_qsl(urlsplit(link).query))["request_uri"]
    stranger = wallet.town.world.organisation("Stranger")
    [request] = wallet.town.employer.requests.values()
    forged = jws.sign(
        {**request.parameters(), "aud": "https://self-issued.me/v2"},
        signer=stranger.key,
        typ=vp.REQUEST_OBJECT_TYPE,
        kid=wallet.town.employer.party.verification_method,
    )
    wallet.town.world.net.serve(address, forged.encode())
    refused = look(browser, link)
    assert refused.status_code == 422
    assert "On ne peut pas se fier" in refused.text


def test_V_PRF_3_a_certificate_by_somebody_unknown_is_not_believed(wallet: Wallet, browser: Browser) -> None:
    link = wallet.town.employer.ask(by="certificate")
    authorities = wallet.folder / "authorities.pem"
    for nobody in (CertificateAuthority(wallet.town.now).certificate.public_bytes(Encoding.PEM), b"", None):
        authorities.write_bytes(nobody) if nobody is not None else authorities.unlink()
        refused = look(browser, link)
        assert refused.status_code == 422
        assert "On ne peut pas se fier" in refused.text


def test_a_verifier_that_does_not_take_it_is_named(wallet: Wallet, browser: Browser) -> None:
    page = look(browser, wallet.town.employer.ask())
    [address] = [url for url in wallet.town.posts if "/answers/" in url]
    wallet.town.down.add(address)
    refused = answer(browser, page)
    assert refused.status_code == 422
    assert "employer.example n’a pas répondu" in refused.text
    wallet.town.down.clear()
    assert answer(browser, page).status_code == 200


def test_a_requests_own_address_leads_here(wallet: Wallet, browser: Browser) -> None:
    query = wallet.town.employer.ask().partition("?")[2]
    page = browser.get(f"/present?{query}")
    assert page.url.path == "/fr/present"
    assert "Une demande est arrivée" in page.text


def test_a_request_of_another_learner_is_not_found(wallet: Wallet, browser: Browser) -> None:
    page = look(browser, wallet.town.employer.ask())
    other = wallet.learner("other@example.org", "Autre")
    assert other.get(page.url.path).status_code == 404
    assert other.post(f"{page.url.path}/decline").status_code == 404


# --- recognitions beside the credential ---


def kinds_in(wallet: Wallet) -> list[str]:
    """The types of what the last presentation held."""
    presented = wallet.town.employer.answers[-1].presentation or {}
    return [one["type"][1] for one in presented["verifiableCredential"]]


def test_a_verifier_that_does_not_ask_for_recognitions_gets_none(wallet: Wallet, browser: Browser) -> None:
    answer(browser, look(browser, wallet.town.employer.ask()))
    assert kinds_in(wallet) == ["OpenBadgeCredential"]


@pytest.mark.parametrize("by", ["address", "did"])
def test_a_verifier_that_reads_recognitions_gets_them_beside_the_credential(
    wallet: Wallet, browser: Browser, by: Literal["address", "did"]
) -> None:
    page = look(browser, wallet.town.employer.ask(by=by, takes_recognitions=True))
    wallet.town.world.unreachable("whois")
    answer(browser, page)
    assert kinds_in(wallet) == ["OpenBadgeCredential", "RecognizedEntityCredential"]
    [report] = wallet.town.employer.answers
    assert report.verdict is Verdict.VALID, "recognised by what was stapled: nobody answered for it"
    assert len(report.credentials) == 1
