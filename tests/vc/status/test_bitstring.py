"""Bitstring Status List: the published lists, the bits, and every list that does not answer (V-STA-1 to V-STA-3)."""

from __future__ import annotations

import gzip
import json
import tracemalloc
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keys.multibase import encode_base64url
from tests.vc.vectors import listed, load, needs_vectors
from tests.world import NOW, World
from vc.errors import StatusListLengthError, StatusVerificationError
from vc.findings import Answer, Headline, Report, Verdict
from vc.status import bitstring
from vc.status.bitstring import MINIMUM_ENTRIES, Bitstring

# --- the list itself ------------------------------------------------------------------------------


@needs_vectors
def test_the_specifications_list_is_empty() -> None:
    published = load("bitstring-status-list", "positive.json")["from_specification"]
    bits = Bitstring.from_encoded(published["encodedList"])
    assert len(bits) == published["entries"]
    assert not any(bits[index] for index in range(0, len(bits), 997))


@needs_vectors
@pytest.mark.parametrize("case", dict(listed("bitstring-status-list", "positive.json")).get("generated", []))
def test_published_list(case: dict[str, Any]) -> None:
    bits = Bitstring.from_encoded(case["encodedList"], size=case["status_size"])
    assert len(bits) == case["entries"]
    expected = {int(index): value for index, value in case["set"].items()}
    assert {index: bits[index] for index in range(len(bits)) if bits[index]} == expected
    rebuilt = Bitstring(case["entries"], size=case["status_size"])
    for index, value in expected.items():
        rebuilt[index] = value
    assert Bitstring.from_encoded(rebuilt.encoded(), size=case["status_size"])._bytes == bits._bytes


@needs_vectors
@pytest.mark.parametrize("case", listed("bitstring-status-list", "negative.json"), ids=lambda case: case["about"])
def test_published_bad_list(case: dict[str, Any]) -> None:
    wanted = StatusListLengthError if case["about"].startswith("shorter") else StatusVerificationError
    with pytest.raises(wanted):
        Bitstring.from_encoded(case["encodedList"])


def test_index_0_is_the_left_most_bit_of_the_first_byte() -> None:
    bits = Bitstring()
    bits.set(0)
    bits.set(9)
    assert bytes(bits._bytes[:2]) == b"\x80\x40"


@settings(deadline=None, max_examples=50)
@given(
    size=st.integers(1, 8),
    marks=st.dictionaries(st.integers(0, MINIMUM_ENTRIES - 1), st.integers(0, 255), max_size=20),
)
def test_status_bits_survive_the_round_trip(size: int, marks: dict[int, int]) -> None:
    bits = Bitstring(size=size)
    for index, value in marks.items():
        bits[index] = value % (1 << size)
    opened = Bitstring.from_encoded(bits.encoded(), size=size)
    assert {i: opened[i] for i in marks} == {i: v % (1 << size) for i, v in marks.items()}
    for index in marks:
        opened[index] = 0
    assert not any(opened._bytes)


def test_equal_lists_are_written_alike() -> None:
    assert Bitstring().encoded() == Bitstring().encoded()


@pytest.mark.parametrize("index", [-1, MINIMUM_ENTRIES])
def test_there_is_nothing_outside_the_list(index: int) -> None:
    with pytest.raises(IndexError):
        Bitstring()[index]


def test_V_DOS_2_a_bomb_is_stopped_while_it_unpacks() -> None:
    bomb = "u" + encode_base64url(gzip.compress(bytes(200_000_000), compresslevel=9))
    tracemalloc.start()
    with pytest.raises(StatusVerificationError, match="more than"):
        Bitstring.from_encoded(bomb)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 64 * 1024 * 1024


def test_V_STA_2_what_follows_the_packed_list_is_refused() -> None:
    packed = gzip.compress(bytes(16_384))
    for wrong in (packed + b"x", packed + packed, packed[:-1], b""):
        with pytest.raises(StatusVerificationError):
            Bitstring.from_encoded("u" + encode_base64url(wrong))


# --- in a credential ------------------------------------------------------------------------------


@pytest.fixture
def world() -> World:
    return World()


