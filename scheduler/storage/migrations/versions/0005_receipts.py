"""What providers say of a message later, and when to ask them."""

import sqlalchemy as sa
from alembic import op

from scheduler.storage.types import UtcDateTime

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_TO_ASK = sa.text("ask_at IS NOT NULL")


def upgrade() -> None:
    """Add the columns; nothing was said of earlier attempts, and none is asked for."""
    op.add_column("attempts", sa.Column("provider_status", sa.String(30), nullable=True))
    op.add_column("attempts", sa.Column("reported_at", UtcDateTime(), nullable=True))
    op.add_column("attempts", sa.Column("ask_at", UtcDateTime(), nullable=True))
    op.create_index("ix_attempts_to_ask", "attempts", ["ask_at"], postgresql_where=_TO_ASK, sqlite_where=_TO_ASK)


def downgrade() -> None:
    """Drop them again."""
    op.drop_index("ix_attempts_to_ask", "attempts")
    for column in ("ask_at", "reported_at", "provider_status"):
        op.drop_column("attempts", column)
