"""Reminders, attempts, tokens, kept answers and the audit."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_ID = sa.String(36)
_INSTANT = sa.DateTime(timezone=True)
_SEALED = sa.LargeBinary()
_JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "audit",
        sa.Column("id", _ID, nullable=False),
        sa.Column("at", _INSTANT, nullable=False),
        sa.Column("actor", sa.String(200), nullable=False),
        sa.Column("action", sa.String(60), nullable=False),
        sa.Column("subject", sa.String(100), nullable=False),
        sa.Column("sentence_sealed", _SEALED, nullable=False),
        sa.Column("sealed_hash", sa.String(64), nullable=True),
        sa.Column("clinic_id", _ID, nullable=False),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinics.id"], name=op.f("fk_audit_clinic_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit")),
    )
    op.create_index("ix_audit_clinic", "audit", ["clinic_id", "at", "id"], unique=False)
    op.create_table(
        "kept_answers",
        sa.Column("key_hash", sa.String(64), nullable=False),
        sa.Column("body_hash", sa.String(64), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("answer_sealed", _SEALED, nullable=False),
        sa.Column("at", _INSTANT, nullable=False),
        sa.Column("clinic_id", _ID, nullable=False),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinics.id"], name=op.f("fk_kept_answers_clinic_id")),
        sa.PrimaryKeyConstraint("key_hash", name=op.f("pk_kept_answers")),
    )
    op.create_table(
        "tokens",
        sa.Column("id", _ID, nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.Column("scopes", _JSON, nullable=False),
        sa.Column("label", sa.String(200), nullable=False),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.Column("revoked_at", _INSTANT, nullable=True),
        sa.Column("clinic_id", _ID, nullable=False),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinics.id"], name=op.f("fk_tokens_clinic_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tokens")),
        sa.UniqueConstraint("hash", name=op.f("uq_tokens_hash")),
    )
    op.create_table(
        "reminders",
        sa.Column("id", _ID, nullable=False),
        sa.Column("patient_id", _ID, nullable=False),
        sa.Column("session_id", _ID, nullable=False),
        sa.Column("version_id", _ID, nullable=False),
        sa.Column("rule", sa.String(64), nullable=False),
        sa.Column("occurrence", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("template", sa.String(64), nullable=False),
        sa.Column("topic_ends", _JSON, nullable=False),
        sa.Column("channel", sa.String(20), nullable=False),
        sa.Column("channels", _JSON, nullable=False),
        sa.Column("sender_id", _ID, nullable=False),
        sa.Column("intent_day", sa.Date(), nullable=True),
        sa.Column("intent_time", sa.Time(), nullable=True),
        sa.Column("intent_zone", sa.String(64), nullable=True),
        sa.Column("intended_at", _INSTANT, nullable=False),
        sa.Column("due_at", _INSTANT, nullable=False),
        sa.Column("next_at", _INSTANT, nullable=False),
        sa.Column("useful_until", _INSTANT, nullable=False),
        sa.Column("bundled_into", _ID, nullable=True),
        sa.Column("reasons", _JSON, nullable=False),
        sa.Column("status", sa.String(20), nullable=False),
        sa.Column("status_reason", sa.String(200), nullable=True),
        sa.Column("status_at", _INSTANT, nullable=False),
        sa.Column("touched_by", sa.String(200), nullable=True),
        sa.Column("note_sealed", _SEALED, nullable=True),
        sa.Column("stop_asked", sa.Boolean(), nullable=False),
        sa.Column("claim_token", _ID, nullable=True),
        sa.Column("lease_until", _INSTANT, nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("sent_at", _INSTANT, nullable=True),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.Column("clinic_id", _ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["clinic_id", "bundled_into"],
            ["reminders.clinic_id", "reminders.id"],
            name=op.f("fk_reminders_clinic_id_bundled_into"),
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id", "patient_id"],
            ["patients.clinic_id", "patients.id"],
            name=op.f("fk_reminders_clinic_id_patient_id"),
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id", "session_id"],
            ["sessions.clinic_id", "sessions.id"],
            name=op.f("fk_reminders_clinic_id_session_id"),
        ),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinics.id"], name=op.f("fk_reminders_clinic_id")),
        sa.ForeignKeyConstraint(["sender_id"], ["senders.id"], name=op.f("fk_reminders_sender_id")),
        sa.ForeignKeyConstraint(
            ["clinic_id", "version_id"],
            ["protocol_versions.clinic_id", "protocol_versions.id"],
            name=op.f("fk_reminders_clinic_id_version_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reminders")),
        sa.UniqueConstraint("clinic_id", "id", name=op.f("uq_reminders_clinic_id_id")),
        sa.UniqueConstraint("session_id", "rule", "occurrence", name=op.f("uq_reminders_session_id_rule_occurrence")),
    )
    op.create_index(
        "ix_reminders_bundle",
        "reminders",
        ["bundled_into"],
        unique=False,
        postgresql_where=sa.text("bundled_into IS NOT NULL"),
        sqlite_where=sa.text("bundled_into IS NOT NULL"),
    )
    op.create_index("ix_reminders_clinic", "reminders", ["clinic_id", "due_at", "id"], unique=False)
    op.create_index(
        "ix_reminders_leased",
        "reminders",
        ["lease_until"],
        unique=False,
        postgresql_where=sa.text("status = 'claimed'"),
        sqlite_where=sa.text("status = 'claimed'"),
    )
    op.create_index(
        "ix_reminders_open",
        "reminders",
        ["useful_until"],
        unique=False,
        postgresql_where=sa.text("status IN ('scheduled', 'held', 'claimed')"),
        sqlite_where=sa.text("status IN ('scheduled', 'held', 'claimed')"),
    )
    op.create_index("ix_reminders_patient", "reminders", ["patient_id"], unique=False)
    op.create_index(
        "ix_reminders_waiting",
        "reminders",
        ["sender_id", "rank", "next_at", "id"],
        unique=False,
        postgresql_where=sa.text("status = 'scheduled' AND bundled_into IS NULL"),
        sqlite_where=sa.text("status = 'scheduled' AND bundled_into IS NULL"),
    )
    op.create_table(
        "attempts",
        sa.Column("id", _ID, nullable=False),
        sa.Column("reminder_id", _ID, nullable=False),
        sa.Column("sender_id", _ID, nullable=False),
        sa.Column("started_at", _INSTANT, nullable=False),
        sa.Column("deadline_at", _INSTANT, nullable=False),
        sa.Column("to_sealed", _SEALED, nullable=False),
        sa.Column("subject_sealed", _SEALED, nullable=True),
        sa.Column("body_sealed", _SEALED, nullable=False),
        sa.Column("ending", sa.String(20), nullable=True),
        sa.Column("ended_at", _INSTANT, nullable=True),
        sa.Column("code", sa.String(60), nullable=True),
        sa.Column("reason", sa.String(500), nullable=True),
        sa.Column("provider_id", sa.String(100), nullable=True),
        sa.Column("parts", sa.Integer(), nullable=True),
        sa.Column("told_until", _INSTANT, nullable=True),
        sa.Column("clinic_id", _ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["clinic_id", "reminder_id"],
            ["reminders.clinic_id", "reminders.id"],
            name=op.f("fk_attempts_clinic_id_reminder_id"),
        ),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinics.id"], name=op.f("fk_attempts_clinic_id")),
        sa.ForeignKeyConstraint(["sender_id"], ["senders.id"], name=op.f("fk_attempts_sender_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attempts")),
        sa.UniqueConstraint("sender_id", "provider_id", name=op.f("uq_attempts_sender_id_provider_id")),
    )
    op.create_index(
        "ix_attempts_open",
        "attempts",
        ["deadline_at"],
        unique=False,
        postgresql_where=sa.text("ending IS NULL"),
        sqlite_where=sa.text("ending IS NULL"),
    )
    op.create_index("ix_attempts_reminder", "attempts", ["reminder_id"], unique=False)
    op.create_table(
        "told_dates",
        sa.Column("id", _ID, nullable=False),
        sa.Column("patient_id", _ID, nullable=False),
        sa.Column("reminder_id", _ID, nullable=False),
        sa.Column("topic", sa.String(64), nullable=False),
        sa.Column("until", _INSTANT, nullable=False),
        sa.Column("told_at", _INSTANT, nullable=False),
        sa.Column("clinic_id", _ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["clinic_id", "patient_id"],
            ["patients.clinic_id", "patients.id"],
            name=op.f("fk_told_dates_clinic_id_patient_id"),
        ),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinics.id"], name=op.f("fk_told_dates_clinic_id")),
        sa.ForeignKeyConstraint(
            ["clinic_id", "reminder_id"],
            ["reminders.clinic_id", "reminders.id"],
            name=op.f("fk_told_dates_clinic_id_reminder_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_told_dates")),
    )
    op.create_index("ix_told_dates_patient", "told_dates", ["patient_id"], unique=False)


def downgrade() -> None:
    """Drop them again."""
    op.drop_table("told_dates")
    op.drop_table("attempts")
    op.drop_table("reminders")
    op.drop_table("tokens")
    op.drop_table("kept_answers")
    op.drop_table("audit")
