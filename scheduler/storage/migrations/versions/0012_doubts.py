"""What settles doubts: how often a provider was asked, what goes once more, whether staff were told, stray receipts."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_ID = sa.String(36)
_JSON = sa.JSON().with_variant(JSONB(), "postgresql")
_INSTANT = sa.DateTime(timezone=True)
_TO_RAISE = sa.text(
    "(status = 'unknown' OR (kind = 'safety' AND status IN ('failed', 'undelivered', 'expired')))"
    " AND (raised_at IS NULL OR raised_at < status_at)"
)


def upgrade() -> None:
    """Add the columns, the index and the table."""
    op.add_column("reminders", sa.Column("resends", sa.Integer(), server_default="0", nullable=False))
    op.add_column("reminders", sa.Column("tried_channels", _JSON, nullable=True))
    op.add_column("reminders", sa.Column("repeats", _ID, nullable=True))
    op.add_column("reminders", sa.Column("raised_at", _INSTANT, nullable=True))
    op.add_column("attempts", sa.Column("asks", sa.Integer(), server_default="0", nullable=False))
    op.add_column("attempts", sa.Column("repeats", _ID, nullable=True))
    op.create_index(
        "ix_reminders_to_raise", "reminders", ["status_at"], postgresql_where=_TO_RAISE, sqlite_where=_TO_RAISE
    )
    # What ended before this version stands on the desk's lists already.
    op.execute(f"UPDATE reminders SET raised_at = status_at WHERE {_TO_RAISE.text}")  # noqa: S608  a constant
    # Messages that were in doubt before nobody asked about: they are asked about now.
    op.execute(
        "UPDATE attempts SET ask_at = ended_at WHERE ending = 'unknown' AND ask_at IS NULL AND EXISTS (SELECT 1 FROM"
        " reminders WHERE reminders.id = attempts.reminder_id AND reminders.status = 'in_doubt')"
    )
    op.create_table(
        "orphan_receipts",
        sa.Column("id", _ID, nullable=False),
        sa.Column("received_at", _INSTANT, nullable=False),
        sa.Column("attempt_id", sa.String(100), nullable=True),
        sa.Column("provider_id", sa.String(100), nullable=False),
        sa.Column("provider_status", sa.String(30), nullable=False),
        sa.Column("code", sa.String(60), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_orphan_receipts")),
    )
    op.create_index("ix_orphan_receipts_received", "orphan_receipts", ["received_at"])


def downgrade() -> None:
    """Drop them again."""
    op.drop_table("orphan_receipts")
    op.drop_index("ix_reminders_to_raise", "reminders")
    for table, columns in (
        ("attempts", ("repeats", "asks")),
        ("reminders", ("raised_at", "repeats", "tried_channels", "resends")),
    ):
        for column in columns:
            op.drop_column(table, column)
