"""No index of completions by programme: SQLite read it through for a thousand that were given by their ids."""

from __future__ import annotations

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.drop_index("ix_completion_programme_id", "completion")


def downgrade() -> None:
    """Undo."""
    op.create_index("ix_completion_programme_id", "completion", ["programme_id"])
