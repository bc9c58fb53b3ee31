"""The authorities' lists that a verifier holds: answers while others are away, and nothing that was not signed."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from keys.dids import did_web
from keys.dids.document import PublishedKey
from tests.packs import pack_of
from tests.world import World
from vc.findings import Verdict
from vc.held_recognition import signed_list_service
from vc.policy import PUBLIC
from vc.recognition import Source, Standing, whois_presentation
from vc.recognition.signed_list import edition_digest, list_credential, list_presentation
from verifier.checking import Checker
from verifier.lists import HeldLists

HOUR = timedelta(hours=1)


@pytest.fixture
def world() -> World:
    """The committee publishes its list; the college publishes nothing of its own."""
    world = World()
    committee = world.authority
    signed = world.publish_nothing()
    serve_list(world, f"{committee.origin}/accreditations")
    world.net.serve(f"{committee.origin}/accreditations", lambda: signed_list(world, signed))
    return world


def signed_list(world: World, recognitions: list[dict[str, Any]], **changes: Any) -> dict[str, Any]:
    """The committee's list of these recognitions, good for a week."""
    committee = world.authority
    document = list_credential(
        address=f"{committee.origin}/accreditations",
        digests_address=f"{committee.origin}/accreditations/digests/1",
        authority=committee.did,
        authority_name=committee.name,
        editions=[edition_digest(one) for one in recognitions],
        issued=world.now,
        until=world.now + timedelta(days=7),
    )
    signed = committee.sign({**document, **changes}, created=world.now, suite="eddsa-jcs-2022")
    return list_presentation(signed, recognitions)


def serve_list(world: World, address: str) -> None:
    """Have the committee's identifier document name `address` as its list."""
    committee = world.authority
    services = [signed_list_service(committee.did, address)]
    document = did_web.document(committee.did, methods=[PublishedKey(committee.key.public)], services=services)
    world.net.serve(f"{committee.origin}/.well-known/did.json", document)


def refreshed(world: World, lists: HeldLists) -> bool:
    return lists.refresh_when_due([world.authority.did], fetcher=world.net, now=world.now)


def standing(world: World, lists: HeldLists) -> tuple[Standing, Source | None]:
    [answer] = world.verify(world.issue(), held=lists.held).recognition.answers
    return answer.then, answer.source


def test_what_nobody_publishes_but_the_authority_is_known_from_its_list(world: World, tmp_path: Path) -> None:
    lists = HeldLists(tmp_path / "lists", every=HOUR)
    assert standing(world, lists) == (Standing.NEVER, None)
    assert refreshed(world, lists)
    assert standing(world, lists) == (Standing.RECOGNISED, Source.HELD)


def test_a_share_pack_is_judged_by_the_lists_that_are_held(world: World, tmp_path: Path) -> None:
    lists = HeldLists(tmp_path / "lists", every=HOUR)
    checker = Checker(world.anchors, PUBLIC, world.net, clock=lambda: world.now, lists=lists)
    pack = pack_of(world, world.issue(), stapled=())
    [before] = checker.pack(pack).report.credentials
    assert refreshed(world, lists)
    [after] = checker.pack(pack).report.credentials
    assert (before.verdict, after.verdict) == (Verdict.VALID_NOT_RECOGNISED, Verdict.VALID)


def test_a_list_is_fetched_once_an_hour_and_outlives_a_restart(world: World, tmp_path: Path) -> None:
    lists = HeldLists(tmp_path / "lists", every=HOUR)
    assert refreshed(world, lists)
    assert not refreshed(world, lists)
    world.now += HOUR
    assert refreshed(world, lists)
    world.net.pages.pop(f"{world.authority.origin}/accreditations")
    again = HeldLists(tmp_path / "lists", every=HOUR)
    assert refreshed(world, again)
    assert standing(world, again) == (Standing.RECOGNISED, Source.HELD)


@pytest.mark.parametrize("what", ["unsigned", "not whole", "out of date"])
def test_a_list_that_is_not_as_the_authority_signed_it_is_not_kept(world: World, tmp_path: Path, what: str) -> None:
    address = f"{world.authority.origin}/accreditations"
    world.accredit("Data analysis 101")
    signed = world.publish_nothing()
    good = signed_list(world, signed)
    served = {
        "unsigned": whois_presentation(signed),
        "not whole": {**good, "verifiableCredential": good["verifiableCredential"][:-1]},
        "out of date": signed_list(world, signed, validUntil="2026-01-01T00:00:00Z"),
    }
    world.net.serve(address, lambda: served[what])
    lists = HeldLists(tmp_path / "lists", every=HOUR)
    assert refreshed(world, lists)
    assert list((tmp_path / "lists").iterdir()) == []


def test_V_SSRF_3_a_list_elsewhere_is_not_asked_for(world: World, tmp_path: Path) -> None:
    serve_list(world, "https://metadata.example/list")
    world.net.serve("https://metadata.example/list", {})
    lists = HeldLists(tmp_path / "lists", every=HOUR)
    assert refreshed(world, lists)
    assert "https://metadata.example/list" not in world.net.requests
    assert standing(world, lists)[0] is Standing.NEVER


@pytest.mark.parametrize("page", [b"", b"[]", b"{", b'{"a": 1, "a": 2}'])
def test_a_list_that_cannot_be_read_leaves_the_earlier_one(world: World, tmp_path: Path, page: bytes) -> None:
    lists = HeldLists(tmp_path / "lists", every=HOUR)
    assert refreshed(world, lists)
    world.net.serve(f"{world.authority.origin}/accreditations", page)
    world.now += HOUR
    assert refreshed(world, lists)
    assert standing(world, lists)[0] is Standing.RECOGNISED


def test_an_empty_list_is_an_answer(world: World, tmp_path: Path) -> None:
    lists = HeldLists(tmp_path / "lists", every=HOUR)
    assert refreshed(world, lists)
    world.net.serve(f"{world.authority.origin}/accreditations", lambda: signed_list(world, []))
    world.now += HOUR
    assert refreshed(world, lists)
    assert standing(world, lists)[0] is Standing.NEVER


def test_a_recognition_in_a_list_that_was_altered_counts_for_nothing(world: World, tmp_path: Path) -> None:
    signed = world.accredit("Data analysis 101", publish=False)
    forged = {**signed, "validFrom": "2020-01-01T00:00:00Z"}
    world.net.serve(f"{world.authority.origin}/accreditations", lambda: signed_list(world, [forged]))
    lists = HeldLists(tmp_path / "lists", every=HOUR)
    assert refreshed(world, lists)
    assert standing(world, lists)[0] is Standing.NEVER


def test_none_is_held_where_the_operator_wants_none(world: World) -> None:
    assert not refreshed(world, HeldLists())
