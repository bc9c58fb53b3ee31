"""did:webvh 1.0: did:web with a history that anyone can verify.

The document of such an identifier stands in a log, `did.jsonl`, one signed line per version. The identifier begins
with a hash of the first line (the SCID), each line carries the hash of the one before it, and only keys that the log
itself authorised add to it; with pre-rotation each line fixes, by hash, which keys may sign the next. So whoever runs
the server, or takes it over, cannot change what was published, and a verifier can ask for the document *as of* a day.

Reading is whole: every line is verified in its order, whatever version was asked for (section "Read (Resolve)"). Lines
after a broken one count for nothing; a version that was in force before it can still be had. Logs with witnesses are
not judged: their approvals are not read here, and an answer without them would be a guess.

Writing: `placeholder_did`, a document for it, `first_line`, then `next_line` for every change.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from keys import timestamps
from keys.dids import did_web
from keys.dids.document import DidDocument
from keys.dids.errors import (
    DidDeactivated,
    DidError,
    DidNotResolved,
    DidRefused,
    InvalidDid,
    InvalidDidDocument,
    UnsupportedDidMethod,
)
from keys.dids.syntax import split_did
from keys.dids.webvh_entry import (
    PLACEHOLDER,
    EntryRefused,
    check_proofs,
    entry_hash,
    key_hash,
    line,
    read_line,
    self_certifying_id,
    signed,
)
from keys.dids.webvh_parameters import METHOD, Parameters, WitnessesNotRead, after
from keys.fetching import Fetcher, FetchError, FetchRefused
from keys.model import PublicKey
from keys.signers import Signer

MEDIA_TYPE = "text/jsonl"
MEDIA_TYPES = (MEDIA_TYPE, "application/jsonl", "application/x-ndjson", "application/json", "text/plain")
MAX_LOG_BYTES = 512 * 1024
MAX_ENTRIES = 1000
FUTURE = timedelta(minutes=5)
"""How far ahead of our clock a version may be dated (section "Read (Resolve)", step 4)."""

_SCID = re.compile(r"[1-9A-HJ-NP-Za-km-z]{46}")
_VERSION = re.compile(r"([1-9][0-9]{0,5})-([1-9A-HJ-NP-Za-km-z]{46})")
_UTC = ("Z", "+00:00")


@dataclass(frozen=True)
class Version:
    """One verified version. `state` is the document as it stands in the log."""

    id: str
    number: int
    time: datetime
    parameters: Parameters
    state: Mapping[str, Any]


@dataclass(frozen=True)
class History:
    """A log whose lines were verified. `broken`: why the lines after the last version count for nothing, or empty."""

    did: str
    versions: tuple[Version, ...]
    broken: str = ""

    def newest(self) -> Version:
        """The version in force now.

        Raises `InvalidDidDocument` when a line is broken, `DidDeactivated` when the identifier was given up.
        """
        if self.broken:
            raise InvalidDidDocument(self.did, self.broken)
        if self.versions[-1].parameters.deactivated:
            raise DidDeactivated(self.did, "the identifier was given up")
        return self.versions[-1]

    def at(self, moment: datetime) -> Version:
        """The version in force at `moment`.

        Raises `InvalidDidDocument` before the first one and where a broken line leaves it open, `DidDeactivated` for a
        time after the identifier was given up.
        """
        earlier = [version for version in self.versions if version.time <= moment]
        if not earlier:
            raise InvalidDidDocument(self.did, "it did not exist yet at that time")
        return self.newest() if len(earlier) == len(self.versions) else earlier[-1]

    def version(self, version_id: str) -> Version:
        """The version with this whole `versionId`. Raises `InvalidDidDocument`."""
        for version in self.versions:
            if version.id == version_id:
                return version
        raise InvalidDidDocument(self.did, "its log has no such version")


# --- addresses ---


def log_url(did: str) -> str:
    """The address of the log of `did`. Raises `InvalidDid`. (section "The DID to HTTPS Transformation")"""
    scid, web = _parts(did)
    if not _SCID.fullmatch(scid):
        raise InvalidDid(did, "it does not begin with the hash of its first version")
    return f"{did_web.document_url(web).removesuffix('.json')}.jsonl"


def placeholder_did(origin_or_url: str) -> str:
    """The identifier for a page's address before its hash is known. Raises `InvalidDid`."""
    return f"did:webvh:{PLACEHOLDER}:{did_web.did_for(origin_or_url).removeprefix('did:web:')}"


