"""The audit's hash chain, how long clinics keep patients, and what is kept of those who are gone."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

_ID = sa.String(36)
_HASH = sa.String(64)
_INSTANT = sa.DateTime(timezone=True)
_ERASED = sa.text("erased_at IS NOT NULL")
_UNSEALED = sa.text("sequence IS NULL")
_AUDIT: dict[str, sa.types.TypeEngine[Any]] = {
    "sequence": sa.Integer(),
    "sentence_hash": _HASH,
    "blanked_by": _ID,
    "blanks": sa.Integer(),
}


_KEYS = {
    "ix_told_dates_reminder": ("told_dates", "reminder_id"),
    "ix_todos_session": ("todos", "session_id"),
    "ix_todos_reminder": ("todos", "reminder_id"),
    "ix_overrides_patient": ("overrides", "patient_id"),
}
"""Without these, each row that is removed would have the database read these tables whole."""


def upgrade() -> None:
    """Make them; what was recorded before is sealed by the first rounds of whatever process sends."""
    for name, kind in _AUDIT.items():
        op.add_column("audit", sa.Column(name, kind, nullable=True))
    op.create_index("uq_audit_sequence", "audit", ["clinic_id", "sequence"], unique=True)
    op.create_index(
        "ix_audit_unsealed",
        "audit",
        ["clinic_id", "at", "id"],
        postgresql_where=_UNSEALED,
        sqlite_where=_UNSEALED,
    )
    op.create_table(
        "audit_chains",
        sa.Column("clinic_id", _ID, nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("head", _HASH, nullable=False),
        sa.Column("sealed_at", _INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinics.id"], name=op.f("fk_audit_chains_clinic_id")),
        sa.PrimaryKeyConstraint("clinic_id", name=op.f("pk_audit_chains")),
    )
    op.add_column("clinics", sa.Column("retention_months", sa.Integer(), nullable=True))
    op.create_index("ix_patients_erased", "patients", ["id"], postgresql_where=_ERASED, sqlite_where=_ERASED)
    for name, (table, column) in _KEYS.items():
        op.create_index(name, table, [column])
    op.create_table(
        "kept_stops",
        sa.Column("id", _ID, nullable=False),
        sa.Column("value_hash", _HASH, nullable=False),
        sa.Column("channel", sa.String(20), nullable=False),
        sa.Column("purpose", sa.String(20), nullable=False),
        sa.Column("at", _INSTANT, nullable=False),
        sa.Column("clinic_id", _ID, nullable=False),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinics.id"], name=op.f("fk_kept_stops_clinic_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kept_stops")),
        sa.UniqueConstraint(
            "clinic_id",
            "value_hash",
            "channel",
            "purpose",
            name=op.f("uq_kept_stops_clinic_id_value_hash_channel_purpose"),
        ),
    )
    op.create_table(
        "kept_counts",
        sa.Column("clinic_id", _ID, nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("what", sa.String(60), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinics.id"], name=op.f("fk_kept_counts_clinic_id")),
        sa.PrimaryKeyConstraint("clinic_id", "month", "what", name=op.f("pk_kept_counts")),
    )
    op.create_table(
        "retention_rounds",
        sa.Column("clinic_id", _ID, nullable=False),
        sa.Column("begun_at", _INSTANT, nullable=False),
        sa.Column("after", _ID, nullable=True),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinics.id"], name=op.f("fk_retention_rounds_clinic_id")),
        sa.PrimaryKeyConstraint("clinic_id", name=op.f("pk_retention_rounds")),
    )


def downgrade() -> None:
    """Drop them again."""
    for table in ("retention_rounds", "kept_counts", "kept_stops"):
        op.drop_table(table)
    for name, (table, _) in _KEYS.items():
        op.drop_index(name, table)
    op.drop_index("ix_patients_erased", "patients", postgresql_where=_ERASED, sqlite_where=_ERASED)
    op.drop_column("clinics", "retention_months")
    op.drop_table("audit_chains")
    op.drop_index("ix_audit_unsealed", "audit", postgresql_where=_UNSEALED, sqlite_where=_UNSEALED)
    op.drop_index("uq_audit_sequence", "audit")
    for name in reversed(_AUDIT):
        op.drop_column("audit", name)
