"""Endorsements: each checked by itself, told apart, counted for nothing."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.world import NOW, World
from vc import endorsement
from vc.findings import Accredited, Endorsed, EndorsementNotProven, Malformed, OverLimit, Report, Verdict
from vc.jose.open_badges_jwt import OPEN_BADGES_JWT


@pytest.fixture
def world() -> World:
    return World()


def endorsement_of(world: World, endorsed: str, **changes: Any) -> dict[str, Any]:
    chamber = world.organisation("Chamber of commerce")
    draft = endorsement.endorsement_credential(
        credential_id=f"{chamber.origin}/endorsements/1",
        endorser=chamber.did,
        endorser_name=chamber.name,
        endorsed=endorsed,
        comment="We hire people who hold this.",
        name="Endorsement",
        valid_from=NOW - timedelta(days=100),
    )
    return {**draft, **changes}


def signed(world: World, endorsed: str, **changes: Any) -> dict[str, Any]:
    return world.sign(endorsement_of(world, endorsed, **changes), issuer="Chamber of commerce")


def badge_with(
    world: World, *embedded: Any, member: str = "endorsement", on: str = "achievement", **sign: Any
) -> dict[str, Any]:
    draft = world.draft()
    place = (
        draft
        if on == "credential"
        else draft["issuer"]
        if on == "issuer"
        else draft["credentialSubject"]["achievement"]
    )
    place[member] = list(embedded)
    return world.sign(draft, **sign)


def achievement_id(world: World) -> str:
    return world.programme("Data analysis 101").id


def told(report: Report) -> list[type]:
    return [type(finding) for finding in report.findings if isinstance(finding, (Endorsed, EndorsementNotProven))]


def test_an_endorsement_that_holds_is_told_with_who_said_it(world: World) -> None:
    report = world.verify(badge_with(world, signed(world, achievement_id(world))))
    assert report.verdict is Verdict.VALID
    finding = next(finding for finding in report.findings if isinstance(finding, Endorsed))
    assert finding.endorser == world.organisation("Chamber of commerce").did
    assert finding.comment == "We hire people who hold this."
    assert report.endorsements[0].verified


def test_an_endorsement_may_be_a_token_and_stand_elsewhere(world: World) -> None:
    chamber = world.organisation("Chamber of commerce")
    token = OPEN_BADGES_JWT.sign(
        endorsement_of(world, world.institution.did), signer=chamber.key, kid=chamber.verification_method
    )
    badge = badge_with(world, token, member="endorsementJwt", on="issuer")
    accepted = frozenset({"eddsa-rdfc-2022", "EdDSA"})
    assert told(world.verify(badge, accepted_suites=accepted)) == [Endorsed]


def test_an_endorsement_is_no_accreditation() -> None:
    world = World(accredited=False)
    report = world.verify(badge_with(world, signed(world, achievement_id(world))))
    assert told(report) == [Endorsed]
    assert not any(isinstance(finding, Accredited) for finding in report.findings)
    assert report.verdict is Verdict.VALID_NOT_RECOGNISED


def test_one_that_does_not_hold_counts_for_nothing_and_is_told(world: World) -> None:
    elsewhere = signed(world, world.institution.did)
    expired = signed(world, achievement_id(world), validUntil="2026-11-01T00:00:00Z")
    for without_worth in (elsewhere, expired):
        report = world.verify(badge_with(world, without_worth))
        assert told(report) == [EndorsementNotProven]
        assert report.verdict is Verdict.VALID


def test_V_PRF_4_a_forged_one_spoils_the_badge(world: World) -> None:
    good = signed(world, achievement_id(world))
    altered = {**good, "credentialSubject": {**good["credentialSubject"], "endorsementComment": "The best of all."}}
    foreign = {**good, "issuer": world.institution.did}
    unsigned = endorsement_of(world, achievement_id(world))
    for lie in (altered, foreign, unsigned):
        report = world.verify(badge_with(world, lie))
        assert told(report) == [EndorsementNotProven]
        assert report.verdict is Verdict.NOT_VALID


@pytest.mark.parametrize("nonsense", ["eyJhbGciOiJub25lIn0.e30.", "text", "{}"])
def test_V_DM_1_nonsense_in_its_place_is_told_as_not_proven(world: World, nonsense: str) -> None:
    report = world.verify(badge_with(world, nonsense, member="endorsementJwt"))
    assert told(report) == [EndorsementNotProven]


@pytest.mark.parametrize("nonsense", [5, True, ["a.b.c"]])
def test_V_JSON_4_what_can_be_neither_credential_nor_token_is_malformed(world: World, nonsense: object) -> None:
    report = world.verify(badge_with(world, nonsense, member="endorsementJwt", suite="eddsa-jcs-2022"))
    assert isinstance(report.findings[0], Malformed)


def test_V_DOS_4_more_than_are_looked_at_is_refused_before_the_first_signature(world: World) -> None:
    report = world.verify(badge_with(world, *(f"a.b.{n}" for n in range(21)), member="endorsementJwt"))
    assert isinstance(report.findings[0], OverLimit)
    assert world.net.requests == []


def test_V_TAM_1_an_endorsement_added_after_signing_breaks_the_badge(world: World) -> None:
    badge = world.issue()
    badge["credentialSubject"]["achievement"]["endorsement"] = [signed(world, achievement_id(world))]
    assert not world.verify(badge).verified
