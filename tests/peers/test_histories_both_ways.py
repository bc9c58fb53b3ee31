"""did:webvh with the working group's own library: our logs are read there, and theirs here."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from keys.dids import DidDocument, did_webvh
from tests.keys.dids.test_did_webvh import HOSTILE, KEYS, NOW, START, Log, document
from tests.node import Peer, installed_peer


@pytest.fixture(scope="session")
def histories() -> Peer:
    return installed_peer("webvh.mjs")


def there(log: Log) -> list[dict[str, Any]]:
    return [json.loads(one) for one in log.lines]


def test_our_log_is_read_there(histories: Peer) -> None:
    log = Log.of(4)
    answer = histories("resolve", log=there(log))
    assert answer["verified"], answer
    ours = document(log.did, KEYS[3])
    assert answer["did"] == log.did
    assert {name: answer["document"][name] for name in ours} == ours, "the services that the method implies apart"
    assert answer["versionId"] == log.history().newest().id


def test_our_versions_by_date_are_those_found_there(histories: Peer) -> None:
    log = Log.of(3)
    moment = START + timedelta(days=45)
    answer = histories("resolve", log=there(log), versionTime=moment.isoformat())
    assert answer["versionId"] == log.history().at(moment).id


@pytest.mark.parametrize(
    "name",
    [
        "a key in the document exchanged",
        "a line signed anew with a stranger's key",
        "a stranger makes himself an update key",
        "a line is left out",
        "time goes back",
        "a proof of another suite",
    ],
)
def test_what_we_refuse_is_refused_there(histories: Peer, name: str) -> None:
    log = Log.of(3)
    HOSTILE[name][0](log)
    assert log.history().broken
    assert histories("resolve", log=there(log))["verified"] is False


@pytest.mark.parametrize("announced", [True, False])
def test_their_log_is_read_here(histories: Peer, announced: bool) -> None:
    written = histories("write", domain="college.example", paths=["o", "riviere"], versions=3, announced=announced)
    lines = b"".join(json.dumps(entry).encode() + b"\n" for entry in written["log"])
    history = did_webvh.read(written["did"], lines, now=NOW)
    assert not history.broken
    assert [version.number for version in history.versions] == [1, 2, 3]
    assert history.at(datetime(2026, 2, 15, tzinfo=UTC)).number == 2
    assert did_webvh.log_url(written["did"]) == "https://college.example/o/riviere/did.jsonl"
    newest = DidDocument.of(written["did"], history.newest().state)
    assert len(newest.verification_methods(purpose="assertionMethod")) == 1
    broken = did_webvh.read(written["did"], lines.replace(b"2026-02", b"2026-01-1"), now=NOW)
    assert broken.broken
