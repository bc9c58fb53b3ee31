"""did:webvh: histories that hold, and every way in which one does not (V-DID-1, V-SSRF-1, V-DOS-2)."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from keys import KeyType, PrivateKey
from keys.dids import (
    DidDeactivated,
    DidError,
    DidNotResolved,
    InvalidDid,
    InvalidDidDocument,
    PublishedKey,
    UnsupportedDidMethod,
    did_web,
    did_webvh,
    resolve,
)
from keys.dids.webvh_entry import entry_hash, key_hash, line, self_certifying_id, signed
from keys.fetching import Fetched, FetchFailed, NoNetwork

START = datetime(2026, 1, 1, tzinfo=UTC)
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
HOME = "https://college.example/o/riviere"
KEYS = [PrivateKey.from_raw(KeyType.ED25519, bytes([number]) * 32) for number in range(1, 8)]
STRANGER = PrivateKey.from_raw(KeyType.ED25519, b"\x63" * 32)


def document(did: str, key: PrivateKey) -> dict[str, Any]:
    """A document with one key, written for any did:webvh, the placeholder's too."""
    web = did_web.document("did:web:college.example", methods=[PublishedKey(key.public, "key-1")])
    written: dict[str, Any] = json.loads(json.dumps(web).replace("did:web:college.example", did))
    return written


@dataclass
class Log:
    """A log that was written by the rules: one version a month, each with another key in its document."""

    did: str = ""
    lines: list[bytes] = field(default_factory=list)

    @classmethod
    def of(cls, versions: int) -> Log:
        placeholder = did_webvh.placeholder_did(HOME)
        did, first = did_webvh.first_line(
            document(placeholder, KEYS[0]), signer=KEYS[0], next_key=KEYS[1].public, at=START
        )
        log = cls(did, [first])
        for number in range(1, versions):
            log.add(number)
        return log

    def add(self, number: int, *, next_key: PrivateKey | None = None, last: bool = False) -> None:
        following = None if last else (next_key or KEYS[number + 1]).public
        made = did_webvh.next_line(
            self.history(),
            document(self.did, KEYS[number]),
            signer=KEYS[number],
            next_key=following,
            at=START + timedelta(days=30 * number),
        )
        self.lines.append(made)

    def history(self) -> did_webvh.History:
        return did_webvh.read(self.did, b"".join(self.lines), now=NOW)

    def entries(self) -> list[dict[str, Any]]:
        return [json.loads(one) for one in self.lines]


@dataclass
class Shelf:
    """A fetcher with one document."""

    url: str
    body: bytes

    def fetch(self, url: str, *, accept: tuple[str, ...], max_bytes: int) -> Fetched:  # noqa: ARG002 (protocol)
        if url != self.url:
            raise FetchFailed(url, "there is nothing there")
        return Fetched(url, "text/jsonl", self.body)


# --- what holds ---


def test_a_log_tells_every_version_by_date_and_by_name() -> None:
    log = Log.of(3)
    history = log.history()
    assert [version.number for version in history.versions] == [1, 2, 3]
    assert history.newest().state == document(log.did, KEYS[2])
    assert history.at(START + timedelta(days=45)).state == document(log.did, KEYS[1])
    assert history.at(START).number == 1
    assert history.version(history.versions[1].id).number == 2
    with pytest.raises(InvalidDidDocument, match="did not exist yet"):
        history.at(START - timedelta(seconds=1))
    with pytest.raises(InvalidDidDocument, match="no such version"):
        history.version("2-" + history.versions[0].id[2:])


def test_the_identifier_leads_to_its_log_and_to_the_did_web_beside_it() -> None:
    log = Log.of(2)
    scid = log.did.split(":")[2]
    assert len(scid) == 46
    assert scid.startswith("Qm")
    assert did_webvh.log_url(log.did) == f"{HOME}/did.jsonl"
    assert did_webvh.log_url(f"did:webvh:{scid}:college.example") == "https://college.example/.well-known/did.jsonl"
    assert did_webvh.parallel_did_web(log.did) == "did:web:college.example:o:riviere"
    shelf = Shelf(f"{HOME}/did.jsonl", b"".join(log.lines))
    newest = resolve(log.did, fetcher=shelf, now=NOW)
    assert newest.verification_method(f"{log.did}#key-1", purpose="assertionMethod").public_key == KEYS[1].public
    then = resolve(log.did, fetcher=shelf, now=NOW, as_of=START + timedelta(days=1))
    assert then.verification_method(f"{log.did}#key-1", purpose="assertionMethod").public_key == KEYS[0].public


