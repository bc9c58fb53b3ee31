"""Refreshing: once, after the proof, and never for the worse."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.world import World
from vc import refresh
from vc.findings import Report

SERVICE = "https://northern-college.example/refresh/1"
EXTENSIONS = "https://purl.imsglobal.org/spec/ob/v3p0/extensions.json"


def draft(world: World, **changes: Any) -> dict[str, Any]:
    service = {"id": SERVICE, "type": "1EdTechCredentialRefresh"}
    made = world.draft(refreshService=service, id="https://northern-college.example/credentials/same", **changes)
    return {**made, "@context": [*made["@context"], EXTENSIONS]}


def newest(world: World, original: dict[str, Any]) -> tuple[Report, Report]:
    report = world.verify(original)
    before = world.net.requests.count(SERVICE)
    result = refresh.newest(report, verify=world.verify, fetcher=world.net)
    assert before == 0, "verification itself asks no refresh service"
    return report, result


def test_a_newer_badge_takes_its_place() -> None:
    world = World()
    world.net.serve(SERVICE, world.sign(draft(world, validFrom="2026-11-01T00:00:00Z", name="Renewed")))
    report, result = newest(world, world.sign(draft(world)))
    assert report.verified
    assert result.credential is not None
    assert result.credential["name"] == "Renewed"
    assert world.net.requests.count(SERVICE) == 1


def older(world: World) -> Any:
    return world.sign(draft(world, validFrom="2026-10-01T00:00:00Z"))


def other_id(world: World) -> Any:
    return world.sign({**draft(world, validFrom="2026-11-01T00:00:00Z"), "id": "urn:uuid:2"})


def other_issuer(world: World) -> Any:
    made = draft(world, validFrom="2026-11-01T00:00:00Z")
    south = world.organisation("Southern College")
    return world.sign({**made, "issuer": {**made["issuer"], "id": south.did}}, issuer="Southern College")


def forged(world: World) -> Any:
    return {**world.sign(draft(world, validFrom="2026-11-01T00:00:00Z")), "name": "Forged"}


def revoked(world: World) -> Any:
    newer = world.sign(draft(world, validFrom="2026-11-01T00:00:00Z"))
    world.revoke(newer)
    return newer


@pytest.mark.parametrize("page", [older, other_id, other_issuer, forged, revoked, lambda _: b"<html>", None])
def test_the_original_stays_when_there_is_no_better_one(page: Callable[[World], Any] | None) -> None:
    world = World()
    if page is not None:
        world.net.serve(SERVICE, page(world))
    report, result = newest(world, world.sign(draft(world)))
    assert result is report


def test_V_SSRF_3_a_badge_that_is_not_proven_steers_no_fetch() -> None:
    world = World()
    _, result = newest(world, {**world.sign(draft(world)), "name": "Forged"})
    assert not result.verified
    assert world.net.requests.count(SERVICE) == 0
