"""`python -m bench.plot`: draw `build/bench.json` as a picture, operations per second on a scale of powers of ten."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from html import escape
from pathlib import Path

SOURCE = Path("build/bench.json")
PICTURE = Path("docs/images/performance.svg")

BARS = (
    ("raw", "the bare Ed25519 signature", "#8a8f98"),
    ("compiled", "this engine, shape known", "#0b6e4f"),
    ("pyld", "PyLD", "#b45309"),
    ("node", "@digitalbazaar/vc in Node", "#6d28d9"),
)
GROUPS = (("sign", "Sign a badge"), ("verify", "Verify a badge"))
_WIDTH, _LEFT, _RIGHT, _BAR, _GAP, _HEAD = 760, 210, 70, 24, 30, 40
_DECADES = (10, 100, 1_000, 10_000, 100_000)


def picture(ops_per_s: Mapping[str, float]) -> str:
    """Return the SVG of the rates that `bench.engine` measured."""
    rows = list(_rows(ops_per_s))
    height = int(rows[-1][0] + _BAR + _GAP)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" role="img" font-family="sans-serif" '
        'font-size="13">',
        "<title>Signing and verifying an Open Badge, operations per second of one core</title>",
        f'<rect width="{_WIDTH}" height="{height}" fill="#ffffff"/>',
        *(_decade(rate, height) for rate in _DECADES),
        *(_bar(*row) for row in rows),
        *(_title(number, title) for number, (_, title) in enumerate(GROUPS)),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _rows(ops_per_s: Mapping[str, float]) -> Iterator[tuple[float, str, float, str]]:
    """Top, label, rate and colour of each bar."""
    for number, (group, _) in enumerate(GROUPS):
        top = _HEAD + number * (len(BARS) * _BAR + _GAP)
        for place, (way, label, colour) in enumerate(BARS):
            yield top + place * _BAR, label, ops_per_s[name(group, way)], colour


def name(group: str, way: str) -> str:
    """The name of a rate in `build/bench.json`."""
    return f"{group}.eddsa-rdfc-2022.{way}"


def _x(rate: float) -> float:
    share = math.log(max(rate, _DECADES[0]) / _DECADES[0]) / math.log(_DECADES[-1] / _DECADES[0])
    return _LEFT + share * (_WIDTH - _LEFT - _RIGHT)


def _bar(top: float, label: str, rate: float, colour: str) -> str:
    middle = top + _BAR / 2 + 4
    return (
        f'<text x="{_LEFT - 8}" y="{middle:.0f}" text-anchor="end">{escape(label)}</text>'
        f'<rect x="{_LEFT}" y="{top + 3:.0f}" width="{_x(rate) - _LEFT:.0f}" height="{_BAR - 6}" fill="{colour}"/>'
        f'<text x="{_x(rate) + 6:.0f}" y="{middle:.0f}">{rate:,.0f}</text>'
    )


def _decade(rate: float, height: int) -> str:
    x = f"{_x(rate):.0f}"
    return (
        f'<line x1="{x}" y1="{_HEAD - 22}" x2="{x}" y2="{height - 20}" stroke="#e2e5e9"/>'
        f'<text x="{x}" y="{height - 6}" text-anchor="middle" fill="#5b6470">{rate:,}</text>'
    )


def _title(number: int, title: str) -> str:
    top = _HEAD + number * (len(BARS) * _BAR + _GAP)
    return f'<text x="8" y="{top - 8}" font-weight="bold">{title}</text>'


def main() -> None:
    measured = json.loads(SOURCE.read_text())
    PICTURE.parent.mkdir(parents=True, exist_ok=True)
    PICTURE.write_text(picture(measured["ops_per_s"]))
    print(f"Written to {PICTURE}")


if __name__ == "__main__":
    main()