def test_without_a_time_nothing_is_said_of_a_log() -> None:
    log = Log.of(1)
    with pytest.raises(UnsupportedDidMethod):
        resolve(log.did, fetcher=Shelf(f"{HOME}/did.jsonl", log.lines[0]))
    with pytest.raises(DidNotResolved):
        resolve(log.did, fetcher=NoNetwork(), now=NOW)


def test_an_identifier_that_was_given_up_has_no_document_but_a_past() -> None:
    log = Log.of(2)
    log.add(2, last=True)
    history = log.history()
    for ask in (history.newest, lambda: history.at(NOW)):
        with pytest.raises(DidDeactivated):
            ask()
    assert history.at(START + timedelta(days=40)).number == 2
    with pytest.raises(DidDeactivated):
        did_webvh.next_line(history, document(log.did, KEYS[3]), signer=KEYS[3], next_key=None, at=NOW)


def test_the_writer_makes_no_line_that_would_not_hold() -> None:
    log = Log.of(2)
    with pytest.raises(InvalidDidDocument, match="announce"):
        did_webvh.next_line(
            log.history(), document(log.did, STRANGER), signer=STRANGER, next_key=KEYS[3].public, at=NOW
        )
    elsewhere = json.loads(json.dumps(document(log.did, KEYS[2])).replace("riviere", "autre"))
    with pytest.raises(InvalidDidDocument, match="another address"):
        did_webvh.next_line(log.history(), elsewhere, signer=KEYS[2], next_key=KEYS[3].public, at=NOW)
    with pytest.raises(ValueError, match="Ed25519"):
        did_webvh.next_line(
            log.history(),
            document(log.did, KEYS[2]),
            signer=PrivateKey.generate(KeyType.P256),
            next_key=KEYS[3].public,
            at=NOW,
        )


def test_a_version_written_with_a_clock_that_stood_still_comes_a_second_later() -> None:
    log = Log.of(2)
    log.lines.append(
        did_webvh.next_line(
            log.history(), document(log.did, KEYS[2]), signer=KEYS[2], next_key=KEYS[3].public, at=START
        )
    )
    first, second = log.history().versions[1:]
    assert second.time - first.time == timedelta(seconds=1)


# --- what does not ---


def resigned(log: Log, number: int, signer: PrivateKey, change: Callable[[dict[str, Any]], None]) -> None:
    """Change a line and make hash and proof anew, as somebody who holds a key would."""
    entry = log.entries()[number]
    change(entry)
    predecessor = log.entries()[number - 1]["versionId"] if number else entry["parameters"]["scid"]
    entry["versionId"] = f"{number + 1}-{entry_hash(entry, predecessor)}"
    log.lines[number] = line(signed(entry, signer=signer, at=NOW))


def altered(log: Log, number: int, change: Callable[[dict[str, Any]], None]) -> None:
    """Change a line and nothing else in it."""
    entry = log.entries()[number]
    change(entry)
    log.lines[number] = line(entry)


def put(*path: str | int, value: Any) -> Callable[[dict[str, Any]], None]:
    def change(entry: dict[str, Any]) -> None:
        at: Any = entry
        for step in path[:-1]:
            at = at[step]
        at[path[-1]] = value

    return change


def drop(*path: str) -> Callable[[dict[str, Any]], None]:
    def change(entry: dict[str, Any]) -> None:
        at = entry
        for step in path[:-1]:
            at = at[step]
        del at[path[-1]]

    return change


