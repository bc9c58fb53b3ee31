"""Share packs: one file with which a credential can be checked where there is no network, as of the time it was made.

A pack is JSON. In it, a presentation that the holder signed when the pack was made, with the credentials and the
recognitions behind them, and what its verification needed from elsewhere, exactly as it was served:

    {"type": "SharePack", "version": 1,
     "presentation": {…},
     "documents": [{"url": "https://…", "mediaType": "application/vc", "body": "…"}, …]}

**What a pack can prove.** The holder made the file, so nothing in it is believed because it is in it.

- *Signed lists* (status lists) and *pinned schemas* are used: the engine checks the signature, or the digest that an
  authority signed, whoever brought the bytes.
- *Keys* are never the holder's to supply. A document of did:web in a pack could be forged together with everything
  it would then "prove". It is used only if its digest stands, as `relatedResource`, in a recognition that an anchor
  signed with a key the verifier has otherwise. Else keys come from the verifier: from identifiers that are keys
  (did:key, did:jwk), from documents it holds, or from the network. Where it has none, the answer is "could not be
  checked". A log of did:webvh is not taken either: it proves itself, but not that its last lines were not cut off, and
  with them the end of a stolen key.
- *Time.* The presentation's proof says when the pack was made. A holder may set that back, or pack old lists; so
  the answer is as of the oldest list in it (`as_of`), by its issuer's own signed date, and a list that was out of
  date when the pack was made is not used. What happened afterwards is not known and not said, but for what a clock
  tells: a credential whose time has run out since is judged as of today.
- *Whose.* The presentation is signed for packs and nothing else (`DOMAIN`), so one that was made for an employer
  cannot be put into a pack by that employer. Nobody answers a challenge, so the holder stays unconfirmed; a pack
  with somebody else's credential is refused as presented by someone else.

Nothing is compressed: a file is read within `MAX_BYTES`, and what is inside within the engine's usual limits.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from keys import dids
from keys.dids import did_web
from keys.fetching import Fetched, Fetcher, FetchError, FetchFailed
from vc import recognition, strict_json, times
from vc.credential import entries, issuer_of, multibase_digest
from vc.errors import ParsingError, VcError
from vc.findings import PresentationReport, Report, Verdict
from vc.policy import Anchors, Policy
from vc.status import bitstring
from vc.verify import verify_credential, verify_presentation

TYPE: Final = "SharePack"
VERSION: Final = 1
DOMAIN: Final = "urn:skills-passport:share-pack"
"""What the presentation in a pack is signed for."""

MAX_BYTES: Final = 4 * 1024 * 1024
MAX_DOCUMENTS: Final = 60
MAX_DOCUMENT_CHARACTERS: Final = 512 * 1024

_LIMITS = strict_json.Limits(members=20_000, string_bytes=4 * MAX_DOCUMENT_CHARACTERS)
_SCHEMA_TYPES = ("application/schema+json", "application/json")
_PROVE_THEMSELVES = (bitstring.ACCEPT, _SCHEMA_TYPES)
"""What is asked for with these types is checked by signature or digest wherever it came from."""


class NotASharePack(ValueError):
    """The bytes are no share pack that we read. `reason` says why, in English."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class SharePack:
    """A pack that was read, and of which nothing is verified.

    `made`: when its presentation says that it was signed. `as_of`: the date of the oldest status list in it, `made`
    if that is earlier or there is none: the most that the pack can speak for. `documents` by address.
    """

    presentation: Mapping[str, Any]
    documents: Mapping[str, Fetched]
    made: datetime
    as_of: datetime


@dataclass(frozen=True)
class PackReport:
    """The answer about a pack: `report`, which holds as of `as_of` and says nothing about later days.

    `as_of` None: the network answered, and the report is of today like any other.
    """

    report: PresentationReport
    made: datetime
    as_of: datetime | None


# --- make -----------------------------------------------------------------------------------------


class Recorder:
    """A fetcher that remembers what came through it: what one verification needs is what a pack must hold."""

    def __init__(self, fetcher: Fetcher) -> None:
        self._fetcher = fetcher
        self.fetched: dict[str, Fetched] = {}

    def fetch(self, url: str, *, accept: tuple[str, ...], max_bytes: int) -> Fetched:
        """As the fetcher behind it."""
        answer = self._fetcher.fetch(url, accept=accept, max_bytes=max_bytes)
        self.fetched[url] = answer
        return answer


def build(presentation: Mapping[str, Any], documents: Iterable[Fetched]) -> bytes:
    """Return the file. `presentation`: signed by the holder with domain `DOMAIN`, recognitions beside the credentials.

    Documents that are no text are left out: nothing that a verification needs is. Raises `NotASharePack` when it
    would be too large to be read.
    """
    listed = []
    for document in documents:
        try:
            body = document.body.decode()
        except UnicodeDecodeError:
            continue
        listed.append({"url": document.url, "mediaType": document.media_type, "body": body})
    content = {"type": TYPE, "version": VERSION, "presentation": dict(presentation), "documents": listed}
    data = json.dumps(content, ensure_ascii=False, indent=1).encode()
    read(data)
    return data


