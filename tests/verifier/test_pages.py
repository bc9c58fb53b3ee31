"""The employer's pages over HTTP; what they look like in a browser is in `tests/journeys`."""

from __future__ import annotations

import html
import json
import re
import struct
import zlib
from typing import Any

import pytest

from tests.packs import pack_of
from tests.verifier.conftest import Counter
from vc import baking
from verifier.views import content_of


def test_the_entry_page_leads_to_the_readers_language(counter: Counter) -> None:
    answer = counter.client.get("/", headers={"accept-language": "en"}, follow_redirects=False)
    assert answer.headers["location"] == "/en/"
    assert counter.client.get("/", follow_redirects=False).headers["location"] == "/fr/"


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ["Valid credential, holder to be confirmed", "Who issued it?", "Northern College", "Talent committee"]),
        ("fr", ["Attestation valide, titulaire à confirmer", "Northern College", "Talent committee"]),
    ],
)
def test_a_pasted_credential_gets_its_verdict(counter: Counter, language: str, words: list[str]) -> None:
    page = counter.page(json.dumps(counter.world.issue()), language=language)
    assert not [word for word in words if word not in page]


@pytest.mark.parametrize(
    ("points_at", "shown"),
    [("urn:mark", "87\u00a0%"), (["urn:mark"], "87\u00a0%"), ({"id": "urn:mark"}, "87\u00a0%"), ([["x"], 5], "87")],
)
def test_V_JSON_4_V_TAM_1_a_result_is_shown_however_it_points_at_its_description(
    counter: Counter, points_at: Any, shown: str
) -> None:
    draft = counter.world.draft()
    subject = draft["credentialSubject"]
    subject["achievement"]["resultDescription"] = [{"id": "urn:mark", "type": "X", "resultType": "Percent"}]
    subject["result"] = [{"type": ["Result"], "value": "87", "resultDescription": points_at}]
    assert content_of(draft, "fr").results == (shown,)


def test_an_institution_may_be_named_in_two_languages(counter: Counter) -> None:
    draft = counter.world.draft()
    names = [{"@value": "Collège du Nord", "@language": "fr-CA"}, {"@value": "Northern College", "@language": "en-CA"}]
    draft["issuer"]["name"] = names
    page = counter.page(json.dumps(counter.world.sign(draft)), language="fr")
    assert "Collège du Nord" in page
    assert "@language" not in page.partition("<h1")[2].partition("<input")[0]


def test_the_verdict_of_an_altered_one_shows_nothing_of_it(counter: Counter) -> None:
    page = counter.page(json.dumps({**counter.world.issue(), "name": "Brain surgery"}))
    assert "Document altered: do not accept it" in page
    shown = re.sub(r'<input type="hidden"[^>]*>', "", page)
    assert "Brain surgery" not in shown, "only what *verify again* sends carries it"


@pytest.mark.parametrize("text", ["nonsense", "{}", "[1]", '{"a":1,"a":2}', "<script>alert(1)</script>", "a.b.c", "~"])
def test_what_cannot_be_read_is_a_verdict_too(counter: Counter, text: str) -> None:
    page = counter.page(text)
    assert "Document cannot be read" in page
    assert "<script>alert" not in page


def test_nothing_pasted_says_what_to_do(counter: Counter) -> None:
    assert "Paste a credential or a link, or choose a file." in counter.page("", status=422)


def test_a_link_is_opened(counter: Counter) -> None:
    link = "https://wallet.example/s/abc"
    counter.world.net.serve(link, counter.world.present(counter.world.issue(), domain=link))
    assert "Valid credential" in counter.page(link)
    by_address = counter.client.get("/en/check", params={"link": link})
    assert "Valid credential" in by_address.text


def test_the_verdict_on_a_link_is_had_in_the_other_language_too(counter: Counter) -> None:
    link = "https://wallet.example/s/abc?x=1&y=2"
    counter.world.net.serve(link, counter.world.present(counter.world.issue(), domain=link))
    switch = re.search(r'<a class="lang" href="([^"]+)"', counter.page(link))
    assert switch
    assert "Attestation valide" in counter.client.get(html.unescape(switch[1])).text


