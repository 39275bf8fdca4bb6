"""Counting passwords that are tried, so that whoever tries too many waits; and telling the audit of wrong ones."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from scheduler.storage import audit, devices, sign_in_tries
from scheduler.storage.credentials import Credentials
from scheduler.storage.database import Database, Db
from scheduler.storage.devices import Device
from scheduler.storage.staff import email_hash
from scheduler.storage.tenancy import ALL_CLINICS

MOST_PASSWORDS = 10
MOST_ON_DEVICE = 30
WAIT = timedelta(minutes=15)
"""So long nobody gets in by an address after too many wrong passwords for it."""
_NOBODY = "somebody not signed in"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """What a try is counted under, and how many in a row may be wrong."""

    key_hash: str
    most: int


def limits(db: Db, email: str, people: list[Credentials], known: Device | None) -> list[Limit]:
    """What a try of this address at this device counts under; `people` have the address.

    On a device where the person gave their password before, it counts apart: a stranger who tries their address from
    elsewhere doesn't keep them out of the clinic's own tablet.
    """
    address = email_hash(db.keys, email)
    if known is None:
        return [Limit(key_hash=db.keys.lookup(address, "tries.email"), most=MOST_PASSWORDS)]
    trusted = any(devices.knows(db, known.id, one.person.id) for one in people)
    whose = f"{known.id}/{address}" if trusted else address
    return [
        Limit(key_hash=db.keys.lookup(whose, "tries.email"), most=MOST_PASSWORDS),
        Limit(key_hash=db.keys.lookup(known.id, "tries.device"), most=MOST_ON_DEVICE),
    ]


def own_limit(db: Db, staff_id: str) -> Limit:
    """What counts for a person who is signed in and gives their password again."""
    return Limit(key_hash=db.keys.lookup(staff_id, "tries.again"), most=MOST_PASSWORDS)


def take_tries(db: Db, counted: Iterable[Limit], *, now: datetime) -> datetime | None:
    """None where a password may be looked at, which is counted; else not before then."""
    tries = [sign_in_tries.take_try(db, one.key_hash, most=one.most, within=WAIT, now=now) for one in counted]
    return max((one.wait_until for one in tries if one.wait_until is not None), default=None)


def note_wrong(
    database: Database, people: Iterable[Credentials], counted: Iterable[Limit], *, now: datetime
) -> datetime | None:
    """Until when nothing more is looked at, if this was one wrong password too many. Each person's clinic is told.

    One transaction in any case, so that its time doesn't tell whether an address is known.
    """
    with database.write(ALL_CLINICS) as db:
        waits = [sign_in_tries.note_wrong(db, one.key_hash, within=WAIT, now=now) for one in counted]
        until = max((wait for wait in waits if wait is not None), default=None)
        told = " Nobody gets in by this address for 15 minutes." if until else ""
        for one in people:
            tell(db, one, f"A wrong password was given for {one.person.name}.{told}", now=now)
    return until


def forget_tries(db: Db, counted: Iterable[Limit]) -> None:
    """Count anew: the password was right."""
    for one in counted:
        sign_in_tries.forget_tries(db, one.key_hash)


def tell(db: Db, whose: Credentials, sentence: str, *, now: datetime) -> None:
    """Tell the audit of a try that failed."""
    subject = f"staff {whose.person.id}"
    audit.record(
        db,
        at=now,
        actor=_NOBODY,
        action="sign-in.wrong",
        subject=subject,
        sentence=sentence,
        clinic_id=whose.clinic_id,
    )