SCID = "Q" * 46
HOSTILE: dict[str, tuple[Callable[[Log], None], str]] = {
    "a key in the document exchanged": (
        lambda log: altered(
            log, 1, put("state", "verificationMethod", 0, "publicKeyMultibase", value=STRANGER.public.multikey)
        ),
        "changed after it was signed",
    ),
    "a line signed anew with a stranger's key": (
        lambda log: resigned(log, 1, STRANGER, lambda _: None),
        "does not authorise",
    ),
    "a stranger makes himself an update key": (
        lambda log: resigned(log, 1, STRANGER, put("parameters", "updateKeys", value=[STRANGER.public.multikey])),
        "did not announce",
    ),
    "the key of the version before signs": (
        lambda log: resigned(log, 1, KEYS[0], put("parameters", "updateKeys", value=[KEYS[0].public.multikey])),
        "did not announce",
    ),
    "keys are inherited in spite of pre-rotation": (
        lambda log: resigned(log, 1, KEYS[0], drop("parameters", "updateKeys")),
        "names its keys",
    ),
    "the next keys are not announced": (
        lambda log: resigned(log, 1, KEYS[1], drop("parameters", "nextKeyHashes")),
        "names its keys",
    ),
    "two lines change places": (lambda log: log.lines.insert(1, log.lines.pop(2)), "announce"),
    "a line is left out": (lambda log: log.lines.remove(log.lines[1]), "announce"),
    "a line is there twice": (lambda log: log.lines.insert(1, log.lines[0]), "first entry"),
    "the hash of the line before is another": (
        lambda log: altered(log, 1, put("versionId", value="2-" + log.entries()[0]["versionId"][2:])),
        "changed after it was signed",
    ),
    "a number is skipped": (lambda log: resigned_number(log, 1, "3"), "next version"),
    "a number is written with two dashes": (lambda log: resigned_number(log, 1, "2-"), "next version"),
    "time goes back": (
        lambda log: resigned(log, 1, KEYS[1], put("versionTime", value="2025-12-31T23:59:59Z")),
        "not later",
    ),
    "time stands still": (
        lambda log: resigned(log, 1, KEYS[1], put("versionTime", value="2026-01-01T00:00:00Z")),
        "not later",
    ),
    "a version from the future": (
        lambda log: resigned(log, 1, KEYS[1], put("versionTime", value="2026-11-22T12:05:01Z")),
        "future",
    ),
    "a time without zone": (
        lambda log: resigned(log, 1, KEYS[1], put("versionTime", value="2026-02-01T00:00:00")),
        "cannot be read",
    ),
    "a time in another zone": (
        lambda log: resigned(log, 1, KEYS[1], put("versionTime", value="2026-02-01T00:00:00-05:00")),
        "not in UTC",
    ),
    "a time that is none": (lambda log: resigned(log, 1, KEYS[1], put("versionTime", value=7)), "cannot be read"),
    "another method from then on": (
        lambda log: resigned(log, 1, KEYS[1], put("parameters", "method", value="did:webvh:0.5")),
        "method",
    ),
    "a parameter that there is not": (
        lambda log: resigned(log, 1, KEYS[1], put("parameters", "prerotation", value=True)),
        "no parameter",
    ),
    "a parameter is null": (
        lambda log: resigned(log, 1, KEYS[1], put("parameters", "watchers", value=None)),
        "not acceptable",
    ),
    "a time to live of minus one": (
        lambda log: resigned(log, 1, KEYS[1], put("parameters", "ttl", value=-1)),
        "not acceptable",
    ),
    "portable from the second version on": (
        lambda log: resigned(log, 1, KEYS[1], put("parameters", "portable", value=True)),
        "first entry",
    ),
    "another hash named later": (
        lambda log: resigned(log, 1, KEYS[1], put("parameters", "scid", value=SCID)),
        "first entry",
    ),
    "the document of another host": (
        lambda log: resigned(
            log, 1, KEYS[1], put("state", "id", value=log.did.replace("college.example", "evil.example"))
        ),
        "another address",
    ),
    "the document of another identifier": (
        lambda log: resigned(log, 1, KEYS[1], put("state", "id", value=f"did:webvh:{SCID}:college.example")),
        "another identifier",
    ),
    "a document without id": (lambda log: resigned(log, 1, KEYS[1], drop("state", "id")), "no id"),
    "a proof for another purpose": (
        lambda log: altered(log, 1, put("proof", 0, "proofPurpose", value="authentication")),
        "another purpose",
    ),
    "a proof of another suite": (
        lambda log: altered(log, 1, put("proof", 0, "cryptosuite", value="ecdsa-jcs-2019")),
        "eddsa-jcs-2022",
    ),
    "a proof that names one key and shows another": (
        lambda log: altered(
            log,
            1,
            put(
                "proof",
                0,
                "verificationMethod",
                value=f"did:key:{KEYS[1].public.multikey}#{STRANGER.public.multikey}",
            ),
        ),
        "does not authorise",
    ),
    "a proof by a key that is no address": (
        lambda log: altered(log, 1, put("proof", 0, "verificationMethod", value=KEYS[1].public.multikey)),
        "does not authorise",
    ),
    "no proof": (lambda log: altered(log, 1, put("proof", value=[])), "no proof"),
    "more proofs than keys": (
        lambda log: altered(log, 1, lambda entry: entry["proof"].append(entry["proof"][0])),
        "more than there are keys",
    ),
    "a signature that cannot be read": (
        lambda log: altered(log, 1, put("proof", 0, "proofValue", value="z0OIl")),
        "cannot be read",
    ),
    "a member too many": (lambda log: altered(log, 1, put("signature", value="")), "nothing else"),
    "a line that is a list": (lambda log: log.lines.__setitem__(1, b"[]\n"), "nothing else"),
    "a line that is not JSON": (lambda log: log.lines.__setitem__(1, b"{\n"), ""),
    "a member twice": (
        lambda log: log.lines.__setitem__(1, log.lines[1].replace(b"{", b'{"versionId":"1",', 1)),
        "",
    ),
    "an empty line between": (lambda log: log.lines.insert(1, b"\n"), ""),
    "the past forked by somebody who stole the first key": (
        lambda log: resigned(log, 1, KEYS[0], put("parameters", "updateKeys", value=[STRANGER.public.multikey])),
        "did not announce",
    ),
}


