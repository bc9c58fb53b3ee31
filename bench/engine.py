"""Signing and verifying the same badge, every way in turns: ours, PyLD's, the bare signature, and Node's beside it."""

from __future__ import annotations

from bench import credentials, node
from bench.measure import in_turns
from bench.sections import Figures, Pace
from tests.node import NotInstalled


def measure(pace: Pace) -> Figures:
    """Operations per second of one core, and each way of ours over each other way of the same thing."""
    rates = in_turns(credentials.subjects(), rounds=pace.rounds, seconds_each=pace.seconds)
    figures = Figures({name: rates.median(name) for name in rates.by_subject}, credentials.ratios(rates))
    try:
        others = node.rates(rounds=max(3, pace.rounds // 3), seconds_each=0.5)
    except NotInstalled as reason:
        print(f"Left out: {reason}")
    else:
        figures.ops_per_s |= others
        figures.ratios |= node.ratios(figures.ops_per_s)
    return figures
