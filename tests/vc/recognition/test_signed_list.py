"""The list of an authority that a verifier holds: whole, in date, and as the authority signed it."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from keys import dids
from keys.fetching import NoNetwork
from tests.world import ACCEPTED, NOW, World
from vc.errors import ControllerNotReached, VcError
from vc.policy import PUBLIC
from vc.recognition import Held, digest_multibase
from vc.recognition.signed_list import (
    SignedList,
    digests,
    edition_digest,
    list_credential,
    list_presentation,
    read_list,
)
from vc.verify import verify_credential

COMMITTEE = "Talent committee"
WEEK = timedelta(days=7)


class Desk:
    """A world with three accreditations, and the committee's list of them."""

    def __init__(self) -> None:
        self.world = World()
        for programme in ("Data analysis 102", "Data analysis 103"):
            self.world.accredit(programme)
        self.editions = self.world.everything_published()
        self.list = self.made()

    def made(self, *, by: str = COMMITTEE, issued: Any = NOW, **changes: Any) -> dict[str, Any]:
        """A list of the committee's accreditations, signed by somebody."""
        signer = self.world.organisation(by)
        committee = self.world.organisation(COMMITTEE)
        document = list_credential(
            address="https://committee.example/list",
            authority=committee.did,
            authority_name=COMMITTEE,
            digests_address="https://committee.example/digests",
            editions=[edition_digest(one) for one in self.editions],
            issued=issued,
            until=issued + WEEK,
        )
        written = {name: value for name, value in {**document, **changes}.items() if value is not None}
        signed = signer.sign(written, created=NOW, suite="eddsa-jcs-2022")
        return list_presentation(signed, self.editions)

    def read(self, presentation: Any, **options: Any) -> SignedList:
        given = {
            "resolver": partial(dids.resolve, fetcher=self.world.net, now=NOW),
            "accepted_suites": ACCEPTED,
            "now": NOW,
            **options,
        }
        return read_list(json.dumps(presentation), **given)


@pytest.fixture(scope="module")
def desk() -> Desk:
    return Desk()


def test_a_list_is_read_as_it_was_signed(desk: Desk) -> None:
    read = desk.read(desk.list)
    assert read.authority == desk.world.organisation(COMMITTEE).did
    assert (read.issued, read.until) == (NOW, NOW + WEEK)
    assert list(read.recognitions) == desk.editions
    assert len(read.recognitions) == 3


def test_what_it_holds_answers_without_network(desk: Desk) -> None:
    credential = desk.world.issue("Data analysis 102", completed="2026-10-15")
    held = Held(desk.read(desk.list).recognitions)
    desk.world.net.serve("https://northern-college.example/whois.vp", b"{}")
    report = verify_credential(
        credential,
        anchors=desk.world.trusting(COMMITTEE),
        policy=PUBLIC,
        accepted_suites=ACCEPTED,
        fetcher=desk.world.net,
        now=NOW,
        held=held,
    )
    assert report["accreditation"].answer.value == "passed", report.findings


def test_an_authority_without_decisions_has_an_empty_list() -> None:
    empty = Desk()
    empty.editions = []
    assert empty.read(empty.made()).recognitions == ()


def changed(change: Callable[[list[Any]], Any]) -> Callable[[Desk], Any]:
    def make(desk: Desk) -> Any:
        presentation = copy.deepcopy(desk.list)
        change(presentation["verifiableCredential"])
        return presentation

    return make


def newly_digested(carried: list[Any]) -> dict[str, Any]:
    """The digest of what is carried now, in a list that was signed for something else."""
    digest = digest_multibase(digests([edition_digest(one) for one in carried[1:]]))
    return {"relatedResource": {**carried[0]["relatedResource"], "digestMultibase": digest}}


HOSTILE: dict[str, Callable[[Desk], Any]] = {
    "one left out": changed(lambda carried: carried.pop()),
    "one put in twice": changed(lambda carried: carried.append(carried[1])),
    "two in another order": changed(lambda carried: carried.insert(1, carried.pop())),
    "one altered": changed(lambda carried: carried[1].update(validUntil="2040-01-01T00:00:00Z")),
    "one left out, and its digest": changed(
        lambda carried: (carried.pop(), carried[0].update(newly_digested(carried)))
    ),
    "a later end": changed(lambda carried: carried[0].update(validUntil="2040-01-01T00:00:00Z")),
    "no signature": changed(lambda carried: carried[0].pop("proof")),
    "no list": changed(lambda carried: carried.pop(0)),
    "nothing": changed(lambda carried: carried.clear()),
    "texts for credentials": changed(lambda carried: carried.append("x")),
    "digests that are none": changed(lambda carried: carried[0]["relatedResource"].update(digestMultibase=7)),
    "no digest": changed(lambda carried: carried[0].pop("relatedResource")),
    "signed by somebody else": lambda desk: desk.made(by="Northern College"),
    "of last month": lambda desk: desk.made(issued=NOW - timedelta(days=30)),
    "of tomorrow": lambda desk: desk.made(issued=NOW + timedelta(days=1)),
    "without an end": lambda desk: desk.made(validUntil=None),
    "a single recognition": lambda desk: desk.editions[0],
    "not an object": lambda _: ["x"],
}


@pytest.mark.parametrize("what", HOSTILE)
def test_a_list_that_is_not_the_authoritys_is_refused(desk: Desk, what: str) -> None:
    presentation = HOSTILE[what](desk)
    with pytest.raises(VcError):
        desk.read(presentation)


def test_without_the_authoritys_keys_nothing_is_said_about_its_list(desk: Desk) -> None:
    with pytest.raises(ControllerNotReached):
        desk.read(desk.list, resolver=partial(dids.resolve, fetcher=NoNetwork(), now=NOW))


def test_a_long_list_is_read(desk: Desk) -> None:
    long = Desk()
    long.editions = [{**desk.editions[0], "id": f"urn:uuid:{number}"} for number in range(1500)]
    assert len(long.read(long.made()).recognitions) == 1500