def resigned_number(log: Log, number: int, written: str) -> None:
    entry = log.entries()[number]
    entry["versionId"] = f"{written}-{entry['versionId'].partition('-')[2]}"
    log.lines[number] = line(signed(entry, signer=KEYS[number], at=NOW))


@pytest.mark.parametrize("name", HOSTILE)
def test_V_DID_1_a_broken_line_ends_what_can_be_relied_on(name: str) -> None:
    log = Log.of(3)
    change, reason = HOSTILE[name]
    change(log)
    history = log.history()
    assert reason in history.broken
    assert history.broken.startswith("version 2 of its log")
    assert [version.number for version in history.versions] == [1]
    with pytest.raises(InvalidDidDocument):
        history.newest()
    with pytest.raises(InvalidDidDocument):
        history.at(NOW)


def test_a_version_before_the_broken_line_can_still_be_had() -> None:
    log = Log.of(3)
    altered(log, 2, put("state", "id", value="did:webvh:other"))
    history = log.history()
    assert history.at(START + timedelta(days=1)).number == 1
    with pytest.raises(InvalidDidDocument):
        history.at(START + timedelta(days=31))  # nobody knows for how long the second version held


FIRST: dict[str, Callable[[Log], None]] = {
    "altered": lambda log: altered(log, 0, put("versionTime", value="2025-01-01T00:00:00Z")),
    "made anew by its own key": lambda log: resigned(log, 0, KEYS[0], put("versionTime", value="2025-01-01T00:00:00Z")),
    "made anew by a stranger": lambda log: resigned(
        log, 0, STRANGER, put("parameters", "updateKeys", value=[STRANGER.public.multikey])
    ),
    "without keys": lambda log: resigned(log, 0, KEYS[0], put("parameters", "updateKeys", value=[])),
    "without method": lambda log: resigned(log, 0, KEYS[0], drop("parameters", "method")),
    "of a later method": lambda log: resigned(log, 0, KEYS[0], put("parameters", "method", value="did:webvh:99.0")),
    "with a key of another type": lambda log: resigned(
        log, 0, KEYS[0], put("parameters", "updateKeys", value=[PrivateKey.generate(KeyType.P256).public.multikey])
    ),
    "missing": lambda log: log.lines.clear(),
}