def undecided(report: Report, problem: str) -> bool:
    """Neither valid nor revoked: the third answer, and not verified."""
    assert report["status"].answer is Answer.NOT_CHECKED
    assert not report.verified
    assert report.verdict is Verdict.UNDECIDED
    assert report.headline is Headline.INCOMPLETE
    assert problem in report.problems, report.problems
    return True


def test_V_STA_1_revoked(world: World) -> None:
    credential = world.issue()
    world.revoke(credential)
    report = world.verify(credential)
    assert not report.verified
    assert report.verdict is Verdict.NOT_VALID
    assert report.headline is Headline.REVOKED
    assert report.problems == ("CREDENTIAL_REVOKED",)


def test_V_STA_1_suspended_and_reinstated(world: World) -> None:
    credential = world.issue()
    world.suspend(credential)
    report = world.verify(credential)
    assert not report.verified
    assert report.headline is Headline.SUSPENDED
    world.reinstate(credential)
    assert world.verify(credential).verified


def test_V_STA_1_only_this_credential_is_marked(world: World) -> None:
    first, second = world.issue(), world.issue()
    world.revoke(first)
    assert world.verify(second).verified


def test_V_STA_1_a_list_that_cannot_be_had_is_not_a_yes(world: World) -> None:
    credential = world.issue()
    world.unreachable("status/revocation")
    assert undecided(world.verify(credential), "STATUS_RETRIEVAL_ERROR")


@pytest.mark.parametrize("page", [b"", b"<html>", b"[]", b"null", b'{"a":1,"a":2}', b"\xff"])
def test_V_STA_1_a_page_that_is_no_list(world: World, page: bytes) -> None:
    credential = world.issue()
    world.net.serve(world.institution.list_url("revocation"), page)
    assert undecided(world.verify(credential), "STATUS_RETRIEVAL_ERROR")


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"issuer": "did:web:other.example"}, "STATUS_VERIFICATION_ERROR"),
        ({"id": "https://northern-college.example/status/suspension"}, "STATUS_VERIFICATION_ERROR"),
        ({"validUntil": "2026-11-22T11:58:59Z"}, "STATUS_VERIFICATION_ERROR"),
        ({"validFrom": "2026-11-22T12:01:01Z"}, "STATUS_VERIFICATION_ERROR"),
        ({"type": ["VerifiableCredential"]}, "STATUS_VERIFICATION_ERROR"),
        ({"credentialSubject": {"statusPurpose": "suspension"}}, "STATUS_VERIFICATION_ERROR"),
        ({"credentialSubject": {"encodedList": "uAAAA"}}, "STATUS_VERIFICATION_ERROR"),
        (
            {"credentialSubject": {"encodedList": "u" + encode_base64url(gzip.compress(bytes(16_383), mtime=0))}},
            "STATUS_LIST_LENGTH_ERROR",
        ),
    ],
    ids=str,
)
def test_V_STA_2_lists_that_do_not_answer(world: World, changes: dict[str, Any], problem: str) -> None:
    credential = world.issue()
    world.serve_list(world.institution, "revocation", **changes)
    assert undecided(world.verify(credential), problem)


def test_V_STA_2_an_unsigned_list_and_one_that_was_changed(world: World) -> None:
    credential = world.issue()
    url = world.institution.list_url("revocation")

    signed = json.loads(world.net.pages[url]())
    world.net.serve(url, {n: v for n, v in signed.items() if n != "proof"})
    assert undecided(world.verify(credential), "STATUS_VERIFICATION_ERROR")
    world.net.serve(url, {**signed, "validUntil": "2030-01-01T00:00:00Z"})
    assert undecided(world.verify(credential), "STATUS_VERIFICATION_ERROR")


def test_V_STA_2_another_issuer_cannot_un_revoke(world: World) -> None:
    credential = world.issue()
    world.revoke(credential)
    mallory = world.organisation("Mallory College")
    world.serve_list(world.institution, "revocation", signer=mallory, issuer=mallory.did)
    assert undecided(world.verify(credential), "STATUS_VERIFICATION_ERROR")


