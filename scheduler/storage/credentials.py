"""What people of a clinic sign in with: hashes of passwords and PINs, and links to set them. Not who is signed in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update

from scheduler.domain.people.roles import Person
from scheduler.storage.crypto import hash_secret
from scheduler.storage.database import Db
from scheduler.storage.staff import StaffRow, email_hash, person_of

_PASSWORD = "staff.password"  # noqa: S105  the purpose that the hash is sealed for
_PIN = "staff.pin"


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """A person and what they sign in with; a hash is None where they never set one."""

    clinic_id: str
    person: Person
    password_hash: str | None
    pin_hash: str | None


def with_email(db: Db, email: str) -> list[Credentials]:
    """Who has this address and may sign in, in each clinic in scope; who used theirs last comes first."""
    found = db.scalars(
        select(StaffRow).where(StaffRow.email_hash == email_hash(db.keys, email), StaffRow.disabled_at.is_(None))
    )
    rows = sorted(found, key=lambda row: (row.signed_in_at or row.added_at, row.id), reverse=True)
    return [_credentials(db, row) for row in rows]


def of_person(db: Db, staff_id: str) -> Credentials | None:
    """Those of one person; None for nobody, and for who may not sign in."""
    row = db.scalars(select(StaffRow).where(StaffRow.id == staff_id, StaffRow.disabled_at.is_(None))).first()
    return None if row is None else _credentials(db, row)


def of_welcome(db: Db, secret: str, *, now: datetime) -> Credentials | None:
    """Those of whom this link was made for; None if it was used, replaced or is too old."""
    row = db.scalars(
        select(StaffRow).where(
            StaffRow.welcome_hash == hash_secret(secret), StaffRow.welcome_until > now, StaffRow.disabled_at.is_(None)
        )
    ).first()
    return None if row is None else _credentials(db, row)


def keep_welcome(db: Db, staff_id: str, secret: str | None, *, until: datetime | None) -> None:
    """Let this secret, and none before it, set the person's password; None: none at all."""
    _set(db, staff_id, welcome_hash=None if secret is None else hash_secret(secret), welcome_until=until)


def use_welcome(db: Db, secret: str, *, now: datetime) -> bool:
    """Whether the link still worked; from now on it doesn't."""
    used = (
        update(StaffRow)
        .where(StaffRow.welcome_hash == hash_secret(secret), StaffRow.welcome_until > now)
        .values(welcome_hash=None, welcome_until=None)
        .returning(StaffRow.id)
    )
    return db.scalars(used).first() is not None


def keep_password(db: Db, staff_id: str, password_hash: str | None) -> None:
    """Keep the hash of a person's password; None: they have none."""
    _set(db, staff_id, password_sealed=_sealed(db, password_hash, _PASSWORD))


def keep_pin(db: Db, staff_id: str, pin_hash: str | None) -> None:
    """Keep the hash of a person's PIN; None: they have none."""
    _set(db, staff_id, pin_sealed=_sealed(db, pin_hash, _PIN))


def note_sign_in(db: Db, staff_id: str, *, now: datetime) -> None:
    """Note that the person gave their password."""
    _set(db, staff_id, signed_in_at=now)


def disable(db: Db, staff_id: str, *, now: datetime) -> None:
    """Let the person sign in no more."""
    _set(db, staff_id, disabled_at=now)


def enable(db: Db, staff_id: str) -> None:
    """Let the person sign in again."""
    _set(db, staff_id, disabled_at=None)


def _set(db: Db, staff_id: str, **values: object) -> None:
    db.execute(update(StaffRow).where(StaffRow.id == staff_id).values(**values))


def _sealed(db: Db, text: str | None, purpose: str) -> bytes | None:
    return None if text is None else db.keys.seal(text, purpose)


def _opened(db: Db, sealed: bytes | None, purpose: str) -> str | None:
    return None if sealed is None else db.keys.open(sealed, purpose)


def _credentials(db: Db, row: StaffRow) -> Credentials:
    return Credentials(
        clinic_id=row.clinic_id,
        person=person_of(db, row),
        password_hash=_opened(db, row.password_sealed, _PASSWORD),
        pin_hash=_opened(db, row.pin_sealed, _PIN),
    )
