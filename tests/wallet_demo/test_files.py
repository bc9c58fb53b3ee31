"""Credentials that the learner has as a file (W-IMP-1: tampered, foreign and doubled ones are never taken as own)."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from tests.verifier.test_pages import one_pixel
from tests.wallet_demo.conftest import PUBLIC_URL, Browser, Wallet
from vc import baking

SVG = b'<svg xmlns="http://www.w3.org/2000/svg"/>'


@pytest.fixture
def browser(wallet: Wallet) -> Browser:
    learner = wallet.learner()
    learner.receive(wallet.town.college.offer())
    return learner


def add(browser: Browser, content: bytes) -> httpx.Response:
    return browser.client.post(
        "/fr/add/file",
        data={"csrf_token": browser.token()},
        files={"file": ("badge", content, "application/octet-stream")},
        headers={"accept": "text/html", "origin": PUBLIC_URL},
    )


def another(wallet: Wallet) -> dict[str, Any]:
    """One more credential of the same learner, which never went through an offer."""
    [first] = wallet.town.college.issued
    return wallet.town.college.issue_to(first["credentialSubject"]["id"], name="By file")


@pytest.mark.parametrize("image", [None, one_pixel(), SVG], ids=["json", "png", "svg"])
def test_ones_own_credential_is_kept_with_its_recognitions(
    wallet: Wallet, browser: Browser, image: bytes | None
) -> None:
    text = json.dumps(another(wallet))
    answer = add(browser, baking.bake(image, text) if image else text.encode())
    assert answer.status_code == 200
    assert "By file" in answer.text
    assert "Reconnaissances gardées avec elle" in answer.text
    assert add(browser, text.encode()).url.path == answer.url.path, "the very same is kept once"


def altered(wallet: Wallet) -> bytes:
    return json.dumps({**another(wallet), "name": "Medicine"}).encode()


def foreign(wallet: Wallet) -> bytes:
    return json.dumps(wallet.town.world.issue(learner="somebody else")).encode()


def revoked(wallet: Wallet) -> bytes:
    credential = another(wallet)
    wallet.town.world.revoke(credential)
    return json.dumps(credential).encode()


def doubled(wallet: Wallet) -> bytes:
    once = baking.bake(one_pixel(), json.dumps(another(wallet)))
    at = once.index(b"iTXt") - 4
    end = once.index(b"IDAT", at) - 4 if once.index(b"IDAT") > at else once.index(b"IEND", at) - 4
    return once[:end] + once[at:end] + once[end:]


def nothing(_wallet: Wallet) -> bytes:
    return b""


def no_json(_wallet: Wallet) -> bytes:
    return b"hello"


def no_credential(_wallet: Wallet) -> bytes:
    return b'{"type": "SharePack"}'


def huge(_wallet: Wallet) -> bytes:
    return b" " * (baking.MAX_IMAGE_BYTES + 1)


@pytest.mark.parametrize(
    ("made", "sentence"),
    [
        (altered, "ne correspond pas à son sceau numérique"),
        (foreign, "délivrée au portefeuille de quelqu’un d’autre"),
        (revoked, "L’établissement a révoqué cette attestation"),
        (doubled, "Cette image ne porte aucune attestation, ou en porte plusieurs"),
        (nothing, "Choisissez un fichier"),
        (no_json, "Il n’y a pas d’attestation en JSON dans ce fichier"),
        (no_credential, "Il n’y a pas d’attestation en JSON dans ce fichier"),
        (huge, "Ce fichier est trop volumineux"),
    ],
)
def test_W_IMP_1_what_is_not_sound_and_ones_own_is_not_kept(
    wallet: Wallet, browser: Browser, made: Any, sentence: str
) -> None:
    before = browser.page("/fr/").count("/fr/credentials/")
    answer = add(browser, made(wallet))
    assert answer.status_code == 422
    assert sentence in answer.text
    assert browser.page("/fr/").count("/fr/credentials/") == before
