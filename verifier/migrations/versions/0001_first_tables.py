"""The first tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import AutoString

import kit.database

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "challenge",
        sa.Column("digest", AutoString(), nullable=False),
        sa.Column("expires_at", kit.database.UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("digest"),
    )
    op.create_table(
        "presentation_request",
        sa.Column("id", AutoString(), nullable=False),
        sa.Column("reference", AutoString(), nullable=False),
        sa.Column("browser_digest", AutoString(), nullable=False),
        sa.Column("nonce", AutoString(), nullable=False),
        sa.Column("wanted", AutoString(), nullable=False),
        sa.Column("reason", AutoString(), nullable=False),
        sa.Column("created_at", kit.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("expires_at", kit.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("state", sa.Enum("WAITING", "OPENED", "ANSWERED", "REFUSED", name="requeststate"), nullable=False),
        sa.Column("answer", AutoString(), nullable=False),
        sa.Column("answered_to", AutoString(), nullable=False),
        sa.Column("answered_at", kit.database.UtcDateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("reference"),
    )
    with op.batch_alter_table("presentation_request", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_presentation_request_browser_digest"), ["browser_digest"], unique=False)


def downgrade() -> None:
    """Take back."""
    with op.batch_alter_table("presentation_request", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_presentation_request_browser_digest"))

    op.drop_table("presentation_request")
    op.drop_table("challenge")
