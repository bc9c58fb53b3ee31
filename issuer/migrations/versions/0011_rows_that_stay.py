"""PostgreSQL: the rows that everything refers to stay by a rule of their own, and are not looked up for each row.

Organisations, programmes, cohorts, status lists and jobs are never deleted. A foreign key to one of them costs a
look-up and a lock of the same row for each credential, in the unit that has just read or locked that row; a trigger
that refuses its deletion keeps the same promise once for all (docs/decisions/2026-11-22-rows-that-stay.md). SQLite
keeps its foreign keys: there they cost next to nothing.
"""

from __future__ import annotations

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

NOT_LOOKED_UP = (
    ("participant", "cohort_id", "cohort"),
    ("completion", "programme_id", "programme"),
    ("issued_credential", "organisation_id", "organisation"),
    ("issued_credential", "revocation_list_id", "status_list"),
    ("issued_credential", "suspension_list_id", "status_list"),
    ("job_row", "job_id", "job"),
)
"""Table and column, and whose rows stay."""
STAYING = ("cohort", "job", "organisation", "programme", "status_list")

_REFUSE = """
CREATE FUNCTION rows_stay() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'rows of % stay: others refer to them', TG_TABLE_NAME USING ERRCODE = 'foreign_key_violation';
END $$
"""


def upgrade() -> None:
    """Apply."""
    if op.get_bind().dialect.name != "postgresql":
        return
    op.execute(_REFUSE)
    for table in STAYING:
        op.execute(
            f"CREATE TRIGGER {table}_stays BEFORE DELETE OR UPDATE OF id ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION rows_stay()"
        )
        op.execute(
            f"CREATE TRIGGER {table}_stays_whole BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION rows_stay()"
        )
    for table, column, _ in NOT_LOOKED_UP:
        op.drop_constraint(f"{table}_{column}_fkey", table, type_="foreignkey")


def downgrade() -> None:
    """Undo."""
    if op.get_bind().dialect.name != "postgresql":
        return
    for table, column, other in NOT_LOOKED_UP:
        op.create_foreign_key(f"{table}_{column}_fkey", table, other, [column], ["id"])
    for table in STAYING:
        op.execute(f"DROP TRIGGER {table}_stays ON {table}")
        op.execute(f"DROP TRIGGER {table}_stays_whole ON {table}")
    op.execute("DROP FUNCTION rows_stay()")