@pytest.mark.parametrize("name", FIRST)
def test_V_DID_1_nothing_holds_without_the_first_line(name: str) -> None:
    log = Log.of(2)
    FIRST[name](log)
    with pytest.raises(InvalidDidDocument):
        log.history()


def test_a_log_with_witnesses_is_not_judged() -> None:
    log = Log.of(2)
    witness = {"threshold": 1, "witnesses": [{"id": f"did:key:{STRANGER.public.multikey}"}]}
    resigned(log, 1, KEYS[1], put("parameters", "witness", value=witness))
    with pytest.raises(UnsupportedDidMethod, match="witnesses"):
        log.history()


def test_the_log_of_another_host_or_identifier_is_not_ours() -> None:
    log = Log.of(2)
    body = b"".join(log.lines)
    for other in (log.did.replace("college", "evil"), Log.of(1).did.replace("Qm", "Qn")):
        with pytest.raises(InvalidDidDocument):
            did_webvh.read(other, body, now=NOW)


@pytest.mark.parametrize(
    "did",
    [
        "did:webvh:college.example",
        "did:webvh:{SCID}:college.example",
        f"did:webvh:{SCID}",
        f"did:webvh:{SCID}:",
        f"did:webvh:{SCID}:127.0.0.1",
        f"did:webvh:{SCID}:0x7f.1",
        f"did:webvh:{SCID}:college.example:..",
        f"did:webvh:{SCID}:college.example:a%2Fb",
        f"did:webvh:{SCID}:college.example%3A99999",
        f"did:webvh:{SCID[:-1]}0:college.example",
        f"did:webvh:{SCID}x:college.example",
        f"did:web:{SCID}:college.example",
    ],
)
def test_V_SSRF_1_identifiers_that_lead_nowhere(did: str) -> None:
    with pytest.raises(InvalidDid):
        did_webvh.log_url(did)
    with pytest.raises(DidError):
        resolve(did, fetcher=NoNetwork(), now=NOW)


def test_V_DOS_2_a_log_is_bounded() -> None:
    log = Log.of(1)
    with pytest.raises(InvalidDidDocument, match="1000 versions"):
        did_webvh.read(log.did, b"\n".join([b"{}"] * 1001), now=NOW)
    with pytest.raises(InvalidDidDocument, match="524288 bytes"):
        did_webvh.read(log.did, log.lines[0] + b" " * did_webvh.MAX_LOG_BYTES, now=NOW)


def test_keys_may_be_rotated_without_announcing_them() -> None:
    """What other writers do: no pre-rotation, and each line is signed by the keys of the line before it."""
    log = Log.of(1)
    resigned_first = log.entries()[0]
    resigned_first["parameters"]["nextKeyHashes"] = []
    text = json.dumps(resigned_first).replace(log.did.split(":")[2], "{SCID}")
    draft = json.loads(text)
    scid = self_certifying_id(draft, "{SCID}")
    entry = json.loads(text.replace("{SCID}", scid))
    entry["versionId"] = f"1-{entry_hash(entry, scid)}"
    first = line(signed(entry, signer=KEYS[0], at=START))
    did = entry["state"]["id"]
    second = {
        "versionId": entry["versionId"],
        "versionTime": "2026-02-01T00:00:00Z",
        "parameters": {"updateKeys": [KEYS[1].public.multikey]},
        "state": document(did, KEYS[1]),
    }
    second["versionId"] = f"2-{entry_hash(second, entry['versionId'])}"
    own = line(signed(second, signer=KEYS[0], at=START))
    assert did_webvh.read(did, first + own, now=NOW).newest().number == 2
    by_the_new_key = line(signed(second, signer=KEYS[1], at=START))
    assert "does not authorise" in did_webvh.read(did, first + by_the_new_key, now=NOW).broken


def test_what_is_announced_is_the_hash_of_the_key_as_it_is_written() -> None:
    log = Log.of(1)
    assert log.entries()[0]["parameters"]["nextKeyHashes"] == [key_hash(KEYS[1].public)]
