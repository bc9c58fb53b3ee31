"""Whether one set of limits keeps within another, and whether an authority may sign something."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from tests.world import World, moment
from vc.recognition import Beyond, Conditions, Permitted, Proposal, closed, permitted
from vc.recognition.narrowing import Part

CODES = some.sampled_from(["CA", "CA-QC", "CA-QC-06", "CA-ON", "BE", "BE-WAL"])
LIMITS = some.builds(
    Conditions,
    some.lists(CODES, max_size=2, unique=True).map(tuple),
    some.lists(some.sampled_from(["employed", "trainers"]), max_size=2, unique=True).map(tuple),
    some.lists(some.sampled_from(["up", "re"]), max_size=2, unique=True).map(tuple),
)


@given(LIMITS)
def test_limits_keep_within_themselves_and_within_none(limits: Conditions) -> None:
    assert limits.cover(limits)
    assert Conditions().cover(limits)
    assert limits.cover(Conditions()) == (limits == Conditions())


@given(LIMITS, LIMITS, LIMITS)
def test_a_grandchild_keeps_within_the_grandparent(first: Conditions, second: Conditions, third: Conditions) -> None:
    if first.cover(second) and second.cover(third):
        assert first.cover(third)


def proposal(*, since: str = "2026-01-01", until: str | None = "2026-12-31", **limits: Any) -> Proposal:
    within = Conditions(**{"territories": ("CA-QC",), "max_depth": 0, **limits})
    return Proposal(within, moment(since), moment(until) if until else None)


def held(world: World) -> dict[str, Any]:
    """The committee's own recognition: one track, one more level, for 2026."""
    limits = Conditions(("CA-QC",), tracks=("trainers",), programmes=("urn:p:1", "urn:p:2"), max_depth=1)
    return world.recognise("Talent committee", by="Ministry", conditions=limits, since="2026-01-01", until="2026-12-31")


@pytest.mark.parametrize(
    ("asked", "parts"),
    [
        ({}, ()),
        ({"territories": ("CA-QC-06",)}, ()),
        ({"territories": ("CA-QC", "CA-ON")}, ("territory",)),
        ({"territories": ()}, ("territory",)),
        ({"tracks": ("employed",)}, ("track",)),
        ({"tracks": ()}, ("track",)),
        ({"programmes": ("urn:p:3",)}, ("programme",)),
        ({"max_depth": 1}, ("max_depth",)),
        ({"max_depth": None}, ()),
        ({"since": "2025-12-31"}, ("valid_from",)),
        ({"until": None}, ("valid_until",)),
        ({"until": "2027-01-01", "streams": ("up",)}, ("valid_until",)),
        ({"territories": ("BE",), "tracks": ()}, ("territory", "track")),
    ],
    ids=str,
)
def test_what_goes_beyond_is_named(asked: dict[str, Any], parts: tuple[Part, ...]) -> None:
    world = World(accredited=False)
    own = held(world)
    wanted = proposal(**{"tracks": ("trainers",), "programmes": ("urn:p:1",), **asked})
    answer = permitted(world.authority.did, wanted, [own])
    assert answer == (Beyond("Ministry", parts) if parts else Permitted((own["id"],)))


def test_who_was_never_recognised_stands_for_itself_and_who_was_does_not() -> None:
    world = World(accredited=False)
    own = held(world)
    assert permitted("did:web:other.example", proposal(), [own]) == Permitted(())
    over = closed(own, at=moment("2026-06-30"), reason="withdrawn")
    ended = world.organisation("Ministry").sign(over, created=moment("2026-06-30"))
    wanted = proposal(tracks=("trainers",), programmes=("urn:p:1",))
    assert permitted(world.authority.did, wanted, [own, ended]) == Beyond("Ministry", ("valid_until",))


def test_the_nearest_of_several_is_named_and_one_that_covers_is_enough() -> None:
    world = World(accredited=False)
    far = world.recognise("Talent committee", by="Far", conditions=Conditions(("BE",), streams=("re",)))
    near = world.recognise("Talent committee", by="Near", conditions=Conditions(("CA-ON",)))
    assert permitted(world.authority.did, proposal(), [far, near]) == Beyond("Near", ("territory",))
    wide = world.recognise("Talent committee", by="Wide", conditions=Conditions(("CA",)))
    assert permitted(world.authority.did, proposal(), [far, near, wide]) == Permitted((wide["id"],))