def parallel_did_web(did: str) -> str:
    """The did:web at the same place, for whoever reads only that. Raises `InvalidDid`."""
    return _parts(did)[1]


def _parts(did: str) -> tuple[str, str]:
    method, identifier = split_did(did)
    scid, colon, place = identifier.partition(":")
    if method != "webvh" or not colon:
        raise InvalidDid(did, "not a did:webvh")
    return scid, f"did:web:{place}"


# --- read ---


def resolve(
    did: str, *, fetcher: Fetcher, now: datetime, as_of: datetime | None = None, version_id: str | None = None
) -> DidDocument:
    """The document of `did`: the newest, the one in force `as_of` a moment, or the one of a version.

    Raises as `did_web.resolve`; `UnsupportedDidMethod` for a log with witnesses, `DidDeactivated` when given up.
    """
    history = read(did, fetched_log(did, fetcher=fetcher), now=now)
    if version_id is not None:
        version = history.version(version_id)
    else:
        version = history.at(as_of) if as_of is not None else history.newest()
    return DidDocument.of(did, dict(version.state))


def fetched_log(did: str, *, fetcher: Fetcher) -> bytes:
    """The log of `did`, unverified. Raises as `did_web.resolve`."""
    try:
        fetched = fetcher.fetch(log_url(did), accept=MEDIA_TYPES, max_bytes=MAX_LOG_BYTES)
    except FetchRefused as error:
        raise DidRefused(did, error.reason) from error
    except FetchError as error:
        raise DidNotResolved(did, error.reason) from error
    return fetched.body


def read(did: str, log: bytes, *, now: datetime) -> History:
    """The versions in `log`, verified from the first line on (section "Read (Resolve)"):

    (1) the parameters that the entry sets are allowed, and who may sign it follows from them
    (2) its proof is by one of those keys
    (3) its version is the next one, and carries the hash over the entry and the version before it
    (4) its time is later than that of the version before it, and not in the future
    (5) the first entry hashes to the SCID
    (6) its document is that of this identifier; only a portable one ever had another host

    Raises `InvalidDid` for another method, `InvalidDidDocument` when not even the first line holds, or no version is
    this identifier's, and `UnsupportedDidMethod` for a log with witnesses.
    """
    scid, _ = _parts(did)
    log_url(did)
    lines = log.split(b"\n")
    lines = lines[:-1] if lines[-1] == b"" else lines
    if len(log) > MAX_LOG_BYTES or len(lines) > MAX_ENTRIES:
        raise InvalidDidDocument(did, f"a log of more than {MAX_ENTRIES} versions or {MAX_LOG_BYTES} bytes")
    versions: list[Version] = []
    broken = ""
    for text in lines:
        try:
            versions.append(_version(scid, text, versions[-1] if versions else None, now=now))
        except EntryRefused as refused:
            broken = f"version {len(versions) + 1} of its log: {refused}"
            break
        except WitnessesNotRead:
            raise UnsupportedDidMethod(did, "its log asks for witnesses, which are not read here") from None
    if not versions:
        raise InvalidDidDocument(did, broken or "its log is empty")
    if all(version.state["id"] != did for version in versions):
        raise InvalidDidDocument(did, "its log belongs to another identifier")
    return History(did, tuple(versions), broken)


def _version(scid: str, text: bytes, before: Version | None, *, now: datetime) -> Version:
    entry = read_line(text)
    parameters, authorised = after(before.parameters if before else None, entry["parameters"])  # (1)
    check_proofs(entry, authorised)  # (2)
    number = _number(entry, before)  # (3)
    time = _time(entry, before, now=now)  # (4)
    if parameters.scid != scid or (before is None and self_certifying_id(entry, scid) != scid):  # (5)
        raise EntryRefused("the hash in the identifier is not that of the first version")
    _check_id(entry["state"], scid, before)  # (6)
    return Version(entry["versionId"], number, time, parameters, entry["state"])


