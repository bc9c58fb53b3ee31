"""A token that changes with everything that issuing depends on beside the register.

Who issues for a thousand people, or again and again, need not read catalogue, keys and published lists each time to
know that they are what they were (docs/decisions/2026-11-22-read-when-changed.md). Triggers see every writer. On
PostgreSQL they wait for the commit, so that no unit holds the one row while it still wants others.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

TABLES = (
    "api_key",
    "cohort",
    "endorsement",
    "organisation",
    "organisation_key",
    "programme",
    "programme_part",
    "programme_skill",
    "published_list",
)
ACTS = ("INSERT", "UPDATE", "DELETE")

_CHANGED = """
CREATE FUNCTION issuing_basis_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF current_setting('passport.basis_changed', true) IS DISTINCT FROM txid_current()::text THEN
        INSERT INTO issuing_basis (id, token) VALUES (1, gen_random_uuid()::text)
        ON CONFLICT (id) DO UPDATE SET token = EXCLUDED.token;
        PERFORM set_config('passport.basis_changed', txid_current()::text, true);
    END IF;
    RETURN NULL;
END $$
"""
_CHANGE_ON_SQLITE = """
    INSERT INTO issuing_basis (id, token) VALUES (1, lower(hex(randomblob(16))))
    ON CONFLICT (id) DO UPDATE SET token = excluded.token;
"""


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "issuing_basis",
        sa.Column("id", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("token", sa.String(), nullable=False),
    )
    if op.get_bind().dialect.name == "postgresql":
        op.execute(_CHANGED)
        for table in TABLES:
            op.execute(
                f"CREATE CONSTRAINT TRIGGER {table}_in_basis AFTER {' OR '.join(ACTS)} ON {table} "
                "DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION issuing_basis_changed()"
            )
        return
    for table in TABLES:
        for act in ACTS:
            op.execute(
                f"CREATE TRIGGER {table}_in_basis_{act.lower()} AFTER {act} ON {table} BEGIN {_CHANGE_ON_SQLITE} END"
            )


def downgrade() -> None:
    """Undo."""
    if op.get_bind().dialect.name == "postgresql":
        for table in TABLES:
            op.execute(f"DROP TRIGGER {table}_in_basis ON {table}")
        op.execute("DROP FUNCTION issuing_basis_changed()")
    else:
        for table in TABLES:
            for act in ACTS:
                op.execute(f"DROP TRIGGER {table}_in_basis_{act.lower()}")
    op.drop_table("issuing_basis")
