"""A credential verified alone, and with a chain of three recognitions behind it: at warm caches in turns, and cold.

Caches are warm when what was fetched is at hand, and when the recognitions were seen before, as they were for every
learner of a programme but the first. The clock moves on with each credential.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import cache

from bench.measure import Subject, in_turns
from bench.sections import Figures, Pace
from keys.fetching import Fetched
from tests.world import ACCEPTED, World
from vc.findings import Verdict
from vc.policy import PUBLIC, Anchors
from vc.verify import verify_credential

ALONE, CHAIN = "verify.credential.alone", "verify.credential.chain-of-three"
LEARNERS = 40


class _Warm:
    """A fetcher that has everything it was ever asked for at hand."""

    def __init__(self, world: World) -> None:
        self._once = cache(lambda url: world.net.fetch(url, accept=(), max_bytes=1 << 21))

    def fetch(self, url: str, *, accept: tuple[str, ...], max_bytes: int) -> Fetched:  # noqa: ARG002 - the protocol's
        return self._once(url)


def measure(pace: Pace) -> Figures:
    """Both rates, how much longer the chain takes, and how many requests it adds when nothing is at hand."""
    world = _world()
    learners = [world.issue(learner=f"learner {number}") for number in range(LEARNERS)]
    warm = _Warm(world)

    def verifying(anchors: Anchors, verdict: Verdict) -> Callable[[int], object]:
        def run(number: int) -> None:
            report = verify_credential(
                learners[number % LEARNERS],
                anchors=anchors,
                policy=PUBLIC,
                accepted_suites=ACCEPTED,
                fetcher=warm,
                now=world.now + timedelta(milliseconds=number),
            )
            assert report.verdict is verdict

        return run

    subjects = [
        Subject(ALONE, verifying(Anchors.none(), Verdict.VALID_NOT_RECOGNISED)),
        Subject(CHAIN, verifying(world.anchors, Verdict.VALID)),
    ]
    rates = in_turns(subjects, rounds=pace.rounds, seconds_each=pace.seconds)
    return Figures(
        {name: rates.median(name) for name in rates.by_subject},
        {f"{ALONE}/{CHAIN}": rates.ratio(ALONE, CHAIN)},
        {"requests added by a chain of three, cold": float(requests_added())},
    )


def requests_added() -> int:
    """How many requests a chain of three adds to those of the credential, nothing at hand."""
    asked = []
    for trusting in (False, True):
        world = _world()
        assert world.verify(world.issue(), anchors=world.anchors if trusting else Anchors.none()).verified
        asked.append(len(world.net.requests))
    return asked[1] - asked[0]


def _world() -> World:
    """An institution that publishes what our issuer publishes: the chain, and the status lists along it."""
    world = World.of_chain()
    world.whois_carries = "chain and lists"
    return world
