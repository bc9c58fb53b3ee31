"""I-DUR, D-KIL: a few kills of workers and service on each database; `python -m bench.kills` does many more."""

from __future__ import annotations

from pathlib import Path

from tests.issuer.jobs import kills


def test_D_KIL_killed_workers_and_service_lose_and_double_nothing(tmp_path: Path, database_url: str) -> None:
    books = kills.run(tmp_path, database_url, kills=10, seed=20261122, rows=400)
    assert books.rows >= 400
    assert books.issued + books.refused == books.rows
    assert (books.lost, books.doubled, books.places_given_twice) == (0, 0, 0)
    assert (books.left_open, books.unexplained) == (0, 0)
