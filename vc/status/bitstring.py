"""Bitstring Status List 1.0: one bit (or a few) per credential, in a list that the issuer signs.

Index 0 is the most significant bit of byte 0. A list has at least 131,072 entries, so that fetching it does not
tell the issuer whose credential is being looked at.
"""

from __future__ import annotations

import gzip
import re
import threading
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import contexts
from contexts import Profile
from keys.dids import DidDocument, DidError
from keys.fetching import Fetcher, FetchError
from keys.multibase import InvalidEncoding, decode_base64url, encode_base64url
from vc import credential as credentials
from vc import securing, times
from vc.credential import Credential, entries
from vc.errors import (
    MalformedValueError,
    ParsingError,
    RangeError_,
    StatusListLengthError,
    StatusRetrievalError,
    StatusVerificationError,
    VcError,
)
from vc.limits import DEFAULT, Limits
from vc.proofs.data_integrity import Resolver, VerifiedProofs
from vc.strict_json import Limits as JsonLimits
from vc.vocabulary import is_url

ENTRY_TYPE = "BitstringStatusListEntry"
LIST_TYPE = "BitstringStatusList"
LIST_CREDENTIAL_TYPE = "BitstringStatusListCredential"
MINIMUM_ENTRIES = 131_072
LARGEST_LIST = 16 * 1024 * 1024  # bytes unpacked: 134 million entries of one bit
ACCEPT = ("application/vc", "application/vc+jwt", "application/vc+ld+json", "application/ld+json", "application/json")

_LEVEL = 6
"""Of compression: 9 makes a list with a hundredth of its bits set an eighth shorter and takes several times as long."""
_INDEX = re.compile(r"(?:0|[1-9][0-9]{0,11})\Z")
_LARGEST_SIZE = 8
_LIST_LIMITS = JsonLimits(string_bytes=4 * 1024 * 1024, members=500)  # a list says little, in one long text
_MOST_PROOFS = 4

_KEPT_ANSWERS = 32
_LONGEST_KEPT_BODY = 64 * 1024  # bytes of a signed list; with the next limit, at most 8 MiB are kept in all
_LONGEST_KEPT_BITS = 1 << 20
_ANSWERED: dict[tuple[Any, ...] | None, _Looked] = {}
_ANSWERING = threading.Lock()


