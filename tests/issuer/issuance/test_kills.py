"""I-DUR, I-DBL, D-KIL: a few kills under single calls; `python -m bench.kills --calls` does many more."""

import sys
from pathlib import Path

import pytest

from tests.issuer.issuance import kills


@pytest.mark.skipif(sys.platform != "linux", reason="finds processes as Linux shows them")
def test_D_KIL_what_was_answered_is_there_once_whoever_was_killed(tmp_path: Path, database_url: str) -> None:
    books = kills.run(tmp_path, database_url, kills=4, seed=20261122)
    assert books.answered > 0
    assert (books.lost, books.doubled, books.places_given_twice, books.left_open, books.unexplained) == (0, 0, 0, 0, 0)
