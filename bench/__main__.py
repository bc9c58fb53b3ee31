"""`python -m bench`: measure, print, and write `build/bench.json`."""

from __future__ import annotations

import argparse
import json
import os
import platform
from pathlib import Path

from cryptography.hazmat.backends.openssl import backend

from bench import credentials, node, shapes
from bench.measure import in_turns, table
from tests.node import NotInstalled


def machine() -> dict[str, str | int]:
    """On what the figures were measured."""
    cpuinfo = Path("/proc/cpuinfo")
    models = [line.split(":")[1].strip() for line in _lines(cpuinfo) if line.startswith("model name")]
    return {
        "processor": models[0] if models else platform.processor() or platform.machine(),
        "cores": os.cpu_count() or 0,
        "system": platform.platform(),
        "python": platform.python_version(),
        "openssl": backend.openssl_version_text(),
    }


def _lines(path: Path) -> list[str]:
    return path.read_text().splitlines() if path.exists() else []


def main() -> None:
    arguments = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    arguments.add_argument("--rounds", type=int, default=30, help="how often each thing has its turn")
    arguments.add_argument("--seconds", type=float, default=0.06, help="how long a turn lasts")
    arguments.add_argument("--out", type=Path, default=Path("build/bench.json"))
    asked = arguments.parse_args()

    rates = in_turns(credentials.subjects(), rounds=asked.rounds, seconds_each=asked.seconds)
    per_second = {name: rates.median(name) for name in rates.by_subject}
    ratios = {**credentials.ratios(rates), **shapes.cold()}
    try:
        others = node.rates(rounds=max(3, asked.rounds // 3), seconds_each=0.5)
    except NotInstalled as reason:
        print(f"Left out: {reason}")
    else:
        per_second |= others
        ratios |= node.ratios(per_second)
    memory = shapes.memory()
    print(table(per_second, ratios))
    print(*(f"{name:<60}{value:>12,.0f}" for name, value in memory.items()), sep="\n")
    report = {
        "machine": machine(),
        "ops_per_s": per_second,
        "ratios": ratios,
        "memory": memory,
    }
    asked.out.parent.mkdir(parents=True, exist_ok=True)
    asked.out.write_text(json.dumps(report, indent=2) + "\n")


main()