@pytest.mark.parametrize(
    ("entry", "problem"),
    [
        ({"statusListIndex": "131072"}, "RANGE_ERROR"),
        ({"statusListIndex": "-1"}, "RANGE_ERROR"),
        ({"statusListIndex": "first"}, "RANGE_ERROR"),
        ({"statusListIndex": "1" * 5000}, "RANGE_ERROR"),
        ({"statusListIndex": "٣"}, "RANGE_ERROR"),
        ({"statusListIndex": "007"}, "RANGE_ERROR"),
        ({"statusListIndex": None}, "RANGE_ERROR"),
        ({"statusPurpose": None}, "STATUS_VERIFICATION_ERROR"),
        ({"statusListCredential": None}, "STATUS_VERIFICATION_ERROR"),
        ({"id": "https://northern-college.example/status/revocation"}, "STATUS_VERIFICATION_ERROR"),
        ({"statusSize": 9}, "STATUS_VERIFICATION_ERROR"),
        ({"statusSize": 2}, "STATUS_VERIFICATION_ERROR"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_V_STA_2_V_STA_3_entries_that_point_nowhere(world: World, entry: dict[str, Any], problem: str) -> None:
    good = world.status_entries(world.institution, "revocation")[0]
    bad = {n: v for n, v in {**good, **entry}.items() if v is not None}
    assert undecided(world.verify(world.sign(world.draft(credentialStatus=bad))), problem)


def test_V_STA_3_an_unknown_kind_of_status_fails_closed(world: World) -> None:
    status = {"id": "https://x.example/1", "type": "https://example.org/#Status"}
    report = world.verify(world.sign(world.draft(credentialStatus=status)))
    assert undecided(report, "STATUS_VERIFICATION_ERROR")


def test_V_STA_3_one_of_several_entries_revoked(world: World) -> None:
    entries = [world.status_entries(world.institution, "revocation")[0] for _ in range(3)]
    credential = world.sign(world.draft(credentialStatus=entries))
    assert world.verify(credential).verified
    world.institution.lists["revocation"][int(entries[1]["statusListIndex"])] = 1
    assert world.verify(credential).headline is Headline.REVOKED


def test_V_TAM_4_a_removed_entry_is_found_before_any_list_is_fetched(world: World) -> None:
    credential = world.issue()
    world.revoke(credential)
    del credential["credentialStatus"]
    assert "CRYPTOGRAPHIC_SECURITY_ERROR" in world.verify(credential).problems
    assert not [url for url in world.net.requests if "status" in url]


def test_no_status_list_leaves_the_question_open_and_the_credential_genuine(world: World) -> None:
    report = world.verify(world.issue(status=False))
    assert report.verified
    assert report["status"].answer is Answer.NOT_CHECKED
    assert report.verdict is Verdict.UNDECIDED
    assert report.headline is Headline.INCOMPLETE


def test_messages_say_something_and_revoke_nothing(world: World) -> None:
    college = world.institution
    college.lists["message"] = Bitstring(size=2)
    college.lists["message"][77] = 2
    world.serve_list(college, "message")
    texts = ["pending", "graded", "appealed", "closed"]
    entry = {
        **bitstring.entry(list_url=college.list_url("message"), index=77, purpose="message"),
        "statusSize": 2,
        "statusMessage": [{"status": hex(code), "message": text} for code, text in enumerate(texts)],
    }
    report = world.verify(world.sign(world.draft(credentialStatus=entry)))
    assert report.verified
    finding = report["status"].findings[0]
    assert finding.data == {"purpose": "message", "message": "appealed", "value": 2}


def test_V_TIM_1_a_list_is_fresh_to_the_minute(world: World) -> None:
    credential = world.issue()
    for seconds, answer in ((59, Answer.PASSED), (61, Answer.NOT_CHECKED)):
        world.serve_list(
            world.institution,
            "revocation",
            validUntil=(NOW - timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ"),
        )
        assert world.verify(credential)["status"].answer is answer


def test_entries_are_built_as_they_are_read() -> None:
    made = bitstring.entry(list_url="https://x.example/s", index=5, purpose="revocation")
    assert bitstring.read_entry(made).index == 5
    with pytest.raises(ValueError, match="never"):
        bitstring.entry(list_url="https://x.example/s", index=5, purpose="revocation", entry_id="https://x.example/s")
    with pytest.raises(ValueError, match="counts"):
        bitstring.entry(list_url="https://x.example/s", index=-5, purpose="revocation")
    with pytest.raises(ValueError, match="at least"):
        Bitstring(100)