class Bitstring:
    """A list of equally sized entries, changeable. `size` is bits per entry, 1 to 8.

    `bits[i]` is the value of entry i; assigning sets it. Raises `IndexError` outside the list.
    """

    def __init__(self, length: int = MINIMUM_ENTRIES, *, size: int = 1) -> None:
        if length < MINIMUM_ENTRIES or not 1 <= size <= _LARGEST_SIZE:
            raise ValueError(f"a list has at least {MINIMUM_ENTRIES} entries of 1 to {_LARGEST_SIZE} bits")
        self.size = size
        self._bytes = bytearray((length * size + 7) // 8)

    @classmethod
    def from_encoded(cls, text: Any, *, size: int = 1) -> Bitstring:
        """Open an `encodedList`. Raises `StatusVerificationError` or `StatusListLengthError`.

        Unpacked in pieces and stopped at 16 MiB, whatever the text claims about itself.
        """
        if not isinstance(text, str) or not text.startswith("u"):
            raise StatusVerificationError("encodedList is not base64url multibase (u…)")
        try:
            packed = decode_base64url(text[1:])
        except InvalidEncoding as error:
            raise StatusVerificationError(f"encodedList: {error}") from None
        bits = cls(size=size)
        bits._bytes = bytearray(_unpacked(packed))
        if len(bits) < MINIMUM_ENTRIES:
            raise StatusListLengthError(f"{len(bits)} entries, where at least {MINIMUM_ENTRIES} are due")
        return bits

    @classmethod
    def of_bytes(cls, raw: bytes) -> Bitstring:
        """A list of single bits as they lie in `raw`: entry 0 is the most significant bit of byte 0."""
        bits = cls(len(raw) * 8)
        bits._bytes[:] = raw
        return bits

    def encoded(self) -> str:
        """The `encodedList`: GZIP, base64url without padding, multibase prefix `u`. Equal bits give equal text."""
        return "u" + encode_base64url(gzip.compress(bytes(self._bytes), compresslevel=_LEVEL, mtime=0))

    def __len__(self) -> int:
        return len(self._bytes) * 8 // self.size

    def __getitem__(self, index: int) -> int:
        if self.size == 1 and 0 <= index < len(self._bytes) * 8:  # as nearly all lists are
            return self._bytes[index >> 3] >> (7 - (index & 7)) & 1
        value = 0
        for bit in self._positions(index):
            value = value << 1 | self._bytes[bit >> 3] >> (7 - (bit & 7)) & 1
        return value

    def __setitem__(self, index: int, value: int) -> None:
        if not 0 <= value < 1 << self.size:
            raise ValueError(f"{value} does not fit into {self.size} bits")
        for shift, bit in zip(range(self.size - 1, -1, -1), self._positions(index), strict=True):
            mask = 0x80 >> (bit & 7)
            if value >> shift & 1:
                self._bytes[bit >> 3] |= mask
            else:
                self._bytes[bit >> 3] &= ~mask

    def set(self, index: int, value: int = 1) -> None:
        """As `bits[index] = value`."""
        self[index] = value

    def _positions(self, index: int) -> range:
        if not 0 <= index < len(self):
            raise IndexError(index)
        return range(index * self.size, (index + 1) * self.size)


def _unpacked(packed: bytes) -> bytes:
    unpacker = zlib.decompressobj(wbits=31)  # 31: GZIP, and nothing else
    try:
        data = unpacker.decompress(packed, LARGEST_LIST + 1)
    except zlib.error as error:
        raise StatusVerificationError(f"encodedList does not unpack: {error}") from None
    if len(data) > LARGEST_LIST:
        raise StatusVerificationError(f"encodedList unpacks to more than {LARGEST_LIST} bytes")
    if not unpacker.eof or unpacker.unused_data:
        raise StatusVerificationError("encodedList is cut short, or something follows it")
    return data


# --- build ----------------------------------------------------------------------------------------


def entry(*, list_url: str, index: int, purpose: str, entry_id: str | None = None) -> dict[str, Any]:
    """A `credentialStatus` entry. `purpose`: `revocation` (for good) or `suspension` (may end)."""
    if index < 0:
        raise ValueError("an index counts from 0")
    if entry_id == list_url:
        raise ValueError("an entry's id is never the list's address (section 2.1)")
    made = {
        "id": entry_id,
        "type": ENTRY_TYPE,
        "statusPurpose": purpose,
        "statusListIndex": str(index),
        "statusListCredential": list_url,
    }
    return {name: value for name, value in made.items() if value is not None}


def status_list_credential(
    bits: Bitstring,
    *,
    url: str,
    issuer: str,
    purpose: str,
    valid_from: datetime,
    valid_until: datetime,
    ttl: timedelta | None = None,
) -> dict[str, Any]:
    """The unsigned list credential served at `url`; one purpose per list. `ttl` is written in milliseconds."""
    subject = {
        "id": f"{url}#list",
        "type": LIST_TYPE,
        "statusPurpose": purpose,
        "encodedList": bits.encoded(),
    }
    if ttl is not None:
        subject["ttl"] = ttl // timedelta(milliseconds=1)  # type: ignore[assignment] # a number beside texts
    return {
        "@context": [contexts.CREDENTIALS_V2],
        "id": url,
        "type": ["VerifiableCredential", LIST_CREDENTIAL_TYPE],
        "issuer": issuer,
        "validFrom": times.stamp(valid_from),
        "validUntil": times.stamp(valid_until),
        "credentialSubject": subject,
    }


# --- check ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Entry:
    """A `credentialStatus` entry of good shape."""

    purpose: str
    index: int
    list_url: str
    size: int
    messages: Mapping[int, str]


@dataclass(frozen=True)
class StatusAnswer:
    """What the list says about one entry. `message` is the entry's own text for `value`, if it has one."""

    purpose: str
    list_url: str
    index: int
    value: int
    message: str | None


def read_entry(value: Mapping[str, Any]) -> Entry:
    """Check the shape of an entry (section 2.1). Raises `MalformedValueError` or `RangeError_`."""
    purpose, index, url = (value.get(n) for n in ("statusPurpose", "statusListIndex", "statusListCredential"))
    if not isinstance(purpose, str) or not purpose:
        raise MalformedValueError("a status entry needs a statusPurpose", path="/credentialStatus")
    if not isinstance(index, str) or not _INDEX.match(index):
        raise RangeError_("statusListIndex is not a decimal number in a string")
    if not is_url(url):
        raise MalformedValueError("statusListCredential is not a URL", path="/credentialStatus")
    if "id" in value and value["id"] == url:
        raise MalformedValueError("a status entry's id is not the list's address", path="/credentialStatus")
    size = value.get("statusSize", 1)
    if type(size) is not int or not 1 <= size <= _LARGEST_SIZE:
        raise MalformedValueError(f"statusSize is not a number from 1 to {_LARGEST_SIZE}", path="/credentialStatus")
    assert isinstance(url, str)  # noqa: S101 - is_url said so
    return Entry(purpose, int(index), url, size, _messages(value.get("statusMessage"), size))


def _messages(value: Any, size: int) -> dict[int, str]:
    if value is None:
        if size > 1:
            raise MalformedValueError("a status of several bits needs statusMessage", path="/credentialStatus")
        return {}
    messages: dict[int, str] = {}
    for item in entries(value):
        code = item.get("status") if isinstance(item, dict) else None
        text = item.get("message") if isinstance(item, dict) else None
        if not isinstance(code, str) or not re.match(r"0x[0-9A-Fa-f]{1,2}\Z", code) or not isinstance(text, str):
            raise MalformedValueError("statusMessage pairs a status (0x…) with a text", path="/credentialStatus")
        messages[int(code, 16)] = text
    if messages.keys() != set(range(1 << size)):
        raise MalformedValueError("statusMessage needs one text for each value", path="/credentialStatus")
    return messages


def check(
    value: Mapping[str, Any],
    *,
    issuer: str,
    fetcher: Fetcher,
    resolver: Resolver,
    accepted_suites: frozenset[str],
    now: datetime,
    skew: timedelta,
    profile: Profile = Profile.STANDARD,
    limits: Limits = DEFAULT,
) -> StatusAnswer:
    """What the list says about the entry `value` of a credential that `issuer` signed (section 3.2).

    (1) the entry is well-formed
    (2) the list is fetched
    (3) it is a credential, signed by `issuer` and nobody else, for this address, and in force
    (4) its purpose is the entry's
    (5) it unpacks to at least 131,072 entries, the entry's among them

    Raises `RangeError_`, `StatusRetrievalError`, `StatusVerificationError`, `StatusListLengthError`: then nothing is
    known about the credential's status.
    """
    try:
        wanted = read_entry(value)
    except MalformedValueError as error:
        raise StatusVerificationError(f"the credential's status entry: {error.detail}") from error
    try:
        fetched = fetcher.fetch(wanted.list_url, accept=ACCEPT, max_bytes=limits.fetched_bytes)
    except FetchError as error:
        raise StatusRetrievalError(f"the list at {wanted.list_url} was not obtained: {error.reason}") from error
    expected = securing.Expectations(
        accepted_suites=accepted_suites,
        purpose="assertionMethod",
        controller=issuer,
        resolver=resolver,
        now=now,
        skew=skew,
        profile=profile,
        max_proofs=min(limits.proofs, _MOST_PROOFS),
    )
    bits = _bits(fetched.body, wanted, issuer=issuer, expected=expected)
    if wanted.index >= len(bits):
        raise RangeError_(f"the list has {len(bits)} entries and none at {wanted.index}")
    number = bits[wanted.index]
    return StatusAnswer(wanted.purpose, wanted.list_url, wanted.index, number, wanted.messages.get(number))


@dataclass(frozen=True)
class _Looked:
    """A list that was looked at: what it says, when it may be relied on, and its proofs."""

    listed: Credential
    proofs: VerifiedProofs
    bits: Bitstring


def _bits(body: bytes, wanted: Entry, *, issuer: str, expected: securing.Expectations) -> Bitstring:
    """(3) to (5). One look at a list answers for every credential that is checked against it.

    What is kept is the answer to exactly this question: the same bytes, the same keys of the issuer, the same rules.
    Whether the list is in force is asked anew each time. Refusals are not kept.
    """
    question = _question(body, wanted, issuer=issuer, expected=expected)
    looked = _ANSWERED.get(question)
    if looked is None or not looked.proofs.made_by(expected.now + expected.skew):
        looked = _look(body, wanted, issuer=issuer, expected=expected)
        _keep(question, looked)
    _check_in_force(looked.listed, expected)
    return looked.bits


def _keep(question: tuple[Any, ...] | None, looked: _Looked) -> None:
    too_long = len(looked.bits) * looked.bits.size > _LONGEST_KEPT_BITS
    if question is None or too_long or not looked.proofs.lasting or "proof" not in looked.listed.document:
        return
    with _ANSWERING:
        while len(_ANSWERED) >= _KEPT_ANSWERS:
            del _ANSWERED[next(iter(_ANSWERED))]  # the oldest
        _ANSWERED[question] = looked


def _question(body: bytes, wanted: Entry, *, issuer: str, expected: securing.Expectations) -> tuple[Any, ...] | None:
    """What the answer depends on; None for what is not kept: long lists, and issuers that cannot be resolved."""
    if len(body) > _LONGEST_KEPT_BODY:
        return None
    try:
        controller = expected.resolver(issuer)
    except DidError:
        return None  # `_look` says what that means
    if not isinstance(controller, DidDocument):
        return None
    keys = controller.spelled_out
    rules = (expected.accepted_suites, expected.profile, expected.max_proofs)
    return (body, keys, issuer, wanted.list_url, wanted.purpose, wanted.size, *rules)


def _look(body: bytes, wanted: Entry, *, issuer: str, expected: securing.Expectations) -> _Looked:
    """(3) to (5), whether it is in force now aside."""
    try:
        secured = securing.read(body, limits=_LIST_LIMITS)
        listed = credentials.check(secured.document, inline_contexts="refuse", profile=expected.profile)
    except ParsingError as error:
        raise StatusRetrievalError(f"what is served at the list's address is no credential: {error}") from error
    except VcError as error:
        raise StatusVerificationError(f"the list is no credential: {error.detail}") from error
    if listed.status:
        raise StatusVerificationError("the list has a status of its own, which would have to be looked up first")
    if listed.issuer != issuer:
        raise StatusVerificationError(f"the list is issued by {listed.issuer}, not by the credential's issuer")
    try:
        proofs = securing.prove(secured, expected)
    except VcError as error:
        raise StatusVerificationError(f"the list does not verify: {error.detail}") from error
    _check_in_force(listed, expected)
    if listed.id is not None and listed.id != wanted.list_url:
        raise StatusVerificationError("the list was made for another address")
    published = _subject(listed, wanted)
    return _Looked(listed, proofs, Bitstring.from_encoded(published.get("encodedList"), size=wanted.size))


def _check_in_force(listed: Credential, expected: securing.Expectations) -> None:
    if listed.valid_from and listed.valid_from > expected.now + expected.skew:
        raise StatusVerificationError("the list is not yet in force")
    if listed.valid_until and listed.valid_until < expected.now - expected.skew:
        raise StatusVerificationError("the list is out of date")


def _subject(listed: Credential, wanted: Entry) -> Mapping[str, Any]:
    if LIST_CREDENTIAL_TYPE not in listed.types or len(listed.subjects) != 1:
        raise StatusVerificationError(f"not a {LIST_CREDENTIAL_TYPE} with one subject")
    subject = listed.subjects[0]
    if LIST_TYPE not in entries(subject.get("type")):
        raise StatusVerificationError(f"the subject is not a {LIST_TYPE}")
    purposes: Sequence[Any] = entries(subject.get("statusPurpose"))
    if wanted.purpose not in purposes:
        raise StatusVerificationError(f"the list does not speak about {wanted.purpose}")
    return subject
