"""The first tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import AutoString

import kit.database

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "attempt",
        sa.Column("key", AutoString(length=200), nullable=False),
        sa.Column("window_start", kit.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_table(
        "audit_entry",
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("at", kit.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("actor", AutoString(), nullable=False),
        sa.Column("organisation_id", AutoString(), nullable=False),
        sa.Column("act", AutoString(), nullable=False),
        sa.Column("subject", AutoString(), nullable=False),
        sa.Column("detail", AutoString(), nullable=False),
        sa.Column("previous_hash", AutoString(), nullable=False),
        sa.Column("hash", AutoString(), nullable=False),
        sa.PrimaryKeyConstraint("sequence"),
    )
    with op.batch_alter_table("audit_entry", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_audit_entry_organisation_id"), ["organisation_id"], unique=False)

    op.create_table(
        "audit_head",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("hash", AutoString(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "nonce",
        sa.Column("digest", AutoString(), nullable=False),
        sa.Column("expires_at", kit.database.UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("digest"),
    )
    op.create_table(
        "organisation",
        sa.Column("id", AutoString(), nullable=False),
        sa.Column("slug", AutoString(length=60), nullable=False),
        sa.Column("kind", sa.Enum("INSTITUTION", "AUTHORITY", "PARTNER", name="organisationkind"), nullable=False),
        sa.Column("did", AutoString(), nullable=False),
        sa.Column("name_fr", AutoString(), nullable=False),
        sa.Column("name_en", AutoString(), nullable=False),
        sa.Column("territory", AutoString(length=10), nullable=False),
        sa.Column("url", AutoString(), nullable=False),
        sa.Column("created_at", kit.database.UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("did"),
        sa.UniqueConstraint("slug"),
    )
    op.create_table(
        "accreditation",
        sa.Column("id", AutoString(), nullable=False),
        sa.Column("authority_id", AutoString(), nullable=False),
        sa.Column("institution_did", AutoString(), nullable=False),
        sa.Column("institution_name", AutoString(), nullable=False),
        sa.Column("achievement_id", AutoString(), nullable=False),
        sa.Column("programme_title_fr", AutoString(), nullable=False),
        sa.Column("programme_title_en", AutoString(), nullable=False),
        sa.Column("number", AutoString(length=60), nullable=False),
        sa.Column("track", AutoString(), nullable=False),
        sa.Column("stream", AutoString(), nullable=False),
        sa.Column("territory", AutoString(), nullable=False),
        sa.Column("valid_from", kit.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("valid_until", kit.database.UtcDateTime(timezone=True), nullable=True),
        sa.Column("state", sa.Enum("ACTIVE", "SUSPENDED", "WITHDRAWN", name="accreditationstate"), nullable=False),
        sa.Column("state_since", kit.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("reason", AutoString(), nullable=False),
        sa.Column("decided_by", AutoString(), nullable=False),
        sa.Column("decided_at", kit.database.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["authority_id"],
            ["organisation.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("authority_id", "number"),
    )
    with op.batch_alter_table("accreditation", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_accreditation_achievement_id"), ["achievement_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_accreditation_authority_id"), ["authority_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_accreditation_institution_did"), ["institution_did"], unique=False)

    op.create_table(
        "api_key",
        sa.Column("id", AutoString(), nullable=False),
        sa.Column("organisation_id", AutoString(), nullable=False),
        sa.Column("name", AutoString(), nullable=False),
        sa.Column("prefix", AutoString(), nullable=False),
        sa.Column("key_digest", AutoString(), nullable=False),
        sa.Column("scopes", AutoString(), nullable=False),
        sa.Column("created_at", kit.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", kit.database.UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("key_digest"),
    )
    with op.batch_alter_table("api_key", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_api_key_organisation_id"), ["organisation_id"], unique=False)

    op.create_table(
        "organisation_key",
        sa.Column("id", AutoString(), nullable=False),
        sa.Column("organisation_id", AutoString(), nullable=False),
        sa.Column("use", sa.Enum("CREDENTIAL", "STATUS", name="keyuse"), nullable=False),
        sa.Column("fragment", AutoString(), nullable=False),
        sa.Column("multikey", AutoString(), nullable=False),
        sa.Column("signer", AutoString(), nullable=False),
        sa.Column("created_at", kit.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("retired_at", kit.database.UtcDateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", kit.database.UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("organisation_id", "fragment"),
    )
    with op.batch_alter_table("organisation_key", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_organisation_key_organisation_id"), ["organisation_id"], unique=False)

    op.create_table(
        "programme",
        sa.Column("id", AutoString(), nullable=False),
        sa.Column("organisation_id", AutoString(), nullable=False),
        sa.Column("slug", AutoString(length=60), nullable=False),
        sa.Column("achievement_id", AutoString(), nullable=False),
        sa.Column("title_fr", AutoString(), nullable=False),
        sa.Column("title_en", AutoString(), nullable=False),
        sa.Column("description_fr", AutoString(), nullable=False),
        sa.Column("description_en", AutoString(), nullable=False),
        sa.Column("criteria_fr", AutoString(), nullable=False),
        sa.Column("criteria_en", AutoString(), nullable=False),
        sa.Column("hours", sa.Integer(), nullable=False),
        sa.Column("stream", sa.Enum("UPSKILLING", "RESKILLING", name="stream"), nullable=False),
        sa.Column("language", AutoString(length=10), nullable=False),
        sa.Column("valid_months", sa.Integer(), nullable=True),
        sa.Column("created_at", kit.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("archived_at", kit.database.UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("achievement_id"),
        sa.UniqueConstraint("organisation_id", "slug"),
    )
    with op.batch_alter_table("programme", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_programme_organisation_id"), ["organisation_id"], unique=False)

    op.create_table(
        "staff_member",
        sa.Column("id", AutoString(), nullable=False),
        sa.Column("organisation_id", AutoString(), nullable=False),
        sa.Column("email", AutoString(length=254), nullable=False),
        sa.Column("name", AutoString(), nullable=False),
        sa.Column("role", sa.Enum("ADMINISTRATOR", "REGISTRAR", "READER", name="role"), nullable=False),
        sa.Column("password_hash", AutoString(), nullable=False),
        sa.Column("created_at", kit.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("disabled_at", kit.database.UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("email"),
    )
    with op.batch_alter_table("staff_member", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_staff_member_organisation_id"), ["organisation_id"], unique=False)

    op.create_table(
        "status_list",
        sa.Column("id", AutoString(), nullable=False),
        sa.Column("organisation_id", AutoString(), nullable=False),
        sa.Column("purpose", sa.Enum("REVOCATION", "SUSPENSION", name="purpose"), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("length", sa.Integer(), nullable=False),
        sa.Column("permutation_key", sa.LargeBinary(), nullable=False),
        sa.Column("next_position", sa.Integer(), nullable=False),
        sa.Column("created_at", kit.database.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("organisation_id", "purpose", "number"),
    )
    with op.batch_alter_table("status_list", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_status_list_organisation_id"), ["organisation_id"], unique=False)

    op.create_table(
        "cohort",
        sa.Column("id", AutoString(), nullable=False),
        sa.Column("programme_id", AutoString(), nullable=False),
        sa.Column("code", AutoString(length=60), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("created_at", kit.database.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["programme_id"],
            ["programme.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("programme_id", "code"),
    )
    with op.batch_alter_table("cohort", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_cohort_programme_id"), ["programme_id"], unique=False)

    op.create_table(
        "programme_skill",
        sa.Column("id", AutoString(), nullable=False),
        sa.Column("programme_id", AutoString(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name_fr", AutoString(), nullable=False),
        sa.Column("name_en", AutoString(), nullable=False),
        sa.Column("framework", AutoString(), nullable=False),
        sa.Column("code", AutoString(), nullable=False),
        sa.Column("url", AutoString(), nullable=False),
        sa.Column("target_type", AutoString(), nullable=False),
        sa.ForeignKeyConstraint(
            ["programme_id"],
            ["programme.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("programme_skill", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_programme_skill_programme_id"), ["programme_id"], unique=False)

    op.create_table(
        "published_list",
        sa.Column("list_id", AutoString(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("published_at", kit.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("valid_until", kit.database.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["list_id"],
            ["status_list.id"],
        ),
        sa.PrimaryKeyConstraint("list_id"),
    )
    op.create_table(
        "recognition",
        sa.Column("id", AutoString(), nullable=False),
        sa.Column("accreditation_id", AutoString(), nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("credential_id", AutoString(), nullable=False),
        sa.Column("becomes", sa.Enum("ACTIVE", "SUSPENDED", "WITHDRAWN", name="accreditationstate"), nullable=False),
        sa.Column("reason", AutoString(), nullable=False),
        sa.Column("effective_at", kit.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("closes_id", AutoString(), nullable=True),
        sa.Column("revocation_list_id", AutoString(), nullable=True),
        sa.Column("revocation_index", sa.Integer(), nullable=True),
        sa.Column("planned_by", AutoString(), nullable=False),
        sa.Column("planned_at", kit.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.Column("signed_at", kit.database.UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["accreditation_id"],
            ["accreditation.id"],
        ),
        sa.ForeignKeyConstraint(
            ["closes_id"],
            ["recognition.id"],
        ),
        sa.ForeignKeyConstraint(
            ["revocation_list_id"],
            ["status_list.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("accreditation_id", "edition"),
    )
    with op.batch_alter_table("recognition", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_recognition_accreditation_id"), ["accreditation_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_recognition_credential_id"), ["credential_id"], unique=False)

    op.create_table(
        "staff_session",
        sa.Column("token_digest", AutoString(), nullable=False),
        sa.Column("staff_member_id", AutoString(), nullable=False),
        sa.Column("created_at", kit.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("expires_at", kit.database.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["staff_member_id"],
            ["staff_member.id"],
        ),
        sa.PrimaryKeyConstraint("token_digest"),
    )
    with op.batch_alter_table("staff_session", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_staff_session_staff_member_id"), ["staff_member_id"], unique=False)

    op.create_table(
        "status_bits",
        sa.Column("list_id", AutoString(), nullable=False),
        sa.Column("bits", sa.LargeBinary(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["list_id"],
            ["status_list.id"],
        ),
        sa.PrimaryKeyConstraint("list_id"),
    )
    op.create_table(
        "participant",
        sa.Column("id", AutoString(), nullable=False),
        sa.Column("cohort_id", AutoString(), nullable=False),
        sa.Column("learner_number", AutoString(length=60), nullable=False),
        sa.Column("given_name", AutoString(), nullable=False),
        sa.Column("family_name", AutoString(), nullable=False),
        sa.Column("email", AutoString(), nullable=False),
        sa.Column("language", AutoString(), nullable=False),
        sa.Column("created_at", kit.database.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["cohort_id"],
            ["cohort.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("cohort_id", "learner_number"),
    )
    with op.batch_alter_table("participant", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_participant_cohort_id"), ["cohort_id"], unique=False)

    op.create_table(
        "register_import",
        sa.Column("id", AutoString(), nullable=False),
        sa.Column("cohort_id", AutoString(), nullable=False),
        sa.Column("file_name", AutoString(), nullable=False),
        sa.Column("state", sa.Enum("PREVIEWED", "COMMITTED", "UNDONE", name="importstate"), nullable=False),
        sa.Column("sheet", AutoString(), nullable=False),
        sa.Column("columns", AutoString(), nullable=False),
        sa.Column("undo", AutoString(), nullable=False),
        sa.Column("created_by", AutoString(), nullable=False),
        sa.Column("created_at", kit.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("committed_at", kit.database.UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["cohort_id"],
            ["cohort.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("register_import", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_register_import_cohort_id"), ["cohort_id"], unique=False)

    op.create_table(
        "completion",
        sa.Column("id", AutoString(), nullable=False),
        sa.Column("participant_id", AutoString(), nullable=False),
        sa.Column("programme_id", AutoString(), nullable=False),
        sa.Column("completed_on", sa.Date(), nullable=False),
        sa.Column("result", AutoString(), nullable=False),
        sa.Column("recorded_at", kit.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", AutoString(), nullable=False),
        sa.ForeignKeyConstraint(
            ["participant_id"],
            ["participant.id"],
        ),
        sa.ForeignKeyConstraint(
            ["programme_id"],
            ["programme.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("participant_id"),
    )
    with op.batch_alter_table("completion", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_completion_programme_id"), ["programme_id"], unique=False)

    op.create_table(
        "idempotency_key",
        sa.Column("organisation_id", AutoString(), nullable=False),
        sa.Column("key_digest", AutoString(), nullable=False),
        sa.Column("request_digest", AutoString(), nullable=False),
        sa.Column("completion_id", AutoString(), nullable=False),
        sa.Column("created_at", kit.database.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["completion_id"],
            ["completion.id"],
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
        ),
        sa.PrimaryKeyConstraint("organisation_id", "key_digest"),
    )
    op.create_table(
        "issued_credential",
        sa.Column("id", AutoString(), nullable=False),
        sa.Column("organisation_id", AutoString(), nullable=False),
        sa.Column("completion_id", AutoString(), nullable=False),
        sa.Column("active_for", AutoString(), nullable=True),
        sa.Column("credential_id", AutoString(), nullable=False),
        sa.Column("subject_id", AutoString(), nullable=False),
        sa.Column("public_id", AutoString(), nullable=False),
        sa.Column("number", AutoString(), nullable=False),
        sa.Column(
            "state", sa.Enum("INTENT", "VOID", "ISSUED", "SUSPENDED", "REVOKED", name="credentialstate"), nullable=False
        ),
        sa.Column("state_since", kit.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("reason", AutoString(), nullable=False),
        sa.Column("revocation_list_id", AutoString(), nullable=False),
        sa.Column("revocation_index", sa.Integer(), nullable=False),
        sa.Column("suspension_list_id", AutoString(), nullable=False),
        sa.Column("suspension_index", sa.Integer(), nullable=False),
        sa.Column("replaces_id", AutoString(), nullable=True),
        sa.Column("public_page", sa.Boolean(), nullable=False),
        sa.Column("created_at", kit.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("issued_at", kit.database.UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["completion_id"],
            ["completion.id"],
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
        ),
        sa.ForeignKeyConstraint(
            ["revocation_list_id"],
            ["status_list.id"],
        ),
        sa.ForeignKeyConstraint(
            ["suspension_list_id"],
            ["status_list.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("active_for"),
        sa.UniqueConstraint("credential_id"),
        sa.UniqueConstraint("number"),
        sa.UniqueConstraint("public_id"),
    )
    with op.batch_alter_table("issued_credential", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_issued_credential_completion_id"), ["completion_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_issued_credential_organisation_id"), ["organisation_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_issued_credential_replaces_id"), ["replaces_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_issued_credential_state"), ["state"], unique=False)

    op.create_table(
        "claim_invitation",
        sa.Column("id", AutoString(), nullable=False),
        sa.Column("credential_id", AutoString(), nullable=False),
        sa.Column("link_digest", AutoString(), nullable=False),
        sa.Column("wrong_codes", sa.Integer(), nullable=False),
        sa.Column("created_at", kit.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("expires_at", kit.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("sent_at", kit.database.UtcDateTime(timezone=True), nullable=True),
        sa.Column("redeemed_at", kit.database.UtcDateTime(timezone=True), nullable=True),
        sa.Column("accepted_at", kit.database.UtcDateTime(timezone=True), nullable=True),
        sa.Column("voided_at", kit.database.UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["credential_id"],
            ["issued_credential.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("link_digest"),
    )
    with op.batch_alter_table("claim_invitation", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_claim_invitation_credential_id"), ["credential_id"], unique=False)

    op.create_table(
        "signed_document",
        sa.Column("id", AutoString(), nullable=False),
        sa.Column("credential_id", AutoString(), nullable=False),
        sa.Column("subject_id", AutoString(), nullable=False),
        sa.Column("holder_bound", sa.Boolean(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("signed_at", kit.database.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["credential_id"],
            ["issued_credential.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("credential_id", "subject_id"),
    )
    with op.batch_alter_table("signed_document", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_signed_document_credential_id"), ["credential_id"], unique=False)

    op.create_table(
        "access_token",
        sa.Column("token_digest", AutoString(), nullable=False),
        sa.Column("invitation_id", AutoString(), nullable=False),
        sa.Column("expires_at", kit.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("holder_did", AutoString(), nullable=True),
        sa.Column("bound_at", kit.database.UtcDateTime(timezone=True), nullable=True),
        sa.Column("notification_id", AutoString(), nullable=False),
        sa.ForeignKeyConstraint(
            ["invitation_id"],
            ["claim_invitation.id"],
        ),
        sa.PrimaryKeyConstraint("token_digest"),
        sa.UniqueConstraint("notification_id"),
    )
    with op.batch_alter_table("access_token", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_access_token_invitation_id"), ["invitation_id"], unique=False)

    op.create_table(
        "offer_code",
        sa.Column("code_digest", AutoString(), nullable=False),
        sa.Column("invitation_id", AutoString(), nullable=False),
        sa.Column("expires_at", kit.database.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["invitation_id"],
            ["claim_invitation.id"],
        ),
        sa.PrimaryKeyConstraint("code_digest"),
    )
    with op.batch_alter_table("offer_code", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_offer_code_invitation_id"), ["invitation_id"], unique=False)

    op.create_table(
        "reported_problem",
        sa.Column("id", AutoString(), nullable=False),
        sa.Column("invitation_id", AutoString(), nullable=False),
        sa.Column("text", AutoString(), nullable=False),
        sa.Column("reported_at", kit.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("settled_at", kit.database.UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["invitation_id"],
            ["claim_invitation.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("reported_problem", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_reported_problem_invitation_id"), ["invitation_id"], unique=False)


def downgrade() -> None:
    """Take back."""
    with op.batch_alter_table("reported_problem", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_reported_problem_invitation_id"))

    op.drop_table("reported_problem")
    with op.batch_alter_table("offer_code", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_offer_code_invitation_id"))

    op.drop_table("offer_code")
    with op.batch_alter_table("access_token", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_access_token_invitation_id"))

    op.drop_table("access_token")
    with op.batch_alter_table("signed_document", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_signed_document_credential_id"))

    op.drop_table("signed_document")
    with op.batch_alter_table("claim_invitation", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_claim_invitation_credential_id"))

    op.drop_table("claim_invitation")
    with op.batch_alter_table("issued_credential", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_issued_credential_state"))
        batch_op.drop_index(batch_op.f("ix_issued_credential_replaces_id"))
        batch_op.drop_index(batch_op.f("ix_issued_credential_organisation_id"))
        batch_op.drop_index(batch_op.f("ix_issued_credential_completion_id"))

    op.drop_table("issued_credential")
    op.drop_table("idempotency_key")
    with op.batch_alter_table("completion", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_completion_programme_id"))

    op.drop_table("completion")
    with op.batch_alter_table("register_import", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_register_import_cohort_id"))

    op.drop_table("register_import")
    with op.batch_alter_table("participant", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_participant_cohort_id"))

    op.drop_table("participant")
    op.drop_table("status_bits")
    with op.batch_alter_table("staff_session", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_staff_session_staff_member_id"))

    op.drop_table("staff_session")
    with op.batch_alter_table("recognition", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_recognition_credential_id"))
        batch_op.drop_index(batch_op.f("ix_recognition_accreditation_id"))

    op.drop_table("recognition")
    op.drop_table("published_list")
    with op.batch_alter_table("programme_skill", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_programme_skill_programme_id"))

    op.drop_table("programme_skill")
    with op.batch_alter_table("cohort", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_cohort_programme_id"))

    op.drop_table("cohort")
    with op.batch_alter_table("status_list", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_status_list_organisation_id"))

    op.drop_table("status_list")
    with op.batch_alter_table("staff_member", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_staff_member_organisation_id"))

    op.drop_table("staff_member")
    with op.batch_alter_table("programme", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_programme_organisation_id"))

    op.drop_table("programme")
    with op.batch_alter_table("organisation_key", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_organisation_key_organisation_id"))

    op.drop_table("organisation_key")
    with op.batch_alter_table("api_key", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_api_key_organisation_id"))

    op.drop_table("api_key")
    with op.batch_alter_table("accreditation", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_accreditation_institution_did"))
        batch_op.drop_index(batch_op.f("ix_accreditation_authority_id"))
        batch_op.drop_index(batch_op.f("ix_accreditation_achievement_id"))

    op.drop_table("accreditation")
    op.drop_table("organisation")
    op.drop_table("nonce")
    op.drop_table("audit_head")
    with op.batch_alter_table("audit_entry", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_audit_entry_organisation_id"))

    op.drop_table("audit_entry")
    op.drop_table("attempt")
