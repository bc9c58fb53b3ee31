"""Statements chosen by pointers, learnt by shape: always those that the reference comes to, or its refusal."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest

import contexts
from contexts import Profile
from tests.vc.canonical import documents
from tests.vc.canonical.documents import Document
from vc.errors import ProofGenerationError, VcError
from vc.proofs.selection import CompiledSelection, Groups, Statements, by_reference

BADGE: Document = json.loads((Path(__file__).parents[1] / "canonical" / "badge.json").read_text())
DOCUMENTS = 16
OF_ONE_SHAPE = 8


def outcome(work: Callable[[], Statements]) -> Statements | tuple[str, str]:
    try:
        return work()
    except (VcError, UnicodeEncodeError) as error:
        return (type(error).__name__, str(error))


def assert_same(compiled: CompiledSelection, document: Document, groups: Groups) -> None:
    before = copy.deepcopy(document)
    expected = outcome(lambda: by_reference(document, groups))
    assert outcome(lambda: compiled.statements(document, groups, Profile.STANDARD)) == expected, json.dumps(document)
    assert document == before


def some_pointers(document: Document, random: Random) -> Groups:
    """Two groups, the second with all of the first, as in deriving."""
    found = [pointer for pointer in _pointers(document) if not pointer.startswith("/@context")]
    mandatory = tuple(random.sample(found, min(3, len(found))))
    return mandatory, (*mandatory, *random.sample(found, min(3, len(found))))


def _pointers(value: Any, path: str = "") -> Iterator[str]:
    entries = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in entries:
        here = f"{path}/{str(key).replace('~', '~0').replace('/', '~1')}"
        yield here
        yield from _pointers(inner, here)


@pytest.mark.parametrize("seed", range(DOCUMENTS))
def test_generated_documents_are_taken_apart_as_by_the_reference(seed: int) -> None:
    random = Random(seed)  # noqa: S311 - to be had again
    original = copy.deepcopy(BADGE) if seed % 2 else documents.document(random)
    groups = some_pointers(original, random)
    compiled = CompiledSelection()
    for _ in range(3):
        assert_same(compiled, original, groups)
    for _ in range(OF_ONE_SHAPE):
        assert_same(compiled, documents.with_other_leaves(original, random), groups)
    assert_same(compiled, documents.with_another_build(original, random), groups)


def test_the_third_badge_of_a_shape_is_answered_from_a_template() -> None:
    compiled = CompiledSelection()
    groups: Groups = (("/issuer",), ("/issuer", "/credentialSubject/achievement/criteria"))
    for number in range(3):
        assert_same(compiled, {**BADGE, "id": f"urn:uuid:{number}"}, groups)
    assert compiled.filled == 1


def test_reserved_addresses_are_the_references_to_refuse() -> None:
    compiled = CompiledSelection()
    groups: Groups = (("/issuer",),)
    for _ in range(3):
        compiled.statements(BADGE, groups, Profile.STANDARD)
    with pytest.raises(ProofGenerationError, match="reserved"):
        compiled.statements({**BADGE, "id": "urn:bnid:b0"}, groups, Profile.STANDARD)


def test_an_identifier_told_in_two_ways_is_the_references_to_judge() -> None:
    """Equal identifiers join two nodes, and a part of the document may show them differently than the whole does."""
    compiled = CompiledSelection()
    groups: Groups = (("/issuer/name",), ("/issuer/name", "/credentialSubject/achievement/creator/url"))
    for number in range(4):
        assert_same(compiled, {**BADGE, "id": f"urn:uuid:{number}"}, groups)
    joined = copy.deepcopy(BADGE)
    joined["credentialSubject"]["achievement"]["creator"] = copy.deepcopy(joined["issuer"])
    for _ in range(3):
        assert_same(compiled, joined, groups)


def test_ordered_lists_are_refused_whole() -> None:
    ordered = copy.deepcopy(BADGE)
    ordered["credentialSubject"]["achievement"]["resultDescription"] = [
        {
            "id": "urn:uuid:result",
            "type": ["ResultDescription"],
            "name": "Mention",
            "resultType": "LetterGrade",
            "allowedValue": ["A", "B"],
        }
    ]
    assert contexts.OPEN_BADGES_V3 in ordered["@context"]
    with pytest.raises(ProofGenerationError, match="ordered lists"):
        by_reference(ordered, (("/issuer",),))
