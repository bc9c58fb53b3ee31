"""`python -m bench [section ...]`: measure, print, and write `build/bench.json`. `all` runs every section."""

from __future__ import annotations

import argparse
import json
import os
import platform
from collections.abc import Mapping
from pathlib import Path

from cryptography.hazmat.backends.openssl import backend

from bench.sections import SECTIONS, Figures, Pace, chosen


def machine() -> dict[str, str | float]:
    """On what the figures were measured."""
    cpuinfo = Path("/proc/cpuinfo")
    models = [line.split(":")[1].strip() for line in _lines(cpuinfo) if line.startswith("model name")]
    return {
        "processor": models[0] if models else platform.processor() or platform.machine(),
        "cores": os.cpu_count() or 0,
        "system": platform.platform(),
        "python": platform.python_version(),
        "openssl": backend.openssl_version_text(),
        "load": os.getloadavg()[0],
    }


def _lines(path: Path) -> list[str]:
    return path.read_text().splitlines() if path.exists() else []


def table(figures: Figures) -> str:
    """What was measured, for people."""
    return "\n".join(
        (
            *_rows(figures.ops_per_s, "{:>12,.0f} /s"),
            *_rows(figures.ratios, "{:>12.3g}"),
            *_rows(figures.other, "{:>12,.1f}"),
        )
    )


def _rows(figures: Mapping[str, float], spelling: str) -> list[str]:
    return [f"{name:<64}{spelling.format(value)}" for name, value in figures.items()]


def main() -> None:
    about = "\n".join(f"  {section.name:<12}{'*' if section.usual else ' '} {section.about}" for section in SECTIONS)
    arguments = argparse.ArgumentParser(
        prog="python -m bench",
        description=__doc__,
        epilog=f"sections (* run when none is named):\n{about}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    arguments.add_argument("sections", nargs="*", help="what to measure; `all` is everything")
    arguments.add_argument("--rounds", type=int, default=Pace.rounds, help="how often each thing has its turn")
    arguments.add_argument("--seconds", type=float, default=Pace.seconds, help="how long a turn lasts")
    arguments.add_argument("--out", type=Path, default=Path("build/bench.json"))
    asked = arguments.parse_args()
    try:
        sections = chosen(asked.sections)
    except KeyError as unknown:
        arguments.error(f"there is no section {unknown}")
    figures = Figures()
    for section in sections:
        print(f"{section.name}: {section.about} …", flush=True)
        measured = section.measure(Pace(asked.rounds, asked.seconds))
        print(table(measured), flush=True)
        figures.add(measured)
    report = {"machine": machine(), **vars(figures)}
    asked.out.parent.mkdir(parents=True, exist_ok=True)
    asked.out.write_text(json.dumps(report, indent=2) + "\n")
    print(f"Written to {asked.out}")


if __name__ == "__main__":
    main()
