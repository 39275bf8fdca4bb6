"""Staff with passwords and PINs, hashed cheaply."""

from __future__ import annotations

from datetime import datetime

from scheduler.domain.clinics.clinics import Clinic
from scheduler.domain.people.roles import Person, Role
from scheduler.services.passwords import Hashing
from scheduler.services.staff import add_staff
from scheduler.storage import credentials
from scheduler.storage.database import Database
from tests.builders import BY, NOW

CHEAP = Hashing(memory_kib=8, passes=1)
EMAIL = "sam@willow.example"
PASSWORD = "seven quiet otters"
PIN = "739150"


def a_colleague(
    database: Database,
    clinic: Clinic,
    name: str = "Sam Reed",
    *,
    email: str = EMAIL,
    role: Role = Role.FRONT_DESK,
    password: str | None = PASSWORD,
    pin: str | None = PIN,
    added_at: datetime = NOW,
) -> Person:
    """Somebody of a clinic who can sign in, unless without a password."""
    with database.write(clinic.id) as db:
        person = add_staff(db, name=name, email=email, role=role.value, by=BY, now=added_at)
        credentials.keep_password(db, person.id, None if password is None else CHEAP.hash(password))
        credentials.keep_pin(db, person.id, None if pin is None else CHEAP.hash(pin))
    return person
