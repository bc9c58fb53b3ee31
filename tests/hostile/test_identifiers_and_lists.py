"""What is served at the issuer's addresses: identifier documents and status lists (V-DID, V-SSRF, V-STA, V-TIM)."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from typing import Any

import pytest

from keys.multibase import encode_base64url
from tests.hostile.formats import Document, verify
from tests.reports import refused
from tests.world import World

Change = Callable[[Document], Any]


def method(document: Document) -> Document:
    found: Document = document["verificationMethod"][0]
    return found


def text_of(document: Document) -> str:
    return json.dumps(document)


DOCUMENTS: dict[str, tuple[str, Change]] = {
    "another's": ("INVALID_CONTROLLED_IDENTIFIER_DOCUMENT", lambda d: {**d, "id": "did:web:other.example"}),
    "also known as": (
        "INVALID_CONTROLLED_IDENTIFIER_DOCUMENT",
        lambda d: {**d, "id": "did:web:other.example", "alsoKnownAs": [d["id"]]},
    ),
    "not for asserting": ("INVALID_RELATIONSHIP_FOR_VERIFICATION_METHOD", lambda d: {**d, "assertionMethod": []}),
    "for authentication only": (
        "INVALID_RELATIONSHIP_FOR_VERIFICATION_METHOD",
        lambda d: {name: value for name, value in d.items() if name != "assertionMethod"},
    ),
    "foreign controller": (
        "INVALID_VERIFICATION_METHOD",
        lambda d: {**d, "verificationMethod": [{**method(d), "controller": "did:web:other.example"}]},
    ),
    "private part": (
        "INVALID_VERIFICATION_METHOD",
        lambda d: {**d, "verificationMethod": [{**method(d), "secretKeyMultibase": "z3u2"}]},
    ),
    "revoked": (
        "INVALID_VERIFICATION_METHOD",
        lambda d: {**d, "verificationMethod": [{**method(d), "revoked": "2026-11-01T00:00:00Z"}]},
    ),
    "expired": (
        "INVALID_VERIFICATION_METHOD",
        lambda d: {**d, "verificationMethod": [{**method(d), "expires": "2026-11-01T00:00:00Z"}]},
    ),
    "key id twice": (
        "INVALID_CONTROLLED_IDENTIFIER_DOCUMENT",
        lambda d: {**d, "verificationMethod": d["verificationMethod"] * 2},
    ),
    "201 keys": (
        "INVALID_CONTROLLED_IDENTIFIER_DOCUMENT",
        lambda d: {**d, "verificationMethod": [{**method(d), "id": f"#k{n}"} for n in range(201)]},
    ),
    "deactivated": ("INVALID_CONTROLLED_IDENTIFIER_DOCUMENT", lambda d: {**d, "deactivated": True}),
    "HTML": ("INVALID_CONTROLLED_IDENTIFIER_DOCUMENT", lambda _: b"<!doctype html><title>404</title>"),
    "empty": ("INVALID_CONTROLLED_IDENTIFIER_DOCUMENT", lambda _: b""),
    "list": ("INVALID_CONTROLLED_IDENTIFIER_DOCUMENT", lambda d: f"[{text_of(d)}]".encode()),
    "member twice": (
        "INVALID_CONTROLLED_IDENTIFIER_DOCUMENT",
        lambda d: (text_of(d)[:-1] + f', "id": "{d["id"]}"}}').encode(),
    ),
    "member twice, escaped": (
        "INVALID_CONTROLLED_IDENTIFIER_DOCUMENT",
        lambda d: (text_of(d)[:-1] + f', "\\u0069d": "{d["id"]}"}}').encode(),
    ),
    "nested": ("INVALID_CONTROLLED_IDENTIFIER_DOCUMENT", lambda _: b'{"a":' * 100_000),
    "ten megabytes": ("INVALID_CONTROLLED_IDENTIFIER_DOCUMENT", lambda _: b" " * 10_000_000),
}


@pytest.mark.parametrize(("problem", "bend"), DOCUMENTS.values(), ids=DOCUMENTS)
def test_V_DID_1_documents(problem: str, bend: Change) -> None:
    world = World()
    credential = world.issue()
    college = world.institution
    page = bend(world.did_document(college))
    world.net.serve(f"{college.origin}/.well-known/did.json", page)
    assert refused(verify(credential, world=world), problem)
    assert len(world.net.requests) == 1  # and no list was asked


HOSTS = [
    "127.0.0.1",
    "169.254.169.254",
    "%5B%3A%3A1%5D",
    "0x7f.1",
    "0177.0.0.1",
    "2130706433",
    "user@else.example",
    "else.example%2fadmin",
    "else.example:..:admin",
    "else.example:%2e%2e:admin",
    "else.example%0d%0aX",
    "else.example%3A99999",
    "ELSE.example",
    "",
    "else.example:",
    ":else.example",
]


@pytest.mark.parametrize("host", HOSTS)
def test_V_SSRF_1_names_that_are_none_are_never_asked(host: str) -> None:
    world = World()
    draft = world.draft(credentialStatus=None)
    draft["issuer"] = f"did:web:{host}"
    signed = world.sign(draft, verification_method=f"did:web:{host}#key")
    assert refused(verify(signed, world=world), "INVALID_CONTROLLED_IDENTIFIER_DOCUMENT")
    assert world.net.requests == []


def test_V_SSRF_3_nothing_but_identifiers_and_lists_is_fetched() -> None:
    world = World()
    elsewhere = "https://else.example"
    college = world.institution
    service = {"id": "#whois", "type": "WhoisService", "serviceEndpoint": f"{elsewhere}/whois"}
    world.net.serve(f"{college.origin}/.well-known/did.json", {**world.did_document(college), "service": [service]})
    credential = world.issue(
        credentialSchema={"id": f"{elsewhere}/schema", "type": "JsonSchema"},
        relatedResource={"id": f"{elsewhere}/paper", "digestSRI": "sha384-" + "A" * 64},
        evidence=[{"id": f"{elsewhere}/evidence", "type": ["Evidence"]}],
    )
    verify(credential, world=world)
    assert world.net.requests
    assert not [url for url in world.net.requests if url.startswith(elsewhere)]


# --- lists ----------------------------------------------------------------------------------------


def packed(data: bytes) -> str:
    return "u" + encode_base64url(gzip.compress(data))


PAGES = {"empty": b"", "HTML": b"<html></html>", "null": b"null", "list": b"[]", "text": b'"list"', "cut": b'{"a":'}


@pytest.mark.parametrize("page", PAGES.values(), ids=PAGES)
def test_V_STA_1_what_is_no_list_leaves_the_status_unknown(page: bytes) -> None:
    world = World()
    credential = world.issue()
    world.net.serve(world.institution.list_url("revocation"), page)
    assert refused(verify(credential, world=world), "STATUS_RETRIEVAL_ERROR")


def test_V_STA_1_no_answer() -> None:
    world = World()
    credential = world.issue()
    world.unreachable("/status/revocation")
    assert refused(verify(credential, world=world), "STATUS_RETRIEVAL_ERROR")


LISTS: dict[str, tuple[str, dict[str, Any]]] = {
    "under another address": ("STATUS_VERIFICATION_ERROR", {"id": "https://else.example/list"}),
    "over": ("STATUS_VERIFICATION_ERROR", {"validUntil": "2026-11-22T11:58:59Z"}),
    "to come": ("STATUS_VERIFICATION_ERROR", {"validFrom": "2026-11-22T12:01:01Z"}),
    "another purpose": ("STATUS_VERIFICATION_ERROR", {"credentialSubject": {"statusPurpose": "suspension"}}),
    "not a list": ("STATUS_VERIFICATION_ERROR", {"type": ["VerifiableCredential"]}),
    "short": ("STATUS_LIST_LENGTH_ERROR", {"credentialSubject": {"encodedList": packed(bytes(16_383))}}),
    "cut": ("STATUS_VERIFICATION_ERROR", {"credentialSubject": {"encodedList": packed(bytes(16_384))[:-8]}}),
    "not packed": ("STATUS_VERIFICATION_ERROR", {"credentialSubject": {"encodedList": "uAAAA"}}),
    "a number": ("STATUS_VERIFICATION_ERROR", {"credentialSubject": {"encodedList": 5}}),
    "bomb": ("STATUS_VERIFICATION_ERROR", {"credentialSubject": {"encodedList": packed(bytes(50_000_000))}}),
    "a status of its own": (
        "STATUS_VERIFICATION_ERROR",
        {"credentialStatus": {"id": "https://else.example/s", "type": "https://else.example/#Unknown"}},
    ),
    "wide": ("STATUS_RETRIEVAL_ERROR", {"name": [{"@value": str(n), "@language": "en"} for n in range(400)]}),
}


@pytest.mark.parametrize(("problem", "changes"), LISTS.values(), ids=LISTS)
def test_V_STA_2_lists(problem: str, changes: dict[str, Any]) -> None:
    world = World()
    credential = world.issue()
    world.serve_list(world.institution, "revocation", **changes)
    assert refused(verify(credential, world=world), problem)


def test_V_STA_2_a_list_by_nobody_or_somebody_else() -> None:
    for changes in ({"signer": "Evil"}, {"signer": "Evil", "issuer": "Evil"}, {"proof": None}):
        world = World()
        credential, evil = world.issue(), world.organisation("Evil")
        named = {name: evil if name == "signer" else evil.did for name, value in changes.items() if value}
        world.serve_list(world.institution, "revocation", **named)
        if "proof" in changes:
            url = world.institution.list_url("revocation")
            page = json.loads(world.net.pages[url]())
            world.net.serve(url, {name: value for name, value in page.items() if name != "proof"})
        assert refused(verify(credential, world=world), "STATUS_VERIFICATION_ERROR")


INDEXES: list[Any] = ["-1", "x", "9" * 5000, "99999999", "١", "1e3", " 1", "1\n", "01", "", 5, 1.5, ["1", "2"], None]


@pytest.mark.parametrize("index", INDEXES)
def test_V_STA_2_V_STA_3_indexes(index: Any) -> None:
    world = World()
    draft = world.draft()
    draft["credentialStatus"][0]["statusListIndex"] = index
    if index is None:
        del draft["credentialStatus"][0]["statusListIndex"]
    signed = world.sign(draft, suite="eddsa-jcs-2022")
    assert refused(verify(signed, world=world), "RANGE_ERROR")


ENTRIES: dict[str, tuple[str, dict[str, Any]]] = {
    "two bits": ("STATUS_VERIFICATION_ERROR", {"statusSize": 2}),
    "no bits": ("STATUS_VERIFICATION_ERROR", {"statusSize": 0}),
    "another purpose": ("STATUS_VERIFICATION_ERROR", {"statusPurpose": "other"}),
    "two purposes": ("STATUS_VERIFICATION_ERROR", {"statusPurpose": ["revocation", "suspension"]}),
    "plain http": ("STATUS_RETRIEVAL_ERROR", {"statusListCredential": "http://else.example/list"}),
    "file": ("STATUS_RETRIEVAL_ERROR", {"statusListCredential": "file:///etc/passwd"}),
    "loopback": ("STATUS_RETRIEVAL_ERROR", {"statusListCredential": "https://127.0.0.1/list"}),
}


@pytest.mark.parametrize(("problem", "changes"), ENTRIES.values(), ids=ENTRIES)
def test_V_STA_3_V_SSRF_2_entries(problem: str, changes: dict[str, Any]) -> None:
    world = World()
    draft = world.draft()
    draft["credentialStatus"][0].update(changes)
    assert refused(verify(world.sign(draft), world=world), problem)


def test_V_STA_3_one_of_several_is_enough() -> None:
    world = World()
    first, second = world.status_entries(world.institution, "revocation", "revocation")
    second["statusListIndex"] = str(int(second["statusListIndex"]) + 1)
    credential = world.issue(credentialStatus=[first, second])
    world.institution.lists["revocation"][int(second["statusListIndex"])] = 1
    assert refused(verify(credential, world=world), "CREDENTIAL_REVOKED")


# --- time -----------------------------------------------------------------------------------------

TIMES: list[Any] = [
    "2026-01-01T24:00:01Z",
    "2026-02-30T00:00:00Z",
    "2026-01-01",
    "2026-01-01T00:00:00Z\n",
    "٢٠٢٦-01-01T00:00:00Z",
    "99999-01-01T00:00:00Z",
    "0000-01-01T00:00:00Z",
    "2026-01-01T00:00:00+99:00",
    "yesterday",
    "",
    5,
    -1,
    1e300,
    True,
    [],
    ["2026-01-01T00:00:00Z"],
    {"@value": "2026-01-01T00:00:00Z"},
]


@pytest.mark.parametrize("member", ["validFrom", "validUntil"])
@pytest.mark.parametrize("value", TIMES)
def test_V_TIM_3_what_is_no_time(member: str, value: Any) -> None:
    world = World()
    draft = world.draft(credentialStatus=None)
    draft.pop("validFrom")
    signed = {**world.sign(draft), member: value}
    assert refused(verify(signed, world=world), "MALFORMED_VALUE_ERROR")


@pytest.mark.parametrize(
    "dates",
    [
        {"validUntil": "9999-12-31T23:59:59Z"},
        {"validUntil": "9999-12-31T23:59:59-05:00"},
        {"validUntil": "9999-12-31T24:00:00Z"},
        {"validFrom": "0001-01-01T00:00:00Z"},
        {"validFrom": "0001-01-01T00:00:00+14:00"},
    ],
)
def test_V_TIM_3_the_ends_of_the_calendar_are_times(dates: dict[str, Any]) -> None:
    world = World()
    assert verify(world.issue(**dates), world=world).verified
