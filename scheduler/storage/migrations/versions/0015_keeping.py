"""The audit's hash chain: an entry's place in it, and each clinic's last link."""

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
_UNSEALED = sa.text("sequence IS NULL")
_AUDIT: dict[str, sa.types.TypeEngine[Any]] = {
    "sequence": sa.Integer(),
    "sentence_hash": _HASH,
    "blanked_by": _ID,
    "blanks": sa.Integer(),
}


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


def downgrade() -> None:
    """Drop them again."""
    op.drop_table("audit_chains")
    op.drop_index("ix_audit_unsealed", "audit", postgresql_where=_UNSEALED, sqlite_where=_UNSEALED)
    op.drop_index("uq_audit_sequence", "audit")
    for name in reversed(_AUDIT):
        op.drop_column("audit", name)
