"""Browsers in which people of a clinic signed in with their password, and who did: only there their PINs work."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ForeignKeyConstraint, String, UniqueConstraint, delete, select, update
from sqlalchemy.orm import Mapped, mapped_column

from scheduler.domain.people.roles import Person
from scheduler.storage.crypto import hash_secret
from scheduler.storage.database import Db
from scheduler.storage.staff import StaffRow, person_of
from scheduler.storage.types import ID_LENGTH, Base, Owned, key, new_id


class DeviceRow(Owned, Base):
    """A browser, known by a secret that it keeps."""

    __tablename__ = "devices"
    __table_args__ = (UniqueConstraint("clinic_id", "id"),)

    id: Mapped[str] = key()
    hash: Mapped[str] = mapped_column(String(64), unique=True)
    added_at: Mapped[datetime]
    open_until: Mapped[datetime]
    """Until when PINs work in it: some hours from the last password."""


class DevicePersonRow(Owned, Base):
    """Somebody who gave their password on a device."""

    __tablename__ = "device_people"
    __table_args__ = (
        ForeignKeyConstraint(["clinic_id", "device_id"], ["devices.clinic_id", "devices.id"]),
        ForeignKeyConstraint(["clinic_id", "staff_id"], ["staff.clinic_id", "staff.id"]),
    )

    device_id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    staff_id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    pin_tries: Mapped[int]
    """PINs tried since one was right, this one included while it is being looked at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """A known browser of a clinic."""

    id: str
    clinic_id: str
    open_until: datetime


def find_device(db: Db, secret: str) -> Device | None:
    """The device that keeps this secret; None if there is none."""
    row = db.scalars(select(DeviceRow).where(DeviceRow.hash == hash_secret(secret))).first()
    return None if row is None else Device(id=row.id, clinic_id=row.clinic_id, open_until=row.open_until)


def open_device(db: Db, secret: str, *, known: Device | None, now: datetime, until: datetime) -> Device:
    """The device with a new secret, or a new one, open for PINs until then."""
    if known is not None:
        changed = (
            update(DeviceRow)
            .where(DeviceRow.id == known.id)
            .values(hash=hash_secret(secret), open_until=until)
            .returning(DeviceRow.id)
        )
        if db.scalars(changed).first() is not None:
            return Device(id=known.id, clinic_id=known.clinic_id, open_until=until)
    row = DeviceRow(id=new_id(), clinic_id=db.clinic_id, hash=hash_secret(secret), added_at=now, open_until=until)
    db.add(row)
    db.flush()
    return Device(id=row.id, clinic_id=row.clinic_id, open_until=until)


def trust(db: Db, device_id: str, staff_id: str) -> None:
    """Note that the person gave their password on the device; their PIN may be tried afresh there."""
    db.merge(DevicePersonRow(clinic_id=db.clinic_id, device_id=device_id, staff_id=staff_id, pin_tries=0))
    db.flush()


def knows(db: Db, device_id: str, staff_id: str) -> bool:
    """Whether the person gave their password on the device before."""
    return db.get(DevicePersonRow, (device_id, staff_id)) is not None


def people_on(db: Db, device_id: str) -> list[Person]:
    """Who gave their password on the device, have a PIN and may sign in, by name."""
    rows = db.scalars(
        select(StaffRow)
        .join(DevicePersonRow, DevicePersonRow.staff_id == StaffRow.id)
        .where(DevicePersonRow.device_id == device_id, StaffRow.pin_sealed.is_not(None), StaffRow.disabled_at.is_(None))
    )
    return sorted((person_of(db, row) for row in rows), key=lambda person: (person.name.casefold(), person.id))


def take_pin_try(db: Db, device_id: str, staff_id: str, *, most: int) -> int | None:
    """How often the person's PIN may be tried on the device after this time; None: not even now.

    A try is counted before the PIN is looked at, so that many at once are no more than many in a row.
    """
    taken = (
        update(DevicePersonRow)
        .where(
            DevicePersonRow.device_id == device_id,
            DevicePersonRow.staff_id == staff_id,
            DevicePersonRow.pin_tries < most,
        )
        .values(pin_tries=DevicePersonRow.pin_tries + 1)
        .returning(DevicePersonRow.pin_tries)
    )
    tries = db.scalars(taken).first()
    return None if tries is None else most - tries


def forget_person(db: Db, staff_id: str) -> None:
    """Let the person's PIN work on no device until they give their password there again."""
    db.execute(delete(DevicePersonRow).where(DevicePersonRow.staff_id == staff_id))


def forget_device(db: Db, device_id: str) -> None:
    """Let no PIN work on the device until somebody gives their password there again."""
    db.execute(delete(DevicePersonRow).where(DevicePersonRow.device_id == device_id))


def forget_unused(db: Db, *, before: datetime) -> None:
    """Drop devices whose last password was given long before; nobody is signed in there any more."""
    unused = select(DeviceRow.id).where(DeviceRow.open_until < before)
    db.execute(delete(DevicePersonRow).where(DevicePersonRow.device_id.in_(unused)))
    db.execute(delete(DeviceRow).where(DeviceRow.open_until < before))
