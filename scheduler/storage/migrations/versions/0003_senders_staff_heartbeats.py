"""Senders of clinics with budgets, the people who act, and signs of life of nodes."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_ID = sa.String(36)
_INSTANT = sa.DateTime(timezone=True)
_SEALED = sa.LargeBinary()
_JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
_SENDER_COLUMNS: dict[str, sa.types.TypeEngine[Any]] = {
    "name": sa.String(80),
    "identity": _JSON,
    "added_at": _INSTANT,
    "parts_per_second": sa.Double(),
    "parts_per_day": sa.Integer(),
    "tokens": sa.Double(),
    "refilled_at": _INSTANT,
    "day": sa.Date(),
    "parts_today": sa.Integer(),
    "spent_until": _INSTANT,
}


def upgrade() -> None:
    """Make the tables and columns."""
    for name, kind in _SENDER_COLUMNS.items():
        op.add_column("senders", sa.Column(name, kind, nullable=True))
    op.create_table(
        "staff",
        sa.Column("id", _ID, nullable=False),
        sa.Column("name_sealed", _SEALED, nullable=False),
        sa.Column("email_sealed", _SEALED, nullable=False),
        sa.Column("email_hash", sa.String(64), nullable=False),
        sa.Column("role", sa.String(20), nullable=False),
        sa.Column("added_at", _INSTANT, nullable=False),
        sa.Column("clinic_id", _ID, nullable=False),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinics.id"], name=op.f("fk_staff_clinic_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff")),
        sa.UniqueConstraint("clinic_id", "email_hash", name=op.f("uq_staff_clinic_id_email_hash")),
        sa.UniqueConstraint("clinic_id", "id", name=op.f("uq_staff_clinic_id_id")),
    )
    with op.batch_alter_table("tokens") as tokens:
        tokens.add_column(sa.Column("staff_id", _ID, nullable=True))
        tokens.create_foreign_key(
            op.f("fk_tokens_clinic_id_staff_id"), "staff", ["clinic_id", "staff_id"], ["clinic_id", "id"]
        )
    op.create_table(
        "heartbeats",
        sa.Column("node", sa.String(200), nullable=False),
        sa.Column("last_tick_at", _INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("node", name=op.f("pk_heartbeats")),
    )


def downgrade() -> None:
    """Drop them again."""
    op.drop_table("heartbeats")
    with op.batch_alter_table("tokens") as tokens:
        tokens.drop_constraint(op.f("fk_tokens_clinic_id_staff_id"), type_="foreignkey")
        tokens.drop_column("staff_id")
    op.drop_table("staff")
    with op.batch_alter_table("senders") as senders:
        for name in reversed(_SENDER_COLUMNS):
            senders.drop_column(name)
