"""Screenings."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import AutoString

import kit.database

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    moment = kit.database.UtcDateTime(timezone=True)
    state = sa.Enum("RECEIVING", "CHECKING", "DONE", "CANCELLED", name="screeningstate")
    op.create_table(
        "attempt",
        sa.Column("key", AutoString(length=200), nullable=False),
        sa.Column("window_start", moment, nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_table(
        "screening",
        sa.Column("id", AutoString(), nullable=False),
        sa.Column("owner_digest", AutoString(), nullable=False),
        sa.Column("name", AutoString(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("state", state, nullable=False),
        sa.Column("created_at", moment, nullable=False),
        sa.Column("served_at", moment, nullable=False),
        sa.Column("taken_until", moment, nullable=True),
        sa.Column("finished_at", moment, nullable=True),
        sa.Column("expires_at", moment, nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_screening_owner_digest", "screening", ["owner_digest"])
    op.create_index("ix_screening_expires_at", "screening", ["expires_at"])
    op.create_index("ix_screening_waiting", "screening", ["state", "served_at"])
    op.create_table(
        "screened_item",
        sa.Column("screening_id", AutoString(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("label", AutoString(), nullable=False),
        sa.Column("link", AutoString(), nullable=False),
        sa.Column("document", sa.LargeBinary(), nullable=False),
        sa.Column("trouble", AutoString(), nullable=False),
        sa.Column("kind", AutoString(), nullable=False),
        sa.Column("results", AutoString(), nullable=False),
        sa.ForeignKeyConstraint(["screening_id"], ["screening.id"]),
        sa.PrimaryKeyConstraint("screening_id", "position"),
    )
    op.create_index("ix_screened_item_kind", "screened_item", ["screening_id", "kind", "position"])


def downgrade() -> None:
    """Take back."""
    op.drop_table("screened_item")
    op.drop_table("screening")
    op.drop_table("attempt")
    sa.Enum(name="screeningstate").drop(op.get_bind(), checkfirst=True)
