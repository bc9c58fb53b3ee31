"""The table of `make vectors` holds: nothing fails without a reason, and no reason is out of date."""

from __future__ import annotations

from tests.vc.vectors import needs_vectors
from tests.vectors_table import run_all


@needs_vectors
def test_every_vector_gives_its_stated_verdict_or_has_a_reason() -> None:
    table = run_all()
    assert table.unexplained == ()
    assert sum(row.total for row in table.rows) > 3_400
