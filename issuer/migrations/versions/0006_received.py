"""Authority and institution on two deployments: what is received, who applies from outside, what is delivered."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import AutoString

import kit.database

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    _use_of_keys("CREDENTIAL", "STATUS", "CONTROL")
    op.create_table(
        "recognising_authority",
        sa.Column("id", AutoString(), nullable=False),
        sa.Column("organisation_id", AutoString(), nullable=False),
        sa.Column("did", AutoString(), nullable=False),
        sa.Column("name_fr", AutoString(), nullable=False),
        sa.Column("name_en", AutoString(), nullable=False),
        sa.Column("checked_at", kit.database.UtcDateTime(timezone=True), nullable=True),
        sa.Column("trouble", AutoString(), nullable=False),
        sa.Column("next_check_at", kit.database.UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("organisation_id", "did"),
    )
    with op.batch_alter_table("recognising_authority", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_recognising_authority_next_check_at"), ["next_check_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_recognising_authority_organisation_id"), ["organisation_id"], unique=False)

    op.create_table(
        "received_recognition",
        sa.Column("id", AutoString(), nullable=False),
        sa.Column("organisation_id", AutoString(), nullable=False),
        sa.Column("authority_id", AutoString(), nullable=False),
        sa.Column("credential_id", AutoString(), nullable=False),
        sa.Column("achievement_id", AutoString(), nullable=False),
        sa.Column("acceptance", sa.Enum("AWAITING", "PUBLISHED", "REMOVED", name="acceptance"), nullable=False),
        sa.Column("status", sa.Enum("GOOD", "SUSPENDED", "WITHDRAWN", name="listedstatus"), nullable=False),
        sa.Column("valid_from", kit.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("received_at", kit.database.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["authority_id"], ["recognising_authority.id"]),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("authority_id", "credential_id"),
    )
    with op.batch_alter_table("received_recognition", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_received_recognition_achievement_id"), ["achievement_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_received_recognition_authority_id"), ["authority_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_received_recognition_organisation_id"), ["organisation_id"], unique=False)

    op.create_table(
        "received_edition",
        sa.Column("id", AutoString(), nullable=False),
        sa.Column("received_id", AutoString(), nullable=False),
        sa.Column("digest", AutoString(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("came_by", sa.Enum("FILE", "LINK", "POST", "LIST", name="cameby"), nullable=False),
        sa.Column("valid_until", kit.database.UtcDateTime(timezone=True), nullable=True),
        sa.Column("end_reason", AutoString(), nullable=False),
        sa.Column("received_at", kit.database.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["received_id"], ["received_recognition.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("received_id", "digest"),
    )
    with op.batch_alter_table("received_edition", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_received_edition_received_id"), ["received_id"], unique=False)

    _applicants()


def _applicants() -> None:
    op.create_table(
        "outside_applicant",
        sa.Column("id", AutoString(), nullable=False),
        sa.Column("scheme_id", AutoString(), nullable=False),
        sa.Column("link_digest", AutoString(), nullable=False),
        sa.Column("language", AutoString(length=2), nullable=False),
        sa.Column("applicant_did", AutoString(), nullable=False),
        sa.Column("applicant_name", AutoString(), nullable=False),
        sa.Column("contact_name", AutoString(), nullable=False),
        sa.Column("contact_email", AutoString(length=254), nullable=False),
        sa.Column("achievement_id", AutoString(), nullable=False),
        sa.Column("programme_title_fr", AutoString(), nullable=False),
        sa.Column("programme_title_en", AutoString(), nullable=False),
        sa.Column("challenge", AutoString(), nullable=False),
        sa.Column("challenge_expires_at", kit.database.UtcDateTime(timezone=True), nullable=True),
        sa.Column("proven_at", kit.database.UtcDateTime(timezone=True), nullable=True),
        sa.Column("application_id", AutoString(), nullable=True),
        sa.Column("told", AutoString(), nullable=False),
        sa.Column("delivery_url", AutoString(), nullable=False),
        sa.Column("created_at", kit.database.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["application_id"], ["application.id"]),
        sa.ForeignKeyConstraint(["scheme_id"], ["scheme.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("link_digest"),
    )
    with op.batch_alter_table("outside_applicant", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_outside_applicant_application_id"), ["application_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_outside_applicant_scheme_id"), ["scheme_id"], unique=False)

    op.create_table(
        "recognition_delivery",
        sa.Column("id", AutoString(), nullable=False),
        sa.Column("applicant_id", AutoString(), nullable=False),
        sa.Column("recognition_id", AutoString(), nullable=False),
        sa.Column("state", sa.Enum("PENDING", "DELIVERED", "GIVEN_UP", name="deliverystate"), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_try_at", kit.database.UtcDateTime(timezone=True), nullable=True),
        sa.Column("answer", AutoString(), nullable=False),
        sa.Column("created_at", kit.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("delivered_at", kit.database.UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["applicant_id"], ["outside_applicant.id"]),
        sa.ForeignKeyConstraint(["recognition_id"], ["recognition.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("applicant_id", "recognition_id"),
    )
    with op.batch_alter_table("recognition_delivery", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_recognition_delivery_applicant_id"), ["applicant_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_recognition_delivery_next_try_at"), ["next_try_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_recognition_delivery_recognition_id"), ["recognition_id"], unique=False)


def downgrade() -> None:
    """Undo."""
    op.drop_table("recognition_delivery")
    op.drop_table("outside_applicant")
    op.drop_table("received_edition")
    op.drop_table("received_recognition")
    op.drop_table("recognising_authority")
    for name in ("deliverystate", "cameby", "listedstatus", "acceptance"):
        sa.Enum(name=name).drop(op.get_bind())
    op.execute("DELETE FROM organisation_key WHERE use = 'CONTROL'")
    _use_of_keys("CREDENTIAL", "STATUS")


def _use_of_keys(*names: str) -> None:
    """Make `organisation_key.use` take these values; only PostgreSQL has a type to change."""
    if op.get_bind().dialect.name != "postgresql":
        return
    listed = ", ".join(f"'{name}'" for name in names)
    op.execute("ALTER TYPE keyuse RENAME TO keyuse_before")
    op.execute(f"CREATE TYPE keyuse AS ENUM ({listed})")
    op.execute("ALTER TABLE organisation_key ALTER COLUMN use TYPE keyuse USING use::text::keyuse")
    op.execute("DROP TYPE keyuse_before")
