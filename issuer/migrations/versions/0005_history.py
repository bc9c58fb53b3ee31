"""Published documents by version and date."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import AutoString

import kit.database

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "history_head",
        sa.Column("organisation_id", AutoString(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("hash", AutoString(), nullable=False),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"]),
        sa.PrimaryKeyConstraint("organisation_id"),
    )
    op.create_table(
        "update_key",
        sa.Column("organisation_id", AutoString(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("multikey", AutoString(), nullable=False),
        sa.Column("signer", AutoString(), nullable=False),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"]),
        sa.PrimaryKeyConstraint("organisation_id", "line"),
    )
    op.create_table(
        "published_version",
        sa.Column("id", AutoString(), nullable=False),
        sa.Column("organisation_id", AutoString(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("DID_DOCUMENT", "DID_LOG", "SIGNED_LIST", "RECOGNITION", name="publishedkind"),
            nullable=False,
        ),
        sa.Column("subject", AutoString(), nullable=False),
        sa.Column("published_at", kit.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("digest", AutoString(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("previous_hash", AutoString(), nullable=False),
        sa.Column("hash", AutoString(), nullable=False),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("organisation_id", "sequence"),
    )
    op.create_index(
        "ix_published_version_subject", "published_version", ["organisation_id", "kind", "subject", "sequence"]
    )
    op.add_column("recognition", sa.Column("digest", AutoString(), nullable=False, server_default=""))
    op.create_index("ix_recognition_digest", "recognition", ["digest"])


def downgrade() -> None:
    """Undo."""
    op.drop_index("ix_recognition_digest", table_name="recognition")
    with op.batch_alter_table("recognition", schema=None) as batch_op:
        batch_op.drop_column("digest")
    op.drop_index("ix_published_version_subject", table_name="published_version")
    op.drop_table("published_version")
    op.drop_table("update_key")
    op.drop_table("history_head")
