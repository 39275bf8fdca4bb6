"""What a message tells of each of the reminders that go as one, in place of one date for all."""

from datetime import UTC

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_JSON = sa.JSON().with_variant(JSONB(), "postgresql")
_INSTANT = sa.DateTime(timezone=True)
_UNDER_WAY = sa.text(
    "SELECT a.id, a.told_until, r.id AS reminder_id, r.topic_ends FROM attempts a JOIN reminders r "
    "ON r.id = a.reminder_id WHERE a.told_until IS NOT NULL AND (a.ending IS NULL OR a.ending = 'unknown')"
).columns(told_until=_INSTANT, topic_ends=_JSON)


def upgrade() -> None:
    """Carry over what attempts tell whose end isn't known yet; of the others it is stored as told dates."""
    op.add_column("attempts", sa.Column("told", _JSON, nullable=True))
    attempts = sa.table("attempts", sa.column("id", sa.String), sa.column("told", _JSON))
    for row in op.get_bind().execute(_UNDER_WAY).all():
        until = row.told_until if row.told_until.tzinfo else row.told_until.replace(tzinfo=UTC)
        told = [
            {"reminder": row.reminder_id, "topic": topic, "end": end, "until": until.isoformat()}
            for topic, end in row.topic_ends.items()
        ]
        op.get_bind().execute(attempts.update().where(attempts.c.id == row.id).values(told=told))
    op.drop_column("attempts", "told_until")


def downgrade() -> None:
    """Go back to one date; what attempts under way would tell is lost."""
    op.drop_column("attempts", "told")
    op.add_column("attempts", sa.Column("told_until", _INSTANT, nullable=True))
