"""How often passwords were tried lately, by a keyed hash of the address or device: whoever tries too often waits.

The rows belong to no clinic, as an address that nobody has is counted like any other.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import String, delete, func, or_, select, update
from sqlalchemy.orm import Mapped, mapped_column

from scheduler.storage.database import Db
from scheduler.storage.types import Base


class SignInTriesRow(Base):
    """Tries in a row."""

    __tablename__ = "sign_in_tries"

    key_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    tries: Mapped[int]
    since: Mapped[datetime]
    wait_until: Mapped[datetime | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Try:
    """Whether a password may be looked at."""

    left: int
    """How many more may follow."""
    wait_until: datetime | None = None
    """Not before then, where it may not."""


def take_try(db: Db, key_hash: str, *, most: int, within: timedelta, now: datetime) -> Try:
    """Count a try before the password is looked at, so that many at once are no more than many in a row."""
    _lock(db, key_hash)
    row = db.get(SignInTriesRow, key_hash)
    if row is not None and row.wait_until is not None and row.wait_until > now:
        return Try(left=0, wait_until=row.wait_until)
    if row is None or row.since <= now - within or row.wait_until is not None:
        row = db.merge(SignInTriesRow(key_hash=key_hash, tries=0, since=now, wait_until=None))
    row.tries += 1
    if row.tries >= most:
        row.wait_until = now + within
    db.flush()
    return Try(left=max(0, most - row.tries))


def note_wrong(db: Db, key_hash: str, *, within: timedelta, now: datetime) -> datetime | None:
    """Until when nobody may try again, now that the password was wrong; None where they may."""
    waits = (
        update(SignInTriesRow)
        .where(SignInTriesRow.key_hash == key_hash, SignInTriesRow.wait_until.is_not(None))
        .values(wait_until=now + within)
        .returning(SignInTriesRow.wait_until)
    )
    return db.scalars(waits).first()


def forget_tries(db: Db, key_hash: str) -> None:
    """Begin to count anew: the password was right."""
    db.execute(delete(SignInTriesRow).where(SignInTriesRow.key_hash == key_hash))


def forget_old_tries(db: Db, *, within: timedelta, now: datetime) -> None:
    """Drop what holds nobody up any more."""
    over = or_(SignInTriesRow.wait_until.is_(None), SignInTriesRow.wait_until <= now)
    db.execute(delete(SignInTriesRow).where(SignInTriesRow.since <= now - within, over))


def _lock(db: Db, key_hash: str) -> None:
    # The first try has no row to lock yet. SQLite has a single writer, who waits already.
    if db.get_bind().dialect.name == "postgresql":
        db.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"tries/{key_hash}", 0))))
