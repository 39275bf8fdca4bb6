"""Signing in and out, and who is signed in: by password on any device, then by PIN on a device where that was done.

Setting passwords and PINs is not here.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from scheduler.domain.people.roles import Person
from scheduler.services import wrong_passwords
from scheduler.services.passwords import STRONG, Hashing
from scheduler.services.wrong_passwords import Limit
from scheduler.storage import audit, clinics, credentials, devices, sign_ins
from scheduler.storage.credentials import Credentials
from scheduler.storage.crypto import hash_secret
from scheduler.storage.database import Database, Db
from scheduler.storage.devices import Device
from scheduler.storage.sign_ins import StoredSignIn
from scheduler.storage.tenancy import ALL_CLINICS

IDLE = timedelta(hours=8)
"""A sign-in that nobody uses for so long has ended."""
DEVICE_OPEN = timedelta(hours=12)
"""So long after a password PINs work on its device, and sign-ins there last at most: a working day."""
FULL = timedelta(minutes=15)
"""So long a password counts as given lately."""
_TOUCH = timedelta(minutes=1)
MOST_PINS = 5
_WRONG = "The email address and the password don't belong together."
TOO_MANY = "There were too many wrong passwords."
_BY_PASSWORD = "Sign in with your email address and password."  # noqa: S105  a sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class SignIn:
    """A person who is signed in."""

    id: str
    clinic_id: str
    person: Person
    csrf: str
    """What their forms carry, so that no other site's form acts for them."""
    device_id: str
    full: bool
    """Whether they gave their password lately: publishing, exporting and settings ask for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """A new sign-in, and the two secrets that the browser keeps."""

    secret: str
    device_secret: str
    sign_in: SignIn


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """Nobody was signed in."""

    reason: str
    """One or two plain sentences, without the time to wait for."""
    wait_until: datetime | None = None
    """Not before then will anything get in."""
    needs_password: bool = False
    """Whether a PIN won't do on this device."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OnDevice:
    """Who may sign in by PIN on a device."""

    clinic_id: str
    clinic: str
    zone: str
    people: tuple[Person, ...]
    """By name. Empty once the device is no longer open."""


def find_sign_in(database: Database, secret: str, *, now: datetime, used: bool = True) -> SignIn | None:
    """Who is signed in with this secret; None if nobody is (any more).

    Notes its use, at most once a minute, unless nobody `used` it: a page that looks for news by itself.
    """
    with database.read(ALL_CLINICS) as db:
        found = sign_ins.find(db, secret, now=now, idle=IDLE)
    if found is None:
        return None
    if used and found.used_at <= now - _TOUCH:
        with database.write(found.clinic_id) as db:
            sign_ins.touch(db, found.id, now=now)
    return _shown(found, secret, now)


def sign_in(
    database: Database,
    *,
    email: str,
    password: str,
    device: str | None,
    now: datetime,
    clinic_id: str | None = None,
    hashing: Hashing = STRONG,
) -> SignedIn | Refused:
    """The person of this address and password, newly signed in at a device; whoever was before is signed out there.

    `device` is the secret that the browser keeps, if any. An address may stand in several clinics: the password
    decides, and where it fits in more than one, the clinic last signed in to, or the one named.

    Unknown addresses get the same answer, after the same work, and are counted as others are.
    """
    with database.write(ALL_CLINICS) as db:
        known = devices.find_device(db, device) if device else None
        people = [one for one in credentials.with_email(db, email) if clinic_id in {None, one.clinic_id}]
        counted = wrong_passwords.limits(db, email, people, known)
        wait = wrong_passwords.take_tries(db, counted, now=now)
    if wait is not None:
        return Refused(reason=TOO_MANY, wait_until=wait)
    hashes = [one.password_hash for one in people] or [None]
    fits = [hashing.fits(kept, password) for kept in hashes]
    fitting = [one for one, fit in zip(people, fits, strict=False) if fit]
    if not fitting:
        wait = wrong_passwords.note_wrong(database, people, counted, now=now)
        return Refused(reason=_WRONG, wait_until=wait)
    return _let_in(database, fitting[0], known, counted, now)


def switch_person(
    database: Database, *, device_secret: str, staff_id: str, pin: str, now: datetime, hashing: Hashing = STRONG
) -> SignedIn | Refused:
    """The person with this PIN, newly signed in at a device where they gave their password before.

    Never `full`, and no longer than the device is open. After five wrong PINs only their password will do.
    """
    with database.write(ALL_CLINICS) as db:
        device = devices.find_device(db, device_secret)
        if device is None or device.open_until <= now:
            return Refused(reason=_BY_PASSWORD, needs_password=True)
        found = credentials.of_person(db, staff_id)
        left = devices.take_pin_try(db, device.id, staff_id, most=MOST_PINS)
    if found is None or found.pin_hash is None or left is None or found.clinic_id != device.clinic_id:
        return Refused(reason=_BY_PASSWORD, needs_password=True)
    if not hashing.fits(found.pin_hash, pin):
        return _refuse_pin(database, found, left, now)
    secret = _new_secret()
    with database.write(device.clinic_id) as db:
        devices.trust(db, device.id, staff_id)
        stored = sign_ins.add_sign_in(
            db, secret, person=found.person, device_id=device.id, now=now, full_until=now, ends_at=device.open_until
        )
        _record(db, found.person, "sign-in.pin", "Signed in by PIN.", now=now)
    return SignedIn(secret=secret, device_secret=device_secret, sign_in=_shown(stored, secret, now))


