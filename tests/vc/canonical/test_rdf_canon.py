"""RDFC-1.0 against the W3C test suite, with its SHA-384 case, its escapes, and its poisoned graphs."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from itertools import combinations
from typing import Any

import pytest

from tests.vc.vectors import listed, load, needs_vectors, text
from vc.canonical import rdfc
from vc.canonical.rdfc10 import Quad, Work, canonicalize_dataset
from vc.errors import ProofTransformationError

CASES: list[dict[str, Any]] = dict(listed("rdf-canon", "manifest.jsonld")).get("entries", [])
TERM = re.compile(r'(<[^>]*>|_:[^\s]+|"(?:[^"\\]|\\.)*"(?:\^\^<[^>]*>|@[A-Za-z0-9-]+)?)')
XSD_STRING = "^^<http://www.w3.org/2001/XMLSchema#string>"


def unescaped(value: str) -> str:
    short = {"t": "\t", "b": "\b", "n": "\n", "r": "\r", "f": "\f"}

    def one(match: re.Match[str]) -> str:
        escape = match[1]
        return chr(int(escape[1:], 16)) if escape[0] in "uU" else short.get(escape, escape)

    return re.sub(r"\\(u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8}|.)", one, value)


def quads(nquads: str) -> Iterator[Quad]:
    for line in nquads.split("\n"):
        if not line.strip() or line.startswith("#"):
            continue
        terms = [term_of(found) for found in TERM.findall(line)]
        yield (terms[0], terms[1], terms[2], terms[3] if len(terms) > 3 else "")


def term_of(written: str) -> str:
    if written.startswith("<"):
        return unescaped(written)
    if not written.startswith('"'):
        return written
    end = written.rindex('"')
    suffix = unescaped(written[end + 1 :])
    return f'"{rdfc.escaped(unescaped(written[1:end]))}"' + ("" if suffix == XSD_STRING else suffix)


@needs_vectors
@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_suite_case(case: dict[str, Any]) -> None:
    dataset = list(quads(text("rdf-canon", case["action"])))
    hash_name = case.get("hashAlgorithm", "SHA256").lower().replace("-", "")
    if case["type"] == "rdfc:RDFC10NegativeEvalTest":
        with pytest.raises(ProofTransformationError):
            canonicalize_dataset(dataset, hash_name=hash_name)
        return
    canonical = canonicalize_dataset(dataset, hash_name=hash_name)
    if case["type"] == "rdfc:RDFC10MapTest":
        labels = {old.removeprefix("_:"): new.removeprefix("_:") for old, new in canonical.labels.items()}
        assert labels == load("rdf-canon", case["result"])
    else:
        assert canonical.nquads == text("rdf-canon", case["result"])


def clique(size: int) -> list[Quad]:
    return [(f"_:n{a}", "<urn:p>", f"_:n{b}", "") for a, b in combinations(range(size), 2)] + [
        (f"_:n{b}", "<urn:p>", f"_:n{a}", "") for a, b in combinations(range(size), 2)
    ]


def ring(size: int) -> list[Quad]:
    return [(f"_:n{a}", "<urn:p>", f"_:n{(a + 1) % size}", "") for a in range(size)]


def grid(side: int) -> list[Quad]:
    across = [(f"_:n{x}.{y}", "<urn:p>", f"_:n{(x + 1) % side}.{y}", "") for x in range(side) for y in range(side)]
    return across + [
        (f"_:n{x}.{y}", "<urn:p>", f"_:n{x}.{(y + 1) % side}", "") for x in range(side) for y in range(side)
    ]


def loose(size: int) -> list[Quad]:
    return [(f"_:n{a}", "<urn:p>", '"x"', "") for a in range(size)]


POISONED = {
    "clique of 10": clique(10),
    "clique of 40": clique(40),
    "ring of 2000": ring(2000),
    "grid of 8 by 8": grid(8),
    "grid of 40 by 40": grid(40),
    "20 000 blank nodes": loose(20_000),
}


@pytest.mark.parametrize("name", POISONED)
def test_V_DOS_7_poisoned_graphs_are_given_up_within_two_seconds(name: str) -> None:
    started = time.process_time()
    with pytest.raises(ProofTransformationError):
        canonicalize_dataset(POISONED[name])
    assert time.process_time() - started < 2


def test_an_ordinary_graph_needs_no_work() -> None:
    work = Work()
    canonicalize_dataset([("_:a", "<urn:p>", '"1"', ""), ("_:b", "<urn:p>", '"2"', "")], work=work)
    assert work.done == 0


def test_equal_statements_count_once() -> None:
    statement = ("_:a", "<urn:p>", '"1"', "")
    assert canonicalize_dataset([statement, statement]).nquads == '_:c14n0 <urn:p> "1" .\n'
