"""Status lists in segments, one signer at a time, and indexes for millions of rows."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import AutoString

import kit.database

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_SEGMENT_BYTES = 512
_NEW_INDEXES = (
    ("ix_issued_credential_newest", "issued_credential", ["organisation_id", "created_at", "id"]),
    ("ix_issued_credential_newest_in_state", "issued_credential", ["organisation_id", "state", "created_at", "id"]),
    ("ix_issued_credential_left_behind", "issued_credential", ["state", "created_at"]),
    ("ix_audit_entry_of_organisation", "audit_entry", ["organisation_id", "sequence"]),
    ("ix_offer_code_expires_at", "offer_code", ["expires_at"]),
    ("ix_access_token_expires_at", "access_token", ["expires_at"]),
    ("ix_nonce_expires_at", "nonce", ["expires_at"]),
    ("ix_staff_session_expires_at", "staff_session", ["expires_at"]),
    ("ix_attempt_window_start", "attempt", ["window_start"]),
)
_COVERED_INDEXES = (  # another index begins with the same columns: each one less to keep up for every credential
    ("ix_issued_credential_organisation_id", "issued_credential", ["organisation_id"]),
    ("ix_issued_credential_state", "issued_credential", ["state"]),
    ("ix_signed_document_credential_id", "signed_document", ["credential_id"]),
    ("ix_participant_cohort_id", "participant", ["cohort_id"]),
    ("ix_audit_entry_organisation_id", "audit_entry", ["organisation_id"]),
)


def upgrade() -> None:
    """Apply."""
    segments = op.create_table(
        "status_segment",
        sa.Column("list_id", AutoString(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("bits", sa.LargeBinary(), nullable=False),
        sa.Column("changes", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["list_id"], ["status_list.id"]),
        sa.PrimaryKeyConstraint("list_id", "number"),
    )
    turns = op.create_table(
        "signing_turn",
        sa.Column("list_id", AutoString(), nullable=False),
        sa.Column("until", kit.database.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["list_id"], ["status_list.id"]),
        sa.PrimaryKeyConstraint("list_id"),
    )
    _cut_into_segments(segments)
    lists = sa.table("status_list", sa.column("id"), sa.column("created_at"))
    op.execute(turns.insert().from_select(["list_id", "until"], sa.select(lists.c.id, lists.c.created_at)))
    op.drop_table("status_bits")
    for name, table, columns in _NEW_INDEXES:
        op.create_index(name, table, columns)
    for name, table, _columns in _COVERED_INDEXES:
        op.drop_index(name, table)


def downgrade() -> None:
    """Undo."""
    for name, table, columns in _COVERED_INDEXES:
        op.create_index(name, table, columns)
    for name, table, _columns in _NEW_INDEXES:
        op.drop_index(name, table)
    bits = op.create_table(
        "status_bits",
        sa.Column("list_id", AutoString(), nullable=False),
        sa.Column("bits", sa.LargeBinary(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["list_id"], ["status_list.id"]),
        sa.PrimaryKeyConstraint("list_id"),
    )
    _put_together(bits)
    op.drop_table("signing_turn")
    op.drop_table("status_segment")


def _cut_into_segments(segments: sa.Table) -> None:
    """Each list's segments that have a bit set; the first also carries the list's version on."""
    connection = op.get_bind()
    bits = sa.table("status_bits", sa.column("list_id"), sa.column("bits"), sa.column("version"))
    for list_id, raw, version in connection.execute(sa.select(bits.c.list_id, bits.c.bits, bits.c.version)).all():
        cut = [raw[start : start + _SEGMENT_BYTES] for start in range(0, len(raw), _SEGMENT_BYTES)]
        rows = [
            {
                "list_id": list_id,
                "number": number,
                "bits": part.ljust(_SEGMENT_BYTES, b"\0"),
                "changes": 0 if number else version,
            }
            for number, part in enumerate(cut)
            if any(part) or (number == 0 and version)
        ]
        if rows:
            connection.execute(segments.insert(), rows)


def _put_together(bits: sa.Table) -> None:
    connection = op.get_bind()
    lists = sa.table("status_list", sa.column("id"), sa.column("length"))
    segments = sa.table(
        "status_segment", sa.column("list_id"), sa.column("number"), sa.column("bits"), sa.column("changes")
    )
    for list_id, length in connection.execute(sa.select(lists.c.id, lists.c.length)).all():
        raw, version = bytearray(length // 8), 0
        of_list = sa.select(segments.c.number, segments.c.bits, segments.c.changes)
        for number, part, changes in connection.execute(of_list.where(segments.c.list_id == list_id)).all():
            first = number * _SEGMENT_BYTES
            raw[first : first + _SEGMENT_BYTES] = part[: len(raw) - first]
            version += changes
        connection.execute(bits.insert(), {"list_id": list_id, "bits": bytes(raw), "version": version})