def sign_in_anew(db: Db, before: SignIn, *, now: datetime) -> SignedIn:
    """The person signed in at the same device with new secrets, in the place of who is; they just gave a password."""
    device = Device(id=before.device_id, clinic_id=before.clinic_id, open_until=now)
    return _start(db, before.person, device, now)


def sign_out(database: Database, sign_in: SignIn, *, now: datetime, forget: bool = False) -> None:
    """End a sign-in; with `forget` PINs work on its device no more until somebody gives their password there."""
    with database.write(sign_in.clinic_id) as db:
        if sign_ins.end(db, sign_in.id):
            _record(db, sign_in.person, "sign-in.out", "Signed out.", now=now)
        if forget:
            devices.forget_device(db, sign_in.device_id)


def sign_out_everywhere(database: Database, sign_in: SignIn, *, now: datetime) -> int:
    """End all of the person's sign-ins, and let their PIN work only where they give their password again; how many."""
    with database.write(sign_in.clinic_id) as db:
        ended = end_all(db, sign_in.person.id)
        _record(db, sign_in.person, "sign-in.everywhere", "Signed out everywhere.", now=now)
    return ended


def end_all(db: Db, staff_id: str) -> int:
    """End all sign-ins of a person of the clinic in scope, and their PIN on every device; how many ended."""
    devices.forget_person(db, staff_id)
    return sign_ins.end_of_person(db, staff_id)


def on_device(database: Database, device_secret: str, *, now: datetime) -> OnDevice | None:
    """Who may sign in by PIN on the device of this secret; None for a device that isn't known."""
    with database.read(ALL_CLINICS) as db:
        device = devices.find_device(db, device_secret)
        if device is None:
            return None
        people = devices.people_on(db, device.id) if device.open_until > now else []
        clinic = clinics.get_clinic(db, device.clinic_id)
    return OnDevice(clinic_id=clinic.id, clinic=clinic.name, zone=clinic.zone, people=tuple(people))


def sign_ins_of(database: Database, sign_in: SignIn, *, now: datetime) -> list[StoredSignIn]:
    """Where the person is signed in, the last used first."""
    with database.read(sign_in.clinic_id) as db:
        return sign_ins.of_person(db, sign_in.person.id, now=now, idle=IDLE)


def _refuse_pin(database: Database, whose: Credentials, left: int, now: datetime) -> Refused:
    with database.write(whose.clinic_id) as db:
        wrong_passwords.tell(db, whose, f"A wrong PIN was given for {whose.person.name}.", now=now)
    if left == 0:
        return Refused(reason=f"The PIN is not right. {_BY_PASSWORD}", needs_password=True)
    return Refused(reason=f"The PIN is not right. {left} {'try' if left == 1 else 'tries'} left.")


def _let_in(
    database: Database, whose: Credentials, known: Device | None, counted: list[Limit], now: datetime
) -> SignedIn:
    if known is not None and known.clinic_id != whose.clinic_id:
        with database.write(known.clinic_id) as db:
            sign_ins.end_at_device(db, known.id)
    with database.write(whose.clinic_id) as db:
        wrong_passwords.forget_tries(db, counted)
        here = known if known is not None and known.clinic_id == whose.clinic_id else None
        told = "Signed in with their password." if here else "Signed in with their password, on a new device."
        _record(db, whose.person, "sign-in.password", told, now=now)
        return _start(db, whose.person, here, now)


def _start(db: Db, person: Person, known: Device | None, now: datetime) -> SignedIn:
    """A sign-in of a person who just gave their password, on a device with a new secret."""
    secret, device_secret, ends_at = _new_secret(), _new_secret(), now + DEVICE_OPEN
    device = devices.open_device(db, device_secret, known=known, now=now, until=ends_at)
    devices.trust(db, device.id, person.id)
    credentials.note_sign_in(db, person.id, now=now)
    stored = sign_ins.add_sign_in(
        db, secret, person=person, device_id=device.id, now=now, full_until=now + FULL, ends_at=ends_at
    )
    return SignedIn(secret=secret, device_secret=device_secret, sign_in=_shown(stored, secret, now))


def _shown(stored: StoredSignIn, secret: str, now: datetime) -> SignIn:
    return SignIn(
        id=stored.id,
        clinic_id=stored.clinic_id,
        person=stored.person,
        csrf=hash_secret(f"csrf {secret}"),
        device_id=stored.device_id,
        full=stored.full_until > now,
    )


def _record(db: Db, person: Person, action: str, sentence: str, *, now: datetime) -> None:
    audit.record(db, at=now, actor=person.name, action=action, subject=f"staff {person.id}", sentence=sentence)


def _new_secret() -> str:
    return secrets.token_urlsafe(32)
