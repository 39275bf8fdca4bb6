"""All that happened with one patient is found without reading the whole audit."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_MERGED = sa.text("merged_into IS NOT NULL")


def upgrade() -> None:
    """Make the indexes."""
    op.create_index("ix_audit_subject", "audit", ["clinic_id", "subject", "at"])
    op.create_index("ix_patients_merged", "patients", ["merged_into"], postgresql_where=_MERGED, sqlite_where=_MERGED)


def downgrade() -> None:
    """Drop them again."""
    op.drop_index("ix_patients_merged", table_name="patients")
    op.drop_index("ix_audit_subject", table_name="audit")
