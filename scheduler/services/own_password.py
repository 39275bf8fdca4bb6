"""How people set their own password and PIN: by a link that works once, and later when they are signed in."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from scheduler.domain.errors import Invalid, NotAllowed, NotFound, Problem
from scheduler.domain.people.roles import Person
from scheduler.domain.people.secrecy import password_problem, pin_problem
from scheduler.services import wrong_passwords
from scheduler.services.passwords import STRONG, Hashing, leaked_passwords
from scheduler.services.signing_in import TOO_MANY, Refused, SignedIn, SignIn, end_all, sign_in_anew
from scheduler.storage import audit, clinics, credentials, staff
from scheduler.storage.database import Database, Db
from scheduler.storage.tenancy import ALL_CLINICS

WELCOME = timedelta(hours=72)
"""So long a link to set a password works."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Welcome:
    """Whom a link is for."""

    clinic_id: str
    clinic: str
    person: Person
    email: str


def make_welcome(db: Db, staff_id: str, *, now: datetime) -> str:
    """The secret of a new link for a person of the clinic in scope; links before it work no more."""
    secret = secrets.token_urlsafe(32)
    credentials.keep_welcome(db, staff_id, secret, until=now + WELCOME)
    return secret


def find_welcome(database: Database, secret: str, *, now: datetime) -> Welcome | None:
    """Whom the link is for; None if it was used, replaced or is too old."""
    with database.read(ALL_CLINICS) as db:
        found = credentials.of_welcome(db, secret, now=now)
        if found is None:
            return None
        colleague = staff.get_colleague(db, found.person.id)
        clinic = clinics.get_clinic(db, found.clinic_id)
    email = colleague.email if colleague else ""
    return Welcome(clinic_id=clinic.id, clinic=clinic.name, person=found.person, email=email)


def accept_welcome(
    database: Database, secret: str, *, password: str, pin: str, now: datetime, hashing: Hashing = STRONG
) -> Welcome:
    """Whose password and PIN these are from now on; the link has done its work, and they are not signed in by it.

    Raises Invalid with what is wrong with `password` and `pin`, NotFound for a link that works no more.
    """
    found = find_welcome(database, secret, now=now)
    if found is None:
        raise NotFound("link", "")
    own = (found.email, found.person.name, found.clinic)
    problems = [*_password_problems("password", password, own), *_pin_problems(pin)]
    if problems:
        raise Invalid(*problems)
    password_hash, pin_hash = hashing.hash(password), hashing.hash(pin)
    with database.write(found.clinic_id) as db:
        staff_id = found.person.id
        if not credentials.use_welcome(db, secret, now=now):
            raise NotFound("link", "")
        credentials.keep_password(db, staff_id, password_hash)
        credentials.keep_pin(db, staff_id, pin_hash)
        end_all(db, staff_id)
        _record(db, found.person, "staff.password", "Set their password and PIN by their link.", now=now)
    return found


def set_password(
    database: Database, sign_in: SignIn, *, old: str, new: str, now: datetime, hashing: Hashing = STRONG
) -> SignedIn | Refused:
    """The person signed in anew, by their new password; all their other sign-ins have ended.

    Refused where the old one is wrong, which is counted. Raises Invalid with what is wrong with `new_password`.
    """
    with database.read(sign_in.clinic_id) as db:
        own = _own_words(db, sign_in.person)
    problems = _password_problems("new_password", new, own)
    if problems:
        raise Invalid(*problems)
    refused = _check(database, sign_in, old, now=now, hashing=hashing)
    if refused is not None:
        return refused
    password_hash = hashing.hash(new)
    with database.write(sign_in.clinic_id) as db:
        credentials.keep_password(db, sign_in.person.id, password_hash)
        end_all(db, sign_in.person.id)
        _record(db, sign_in.person, "staff.password", "Changed their password.", now=now)
        return sign_in_anew(db, sign_in, now=now)


def set_pin(database: Database, sign_in: SignIn, *, pin: str, now: datetime, hashing: Hashing = STRONG) -> None:
    """Let this be the person's PIN. Raises NotAllowed unless they gave their password lately, Invalid for the PIN."""
    if not sign_in.full:
        raise NotAllowed("Changing a PIN needs your password: sign in with it again.")
    problems = _pin_problems(pin)
    if problems:
        raise Invalid(*problems)
    pin_hash = hashing.hash(pin)
    with database.write(sign_in.clinic_id) as db:
        credentials.keep_pin(db, sign_in.person.id, pin_hash)
        _record(db, sign_in.person, "staff.pin", "Changed their PIN.", now=now)


def _check(database: Database, sign_in: SignIn, password: str, *, now: datetime, hashing: Hashing) -> Refused | None:
    """None where this is the password of who is signed in; tries are counted, as whoever found a tablet may try."""
    with database.write(sign_in.clinic_id) as db:
        whose = credentials.of_person(db, sign_in.person.id)
        counted = [wrong_passwords.own_limit(db, sign_in.person.id)]
        wait = wrong_passwords.take_tries(db, counted, now=now)
    if wait is not None:
        return Refused(reason=TOO_MANY, wait_until=wait)
    if not hashing.fits(whose.password_hash if whose else None, password):
        wait = wrong_passwords.note_wrong(database, [whose] if whose else [], counted, now=now)
        return Refused(reason="This is not your password.", wait_until=wait)
    with database.write(sign_in.clinic_id) as db:
        wrong_passwords.forget_tries(db, counted)
    return None


def _own_words(db: Db, person: Person) -> tuple[str, ...]:
    colleague = staff.get_colleague(db, person.id)
    return (person.name, clinics.get_clinic(db).name, *((colleague.email,) if colleague else ()))


def _password_problems(field: str, password: str, own: tuple[str, ...]) -> list[Problem]:
    told = password_problem(password, known=leaked_passwords(), own=own)
    return [] if told is None else [Problem(field, told)]


def _pin_problems(pin: str) -> list[Problem]:
    told = pin_problem(pin)
    return [] if told is None else [Problem("pin", told)]


def _record(db: Db, person: Person, action: str, sentence: str, *, now: datetime) -> None:
    audit.record(db, at=now, actor=person.name, action=action, subject=f"staff {person.id}", sentence=sentence)
