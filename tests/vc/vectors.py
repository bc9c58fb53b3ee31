"""Other people's test vectors, read where they lie beside the repository, never copied into it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(__file__).resolve().parents[3] / "shared" / "vectors"

needs_vectors = pytest.mark.skipif(not FOLDER.is_dir(), reason="the shared test vectors are not beside the repository")


def load(*path: str) -> Any:
    return json.loads(FOLDER.joinpath(*path).read_text(encoding="utf-8"))


def text(*path: str) -> str:
    return FOLDER.joinpath(*path).read_text(encoding="utf-8")


def listed(*path: str) -> Any:
    """A list of cases for parametrisation, empty where the vectors are absent."""
    return load(*path) if FOLDER.is_dir() else []
