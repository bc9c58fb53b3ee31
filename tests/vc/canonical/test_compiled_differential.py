"""The compiled path against the reference, document by document: the same text, or the same refusal.

`COMPILED_DOCUMENTS=1000000 pytest tests/vc/canonical/test_compiled_differential.py` runs as many; the usual number,
20,000 beside the published and the mutated ones, keeps it within a minute.
"""

from __future__ import annotations

import copy
import json
import os
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyld import jsonld

import contexts
from contexts import Profile
from tests.vc.canonical import documents
from tests.vc.canonical.documents import Document
from vc.canonical import rdfc
from vc.canonical.compiled import CompiledCanonicalization
from vc.canonical.rdfc10 import Quad, canonicalize_dataset
from vc.canonical.repeats import check_said_once
from vc.canonical.to_rdf import XSD
from vc.errors import VcError

DOCUMENTS = int(os.environ.get("COMPILED_DOCUMENTS", "20000"))
ROUNDS = 20
OF_ONE_SHAPE = 8

Outcome = tuple[str, str | None]


def outcome(canonicalize: Any, document: Any, **options: Any) -> Outcome:
    """What came out, as something that can be compared."""
    try:
        return ("answer", canonicalize(document, **options))
    except (VcError, UnicodeEncodeError) as error:
        return (type(error).__name__, str(error))


def said_once_and_canonical(document: Any, **options: Any) -> str:
    check_said_once(document)
    return rdfc.canonicalize(document, **options)


def assert_same(compiled: CompiledCanonicalization, document: Any, *, said_once: bool = False, **options: Any) -> None:
    before = copy.deepcopy(document)
    expected = outcome(said_once_and_canonical if said_once else rdfc.canonicalize, document, **options)
    assert outcome(compiled.canonicalize, document, said_once=said_once, **options) == expected, json.dumps(document)
    assert document == before


def assert_same_loss(compiled: CompiledCanonicalization, document: Any, *, profile: Profile = Profile.STANDARD) -> None:
    before = copy.deepcopy(document)
    lost = outcome(rdfc.check_data_loss, document, profile=profile)
    assert outcome(compiled.check_data_loss, document, profile=profile) == lost, json.dumps(document)
    assert document == before


def relatives(original: Document, random: Random) -> Iterator[Document]:
    """Documents close to `original`: nearly all of its shape, so that templates are learnt and used."""
    yield original
    for _ in range(OF_ONE_SHAPE - 2):
        yield documents.with_other_leaves(original, random)
    yield documents.with_another_build(original, random)


@pytest.mark.parametrize("seed", range(ROUNDS))
def test_V_LD_2_generated_documents_come_out_as_by_the_reference(seed: int) -> None:
    random = Random(seed)  # noqa: S311 - to be had again
    compiled = CompiledCanonicalization()
    options = {"hash_name": "sha384"} if seed % 5 == 4 else {}
    tried = 0
    while tried < DOCUMENTS // ROUNDS:
        for document in relatives(documents.document(random), random):
            assert_same(compiled, document, said_once=tried % 2 == 1, **options)
            if tried % 4 == 3:  # the same work again, all but the end
                assert_same_loss(compiled, document)
            tried += 1
    assert compiled.statistics.contradicted == 0
    assert compiled.statistics.filled > tried / 5, compiled.statistics


def test_the_reference_comes_to_the_quads_that_pyld_comes_to() -> None:
    random = Random(1000)  # noqa: S311 - to be had again
    compared = 0
    while compared < DOCUMENTS // 20:
        try:
            expanded = rdfc.expand(documents.document(random))
            quads = canonicalize_dataset(_by_pyld(expanded)).nquads
        except (VcError, UnicodeEncodeError):
            continue
        assert canonicalize_dataset(rdfc.quads(expanded)).nquads == quads, json.dumps(expanded)
        compared += 1


def _by_pyld(expanded: list[Any]) -> Iterator[Quad]:
    options = {"base": None, "documentLoader": contexts.document_loader, "extractAllScripts": False}
    for graph, triples in jsonld.to_rdf(copy.deepcopy(expanded), options).items():
        name = "" if graph == "@default" else _resource(graph)
        for triple in triples:
            value, datatype = triple["object"], triple["object"].get("datatype")
            term = _resource(value["value"])
            if value["type"] == "literal":
                ending = f"@{value['language']}" if "language" in value else f"^^<{datatype}>"
                term = f'"{rdfc.escaped(value["value"])}"' + ending.removesuffix(f"^^<{XSD}string>")
            yield (_resource(triple["subject"]["value"]), f"<{triple['predicate']['value']}>", term, name)


def _resource(name: str) -> str:
    return name if name.startswith("_:") else f"<{name}>"


def published_documents(vectors: Path) -> Iterator[tuple[Path, Document]]:
    """Every JSON-LD document among the vectors, and every credential and proof inside one."""
    folders = ("eddsa", "ecdsa", "bbs", "ob3-clr2", "vcdm2-inputs", "rdf-canon", "vc-json-schema")
    for path in sorted(path for folder in folders for path in (vectors / folder).rglob("*")):
        if path.suffix in (".json", ".jsonld") or path.name == "testlist":
            yield from ((path, found) for found in _with_contexts(json.loads(path.read_text())))


