"""Senders rest while their provider can't be reached."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_COLUMNS = ("rests_until", "unreachable_since")


def upgrade() -> None:
    """Add the columns."""
    for column in _COLUMNS:
        op.add_column("senders", sa.Column(column, sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    """Drop them again."""
    for column in _COLUMNS:
        op.drop_column("senders", column)
