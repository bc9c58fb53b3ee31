"""The parts of the measurement, by name: what each measures, and whether it belongs to an ordinary run.

A section is a module of this package with a function `measure(pace: Pace) -> Figures`. To add one, add its line here.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from importlib import import_module


@dataclass(frozen=True)
class Pace:
    """How long to measure: each thing has `rounds` turns of `seconds` of the processor's time."""

    rounds: int = 30
    seconds: float = 0.06


@dataclass
class Figures:
    """What was measured. Names are paths with dots; a ratio's name is `one/other`."""

    ops_per_s: dict[str, float] = field(default_factory=dict)
    """Operations per second."""
    ratios: dict[str, float] = field(default_factory=dict)
    """Two things measured in the same section, one divided by the other."""
    other: dict[str, float] = field(default_factory=dict)
    """Bytes, seconds and counts; the name says which."""

    def add(self, more: Figures) -> None:
        """Take in what another section measured."""
        self.ops_per_s |= more.ops_per_s
        self.ratios |= more.ratios
        self.other |= more.other


@dataclass(frozen=True)
class Section:
    """One part. `usual`: it is run when no section is asked for by name (all of those together take minutes)."""

    name: str
    about: str
    usual: bool = False

    def measure(self, pace: Pace) -> Figures:
        """Run it. The module is imported here, so that one section needs nothing that only another one needs."""
        figures: Figures = import_module(f"bench.{self.name}").measure(pace)
        return figures


SECTIONS: Sequence[Section] = (
    Section("engine", "signing and verifying one badge, every way in turns", usual=True),
    Section("shapes", "what a new shape costs, and what remembering it costs", usual=True),
    Section("recognition", "a credential alone, and with a chain of three recognitions", usual=True),
    Section("register", "the preview of a class register of 5,000 rows"),
    Section("issuing", "credentials issued from the register to the commit, by one process"),
    Section("growth", "what a credential costs among a thousand and among a million (BENCH_ROWS)"),
    Section("bulk", "a register of 10,000 rows as a bulk job, with one and two worker processes"),
    Section("http", "credentials issued and verified over HTTP, with one and two server processes"),
)


def chosen(names: Iterable[str]) -> list[Section]:
    """The sections called `names`, in the order of the table; `all` is all of them, none the usual ones.

    Raises `KeyError` for a name that no section has.
    """
    wanted = set(names)
    unknown = wanted - {section.name for section in SECTIONS} - {"all"}
    if unknown:
        raise KeyError(min(unknown))
    if not wanted:
        return [section for section in SECTIONS if section.usual]
    return [section for section in SECTIONS if section.name in wanted or "all" in wanted]
