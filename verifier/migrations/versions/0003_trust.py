"""Whom an employer trusts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import AutoString

import kit.database

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "browser_trust",
        sa.Column("owner_digest", AutoString(), nullable=False),
        sa.Column("left_out", AutoString(), nullable=False),
        sa.Column("own", AutoString(), nullable=False),
        sa.Column("changed_at", kit.database.UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("owner_digest"),
    )
    op.create_index("ix_browser_trust_changed_at", "browser_trust", ["changed_at"])
    op.add_column("screening", sa.Column("trusted", AutoString(), nullable=False, server_default="[]"))


def downgrade() -> None:
    """Take back."""
    with op.batch_alter_table("screening", schema=None) as batch_op:
        batch_op.drop_column("trusted")
    op.drop_table("browser_trust")
