"""A month's money for each sender, the ticks of a node that are late, and an index of what is in doubt."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from scheduler.storage.types import UtcDateTime

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
_IN_DOUBT = sa.text("status = 'in_doubt'")
_SENDER_COLUMNS: dict[str, sa.types.TypeEngine[Any]] = {
    "money_per_month": sa.BigInteger(),
    "price_per_part": sa.BigInteger(),
    "month": sa.Date(),
    "money_spent": sa.BigInteger(),
    "money_told": sa.Date(),
    "money_marked": UtcDateTime(),
    "held_code": sa.String(60),
}


def upgrade() -> None:
    """Add them; no sender has a bound yet, and nodes tell of their ticks from now on."""
    for name, kind in _SENDER_COLUMNS.items():
        op.add_column("senders", sa.Column(name, kind, nullable=True))
    op.add_column("heartbeats", sa.Column("late_ticks", _JSON, nullable=True))
    op.create_index(
        "ix_reminders_in_doubt", "reminders", ["status_at"], postgresql_where=_IN_DOUBT, sqlite_where=_IN_DOUBT
    )


def downgrade() -> None:
    """Drop them again."""
    op.drop_index("ix_reminders_in_doubt", "reminders")
    op.drop_column("heartbeats", "late_ticks")
    for name in reversed(_SENDER_COLUMNS):
        op.drop_column("senders", name)
