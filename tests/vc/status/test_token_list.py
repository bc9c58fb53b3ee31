"""The IETF Token Status List: the draft's own tables, our round trip, and lists that must not count."""

import json
import zlib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keys import KeyType, PrivateKey
from vc.errors import RangeError_, StatusVerificationError, VcError
from vc.jose import base64url, jws
from vc.status.token_list import ENTRY_BITS, StatusReference, TokenStatusList, check, sign_list

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
URI = "https://college.example/status/1"
KEY = PrivateKey.generate(KeyType.P256)


class KeySigner:
    """A signer on a bare key."""

    public_key = KEY.public
    sign = staticmethod(KEY.sign)


def test_the_drafts_small_lists(vectors: Path) -> None:
    for example in json.loads((vectors / "token-status-list" / "encoding-small.json").read_text()):
        status_list = TokenStatusList.from_encoded(example["json"]["lst"], bits=example["bits"])
        again = TokenStatusList.of([status_list[n] for n in range(len(status_list))], bits=example["bits"])
        assert again.encoded() == example["json"]["lst"]
        assert zlib.decompress(base64url.decode(again.encoded())).hex() == example["byte_array_hex"]


@pytest.mark.parametrize("bits", [1, 2, 8])
def test_the_drafts_large_lists(vectors: Path, bits: int) -> None:
    example = json.loads((vectors / "token-status-list" / f"encoding-{bits}bit.json").read_text())
    status_list = TokenStatusList.from_encoded(example["json"]["lst"], bits=bits)
    expected = {int(index): value for index, value in example["status"].items() if value}
    assert len(status_list) == example["size"]
    assert {n: status_list[n] for n in range(len(status_list)) if status_list[n]} == expected


@given(st.data(), st.sampled_from(ENTRY_BITS))
def test_values_survive_the_round_trip(data: st.DataObject, bits: int) -> None:
    values = data.draw(st.lists(st.integers(0, 2**bits - 1), min_size=1, max_size=200))
    read = TokenStatusList.from_encoded(TokenStatusList.of(values, bits=bits).encoded(), bits=bits)
    assert [read[n] for n in range(len(values))] == values


def token(**changes: Any) -> str:
    given: dict[str, Any] = {
        "uri": URI,
        "issuer": "https://college.example",
        "signer": KeySigner(),
        "kid": "status",
        "now": NOW,
        "lifetime": timedelta(hours=1),
        "ttl": timedelta(minutes=15),
    }
    return sign_list(TokenStatusList.of([0, 1, 2, 0], bits=2), **{**given, **changes})


def status(text: str, index: int = 1, **changes: Any) -> int:
    given: dict[str, Any] = {"key": KEY.public, "accepted_algs": frozenset({"ES256"}), "now": NOW}
    return check(StatusReference(URI, index), text, **{**given, **changes})


def test_the_list_says_what_was_set() -> None:
    assert [status(token(), index) for index in range(4)] == [0, 1, 2, 0]


def test_V_STA_2_an_index_outside_the_list_is_a_range_error() -> None:
    with pytest.raises(RangeError_):
        status(token(), 4)


@pytest.mark.parametrize(
    ("made", "read", "reason"),
    [
        ({"uri": "https://college.example/status/2"}, {}, "another one"),
        ({}, {"key": PrivateKey.generate(KeyType.P256).public}, "signature"),
        ({}, {"now": NOW + timedelta(hours=1, seconds=61)}, "expired"),
        ({"now": NOW + timedelta(seconds=62)}, {}, "future"),
        ({}, {"accepted_algs": frozenset({"EdDSA"})}, "not accepted"),
    ],
)
def test_V_STA_2_a_list_that_is_not_the_one_named_is_refused(made: Any, read: Any, reason: str) -> None:
    with pytest.raises(StatusVerificationError, match=reason):
        status(token(**made), **read)


def claims(**changes: Any) -> str:
    content = {"sub": URI, "iat": int(NOW.timestamp()), "status_list": {"bits": 1, "lst": "eNrbuRgAAhcBXQ"}}
    return jws.sign({**content, **changes}, signer=KeySigner(), typ=changes.pop("typ", "statuslist+jwt"))


BOMB = base64url.encode(zlib.compress(bytes(64 * 1024 * 1024), 9))


@pytest.mark.parametrize(
    "changes",
    [
        {"status_list": None},
        {"status_list": {"bits": 3, "lst": "eNrbuRgAAhcBXQ"}},
        {"status_list": {"bits": True, "lst": "eNrbuRgAAhcBXQ"}},
        {"status_list": {"bits": 1, "lst": "eNrbuRgAAhcBXQ=="}},
        {"status_list": {"bits": 1, "lst": "eNrbuRgA"}},
        {"status_list": {"bits": 1, "lst": "AAAA"}},
        {"status_list": {"bits": 1, "lst": 7}},
        {"iat": "now"},
        {"iat": None},
        {"exp": "never"},
        {"exp": True},
    ],
)
def test_V_STA_2_a_malformed_list_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(VcError):
        status(claims(**changes))


def test_V_DOS_2_a_list_that_unpacks_without_end_is_stopped() -> None:
    with pytest.raises(StatusVerificationError, match="unpacks to more"):
        TokenStatusList.from_encoded(BOMB, bits=1)


@pytest.mark.parametrize(
    "claim",
    [
        None,
        {},
        {"status_list": {}},
        {"status_list": {"idx": "1", "uri": URI}},
        {"status_list": {"idx": -1, "uri": URI}},
        {"status_list": {"idx": True, "uri": URI}},
    ],
)
def test_V_STA_3_an_unknown_or_malformed_reference_is_refused(claim: Any) -> None:
    with pytest.raises(StatusVerificationError):
        StatusReference.from_claim(claim)
