"""For a million credentials: figures that are kept, and indexes that a search by number and a list of cohorts need.

There is no index of completions by programme any more: SQLite read it through for a thousand that were given by their
ids, and nothing looks for them by programme alone.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import AutoString

import kit.database

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "kept_figures",
        sa.Column("organisation_id", AutoString(), nullable=False),
        sa.Column("issued", sa.Integer(), nullable=False),
        sa.Column("taken", sa.Integer(), nullable=False),
        sa.Column("suspended", sa.Integer(), nullable=False),
        sa.Column("revoked", sa.Integer(), nullable=False),
        sa.Column("counted_at", kit.database.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"]),
        sa.PrimaryKeyConstraint("organisation_id"),
    )
    op.create_index("ix_participant_learner_number", "participant", ["learner_number"])
    op.create_index("ix_cohort_newest", "cohort", ["programme_id", "starts_on", "id"])
    op.drop_index("ix_cohort_programme_id", "cohort")
    op.drop_index("ix_completion_programme_id", "completion")


def downgrade() -> None:
    """Undo."""
    op.create_index("ix_completion_programme_id", "completion", ["programme_id"])
    op.create_index("ix_cohort_programme_id", "cohort", ["programme_id"])
    op.drop_index("ix_cohort_newest", "cohort")
    op.drop_index("ix_participant_learner_number", "participant")
    op.drop_table("kept_figures")
