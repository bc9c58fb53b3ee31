"""Identifiers that are https addresses: fetched at themselves, held to narrow names."""

from __future__ import annotations

import json
from typing import Any

import pytest

from keys import KeyType, PrivateKey
from keys.dids import DidNotResolved, InvalidDid, InvalidDidDocument, InvalidVerificationMethod, resolve
from keys.fetching import Fetched, FetchFailed, NoNetwork

KEY = PrivateKey.generate(KeyType.ED25519).public
ISSUER = "https://college.example/issuers/7"
METHOD = f"{ISSUER}#{KEY.multikey}"


class Shelf:
    """Serves one document at one address."""

    def __init__(self, document: Any, url: str = ISSUER) -> None:
        self.body, self.url = json.dumps(document).encode(), url

    def fetch(self, url: str, *, accept: tuple[str, ...], max_bytes: int) -> Fetched:  # noqa: ARG002 (protocol)
        if url != self.url:
            raise FetchFailed(url, "nobody there")
        return Fetched(url, "application/json", self.body)


def document(**change: Any) -> dict[str, Any]:
    method = {"id": METHOD, "type": "Multikey", "controller": ISSUER, "publicKeyMultibase": KEY.multikey}
    return {"id": ISSUER, "assertionMethod": [method], **change}


def test_its_key_comes_from_the_document_at_the_address() -> None:
    found = resolve(ISSUER, fetcher=Shelf(document()))
    assert found.verification_method(METHOD, purpose="assertionMethod").public_key == KEY


def test_V_DID_1_another_id_or_controller_is_refused() -> None:
    with pytest.raises(InvalidDidDocument):
        resolve(ISSUER, fetcher=Shelf(document(id="https://college.example/issuers/8")))
    foreign = document()
    foreign["assertionMethod"][0]["controller"] = "https://college.example/issuers/8"
    with pytest.raises(InvalidVerificationMethod):
        resolve(ISSUER, fetcher=Shelf(foreign)).verification_method(METHOD, purpose="assertionMethod")


def test_nobody_there_is_no_verdict() -> None:
    with pytest.raises(DidNotResolved):
        resolve(ISSUER, fetcher=NoNetwork())


@pytest.mark.parametrize(
    "address",
    [
        "https://",
        "https:///x",
        "https://127.0.0.1/x",
        "https://0x7f.1/x",
        "https://[::1]/x",
        "https://user@college.example/x",
        "https://college.example:0/x",
        "https://college.example:99999/x",
        "https://College.example/x",
        "https://college.example/x?y=1",
        "https://college.example/x#y",
        "https://college.example/../x",
        "https://college.example/a/./x",
        "https://college.example/a b",
        "https://college.example/a\r\nb",
        "https://college.example\\@evil.example/",
        "https://college.example/" + "a" * 3_000,
    ],
)
def test_V_SSRF_1_odd_addresses_are_refused_before_anybody_is_asked(address: str) -> None:
    with pytest.raises(InvalidDid):
        resolve(address, fetcher=Shelf(document(), url=address))
