"""Evidence beside what patients said about messages."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; what was recorded before has none."""
    op.add_column("consents", sa.Column("evidence_sealed", sa.LargeBinary(), nullable=True))


def downgrade() -> None:
    """Drop it again."""
    op.drop_column("consents", "evidence_sealed")
