"""The chain of versions: what holds, and every rewriting of the past that does not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, replace
from typing import Any

import pytest

from issuer.history import chain
from issuer.history.chain import ChainBroken, Head, Version


def sealed(version: Version, previous: str) -> Version:
    chained = replace(version, previous=previous)
    return replace(chained, hash=chained.computed_hash())


def rechained(versions: list[Version]) -> list[Version]:
    made: list[Version] = []
    for version in versions:
        made.append(sealed(version, made[-1].hash if made else chain.GENESIS))
    return made


def version(number: int) -> Version:
    digest = chain.digest(f"document {number}".encode())
    return Version("did:web:a.example", number, "did-document", "x", f"2026-01-0{number}T00:00:00Z", digest, "", "")


VERSIONS = rechained([version(number) for number in range(1, 5)])
END = Head(4, VERSIONS[-1].hash)
PAST = "2020-01-01T00:00:00Z"
EVIL = "did:web:evil.example"

REWRITES: dict[str, Callable[[Version, Version, Version, Version], list[Version]]] = {
    "a digest": lambda a, b, c, d: [a, replace(b, digest="0" * 64), c, d],
    "a date": lambda a, b, c, d: [a, replace(b, published=PAST), c, d],
    "a version left out": lambda a, _b, c, d: [a, c, d],
    "a version left out, the rest renumbered": lambda a, _b, c, d: rechained(
        [a, replace(c, sequence=2), replace(d, sequence=3)]
    ),
    "a version put in": lambda a, b, c, d: [a, b, b, c, d],
    "the order": lambda a, b, c, d: [b, a, c, d],
    "somebody else's version": lambda a, b, c, d: [a, sealed(replace(b, organisation=EVIL), a.hash), c, d],
    "a digest, its hash made anew": lambda a, b, c, d: [a, sealed(replace(b, digest="0" * 64), a.hash), c, d],
    "a digest, all hashes made anew": lambda a, b, c, d: rechained([a, replace(b, digest="0" * 64), c, d]),
    "a date, all hashes made anew": lambda a, b, c, d: rechained([a, replace(b, published=PAST), c, d]),
    "the last version": lambda a, b, c, d: rechained([a, b, c, replace(d, digest="0" * 64)]),
    "the end cut off": lambda a, b, c, _d: [a, b, c],
    "everything gone": lambda *_: [],
}


def test_a_chain_holds_and_may_grow() -> None:
    chain.check(VERSIONS)
    chain.check([])
    for known in range(5):
        chain.check(VERSIONS, known=Head(known, VERSIONS[known - 1].hash if known else chain.GENESIS))


@pytest.mark.parametrize("what", REWRITES)
def test_a_rewritten_past_does_not_hold(what: str) -> None:
    rewritten = REWRITES[what](*VERSIONS)
    with pytest.raises(ChainBroken):
        chain.check(rewritten, known=END)


def test_an_index_is_read_strictly() -> None:
    listed = [asdict(one) for one in VERSIONS]
    assert chain.versions_in({"versions": [{**one, "document": "https://a.example/1"} for one in listed]}) == VERSIONS
    misshapen: list[Any] = [{}, [], None, {"versions": {}}, {"versions": [[]]}]
    for broken in (*misshapen, {"versions": [{**listed[0], "sequence": "1"}]}):
        with pytest.raises(chain.NotAnIndex):
            chain.versions_in(broken)
    with pytest.raises(chain.NotAnIndex):
        chain.versions_in({"versions": [{**listed[0], "digest": None}]})


def test_the_first_version_that_does_not_fit_is_named() -> None:
    with pytest.raises(ChainBroken, match="version 3: was changed") as broken:
        chain.check([*VERSIONS[:2], replace(VERSIONS[2], subject="y"), VERSIONS[3]])
    assert broken.value.sequence == 3
