"""How people of a clinic sign in: their passwords and PINs, devices, sign-ins, and tries that are counted."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_ID = sa.String(36)
_HASH = sa.String(64)
_INSTANT = sa.DateTime(timezone=True)
_SEALED = sa.LargeBinary()
_STAFF_COLUMNS: dict[str, sa.types.TypeEngine[Any]] = {
    "password_sealed": _SEALED,
    "pin_sealed": _SEALED,
    "signed_in_at": _INSTANT,
    "disabled_at": _INSTANT,
    "welcome_hash": _HASH,
    "welcome_until": _INSTANT,
}


def upgrade() -> None:
    """Make the tables and columns."""
    for name, kind in _STAFF_COLUMNS.items():
        op.add_column("staff", sa.Column(name, kind, nullable=True))
    op.create_index("ix_staff_email", "staff", ["email_hash"])
    op.create_index("ix_staff_welcome", "staff", ["welcome_hash"], unique=True)
    op.create_table(
        "devices",
        sa.Column("id", _ID, nullable=False),
        sa.Column("hash", _HASH, nullable=False),
        sa.Column("added_at", _INSTANT, nullable=False),
        sa.Column("open_until", _INSTANT, nullable=False),
        sa.Column("clinic_id", _ID, nullable=False),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinics.id"], name=op.f("fk_devices_clinic_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_devices")),
        sa.UniqueConstraint("clinic_id", "id", name=op.f("uq_devices_clinic_id_id")),
        sa.UniqueConstraint("hash", name=op.f("uq_devices_hash")),
    )
    op.create_table(
        "device_people",
        sa.Column("device_id", _ID, nullable=False),
        sa.Column("staff_id", _ID, nullable=False),
        sa.Column("pin_tries", sa.Integer(), nullable=False),
        sa.Column("clinic_id", _ID, nullable=False),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinics.id"], name=op.f("fk_device_people_clinic_id")),
        sa.ForeignKeyConstraint(
            ["clinic_id", "device_id"],
            ["devices.clinic_id", "devices.id"],
            name=op.f("fk_device_people_clinic_id_device_id"),
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id", "staff_id"], ["staff.clinic_id", "staff.id"], name=op.f("fk_device_people_clinic_id_staff_id")
        ),
        sa.PrimaryKeyConstraint("device_id", "staff_id", name=op.f("pk_device_people")),
    )
    op.create_table(
        "sign_ins",
        sa.Column("id", _ID, nullable=False),
        sa.Column("hash", _HASH, nullable=False),
        sa.Column("staff_id", _ID, nullable=False),
        sa.Column("device_id", _ID, nullable=False),
        sa.Column("started_at", _INSTANT, nullable=False),
        sa.Column("used_at", _INSTANT, nullable=False),
        sa.Column("full_until", _INSTANT, nullable=False),
        sa.Column("ends_at", _INSTANT, nullable=False),
        sa.Column("clinic_id", _ID, nullable=False),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinics.id"], name=op.f("fk_sign_ins_clinic_id")),
        sa.ForeignKeyConstraint(
            ["clinic_id", "device_id"],
            ["devices.clinic_id", "devices.id"],
            name=op.f("fk_sign_ins_clinic_id_device_id"),
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id", "staff_id"], ["staff.clinic_id", "staff.id"], name=op.f("fk_sign_ins_clinic_id_staff_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_ins")),
        sa.UniqueConstraint("hash", name=op.f("uq_sign_ins_hash")),
    )
    op.create_index("ix_sign_ins_device", "sign_ins", ["device_id"])
    op.create_index("ix_sign_ins_staff", "sign_ins", ["staff_id"])
    op.create_table(
        "sign_in_tries",
        sa.Column("key_hash", _HASH, nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("since", _INSTANT, nullable=False),
        sa.Column("wait_until", _INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("key_hash", name=op.f("pk_sign_in_tries")),
    )


def downgrade() -> None:
    """Drop them again."""
    for table in ("sign_in_tries", "sign_ins", "device_people", "devices"):
        op.drop_table(table)
    for index in ("ix_staff_welcome", "ix_staff_email"):
        op.drop_index(index, "staff")
    with op.batch_alter_table("staff") as staff:
        for name in reversed(_STAFF_COLUMNS):
            staff.drop_column(name)
