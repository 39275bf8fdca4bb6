"""Clinics, senders, patients, sessions and protocols."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_ID = sa.String(36)
_INSTANT = sa.DateTime(timezone=True)
_SEALED = sa.LargeBinary()
_JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "clinics",
        sa.Column("id", _ID, nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("zone", sa.String(64), nullable=False),
        sa.Column("country", sa.String(2), nullable=False),
        sa.Column("live", sa.Boolean(), nullable=False),
        sa.Column("live_signed_by", sa.String(200), nullable=True),
        sa.Column("paused_at", _INSTANT, nullable=True),
        sa.Column("paused_reason", sa.String(500), nullable=True),
        sa.Column("languages", _JSON, nullable=False),
        sa.Column("sending_hours", sa.Text(), nullable=False),
        sa.Column("opening_hours", sa.Text(), nullable=True),
        sa.Column("closed_days", _JSON, nullable=False),
        sa.Column("lines", _JSON, nullable=False),
        sa.Column("limits", _JSON, nullable=False),
        sa.Column("trial_phones_sealed", _SEALED, nullable=True),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clinics")),
    )
    op.create_table(
        "key_checks",
        sa.Column("id", sa.String(20), nullable=False),
        sa.Column("sealed", _SEALED, nullable=False),
        sa.Column("made_at", _INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_key_checks")),
    )
    op.create_table(
        "patients",
        sa.Column("id", _ID, nullable=False),
        sa.Column("name_sealed", _SEALED, nullable=False),
        sa.Column("name_hash", sa.String(64), nullable=False),
        sa.Column("birth_date_sealed", _SEALED, nullable=True),
        sa.Column("language", sa.String(20), nullable=False),
        sa.Column("zone", sa.String(64), nullable=True),
        sa.Column("flags", _JSON, nullable=False),
        sa.Column("private", sa.Boolean(), nullable=False),
        sa.Column("paused_at", _INSTANT, nullable=True),
        sa.Column("paused_reason_sealed", _SEALED, nullable=True),
        sa.Column("erased_at", _INSTANT, nullable=True),
        sa.Column("merged_into", _ID, nullable=True),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.Column("clinic_id", _ID, nullable=False),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinics.id"], name=op.f("fk_patients_clinic_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_patients")),
        sa.UniqueConstraint("clinic_id", "id", name=op.f("uq_patients_clinic_id_id")),
    )
    op.create_table(
        "protocol_versions",
        sa.Column("id", _ID, nullable=False),
        sa.Column("procedure", sa.String(80), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("published_at", _INSTANT, nullable=False),
        sa.Column("published_by", sa.String(200), nullable=False),
        sa.Column("signed_by", sa.String(200), nullable=True),
        sa.Column("clinic_id", _ID, nullable=False),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinics.id"], name=op.f("fk_protocol_versions_clinic_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_protocol_versions")),
        sa.UniqueConstraint("clinic_id", "id", name=op.f("uq_protocol_versions_clinic_id_id")),
        sa.UniqueConstraint(
            "clinic_id", "procedure", "number", name=op.f("uq_protocol_versions_clinic_id_procedure_number")
        ),
    )
    op.create_table(
        "senders",
        sa.Column("id", _ID, nullable=False),
        sa.Column("clinic_id", _ID, nullable=True),
        sa.Column("channel", sa.String(20), nullable=False),
        sa.Column("provider", sa.String(20), nullable=False),
        sa.Column("held_at", _INSTANT, nullable=True),
        sa.Column("held_reason", sa.String(500), nullable=True),
        sa.Column("served_at", _INSTANT, nullable=True),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinics.id"], name=op.f("fk_senders_clinic_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_senders")),
    )
    op.create_table(
        "consents",
        sa.Column("id", _ID, nullable=False),
        sa.Column("patient_id", _ID, nullable=False),
        sa.Column("channel", sa.String(20), nullable=False),
        sa.Column("purpose", sa.String(20), nullable=False),
        sa.Column("word", sa.String(20), nullable=False),
        sa.Column("source", sa.String(100), nullable=False),
        sa.Column("wording", sa.String(100), nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("recorded_by", sa.String(200), nullable=False),
        sa.Column("at", _INSTANT, nullable=False),
        sa.Column("clinic_id", _ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["clinic_id", "patient_id"],
            ["patients.clinic_id", "patients.id"],
            name=op.f("fk_consents_clinic_id_patient_id"),
        ),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinics.id"], name=op.f("fk_consents_clinic_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consents")),
        sa.UniqueConstraint("patient_id", "position", name=op.f("uq_consents_patient_id_position")),
    )
    op.create_table(
        "contact_points",
        sa.Column("id", _ID, nullable=False),
        sa.Column("patient_id", _ID, nullable=False),
        sa.Column("channel", sa.String(20), nullable=False),
        sa.Column("line", sa.String(20), nullable=False),
        sa.Column("value_sealed", _SEALED, nullable=False),
        sa.Column("value_hash", sa.String(64), nullable=False),
        sa.Column("last_four_hash", sa.String(64), nullable=True),
        sa.Column("added_at", _INSTANT, nullable=False),
        sa.Column("clinic_id", _ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["clinic_id", "patient_id"],
            ["patients.clinic_id", "patients.id"],
            name=op.f("fk_contact_points_clinic_id_patient_id"),
        ),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinics.id"], name=op.f("fk_contact_points_clinic_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact_points")),
        sa.UniqueConstraint("patient_id", "value_hash", name=op.f("uq_contact_points_patient_id_value_hash")),
    )
    op.create_index("ix_contact_points_last_four", "contact_points", ["clinic_id", "last_four_hash"], unique=False)
    op.create_index("ix_contact_points_value", "contact_points", ["clinic_id", "value_hash"], unique=False)
    op.create_table(
        "patient_names",
        sa.Column("patient_id", _ID, nullable=False),
        sa.Column("beginning_hash", sa.String(64), nullable=False),
        sa.Column("clinic_id", _ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["clinic_id", "patient_id"],
            ["patients.clinic_id", "patients.id"],
            name=op.f("fk_patient_names_clinic_id_patient_id"),
        ),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinics.id"], name=op.f("fk_patient_names_clinic_id")),
        sa.PrimaryKeyConstraint("patient_id", "beginning_hash", name=op.f("pk_patient_names")),
    )
    op.create_index("ix_patient_names_beginning", "patient_names", ["clinic_id", "beginning_hash"], unique=False)
    op.create_table(
        "sessions",
        sa.Column("id", _ID, nullable=False),
        sa.Column("patient_id", _ID, nullable=False),
        sa.Column("procedure", sa.String(80), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("ended_at", _INSTANT, nullable=False),
        sa.Column("day_0", sa.Date(), nullable=False),
        sa.Column("facts", _JSON, nullable=False),
        sa.Column("known_at", _INSTANT, nullable=False),
        sa.Column("registered_by", sa.String(200), nullable=False),
        sa.Column("voided_at", _INSTANT, nullable=True),
        sa.Column("voided_by", sa.String(200), nullable=True),
        sa.Column("clinic_id", _ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["clinic_id", "patient_id"],
            ["patients.clinic_id", "patients.id"],
            name=op.f("fk_sessions_clinic_id_patient_id"),
        ),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinics.id"], name=op.f("fk_sessions_clinic_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sessions")),
        sa.UniqueConstraint("clinic_id", "id", name=op.f("uq_sessions_clinic_id_id")),
    )
    op.create_index("ix_sessions_patient", "sessions", ["patient_id", "ended_at"], unique=False)
    op.create_table(
        "overrides",
        sa.Column("id", _ID, nullable=False),
        sa.Column("patient_id", _ID, nullable=False),
        sa.Column("session_id", _ID, nullable=False),
        sa.Column("topic", sa.String(64), nullable=False),
        sa.Column("until", _INSTANT, nullable=False),
        sa.Column("by", sa.String(200), nullable=False),
        sa.Column("reason_sealed", _SEALED, nullable=False),
        sa.Column("at", _INSTANT, nullable=False),
        sa.Column("clinic_id", _ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["clinic_id", "patient_id"],
            ["patients.clinic_id", "patients.id"],
            name=op.f("fk_overrides_clinic_id_patient_id"),
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id", "session_id"],
            ["sessions.clinic_id", "sessions.id"],
            name=op.f("fk_overrides_clinic_id_session_id"),
        ),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinics.id"], name=op.f("fk_overrides_clinic_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_overrides")),
        sa.UniqueConstraint("session_id", "topic", name=op.f("uq_overrides_session_id_topic")),
    )
    senders = sa.table(
        "senders", sa.column("id", sa.String), sa.column("channel", sa.String), sa.column("provider", sa.String)
    )
    op.bulk_insert(
        senders,
        [
            {"id": f"{provider}-{channel}", "channel": channel, "provider": provider}
            for provider in ("settings", "sandbox")
            for channel in ("sms", "email")
        ],
    )


def downgrade() -> None:
    """Drop them again."""
    op.drop_table("overrides")
    op.drop_table("sessions")
    op.drop_table("patient_names")
    op.drop_table("contact_points")
    op.drop_table("consents")
    op.drop_table("senders")
    op.drop_table("protocol_versions")
    op.drop_table("patients")
    op.drop_table("key_checks")
    op.drop_table("clinics")
