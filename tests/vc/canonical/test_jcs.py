"""RFC 8785: the published documents and 3,000 numbers."""

from __future__ import annotations

import json
import struct

import pytest

from tests.vc.vectors import FOLDER, needs_vectors, text
from vc.canonical import jcs
from vc.errors import ProofTransformationError


@needs_vectors
@pytest.mark.parametrize("name", ["arrays", "french", "structures", "unicode", "values", "weird"])
def test_published_document(name: str) -> None:
    source = json.loads(text("jcs", "input", f"{name}.json"))
    assert jcs.canonicalize(source) == FOLDER.joinpath("jcs", "output", f"{name}.json").read_bytes()


@needs_vectors
def test_numbers_are_printed_as_ecmascript_does() -> None:
    for line in text("jcs", "es6-numbers.txt").splitlines():
        bits, expected = line.split(",")
        (number,) = struct.unpack(">d", bytes.fromhex(bits.zfill(16)))
        assert jcs.canonicalize(number).decode() == expected


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 2**53, "\ud800", {"a": -(2**60)}])
def test_V_JSON_3_what_has_no_canonical_form_is_refused(value: object) -> None:
    with pytest.raises(ProofTransformationError):
        jcs.canonicalize(value)
