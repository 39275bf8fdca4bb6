"""To-dos of the clinics' people."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_ID = sa.String(36)
_INSTANT = sa.DateTime(timezone=True)
_SEALED = sa.LargeBinary()
_OPEN = sa.text("done_at IS NULL")


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "todos",
        sa.Column("id", _ID, nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("subject", sa.String(250), nullable=False),
        sa.Column("patient_id", _ID, nullable=True),
        sa.Column("session_id", _ID, nullable=True),
        sa.Column("reminder_id", _ID, nullable=True),
        sa.Column("topic", sa.String(64), nullable=True),
        sa.Column("details_sealed", _SEALED, nullable=False),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.Column("done_at", _INSTANT, nullable=True),
        sa.Column("done_by", sa.String(200), nullable=True),
        sa.Column("note_sealed", _SEALED, nullable=True),
        sa.Column("clinic_id", _ID, nullable=False),
        *(
            sa.ForeignKeyConstraint(
                ["clinic_id", f"{one}_id"],
                [f"{one}s.clinic_id", f"{one}s.id"],
                name=op.f(f"fk_todos_clinic_id_{one}_id"),
            )
            for one in ("patient", "session", "reminder")
        ),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinics.id"], name=op.f("fk_todos_clinic_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_todos")),
    )
    op.create_index(
        "ix_todos_open_once",
        "todos",
        ["clinic_id", "kind", "subject"],
        unique=True,
        postgresql_where=_OPEN,
        sqlite_where=_OPEN,
    )
    op.create_index("ix_todos_subject", "todos", ["clinic_id", "kind", "subject"])
    op.create_index("ix_todos_clinic", "todos", ["clinic_id", "created_at", "id"])
    op.create_index("ix_todos_patient", "todos", ["patient_id"])


def downgrade() -> None:
    """Drop it again."""
    op.drop_table("todos")