def _number(entry: Mapping[str, Any], before: Version | None) -> int:
    stated = entry["versionId"]
    match = _VERSION.fullmatch(stated) if isinstance(stated, str) else None
    if match is None or int(match[1]) != (before.number + 1 if before else 1):
        raise EntryRefused("it is not the next version")
    predecessor = before.id if before else entry["parameters"]["scid"]
    if entry_hash(entry, predecessor) != match[2]:
        raise EntryRefused("its hash does not follow from the version before it")
    return int(match[1])


def _time(entry: Mapping[str, Any], before: Version | None, *, now: datetime) -> datetime:
    stated = entry["versionTime"]
    try:
        time = timestamps.parse(stated)
    except timestamps.InvalidTimestamp:
        raise EntryRefused("its time cannot be read") from None
    if not stated.endswith(_UTC):
        raise EntryRefused("its time is not in UTC")
    if before is not None and time <= before.time:
        raise EntryRefused("it is not later than the version before it")
    if time > now + FUTURE:
        raise EntryRefused("it is dated in the future")
    return time


def _check_id(state: Mapping[str, Any], scid: str, before: Version | None) -> None:
    try:
        stated_scid, _ = _parts(state.get("id", ""))
        log_url(state["id"])
    except DidError as error:
        raise EntryRefused(f"its document has no id of this kind: {error.reason}") from None
    if stated_scid != scid:
        raise EntryRefused("its document is that of another identifier")
    if before is None or state["id"] == before.state["id"]:
        return
    also = state.get("alsoKnownAs")
    if not before.parameters.portable or not isinstance(also, list) or before.state["id"] not in also:
        raise EntryRefused("it moves to another address, and the log does not allow that")


# --- write ---


def first_line(document: Mapping[str, Any], *, signer: Signer, next_key: PublicKey, at: datetime) -> tuple[str, bytes]:
    """The identifier and the first line of its log, for a document of a `placeholder_did`.

    Every `{SCID}` in the document becomes the hash. `next_key` will sign the next line; only its hash is told.
    The log never moves to another host (`portable` is false).
    """
    given = {
        "method": METHOD,
        "scid": PLACEHOLDER,
        "updateKeys": [signer.public_key.multikey],
        "nextKeyHashes": [key_hash(next_key)],
        "portable": False,
    }
    draft = {
        "versionId": PLACEHOLDER,
        "versionTime": timestamps.write(at),
        "parameters": given,
        "state": dict(document),
    }
    scid = self_certifying_id(draft, PLACEHOLDER)
    entry: dict[str, Any] = json.loads(json.dumps(draft).replace(PLACEHOLDER, scid))
    entry["versionId"] = f"1-{entry_hash(entry, scid)}"
    return str(entry["state"]["id"]), line(signed(entry, signer=signer, at=at))


def next_line(
    history: History,
    document: Mapping[str, Any],
    *,
    signer: Signer,
    next_key: PublicKey | None,
    at: datetime,
) -> bytes:
    """The line that makes `document` the newest version; `signer` is the key that the line before it announced.

    `next_key` None gives the identifier up: nothing follows, and it has no document any more. A time that is not later
    than the version before it is moved to the second after. Raises `DidDeactivated`, or `InvalidDidDocument` if the
    line would not hold.
    """
    last = history.newest()
    time = max(at, last.time + timedelta(seconds=1))
    given: dict[str, Any] = {
        "updateKeys": [signer.public_key.multikey],
        "nextKeyHashes": [key_hash(next_key)] if next_key else [],
    }
    if next_key is None:
        given["deactivated"] = True
    entry = {
        "versionId": last.id,
        "versionTime": timestamps.write(time),
        "parameters": given,
        "state": dict(document),
    }
    entry["versionId"] = f"{last.number + 1}-{entry_hash(entry, last.id)}"
    made = line(signed(entry, signer=signer, at=at))
    try:
        _version(last.parameters.scid, made.removesuffix(b"\n"), last, now=time)
    except EntryRefused as refused:
        raise InvalidDidDocument(history.did, str(refused)) from None
    return made
