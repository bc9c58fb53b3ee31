"""The ways in which a training can stand, one per cell of the table, in a world of three links.

A cell bends the world and returns what the learner's credential is issued with.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.world import World

Cell = Callable[[World], dict[str, Any]]


def accredited(world: World, **more: Any) -> None:
    """The committee's accreditation, as in `World.of_chain`, with something changed."""
    world.accredit(**{"territory": "CA-QC", "purposes": ("revocation",), **more})


def never(_: World) -> dict[str, Any]:
    return {}


def before(world: World) -> dict[str, Any]:
    accredited(world, since="2026-11-01")
    return {}


def during(world: World) -> dict[str, Any]:
    accredited(world)
    return {}


def after(world: World) -> dict[str, Any]:
    accredited(world, since="2025-01-01", until="2026-06-30")
    return {}


def suspended(world: World) -> dict[str, Any]:
    accredited(world)
    world.withdraw_accreditation(at="2026-10-01", reason="suspended")
    return {}


def suspended_since(world: World) -> dict[str, Any]:
    accredited(world)
    world.withdraw_accreditation(at="2026-11-01", reason="suspended")
    return {}


def withdrawn(world: World) -> dict[str, Any]:
    accredited(world)
    world.withdraw_accreditation(at="2026-10-01")
    return {}


def withdrawn_since(world: World) -> dict[str, Any]:
    accredited(world)
    world.withdraw_accreditation(at="2026-11-01")
    return {}


def withdrawn_silently(world: World) -> dict[str, Any]:
    accredited(world)
    world.withdraw_accreditation(at="2026-11-01", publish_end=False)
    return {}


def expired(world: World) -> dict[str, Any]:
    accredited(world, until="2026-10-31")
    return {}


def chain_broken(world: World) -> dict[str, Any]:
    accredited(world)
    world.withdraw_accreditation(of="Council", at="2026-10-01")
    return {}


def chain_broken_since(world: World) -> dict[str, Any]:
    accredited(world)
    world.withdraw_accreditation(of="Talent committee", at="2026-11-01")
    return {}


def parent_narrower(world: World) -> dict[str, Any]:
    accredited(world, territory="BE-WAL")
    return {}


def wrong_programme(world: World) -> dict[str, Any]:
    accredited(world, programme="Pottery")
    return {}


def wrong_stream(world: World) -> dict[str, Any]:
    accredited(world, stream="reskilling")
    return {"tags": ("stream:upskilling",)}


def wrong_track(world: World) -> dict[str, Any]:
    accredited(world, track="trainers")
    return {"tags": ("track:employed-people",)}


def wrong_territory(world: World) -> dict[str, Any]:
    accredited(world)
    return {"tags": ("territory:CA-ON",)}


def unreachable(world: World) -> dict[str, Any]:
    accredited(world)
    world.unreachable("talent-committee.example/status")
    return {}
