"""What the store knows of itself, such as the zone data its times were derived with, and plans to be made anew."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_ID = sa.String(36)
_INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "store_state",
        sa.Column("name", sa.String(60), nullable=False),
        sa.Column("value", sa.String(200), nullable=False),
        sa.Column("set_at", _INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_store_state")),
    )
    op.create_table(
        "replans",
        sa.Column("clinic_id", _ID, nullable=False),
        sa.Column("after", _ID, nullable=False),
        sa.Column("asked_at", _INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinics.id"], name=op.f("fk_replans_clinic_id")),
        sa.PrimaryKeyConstraint("clinic_id", name=op.f("pk_replans")),
    )


def downgrade() -> None:
    """Drop them again."""
    op.drop_table("replans")
    op.drop_table("store_state")
