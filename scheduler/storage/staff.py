"""The people of a clinic who act: names and addresses sealed, found by a keyed hash of the address."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Index, String, UniqueConstraint, select
from sqlalchemy.orm import Mapped, mapped_column

from scheduler.domain.people.roles import Person, Role
from scheduler.storage.contacts import HASH_LENGTH
from scheduler.storage.crypto import KeyRing
from scheduler.storage.database import Db
from scheduler.storage.types import Base, Owned, Words, key

_NAME = "staff.name"
_EMAIL = "staff.email"


class StaffRow(Owned, Base):
    """Somebody who acts for a clinic."""

    __tablename__ = "staff"
    __table_args__ = (
        UniqueConstraint("clinic_id", "id"),
        UniqueConstraint("clinic_id", "email_hash"),
        Index("ix_staff_email", "email_hash"),  # signing in, before the clinic is known
        Index("ix_staff_welcome", "welcome_hash", unique=True),
    )

    id: Mapped[str] = key()
    name_sealed: Mapped[bytes]
    email_sealed: Mapped[bytes]
    email_hash: Mapped[str] = mapped_column(String(HASH_LENGTH))
    role: Mapped[Role] = mapped_column(Words(Role))
    added_at: Mapped[datetime]
    password_sealed: Mapped[bytes | None]
    """A slow hash, sealed too: six digits are soon tried out by who has the database without its key."""
    pin_sealed: Mapped[bytes | None]
    signed_in_at: Mapped[datetime | None]
    """When they last gave their password."""
    disabled_at: Mapped[datetime | None]
    """From when on they can't sign in; what they did stays under their name."""
    welcome_hash: Mapped[str | None] = mapped_column(String(HASH_LENGTH))
    """Of the secret with which they may set a password, once."""
    welcome_until: Mapped[datetime | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Colleague:
    """A person with what the list of staff shows."""

    person: Person
    email: str
    added_at: datetime
    signed_in_at: datetime | None
    disabled_at: datetime | None
    has_password: bool
    has_pin: bool

    @property
    def active(self) -> bool:
        """Whether they may sign in."""
        return self.disabled_at is None


def add_person(db: Db, person: Person, *, email: str, now: datetime) -> None:
    """Store somebody of the clinic in scope, whose address no other of its staff has."""
    row = StaffRow(
        id=person.id,
        clinic_id=db.clinic_id,
        name_sealed=db.keys.seal(person.name, _NAME),
        email_sealed=db.keys.seal(email, _EMAIL),
        email_hash=email_hash(db.keys, email),
        role=person.role,
        added_at=now,
    )
    db.add(row)
    db.flush()


def find_person(db: Db, email: str) -> Person | None:
    """The person of the clinic in scope with this address, in whatever case it is written; None if there is none."""
    row = db.scalars(select(StaffRow).where(StaffRow.email_hash == email_hash(db.keys, email))).first()
    return None if row is None else person_of(db, row)


def get_person(db: Db, staff_id: str) -> Person | None:
    """The person of this id; None if there is none."""
    row = db.scalars(select(StaffRow).where(StaffRow.id == staff_id)).first()
    return None if row is None else person_of(db, row)


def list_staff(db: Db) -> list[Colleague]:
    """The clinic's people, oldest first."""
    rows = db.scalars(select(StaffRow).order_by(StaffRow.added_at, StaffRow.id))
    return [_colleague(db, row) for row in rows]


def get_colleague(db: Db, staff_id: str) -> Colleague | None:
    """The person of this id, as the list shows them; None if there is none."""
    row = db.scalars(select(StaffRow).where(StaffRow.id == staff_id)).first()
    return None if row is None else _colleague(db, row)


def person_of(db: Db, row: StaffRow) -> Person:
    """The person whom a row keeps."""
    return Person(id=row.id, name=db.keys.open(row.name_sealed, _NAME), role=row.role)


def email_hash(keys: KeyRing, email: str) -> str:
    """By which people with this address are found, in whatever case it is written."""
    whole = email.encode(errors="replace").decode()  # half a character, as a forged form may hold, can't be hashed
    return keys.lookup(whole.strip().casefold(), _EMAIL)


def _colleague(db: Db, row: StaffRow) -> Colleague:
    return Colleague(
        person=person_of(db, row),
        email=db.keys.open(row.email_sealed, _EMAIL),
        added_at=row.added_at,
        signed_in_at=row.signed_in_at,
        disabled_at=row.disabled_at,
        has_password=row.password_sealed is not None,
        has_pin=row.pin_sealed is not None,
    )