def _with_contexts(value: Any) -> Iterator[Document]:
    if isinstance(value, dict):
        if "@context" in value:
            yield value
            yield {name: inner for name, inner in value.items() if name not in ("proof", "signature")}
            for proof in value.get("proof", []) if isinstance(value.get("proof"), list) else [value.get("proof")]:
                if isinstance(proof, dict):
                    options = {name: inner for name, inner in proof.items() if name != "proofValue"}
                    yield {"@context": value["@context"], **options}
        for inner in value.values():
            yield from _with_contexts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _with_contexts(inner)


@pytest.mark.parametrize("profile", [Profile.STANDARD, Profile.CONFORMANCE])
def test_published_documents_come_out_as_by_the_reference(vectors: Path, profile: Profile) -> None:
    compiled = CompiledCanonicalization()
    shapes_seen = 0
    for _, document in published_documents(vectors):
        shapes_seen += 1
        for time in range(3):
            assert_same(compiled, document, profile=profile, said_once=time > 1)
        assert_same_loss(compiled, document, profile=profile)
    assert shapes_seen > 300
    assert compiled.statistics.contradicted == 0
    assert compiled.statistics.filled > shapes_seen / 3


def worked_cases(vectors: Path) -> Iterator[tuple[Document, str, str]]:
    """Document or proof options, hash name, and the canonical form that the cryptosuites print for it."""
    for folder in sorted([*vectors.glob("eddsa/*rdfc*"), *vectors.glob("ecdsa/*rdfc*")]):
        hash_name = "sha384" if folder.name.endswith("p384") else "sha256"
        for case in (folder, folder / "employ"):
            (signed,) = case.glob("signed*.json")
            (canonical,) = case.glob("canonDoc*.txt")
            document = {name: value for name, value in json.loads(signed.read_text()).items() if name != "proof"}
            yield document, hash_name, canonical.read_text()
            (options,) = case.glob("proofConfig*.json")
            (canonical,) = case.glob("proofCanon*.txt")
            yield json.loads(options.read_text()), hash_name, canonical.read_text()


def test_worked_cases_come_out_as_printed_also_from_templates(vectors: Path) -> None:
    compiled = CompiledCanonicalization()
    cases = list(worked_cases(vectors))
    assert len(cases) == 12
    for document, hash_name, canonical in cases:
        for _ in range(3):
            answer = compiled.canonicalize(document, hash_name=hash_name, profile=Profile.CONFORMANCE)
            assert answer.strip() == canonical.strip()
    assert compiled.statistics.filled >= 2 * len(cases)


BADGE = json.loads((Path(__file__).parent / "badge.json").read_text())


def leaves_of(document: Document) -> list[documents.Place]:
    return [place for place in documents.places(document) if isinstance(place[0][place[1]], str)]


@pytest.fixture(scope="module")
def warm() -> CompiledCanonicalization:
    compiled = CompiledCanonicalization()
    for _ in range(3):
        compiled.canonicalize(BADGE)
    assert compiled.statistics.filled == 2
    return compiled


@pytest.mark.parametrize("number", range(len(leaves_of(BADGE))))
def test_every_leaf_of_a_badge_exchanged(warm: CompiledCanonicalization, number: int) -> None:
    random = Random(number)  # noqa: S311 - to be had again
    replacements = [*documents.IRIS, *documents.NOT_QUITE_IRIS, *documents.TEXTS]
    present = [holder[key] for holder, key in leaves_of(BADGE)]
    for replacement in random.sample([*replacements, *present], 24):
        changed = copy.deepcopy(BADGE)
        holder, key = leaves_of(changed)[number]
        holder[key] = replacement
        assert_same(warm, changed, said_once=True)
        assert_same_loss(warm, changed)


@pytest.mark.parametrize("number", range(len(documents.places(BADGE))))
def test_every_member_of_a_badge_rebuilt(warm: CompiledCanonicalization, number: int) -> None:
    for rebuilt in ([], None, 1, 1.0, True, "a", {}, {"id": "urn:a"}, ["a", "a"], [["a"]], {"@value": "a"}):
        changed = copy.deepcopy(BADGE)
        holder, key = documents.places(changed)[number]
        holder[key] = rebuilt
        assert_same(warm, changed, said_once=True)
        assert_same_loss(warm, changed)
    removed = copy.deepcopy(BADGE)
    holder, key = documents.places(removed)[number]
    del holder[key]
    assert_same(warm, removed)


strings = st.text(st.characters(codec=None), max_size=20) | st.sampled_from(
    [*documents.IRIS, *documents.NOT_QUITE_IRIS, *documents.TEXTS]
)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(changes=st.dictionaries(st.integers(0, len(leaves_of(BADGE)) - 1), strings, min_size=1, max_size=12))
def test_V_UNI_1_any_strings_in_any_leaves(warm: CompiledCanonicalization, changes: dict[int, str]) -> None:
    changed = copy.deepcopy(BADGE)
    places = leaves_of(changed)
    for number, replacement in changes.items():
        holder, key = places[number]
        holder[key] = replacement
    assert_same(warm, changed)
