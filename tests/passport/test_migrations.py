"""The steps of each service's schema lead to exactly the tables that its code uses, on either database."""

import shutil
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import MetaData, delete, update
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlmodel import select

from issuer.issuance.models import IssuingBasis
from issuer.jobs import service as jobs
from issuer.jobs.entries import Entry
from issuer.programmes.models import Programme
from kit.database import Database
from tests.issuer.college import ACTOR, College

issuing_basis = import_module("issuer.migrations.versions.0012_issuing_basis")
rows_that_stay = import_module("issuer.migrations.versions.0011_rows_that_stay")

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
        differs = compare_metadata(MigrationContext.configure(connection), metadata_of(package))
    missing = sorted((key.parent.name, key.columns[0].name) for what, key in differs)
    assert {what for what, _ in differs} <= {"add_fk"}
    instead = package == "issuer" and not database.is_sqlite
    assert missing == (sorted((table, column) for table, column, _ in rows_that_stay.NOT_LOOKED_UP) if instead else [])
    database.dispose()


def test_rows_that_stay_cannot_be_taken_away(tmp_path: Path, database_url: str) -> None:
    """Where PostgreSQL has no foreign key to them, nor anywhere else, is a row gone that others refer to."""
    college = College.open(tmp_path, learners=1, database_url=database_url)
    college.issue()
    register = iter([Entry(1, "7", cells={"learner_number": "7"})])
    jobs.start_for_register(college.office, jobs.Request(college.organisation.id, college.cohort, ACTOR), register)
    tables = metadata_of("issuer").tables
    for table in (tables[name] for name in rows_that_stay.STAYING):
        for statement in (delete(table), update(table).values(id=table.c.id + "x")):
            with college.office.database.unit() as session:
                with pytest.raises(IntegrityError, match=r"(?i)foreign key|stay"):
                    session.connection().execute(statement)
                session.rollback()
    college.office.database.dispose()


def step_down(database: Database, to: str) -> None:
    with database.engine.begin() as connection:
        config = Config()
        config.set_main_option("script_location", str(ROOT / "issuer" / "migrations"))
        config.attributes["connection"] = connection
        command.downgrade(config, to)


def test_the_token_of_what_credentials_are_made_of_comes_and_goes_where_there_are_rows(
    tmp_path: Path, database_url: str
) -> None:
    college = College.open(tmp_path, learners=2, database_url=database_url)
    database = college.office.database
    renamed = update(Programme).values(title_fr="Un autre titre")

    def token() -> str | None:
        with database.reading() as session:
            return session.exec(select(IssuingBasis.token)).first()

    for completion in college.completions:
        step_down(database, "0011")
        with database.unit() as session:
            session.connection().execute(renamed)
        with pytest.raises(DBAPIError):
            token()
        database.upgrade("issuer")
        assert token() is None, "nothing has changed since"
        [outcome] = college.issue([completion])
        assert college.document(outcome)["credentialSubject"]["achievement"]["name"] == "Un autre titre"
        before = token()
        with database.unit() as session:
            session.connection().execute(renamed)
        assert token() not in (None, before)
    database.dispose()


STEP = '''
"""Fills a new column of each table that issuing depends on, and changes each table after that."""

import sqlalchemy as sa
from alembic import op

revision, down_revision, branch_labels, depends_on = "9999", "{newest}", None, None


def upgrade() -> None:
    for table in {tables}:
        op.add_column(table, sa.Column("more", sa.String()))
        op.execute(f"UPDATE {{table}} SET more = 'x'")
        op.drop_column(table, "more")
'''


@pytest.mark.parametrize("before", ["0011", "head"])
def test_a_step_may_write_into_the_tables_that_it_alters(
    tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch, before: str
) -> None:
    """PostgreSQL alters no table for which triggers wait until the commit, and all steps are one transaction."""
    package = tmp_path / "packages" / "issuer_of_tomorrow"
    shutil.copytree(ROOT / "issuer" / "migrations", package / "migrations")
    package.joinpath("__init__.py").touch()
    newest = ScriptDirectory(str(package / "migrations")).get_current_head()
    step = package / "migrations" / "versions" / "9999_tomorrow.py"
    step.write_text(STEP.format(newest=newest, tables=issuing_basis.TABLES))
    monkeypatch.syspath_prepend(package.parent)

    college = College.open(tmp_path, learners=2, database_url=database_url)
    database = college.office.database
    if before != "head":
        step_down(database, before)
    database.upgrade("issuer_of_tomorrow")
    with database.reading() as session:
        written = session.exec(select(IssuingBasis.token)).one()
    with database.unit() as session:
        session.connection().execute(update(Programme).values(title_fr="Un autre titre"))
    with database.reading() as session:
        assert session.exec(select(IssuingBasis.token)).one() != written
    [outcome, _] = college.issue()
    assert college.document(outcome)["credentialSubject"]["achievement"]["name"] == "Un autre titre"
    database.dispose()


START = "import sys; from kit.database import Database; Database(sys.argv[1]).upgrade('verifier')"


def test_D_RAC_replicas_that_start_together_migrate_once(database_url: str) -> None:
    replicas = [
        subprocess.Popen([sys.executable, "-c", START, database_url], cwd=ROOT, stderr=subprocess.PIPE)
        for _ in range(4)
    ]
    said = [replica.communicate()[1].decode() for replica in replicas]
    assert [replica.returncode for replica in replicas] == [0, 0, 0, 0], said
