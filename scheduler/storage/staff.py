"""The people of a clinic who act: names and addresses sealed, found by a keyed hash of the address."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import String, UniqueConstraint, select
from sqlalchemy.orm import Mapped, mapped_column

from scheduler.domain.people.roles import Person, Role
from scheduler.storage.contacts import HASH_LENGTH
from scheduler.storage.database import Db
from scheduler.storage.types import Base, Owned, Words, key

_NAME = "staff.name"
_EMAIL = "staff.email"


class StaffRow(Owned, Base):
    """Somebody who acts for a clinic."""

    __tablename__ = "staff"
    __table_args__ = (UniqueConstraint("clinic_id", "id"), UniqueConstraint("clinic_id", "email_hash"))

    id: Mapped[str] = key()
    name_sealed: Mapped[bytes]
    email_sealed: Mapped[bytes]
    email_hash: Mapped[str] = mapped_column(String(HASH_LENGTH))
    role: Mapped[Role] = mapped_column(Words(Role))
    added_at: Mapped[datetime]


@dataclass(frozen=True, slots=True, kw_only=True)
class Colleague:
    """A person with what the list of staff shows."""

    person: Person
    email: str
    added_at: datetime


def add_person(db: Db, person: Person, *, email: str, now: datetime) -> None:
    """Store somebody of the clinic in scope, whose address no other of its staff has."""
    row = StaffRow(
        id=person.id,
        clinic_id=db.clinic_id,
        name_sealed=db.keys.seal(person.name, _NAME),
        email_sealed=db.keys.seal(email, _EMAIL),
        email_hash=_hash(db, email),
        role=person.role,
        added_at=now,
    )
    db.add(row)
    db.flush()


def find_person(db: Db, email: str) -> Person | None:
    """The person of the clinic in scope with this address, in whatever case it is written; None if there is none."""
    row = db.scalars(select(StaffRow).where(StaffRow.email_hash == _hash(db, email))).first()
    return None if row is None else _person(db, row)


def get_person(db: Db, staff_id: str) -> Person | None:
    """The person of this id; None if there is none."""
    row = db.scalars(select(StaffRow).where(StaffRow.id == staff_id)).first()
    return None if row is None else _person(db, row)


def list_staff(db: Db) -> list[Colleague]:
    """The clinic's people, oldest first."""
    rows = db.scalars(select(StaffRow).order_by(StaffRow.added_at, StaffRow.id))
    return [
        Colleague(person=_person(db, row), email=db.keys.open(row.email_sealed, _EMAIL), added_at=row.added_at)
        for row in rows
    ]


def _person(db: Db, row: StaffRow) -> Person:
    return Person(id=row.id, name=db.keys.open(row.name_sealed, _NAME), role=row.role)


def _hash(db: Db, email: str) -> str:
    return db.keys.lookup(email.strip().casefold(), _EMAIL)
