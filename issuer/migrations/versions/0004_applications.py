"""Accreditation schemes and applications; a role for members of a committee."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import AutoString

import kit.database

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_TYPES = ("vote", "applicationstate", "applicationkind")


def upgrade() -> None:
    """Apply."""
    if _has_types():
        op.execute("ALTER TYPE role ADD VALUE IF NOT EXISTS 'MEMBER' BEFORE 'READER'")
    with op.batch_alter_table("accreditation", schema=None) as batch_op:
        batch_op.add_column(sa.Column("track_fr", AutoString(), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("track_en", AutoString(), nullable=False, server_default=""))
    op.create_table(
        "scheme",
        sa.Column("id", AutoString(), nullable=False),
        sa.Column("authority_id", AutoString(), nullable=False),
        sa.Column("slug", AutoString(length=60), nullable=False),
        sa.Column("source", AutoString(), nullable=False),
        sa.Column("name_fr", AutoString(), nullable=False),
        sa.Column("name_en", AutoString(), nullable=False),
        sa.Column("summary_fr", AutoString(), nullable=False),
        sa.Column("summary_en", AutoString(), nullable=False),
        sa.Column("territories", AutoString(), nullable=False),
        sa.Column("validity_months", sa.Integer(), nullable=True),
        sa.Column("promise_days", sa.Integer(), nullable=False),
        sa.Column("answer_by", sa.Date(), nullable=True),
        sa.Column("opinions", sa.Integer(), nullable=False),
        sa.Column("zone", AutoString(), nullable=False),
        sa.Column("opens_at", kit.database.UtcDateTime(timezone=True), nullable=True),
        sa.Column("closes_at", kit.database.UtcDateTime(timezone=True), nullable=True),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.Column("committed", sa.BigInteger(), nullable=False),
        sa.Column("last_number", sa.Integer(), nullable=False),
        sa.Column("created_at", kit.database.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["authority_id"], ["organisation.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("authority_id", "slug"),
    )
    with op.batch_alter_table("scheme", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_scheme_authority_id"), ["authority_id"], unique=False)

    op.create_table(
        "application",
        sa.Column("id", AutoString(), nullable=False),
        sa.Column("scheme_id", AutoString(), nullable=False),
        sa.Column("authority_id", AutoString(), nullable=False),
        sa.Column("kind", sa.Enum("FIRST", "RENEWAL", name="applicationkind"), nullable=False),
        sa.Column("renews_id", AutoString(), nullable=True),
        sa.Column("number", AutoString(length=100), nullable=True),
        sa.Column("applicant_did", AutoString(), nullable=False),
        sa.Column("applicant_name", AutoString(), nullable=False),
        sa.Column("applicant_kind", AutoString(), nullable=False),
        sa.Column("applicant_organisation_id", AutoString(), nullable=True),
        sa.Column("contact_name", AutoString(), nullable=False),
        sa.Column("contact_email", AutoString(length=254), nullable=False),
        sa.Column("achievement_id", AutoString(), nullable=False),
        sa.Column("programme_title_fr", AutoString(), nullable=False),
        sa.Column("programme_title_en", AutoString(), nullable=False),
        sa.Column("track", AutoString(), nullable=False),
        sa.Column("stream", AutoString(), nullable=False),
        sa.Column("territory", AutoString(length=10), nullable=False),
        sa.Column("answers", AutoString(), nullable=False),
        sa.Column(
            "state",
            sa.Enum("DRAFT", "SUBMITTED", "WAITING", "APPROVED", "REFUSED", "WITHDRAWN", name="applicationstate"),
            nullable=False,
        ),
        sa.Column("created_by", AutoString(), nullable=False),
        sa.Column("created_at", kit.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("changed_at", kit.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("submitted_at", kit.database.UtcDateTime(timezone=True), nullable=True),
        sa.Column("due_at", kit.database.UtcDateTime(timezone=True), nullable=True),
        sa.Column("paused_at", kit.database.UtcDateTime(timezone=True), nullable=True),
        sa.Column("paused_seconds", sa.Integer(), nullable=False),
        sa.Column("assigned_to", AutoString(), nullable=True),
        sa.Column("decided_at", kit.database.UtcDateTime(timezone=True), nullable=True),
        sa.Column("decided_by", AutoString(), nullable=False),
        sa.Column("decision", AutoString(), nullable=False),
        sa.Column("reasons", AutoString(), nullable=False),
        sa.Column("conditions", AutoString(), nullable=False),
        sa.Column("granted", sa.BigInteger(), nullable=True),
        sa.Column("valid_from", kit.database.UtcDateTime(timezone=True), nullable=True),
        sa.Column("valid_until", kit.database.UtcDateTime(timezone=True), nullable=True),
        sa.Column("accreditation_id", AutoString(), nullable=True),
        sa.Column("ended_at", kit.database.UtcDateTime(timezone=True), nullable=True),
        sa.Column("ended_reason", AutoString(), nullable=False),
        sa.ForeignKeyConstraint(["accreditation_id"], ["accreditation.id"]),
        sa.ForeignKeyConstraint(["applicant_organisation_id"], ["organisation.id"]),
        sa.ForeignKeyConstraint(["assigned_to"], ["staff_member.id"]),
        sa.ForeignKeyConstraint(["authority_id"], ["organisation.id"]),
        sa.ForeignKeyConstraint(["renews_id"], ["accreditation.id"]),
        sa.ForeignKeyConstraint(["scheme_id"], ["scheme.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("accreditation_id"),
        sa.UniqueConstraint("authority_id", "number"),
    )
    with op.batch_alter_table("application", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_application_applicant_did"), ["applicant_did"], unique=False)
        batch_op.create_index(batch_op.f("ix_application_authority_id"), ["authority_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_application_scheme_id"), ["scheme_id"], unique=False)

    op.create_table(
        "application_attachment",
        sa.Column("id", AutoString(), nullable=False),
        sa.Column("application_id", AutoString(), nullable=False),
        sa.Column("question", AutoString(), nullable=False),
        sa.Column("file_name", AutoString(), nullable=False),
        sa.Column("kind", AutoString(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", AutoString(), nullable=False),
        sa.Column("added_by", AutoString(), nullable=False),
        sa.Column("added_at", kit.database.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["application_id"], ["application.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("application_attachment", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_application_attachment_application_id"), ["application_id"], unique=False)

    op.create_table(
        "application_conflict",
        sa.Column("id", AutoString(), nullable=False),
        sa.Column("application_id", AutoString(), nullable=False),
        sa.Column("member_id", AutoString(), nullable=False),
        sa.Column("reason", AutoString(), nullable=False),
        sa.Column("declared_at", kit.database.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["application_id"], ["application.id"]),
        sa.ForeignKeyConstraint(["member_id"], ["staff_member.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("application_id", "member_id"),
    )
    with op.batch_alter_table("application_conflict", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_application_conflict_application_id"), ["application_id"], unique=False)

    op.create_table(
        "application_opinion",
        sa.Column("id", AutoString(), nullable=False),
        sa.Column("application_id", AutoString(), nullable=False),
        sa.Column("member_id", AutoString(), nullable=False),
        sa.Column("vote", sa.Enum("FOR", "AGAINST", "ABSTAIN", name="vote"), nullable=False),
        sa.Column("reasons", AutoString(), nullable=False),
        sa.Column("given_at", kit.database.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["application_id"], ["application.id"]),
        sa.ForeignKeyConstraint(["member_id"], ["staff_member.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("application_id", "member_id"),
    )
    with op.batch_alter_table("application_opinion", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_application_opinion_application_id"), ["application_id"], unique=False)

    op.create_table(
        "application_question",
        sa.Column("id", AutoString(), nullable=False),
        sa.Column("application_id", AutoString(), nullable=False),
        sa.Column("text", AutoString(), nullable=False),
        sa.Column("asked_by", AutoString(), nullable=False),
        sa.Column("asked_at", kit.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("answer", AutoString(), nullable=False),
        sa.Column("answered_by", AutoString(), nullable=False),
        sa.Column("answered_at", kit.database.UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["application_id"], ["application.id"]),
        sa.ForeignKeyConstraint(["asked_by"], ["staff_member.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("application_question", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_application_question_application_id"), ["application_id"], unique=False)

    op.create_table(
        "application_attachment_body",
        sa.Column("attachment_id", AutoString(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["attachment_id"], ["application_attachment.id"]),
        sa.PrimaryKeyConstraint("attachment_id"),
    )


def downgrade() -> None:
    """Undo; members of a committee become readers."""
    op.drop_table("application_attachment_body")
    with op.batch_alter_table("application_question", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_application_question_application_id"))

    op.drop_table("application_question")
    with op.batch_alter_table("application_opinion", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_application_opinion_application_id"))

    op.drop_table("application_opinion")
    with op.batch_alter_table("application_conflict", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_application_conflict_application_id"))

    op.drop_table("application_conflict")
    with op.batch_alter_table("application_attachment", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_application_attachment_application_id"))

    op.drop_table("application_attachment")
    with op.batch_alter_table("application", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_application_scheme_id"))
        batch_op.drop_index(batch_op.f("ix_application_authority_id"))
        batch_op.drop_index(batch_op.f("ix_application_applicant_did"))

    op.drop_table("application")
    with op.batch_alter_table("scheme", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_scheme_authority_id"))

    op.drop_table("scheme")
    with op.batch_alter_table("accreditation", schema=None) as batch_op:
        batch_op.drop_column("track_en")
        batch_op.drop_column("track_fr")
    op.execute("UPDATE staff_member SET role = 'READER' WHERE role = 'MEMBER'")
    if _has_types():
        for name in _TYPES:
            op.execute(f"DROP TYPE {name}")
        op.execute("ALTER TYPE role RENAME TO role_with_member")
        op.execute("CREATE TYPE role AS ENUM ('ADMINISTRATOR', 'REGISTRAR', 'READER')")
        op.execute("ALTER TABLE staff_member ALTER COLUMN role TYPE role USING role::text::role")
        op.execute("DROP TYPE role_with_member")


def _has_types() -> bool:
    """PostgreSQL keeps the values of an enumeration as a type; SQLite keeps text."""
    return op.get_bind().dialect.name == "postgresql"
