"""Components of a programme, and endorsements."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import AutoString

import kit.database

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "programme_part",
        sa.Column("id", AutoString(), nullable=False),
        sa.Column("whole_id", AutoString(), nullable=False),
        sa.Column("part_id", AutoString(), nullable=False),
        sa.Column("kind", sa.Enum("CLASSES", "INTERNSHIP", "STAGE", name="partkind"), nullable=False),
        sa.Column("required", sa.Boolean(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["whole_id"], ["programme.id"]),
        sa.ForeignKeyConstraint(["part_id"], ["programme.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("whole_id", "part_id"),
    )
    op.create_index("ix_programme_part_whole_id", "programme_part", ["whole_id"])
    op.create_index("ix_programme_part_part_id", "programme_part", ["part_id"])
    op.create_table(
        "placement",
        sa.Column("id", AutoString(), nullable=False),
        sa.Column("participant_id", AutoString(), nullable=False),
        sa.Column("programme_part_id", AutoString(), nullable=False),
        sa.Column("host_participant_id", AutoString(), nullable=False),
        sa.Column("placed_by", AutoString(), nullable=False),
        sa.Column("placed_at", kit.database.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["participant_id"], ["participant.id"]),
        sa.ForeignKeyConstraint(["programme_part_id"], ["programme_part.id"]),
        sa.ForeignKeyConstraint(["host_participant_id"], ["participant.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("participant_id", "programme_part_id"),
        sa.UniqueConstraint("host_participant_id"),
    )
    op.create_index("ix_placement_participant_id", "placement", ["participant_id"])
    op.create_table(
        "learner_record",
        sa.Column("id", AutoString(), nullable=False),
        sa.Column("credential_id", AutoString(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("parts", sa.Integer(), nullable=False),
        sa.Column("made_by", AutoString(), nullable=False),
        sa.Column("made_at", kit.database.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["credential_id"], ["issued_credential.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("credential_id"),
    )
    op.create_table(
        "endorsement",
        sa.Column("id", AutoString(), nullable=False),
        sa.Column("endorser_id", AutoString(), nullable=False),
        sa.Column("programme_id", AutoString(), nullable=False),
        sa.Column("active_for", AutoString(), nullable=True),
        sa.Column("credential_id", AutoString(), nullable=False),
        sa.Column("comment", AutoString(), nullable=False),
        sa.Column("state", sa.Enum("PLANNED", "ACTIVE", "WITHDRAWN", name="endorsementstate"), nullable=False),
        sa.Column("shown", sa.Boolean(), nullable=True),
        sa.Column("reason", AutoString(), nullable=False),
        sa.Column("revocation_list_id", AutoString(), nullable=False),
        sa.Column("revocation_index", sa.Integer(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.Column("planned_by", AutoString(), nullable=False),
        sa.Column("planned_at", kit.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("signed_at", kit.database.UtcDateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_at", kit.database.UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["endorser_id"], ["organisation.id"]),
        sa.ForeignKeyConstraint(["programme_id"], ["programme.id"]),
        sa.ForeignKeyConstraint(["revocation_list_id"], ["status_list.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("active_for"),
        sa.UniqueConstraint("credential_id"),
    )
    op.create_index("ix_endorsement_endorser_id", "endorsement", ["endorser_id"])
    op.create_index("ix_endorsement_programme_id", "endorsement", ["programme_id"])


def downgrade() -> None:
    """Undo."""
    for table in ("endorsement", "learner_record", "placement", "programme_part"):
        op.drop_table(table)
    for name in ("endorsementstate", "partkind"):
        sa.Enum(name=name).drop(op.get_bind(), checkfirst=True)
