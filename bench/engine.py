"""Signing and verifying the same badge, every way in turns: ours, PyLD's, the bare signature, and Node's beside it."""

from __future__ import annotations

from contextlib import ExitStack

from bench import credentials, disclosure, node, tokens
from bench.measure import Measured, Rates, in_turns
from bench.sections import Figures, Pace
from tests.node import NotInstalled

_OURS = "compiled"


def measure(pace: Pace) -> Figures:
    """Operations per second of one core, and our way over each other way of the same thing."""
    subjects: list[Measured] = [*credentials.subjects(), *disclosure.subjects(), *tokens.subjects()]
    with ExitStack() as running:
        try:
            subjects += running.enter_context(node.subjects())
        except NotInstalled as reason:
            print(f"Left out: {reason}")
        rates = in_turns(subjects, rounds=pace.rounds, seconds_each=pace.seconds)
    return Figures({name: rates.median(name) for name in rates.by_subject}, ratios(rates))


def ratios(rates: Rates) -> dict[str, float]:
    """`sign.eddsa-rdfc-2022.compiled/pyld` and the like: medians over the rounds."""
    found = {}
    for name in rates.by_subject:
        work, _, way = name.rpartition(".")
        if way != _OURS and f"{work}.{_OURS}" in rates.by_subject:
            found[f"{work}.{_OURS}/{way}"] = rates.ratio(f"{work}.{_OURS}", name)
    return found
