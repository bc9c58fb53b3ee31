"""The steps of the schema lead to exactly the tables that the code uses."""

from __future__ import annotations

from pathlib import Path

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from kit.database import Database
from wallet_demo.tables import METADATA


def test_the_newest_step_is_the_code(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'wallet.sqlite3'}")
    database.upgrade("wallet_demo")
    database.upgrade("wallet_demo")
    with database.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), METADATA) == []
    database.dispose()
