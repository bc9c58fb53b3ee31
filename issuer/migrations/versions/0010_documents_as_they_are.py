"""PostgreSQL keeps signed documents in their rows as they are, instead of compressing each when it is written.

They are written once and read often, and compressing one takes longer than writing it.
"""

from __future__ import annotations

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Compress only what would not fit a page (SQLite never does)."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE signed_document SET (toast_tuple_target = 8160)")


def downgrade() -> None:
    """Back to the server's default."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE signed_document RESET (toast_tuple_target)")
