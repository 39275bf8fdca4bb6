"""Indexes for what the desk looks at all day: the outbox, the day's sessions, and messages that did not arrive."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_ORDER = ["clinic_id", "due_at", "id"]
_LOST = sa.text("status IN ('failed', 'undelivered', 'unknown', 'in_doubt')")


def upgrade() -> None:
    """Make them."""
    op.drop_index("ix_reminders_clinic", "reminders")
    op.create_index("ix_reminders_clinic", "reminders", [*_ORDER, "status", "status_reason", "channel"])
    op.create_index("ix_sessions_clinic", "sessions", ["clinic_id", "ended_at", "id"])
    op.create_index(
        "ix_reminders_lost", "reminders", ["clinic_id", "status_at"], postgresql_where=_LOST, sqlite_where=_LOST
    )


def downgrade() -> None:
    """Drop them again."""
    op.drop_index("ix_reminders_lost", "reminders", postgresql_where=_LOST, sqlite_where=_LOST)
    op.drop_index("ix_sessions_clinic", "sessions")
    op.drop_index("ix_reminders_clinic", "reminders")
    op.create_index("ix_reminders_clinic", "reminders", _ORDER)