# --- read -----------------------------------------------------------------------------------------


def is_one(data: bytes) -> bool:
    """Whether the file says that it is a share pack. Cheap, and never raises."""
    if len(data) > MAX_BYTES or data.lstrip()[:1] != b"{":
        return False
    try:
        return strict_json.parse_object(data, limits=_LIMITS).get("type") == TYPE
    except ParsingError:
        return False


def read(data: bytes) -> SharePack:
    """Read a pack. Raises `NotASharePack`."""
    if len(data) > MAX_BYTES:
        raise NotASharePack(f"it has more than {MAX_BYTES} bytes")
    try:
        content = strict_json.parse_object(data, limits=_LIMITS)
    except ParsingError as error:
        raise NotASharePack(error.detail) from error
    if content.get("type") != TYPE or content.get("version") != VERSION:
        raise NotASharePack(f"it is not a {TYPE} of version {VERSION}")
    if content.keys() != {"type", "version", "presentation", "documents"}:
        raise NotASharePack("it has members that a share pack does not have, or lacks some")
    presentation = content["presentation"]
    if not isinstance(presentation, dict):
        raise NotASharePack("its presentation is not an object")
    documents = dict(_documents(content["documents"]))
    made = _signed_at(presentation)
    if made is None:
        raise NotASharePack("its presentation does not say when it was signed")
    dates = [moment for document in documents.values() if (moment := _date_of_list(document)) is not None]
    return SharePack(presentation, documents, made, min((made, *dates)))


def _documents(listed: Any) -> Iterator[tuple[str, Fetched]]:
    if not isinstance(listed, list) or len(listed) > MAX_DOCUMENTS:
        raise NotASharePack(f"its documents are not a list of at most {MAX_DOCUMENTS}")
    seen = set()
    for item in listed:
        if not isinstance(item, dict) or item.keys() != {"url", "mediaType", "body"}:
            raise NotASharePack("a document has url, mediaType and body, and nothing else")
        url, media_type, body = item["url"], item["mediaType"], item["body"]
        if not all(isinstance(value, str) for value in (url, media_type, body)):
            raise NotASharePack("url, mediaType and body of a document are texts")
        if url in seen:
            raise NotASharePack(f"two documents for one address: {url[:200]!a}")
        if len(body) > MAX_DOCUMENT_CHARACTERS:
            raise NotASharePack(f"a document of more than {MAX_DOCUMENT_CHARACTERS} characters")
        seen.add(url)
        yield url, Fetched(url, media_type, body.encode())


def _signed_at(presentation: Mapping[str, Any]) -> datetime | None:
    """The one proof's date; a pack has one signer, and one time."""
    proof = presentation.get("proof")
    if not isinstance(proof, dict):
        return None
    return _moment(proof.get("created"))


def _moment(value: Any) -> datetime | None:
    try:
        return times.parse(value, path="")
    except VcError:
        return None


def _date_of_list(document: Fetched) -> datetime | None:
    """When a status list says that it was made; None for documents of other kinds."""
    listed = _status_list(document.body)
    if listed is None:
        return None
    proof = listed.get("proof")
    signed = _moment(proof.get("created")) if isinstance(proof, dict) else None
    begins = _moment(listed.get("validFrom"))
    return begins if begins is not None else signed


def _status_list(body: bytes) -> Mapping[str, Any] | None:
    try:
        document = strict_json.parse_object(body, limits=_LIMITS)
    except ParsingError:
        return None
    return document if bitstring.LIST_CREDENTIAL_TYPE in entries(document.get("type")) else None


# --- verify ---------------------------------------------------------------------------------------


class PackFetcher:
    """Serves from a pack what proves itself; everything else, keys above all, is asked of `otherwise`.

    `vouched`: identifier documents of the pack that somebody trusted has fixed by digest, by address.
    """

    def __init__(self, pack: SharePack, otherwise: Fetcher, *, vouched: Mapping[str, Fetched] | None = None) -> None:
        self._pack = pack
        self._otherwise = otherwise
        self._vouched = vouched or {}

    def fetch(self, url: str, *, accept: tuple[str, ...], max_bytes: int) -> Fetched:
        """See `keys.fetching.Fetcher`."""
        held = self._held(url, accept)
        if held is None:
            return self._asked(url, accept, max_bytes)
        if len(held.body) > max_bytes:
            raise FetchFailed(url, "larger than what is read")
        return held

    def _asked(self, url: str, accept: tuple[str, ...], max_bytes: int) -> Fetched:
        """The verifier's own way first: what it says about keys is newer than a digest."""
        try:
            return self._otherwise.fetch(url, accept=accept, max_bytes=max_bytes)
        except FetchError:
            if accept == did_web.MEDIA_TYPES and url in self._vouched:
                return self._vouched[url]
            raise

    def _held(self, url: str, accept: tuple[str, ...]) -> Fetched | None:
        held = self._pack.documents.get(url)
        if accept not in _PROVE_THEMSELVES or held is None:
            return None
        undated_list = accept == bitstring.ACCEPT and _date_of_list(held) is None
        return None if undated_list else held


