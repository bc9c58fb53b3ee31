"""Authorities recognised by authorities."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import AutoString

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    with op.batch_alter_table("accreditation", schema=None) as batch_op:
        batch_op.add_column(sa.Column("to_recognise", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.add_column(sa.Column("programmes", AutoString(), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("max_depth", sa.Integer(), nullable=True))


def downgrade() -> None:
    """Undo."""
    with op.batch_alter_table("accreditation", schema=None) as batch_op:
        batch_op.drop_column("max_depth")
        batch_op.drop_column("programmes")
        batch_op.drop_column("to_recognise")
