"""Contact points of patients, sealed, and the keyed hashes by which they are found."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime

from sqlalchemy import ForeignKeyConstraint, Index, String, UniqueConstraint, select
from sqlalchemy.orm import Mapped, mapped_column

from scheduler.domain.people.patients import Channel, ContactPoint, Line
from scheduler.storage.among import among
from scheduler.storage.database import Db
from scheduler.storage.types import ID_LENGTH, Base, Owned, Words, key, new_id

VALUE = "contact.value"
LAST_FOUR = "contact.last_four"
HASH_LENGTH = 64


class ContactPointRow(Owned, Base):
    """A number or address of a patient; the same value may stand at two patients."""

    __tablename__ = "contact_points"
    __table_args__ = (
        ForeignKeyConstraint(["clinic_id", "patient_id"], ["patients.clinic_id", "patients.id"]),
        UniqueConstraint("patient_id", "value_hash"),
        Index("ix_contact_points_value", "clinic_id", "value_hash"),  # find_sharing
        Index("ix_contact_points_last_four", "clinic_id", "last_four_hash"),  # search at the desk
    )

    id: Mapped[str] = key()
    patient_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    channel: Mapped[Channel] = mapped_column(Words(Channel))
    line: Mapped[Line] = mapped_column(Words(Line))
    value_sealed: Mapped[bytes]
    value_hash: Mapped[str] = mapped_column(String(HASH_LENGTH))
    last_four_hash: Mapped[str | None] = mapped_column(String(HASH_LENGTH))
    added_at: Mapped[datetime]


def add_contact(
    db: Db,
    *,
    patient_id: str,
    channel: Channel,
    line: Line,
    value: str,
    lookup: str,
    last_four: str | None,
    at: datetime,
) -> str | None:
    """Store a contact point and give the hash it is found by; None if the patient has it already.

    `lookup` is the form in which it is compared.
    """
    value_hash = db.keys.lookup(lookup, VALUE)
    known = select(ContactPointRow.id).where(
        ContactPointRow.patient_id == patient_id, ContactPointRow.value_hash == value_hash
    )
    if db.scalars(known).first() is not None:
        return None
    db.add(
        ContactPointRow(
            id=new_id(),
            clinic_id=db.clinic_id,
            patient_id=patient_id,
            channel=channel,
            line=line,
            value_sealed=db.keys.seal(value, VALUE),
            value_hash=value_hash,
            last_four_hash=db.keys.lookup(last_four, LAST_FOUR) if last_four else None,
            added_at=at,
        )
    )
    db.flush()
    return value_hash


def find_sharing(db: Db, lookup: str) -> list[str]:
    """Ids of the clinic's patients who have this number or address, oldest first."""
    found = (
        select(ContactPointRow.patient_id)
        .where(ContactPointRow.value_hash == db.keys.lookup(lookup, VALUE))
        .order_by(ContactPointRow.added_at, ContactPointRow.id)
    )
    return list(db.scalars(found))


def contacts_of(db: Db, patient_ids: set[str]) -> dict[str, tuple[ContactPoint, ...]]:
    """Contact points by patient, oldest first."""
    rows = db.execute(
        select(*_READ)
        .where(among(ContactPointRow.patient_id, patient_ids))
        .order_by(ContactPointRow.added_at, ContactPointRow.id)
    )
    found: dict[str, list[ContactPoint]] = defaultdict(list)
    for row in rows:
        value = db.keys.open(row.value_sealed, VALUE)
        found[row.patient_id].append(ContactPoint(id=row.id, channel=row.channel, line=row.line, value=value))
    return {patient_id: tuple(points) for patient_id, points in found.items()}


_READ = (
    ContactPointRow.id,
    ContactPointRow.patient_id,
    ContactPointRow.channel,
    ContactPointRow.line,
    ContactPointRow.value_sealed,
)