def verify(
    pack: SharePack,
    *,
    anchors: Anchors,
    policy: Policy,
    accepted_suites: frozenset[str],
    keys: Fetcher,
    now: datetime,
    schemas: Mapping[str, bytes] | None = None,
) -> PackReport:
    """Decide whether what is in a pack could be relied on when the pack was made; see the module's text.

    `keys`: where the verifier gets identifier documents from: its own files, the network, or
    `keys.fetching.NoNetwork` where there is neither. `now` is today: a pack from the future is judged as of today
    (and its proof is then not in force), and so is a credential that has expired since.
    """
    at = min(pack.made, now)
    options: dict[str, Any] = {
        "anchors": anchors,
        "policy": policy,
        "accepted_suites": accepted_suites,
        "schemas": schemas,
    }
    vouched = _vouched(pack, fetcher=PackFetcher(pack, keys), now=at, **options)
    fetcher = PackFetcher(pack, keys, vouched=vouched)

    def judged(day: datetime) -> PresentationReport:
        return verify_presentation(
            pack.presentation, challenge=None, domain=DOMAIN, fetcher=fetcher, now=day, **options
        )

    then = judged(at)
    return PackReport(_with_todays_expiries(then, judged, now), pack.made, pack.as_of)


def verify_online(
    pack: SharePack,
    *,
    anchors: Anchors,
    policy: Policy,
    accepted_suites: frozenset[str],
    fetcher: Fetcher,
    now: datetime,
    held: recognition.Held = recognition.NOTHING_HELD,
    schemas: Mapping[str, bytes] | None = None,
) -> PackReport:
    """Decide about a pack where there is a network: as of today, from those who know and from the lists that the
    verifier holds; the pack's copies are asked only if that leaves the answer open, and give one as of the pack's time
    (keys still come from the network)."""
    options: dict[str, Any] = {
        "anchors": anchors,
        "policy": policy,
        "accepted_suites": accepted_suites,
        "schemas": schemas,
        "now": now,
    }
    today = verify_presentation(pack.presentation, challenge=None, domain=DOMAIN, fetcher=fetcher, held=held, **options)
    if today.verdict is Verdict.UNDECIDED:
        then = verify(pack, keys=fetcher, **options)
        if then.report.verdict is not Verdict.UNDECIDED:
            return then
    return PackReport(today, pack.made, None)


def _with_todays_expiries(
    then: PresentationReport, judged: Callable[[datetime], PresentationReport], now: datetime
) -> PresentationReport:
    """A clock needs no network: credentials that ran out since are answered as of today."""
    over = [_has_expired(report, now) for report in then.credentials]
    if not any(over):
        return then
    today = judged(now)
    pairs = zip(then.credentials, today.credentials, over, strict=True)
    return replace(then, credentials=tuple(new if expired else old for old, new, expired in pairs))


def _has_expired(report: Report, now: datetime) -> bool:
    until = _moment((report.credential or {}).get("validUntil"))
    return until is not None and until < now


def _vouched(
    pack: SharePack,
    *,
    anchors: Anchors,
    policy: Policy,
    accepted_suites: frozenset[str],
    fetcher: Fetcher,
    now: datetime,
    schemas: Mapping[str, bytes] | None,
) -> dict[str, Fetched]:
    """The identifier documents of the pack whose digest a recognition by an anchor states, and nobody revoked."""
    found: dict[str, Fetched] = {}
    for stapled in entries(pack.presentation.get("verifiableCredential")):
        if not isinstance(stapled, dict) or recognition.CREDENTIAL_TYPE not in entries(stapled.get("type")):
            continue
        fixed = dict(_fixed_documents(stapled, pack))
        if not fixed or issuer_of(stapled) not in anchors:
            continue
        report = verify_credential(
            stapled,
            anchors=Anchors.none(),
            policy=policy,
            accepted_suites=accepted_suites,
            fetcher=fetcher,
            now=now,
            schemas=schemas,
        )
        if report.verified:
            found.update(fixed)
    return found


def _fixed_documents(stapled: Mapping[str, Any], pack: SharePack) -> Iterator[tuple[str, Fetched]]:
    """Documents of the recognised institution that `relatedResource` names, with the digest it states."""
    subjects = [one.get("id") for one in entries(stapled.get("credentialSubject")) if isinstance(one, dict)]
    addresses = {_document_url(subject) for subject in subjects if isinstance(subject, str)} - {None}
    for resource in entries(stapled.get("relatedResource")):
        url = resource.get("id") if isinstance(resource, dict) else None
        stated = resource.get("digestMultibase") if isinstance(resource, dict) else None
        held = pack.documents.get(url) if isinstance(url, str) and url in addresses else None
        if held is None or not isinstance(stated, str):
            continue
        if multibase_digest(stated) == hashlib.sha256(held.body).digest():
            yield held.url, held


def _document_url(did: str) -> str | None:
    try:
        return did_web.document_url(did)
    except dids.InvalidDid:
        return None


__all__ = [
    "DOMAIN",
    "NotASharePack",
    "PackFetcher",
    "PackReport",
    "Recorder",
    "SharePack",
    "build",
    "is_one",
    "read",
    "verify",
    "verify_online",
]