def test_the_address_of_a_verdict_by_itself_is_the_form(counter: Counter) -> None:
    answer = counter.client.get("/fr/check", follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/fr/")


def test_what_stands_in_the_folded_details_is_in_the_language_of_the_page(counter: Counter) -> None:
    document = json.dumps(counter.world.issue())
    english = "Nobody was asked to prove that the credential is theirs."
    assert english in html.unescape(counter.page(document))
    assert english not in html.unescape(counter.page(document, language="fr"))


def test_a_link_that_ended_says_so_and_keeps_what_was_typed(counter: Counter) -> None:
    page = counter.page("https://wallet.example/s/gone", status=422)
    assert "The link could not be opened." in page
    assert "https://wallet.example/s/gone" in page


@pytest.mark.parametrize("link", ["bonjour", "", "http://wallet.example/s/1", "https://a.example/ b"])
def test_what_is_no_link_in_the_address_is_said(counter: Counter, link: str) -> None:
    answer = counter.client.get("/fr/check", params={"link": link}, follow_redirects=False)
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert "Ce n’est pas un lien" in answer.text or not link


def uploaded(counter: Counter, name: str, data: bytes) -> str:
    answer = counter.client.post(
        "/en/check",
        data={"csrf_token": counter.token("/en/")},
        files={"file": (name, data, "application/octet-stream")},
    )
    assert answer.status_code in (200, 422), answer.text[:500]
    return answer.text


def test_files_are_read_by_what_they_hold(counter: Counter) -> None:
    credential = json.dumps(counter.world.issue()).encode()
    for name, data in (
        ("badge.json", credential),
        ("badge.png", baking.bake(one_pixel(), credential.decode())),
        ("badge.exe", b"\n " + credential),
    ):
        assert "Valid credential" in uploaded(counter, name, data), name


@pytest.mark.parametrize("data", [baking.PNG_SIGNATURE, b"<svg", b"<?xml version='1.0'?><!DOCTYPE a>"])
def test_a_picture_without_a_credential_says_what_to_ask_for(counter: Counter, data: bytes) -> None:
    assert "This picture carries no credential" in uploaded(counter, "badge.png", data)


def test_forms_without_their_token_are_refused(counter: Counter) -> None:
    assert counter.client.post("/en/check", data={"text": "{}"}).status_code == 403


def test_whom_this_verifier_trusts(counter: Counter) -> None:
    page = counter.client.get("/en/trust").text
    assert "Talent committee" in page


def test_addresses_that_are_not_there(counter: Counter) -> None:
    for path in ("/en/nothing", "/de/", "/en/ask/unknown", "/oid4vp/unknown/request"):
        assert counter.client.get(path).status_code == 404, path


def one_pixel() -> bytes:
    """The smallest PNG."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)
    pixels = zlib.compress(b"\x00\x00")
    return baking.PNG_SIGNATURE + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def test_a_share_pack_is_checked_as_of_today_where_the_network_answers(counter: Counter) -> None:
    page = uploaded(counter, "pack.json", pack_of(counter.world, counter.world.issue()))
    assert "Valid credential, holder to be confirmed" in page
    assert "This is the state on" not in page


def test_a_share_pack_says_of_which_day_it_speaks(counter: Counter) -> None:
    data = pack_of(counter.world, counter.world.issue())
    counter.world.unreachable("/status/")
    page = uploaded(counter, "pack.json", data)
    assert "Valid credential, holder to be confirmed" in page
    assert "This is the state on November 22, 2026" in page


def test_a_share_pack_that_was_spoilt_cannot_be_read(counter: Counter) -> None:
    data = pack_of(counter.world, counter.world.issue()).replace(b'"version": 1', b'"version": 7')
    assert "Document cannot be read" in uploaded(counter, "pack.json", data)
