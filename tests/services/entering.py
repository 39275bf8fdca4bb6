"""Signing in as the forms do, with cheap hashes; for tests of what comes of it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from scheduler.domain.clinics.clinics import Clinic
from scheduler.domain.people.roles import Person
from scheduler.services import signing_in
from scheduler.services.signing_in import Refused, SignedIn, SignIn
from scheduler.storage.audit import AuditRow
from scheduler.storage.database import Database
from tests.builders import NOW
from tests.people import CHEAP, EMAIL, PASSWORD, PIN

WRONG = "wrong but long enough"


def enter(  # the form of signing in
    database: Database,
    *,
    email: str = EMAIL,
    password: str = PASSWORD,
    device: str | None = None,
    now: datetime = NOW,
    clinic_id: str | None = None,
) -> SignedIn | Refused:
    return signing_in.sign_in(
        database, email=email, password=password, device=device, now=now, clinic_id=clinic_id, hashing=CHEAP
    )


def entered(database: Database, *, email: str = EMAIL, device: str | None = None, now: datetime = NOW) -> SignedIn:
    done = enter(database, email=email, device=device, now=now)
    assert isinstance(done, SignedIn), done
    return done


def switch(
    database: Database, device: str, person: Person, *, pin: str = PIN, now: datetime = NOW
) -> SignedIn | Refused:
    return signing_in.switch_person(database, device_secret=device, staff_id=person.id, pin=pin, now=now, hashing=CHEAP)


def found(database: Database, done: SignedIn, now: datetime = NOW) -> SignIn | None:
    return signing_in.find_sign_in(database, done.secret, now=now)


def told(database: Database, clinic: Clinic) -> list[tuple[str, str]]:
    with database.read(clinic.id) as db:
        rows = list(db.scalars(select(AuditRow).where(AuditRow.action.like("sign-in%")).order_by(AuditRow.at)))
        return [(row.actor, db.keys.open(row.sentence_sealed, "audit.sentence")) for row in rows]
