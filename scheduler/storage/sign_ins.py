"""Who is signed in: only hashes of the secrets are kept, and a sign-in that ended is dropped."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ForeignKeyConstraint, Index, String, delete, select, update
from sqlalchemy.orm import Mapped, mapped_column

from scheduler.domain.people.roles import Person
from scheduler.storage.crypto import hash_secret
from scheduler.storage.database import Db
from scheduler.storage.staff import StaffRow, person_of
from scheduler.storage.types import ID_LENGTH, Base, Owned, key, new_id


class SignInRow(Owned, Base):
    """A person at a device."""

    __tablename__ = "sign_ins"
    __table_args__ = (
        ForeignKeyConstraint(["clinic_id", "staff_id"], ["staff.clinic_id", "staff.id"]),
        ForeignKeyConstraint(["clinic_id", "device_id"], ["devices.clinic_id", "devices.id"]),
        Index("ix_sign_ins_staff", "staff_id"),
        Index("ix_sign_ins_device", "device_id"),
    )

    id: Mapped[str] = key()
    hash: Mapped[str] = mapped_column(String(64), unique=True)
    staff_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    device_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    started_at: Mapped[datetime]
    used_at: Mapped[datetime]
    full_until: Mapped[datetime]
    """Until when the password counts as given lately; by PIN: when it began."""
    ends_at: Mapped[datetime]
    """When it ends however much it is used."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredSignIn:
    """A sign-in and whose it is."""

    id: str
    clinic_id: str
    person: Person
    device_id: str
    started_at: datetime
    used_at: datetime
    full_until: datetime
    ends_at: datetime


def add_sign_in(
    db: Db, secret: str, *, person: Person, device_id: str, now: datetime, full_until: datetime, ends_at: datetime
) -> StoredSignIn:
    """Sign a person in at a device, in the place of who was."""
    db.execute(delete(SignInRow).where(SignInRow.device_id == device_id))
    row = SignInRow(
        id=new_id(),
        clinic_id=db.clinic_id,
        hash=hash_secret(secret),
        staff_id=person.id,
        device_id=device_id,
        started_at=now,
        used_at=now,
        full_until=full_until,
        ends_at=ends_at,
    )
    db.add(row)
    db.flush()
    return _sign_in(row, person)


def find(db: Db, secret: str, *, now: datetime, idle: timedelta) -> StoredSignIn | None:
    """The sign-in of this secret, used less than `idle` ago; None if there is none (any more)."""
    row = db.execute(
        select(SignInRow, StaffRow)
        .join(StaffRow, StaffRow.id == SignInRow.staff_id)
        .where(
            SignInRow.hash == hash_secret(secret),
            SignInRow.ends_at > now,
            SignInRow.used_at > now - idle,
            StaffRow.disabled_at.is_(None),
        )
    ).first()
    return None if row is None else _sign_in(row[0], person_of(db, row[1]))


def of_person(db: Db, staff_id: str, *, now: datetime, idle: timedelta) -> list[StoredSignIn]:
    """Where the person is signed in, the last used first."""
    rows = db.execute(
        select(SignInRow, StaffRow)
        .join(StaffRow, StaffRow.id == SignInRow.staff_id)
        .where(SignInRow.staff_id == staff_id, SignInRow.ends_at > now, SignInRow.used_at > now - idle)
        .order_by(SignInRow.used_at.desc(), SignInRow.id)
    )
    return [_sign_in(row, person_of(db, person)) for row, person in rows]


def touch(db: Db, sign_in_id: str, *, now: datetime) -> None:
    """Note that a sign-in was used."""
    db.execute(update(SignInRow).where(SignInRow.id == sign_in_id, SignInRow.used_at < now).values(used_at=now))


def end(db: Db, sign_in_id: str) -> bool:
    """End a sign-in; False if it had ended before."""
    ended = delete(SignInRow).where(SignInRow.id == sign_in_id).returning(SignInRow.id)
    return db.scalars(ended).first() is not None


def end_at_device(db: Db, device_id: str) -> None:
    """End who is signed in at a device."""
    db.execute(delete(SignInRow).where(SignInRow.device_id == device_id))


def end_of_person(db: Db, staff_id: str) -> int:
    """End all sign-ins of a person; how many there were."""
    ended = delete(SignInRow).where(SignInRow.staff_id == staff_id).returning(SignInRow.id)
    return len(list(db.scalars(ended)))


def forget_ended(db: Db, *, now: datetime, idle: timedelta) -> None:
    """Drop sign-ins that ended by themselves."""
    db.execute(delete(SignInRow).where((SignInRow.ends_at <= now) | (SignInRow.used_at <= now - idle)))


def _sign_in(row: SignInRow, person: Person) -> StoredSignIn:
    return StoredSignIn(
        id=row.id,
        clinic_id=row.clinic_id,
        person=person,
        device_id=row.device_id,
        started_at=row.started_at,
        used_at=row.used_at,
        full_until=row.full_until,
        ends_at=row.ends_at,
    )
