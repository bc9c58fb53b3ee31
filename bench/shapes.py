"""What a new shape costs, and what remembering shapes costs."""

from __future__ import annotations

import statistics
import time
import tracemalloc
from collections import defaultdict
from collections.abc import Callable
from typing import Any

from bench.badges import badge
from bench.credentials import canonical_by_pyld
from bench.sections import Figures, Pace
from vc.canonical import rdfc
from vc.canonical.compiled import CompiledCanonicalization

_ISSUER = "did:web:college.example"


def of_shape(shape: int, number: int) -> dict[str, Any]:
    """The badge of learner `number` in a programme unlike all others: with `shape` tags of its own."""
    document = badge(number, issuer=_ISSUER)
    document["credentialSubject"]["achievement"]["tag"] = [f"mot {place}" for place in range(shape + 1)]
    return document


def measure(_pace: Pace) -> Figures:
    """Both, on badges of shapes that differ in their number of tags."""
    return Figures(ratios=cold(), other=memory())


def cold(shapes: int = 40) -> dict[str, float]:
    """The first and second document of a shape, each as a multiple of the other ways on the same one (medians)."""
    found: dict[str, list[float]] = defaultdict(list)
    compiled = CompiledCanonicalization()
    others: dict[str, Callable[[dict[str, Any]], object]] = {"pyld": canonical_by_pyld, "reference": rdfc.canonicalize}
    for shape in range(shapes):
        for number, which in enumerate(("first", "second")):
            document = of_shape(shape, number)
            ours = _seconds(compiled.canonicalize, document)
            for way, canonicalize in others.items():
                found[f"cold.{which}.compiled/{way}"].append(ours / _seconds(canonicalize, document))
    return {name: statistics.median(multiples) for name, multiples in found.items()}


def _seconds(work: Callable[[dict[str, Any]], object], document: dict[str, Any]) -> float:
    start = time.process_time()
    work(document)
    return time.process_time() - start


def memory(shapes: int = 100) -> dict[str, float]:
    """Bytes per remembered shape of a 2.5 kB badge: as the interpreter counts, and as the cache estimates."""
    compiled = CompiledCanonicalization()
    for number in range(3):
        compiled.canonicalize(of_shape(shapes, number))
    tracemalloc.start()
    before, estimated_before = tracemalloc.get_traced_memory()[0], compiled.cache.bytes_used
    for shape in range(shapes):
        for number in range(2):
            compiled.canonicalize(of_shape(shape, number))
    grown = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    estimated = compiled.cache.bytes_used - estimated_before
    return {"bytes_per_shape": grown / shapes, "bytes_per_shape_estimated": estimated / shapes}
