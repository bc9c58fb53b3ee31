"""Bulk issuance as jobs."""

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
    op.create_table(
        "job_worker",
        sa.Column("id", AutoString(), nullable=False),
        sa.Column("seen_at", kit.database.UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "job",
        sa.Column("id", AutoString(), nullable=False),
        sa.Column("organisation_id", AutoString(), nullable=False),
        sa.Column("cohort_id", AutoString(), nullable=False),
        sa.Column("file_name", AutoString(), nullable=False),
        sa.Column("state", sa.Enum("RUNNING", "PAUSED", "CANCELLED", name="jobstate"), nullable=False),
        sa.Column("trouble", AutoString(), nullable=False),
        sa.Column("key_digest", AutoString(), nullable=True),
        sa.Column("request_digest", AutoString(), nullable=False),
        sa.Column("created_by", AutoString(), nullable=False),
        sa.Column("created_at", kit.database.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["cohort_id"], ["cohort.id"]),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("organisation_id", "key_digest"),
    )
    with op.batch_alter_table("job", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_job_cohort_id"), ["cohort_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_job_organisation_id"), ["organisation_id"], unique=False)

    op.create_table(
        "job_chunk",
        sa.Column("id", AutoString(), nullable=False),
        sa.Column("job_id", AutoString(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("lease", AutoString(), nullable=True),
        sa.Column("lease_until", kit.database.UtcDateTime(timezone=True), nullable=True),
        sa.Column("faults", sa.Integer(), nullable=False),
        sa.Column("ready_at", kit.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("issued", sa.Integer(), nullable=False),
        sa.Column("already_issued", sa.Integer(), nullable=False),
        sa.Column("refused", sa.Integer(), nullable=False),
        sa.Column("cancelled", sa.Integer(), nullable=False),
        sa.Column("ended_at", kit.database.UtcDateTime(timezone=True), nullable=True),
        sa.Column("intents", sa.Text(), nullable=False),
        sa.Column("entries", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("job_id", "number"),
    )
    with op.batch_alter_table("job_chunk", schema=None) as batch_op:
        batch_op.create_index("ix_job_chunk_open", ["ended_at", "job_id", "number"], unique=False)

    op.create_table(
        "job_row",
        sa.Column("job_id", AutoString(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("learner_number", AutoString(), nullable=False),
        sa.Column(
            "outcome", sa.Enum("ISSUED", "ALREADY_ISSUED", "REFUSED", "CANCELLED", name="rowoutcome"), nullable=False
        ),
        sa.Column("credential_id", AutoString(), nullable=True),
        sa.Column("reasons", sa.Text(), nullable=False),
        sa.Column("entry", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"]),
        sa.PrimaryKeyConstraint("job_id", "line"),
    )


def downgrade() -> None:
    """Undo."""
    op.drop_table("job_row")
    with op.batch_alter_table("job_chunk", schema=None) as batch_op:
        batch_op.drop_index("ix_job_chunk_open")

    op.drop_table("job_chunk")
    with op.batch_alter_table("job", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_job_organisation_id"))
        batch_op.drop_index(batch_op.f("ix_job_cohort_id"))

    op.drop_table("job")
    op.drop_table("job_worker")
    for name in ("rowoutcome", "jobstate"):
        sa.Enum(name=name).drop(op.get_bind(), checkfirst=True)
