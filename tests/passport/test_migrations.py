"""The steps of each service's schema lead to exactly the tables that its code uses, on either database."""

import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import MetaData

from kit.database import Database

ROOT = Path(__file__).resolve().parents[2]
SERVICES = {
    "issuer": ("issuer.tables", "issuer.base"),
    "verifier": ("verifier.base", "verifier.base"),
    "wallet_demo": ("wallet_demo.tables", "wallet_demo.tables"),
}


def metadata_of(package: str) -> MetaData:
    tables, base = (import_module(name) for name in SERVICES[package])
    metadata: MetaData = getattr(base, "METADATA", None) or base.Base.metadata
    assert tables
    return metadata


@pytest.mark.parametrize("package", SERVICES)
def test_the_newest_step_is_the_code(package: str, database_url: str) -> None:
    database = Database(database_url)
    database.upgrade(package)
    database.upgrade(package)
    with database.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata_of(package)) == []
    database.dispose()


START = "import sys; from kit.database import Database; Database(sys.argv[1]).upgrade('verifier')"


def test_D_RAC_replicas_that_start_together_migrate_once(database_url: str) -> None:
    replicas = [
        subprocess.Popen([sys.executable, "-c", START, database_url], cwd=ROOT, stderr=subprocess.PIPE)
        for _ in range(4)
    ]
    said = [replica.communicate()[1].decode() for replica in replicas]
    assert [replica.returncode for replica in replicas] == [0, 0, 0, 0], said
